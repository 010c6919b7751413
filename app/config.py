"""Settings of a deployment, read once from the environment (prefix `IVIG_`)."""

from __future__ import annotations

from functools import lru_cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

DEFAULT_DATABASE_URL = "sqlite:///ivig.db"


class Settings(BaseSettings):
    """What an operator may set; every name has a line in docs/operations.md."""

    model_config = SettingsConfigDict(env_prefix="IVIG_", frozen=True)

    database_url: str = Field(
        default=DEFAULT_DATABASE_URL,
        description="Where the record is kept, in SQLAlchemy's form.",
    )
    database_threads: int | None = Field(
        default=None,
        ge=1,
        le=64,
        description="Requests served at once by one process. Empty: 2 on SQLite, 6 on PostgreSQL.",
    )
    worker_in_server: bool = Field(
        default=True,
        description="Recompute stale analyses in a thread of the serving process.",
    )
    worker_poll_seconds: float = Field(
        default=2.0,
        gt=0,
        description="How long an idle worker waits before it looks for stale analyses again.",
    )
    allow_open_access: bool = Field(
        default=False,
        description="Serve beyond this machine although there are no accounts.",
    )


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the settings of this process; the environment is read at the first call."""
    return Settings()
