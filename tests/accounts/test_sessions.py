"""How long somebody stays signed in, and what ends it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from app.accounts.acts import recorded
from app.accounts.authentication import authenticate, find_signed_in, sign_in_of
from app.accounts.bearer import create_token
from app.accounts.rules import Lifetimes, Role, Strength, TokenDraft, permissions_of
from app.accounts.service import disable_account, enable_account
from app.accounts.sessions import Beginning, NewSession, Way, create_session
from app.accounts.tables import AccountRow, SessionRow, TokenRow
from app.clinics.service import add_clinic
from app.db import Database
from app.errors import NotSignedIn
from app.kit.access import Credentials
from app.kit.history import Actor, Change
from tests.support.people import START, a_log, an_account


@pytest.fixture
def nurse(database: Database) -> AccountRow:
    with database.writing() as session:
        clinic = add_clinic(session, Change(Actor("tests"), START), row_id=None, name="North")
    return an_account(database, clinic_id=clinic.id, role="nurse", name="Kim", login="kim")


def begin(
    database: Database, account: AccountRow, strength: Strength = Strength.FULL
) -> NewSession:
    with database.writing() as session:
        return create_session(
            session,
            account,
            Beginning(START, "Firefox on Linux", Lifetimes()),
            way=Way.PASSKEY,
            strength=strength,
        )


def cookie(secret: str) -> Credentials:
    return Credentials(secret, None, "192.0.2.7")


def a_token(database: Database, account: AccountRow, *scopes: str, days: int = 30) -> str:
    log = a_log()
    draft = TokenDraft("Room 3", scopes, START + timedelta(days=days))
    own = permissions_of(Role(account.role), has_clinic=account.clinic_id is not None)
    with recorded(database, log) as session:
        return create_token(session, log, account, draft=draft, own=own)[1]


def bearer(secret: str) -> Credentials:
    return Credentials(None, secret, "192.0.2.7")


class TestSession:
    def test_it_says_who_asks(self, database: Database, nurse: AccountRow) -> None:
        new = begin(database, nurse)
        who = sign_in_of(database, cookie(new.secret), now=START)
        assert (who.account_id, who.clinic_id) == (nurse.id, nurse.clinic_id)
        assert (who.role, who.name, who.via) == ("nurse", "Kim", "session")
        assert who.credential_id == new.row.id
        assert who.permissions == permissions_of(Role.NURSE, has_clinic=True)

    def test_one_query_is_enough(self, database: Database, account: AccountRow) -> None:
        secret = begin(database, account).secret
        statements: list[str] = []
        event.listen(
            database.engine,
            "before_cursor_execute",
            lambda *arguments: statements.append(arguments[2]),
        )
        with database.reading() as session:
            authenticate(session, cookie(secret), now=START)
        assert len([one for one in statements if one != "BEGIN"]) == 1

    @pytest.mark.parametrize(
        "credentials",
        [
            Credentials(None, None, ""),
            Credentials("unknown", None, ""),
            Credentials("", None, ""),
            Credentials(None, "ivig_unknown", ""),
        ],
    )
    def test_nobody_known_is_not_signed_in(
        self, database: Database, credentials: Credentials
    ) -> None:
        with pytest.raises(NotSignedIn):
            sign_in_of(database, credentials, now=START)

    def test_a_session_is_no_token_and_a_token_no_session(
        self, database: Database, account: AccountRow
    ) -> None:
        with pytest.raises(NotSignedIn):
            sign_in_of(database, bearer(begin(database, account).secret), now=START)
        with pytest.raises(NotSignedIn):
            sign_in_of(database, cookie(a_token(database, account, "audit.read")), now=START)

    @pytest.mark.parametrize(("seconds", "is_in"), [(-1, True), (0, False)])
    def test_unused_it_ends(
        self, database: Database, account: AccountRow, seconds: int, is_in: bool
    ) -> None:
        secret = begin(database, account).secret
        then = START + Lifetimes().staff.idle + timedelta(seconds=seconds)
        assert is_signed_in(database, secret, then) is is_in

    def test_use_keeps_it_alive_up_to_its_end(
        self, database: Database, account: AccountRow
    ) -> None:
        secret = begin(database, account).secret
        end = START + Lifetimes().staff.absolute
        now = START
        while now < end:
            assert is_signed_in(database, secret, now)
            now += timedelta(minutes=20)
        assert not is_signed_in(database, secret, end)

    def test_use_is_noted_once_a_minute(self, database: Database, account: AccountRow) -> None:
        new = begin(database, account)
        for seconds, seen in ((59, 0), (60, 60), (100, 60), (120, 120)):
            sign_in_of(database, cookie(new.secret), now=START + timedelta(seconds=seconds))
            with database.reading() as session:
                row = session.get_one(SessionRow, new.row.id)
            assert row.last_seen_at == START + timedelta(seconds=seen)

    def test_enrolling_reaches_the_own_account_only(
        self, database: Database, account: AccountRow
    ) -> None:
        new = begin(database, account, Strength.ENROLLING)
        who = sign_in_of(database, cookie(new.secret), now=START)
        assert who.permissions == {"self.read", "self.write"}

    def test_disabling_ends_it_at_once_and_for_good(
        self, database: Database, nurse: AccountRow
    ) -> None:
        secret, token = begin(database, nurse).secret, a_token(database, nurse, "reports.read")
        log = a_log()
        for change in (disable_account, enable_account):
            with recorded(database, log) as session:
                row = session.get_one(AccountRow, nurse.id)
                change(session, log, row, reason="On leave.")
            for credentials in (cookie(secret), bearer(token)):
                with pytest.raises(NotSignedIn):
                    sign_in_of(database, credentials, now=START)

    def test_those_that_ended_are_cleared_away(
        self, database: Database, account: AccountRow
    ) -> None:
        begin(database, account)
        later = START + timedelta(days=1)
        with database.writing() as session:
            beginning = Beginning(later, "Safari on iPhone", Lifetimes())
            create_session(session, account, beginning, way=Way.PASSKEY)
        with database.reading() as session:
            assert session.scalars(select(SessionRow.device)).all() == ["Safari on iPhone"]


def is_signed_in(database: Database, secret: str, now: object) -> bool:
    try:
        sign_in_of(database, cookie(secret), now=now)  # type: ignore[arg-type]
    except NotSignedIn:
        return False
    return True


class TestToken:
    def test_it_may_do_what_it_was_given(self, database: Database, nurse: AccountRow) -> None:
        secret = a_token(database, nurse, "reports.read", "reports.write")
        assert secret.startswith("ivig_")
        who = sign_in_of(database, bearer(secret), now=START)
        assert (who.via, who.permissions) == ("token", {"reports.read", "reports.write"})

    def test_what_the_role_may_not_do_it_cannot_either(
        self, database: Database, nurse: AccountRow
    ) -> None:
        secret = a_token(database, nurse, "reports.read")
        with database.writing() as session:
            session.scalars(select(TokenRow)).one().scopes = ["reports.read", "audit.read"]
        who = sign_in_of(database, bearer(secret), now=START)
        assert who.permissions == {"reports.read"}

    @pytest.mark.parametrize(("seconds", "is_in"), [(-1, True), (0, False)])
    def test_it_ends(
        self, database: Database, nurse: AccountRow, seconds: int, is_in: bool
    ) -> None:
        secret = a_token(database, nurse, "reports.read", days=3)
        with database.reading() as session:
            then = START + timedelta(days=3, seconds=seconds)
            if is_in:
                assert find_signed_in(session, bearer(secret), now=then).touch_due
                return
            with pytest.raises(NotSignedIn):
                find_signed_in(session, bearer(secret), now=then)

    def test_use_is_noted(self, database: Database, nurse: AccountRow) -> None:
        secret = a_token(database, nurse, "reports.read")
        for seconds, used in ((0, 0), (59, 0), (60, 60)):
            sign_in_of(database, bearer(secret), now=START + timedelta(seconds=seconds))
            with database.reading() as session:
                found = session.scalars(select(TokenRow.last_used_at)).one()
            assert found == START + timedelta(seconds=used)
