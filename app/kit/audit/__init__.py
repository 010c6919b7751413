"""The audit trail: who did what to which record, chained so that tampering shows.

See docs/audit.md and docs/adr/0008-audit-chain-per-patient.md.
"""

from __future__ import annotations

from app.kit.audit.acts import ACTIONS, CHECKPOINTS, INSTALLATION, Act, Action, Scalar
from app.kit.audit.grouped import GroupCommit
from app.kit.audit.writing import append

__all__ = [
    "ACTIONS",
    "CHECKPOINTS",
    "INSTALLATION",
    "Act",
    "Action",
    "GroupCommit",
    "Scalar",
    "append",
]
