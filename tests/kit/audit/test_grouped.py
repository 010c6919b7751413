"""Entries of readings: committed together, and none is told before it is durable."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from sqlalchemy.orm import Session

from app.db import Database
from app.kit.audit import Act, GroupCommit, grouped
from tests.kit.audit.trail import PATIENTS, Trail, an_act


class Watched(GroupCommit):
    """Counts its transactions, and can hold the first one back."""

    def __init__(self, database: Database, *, held: bool = False) -> None:
        super().__init__(database)
        self.sizes: list[int] = []
        self.gate = threading.Event()
        self.started = threading.Event()
        if not held:
            self.gate.set()

    def _write(self, group: Sequence[grouped._Waiter]) -> Exception | None:
        self.sizes.append(len(group))
        self.started.set()
        self.gate.wait(30)
        return super()._write(group)


@pytest.fixture
def held(trail: Trail) -> Iterator[Watched]:
    group = Watched(trail.database, held=True)
    yield group
    group.gate.set()
    group.close()


async def started(group: Watched) -> None:
    await asyncio.get_running_loop().run_in_executor(None, group.started.wait, 30)


def test_an_act_is_durable_when_its_waiter_returns(trail: Trail) -> None:
    async def main() -> None:
        group = GroupCommit(trail.database)
        await group.commit([an_act()])
        assert [row.number for row in trail.entries()] == [1]
        await group.commit([an_act(), an_act(PATIENTS[1])])
        group.close()

    asyncio.run(main())
    assert len(trail.entries()) == 3
    assert trail.frauds() == []


def test_nothing_to_write_waits_for_nothing(trail: Trail) -> None:
    group = GroupCommit(trail.database)
    asyncio.run(group.commit([]))
    assert threading.active_count() >= 1
    group.close()
    assert trail.entries() == []


def test_what_comes_during_a_commit_goes_into_the_next_one_together(
    trail: Trail, held: Watched
) -> None:
    async def main() -> None:
        first = asyncio.create_task(held.commit([an_act()]))
        await started(held)
        others = [asyncio.create_task(held.commit([an_act(p)])) for p in PATIENTS * 2]
        await asyncio.sleep(0)
        assert trail.entries() == []
        assert not any(task.done() for task in (first, *others))
        held.gate.set()
        await asyncio.gather(first, *others)

    asyncio.run(main())
    assert held.sizes == [1, 8]
    assert len(trail.entries()) == 9
    assert trail.frauds() == []


def test_one_commit_serves_so_many_waiters(
    trail: Trail, held: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouped, "MOST_WAITERS", 3)

    async def main() -> None:
        first = asyncio.create_task(held.commit([an_act()]))
        await started(held)
        others = [asyncio.create_task(held.commit([an_act()])) for _ in range(7)]
        await asyncio.sleep(0)
        held.gate.set()
        await asyncio.gather(first, *others)

    asyncio.run(main())
    assert held.sizes == [1, 3, 3, 1]


def test_a_failure_fails_every_waiter_of_its_group_and_no_other(
    trail: Trail, held: Watched
) -> None:
    wrong = an_act(detail={"grams": 0.5})

    async def main() -> list[BaseException | None]:
        first = asyncio.create_task(held.commit([an_act()]))
        await started(held)
        group = [asyncio.create_task(held.commit([act])) for act in (an_act(), wrong, an_act())]
        await asyncio.sleep(0)
        held.gate.set()
        outcomes = await asyncio.gather(first, *group, return_exceptions=True)
        await held.commit([an_act()])
        return outcomes

    outcomes = asyncio.run(main())
    assert [type(outcome) for outcome in outcomes] == [type(None), TypeError, TypeError, TypeError]
    assert len(trail.entries()) == 2
    assert trail.frauds() == []


def test_a_waiter_that_goes_away_does_not_take_its_act_along(trail: Trail, held: Watched) -> None:
    async def main() -> None:
        first = asyncio.create_task(held.commit([an_act()]))
        await started(held)
        gone = asyncio.create_task(held.commit([an_act(PATIENTS[1])]))
        stays = asyncio.create_task(held.commit([an_act(PATIENTS[2])]))
        await asyncio.sleep(0)
        first.cancel()
        gone.cancel()
        await asyncio.sleep(0)
        held.gate.set()
        await stays
        assert first.cancelled()
        assert gone.cancelled()

    asyncio.run(main())
    assert [row.chain for row in trail.entries()] == sorted(PATIENTS[:3])


def test_closing_writes_what_waits_and_refuses_what_comes(trail: Trail, held: Watched) -> None:
    async def main() -> None:
        tasks = [asyncio.create_task(held.commit([act])) for act in (an_act(), an_act())]
        await started(held)
        held.gate.set()
        held.close()
        assert len(trail.entries()) == 2
        await asyncio.gather(*tasks)
        with pytest.raises(RuntimeError, match="closed"):
            await held.commit([an_act()])
        held.close()

    asyncio.run(main())


def test_a_loop_that_has_ended_stops_nobody_else(trail: Trail, held: Watched) -> None:
    async def leave() -> None:
        task = asyncio.create_task(held.commit([an_act()]))
        await started(held)
        task.cancel()

    asyncio.run(leave())
    held.gate.set()
    asyncio.run(held.commit([an_act()]))
    assert len(trail.entries()) == 2


def test_acts_of_many_clients_are_all_kept(trail: Trail) -> None:
    group = Watched(trail.database)

    async def client(index: int) -> None:
        for _ in range(10):
            await group.commit([an_act(PATIENTS[index % len(PATIENTS)])])

    async def main() -> None:
        await asyncio.gather(*(client(index) for index in range(8)))

    asyncio.run(main())
    group.close()
    assert len(trail.entries()) == 80
    assert len(group.sizes) < 80
    assert trail.frauds() == []


def test_a_database_that_fails_fails_the_waiter(trail: Trail) -> None:
    class Failing(Database):
        @contextmanager
        def writing(self) -> Iterator[Session]:
            raise OSError("the disk is full")
            yield

    failing = Failing(trail.database.url)

    async def main(acts: Sequence[Act]) -> None:
        group = GroupCommit(failing)
        try:
            with pytest.raises(OSError, match="full"):
                await group.commit(acts)
        finally:
            group.close()

    asyncio.run(main([an_act()]))
    failing.close()
    assert trail.entries() == []
