"""What errors leave in the log: kinds and lines, no values."""

from __future__ import annotations

import io
import logging

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db import Database
from app.kit.logs import LOG_CONFIG, DiscreetFormatter

NAME = "Wanda Weak"


def logged(error: BaseException) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(DiscreetFormatter("%(levelname)s %(message)s"))
    record = logging.LogRecord(
        "test", logging.ERROR, "", 0, "it failed", None, (type(error), error, error.__traceback__)
    )
    handler.handle(record)
    return stream.getvalue()


def caught(function: object, *arguments: object) -> BaseException:
    assert callable(function)
    with pytest.raises(Exception, match=r".") as failed:
        function(*arguments)
    return failed.value


def fail_twice() -> None:
    try:
        int(NAME)
    except ValueError as error:
        message = f"nobody is called {NAME}"
        raise KeyError(message) from error


def test_the_text_of_an_error_is_not_kept_and_its_kind_and_lines_are() -> None:
    written = logged(caught(fail_twice))
    assert NAME not in written
    assert "builtins.KeyError (its text is not kept) at" in written
    assert "caused by builtins.ValueError" in written
    assert "in fail_twice" in written


def test_an_error_that_causes_itself_ends() -> None:
    error = ValueError(NAME)
    error.__cause__ = error
    assert logged(error).count("ValueError") == 1


def test_what_a_database_quotes_is_not_kept(database: Database) -> None:
    def store_twice() -> None:
        with database.writing() as session:
            session.execute(text("CREATE TABLE names (name TEXT PRIMARY KEY)"))
            for _ in range(2):
                session.execute(text("INSERT INTO names VALUES (:name)"), {"name": NAME})

    error = caught(store_twice)
    assert isinstance(error, DBAPIError)
    # The driver may quote the row, SQLAlchemy hides what was bound, and the log keeps neither.
    assert "parameters hidden" in str(error)
    assert NAME not in logged(error)


def test_the_log_of_the_server_is_discreet() -> None:
    assert LOG_CONFIG["formatters"]["discreet"]["()"] is DiscreetFormatter
    assert {handler["formatter"] for handler in LOG_CONFIG["handlers"].values()} == {"discreet"}
