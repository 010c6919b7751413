"""Shapes of products in the JSON API."""

from __future__ import annotations

import uuid
from typing import Any

from app.kit.shapes import ShownRow


class ProductRead(ShownRow):
    """A product of a clinic's catalogue; `facts` are label facts with their sources."""

    clinic_id: uuid.UUID
    key: str
    name: str
    route: str
    concentration_mg_per_ml: float | None
    facts: dict[str, Any]
