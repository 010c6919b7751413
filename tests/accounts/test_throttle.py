from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.accounts.tables import AttemptRow
from app.accounts.throttle import (
    ACCOUNT_LIMIT,
    ADDRESS_LIMIT,
    STARTS,
    STARTS_WITHIN,
    attempt_of,
    attempt_with_code,
    begin_attempt,
    begin_start,
    finish_start,
    open_login,
    succeeded,
)
from app.db import Database
from app.errors import TooManyAttempts
from tests.support.people import START

FREE = ACCOUNT_LIMIT.free


def fail(
    database: Database, now: datetime, *, address: str = "192.0.2.7", login: str | None = "k"
) -> bool:
    with database.writing() as session:
        attempt = attempt_of(session, address=address, login_index=login)
        return begin_attempt(session, attempt, now=now)


def succeed(database: Database, now: datetime, *, login: str | None = "k") -> None:
    with database.writing() as session:
        attempt = attempt_of(session, address="192.0.2.7", login_index=login)
        begin_attempt(session, attempt, now=now)
        succeeded(session, attempt)


class TestWait:
    def test_it_doubles_up_to_a_day(self) -> None:
        minutes = [ACCOUNT_LIMIT.wait(n).total_seconds() / 60 for n in (0, 4, 5, 6, 7, 15, 16)]
        assert minutes == [0, 0, 1, 2, 4, 1024, 1440]
        assert ACCOUNT_LIMIT.wait(100_000) == timedelta(days=1)

    def test_a_guesser_has_fewer_than_100_failures_in_80_days(self) -> None:
        # NIST SP 800-63B-4, section 3.2.2.
        waited, failures = timedelta(), 0
        while waited < timedelta(days=80):
            failures += 1
            waited += ACCOUNT_LIMIT.wait(failures)
        assert failures < 100


class TestLogin:
    def test_the_fifth_failure_locks_for_a_minute(self, database: Database) -> None:
        assert [fail(database, START) for _ in range(FREE)] == [False] * (FREE - 1) + [True]
        with pytest.raises(TooManyAttempts) as refused:
            fail(database, START + timedelta(seconds=59))
        assert refused.value.retry_after == 1
        assert fail(database, START + timedelta(seconds=60))

    def test_an_attempt_while_locked_is_not_counted(self, database: Database) -> None:
        for _ in range(FREE):
            fail(database, START)
        for _ in range(20):
            with pytest.raises(TooManyAttempts):
                fail(database, START)
        assert fail(database, START + timedelta(minutes=1))
        with pytest.raises(TooManyAttempts) as refused:
            fail(database, START + timedelta(minutes=1))
        assert refused.value.retry_after == 120

    def test_success_starts_anew(self, database: Database) -> None:
        for _ in range(FREE - 1):
            fail(database, START)
        succeed(database, START)
        assert not any(fail(database, START) for _ in range(FREE - 1))

    def test_another_login_is_free(self, database: Database) -> None:
        for _ in range(FREE):
            fail(database, START)
        assert not fail(database, START, login="other")

    def test_whoever_gets_in_another_way_is_free_again(self, database: Database) -> None:
        for _ in range(FREE):
            fail(database, START)
        with database.writing() as session:
            open_login(session, "k")
        assert not fail(database, START)

    def test_failures_are_forgotten_after_a_month(self, database: Database) -> None:
        for _ in range(FREE - 1):
            fail(database, START)
        assert not fail(database, START + ACCOUNT_LIMIT.forgotten_after)

    def test_it_holds_across_processes_and_restarts(
        self, database: Database, database_url: str
    ) -> None:
        other = Database(database_url)
        for one in (database, other, database, other, database):
            fail(one, START)
        other.close()
        restarted = Database(database_url)
        with pytest.raises(TooManyAttempts):
            fail(restarted, START)
        restarted.close()


class TestPasswordWithCode:
    def test_its_counter_is_closed_by_its_holder_only(self, database: Database) -> None:
        for _ in range(FREE):
            fail(database, START)
        attempt = attempt_with_code("k")
        for number in range(FREE):
            with database.writing() as session:
                # The login is locked already, so every one of them locks.
                assert begin_attempt(session, attempt, now=START), number
        with pytest.raises(TooManyAttempts), database.writing() as session:
            begin_attempt(session, attempt, now=START)

    def test_getting_in_opens_both(self, database: Database) -> None:
        attempt = attempt_with_code("k")
        for opened in (lambda s: succeeded(s, attempt), lambda s: open_login(s, "k")):
            for _ in range(FREE):
                with database.writing() as session:
                    begin_attempt(session, attempt, now=START)
            with database.writing() as session:
                opened(session)
                assert session.scalars(select(AttemptRow)).all() == []


def start(database: Database, now: datetime = START, *, address: str = "192.0.2.7") -> None:
    with database.writing() as session:
        begin_start(session, address, now=now)


class TestStart:
    def test_as_many_as_allowed_may_be_unfinished(self, database: Database) -> None:
        for _ in range(STARTS):
            start(database)
        with pytest.raises(TooManyAttempts) as refused:
            start(database, START + STARTS_WITHIN - timedelta(seconds=1))
        assert refused.value.retry_after == 1
        start(database, address="192.0.2.8")
        start(database, START + STARTS_WITHIN)

    def test_whoever_arrives_gives_the_count_back(self, database: Database) -> None:
        for _ in range(STARTS * 2):
            start(database)
            with database.writing() as session:
                finish_start(session, "192.0.2.7")

    def test_arriving_late_makes_no_credit(self, database: Database) -> None:
        with database.writing() as session:
            finish_start(session, "192.0.2.7")
        start(database)
        with database.writing() as session:
            for _ in range(3):
                finish_start(session, "192.0.2.7")
            assert session.scalars(select(AttemptRow.failures)).one() == 0

    def test_it_closes_no_password(self, database: Database) -> None:
        for _ in range(STARTS):
            start(database)
        assert not fail(database, START)


class TestAddress:
    def test_many_may_sign_in_from_one_clinic(self, database: Database) -> None:
        for number in range(ADDRESS_LIMIT.free * 2):
            succeed(database, START, login=f"nurse-{number}")

    def test_guessing_at_many_logins_is_stopped(self, database: Database) -> None:
        for number in range(ADDRESS_LIMIT.free):
            fail(database, START, login=f"guess-{number}")
        with pytest.raises(TooManyAttempts):
            fail(database, START, login="one-more")
        assert not fail(database, START, login="one-more", address="192.0.2.8")

    def test_a_household_has_one_ipv6_network(self, database: Database) -> None:
        for number in range(ADDRESS_LIMIT.free):
            fail(database, START, login=None, address=f"2001:db8::{number:x}")
        with pytest.raises(TooManyAttempts):
            fail(database, START, login=None, address="2001:db8::ffff:1")
        assert not fail(database, START, login=None, address="2001:db8:0:1::1")

    def test_neither_address_nor_login_is_kept_in_clear(self, database: Database) -> None:
        fail(database, START, address="192.0.2.7")
        fail(database, START, address="a socket without an address")
        with database.reading() as session:
            keys = session.scalars(select(AttemptRow.key)).all()
        assert len(keys) == 3
        assert not [key for key in keys if "192" in key or "socket" in key]
