"""The page about impossible and unusual values.

``python -m app.plausibility > docs/plausibility.md`` writes it anew. The API and the
import both check with the rows that this page is made from.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Final

from app.alarms.rules import SPECS as ALARM_SPECS
from app.clinics.rules import SPECS as SETTING_SPECS
from app.diary.rules import SPECS as DIARY_SPECS
from app.findings.rules import SPECS as FINDING_SPECS
from app.infusions.rules import SPECS as INFUSION_SPECS
from app.kit.limits import Row, Spec, all_rows
from app.learn.rules import SPECS as TEXT_SPECS
from app.lookback.rules import SPECS as NOTICE_SPECS
from app.lots.rules import SPECS as RECALL_SPECS
from app.monitoring.rules import SPECS as EVENT_SPECS
from app.patients.rules import SPECS as PATIENT_SPECS
from app.plans.rules import SPECS as PLAN_SPECS
from app.products.checking import SPECS as PRODUCT_SPECS
from app.reactions.rules import SPECS as REACTION_SPECS
from app.reports.rules import SPECS as REPORT_SPECS
from app.schedule.rules import SPECS as SCHEDULE_SPECS
from app.vials.rules import SPECS as VIAL_SPECS
from app.visits.rules import SPECS as VISIT_SPECS

SPECS: Final[tuple[Spec, ...]] = (
    *(*PATIENT_SPECS, *PLAN_SPECS, *INFUSION_SPECS, *REPORT_SPECS),
    *(*EVENT_SPECS, *REACTION_SPECS),
    *(*VISIT_SPECS, *VIAL_SPECS, *NOTICE_SPECS, *SETTING_SPECS, *FINDING_SPECS),
    *(*PRODUCT_SPECS, *RECALL_SPECS),
    *SCHEDULE_SPECS,
    *TEXT_SPECS,
    *(*ALARM_SPECS, *DIARY_SPECS),
)

_HEAD: Final = """\
# Impossible and unusual values

An **impossible** value is refused. An **unusual** one is possible, but more often a slip: it is
refused until somebody confirms it (`confirm` in the API, `--confirm-unusual` at import), and the
row then carries the names of the confirmed fields.

The API and `ivig import` check with the same rows of data that this page is made from, by
`python -m app.plausibility`. A rule is named after its file, its field and what it is about;
settings, findings, alarms and diaries have no file, only the API.
Text that is no number, no date or no time at all is refused before any of these rules.

A source called "judgement" means that no document states the bound; the words after it say why it
stands where it stands. "Import format" is the contract of the files that `ivig import` reads.
"""

_TABLE_HEAD: Final = """\
| rule | impossible | unusual | source |
|---|---|---|---|
"""


def rows_of(table: str) -> list[Row]:
    """Return the documented rules of one file, in the order of its columns."""
    return all_rows([spec for spec in SPECS if spec.table == table])


def page() -> str:
    """Return the page as Markdown."""
    tables = dict.fromkeys(spec.table for spec in SPECS)
    return _HEAD + "".join(_section(table) for table in tables)


def _section(table: str) -> str:
    lines = "".join(
        _line((f"`{row.id}`", row.impossible, row.unusual, row.source)) for row in rows_of(table)
    )
    return f"\n## {table}\n\n{_TABLE_HEAD}{lines}"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    sys.stdout.write(page())
