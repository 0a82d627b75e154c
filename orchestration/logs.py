"""Log lines of our own processes: text, or one JSON object a line where KONTAKTI_LOG_FORMAT=json.

Inputs: log records, Dagster's included. Outputs: lines on standard error, without any credential,
address or phone number (`orchestration.redaction`), whatever was logged.

    {"at": "2026-04-15T05:15:02.113Z", "level": "info", "logger": "dagster", "message": "…",
     "run_id": "…", "job": "daily", "step": "land_zendesk"}

dbt writes its own: DBT_LOG_FORMAT_FILE=json.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from datetime import UTC, datetime
from typing import Any

import dagster as dg
from dagster._core.execution import context_creation_job

from orchestration.failures import step_failure_message
from orchestration.redaction import without_secrets

VARIABLE = "KONTAKTI_LOG_FORMAT"
# Run config that has a job log in this way: without it Dagster takes a logger of its own.
LOGGERS: dict[str, Any] = {"loggers": {"console": {}}}
# Where Dagster's log manager puts what it knows of a line.
_DAGSTER = "dagster_meta"
_FIELDS = {"run_id": "run_id", "job_name": "job", "step_key": "step"}


class Lines(logging.Formatter):
    """Text lines, in UTC."""

    def __init__(self) -> None:
        self.converter = time.gmtime
        super().__init__("%(asctime)sZ %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """One line, or more where there is a traceback."""
        return without_secrets(super().format(record))


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as an object."""
        known: dict[str, Any] = getattr(record, _DAGSTER, None) or {}
        line = {
            "at": datetime.fromtimestamp(record.created, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            # Dagster puts the run and the step in front of the message; they are fields here.
            "message": known.get("orig_message") or record.getMessage(),
        }
        line |= {name: known[key] for key, name in _FIELDS.items() if known.get(key)}
        event = known.get("dagster_event")
        if isinstance(event, dg.DagsterEvent) and event.is_step_failure:
            line["error"] = step_failure_message(event.step_failure_data)
        elif record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return without_secrets(json.dumps(line, ensure_ascii=False))


def formatter() -> logging.Formatter:
    """The format that the environment asks for."""
    return JsonLines() if os.environ.get(VARIABLE, "").strip().lower() == "json" else Lines()


def set_up(level: int = logging.INFO) -> None:
    """Let this process log to standard error in that format."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)


class _Now(logging.StreamHandler[Any]):
    """Writes to what is standard error when the line is written: a run's goes to its own file."""

    def __init__(self, level: int = logging.NOTSET) -> None:
        super().__init__()
        self.setLevel(level)

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


@dg.logger(None, "Lines on standard error in the format of KONTAKTI_LOG_FORMAT.")
def console(_: dg.InitLoggerContext) -> logging.Logger:
    """The logger of every run."""
    logger = logging.Logger("dagster", level=logging.DEBUG)
    handler = _Now()
    handler.setFormatter(formatter())
    logger.addHandler(handler)
    return logger


def be_the_default() -> None:
    """Have a run that brings no run config log this way too: one that is started for no period.

    And a library that warns in a process where nobody has set up logging.
    """
    logging.lastResort = _Now(logging.WARNING)
    logging.lastResort.setFormatter(formatter())
    setattr(context_creation_job, "default_system_loggers", lambda _: [(console, {})])  # noqa: B010
