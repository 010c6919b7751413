"""Errors of commands that move data in and out."""

from __future__ import annotations

from app.errors import CommandRefused


class WrongUsage(CommandRefused):
    """The command line itself is wrong: something must be added, or said otherwise."""

    code = "wrong-usage"
