"""Audit entries of readings, committed together: one sync of the disk serves many requests.

A reading changes nothing, so its entry is the only thing to commit, and the disk's sync the only
thing to wait for. Entries that arrive while a commit runs wait for it and go into the next one
together. Every request still waits until its own entry is durable.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final

from app.db import Database
from app.kit.audit.acts import Act
from app.kit.audit.writing import append

logger = logging.getLogger(__name__)

MOST_WAITERS: Final = 256
"""Requests that one commit serves at most, so that none waits for a flood behind it."""


@dataclass(frozen=True, slots=True)
class _Waiter:
    acts: Sequence[Act]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[None]


class GroupCommit:
    """Writes the acts of many requests in one transaction, in a thread of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: SimpleQueue[_Waiter | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_closed = False

    async def commit(self, acts: Sequence[Act]) -> None:
        """Return once the acts are durable.

        Whoever stops waiting, because the client is gone, does not take the acts back: they are
        written all the same.

        Raises
        ------
        Exception
            What the transaction of the group failed with; nothing of the group was written.
        RuntimeError
            It was closed.
        """
        if not acts:
            return
        loop = asyncio.get_running_loop()
        waiter = _Waiter(tuple(acts), loop, loop.create_future())
        self._put(waiter)
        await waiter.done

    def close(self) -> None:
        """Write what waits, then end the thread; what comes later is refused."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            thread = self._thread
            self._queue.put(None)
        if thread is not None:
            thread.join()

    def _put(self, waiter: _Waiter) -> None:
        with self._lock:
            if self._is_closed:
                raise RuntimeError("the audit trail takes nothing any more: it was closed")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="audit", daemon=True)
                self._thread.start()
            self._queue.put(waiter)

    def _run(self) -> None:
        is_open = True
        while is_open:
            group, is_open = self._next_group()
            if group:
                _tell(group, self._write(group))

    def _next_group(self) -> tuple[list[_Waiter], bool]:
        """Wait for somebody, and take along who waits already; say whether more may come."""
        group: list[_Waiter] = []
        waiter = self._queue.get()
        try:
            while waiter is not None:
                group.append(waiter)
                if len(group) == MOST_WAITERS:
                    return group, True
                waiter = self._queue.get_nowait()
        except Empty:
            return group, True
        return group, False

    def _write(self, group: Sequence[_Waiter]) -> Exception | None:
        try:
            with self._database.writing() as session:
                append(session, [act for waiter in group for act in waiter.acts])
        except Exception as error:
            logger.exception("an audit entry could not be written")
            return error
        return None


def _tell(group: Sequence[_Waiter], error: Exception | None) -> None:
    """Wake every waiter of the group, each in its own loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for waiter in group:
        by_loop.setdefault(waiter.loop, []).append(waiter.done)
    for loop, waiting in by_loop.items():
        try:
            loop.call_soon_threadsafe(_wake, waiting, error)
        except RuntimeError:
            # The loop is closed: nobody waits there any more.
            logger.debug("a group of %d waiters has gone", len(waiting))


def _wake(waiting: Sequence[asyncio.Future[None]], error: Exception | None) -> None:
    for done in waiting:
        if done.done():
            continue  # Whoever waited has gone.
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
