"""Which stored row a row is: reports, ids, clinics."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app.clinics.service import add_clinic
from app.exchange.errors import WrongUsage
from app.patients.tables import PatientRow, WeightRow
from app.reports.tables import ReportRow, ValueRow
from tests.exchange.world import (
    EVERYTHING,
    INFUSIONS,
    LATER,
    PATIENTS,
    REPORTS,
    WEIGHTS,
    World,
    change,
    only,
    rows_of,
)

A, B, C = (str(uuid.UUID(int=number)) for number in (0xA, 0xB, 0xC))


class TestReports:
    def test_a_row_added_later_joins_its_report(self, world: World) -> None:
        world.load({"reports.csv": REPORTS})
        more = REPORTS + "P1,2025-01-05T06:30:00Z,strength_nrs,left_hand,5\n"
        imported = world.load({"reports.csv": more}, now=LATER)
        assert imported.sums == (1, 2, 0, 0)
        report = only(world, ReportRow)
        assert (world.count(ValueRow), report.version) == (2, 2)

    def test_a_note_for_a_stored_report_is_other_content(self, world: World) -> None:
        world.load({"reports.csv": REPORTS})
        noted = REPORTS.replace("value", "value,note").replace(",7", ",7,cold hands")
        assert world.load({"reports.csv": noted}).faults == [
            (
                'reports.csv:2:note: "cold hands" is sent, nothing is stored; --amend makes a new'
                " version"
            )
        ]
        assert world.load({"reports.csv": noted}, amend="note found").sums == (0, 1, 1, 0)
        assert only(world, ReportRow).note == "cold hands"

    def test_an_empty_note_says_nothing(self, world: World) -> None:
        noted = REPORTS.replace("value", "value,note").replace(",7", ",7,cold hands")
        world.load({"reports.csv": noted})
        more = (
            "patient_id,reported_at,measure,site,value,note\n"
            "P1,2025-01-05T06:30:00Z,strength_nrs,left_hand,5,\n"
        )
        assert world.load({"reports.csv": more}).sums == (1, 1, 0, 0)

    def test_context_is_a_set(self, world: World) -> None:
        header = "patient_id,reported_at,measure,site,value,context\n"
        row = "P1,2025-01-05T06:30:00Z,strength_nrs,left_hand,5,"
        world.load({"reports.csv": f"{header}{row}cold;ill\n"})
        assert world.load({"reports.csv": f"{header}{row}ill;cold\n"}).sums == (0, 2, 0, 0)

    def with_ids(self, moment: str = "2025-01-05T06:30:00Z", *, report: str = "") -> str:
        return (
            "patient_id,reported_at,measure,site,value,id,report_id\n"
            f"P1,{moment},strength_nrs,left_hand,5,{A},{report}\n"
            f"P1,{moment},strength_nrs,right_hand,5,{B},{report}\n"
        )

    @pytest.mark.parametrize("report", ["", C])
    def test_a_report_moves_with_its_values(self, world: World, report: str) -> None:
        world.load({"reports.csv": self.with_ids(report=report)})
        moved = {"reports.csv": self.with_ids("2025-01-06T06:30:00Z", report=report)}
        assert [fault.split(":")[2] for fault in world.load(moved).faults] == ["reported_at"] * 2
        assert world.load(moved, amend="wrong day").sums == (0, 1, 2, 0)
        with world.database.reading() as session:
            live = session.scalars(select(ReportRow).where(ReportRow.voided_at.is_(None))).one()
            assert live.observed_at == datetime(2025, 1, 6, 6, 30, tzinfo=UTC)
            assert live.local_date == date(2025, 1, 6)
            values = session.scalars(select(ValueRow)).all()
            assert {value.observed_at for value in values} == {live.observed_at}
            assert {value.report_id for value in values} == {live.id}
        assert world.load(moved).sums == (0, 3, 0, 0)

    def test_two_reports_of_one_moment_are_kept_apart_by_their_ids(self, world: World) -> None:
        one = self.with_ids(report=C)
        ids = f"{uuid.UUID(int=1)},{uuid.UUID(int=2)}"
        two = f"P1,2025-01-05T06:30:00Z,strength_nrs,left_hand,6,{ids}\n"
        assert world.load({"reports.csv": one + two}).tally("reports").new == 3
        assert world.count(ReportRow) == 2
        assert world.load({"reports.csv": one + two}).tally("reports").unchanged == 3
        without = REPORTS.replace("07:30:00+01:00", "06:30:00Z").replace("right", "left")
        assert world.load({"reports.csv": without.replace(",7", ",6")}).sums == (0, 2, 0, 0)
        (fault,) = world.load({"reports.csv": without}).faults
        assert (
            fault
            == "reports.csv:2:reported_at: 2 stored rows have this key; say which one is meant by"
            " its id"
        )

    def test_a_value_cannot_take_the_place_of_another(self, world: World) -> None:
        world.load({"reports.csv": self.with_ids(report=C)})
        clash = self.with_ids(report=C).splitlines()
        clash = [clash[0], clash[1].replace("left_hand", "right_hand")]
        (fault,) = world.load({"reports.csv": "\n".join(clash)}, amend="x").faults
        assert (
            fault == "reports.csv:2:measure: another value of this report has the same measure and"
            " site"
        )


class TestIds:
    def test_an_id_is_the_rows_identity(self, world: World) -> None:
        weights = WEIGHTS.replace("weight_kg", "weight_kg,id").replace("70", f"70,{A}")
        world.load({"weights.csv": weights})
        assert str(only(world, WeightRow).id) == A

    def test_under_its_id_a_row_may_move(self, world: World) -> None:
        weights = WEIGHTS.replace("weight_kg", "weight_kg,id").replace("70", f"70,{A}")
        world.load({"weights.csv": weights})
        moved = {"weights.csv": weights.replace("2025-01-01", "2025-01-02")}
        assert [fault.split(":")[2] for fault in world.load(moved).faults] == ["measured_at"]
        assert world.load(moved, amend="wrong day").sums == (0, 1, 1, 0)
        assert only(world, WeightRow).local_date == date(2025, 1, 2)

    def test_a_new_id_for_a_stored_key_is_refused(self, world: World) -> None:
        world.load({"infusions.csv": INFUSIONS})
        again = INFUSIONS.replace("dose_g", "dose_g,id").replace("35", f"35,{A}")
        (fault,) = world.load({"infusions.csv": again}).faults
        assert fault.startswith(
            f"infusions.csv:2:id: {A} is new, but the same started_at + product is stored as "
        )

    def test_two_bags_are_two_rows_by_their_ids(self, world: World) -> None:
        header, row = INFUSIONS.replace("dose_g", "dose_g,id").splitlines()
        files = {"infusions.csv": f"{header}\n{row},{A}\n{row},{B}\n"}
        assert world.load(files).tally("infusions").new == 2
        assert world.load(files).tally("infusions").unchanged == 2

    def test_two_bags_without_ids_stand_twice(self, world: World) -> None:
        header, row = INFUSIONS.splitlines()
        (fault,) = world.load({"infusions.csv": f"{header}\n{row}\n{row}\n"}).faults
        assert fault.startswith("infusions.csv:3:started_at: the row key stands in line 2")

    def test_an_id_stands_once(self, world: World) -> None:
        header = "patient_id,measured_at,weight_kg,id\n"
        rows = f"P1,2025-01-01T08:00:00Z,70,{A}\nP1,2025-01-02T08:00:00Z,70,{A}\n"
        (fault,) = world.load({"weights.csv": header + rows}).faults
        assert fault == "weights.csv:3:id: the id stands in line 2 already, with other content"

    def test_an_id_of_another_patient_is_refused(self, world: World) -> None:
        patients = PATIENTS + "P2,UTC,MMN\n"
        weights = WEIGHTS.replace("weight_kg", "weight_kg,id").replace("70", f"70,{A}")
        world.load({"patients.csv": patients, "weights.csv": weights})
        (fault,) = world.load({"weights.csv": weights.replace("P1", "P2")}).faults
        assert fault == f"weights.csv:2:id: {A} is the id of a row that belongs to somebody else"

    def test_a_patient_of_another_clinic_is_refused(self, world: World) -> None:
        patients = PATIENTS.replace("diagnosis", "diagnosis,id").replace("MMN", f"MMN,{A}")
        world.load({"patients.csv": patients}, clinic="North")
        with world.database.writing() as session:
            add_clinic(session, change(), row_id=None, name="South")
        (fault,) = world.load({"patients.csv": patients}, clinic="South").faults
        assert fault == f"patients.csv:2:id: {A} is the id of a row that belongs to somebody else"

    def test_a_patient_may_be_renamed_under_their_id(self, world: World) -> None:
        patients = PATIENTS.replace("diagnosis", "diagnosis,id").replace("MMN", f"MMN,{A}")
        world.load({"patients.csv": patients})
        renamed = {
            "patients.csv": patients.replace("P1", "P7"),
            "weights.csv": WEIGHTS.replace("P1", "P7"),
        }
        assert world.load(renamed, amend="new number").sums == (1, 0, 1, 0)
        assert only(world, PatientRow).external_id == "P7"


class TestClinics:
    @pytest.fixture(autouse=True)
    def two_clinics(self, world: World) -> None:
        with world.database.writing() as session:
            for name in ("North", "South"):
                add_clinic(session, change(), row_id=None, name=name)

    def test_one_of_several_must_be_named(self, world: World) -> None:
        with pytest.raises(WrongUsage, match="North, South"):
            world.load({})

    def test_a_name_that_is_not_there_is_refused(self, world: World) -> None:
        with pytest.raises(WrongUsage, match="no clinic East"):
            world.load({}, clinic="East")

    def test_each_has_its_own_patients(self, world: World) -> None:
        world.load({}, clinic="North")
        world.load({}, clinic="South")
        assert world.count(PatientRow) == 2
        assert len(rows_of(world.export(clinic="South")["patients.csv"])) == 1


def test_nobody_is_born_after_what_is_stored_about_them(world: World) -> None:
    assert world.load(EVERYTHING).faults == []
    born = PATIENTS.replace("diagnosis\n", "diagnosis,birth_date\n").replace("MMN", "MMN,{}")
    late = world.load({"patients.csv": born.format("2025-01-02")}, amend="misread")
    assert late.faults == [
        "patients.csv:2:birth_date: 2025-01-02 is after the first entry, a weight of 2025-01-01"
    ]
    on_the_day = world.load({"patients.csv": born.format("2025-01-01")}, amend="misread")
    assert on_the_day.sums == (0, 0, 1, 0)
