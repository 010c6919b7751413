"""The background thread that recomputes stale analyses and makes checkpoints of the audit trail."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from app.db import Database
from app.findings.service import analyse_stale
from app.kit.audit.checkpoints import Checkpointer

logger = logging.getLogger(__name__)


CHECKPOINT_EVERY: Final = timedelta(minutes=15)
"""How much of the audit trail somebody with every right on the database could take back unseen;
docs/audit.md. A judgement."""


class BackgroundWorker:
    """Looks for stale analyses, recomputes them, and rests while there are none.

    Between them it makes a checkpoint of the audit trail whenever one is due. A failure (the
    database is away, say) is logged and the work is tried again after the rest.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime],
        poll_seconds: float,
        checkpoint_every: timedelta = CHECKPOINT_EVERY,
    ) -> None:
        self._database = database
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._checkpointer = Checkpointer(database, every=checkpoint_every)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self.run, name="analysis-worker", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Let the patient at hand be finished, then end the thread."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def run(self) -> None:
        """Work until stopped; `ivig worker` calls it in its own thread."""
        while not self._stopping.is_set():
            if not self._work():
                self._stopping.wait(self._poll_seconds)

    def _work(self) -> int:
        self._sign()
        try:
            return analyse_stale(self._database, now=self._clock, stop=self._stopping.is_set)
        except Exception:
            logger.exception("the background worker failed and will try again")
            return 0

    def _sign(self) -> None:
        try:
            self._checkpointer.work(self._clock())
        except Exception:
            logger.exception("no checkpoint of the audit trail could be made")
