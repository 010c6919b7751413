"""One act that the audit trail keeps: who did what, when, and to which record."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, get_args

Action = Literal[
    "read",
    "search",
    "write",
    "sign_in",
    "sign_in_failed",
    "refused",
    "export",
    "import",
    "administer",
    "emergency",
]
ACTIONS: Final[tuple[Action, ...]] = get_args(Action)

Scalar = str | int | bool | None

INSTALLATION: Final = uuid.UUID(int=0)
"""Chain of acts that concern neither a patient nor a clinic (the nil UUID of RFC 9562)."""

CHECKPOINTS: Final = uuid.UUID(int=(1 << 128) - 1)
"""Names the head of the checkpoints among the heads (the max UUID of RFC 9562)."""

ANNOUNCING: Final[tuple[Action, str]] = ("administer", "checkpoint")
"""Action and operation of the entry that each checkpoint leaves in the installation's chain; its
detail holds the number and the hash of the checkpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What the audit trail keeps of one act.

    Attributes
    ----------
    at : datetime
        The instant of the act, aware.
    actor_id : UUID or None
        The account; None for whoever has none.
    actor : str
        The role, ``"system operator (name)"`` or ``"analysis"``; no patient's name.
    via : str
        ``"session <id>"``, ``"token <id>"``, ``"command line"``, ``"worker"`` or nothing.
    action : str
        What kind of act.
    operation : str
        The id of the operation, or the command.
    clinic_id, patient_id : UUID or None
        Whose record it concerns; they choose the chain.
    ids : tuple of UUID
        What was shown: the patients of a search, the rows of a reading.
    detail : mapping
        Counts and codes. Never free text, a name or a value of a patient: this text is not
        sealed. Fractions are not kept, because no two programs write them alike.
    """

    at: datetime
    actor_id: uuid.UUID | None
    actor: str
    via: str
    action: Action
    operation: str
    clinic_id: uuid.UUID | None
    patient_id: uuid.UUID | None
    ids: tuple[uuid.UUID, ...] = ()
    detail: Mapping[str, Scalar] = field(default_factory=dict)

    @property
    def chain(self) -> uuid.UUID:
        """The chain that the act belongs to: the patient's, the clinic's, or the installation's."""
        return self.patient_id or self.clinic_id or INSTALLATION
