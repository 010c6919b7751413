"""The policy of what belongs to a clinic's pharmacy: its products and recalled lots."""

from __future__ import annotations

import uuid
from typing import Any, Final

from tests.access.cells import (
    ADMIN,
    API,
    DOCTOR,
    OFFICE,
    PHARMACY,
    REASON,
    TEAM,
    VOID,
    About,
    Row,
    sends,
)
from tests.access.world import Place


def _product(_place: Place, _role: str) -> dict[str, Any]:
    return {
        "key": f"example-{uuid.uuid4().hex[:8]}",
        "name": "Example",
        "source": "Leaflet",
        "as_of": "2026-05-30",
    }


def _recall(_place: Place, _role: str) -> dict[str, Any]:
    lot = f"L{uuid.uuid4().hex[:12]}"
    return {"lot": lot, "announced_on": "2026-05-28", "source": "Letter of the maker"}


_SEES_PRODUCTS: Final = TEAM | OFFICE | PHARMACY | ADMIN
_SEES_LOTS: Final = TEAM | PHARMACY
_WRITES: Final = DOCTOR | PHARMACY

LOTS: Final[tuple[Row, ...]] = (
    Row("GET", f"{API}/clinics/{{clinic_id}}/products", _SEES_PRODUCTS, About.CLINIC),
    Row("POST", f"{API}/clinics/{{clinic_id}}/products", _WRITES, About.CLINIC, 201, _product),
    Row("GET", f"{API}/products/{{id}}", _SEES_PRODUCTS, About.CLINIC),
    Row("GET", f"{API}/products/{{id}}/history", _SEES_PRODUCTS, About.CLINIC),
    Row(
        "PATCH",
        f"{API}/products/{{id}}",
        _WRITES,
        About.CLINIC,
        200,
        sends(**REASON, note="Keep cold."),
    ),
    Row(
        "POST",
        f"{API}/products/{{id}}/confirm",
        _WRITES,
        About.CLINIC,
        200,
        sends(**REASON, against="Label of May 2026"),
    ),
    Row("POST", f"{API}/products/{{id}}/void", _WRITES, About.CLINIC, 200, VOID),
    Row("GET", f"{API}/clinics/{{clinic_id}}/recalls", _SEES_LOTS, About.CLINIC),
    Row("POST", f"{API}/clinics/{{clinic_id}}/recalls", _WRITES, About.CLINIC, 201, _recall),
    Row("GET", f"{API}/recalls/{{id}}", _SEES_LOTS, About.CLINIC),
    Row("GET", f"{API}/recalls/{{id}}/history", _SEES_LOTS, About.CLINIC),
    Row(
        "PATCH",
        f"{API}/recalls/{{id}}",
        _WRITES,
        About.CLINIC,
        200,
        sends(**REASON, reference="FA-1"),
    ),
    Row("POST", f"{API}/recalls/{{id}}/void", _WRITES, About.CLINIC, 200, VOID),
)
