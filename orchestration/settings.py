"""Settings of the code location, from KONTAKTI_* environment variables and nothing else.

Inputs: the environment. Output: one frozen `Settings`. Nothing here reads a credential: the
vendors' secrets are resolved by dlt when a source lands, so the code location loads without any.

Run alone: `python -m orchestration.settings` prints what is in force.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parent.parent
DBT_PROJECT_DIR = PROJECT_ROOT / "dbt_project"
DEFAULT_SOURCES = ("zendesk", "twilio", "hubspot", "typeform", "files")
# Landed only where they are named; dbt builds their models only then.
MORE_SOURCES = ("intercom", "genesys", "mastodon")
KNOWN_SOURCES = (*DEFAULT_SOURCES, *MORE_SOURCES)
LOCAL = "local"

# Off unless the user says otherwise: setdefault leaves a value of the user's own standing.
TELEMETRY_OFF = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
}


class SettingsError(ValueError):
    """A KONTAKTI_* variable is wrong; the message names it and says what to do."""


class Settings(BaseSettings):
    """What the code location needs to know of its surroundings.

    Attributes:
        environment: Name of the environment; `local` needs nothing set, any other name needs an
            explicit home, so that a production run never lands in a checkout by accident.
        home: Folder of everything a run writes; absolute.
        sources: Sources that this location lands, in landing order.
        timezone: Business time zone of the schedules (IANA name).
        live: Whether the live path runs by itself.
        postgres_url: PostgreSQL database that the marts are published to as well; none by default.
        postgres_reader: Role that may read there; `serving.postgres.READER` by default.
        lake_bucket: URL of the bucket that keeps the lake too; none by default.
    """

    model_config = SettingsConfigDict(env_prefix="KONTAKTI_", frozen=True, extra="ignore")

    environment: str = LOCAL
    home: Path | None = None
    sources: Annotated[tuple[str, ...], NoDecode] = DEFAULT_SOURCES
    timezone: str = "Europe/Helsinki"
    live: bool = False
    postgres_url: SecretStr | None = None
    postgres_reader: str | None = None
    lake_bucket: str | None = None

    @field_validator("postgres_url")
    @classmethod
    def _empty_is_none(cls, value: SecretStr | None) -> SecretStr | None:
        return value or None

    @field_validator("home", mode="before")
    @classmethod
    def _refuse_empty_home(cls, value: object) -> object:
        if value == "":
            raise ValueError("KONTAKTI_HOME is empty: unset it or name a folder")
        return value

    @field_validator("sources", mode="before")
    @classmethod
    def _split_sources(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))

    @field_validator("sources")
    @classmethod
    def _know_sources(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in value if name not in KNOWN_SOURCES]
        if unknown or not value:
            raise ValueError(
                f"KONTAKTI_SOURCES names {', '.join(unknown) or 'no source'}: "
                f"choose from {', '.join(KNOWN_SOURCES)}"
            )
        return value

    @field_validator("timezone")
    @classmethod
    def _know_timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(
                f"KONTAKTI_TIMEZONE is {value!r}: use an IANA name such as Europe/Helsinki"
            ) from error
        return value

    @model_validator(mode="after")
    def _say_home_outside_local(self) -> Settings:
        if self.environment != LOCAL and self.home is None:
            raise ValueError(
                f"KONTAKTI_ENVIRONMENT is {self.environment!r} and KONTAKTI_HOME is not set: "
                "only the local environment has a default home"
            )
        return self

    @property
    def home_dir(self) -> Path:
        """The home folder as an absolute path; `.kontakti` in the project when none is set."""
        return (self.home or PROJECT_ROOT / ".kontakti").expanduser().resolve()

    @property
    def dagster_home(self) -> Path:
        """Where Dagster keeps its runs: `<home>/dagster`."""
        return self.home_dir / "dagster"

    def dbt_target_dir(self, target: str) -> Path:
        """Where dbt keeps artefacts and logs of one target: `<home>/dbt/<target>`."""
        return self.home_dir / "dbt" / target


def load_settings() -> Settings:
    """Read the settings and make every part of this process agree on them.

    Ingestion, expectations, serving and dbt read KONTAKTI_HOME for themselves, so the resolved home
    is written back to the environment; telemetry is off unless the user turned it on.

    Raises:
        SettingsError: A variable has a value that cannot be meant.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        causes = "; ".join(item["msg"].removeprefix("Value error, ") for item in error.errors())
        raise SettingsError(causes) from error
    os.environ["KONTAKTI_HOME"] = str(settings.home_dir)
    os.environ["KONTAKTI_SOURCES"] = ",".join(settings.sources)  # dbt switches systems on by it
    for name, value in TELEMETRY_OFF.items():
        os.environ.setdefault(name, value)
    return settings


def settings_or_exit() -> Settings:
    """For a command line: the settings, or one line that says which variable is wrong."""
    try:
        return load_settings()
    except SettingsError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    current = settings_or_exit()
    sys.stdout.write(
        f"environment {current.environment}\nhome        {current.home_dir}\n"
        f"sources     {', '.join(current.sources)}\ntimezone    {current.timezone}\n"
    )
