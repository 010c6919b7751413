"""One week of a clinic: what is new, what ended, what was said, given, missed and reported."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Annotated, Any, Final

from fastapi import Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.alarms.tables import AlarmRow
from app.findings.digest import Event, Happened, read_happenings
from app.findings.worklist import read_patient_list
from app.infusions.tables import InfusionRow
from app.kit.access import needs, restrict
from app.kit.deps import Work
from app.patients.tables import PatientRow
from app.reactions.tables import ReactionRow
from app.reports.tables import ReportRow
from app.web import clinical
from app.web import format as words
from app.web.clinics import ClinicQuery, Clinics, choose_clinic
from app.web.documents.sheet import Block, Sheet, as_text
from app.web.i18n import current_locale, ngettext
from app.web.i18n import gettext as _
from app.web.page_route import page_router
from app.web.paths import DIGEST
from app.web.review_mark import begin_page, review_note
from app.web.sentences import finding_sentence
from app.web.templating import render

router: Final = page_router()
_WEEK: Final = timedelta(days=7)
_FIRST, _LAST = date(1900, 1, 15), date(2199, 12, 10)
_SEVERE: Final = 3
"""The grade from which a reaction stands first, as the finding `safety` has it."""
_LATE: Final = ("overdue", "missed")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing about one patient; of a clinic as a whole it has none."""

    patient: PatientRow | None
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """One heading with its lines; `is_pressing` of what stands first."""

    heading: str
    lines: Sequence[Line]
    is_pressing: bool = False


@dataclass(frozen=True, slots=True)
class DigestView:
    """Everything that the page shows; `before` and `after` are the Mondays around the week."""

    clinics: Clinics
    monday: date
    sunday: date
    before: date
    after: date | None
    sections: Sequence[Section]


@dataclass(frozen=True, slots=True)
class _Asked:
    session: Session
    clinic_id: uuid.UUID
    monday: date
    patients: Mapping[uuid.UUID, PatientRow]

    def lines(self, pairs: Iterable[tuple[uuid.UUID, str]]) -> list[Line]:
        """Return lines about visible patients, by identifier."""
        found = [Line(self.patients[who], text) for who, text in pairs if who in self.patients]
        return sorted(found, key=lambda line: line.patient.external_id if line.patient else "")

    def rows(self, table: Any, day: Any, *, weeks: int = 1) -> Sequence[Any]:
        """Return the live rows of the week, with as many weeks before as make `weeks`."""
        statement = select(table).where(
            table.clinic_id == self.clinic_id,
            table.voided_at.is_(None),
            day >= self.monday - (weeks - 1) * _WEEK,
            day < self.monday + _WEEK,
        )
        columns = {"clinic": table.clinic_id, "patient": table.patient_id}
        return self.session.scalars(restrict(self.session, statement, **columns)).all()


def get_digest_view(
    session: Session, clinic_id: uuid.UUID | None, *, monday: date, now: datetime
) -> DigestView:
    """Collect a week of one clinic, or of the first one where none is named.

    Raises
    ------
    NotFound
        There is no such clinic, or none at all yet.
    """
    clinics = choose_clinic(session, clinic_id)
    worklist = read_patient_list(session, clinics.shown.id, now=now)
    patients = {line.patient.id: line.patient for line in worklist.lines}
    asked = _Asked(session, clinics.shown.id, monday, patients)
    begin = datetime.combine(monday, time(), tzinfo=UTC)
    happened = read_happenings(session, clinics.shown.id, begin=begin, end=begin + _WEEK)
    late = [
        (line.patient.id, words.format_due(line.next_course))
        for line in worklist.lines
        if line.next_course is not None and line.next_course["state"] in _LATE
    ]
    sections = [
        Section(_("Alarms and safety"), _pressing(asked, happened), is_pressing=True),
        Section(_("New findings"), _told(asked, happened, "new")),
        Section(_("Not shown any more"), _told(asked, happened, "closed")),
        Section(_("What the team said"), _said(asked, happened)),
        Section(_("Put off until this week"), _told(asked, happened, "wakes")),
        Section(_("Courses given"), _given(asked)),
        Section(_("Courses overdue or missed now"), asked.lines(late)),
        Section(_("Reporting"), _reporting(asked)),
    ]
    after = monday + _WEEK
    return DigestView(
        clinics=clinics,
        monday=monday,
        sunday=after - timedelta(days=1),
        before=monday - _WEEK,
        after=after if after <= now.date() else None,
        sections=sections,
    )


def _pressing(asked: _Asked, happened: Sequence[Happened]) -> list[Line]:
    alarms = [
        (row.patient_id, f"{_day(row)}: {clinical.format_signs(row.signs)}")
        for row in asked.rows(AlarmRow, AlarmRow.local_date)
    ]
    reactions = [
        (row.patient_id, f"{_day(row)}: {_reaction(row)}")
        for row in asked.rows(ReactionRow, ReactionRow.local_date)
        if row.is_red_flag or row.grade >= _SEVERE
    ]
    safety = [
        (one.patient_id, _sentence(one))
        for one in happened
        if one.event == "new" and one.finding["kind"] == "safety"
    ]
    return [*asked.lines(alarms), *asked.lines(reactions), *asked.lines(safety)]


def _reaction(row: ReactionRow) -> str:
    grade = _("grade %(grade)s", grade=row.grade)
    return f"{clinical.format_reaction(row.term)}, {grade}"


