"""Everything that is wrong with a folder is told, with file, line, column and reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.clinics.tables import ClinicRow
from app.patients.tables import PatientRow, WeightRow
from app.reports.tables import ReportRow, ValueRow
from tests.exchange.world import (
    HOLDS,
    INFUSIONS,
    PATIENTS,
    PLANS,
    REPORTS,
    THERAPIES,
    WEIGHTS,
    World,
    write_folder,
)

TEN_FAULTS: dict[str, str | bytes] = {
    "patients.csv": (
        "patient_id,birth_date,time_zone,diagnosis\n"
        "P1,1970-05-04,Europe/Oslo,MMN\n"
        "P2,1970-13-04,UTC,CIDP\n"
        "P3,1970-05-04,GMT+4,MMN\n"
    ),
    "weights.csv": (
        "patient_id,measured_at,weight_kg\n"
        "P1,2025-01-01T08:00:00+01:00,42 kg\n"
        "P1,2025-01-02T08:00:00+01:00,70\n"
        "P1,2025-01-02T07:00:00Z,70\n"
    ),
    "plans.csv": PLANS + "P1,2025-01-01,21,2,1,privigen\n",
    "holds.csv": "patient_id,from_date,to_date\nP1,2025-01-01,2025-01-05\n",
    "infusions.csv": INFUSIONS + "P1,2025-02-02T09:00:00+01:00,completed,privigen,-35\n",
    "reports.csv": (
        b"patient_id,reported_at,measure,site,value,note\n"
        b"P1,2025-01-05T07:30:00+01:00,strength_nrs,right_hand,11,\n"
        b"P1,2025-01-06T07:30:00+01:00,strength_nrs,right_hand,7,caf\xe9\n"
        b"P9,2025-01-07T07:30:00+01:00,strength_nrs,right_hand,7,\n"
    ),
}


def test_ten_planted_faults_are_listed(world: World) -> None:
    assert world.load(TEN_FAULTS).faults == [
        'patients.csv:3:birth_date: "1970-13-04" is not a day of the calendar',
        (
            'patients.csv:4:time_zone: "GMT+4" is an offset, not a zone of the tz database such as'
            " America/New_York"
        ),
        'weights.csv:2:weight_kg: "42 kg" is not a plain number; write 42',
        "weights.csv:4:measured_at: the row key stands in line 3 already, with the same content",
        "plans.csv:3:effective_date: the row key stands in line 2 already, with other content",
        "holds.csv:1:reason: the required column is missing",
        "infusions.csv:3:dose_g: -35 is outside 0-400 g",
        "reports.csv:2:value: 11 is outside 0-10",
        "reports.csv:3:note: byte 0xE9 at character 4 is not UTF-8",
        "reports.csv:4:patient_id: P9 is neither in patients.csv nor stored",
    ]


def test_ten_planted_faults_store_nothing(world: World) -> None:
    imported = world.load(TEN_FAULTS)
    assert not imported.outcome.is_stored
    assert [world.count(table) for table in (ClinicRow, PatientRow, WeightRow, ValueRow)] == [0] * 4


def test_a_folder_without_faults_is_stored_after_one_with(world: World) -> None:
    world.load(TEN_FAULTS)
    assert world.load({"weights.csv": WEIGHTS}).sums == (2, 0, 0, 0)


def test_a_folder_in_the_place_of_a_file_is_a_fault(world: World, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "with-folder", {"patients.csv": PATIENTS})
    (folder / "reports.csv").mkdir()
    (folder / "scans").mkdir()
    imported = world.load_folder(folder)
    assert imported.faults == ["reports.csv:1:-: this is not a file that can be read"]
    assert world.count(PatientRow) == 0


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        (
            {"weights.csv": WEIGHTS.replace("weight_kg", "wieght_kg")},
            (
                'weights.csv:1:wieght_kg: "wieght_kg" is not a column of weights.csv; did you mean'
                ' "weight_kg"?'
            ),
        ),
        (
            {"weights.csv": WEIGHTS.replace("weight_kg", "weight_kg,weight_kg")},
            "weights.csv:1:weight_kg: the column stands twice",
        ),
        (
            {"plans.csv": PLANS.replace("interval_days", "reason")},
            "plans.csv:1:interval_days: one of interval_days and interval_weeks is required",
        ),
        (
            {"weight.csv": WEIGHTS},
            'weight.csv:1:-: this is no file of the import format; did you mean "weights.csv"?',
        ),
        ({"Reports.CSV": REPORTS}, "Reports.CSV:1:-: this is no file of the import format"),
        (
            {"weights.csv": ""},
            "weights.csv:1:patient_id: the file is empty; the first line must name the columns",
        ),
        (
            {"weights.csv": WEIGHTS.encode("utf-16")},
            (
                "weights.csv:1:column 1: the header is not UTF-8: byte 0xFF at character 1 is not"
                " UTF-8"
            ),
        ),
        (
            {"weights.csv": WEIGHTS + "P1,2025-01-02T08:00:00Z\n"},
            "weights.csv:3:weight_kg: the line has 2 cells, the header 3",
        ),
        (
            {"weights.csv": WEIGHTS + "P1,2025-01-02T08:00:00Z,70,70\n"},
            "weights.csv:3:-: the line has 4 cells, the header 3",
        ),
        (
            {"weights.csv": WEIGHTS + 'P1,2025-01-02T08:00:00Z,"70\n'},
            "weights.csv:3:-: a quotation mark is opened and never closed",
        ),
        (
            {"weights.csv": WEIGHTS + "P1,,70\n"},
            "weights.csv:3:measured_at: it is missing",
        ),
        (
            {"weights.csv": WEIGHTS + ",2025-01-02T08:00:00Z,70\n"},
            "weights.csv:3:patient_id: it is missing",
        ),
        (
            {"weights.csv": WEIGHTS + "P1,2026-03-10T12:11:00Z,70\n"},
            "weights.csv:3:measured_at: 2026-03-10T12:11:00+00:00 is in the future",
        ),
        (
            {
                "plans.csv": PLANS.replace("interval_days", "interval_days,interval_weeks").replace(
                    "28", "28,4"
                )
            },
            "plans.csv:2:interval_weeks: 4 stands beside interval_days 28; give one",
        ),
        (
            {"plans.csv": PLANS.replace(",28,", ",,")},
            "plans.csv:2:interval_days: one of interval_days and interval_weeks must be given",
        ),
        (
            {"plans.csv": PLANS.replace("interval_days", "interval_weeks").replace("28", "60")},
            "plans.csv:2:interval_weeks: 420 is outside 1-365 days",
        ),
        (
            {"plans.csv": PLANS.replace("privigen", "privgen")},
            (
                'plans.csv:2:product: "privgen" is not in the product catalogue; did you mean'
                ' "privigen"?'
            ),
        ),
        (
            {"holds.csv": HOLDS.replace("2025-07-01", "2025-06-01")},
            "holds.csv:2:to_date: 2025-06-01 is not after from_date 2025-06-01",
        ),
        (
            {"therapies.csv": THERAPIES.replace("suggested", "sugested")},
            (
                'therapies.csv:2:status: "sugested" is not one of suggested, started, stopped,'
                ' declined; did you mean "suggested"?'
            ),
        ),
        (
            {"infusions.csv": INFUSIONS.replace(",35", ",")},
            "infusions.csv:2:dose_g: it is missing, and the status is completed",
        ),
        (
            {"reports.csv": REPORTS.replace("right_hand", "righthand")},
            'reports.csv:2:site: "righthand" is not a site; did you mean "right_hand"?',
        ),
        (
            {"reports.csv": REPORTS.replace("value", "value,id").replace(",7", ",7,12")},
            'reports.csv:2:id: "12" is not a UUID',
        ),
        (
            {"weights.csv": WEIGHTS.replace("kg\n", "kg,confirmed\n").replace("70\n", "70,kilo\n")},
            'weights.csv:2:confirmed: "kilo" is not a column',
        ),
    ],
)
def test_one_fault_is_one_line(world: World, files: dict[str, str | bytes], fault: str) -> None:
    imported = world.load(files)
    assert [line[: len(fault)] for line in imported.faults] == [fault] or fault in imported.faults
    assert not imported.outcome.is_stored


def test_every_fault_of_a_row_is_told(world: World) -> None:
    row = "P1,2025-01-05,strength_nrs,right_hnd,11\n"
    header, _ = REPORTS.split("\n", 1)
    imported = world.load({"reports.csv": f"{header}\n{row}"})
    assert [fault.split(":")[2] for fault in imported.faults] == ["reported_at", "site", "value"]


def test_a_fault_of_a_row_that_leans_on_an_unreadable_cell_is_not_made_up(world: World) -> None:
    imported = world.load({"holds.csv": HOLDS.replace("2025-06-01", "June")})
    assert [fault.split(":")[2] for fault in imported.faults] == ["from_date"]


def test_rows_of_a_refused_patient_are_one_line(world: World) -> None:
    patients = PATIENTS.replace("Europe/Oslo", "GMT+4")
    files = {"patients.csv": patients, "weights.csv": WEIGHTS, "reports.csv": REPORTS}
    assert world.load(files).faults[0] == (
        "patients.csv:2:patient_id: P1 is refused, and with it 2 rows: 1 of weights.csv,"
        " 1 of reports.csv"
    )


def test_rows_of_a_refused_patient_are_checked_too(world: World) -> None:
    patients = PATIENTS.replace("Europe/Oslo", "GMT+4")
    files = {"patients.csv": patients, "reports.csv": REPORTS.replace(",7", ",11")}
    assert "reports.csv:2:value: 11 is outside 0-10" in world.load(files).faults


def test_rows_before_the_birth_of_a_refused_patient_are_told(world: World) -> None:
    patients = "patient_id,birth_date,time_zone,diagnosis\nP1,2025-02-01,GMT+4,MMN\n"
    faults = world.load({"patients.csv": patients, "reports.csv": REPORTS}).faults
    assert any("is before birth on 2025-02-01" in fault for fault in faults)


def test_rows_of_an_unknown_patient_are_checked_too(world: World) -> None:
    files = {"reports.csv": REPORTS.replace("P1", "P9").replace(",7\n", ",11\n")}
    assert [fault.split(":")[2] for fault in world.load(files).faults] == ["patient_id", "value"]


def test_a_bad_header_of_patients_is_told_once(world: World) -> None:
    patients = "patient_id,diagnosis\nP1,MMN\n"
    imported = world.load({"patients.csv": patients, "weights.csv": WEIGHTS, "plans.csv": PLANS})
    assert imported.faults == [
        "patients.csv:1:patient_id: for this header 2 rows of other files are refused",
        "patients.csv:1:time_zone: the required column is missing",
    ]


def test_a_missing_file_of_patients_is_told(world: World, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "no-patients", {"weights.csv": WEIGHTS})
    assert (
        world.load_folder(folder)
        .faults[0]
        .startswith("patients.csv:1:patient_id: the file is missing")
    )


def test_a_header_is_enough_for_patients_who_are_stored(world: World) -> None:
    world.load({})
    imported = world.load(
        {"patients.csv": "patient_id,time_zone,diagnosis\n", "weights.csv": WEIGHTS}
    )
    assert imported.sums == (1, 0, 0, 0)


def test_other_files_are_ignored_with_a_message(world: World) -> None:
    assert world.load({"about.md": "x"}).messages == [
        "about.md is ignored: only *.csv files are read."
    ]


def test_files_of_headers_alone_are_no_fault(world: World) -> None:
    files = {
        name: text.split("\n")[0]
        for name, text in {"weights.csv": WEIGHTS, "reports.csv": REPORTS}.items()
    }
    assert world.load(files).sums == (1, 0, 0, 0)


def test_a_report_row_with_another_note_is_refused(world: World) -> None:
    header = "patient_id,reported_at,measure,site,value,note\n"
    rows = (
        "P1,2025-01-05T07:30:00Z,strength_nrs,right_hand,7,first\n"
        "P1,2025-01-05T07:30:00Z,strength_nrs,left_hand,7,\n"
        "P1,2025-01-05T07:30:00Z,strength_nrs,left_foot,7,second\n"
    )
    # Rows come in the order of their keys, so the left foot speaks first.
    assert world.load({"reports.csv": header + rows}).faults == [
        "reports.csv:2:note: it is other than in line 4, which is of the same report"
    ]


def test_a_report_id_for_two_moments_is_refused(world: World) -> None:
    report = "11111111-1111-4111-8111-111111111111"
    header = "patient_id,reported_at,measure,site,value,report_id\n"
    rows = (
        f"P1,2025-01-05T07:30:00Z,strength_nrs,right_hand,7,{report}\n"
        f"P1,2025-01-06T07:30:00Z,strength_nrs,right_hand,7,{report}\n"
    )
    (fault,) = world.load({"reports.csv": header + rows}).faults
    assert fault.startswith(f"reports.csv:3:report_id: report {report} stands here for another")


def test_allow_partial_stores_the_good_rows(world: World) -> None:
    files = {"reports.csv": REPORTS + "P1,2025-01-06T07:30:00Z,strength_nrs,global,11\n"}
    imported = world.load(files, allow_partial=True)
    assert imported.outcome.is_stored
    assert imported.sums == (2, 0, 0, 1)
    assert world.count(ReportRow) == 1


def test_allow_partial_without_a_good_row_stores_nothing(world: World) -> None:
    files = {"patients.csv": PATIENTS.replace("Europe/Oslo", "GMT+4"), "reports.csv": REPORTS}
    assert not world.load(files, allow_partial=True).outcome.is_stored
    assert world.count(ClinicRow) == 0


def test_allow_partial_takes_neither_of_two_contents(world: World) -> None:
    plans = PLANS + "P1,2025-01-01,21,2,1,privigen\n"
    imported = world.load({"plans.csv": plans}, allow_partial=True)
    assert imported.tally("plans").refused == 2


def test_allow_partial_takes_a_repeated_row_once(world: World) -> None:
    weights = WEIGHTS + "P1,2025-01-01T07:00:00Z,70.0\n"
    imported = world.load({"weights.csv": weights}, allow_partial=True)
    assert imported.tally("weights").new == 1


UNUSUAL = {
    "weights.csv": WEIGHTS + "P1,2025-02-01T08:00:00+01:00,98\n",
    "plans.csv": PLANS.replace(",28,2,1,", ",91,2,2.6,"),
    "reports.csv": REPORTS + "P1,2025-01-06T07:30:00Z,walk_10m_s,global,150\n",
}


def test_unusual_values_are_refused(world: World) -> None:
    imported = world.load(UNUSUAL)
    assert [fault.split(": ")[0] for fault in imported.faults] == [
        "weights.csv:3:weight_kg",
        "plans.csv:2:interval_days",
        "plans.csv:2:dose_g_per_kg",
        "reports.csv:3:value",
    ]
    assert all(fault.endswith("(--confirm-unusual)") for fault in imported.faults)


def test_confirmed_unusual_values_are_stored_and_marked(world: World) -> None:
    imported = world.load(UNUSUAL, confirm_unusual=True)
    assert imported.faults == []
    with world.database.reading() as session:
        marked = session.query(ValueRow).filter(ValueRow.measure == "walk_10m_s").one()
        assert marked.confirmed == ["value"]
        heavy = session.query(WeightRow).filter(WeightRow.weight_kg > 90).one()
        assert heavy.confirmed == ["weight_kg"]


def test_confirmed_rows_need_no_confirmation_again(world: World) -> None:
    world.load(UNUSUAL, confirm_unusual=True)
    assert world.load(UNUSUAL).sums == (0, 6, 0, 0)


def test_an_impossible_value_cannot_be_confirmed(world: World) -> None:
    files = {"reports.csv": REPORTS.replace("value", "value,confirmed").replace(",7", ",11,value")}
    assert world.load(files, confirm_unusual=True).faults == [
        "reports.csv:2:value: 11 is outside 0-10"
    ]


def test_a_row_may_carry_its_confirmation(world: World) -> None:
    header = "patient_id,measured_at,weight_kg,confirmed\n"
    files = {"weights.csv": header + "P1,2025-01-01T08:00:00Z,210,weight_kg\n"}
    assert world.load(files).faults == []


def test_a_row_confirms_only_what_it_names(world: World) -> None:
    header = "patient_id,effective_date,interval_days,course_days,dose_g_per_kg,product,confirmed\n"
    files = {"plans.csv": header + "P1,2025-01-01,91,2,2.6,privigen,interval_days\n"}
    assert [fault.split(":")[2] for fault in world.load(files).faults] == ["dose_g_per_kg"]
