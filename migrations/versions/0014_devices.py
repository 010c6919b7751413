"""Devices that keep records, and what people prefer.

Revision: 0014_devices, after 0013_recall_notices
"""

from __future__ import annotations

revision = "0014_devices"
down_revision = "0013_recall_notices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and put the guards on them."""