def _day(row: AlarmRow | ReactionRow) -> str:
    return words.format_date(row.local_date)


def _sentence(one: Happened) -> str:
    said: Any = SimpleNamespace(
        sentence=one.finding["sentence"], wording=one.finding.get("wording")
    )
    return f"{words.KINDS[one.finding['kind']]}: {finding_sentence(said).striptags()}"


def _told(asked: _Asked, happened: Sequence[Happened], event: Event) -> list[Line]:
    return [
        Line(asked.patients[one.patient_id], _sentence(one))
        for one in happened
        if one.event == event
        and one.patient_id in asked.patients
        and not (event == "new" and one.finding["kind"] == "safety")
    ]


def _said(asked: _Asked, happened: Sequence[Happened]) -> list[Line]:
    lines = []
    for one in happened:
        patient = asked.patients.get(one.patient_id)
        if one.event == "said" and patient is not None:
            until = one.finding["snoozed_until"]
            shown: Any = SimpleNamespace(
                **{name: one.finding[name] for name in ("status", "review", "reviewed_by")},
                review_reason=one.finding["review_reason"],
                reviewed_at=one.at,
                snoozed_until=None if until is None else date.fromisoformat(until),
            )
            kind = words.KINDS[one.finding["kind"]]
            lines.append(Line(patient, f"{kind}: {words.format_review(shown, patient.time_zone)}"))
    return lines


def _given(asked: _Asked) -> list[Line]:
    grams: dict[uuid.UUID, float] = {}
    days: dict[uuid.UUID, set[date]] = {}
    for row in asked.rows(InfusionRow, InfusionRow.local_date):
        grams[row.patient_id] = grams.get(row.patient_id, 0.0) + (row.dose_g or 0.0)
        days.setdefault(row.patient_id, set()).add(row.local_date)
    told = {who: ", ".join(map(words.format_date, sorted(on))) for who, on in days.items()}
    return asked.lines(
        (who, f"{words.format_grams(grams[who])}, {text}") for who, text in told.items()
    )


def reporting_change(
    days: Iterable[tuple[uuid.UUID, date]], monday: date
) -> tuple[Counter[uuid.UUID], Counter[uuid.UUID]]:
    """Count the days with a report by patient, in the week before and in the week. Pure."""
    before, now = Counter[uuid.UUID](), Counter[uuid.UUID]()
    for who, day in set(days):
        if monday - _WEEK <= day < monday:
            before[who] += 1
        elif monday <= day < monday + _WEEK:
            now[who] += 1
    return before, now


def _reporting(asked: _Asked) -> list[Line]:
    statement: Any = select(ReportRow.patient_id, ReportRow.local_date).where(
        ReportRow.clinic_id == asked.clinic_id,
        ReportRow.voided_at.is_(None),
        ReportRow.local_date >= asked.monday - _WEEK,
        ReportRow.local_date < asked.monday + _WEEK,
    )
    columns = {"clinic": ReportRow.clinic_id, "patient": ReportRow.patient_id}
    visible = restrict(asked.session, statement, **columns)
    before, now = reporting_change(
        [(row.patient_id, row.local_date) for row in asked.session.execute(visible)],
        asked.monday,
    )
    whole = Line(
        None,
        _(
            "Patients who reported: %(now)s, the week before %(before)s; days with a report:"
            " %(days)s, the week before %(days_before)s",
            now=len(now),
            before=len(before),
            days=now.total(),
            days_before=before.total(),
        ),
    )
    silent = [
        (
            who,
            ngettext(
                "No report; %(num)s day with one the week before",
                "No report; %(num)s days with one the week before",
                count,
            ),
        )
        for who, count in before.items()
        if who not in now
    ]
    return [whole, *asked.lines(silent)]


def by_which_clock() -> str:
    """Say by which clock a week begins: a clinic has none of its own, its patients have."""
    return _(
        "Reports, courses, alarms and reactions are counted by the patient's own date, findings"
        " and what was said of them by UTC; a week begins on Monday."
    )


def as_sheet(view: DigestView) -> Sheet:
    """Return the week as a sheet, to be copied as text."""
    period = _(
        "%(first)s to %(last)s",
        first=words.format_date(view.monday),
        last=words.format_date(view.sunday),
    )
    blocks = tuple(
        Block(
            section.heading,
            tuple(
                line.text if line.patient is None else f"{line.patient.external_id}: {line.text}"
                for line in section.lines
            )
            or (_("Nothing."),),
        )
        for section in view.sections
    )
    foot = (
        by_which_clock(),
        _("This page informs and does not replace medical advice. It never proposes a dose."),
        *review_note(),
    )
    return Sheet(view.clinics.shown.name, current_locale(), (period,), blocks, foot)


@router.get(DIGEST)
@needs("worklist.read")
def show_digest(
    request: Request,
    work: Work,
    clinic: ClinicQuery = None,
    week: Annotated[date | None, Query()] = None,
) -> Response:
    """Show one week of a clinic; the newest whole one where none is named."""
    asked = week or work.now.date() - _WEEK
    monday = min(max(asked, _FIRST), _LAST)
    monday -= timedelta(days=monday.weekday())
    begin_page(request)
    review_note()  # asked before the session that the page is read in
    with work.reading() as session:
        view = get_digest_view(session, clinic, monday=monday, now=work.now)
        clock, text = by_which_clock(), as_text(as_sheet(view))
        return render(request, "digest.html", view=view, clock=clock, text=text)
