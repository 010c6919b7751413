"""Loading the rows of one patient: weights, plans, holds, therapies and infusions."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import or_, select

from app.analysis.cycles import local_day
from app.errors import Conflict, Fault, RuleViolation, Severity
from app.exchange import tables
from app.exchange.drafts import amended_draft, check_alone, named, new_draft, stated_fields
from app.exchange.load import Load, Refusal, conflict, derived_id, free_ids, stored_values
from app.exchange.matching import match, was_ever
from app.exchange.rows import Row, key_text
from app.exchange.tables import Table
from app.infusions.service import INFUSION, faults_beside_vials
from app.kit.base import ClinicalRow, Json
from app.patients import entries
from app.patients.entries import Entering, Entry, nothing_derived
from app.patients.service import THERAPY, WEIGHT
from app.patients.tables import PatientRow
from app.plans.service import HOLD, PLAN

ENTRIES: Final[Mapping[str, Entry[Any, Any]]] = {
    tables.WEIGHTS.name: WEIGHT,
    tables.PLANS.name: PLAN,
    tables.HOLDS.name: HOLD,
    tables.THERAPIES.name: THERAPY,
    tables.INFUSIONS.name: INFUSION,
}


class RowLoader:
    """Loads one patient's rows of one file; `patient_key` is how the files call the patient."""

    def __init__(
        self, load: Load, table: Table, *, patient: PatientRow, patient_key: str, is_new: bool
    ) -> None:
        self._load = load
        self._table = table
        self._entry = ENTRIES[table.name]
        self._patient = patient
        self._patient_key = patient_key
        self._is_new = is_new
        self._around = replace(load.around, birth_date=patient.birth_date)
        self._by_id: dict[uuid.UUID, ClinicalRow] = {}
        self._by_key: dict[str, list[ClinicalRow]] = defaultdict(list)

    def run(self) -> bool:
        """Load every row; say whether the record changed."""
        rows = []
        for row, is_refused in self._load.staging.rows(self._table, self._patient_key):
            if is_refused:
                self._load.check_refused(row, self._around)
            else:
                rows.append(row)
        if not rows:
            return False
        self._find_stored(rows)
        tally = self._load.tally(self._table)
        before = tally.new + tally.amended
        ids = self._new_ids(rows)
        for row in rows:
            try:
                self._load_row(row, ids)
            except Refusal as refusal:
                self._load.refuse(row, (refusal.column, str(refusal)))
            except RuleViolation as violation:
                self._load.refuse_for(row, named(row, list(violation.faults)))
        return tally.new + tally.amended > before

    def _find_stored(self, rows: list[Row]) -> None:
        table = self._entry.table
        stated = [row.id for row in rows if row.id is not None]
        if self._is_new and not stated:
            return
        wanted = or_(table.patient_id == self._patient.id, table.id.in_(stated))
        statement = select(table).where(wanted).order_by(table.recorded_at, table.id)
        for stored in self._load.session.scalars(statement):
            self._by_id[stored.id] = stored
            if stored.patient_id == self._patient.id:
                key = key_text(stored_values(stored, self._table.key))
                self._by_key[key].append(stored)

    def _new_ids(self, rows: list[Row]) -> dict[int, uuid.UUID]:
        """Return the id for each line, should its row be new."""
        stated = {row.line: row.id for row in rows if row.id is not None}
        derived = {
            row.line: derived_id(self._table.name, self._patient_key, row.key or "")
            for row in rows
            if row.line not in stated
        }
        free = free_ids(self._load, self._table, self._entry.table, wanted=list(derived.values()))
        return {**stated, **{line: free[identity] for line, identity in derived.items()}}

    def _load_row(self, row: Row, ids: Mapping[int, uuid.UUID]) -> None:
        stored = match(
            self._load,
            row,
            is_ours=lambda kept: kept.patient_id == self._patient.id,
            by_id=self._by_id,
            holders=self._by_key.get(row.key or "", ()),
            is_same=lambda kept: self._is_same(row, kept),
        )
        tally = self._load.tally(self._table)
        if stored is None:
            self._add(row, ids[row.line])
            tally.new += 1
        elif self._is_same(row, stored):
            tally.unchanged += 1
        else:
            self._amend(row, stored)
            tally.amended += 1

    def _is_same(self, row: Row, stored: ClinicalRow) -> bool:
        if not self._differences(row, stored):
            return True
        if stored.voided_at is None:
            return False
        sent = stated_fields(row)
        return was_ever(self._load.session, stored.__tablename__, stored.id, sent=sent)

    def _differences(self, row: Row, stored: ClinicalRow) -> dict[str, tuple[object, object]]:
        draft = self._entry.draft_of(stored)
        sent = {name: (value, getattr(draft, name)) for name, value in stated_fields(row).items()}
        if "time_zone" in row.values:
            sent["time_zone"] = (row.values["time_zone"], getattr(stored, "time_zone", None))
        return {name: pair for name, pair in sent.items() if pair[0] != pair[1]}

    def _add(self, row: Row, identity: uuid.UUID) -> None:
        self._require_live_patient()
        created = entries.new_row(
            self._load.entering(row),
            self._as_stated(row),
            patient=self._patient,
            row_id=identity,
            draft=new_draft(row),
        )
        self._load.session.add(created)

    def _amend(self, row: Row, stored: ClinicalRow) -> None:
        self._require_live_patient()
        if stored.voided_at is not None:
            raise Refusal("id", f"{stored.id} was voided ({stored.void_reason}); enter a new row")
        if self._load.options.amend is None:
            differences = self._differences(row, stored).items()
            reasons = [conflict(name, sent=sent, stored=kept) for name, (sent, kept) in differences]
            raise RuleViolation([Fault(name, None, reason) for name, reason in reasons])
        try:
            entries.amend(
                self._load.entering(row),
                self._as_stated(row),
                row=stored,
                draft=amended_draft(row, self._entry.draft_of(stored)),
            )
        except Conflict as error:
            raise Refusal(self._table.key[0], str(error)) from error

    def _require_live_patient(self) -> None:
        if self._patient.voided_at is not None:
            reason = self._patient.void_reason
            raise Refusal("patient_id", f"{self._patient_key} was voided ({reason})")

    def _as_stated(self, row: Row) -> Entry[Any, Any]:
        """Return the entry with what the row says of how it is stored."""
        entry = self._entry
        if "confirmed" in row.values:
            entry = replace(entry, check=self._check_with_confirmed(row))
        if "time_zone" not in row.values:
            return entry
        zone, content_of = row.values["time_zone"], entry.content_of

        def content_in_zone(draft: Any) -> Json:
            day = local_day(getattr(draft, self._table.key[0]), zone)
            return {**content_of(draft), "time_zone": zone, "local_date": day}

        return replace(entry, content_of=content_in_zone, derived_of=nothing_derived)

    def _check_with_confirmed(self, row: Row) -> Any:
        """Return a check that takes the row's word for what was confirmed.

        A row that also states its id comes from an export. It is judged by itself: what is
        unusual beside other rows depends on the order in which they were entered, and an export
        must come back whole.
        """

        def check(
            entering: Entering, patient: PatientRow, draft: Any, *, row_id: uuid.UUID | None
        ) -> list[Fault]:
            said = [Fault(name, None, "", Severity.UNUSUAL) for name in row.confirmed]
            if row.id is not None:
                alone = check_alone(row, self._around)
                return [*said, *alone, *self._beside_vials(entering, draft, row_id)]
            return [*said, *self._entry.check(entering, patient, draft, row_id=row_id)]

        return check

    def _beside_vials(
        self, entering: Entering, draft: Any, row_id: uuid.UUID | None
    ) -> list[Fault]:
        if self._table is not tables.INFUSIONS:
            return []
        return faults_beside_vials(entering.session, draft, row_id=row_id)
