"""What is written to the log: that something went wrong and where, never with which values.

The text of an error can hold a patient's data: PostgreSQL quotes the row that broke a rule,
and a number that could not be read is quoted by Python. So the log keeps the kinds of errors
and the lines of code that they came through.
"""

from __future__ import annotations

import logging
import time
import traceback
from types import TracebackType
from typing import Any, Final

_Caught = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class DiscreetFormatter(logging.Formatter):
    """Writes errors without their text, and instants in UTC."""

    converter = staticmethod(time.gmtime)

    def formatException(self, ei: _Caught) -> str:  # noqa: N802 - the name that logging calls
        """Return the kinds of errors, from the last one to its first cause, with their lines."""
        error: BaseException | None = ei[1]
        parts: list[str] = []
        seen: set[int] = set()
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            lines = "".join(traceback.format_tb(error.__traceback__))
            kind = type(error)
            parts.append(
                f"{kind.__module__}.{kind.__qualname__} (its text is not kept) at\n{lines}"
            )
            error = error.__cause__ or error.__context__
        return "caused by ".join(parts).rstrip()


LOG_CONFIG: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "discreet": {
            "()": DiscreetFormatter,
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
            "datefmt": "%Y-%m-%dT%H:%M:%SZ",
        }
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "discreet",
            "stream": "ext://sys.stderr",
        }
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
"""Of `ivig serve`: standard error, warnings and worse. There is no log of requests: the audit
trail says who asked for what."""
