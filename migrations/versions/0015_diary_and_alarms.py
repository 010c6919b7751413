"""What a patient is asked, and what a patient calls wrong.

Revision: 0015_diary_and_alarms, after 0014_devices
"""

from __future__ import annotations

revision = "0015_diary_and_alarms"
down_revision = "0014_devices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and put the guards on them."""
