"""Help texts of a clinic, reviews of translations, and the parts of sentences.

Revision: 0016_texts, after 0015_diary_and_alarms
"""

from __future__ import annotations

revision = "0016_texts"
down_revision = "0015_diary_and_alarms"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and put the guards on them."""
