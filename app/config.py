"""Settings of a deployment, read once from the environment (prefix `IVIG_`)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.kit.origin import parse_origin, parse_proxies

DEFAULT_DATABASE_URL = "sqlite:///ivig.db"


class Settings(BaseSettings):
    """What an operator may set; every name has a line in docs/operations.md."""

    model_config = SettingsConfigDict(env_prefix="IVIG_", frozen=True)

    database_url: str = Field(
        default=DEFAULT_DATABASE_URL,
        description="Where the record is kept, in SQLAlchemy's form.",
    )
    key_file: Path | None = Field(
        default=None,
        description="Where the keys are. Empty: beside a SQLite file, or in the working folder.",
    )
    keys: SecretStr | None = Field(
        default=None,
        description="The content of a key file itself, for programs that hand over secrets so.",
    )
    cache_dir: Path | None = Field(
        default=None,
        description="Folder for what can be made anew. Empty: ~/.cache/ivig.",
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
    audit_checkpoint_minutes: float = Field(
        default=15.0,
        gt=0,
        description="How often the worker signs the ends of all chains of the audit trail.",
    )
    emergency_hours: float = Field(
        default=4.0,
        gt=0,
        le=24,
        description="How long emergency access to a record lasts: half a shift, a judgement.",
    )
    origin: str | None = Field(
        default=None,
        description="The one address that browsers use, such as https://ivig.example.org.",
    )
    proxy_addresses: str = Field(
        default="",
        description="Addresses of proxies that say truly whom they ask for, with commas between.",
    )
    staff_idle_minutes: int = Field(
        default=30,
        ge=5,
        le=60,
        description="A session of staff ends after so long without use. NIST SP 800-63B-4: 60.",
    )
    staff_session_hours: int = Field(
        default=12,
        ge=1,
        le=24,
        description="A session of staff ends after so long in any case. NIST SP 800-63B-4: 24.",
    )
    home_idle_days: int = Field(
        default=7,
        ge=1,
        le=30,
        description="A session of a patient or proxy ends after so long without use.",
    )
    home_session_days: int = Field(
        default=30,
        ge=1,
        le=30,
        description="A session of a patient or proxy ends after so long in any case.",
    )
    oidc_issuer: str | None = Field(
        default=None,
        description="OpenID Connect provider that people may sign in with, such as"
        " https://login.example.org.",
    )
    oidc_client_id: str | None = Field(
        default=None, description="The name that the provider knows this service by."
    )
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="The secret that the provider gave to this service."
    )
    oidc_client_secret_file: Path | None = Field(
        default=None, description="A file that holds this secret, instead."
    )

    @field_validator("origin")
    @classmethod
    def _read_origin(cls, value: str | None) -> str | None:
        """Write the origin as browsers do, or refuse it."""
        return str(parse_origin(value)) if value else None

    @field_validator("proxy_addresses")
    @classmethod
    def _read_proxies(cls, value: str) -> str:
        return ",".join(parse_proxies(value))


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the settings of this process; the environment is read at the first call."""
    return Settings()
