"""Every page of the application, for the tests and the pictures that look at all of them.

`PAGES` says who looks at which address; a name in braces is filled by `addresses`. A page that is
in no list here has a reason in `EXCUSED`: `tests/web/test_all_pages.py` asks for one or the other.
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.findings.tables import FindingRow
from app.plans.tables import PlanRow
from app.products.tables import ProductRow
from tests.support.client import ApiClient
from tests.support.clinic import PRODUCT
from tests.support.ward import Ward
from tests.support.ward_visit import a_visit

PAGES: Final[dict[str | None, tuple[str, ...]]] = {
    None: ("/sign-in", "/sign-in/link", "/learn", "/learn/mmn", "/offline", "/today"),
    "patient": (
        *("/today", "/report", "/wrong", "/learn", "/learn/calling"),
        *("{record}?without_report=1", "{record}/course", "{record}/course?without_report=1"),
        *("{record}/access-log", "{record}/access-log?of=lists"),
        *("{record}/care-team", "/account", "/account/recovery-codes", "/patients"),
    ),
    "proxy": ("/today", "/report", "{record}?without_report=1", "/account"),
    "nurse": ("/day", "/day/visit", "{record}", "{visit}", "/calls", "/patients"),
    "physician": (
        *("/worklist", "{record}", "{record}/care-team", "{record}/history/plans/{plan}"),
        *("{visit}", "/calls", "/digest", "/cohort", "/schedule", "/learn", "/texts"),
        *("{record}/summary", "{record}/diary", "{record}/findings/{finding}"),
        *("/learn/mmn/edit", "/learn/mmn/history"),
    ),
    "stranger": ("/emergency", "/worklist", "{record}"),
    "coordinator": (
        *("/patients", "{record}/care-team", "{record}", "/schedule", "{record}/schedule"),
        "/plans/{plan}/conversion?weight_kg=83",
    ),
    "pharmacist": (
        *("/lots?lot=LOT-A", "{recall}", "{recall}/history", "/products", "{product}"),
        "{product}/history",
    ),
    "administrator": (
        "/accounts",
        "/accounts/{nurse}",
        "/account",
        "/texts",
        "/clinic",
        "/clinic/history",
    ),
}

_FILLED: Final = "[data-sync-text]:not(:empty), dialog[open]"
"""What a shell shows once its scripts are done: its state, or a question."""
_DRAWING_MS: Final = 30_000

_HISTORY: Final = "one template for every kind of row: the history of a plan is looked at"
EXCUSED: Final[dict[str, str]] = {
    "/": "sends on to the first page of the role",
    "/enrol": "opens after a link only: tests/browser/test_sign_in.py looks at it",
    "/sw.js": "a script",
    "/manifest.webmanifest": "a list for the browser",
    "/patients/{patient_id}/charts.json": "numbers for a script",
    "/patients/{patient_id}/summary.pdf": "a file to keep",
    "/patients/{patient_id}/export.zip": "a file to keep",
    **{
        f"/patients/{{patient_id}}/history/{kind}/{{row_id}}": _HISTORY
        for kind in (
            *("record", "weights", "therapies", "settings", "care-team", "consents", "holds"),
            *("infusions", "reports", "alarms", "diaries", "course-exceptions"),
            *("visit-assignments", "visits", "vials", "infusion-events", "reactions"),
            "follow-up-calls",
        )
    },
}


def settle(page: Page) -> None:
    """Wait until the scripts of a page have filled it and drawn its charts."""
    is_shell = page.locator("[data-sync-text]").count() > 0
    if is_shell and not page.url.endswith("/offline"):
        expect(page.locator(_FILLED).first).to_be_visible()
        expect(page.locator("h1").first).to_be_visible()
    review = page.locator("#review[data-charts]")
    if review.count() > 0:
        expect(review).to_have_attribute("data-state", "complete", timeout=_DRAWING_MS)


def addresses(app: FastAPI, ward: Ward) -> dict[str, Any]:
    """Enter a visit and a recall into the ward, and return what the names in `PAGES` stand for.

    `app` is one that nobody serves: its start and stop are run here.
    """
    with ApiClient(app) as client:
        visit = a_visit(client, ward)
        recall = _a_recall(client, ward)
    product = select(ProductRow.id).where(ProductRow.key == PRODUCT)
    finding = select(FindingRow.id).where(FindingRow.patient_id == ward.patient_id)
    with ward.database.reading() as session:
        return {
            "record": ward.record,
            "visit": visit,
            "recall": recall,
            "nurse": ward.people["nurse"].id,
            "plan": session.scalars(select(PlanRow.id)).one(),
            "product": f"/products/{session.scalars(product).one()}",
            "finding": session.scalars(finding.order_by(FindingRow.id)).first(),
        }


def _a_recall(client: ApiClient, ward: Ward) -> str:
    """Recall a lot of the visit; return the address of the recall's page."""
    body = {"lot": "LOT-A", "announced_on": "2026-04-28", "source": "Letter of the maker"}
    address = f"/api/v1/clinics/{ward.clinic_id}/recalls"
    done = client.post(address, json=body, headers=ward.headers("pharmacist"))
    return f"/recalls/{done.json()['id']}"
