"""What is exported imports again, and comes out byte for byte."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.clinics.service import list_clinics
from app.db import Database
from app.exchange.exporter import Format
from app.exchange.sample import write_sample_clinic
from app.infusions.rules import InfusionDraft
from app.infusions.service import INFUSION
from app.kit import history
from app.kit.history import Actor, Change
from app.patients import entries
from app.patients.entries import Entering
from app.patients.rules import PatientDraft, WeightDraft
from app.patients.service import WEIGHT, amend_patient, create_patient, patient_draft
from app.patients.tables import PatientRow, WeightRow
from app.reports.rules import ReportDraft, ValueDraft
from app.reports.service import create_report
from app.tables import first_entry
from tests.exchange.world import EVERYTHING, NOW, PATIENTS, PLANS, WEIGHTS, World, rows_of

CHANGE = Change(Actor("a nurse"), NOW, "for a test")


@contextmanager
def empty_world(template: Path) -> Iterator[World]:
    """Give another database, empty and migrated."""
    with TemporaryDirectory() as folder:
        shutil.copyfile(template, Path(folder) / "twin.db")
        database = Database(f"sqlite:///{folder}/twin.db")
        try:
            yield World(database, Path(folder) / "twin")
        finally:
            database.close()


def assert_comes_back(world: World, template: Path) -> None:
    exported = world.export()
    with empty_world(template) as twin:
        assert twin.load(exported).faults == []
        assert twin.export() == exported
    again = world.load(exported)
    assert again.faults == []
    assert (again.sums[0], again.sums[2], again.sums[3]) == (0, 0, 0)
    assert world.export() == exported


def test_every_table_comes_back(world: World, migrated_sqlite: Path) -> None:
    world.load(EVERYTHING)
    assert_comes_back(world, migrated_sqlite)


def test_a_rare_column_is_written_only_where_some_plan_needs_it(
    world: World, migrated_sqlite: Path
) -> None:
    world.load(EVERYTHING)
    usual = world.export()["plans.csv"]
    header, row = PLANS.splitlines()
    world.load({"plans.csv": f"{header},calendar\n{row},rolling\n"})
    assert world.export()["plans.csv"] == usual
    later = row.replace("2025-01-01", "2025-03-01")
    rare = f"{header},calendar,rounding_tolerance_percent\n{later},fixed,\n"
    assert world.load({"plans.csv": rare}).faults == []
    first, *lines = world.export()["plans.csv"].splitlines()
    assert first == f"{usual.splitlines()[0]},calendar"
    assert [line.rpartition(",")[2] for line in lines] == ["rolling", "fixed"]
    assert_comes_back(world, migrated_sqlite)


def keep_some(folder: Path, *, every: int) -> None:
    """Leave one patient in `every` in a folder of files, with what is theirs."""
    for path in folder.glob("*.csv"):
        header, *lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if int(line.split(",")[0].rpartition("-")[2]) % every == 0]
        path.write_text(header + "".join(kept), encoding="utf-8")


def test_patients_of_the_sample_clinic_come_back(
    world: World, migrated_sqlite: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "sample"
    folder.mkdir()
    write_sample_clinic(folder, today=NOW.date())
    keep_some(folder, every=6)
    assert world.load_folder(folder).faults == []
    exported = world.export()
    with empty_world(migrated_sqlite) as twin:
        assert twin.load(exported).faults == []
        assert twin.export() == exported


def test_columns_stand_in_the_order_of_the_contract(world: World) -> None:
    world.load({})
    headers = {name: text.split("\n")[0] for name, text in world.export().items()}
    assert headers == {
        "patients.csv": "patient_id,family_name,given_name,birth_date,sex,time_zone,diagnosis,"
        "diagnosed_on,dominant_hand,anti_gm1,conduction_block,followed,identifiers,"
        "previous_time_zones,confirmed,id",
        "weights.csv": "patient_id,measured_at,weight_kg,kind,time_zone,confirmed,id",
        "plans.csv": "patient_id,effective_date,interval_days,interval_weeks,course_days,"
        "dose_g_per_kg,dose_g,product,reason,route,prescriber,confirmed,id",
        "holds.csv": "patient_id,from_date,to_date,reason,note,confirmed,id",
        "infusions.csv": "patient_id,started_at,ended_at,status,product,dose_g,weight_kg,"
        "lot_numbers,note,time_zone,confirmed,id",
        "therapies.csv": "patient_id,therapy,status,from_date,to_date,note,confirmed,id",
        "reports.csv": "patient_id,reported_at,measure,site,value,source,device,context,entry,"
        "entered_at,note,time_zone,scale_version,report_id,confirmed,id",
    }


def test_rows_stand_in_the_order_of_their_keys(world: World) -> None:
    patients = "patient_id,time_zone,diagnosis\n" + "".join(
        f"{name},UTC,MMN\n" for name in ("b", "Ä", "a", "B", "10", "9")
    )
    weights = "patient_id,measured_at,weight_kg,kind\n" + "".join(
        f"{name},2025-01-{day:02}T08:00:00Z,70,{kind}\n"
        for name in ("b", "B")
        for day, kind in ((2, "dosing"), (2, "actual"), (1, "dosing"))
    )
    world.load({"patients.csv": patients, "weights.csv": weights})
    exported = world.export()
    names = [row["patient_id"] for row in rows_of(exported["patients.csv"])]
    assert names == ["10", "9", "B", "a", "b", "Ä"]
    keys = [
        (row["patient_id"], row["measured_at"][:10], row["kind"])
        for row in rows_of(exported["weights.csv"])
    ]
    assert keys == sorted(keys)


ODD_TEXTS = [
    'say "no", please',
    "two\nlines",
    "two\r\nlines",
    "an old\rmac",
    "tab\there",
    "=1+1",
    "@SUM(A1)",
    "-5",
    "007",
    " leading and trailing ",
    "Ångström 😀 日本 ﷽",
    "\ufeffmark",
    ";",
    "a;b",
    "NULL",
    '"',
    "'",
]


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_odd_texts_come_back(world: World, migrated_sqlite: Path, text: str) -> None:
    quoted = '"' + text.replace('"', '""') + '"'
    infusions = (
        f"patient_id,started_at,status,note\nP1,2025-01-02T09:00:00+01:00,not_done,{quoted}\n"
    )
    assert world.load({"infusions.csv": infusions}).faults == []
    (row,) = rows_of(world.export()["infusions.csv"])
    assert row["note"] == text
    assert_comes_back(world, migrated_sqlite)


def test_leading_zeros_of_a_patient_stay(world: World) -> None:
    world.load({"patients.csv": PATIENTS.replace("P1", "007")})
    assert rows_of(world.export()["patients.csv"])[0]["patient_id"] == "007"


@pytest.fixture
def patient(world: World) -> PatientRow:
    """Give a patient who was entered through the interface, with all that can be said of one."""
    world.load({"patients.csv": "patient_id,time_zone,diagnosis\n"})
    draft = PatientDraft(
        external_id="P1",
        time_zone="America/New_York",
        diagnosis="MMN",
        family_name="O'Neil",
        followed=("strength_nrs@right_hand", "grip_kpa@left_hand"),
        identifiers={"urn:ssn": "1;2", "mrn": '"7"'},
    )
    with world.database.writing() as session:
        clinic_id = list_clinics(session)[0].id
        return create_patient(
            Entering(session, CHANGE), clinic_id=clinic_id, row_id=None, draft=draft
        ).row


def enter(world: World, entry: Any, patient: PatientRow, draft: Any, **options: Any) -> None:
    with world.database.writing() as session:
        known = session.get_one(PatientRow, patient.id)
        entering = Entering(session, CHANGE, **options)
        entries.create(entering, entry, patient=known, row_id=None, draft=draft)


def report(world: World, patient: PatientRow, draft: ReportDraft, **options: Any) -> None:
    with world.database.writing() as session:
        known = session.get_one(PatientRow, patient.id)
        entering = Entering(session, CHANGE, **options)
        create_report(entering, patient=known, row_id=None, draft=draft)


def test_a_patient_entered_by_hand_comes_back(
    world: World, patient: PatientRow, migrated_sqlite: Path
) -> None:
    assert_comes_back(world, migrated_sqlite)


def test_rows_entered_before_a_move_keep_their_clock(
    world: World, patient: PatientRow, migrated_sqlite: Path
) -> None:
    enter(world, WEIGHT, patient, WeightDraft(NOW - timedelta(days=300), 70.0))
    with world.database.writing() as session:
        known = session.get_one(PatientRow, patient.id)
        draft = replace(patient_draft(known), time_zone="Asia/Tokyo")
        # Long before the weight, which keeps the date that it had.
        since = NOW - timedelta(days=400)
        amend_patient(
            Entering(session, CHANGE),
            patient=known,
            draft=draft,
            find_first=first_entry,
            zone_from=since,
        )
    enter(world, WEIGHT, patient, WeightDraft(NOW - timedelta(days=1), 70.0))
    zones = [row["time_zone"] for row in rows_of(world.export()["weights.csv"])]
    assert zones == ["America/New_York", "Asia/Tokyo"]
    assert_comes_back(world, migrated_sqlite)


def test_two_bags_come_back(world: World, patient: PatientRow, migrated_sqlite: Path) -> None:
    bag = InfusionDraft(NOW - timedelta(days=3), "completed", product="privigen", dose_g=20.0)
    for _ in range(2):
        enter(world, INFUSION, patient, bag)
    assert len(rows_of(world.export()["infusions.csv"])) == 2
    assert_comes_back(world, migrated_sqlite)


def test_two_reports_of_one_moment_come_back(
    world: World, patient: PatientRow, migrated_sqlite: Path
) -> None:
    value = ValueDraft("strength_nrs", "right_hand", 7.0)
    moment = NOW - timedelta(days=3)
    for note in ("first", "second"):
        report(world, patient, ReportDraft(moment, NOW, "patient", (value,), ("cold",), note))
    assert_comes_back(world, migrated_sqlite)


def test_confirmed_values_come_back(
    world: World, patient: PatientRow, migrated_sqlite: Path
) -> None:
    values = (ValueDraft("walk_10m_s", "global", 150.0), ValueDraft("fatigue_nrs", "global", 3))
    draft = ReportDraft(NOW - timedelta(days=3), NOW, "nurse", values)
    report(world, patient, draft, confirm=True)
    confirmed = {row["measure"]: row["confirmed"] for row in rows_of(world.export()["reports.csv"])}
    assert confirmed == {"walk_10m_s": "value", "fatigue_nrs": ""}
    assert_comes_back(world, migrated_sqlite)


def test_what_was_unusual_in_another_order_comes_back(
    world: World, patient: PatientRow, migrated_sqlite: Path
) -> None:
    # The second, entered last, was confirmed; in the order of time the third stands out.
    days_ago = {30: 70.0, 10: 70.0, 20: 120.0}
    for days, weight_kg in days_ago.items():
        draft = WeightDraft(NOW - timedelta(days=days), weight_kg)
        enter(world, WEIGHT, patient, draft, confirm=True)
    assert_comes_back(world, migrated_sqlite)


def test_voided_rows_are_left_out(world: World) -> None:
    world.load({"weights.csv": WEIGHTS})
    with world.database.writing() as session:
        history.void(session, session.scalars(select(WeightRow)).one(), CHANGE)
    assert rows_of(world.export()["weights.csv"]) == []


def test_json_lines_have_the_columns_of_csv(world: World) -> None:
    world.load(EVERYTHING)
    lines = world.export(Format.JSONL)
    for name, text in world.export().items():
        rows = [json.loads(line) for line in lines[name].splitlines()]
        assert [list(row) for row in rows] == [list(row) for row in rows_of(text)]
    (infusion,) = (json.loads(line) for line in lines["infusions.csv"].splitlines())
    assert infusion["dose_g"] == 35
    assert infusion["lot_numbers"] == []
    assert infusion["ended_at"] is None


# --- any valid folder ---------------------------------------------------------------------------

ZONES = ["Europe/Oslo", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "UTC"]
moments = st.datetimes(
    min_value=datetime(2015, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(2026, 3, 1),  # noqa: DTZ001 - the strategy adds the zone
    timezones=st.just(UTC),
)
days = st.dates(date(2015, 1, 1), date(2026, 3, 1))
notes = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], include_characters="\n\r\t"),
    min_size=1,
    max_size=30,
).filter(lambda text: bool(text.strip()))
maybe = st.one_of(st.just(""), notes)


def line(*cells: object) -> str:
    return ",".join('"' + str(cell).replace('"', '""') + '"' for cell in cells) + "\n"


HEADERS = {
    "patients.csv": "patient_id,family_name,time_zone,diagnosis\n",
    "weights.csv": "patient_id,measured_at,weight_kg\n",
    "holds.csv": "patient_id,from_date,to_date,reason,note\n",
    "plans.csv": "patient_id,effective_date,interval_weeks,course_days,dose_g,product,reason\n",
    "therapies.csv": "patient_id,therapy,status,from_date,note\n",
    "infusions.csv": "patient_id,started_at,status,lot_numbers,note\n",
    "reports.csv": "patient_id,reported_at,measure,site,value,source,context,note\n",
}
names = st.text("abcXYZ019-Ä ", min_size=1).map(str.strip).filter(bool)
some_days = st.lists(days, max_size=3, unique=True)
some_moments = st.lists(moments, max_size=3, unique=True)
some_sites = st.lists(
    st.sampled_from(["right_hand", "left_foot", "global"]), min_size=1, unique=True
)


def rows_by_day(draw: st.DrawFn, name: str) -> Iterator[tuple[str, list[object]]]:
    for day in draw(some_days):
        end = draw(st.sampled_from(["", day + timedelta(days=9)]))
        yield "holds.csv", [name, day, end, "travel", draw(maybe)]
    for day in draw(some_days):
        weeks, dose = draw(st.integers(2, 8)), draw(st.sampled_from(["", "35", "0.5"]))
        yield "plans.csv", [name, day, weeks, 2, dose, "privigen", draw(maybe)]
    for day in draw(some_days):
        therapy = draw(st.sampled_from(["rituximab", "=x,y"]))
        yield "therapies.csv", [name, therapy, "started", day, draw(maybe)]


def rows_by_moment(draw: st.DrawFn, name: str) -> Iterator[tuple[str, list[object]]]:
    for moment in draw(some_moments):
        weight = draw(st.decimals(70, 90, places=2))
        yield "weights.csv", [name, moment.isoformat(), weight]
    for moment in draw(some_moments):
        lots = ";".join(draw(st.lists(st.text("AB19", min_size=1), max_size=2)))
        yield "infusions.csv", [name, moment.isoformat(), "not_done", lots, draw(notes)]
    for moment in draw(some_moments):
        said = [draw(st.sampled_from(["", "cold", "ill;cold"])), draw(maybe)]
        for site in draw(some_sites):
            value = draw(st.integers(0, 10))
            row = [name, moment.isoformat(), "strength_nrs", site, value, "patient"]
            yield "reports.csv", [*row, *said]


@st.composite
def folders(draw: st.DrawFn) -> dict[str, str]:
    files = dict(HEADERS)
    for name in draw(st.lists(names, min_size=1, max_size=3, unique=True)):
        family, zone = draw(st.sampled_from(["", "Öz", "O'N"])), draw(st.sampled_from(ZONES))
        files["patients.csv"] += line(name, family, zone, "MMN")
        for file, row in (*rows_by_day(draw, name), *rows_by_moment(draw, name)):
            files[file] += line(*row)
    return files


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(folder=folders())
def test_any_valid_folder_comes_back(migrated_sqlite: Path, folder: dict[str, str]) -> None:
    with empty_world(migrated_sqlite) as world:
        assert world.load(folder).faults == []
        assert_comes_back(world, migrated_sqlite)


def test_ids_of_an_export_are_uuids(world: World) -> None:
    world.load(EVERYTHING)
    for text in world.export().values():
        assert all(str(uuid.UUID(row["id"])) == row["id"] for row in rows_of(text))
