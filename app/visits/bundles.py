"""A visit that arrives whole: every row of it in one transaction, in order, and only once.

Nothing is merged. A row that is stored with other content, or was corrected by somebody else
meanwhile, is a clash; all of them are listed, nothing is stored, and a person decides.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from sqlalchemy.orm import Session

from app.errors import Clash, Conflict, Fault, RuleViolation
from app.infusions.service import INFUSION
from app.infusions.tables import InfusionRow, SignatureRow
from app.kit import history
from app.kit.access import Principal, content_if_visible, is_visible
from app.kit.base import ClinicalRow, Json
from app.kit.history import as_json
from app.kit.problems import renamed
from app.kit.rows import locked_now
from app.monitoring.service import EVENT
from app.patients import entries
from app.patients.entries import Entering, Entry
from app.patients.service import WEIGHT
from app.patients.tables import PatientRow
from app.reactions.service import REACTION
from app.reports import reading
from app.reports import service as reports
from app.reports.repository import all_values_of
from app.reports.schemas import REPORT_NAMES
from app.reports.tables import ReportRow
from app.said import say, say_many
from app.vials.service import VIAL, following_later
from app.visits.bundle_schemas import BundleCreate
from app.visits.bundle_words import BOTH_OR_NONE, NO_SUCH, not_sent, other_version
from app.visits.record import Whole, live
from app.visits.service import VISIT
from app.visits.signing import sign_visit, whole_to_sign
from app.visits.tables import VisitRow

State = Literal["created", "unchanged", "amended"]

NEEDED: Final[Mapping[str, str]] = {"weights": "weights.write", "reports": "reports.write"}
"""What somebody must be allowed to besides, where a bundle has such items."""

_BEFORE: Final = ("weights", "infusion", "reports")
_FOLLOWS: Final = frozenset({"product", "dose_g", "lot_numbers"})
_OF_INFUSION: Final = ("vials", "events", "reactions")


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a bundle; `path` is its place in it."""

    path: str
    kind: str
    body: Any


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one item."""

    item: Item
    row: ClinicalRow
    state: State


@dataclass(slots=True)
class _Attempt:
    """A bundle on its way: what was entered so far, and what stands against it."""

    entering: Entering
    patient: PatientRow
    done: list[Done] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def session(self) -> Session:
        return self.entering.session

    def require_nothing_against(self) -> None:
        """Refuse the whole bundle if anything stands against one of its items.

        Raises
        ------
        Conflict
            With every clash.
        RuleViolation
            With every fault, where nothing clashes.
        """
        if self.clashes:
            message = say_many(
                "%(num)s item contradicts what is kept; nothing was stored.",
                "%(num)s items contradict what is kept; nothing was stored.",
                len(self.clashes),
            )
            raise Conflict(message, clashes=self.clashes)
        if self.faults:
            raise RuleViolation(self.faults)


@dataclass(frozen=True, slots=True)
class _Way:
    """How rows of one kind are entered and amended from their shape.

    What is in `fixed` can never be changed, as in the change of a single row.
    """

    table: type[ClinicalRow]
    create: Callable[[Entering, PatientRow, Any], entries.Saved[Any]]
    amend: Callable[[Entering, Any, Any], bool]
    content: Callable[[Any], Json]
    versions: Callable[[Session, Any], list[Json]]
    fixed: tuple[str, ...] = ()
    stored: Callable[[Session, Any], Json] = lambda _session, row: history.content_of(row)
    names: Mapping[str, str] = field(default_factory=dict)


def _way(entry: Entry[Any, Any], *fixed: str) -> _Way:
    def create(entering: Entering, patient: PatientRow, body: Any) -> entries.Saved[Any]:
        draft = body.draft()
        return entries.create(entering, entry, patient=patient, row_id=body.id, draft=draft)

    def amend(entering: Entering, row: Any, body: Any) -> bool:
        return entries.amend(entering, entry, row=row, draft=body.draft())

    def content(body: Any) -> Json:
        return {name: as_json(value) for name, value in entry.content_of(body.draft()).items()}

    return _Way(entry.table, create, amend, content, history.history_of, fixed)


def _create_report(entering: Entering, patient: PatientRow, body: Any) -> entries.Saved[Any]:
    return reports.create_report(entering, patient=patient, row_id=body.id, draft=body.draft())


def _amend_report(entering: Entering, row: Any, body: Any) -> bool:
    return reports.amend_report(entering, report=row, draft=body.draft())


def _report_content(body: Any) -> Json:
    draft = body.draft()
    content = reports.report_content(draft)
    values = [
        {"measure": v.measure, "site": v.site, "value": v.value, "device": v.device}
        for v in sorted(draft.values, key=lambda value: (value.measure, value.site))
    ]
    return {**{name: as_json(value) for name, value in content.items()}, "values": values}


def _report_versions(session: Session, row: Any) -> list[Json]:
    """Return the versions of a report, each with its values."""
    versions = []
    for version in reading.versions_of(session, row):
        values = [
            {name: value[name] for name in ("measure", "site", "value", "device")}
            for value in version["values"]
        ]
        ordered = sorted(values, key=lambda value: (value["measure"], value["site"]))
        versions.append({**version, "values": ordered})
    return versions


def _report_stored(session: Session, row: Any) -> Json:
    """Return what is kept of a report; values that a correction added were entered later."""
    entered = min((value.entered_at for value in all_values_of(session, row)), default=None)
    return {**history.content_of(row), "entered_at": as_json(entered)}


_WAYS: Final[Mapping[str, _Way]] = {
    "weights": _way(WEIGHT),
    "infusion": _way(INFUSION),
    "reports": _Way(
        ReportRow,
        _create_report,
        _amend_report,
        _report_content,
        _report_versions,
        ("entered_at",),
        _report_stored,
        REPORT_NAMES,
    ),
    "visit": _way(VISIT),
    "vials": _way(VIAL, "infusion_id"),
    "events": _way(EVENT, "infusion_id", "kind"),
    "reactions": _way(REACTION, "infusion_id"),
}
"""Every kind of item, in the order in which they are entered: what is named comes first."""


def enter_bundle(
    entering: Entering, *, patient: PatientRow, body: BundleCreate, signer: Principal
) -> list[Done]:
    """Enter every row of a bundle, or find that they were entered before.

    Raises
    ------
    Conflict
        Items are stored with other content, or were changed meanwhile; all are listed.
    RuleViolation
        Items have faults, named by their place such as ``vials[2].lot``; or the visit is to be
        signed and still needs something.
    """
    attempt = _Attempt(entering, patient)
    attempt.faults += _faults_of_form(body)
    attempt.require_nothing_against()
    # What others change at this moment is waited for, and nobody changes it until the end.
    locked_now(entering.session, VisitRow, body.visit.id)
    locked_now(entering.session, InfusionRow, body.visit.infusion_id)
    with following_later(entering):
        items = list(_items(body))
        _enter(attempt, [item for item in items if item.kind in _BEFORE])
        if not any(fault.field.startswith("infusion.") for fault in attempt.faults):
            # What names an infusion that was refused would only be refused for that.
            _enter(attempt, [item for item in items if item.kind not in _BEFORE])
        attempt.clashes += _withdrawn(attempt, body)
        attempt.require_nothing_against()
    if body.signature is not None:
        _sign(attempt, body, signer)
    return attempt.done


def _items(body: BundleCreate) -> Iterator[Item]:
    for kind in _WAYS:
        sent = getattr(body, kind)
        if not isinstance(sent, list):
            if sent is not None:
                yield Item(kind, kind, sent)
            continue
        listed = [Item(f"{kind}[{index}]", kind, each) for index, each in enumerate(sent)]
        # A rate is judged by the checks before it, so events come in the order of time.
        yield from sorted(listed, key=_moment) if kind == "events" else listed


def _moment(item: Item) -> tuple[Any, bool]:
    return item.body.at, item.body.kind != "pre_check"


def _faults_of_form(body: BundleCreate) -> list[Fault]:
    """Return where the items of a bundle do not belong together."""
    faults = []
    infusion_id = body.visit.infusion_id
    if body.infusion is not None and body.infusion.id != infusion_id:
        reason = say("it is not the infusion of this bundle")
        faults.append(Fault("visit.infusion_id", infusion_id, reason))
    seen: set[uuid.UUID] = set()
    for item in _items(body):
        if item.body.id in seen:
            reason = say("it stands twice in this bundle")
            faults.append(Fault(f"{item.path}.id", item.body.id, reason))
        seen.add(item.body.id)
        if item.kind in _OF_INFUSION and item.body.infusion_id != infusion_id:
            reason = say("it is not the infusion of this visit")
            faults.append(Fault(f"{item.path}.infusion_id", item.body.infusion_id, reason))
        if (item.body.version is None) != (item.body.change_reason is None):
            field = f"{item.path}.change_reason"
            faults.append(Fault(field, item.body.change_reason, BOTH_OR_NONE))
    return faults


def _enter(attempt: _Attempt, items: list[Item]) -> None:
    for item in items:
        way = _WAYS[item.kind]
        try:
            with attempt.session.begin_nested():
                attempt.done.append(_one(attempt, way, item))
        except Conflict as conflict:
            attempt.clashes.append(_clash(attempt, way, item, conflict))
        except RuleViolation as violation:
            named = renamed(violation.faults, way.names)
            attempt.faults += [replace(f, field=f"{item.path}.{f.field}") for f in named]


def _withdrawn(attempt: _Attempt, body: BundleCreate) -> list[Clash]:
    """Find what the device believes to stand, where the bundle would add to it or change it."""
    signature = body.signature
    is_news = (
        any(done.state != "unchanged" for done in attempt.done)
        or bool(attempt.faults or attempt.clashes)
        or (signature is not None and attempt.session.get(SignatureRow, signature.id) is None)
    )
    return [
        _clash(attempt, _WAYS[done.item.kind], done.item, Conflict(say("It was voided since.")))
        for done in attempt.done
        if is_news and done.row.voided_at is not None
    ]


def _one(attempt: _Attempt, way: _Way, item: Item) -> Done:
    body = item.body
    if body.version is None:
        circumstances = replace(attempt.entering, confirm=body.confirmation())
        saved = way.create(circumstances, attempt.patient, body)
        return Done(item, saved.row, "created" if saved.created else "unchanged")
    return _amended(attempt, way, item)


def _amended(attempt: _Attempt, way: _Way, item: Item) -> Done:
    session, body = attempt.session, item.body
    row: Any = locked_now(session, way.table, body.id)
    if row is None or row.patient_id != attempt.patient.id or not is_visible(session, row):
        raise RuleViolation([Fault("id", body.id, NO_SUCH[item.kind])])
    _require_fixed(session, way, row, body)
    if row.version != body.version:
        sent = way.content(body)
        later = [v for v in way.versions(session, row) if v["version"] > body.version]
        if any(all(version[name] == sent[name] for name in sent) for version in later):
            return Done(item, row, "unchanged")  # this very correction was sent before
        raise Conflict(other_version(body.version, row.version))
    change = replace(attempt.entering.change, reason=body.change_reason)
    circumstances = Entering(session, change, body.confirmation())
    changed = way.amend(circumstances, row, body)
    return Done(item, row, "amended" if changed else "unchanged")


def _require_fixed(session: Session, way: _Way, row: Any, body: Any) -> None:
    """Refuse a correction that would make another thing of a row.

    Raises
    ------
    RuleViolation
        What can never be changed was sent otherwise than it is kept.
    """
    stored = way.stored(session, row) if way.fixed else {}
    sent = {name: as_json(getattr(body, name)) for name in way.fixed}
    reason = say("it cannot be changed: void the row and enter another one")
    faults = [
        Fault(name, value, reason)
        for name, value in sent.items()
        if value is not None and value != stored[name]
    ]
    if faults:
        raise RuleViolation(faults)


def _clash(attempt: _Attempt, way: _Way, item: Item, conflict: Conflict) -> Clash:
    stored = conflict.stored
    if stored is None:
        row = attempt.session.get(way.table, item.body.id)
        stored = None if row is None else content_if_visible(attempt.session, row)
    sent = conflict.sent or way.content(item.body)
    return Clash(item.path, str(item.body.id), conflict.message, stored, sent)


def _not_seen(attempt: _Attempt, whole: Whole) -> Iterator[Clash]:
    """Find what the signature would cover although the bundle does not say it."""
    session = attempt.session
    sent = {done.row.id: done for done in attempt.done}
    for row in (whole.visit, *live(whole.parts)):
        stored = content_if_visible(session, row)
        done = sent.get(row.id)
        if done is None:
            yield Clash("signature", str(row.id), not_sent(row.__tablename__), stored, {})
            continue
        content = _WAYS[done.item.kind].content(done.item.body)
        now = history.content_of(row)
        # What an infusion does not state follows its vials.
        stated = {name: value for name, value in content.items() if value or name not in _FOLLOWS}
        if any(now[name] != value for name, value in stated.items()):
            reason = say("It was corrected since, so what is kept is not what is signed.")
            yield Clash(done.item.path, str(row.id), reason, stored, content)


def _require_own(visit: VisitRow, signer: Principal) -> None:
    """Refuse the signature of whoever happens to be signed in on the device of another nurse."""
    named = visit.nurse_id
    if signer.via == "session" and named not in (None, signer.account_id):
        reason = say("the visit names another nurse: only that person signs it from a device")
        raise RuleViolation([Fault("signature", str(named), reason)])


def _sign(attempt: _Attempt, body: BundleCreate, signer: Principal) -> None:
    visit = next(done.row for done in attempt.done if isinstance(done.row, VisitRow))
    item = Item("signature", "signature", body.signature)
    whole = whole_to_sign(attempt.session, visit)
    if attempt.session.get(SignatureRow, item.body.id) is None:
        _require_own(visit, signer)
        attempt.clashes += _not_seen(attempt, whole)
        attempt.require_nothing_against()
    try:
        row, created = sign_visit(
            attempt.session,
            attempt.entering.change,
            whole=whole,
            signer=signer,
            row_id=item.body.id,
        )
    except RuleViolation as violation:
        raise RuleViolation(
            [replace(f, field=f"signature.{f.field}") for f in violation.faults]
        ) from violation
    attempt.done.append(Done(item, row, "created" if created else "unchanged"))
