"""Reports and series as they are read: columns, not objects, because there are many."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final

import orjson
from sqlalchemy.orm import Session

from app.analysis.measures import ALL_SITES, MEASURES
from app.errors import Fault, RuleViolation
from app.kit import history
from app.kit.base import Json
from app.kit.limits import did_you_mean, quoted
from app.kit.pagination import Order, Page, RecordsQuery, read_page
from app.patients.tables import PatientRow
from app.reports import repository
from app.reports.rules import is_back_dated
from app.reports.tables import ReportRow
from app.said import say

_NEWEST_FIRST: Final = Order("reports", ReportRow.observed_at, ReportRow.id)


def list_reports(
    session: Session, patient: PatientRow, query: RecordsQuery
) -> Page[orjson.Fragment]:
    """Return one page of the patient's reports with their values, ready to be encoded.

    Raises
    ------
    RuleViolation
        The cursor is not one that this list gave.
    """
    statement = repository.select_reports(
        patient.id,
        include_voided=query.include_voided,
        dialect=session.get_bind().dialect.name,
    )
    page = read_page(session, statement, order=_NEWEST_FIRST, query=query)
    owner = f'"clinic_id":"{patient.clinic_id}","patient_id":"{patient.id}"'
    return Page([_item(row, owner) for row in page.rows], page.next_cursor)


_ENTERED_AT: Final = re.compile(r'"entered_at"\s*:\s*"([^"]+)"')
_NOTHING_SEALED: Final = ",".join(f'"{name}":null' for name in repository.SEALED_COLUMNS)


def _item(row: Any, owner: str) -> orjson.Fragment:
    """Put a report together from the texts that the database made, and from what it cannot read."""
    at, key, shown, values, note, change_reason, void_reason = row
    opened = _NOTHING_SEALED
    if not (note is change_reason is void_reason is None):
        sealed = zip(repository.SEALED_COLUMNS, (note, change_reason, void_reason), strict=True)
        opened = orjson.dumps(dict(sealed)).decode()[1:-1]
    late = "true" if _is_back_dated(at, values) else "false"
    digits = key.replace("-", "")
    parts = digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]
    identity = "-".join(parts)
    return orjson.Fragment(
        f'{shown.rstrip()[:-1]},"id":"{identity}",{owner},{opened},"is_back_dated":{late},'
        f'"values":{values}}}'
    )


def _is_back_dated(observed_at: str, values: str) -> bool:
    """Say whether the texts of a report are those of one that was typed in later."""
    entered = _ENTERED_AT.findall(values)
    if not entered:
        return False
    first = min(datetime.fromisoformat(text) for text in set(entered))
    return is_back_dated(datetime.fromisoformat(observed_at), first)


def content_of(session: Session, report: ReportRow) -> Json:
    """Return one report with its values; of a voided one those that were voided with it."""
    values = [row._asdict() for row in repository.shown_values(session, report)]
    return _marked({**history.content_of(report), "values": values})


def _marked(content: Json) -> Json:
    """Say of a report with its values whether it was typed in later."""
    entered = [_instant(value["entered_at"]) for value in content["values"]]
    observed = _instant(content["observed_at"])
    return {**content, "is_back_dated": bool(entered) and is_back_dated(observed, min(entered))}


def _instant(value: str | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def versions_of(session: Session, report: ReportRow) -> list[Json]:
    """Return every version of a report with the values that it had then, oldest first."""
    values = [history.history_of(session, row) for row in repository.all_values_of(session, report)]
    return [
        _marked({**version, "values": _values_at(values, version)})
        for version in history.history_of(session, report)
    ]


def _values_at(values: Sequence[Sequence[Json]], report: Json) -> list[Json]:
    """Return of every value the version that a version of its report began with."""
    since = _since(report)
    begun = [[v for v in versions if _since(v) <= since] for versions in values]
    newest = [versions[-1] for versions in begun if versions]
    return [v for v in newest if v["voided_at"] in (None, report["voided_at"])]


def _since(version: Json) -> datetime:
    return datetime.fromisoformat(version["changed_at"] or version["recorded_at"])


def series_of(
    session: Session, patient_id: uuid.UUID, *, measure: str | None, site: str | None
) -> list[Json]:
    """Return the patient's series as columns, each oldest first.

    Raises
    ------
    RuleViolation
        There is no such measure or site.
    """
    _require_known("measure", measure, MEASURES)
    _require_known("site", site, ALL_SITES)
    rows = repository.readings_of(session, patient_id, measure=measure, site=site)
    series = []
    for (name, place), group in groupby(rows, key=lambda row: (row[0], row[1])):
        _, _, at, value, entry, device = zip(*group, strict=True)
        columns = {"at": at, "value": value, "entry": entry, "device": device}
        unit = MEASURES[name].unit
        series.append({"measure": name, "site": place, "unit": unit, **columns})
    return series


def _require_known(field: str, word: str | None, known: Sequence[str] | Mapping[str, Any]) -> None:
    if word is not None and word not in known:
        value, hint = quoted(word), did_you_mean(word, known)
        if field == "measure":
            reason = say("%(value)s is not a measure%(hint)s", value=value, hint=hint)
        else:
            reason = say("%(value)s is not a site%(hint)s", value=value, hint=hint)
        raise RuleViolation([Fault(field, word, reason)])
