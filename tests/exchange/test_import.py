"""New, unchanged, amended: what an import makes of rows."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.clinics.service import add_clinic
from app.db import Database
from app.infusions.tables import InfusionRow
from app.kit import history
from app.kit.history import RecordVersion
from app.patients.entries import Entering
from app.patients.service import amend_patient, patient_draft, void_patient
from app.patients.tables import AnalysisRow, PatientRow, WeightRow
from app.plans.tables import PlanRow
from app.products.service import add_catalogue
from app.products.tables import ProductRow
from app.reports.service import void_report
from app.reports.tables import ReportRow, ValueRow
from app.tables import first_entry, void_entries
from tests.exchange.world import (
    EVERYTHING,
    INFUSIONS,
    LATER,
    NOW,
    PATIENTS,
    PLANS,
    REPORTS,
    THERAPIES,
    WEIGHTS,
    World,
    change,
    only,
    rows_of,
)


def void_only(world: World, table: type[Any]) -> None:
    with world.database.writing() as session:
        history.void(session, session.scalars(select(table)).one(), change())


class TestNewRows:
    def test_everything_is_stored(self, world: World) -> None:
        imported = world.load(EVERYTHING)
        assert imported.faults == []
        assert imported.sums == (7, 0, 0, 0)

    def test_the_first_clinic_has_the_catalogue(self, world: World) -> None:
        assert world.load({}, clinic="North").outcome.clinic == "North"
        assert world.count(ProductRow) > 10

    def test_rows_say_who_stored_them_and_when(self, world: World) -> None:
        world.load(EVERYTHING)
        for table in (PatientRow, WeightRow, PlanRow, InfusionRow, ReportRow, ValueRow):
            row = only(world, table)
            assert (row.version, row.recorded_at, row.recorded_by) == (1, NOW, "a test")

    def test_the_analysis_is_stale(self, world: World) -> None:
        world.load({})
        before = only(world, AnalysisRow).change_number
        world.load({"weights.csv": WEIGHTS})
        assert only(world, AnalysisRow).change_number == before + 1

    def test_an_import_that_changes_nothing_makes_nothing_stale(self, world: World) -> None:
        world.load(EVERYTHING)
        before = only(world, AnalysisRow).change_number
        world.load(EVERYTHING)
        assert only(world, AnalysisRow).change_number == before

    def test_g61_82_is_written_as_mmn(self, world: World) -> None:
        world.load({"patients.csv": PATIENTS.replace("MMN", "G61.82")})
        assert only(world, PatientRow).diagnosis == "MMN"

    def test_weeks_are_stored_as_days(self, world: World) -> None:
        plans = PLANS.replace("interval_days", "interval_weeks").replace(",28,", ",4,")
        world.load({"plans.csv": plans})
        assert only(world, PlanRow).interval_days == 28

    def test_columns_come_in_any_order(self, world: World) -> None:
        assert world.load(
            {"weights.csv": "weight_kg,measured_at,patient_id\n70,2025-01-01T08:00:00Z,P1\n"}
        ).sums == (2, 0, 0, 0)

    def test_a_product_given_under_the_skin_has_that_route(self, world: World) -> None:
        world.load({"plans.csv": PLANS.replace("privigen", "hizentra")})
        assert only(world, PlanRow).route == "subcutaneous"

    def test_rows_of_one_moment_and_source_are_one_report(self, world: World) -> None:
        header = "patient_id,reported_at,measure,site,value,source,context,note\n"
        rows = (
            "P1,2025-01-05T07:30:00Z,strength_nrs,right_hand,7,patient,,\n"
            "P1,2025-01-05T08:30:00+01:00,strength_nrs,left_hand,6,patient,cold;ill,bad night\n"
            "P1,2025-01-05T07:30:00Z,strength_nrs,left_hand,6,nurse,,\n"
        )
        world.load({"reports.csv": header + rows})
        assert (world.count(ReportRow), world.count(ValueRow)) == (2, 3)
        with world.database.reading() as session:
            report = session.scalars(select(ReportRow).where(ReportRow.source == "patient")).one()
            assert (report.context, report.note) == (["cold", "ill"], "bad night")

    def test_a_value_that_says_no_time_of_entry_was_entered_now(self, world: World) -> None:
        world.load({"reports.csv": REPORTS})
        assert only(world, ValueRow).entered_at == NOW

    def test_many_reports_are_stored_in_pieces(self, world: World) -> None:
        header, _ = REPORTS.split("\n", 1)
        start = datetime(2025, 1, 1, tzinfo=UTC)
        moments = [(start + timedelta(hours=hour)).isoformat() for hour in range(2_500)]
        rows = [
            f"P1,{moment},strength_nrs,{site},{7 - (site == 'left_hand')}"
            for moment in moments
            for site in ("right_hand", "left_hand")
        ]
        files = {"reports.csv": "\n".join([header, *rows])}
        assert world.load(files).tally("reports").new == 5_000
        assert world.count(ReportRow) == 2_500
        assert world.load(files).tally("reports").unchanged == 5_000

    def test_the_local_date_is_the_patients(self, world: World) -> None:
        world.load({"infusions.csv": INFUSIONS.replace("09:00:00+01:00", "23:30:00+00:00")})
        assert only(world, InfusionRow).local_date == date(2025, 1, 3)

    @pytest.mark.parametrize(
        ("moment", "exported"),
        [
            ("2025-10-26T02:30:00+02:00", "2025-10-26T02:30:00+02:00"),
            ("2025-10-26T02:30:00+01:00", "2025-10-26T02:30:00+01:00"),
            ("2025-03-30T01:30:00Z", "2025-03-30T03:30:00+02:00"),
        ],
    )
    def test_hours_of_a_clock_change_are_kept_apart(
        self, world: World, moment: str, exported: str
    ) -> None:
        world.load({"reports.csv": REPORTS.replace("2025-01-05T07:30:00+01:00", moment)})
        (row,) = rows_of(world.export()["reports.csv"])
        assert row["reported_at"] == exported

    def test_both_hours_of_a_clock_change_are_two_reports(self, world: World) -> None:
        twice = REPORTS.replace("2025-01-05T07:30:00+01:00", "2025-10-26T02:30:00+02:00")
        twice += "P1,2025-10-26T02:30:00+01:00,strength_nrs,right_hand,7\n"
        assert world.load({"reports.csv": twice}).tally("reports").new == 2

    def test_two_databases_that_load_one_folder_agree(
        self, world: World, migrated_sqlite: Path, tmp_path: Path
    ) -> None:
        shutil.copyfile(migrated_sqlite, tmp_path / "other.db")
        other = Database(f"sqlite:///{tmp_path / 'other.db'}")
        twin = World(other, tmp_path / "twin")
        world.load(EVERYTHING, clinic="North")
        twin.load(EVERYTHING, clinic="South")
        assert twin.export() == world.export()
        other.close()

    def test_a_taken_id_is_not_taken_twice(self, world: World) -> None:
        world.load(EVERYTHING, clinic="North")
        with world.database.writing() as session:
            clinic = add_clinic(session, change(), row_id=None, name="South")
            add_catalogue(session, change(), clinic.id)
        assert world.load(EVERYTHING, clinic="South").sums == (7, 0, 0, 0)
        assert world.count(WeightRow) == 2


class TestUnchangedRows:
    def test_importing_twice_changes_nothing(self, world: World) -> None:
        world.load(EVERYTHING)
        before = world.export()
        assert world.load(EVERYTHING, now=LATER).sums == (0, 7, 0, 0)
        assert world.export() == before
        assert world.count(RecordVersion) == 0

    def test_a_column_that_a_file_lacks_says_nothing(self, world: World) -> None:
        world.load(
            {
                "patients.csv": PATIENTS.replace("diagnosis", "diagnosis,sex").replace(
                    "MMN", "MMN,female"
                )
            }
        )
        assert world.load({}).sums == (0, 1, 0, 0)

    def test_the_same_moment_written_otherwise_is_the_same(self, world: World) -> None:
        world.load({"weights.csv": WEIGHTS})
        utc = WEIGHTS.replace("08:00:00+01:00", "07:00:00Z").replace("70", "70.0")
        assert world.load({"weights.csv": utc}).sums == (0, 2, 0, 0)

    def test_a_voided_row_does_not_come_back(self, world: World) -> None:
        world.load({"weights.csv": WEIGHTS})
        void_only(world, WeightRow)
        assert world.load({"weights.csv": WEIGHTS}).sums == (0, 2, 0, 0)
        assert rows_of(world.export()["weights.csv"]) == []

    def test_a_row_voided_after_a_correction_does_not_come_back(self, world: World) -> None:
        world.load({"weights.csv": WEIGHTS})
        world.load({"weights.csv": WEIGHTS.replace("70", "71")}, amend="typing error")
        void_only(world, WeightRow)
        assert world.load({"weights.csv": WEIGHTS}).sums == (0, 2, 0, 0)

    def test_other_content_under_the_key_of_a_voided_row_is_new(self, world: World) -> None:
        world.load({"weights.csv": WEIGHTS})
        void_only(world, WeightRow)
        assert world.load({"weights.csv": WEIGHTS.replace("70", "71")}).tally("weights").new == 1

    def test_a_voided_report_does_not_come_back(self, world: World) -> None:
        world.load({"reports.csv": REPORTS})
        with world.database.writing() as session:
            report = session.scalars(select(ReportRow)).one()
            void_report(Entering(session, change()), report=report)
        assert world.load({"reports.csv": REPORTS}).sums == (0, 2, 0, 0)
        other = world.load({"reports.csv": REPORTS.replace(",7", ",6")})
        assert other.tally("reports").new == 1

    def test_a_voided_patient_takes_no_new_rows(self, world: World) -> None:
        world.load({"weights.csv": WEIGHTS})
        with world.database.writing() as session:
            patient = session.scalars(select(PatientRow)).one()
            void_patient(Entering(session, change()), patient=patient, void_dependents=void_entries)
        imported = world.load({"weights.csv": WEIGHTS, "reports.csv": REPORTS})
        assert imported.faults == ["reports.csv:2:patient_id: P1 was voided (a mistake)"]
        assert imported.tally("weights").unchanged == 1


class TestOtherContent:
    def test_it_is_refused_and_both_are_shown(self, world: World) -> None:
        world.load(EVERYTHING)
        changed = {
            "patients.csv": PATIENTS.replace("MMN", "CIDP"),
            "weights.csv": WEIGHTS.replace("70", "71"),
            "reports.csv": REPORTS.replace(",7", ",6"),
        }
        assert world.load(changed).faults == [
            (
                "patients.csv:2:patient_id: P1 is refused, and with it 2 rows: 1 of weights.csv,"
                " 1 of reports.csv"
            ),
            (
                'patients.csv:2:diagnosis: "CIDP" is sent, "MMN" is stored; --amend makes a new'
                " version"
            ),
        ]
        del changed["patients.csv"]
        assert world.load(changed).faults == [
            "weights.csv:2:weight_kg: 71 is sent, 70 is stored; --amend makes a new version",
            "reports.csv:2:value: 6 is sent, 7 is stored; --amend makes a new version",
        ]

    def test_amend_makes_new_versions(self, world: World) -> None:
        world.load(EVERYTHING)
        changed = {
            "patients.csv": PATIENTS.replace("MMN", "CIDP"),
            "weights.csv": WEIGHTS.replace("70", "71"),
            "plans.csv": PLANS.replace(",28,", ",21,"),
            "therapies.csv": THERAPIES.replace("suggested", "declined"),
            "infusions.csv": INFUSIONS.replace(",35", ",40"),
            "reports.csv": REPORTS.replace(",7", ",6"),
        }
        assert world.load(changed, now=LATER, amend="typing errors").sums == (0, 0, 6, 0)
        weight = only(world, WeightRow)
        assert (weight.weight_kg, weight.version, weight.change_reason) == (71, 2, "typing errors")
        assert only(world, ValueRow).value == 6
        assert only(world, ReportRow).version == 2
        assert world.load(changed).sums == (0, 6, 0, 0)

    def test_amend_keeps_the_old_version(self, world: World) -> None:
        world.load({"weights.csv": WEIGHTS})
        world.load({"weights.csv": WEIGHTS.replace("70", "71")}, now=LATER, amend="typing error")
        kept = only(world, RecordVersion)
        assert (kept.table_name, kept.content["weight_kg"]) == ("weights", 70)

    def test_amend_leaves_what_the_file_does_not_say(self, world: World) -> None:
        world.load(
            {
                "patients.csv": PATIENTS.replace("diagnosis", "diagnosis,sex").replace(
                    "MMN", "MMN,female"
                )
            }
        )
        world.load({"patients.csv": PATIENTS.replace("MMN", "CIDP")}, amend="new diagnosis")
        patient = only(world, PatientRow)
        assert (patient.diagnosis, patient.sex) == ("CIDP", "female")

    def test_amend_checks_as_an_entry_does(self, world: World) -> None:
        world.load({"reports.csv": REPORTS, "weights.csv": WEIGHTS})
        changed = {
            "reports.csv": REPORTS.replace(",7", ",11"),
            "weights.csv": WEIGHTS.replace(",70", ",700"),
        }
        assert [fault.split(":")[2] for fault in world.load(changed, amend="x").faults] == [
            "weight_kg",
            "value",
        ]

    def test_a_new_time_zone_holds_from_now_on(self, world: World) -> None:
        world.load({"weights.csv": WEIGHTS})
        moved = PATIENTS.replace("Europe/Oslo", "Asia/Tokyo")
        weights = WEIGHTS + "P1,2026-03-11T08:00:00+09:00,70\n"
        world.load({"patients.csv": moved, "weights.csv": weights}, now=LATER, amend="moved")
        patient = only(world, PatientRow)
        assert patient.previous_time_zones == [
            {"until": LATER.isoformat(), "time_zone": "Europe/Oslo"}
        ]
        exported = [row["measured_at"] for row in rows_of(world.export()["weights.csv"])]
        assert exported == ["2025-01-01T08:00:00+01:00", "2026-03-11T00:00:00+01:00"]

    @pytest.mark.parametrize("former", ["", "Asia/Tokyo until 2024-01-01T00:00:00Z"])
    def test_a_file_that_repeats_the_former_zones_does_not_undo_the_last(
        self, world: World, former: str
    ) -> None:
        header = "patient_id,time_zone,diagnosis,previous_time_zones\n"
        world.load({"patients.csv": f"{header}P1,Europe/Oslo,MMN,{former}\n"})
        moved = {"patients.csv": f"{header}P1,UTC,MMN,{former}\n"}
        assert world.load(moved, now=LATER, amend="moved").sums == (0, 0, 1, 0)
        last = {"until": LATER.isoformat(), "time_zone": "Europe/Oslo"}
        assert only(world, PatientRow).previous_time_zones[-1] == last

    def test_former_zones_may_be_listed(self, world: World) -> None:
        header = "patient_id,time_zone,diagnosis,previous_time_zones\n"
        row = "P1,Asia/Tokyo,MMN,Europe/Oslo until 2025-02-01T00:00:00Z\n"
        weights = WEIGHTS + "P1,2025-02-02T08:00:00+09:00,70\n"
        files = {"patients.csv": header + row, "weights.csv": weights}
        assert world.load(files).faults == []
        exported = [row["measured_at"] for row in rows_of(world.export()["weights.csv"])]
        assert exported == ["2025-01-01T08:00:00+01:00", "2025-02-02T08:00:00+09:00"]

    def test_a_zone_corrected_in_a_file_moves_no_date_but_by_amend(self, world: World) -> None:
        world.load({"weights.csv": WEIGHTS})
        zoned = WEIGHTS.replace("weight_kg", "weight_kg,time_zone").replace("70", "70,Asia/Tokyo")
        assert [f.split(":")[2] for f in world.load({"weights.csv": zoned}).faults] == ["time_zone"]
        assert world.load({"weights.csv": zoned}, amend="was travelling").sums == (0, 1, 1, 0)
        assert only(world, WeightRow).time_zone == "Asia/Tokyo"


def test_a_zone_changed_in_the_record_is_other_content(world: World) -> None:
    world.load({})
    with world.database.writing() as session:
        patient = session.scalars(select(PatientRow)).one()
        draft = replace(patient_draft(patient), time_zone="UTC")
        amend_patient(
            Entering(session, change()), patient=patient, draft=draft, find_first=first_entry
        )
    assert [fault.split(":")[2] for fault in world.load({}).faults] == ["time_zone"]


def test_what_was_given_of_a_product_that_is_retired_since_is_imported(world: World) -> None:
    files = {name: text for name, text in EVERYTHING.items() if name != "infusions.csv"}
    world.load(files)
    with world.database.writing() as session:
        retired = session.scalars(select(ProductRow).where(ProductRow.key == "privigen")).one()
        history.void(session, retired, change())
    assert world.load(EVERYTHING).faults == []
    assert only(world, InfusionRow).product == "privigen"
    planned = PLANS.splitlines()[1].replace("2025-01-01", "2025-03-01")
    fault = '"privigen" is not in the product catalogue'
    assert [f for f in world.load({"plans.csv": f"{PLANS}{planned}\n"}).faults if fault in f]
