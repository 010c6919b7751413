"""The physician's lists: what is shown, what a form says back, and what leaves on paper."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.config import Settings
from app.db import Database
from app.findings import repository as findings
from app.findings.tables import FindingRow
from app.kit import history
from app.kit.audit.tables import AuditEntryRow
from app.kit.history import Actor, Change
from app.main import create_app
from app.web.documents.sheet import Block, Sheet, as_data, as_drawing, as_pdf, as_text
from tests.support.client import ApiClient
from tests.support.many_findings import more_findings
from tests.support.ward import NOW, Ward, a_ward

Visit = Callable[..., httpx.Response]
WEAK = "end_of_interval_weakness"

on_sqlite = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


@pytest.fixture
def ward(database: Database) -> Ward:
    return a_ward(database)


@pytest.fixture
def visit(settings: Settings, ward: Ward) -> Iterator[Visit]:
    """Give a function that asks for a page as somebody; `form` is posted."""
    with ApiClient(create_app(settings, clock=lambda: NOW)) as client:

        def asked(who: str, path: str, form: dict[str, Any] | None = None) -> httpx.Response:
            method = "GET" if form is None else "POST"
            return client.request(
                method, path, headers=ward.headers(who), data=form, follow_redirects=False
            )

        yield asked


def _finding(ward: Ward) -> FindingRow:
    with ward.database.reading() as session:
        return session.scalars(select(FindingRow).where(FindingRow.kind == WEAK)).one()


def _flat(page: httpx.Response) -> str:
    return " ".join(page.text.split())


@on_sqlite
def test_a_review_goes_from_the_list_and_back_to_it(ward: Ward, visit: Visit) -> None:
    finding = _finding(ward)
    address = f"{ward.record}/findings/{finding.id}"
    assert f'action="{address}/acknowledge"' in visit("physician", "/worklist").text
    assert f'action="{address}/acknowledge"' not in visit("nurse", "/worklist").text

    form = {"version": str(finding.version), "next": "/worklist?status=new#rows"}
    told = visit("physician", f"{address}/acknowledge", {**form, "reason": " Known <b>. "})
    assert told.headers["location"] == "/worklist?status=new#rows"
    page = _flat(visit("nurse", "/worklist"))
    assert "Acknowledged · Dr Lee" in page
    assert "Known &lt;b&gt;." in page

    # Somebody who still has the page from before hears of it, and nothing is lost.
    stale = visit("physician", f"{address}/disagree", {**form, "reason": "No fall."})
    assert stale.status_code == 412
    assert "This is how the finding stands now" in stale.text
    assert "No fall." in stale.text
    assert "Acknowledged · Dr Lee" in stale.text

    again = {"version": str(_finding(ward).version), "reason": "Looked again."}
    assert visit("physician", f"{address}/reopen", again).headers["location"].startswith("/work")
    assert _finding(ward).status == "new"
    assert _flat(visit("physician", address)).count("Dr Lee, ") == 2


@pytest.mark.parametrize(
    ("verb", "typed", "says"),
    [
        ("acknowledge", {"reason": " "}, "say why; it is kept"),
        ("snooze", {"reason": "Later.", "until": ""}, "choose a day"),
        ("snooze", {"reason": "Later.", "until": "2026-01-01"}, "is not after today"),
    ],
)
@on_sqlite
def test_a_form_that_lacks_something_is_shown_again(
    ward: Ward, visit: Visit, verb: str, typed: dict[str, str], says: str
) -> None:
    finding = _finding(ward)
    form = {"version": str(finding.version), **typed}
    page = visit("physician", f"{ward.record}/findings/{finding.id}/{verb}", form)
    assert page.status_code == 422
    assert says in page.text
    assert _finding(ward).version == finding.version


@on_sqlite
def test_a_review_leads_to_no_other_site(ward: Ward, visit: Visit) -> None:
    finding = _finding(ward)
    form = {"version": str(finding.version), "reason": "Known.", "next": "//evil.example/x"}
    told = visit("physician", f"{ward.record}/findings/{finding.id}/disagree", form)
    assert told.headers["location"] == f"/worklist#finding-{finding.id}"


@on_sqlite
def test_one_kind_is_put_off_and_the_others_are_not(ward: Ward, visit: Visit) -> None:
    finding = _finding(ward)
    form = {"version": str(finding.version), "reason": "Two courses.", "until": "2026-07-01"}
    visit("physician", f"{ward.record}/findings/{finding.id}/snooze", form)
    with ward.database.reading() as session:
        standing = {row.kind: row.status for row in session.scalars(select(FindingRow))}
    assert standing.pop(WEAK) == "snoozed"
    assert "snoozed" not in standing.values()


@on_sqlite
def test_the_list_is_narrowed_by_its_address(ward: Ward, visit: Visit) -> None:
    carer = ward.people["nurse"].id
    for query in ("", f"kind={WEAK}", "diagnosis=MMN", "status=new", "q=wanda", f"carer={carer}"):
        assert "In 4 of the last 4 intervals" in visit("physician", f"/worklist?{query}").text, (
            query
        )
    for query in ("kind=safety", "diagnosis=CIDP", "status=snoozed", "q=nobody", "product=other"):
        page = visit("physician", f"/worklist?{query}")
        assert "Nothing matches" in page.text, query
    assert visit("physician", "/worklist?status=odd").status_code == 422


@on_sqlite
def test_the_week_and_the_cohort_name_what_there_is(visit: Visit) -> None:
    week = _flat(visit("physician", f"/digest?week={NOW.date()}"))
    assert "Weaker at the end of the interval: In 4 of the last 4" in week
    assert "Courses given" in week
    assert "Alarms and safety" in _flat(visit("nurse", "/digest?week=1900-01-01"))
    cohort = _flat(visit("physician", "/cohort"))
    assert "0.25" in cohort
    assert "less g/kg/week, smaller fluctuation" in cohort
    assert 'class="patient-mark"' in cohort
    assert "Nothing to draw yet" in visit("physician", "/cohort?diagnosis=CIDP").text


@on_sqlite
def test_the_summary_says_the_same_on_the_page_and_as_text(ward: Ward, visit: Visit) -> None:
    page = _flat(visit("physician", f"{ward.record}/summary?days=365"))
    for text in (
        "0.25 g/kg/week",
        "In 4 of the last 4 intervals",
        "cycle-bayes 1",
        "never proposes",
    ):
        assert page.count(text) >= 2, text
    assert visit("physician", f"{ward.record}/summary?days=0").status_code == 422


@on_sqlite
def test_findings_that_found_no_room_on_the_summary_are_named(ward: Ward, visit: Visit) -> None:
    with ward.database.writing() as session:
        more_findings(session, ward.patient_id, now=NOW)
        known = next(
            row for row in findings.open_findings(session, ward.patient_id) if row.kind == "safety"
        )
        # That somebody has seen it does not move what is dangerous down.
        seen = Change(Actor("test"), NOW, "seen")
        history.amend(session, known, {"status": "acknowledged"}, change=seen)
    page = _flat(visit("physician", f"{ward.record}/summary"))
    assert page.index("Safety:") < page.index("Sudden drop:")
    assert "2 more: Course missed or late; Dose per kilogram has moved" in page


@on_sqlite
def test_the_pdf_is_one_tagged_page_and_audited_as_an_export(ward: Ward, visit: Visit) -> None:
    for paper in ("a4", "us-letter"):
        answer = visit("physician", f"{ward.record}/summary.pdf?paper={paper}")
        assert answer.headers["content-type"] == "application/pdf"
        _assert_one_tagged_page(answer.content)
    exports = select(AuditEntryRow).where(AuditEntryRow.action == "export")
    with ward.database.reading() as session:
        kept = session.scalars(exports).all()
    assert {(row.operation, row.patient_id) for row in kept} == {("print_summary", ward.patient_id)}


def _assert_one_tagged_page(pdf: bytes) -> None:
    assert pdf.startswith(b"%PDF-")
    assert pdf.count(b"/Type/Page/") + pdf.count(b"/Type/Page\n") == 1
    for mark in (b"/StructTreeRoot", b"/Marked true", b"/Lang(", b"pdfuaid", b"/Alt"):
        assert mark in pdf, mark


LONG = "In 5 of the last 6 intervals the right hand was weaker at the end. " * 5


def test_a_full_sheet_is_still_one_page_and_text_of_people_is_no_markup() -> None:
    evil = '#panic("x") *bold* $x$ <label> @ref "]}'
    blocks = tuple(Block(evil, (LONG,) * 6, is_wide=wide) for wide in (True, True, False, False))
    drawing = '<svg viewBox="0 0 10 10"><line class="grid" x1="0" x2="9" y1="1" y2="1" /></svg>'
    sheet = Sheet(evil, "de", (evil, LONG), blocks, (evil,), drawing, evil, evil, "left")
    _assert_one_tagged_page(as_pdf(sheet, "us-letter", now=datetime(2026, 5, 1, tzinfo=UTC)))


def test_a_sheet_as_text_and_as_data() -> None:
    sheet = Sheet("A", "en", ("b",), (Block("C", ("d",)), Block("E", ("f", "g"))), ("h",))
    assert as_text(sheet) == "A\nb\n\nC\nd\n\nE\n- f\n- g\n\nh\n"
    assert json.loads(as_data(sheet, "a4"))["chart"] is None
    assert as_drawing("<svg a='1'><g/></svg>", "").startswith("<svg a='1' xmlns=")
