"""One clear message out of a failed step: what happened, where, and what to do; no traceback wall.

Input: the error Dagster recorded for a step. Output: plain text, from the error's own words.
"""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import dagster as dg
from dagster._core.execution.plan.objects import StepFailureData
from dagster_shared.error import SerializableErrorInfo

from orchestration.redaction import without_secrets

NO_ROOM = 4 * 2**20


def step_failure_message(failure: StepFailureData | None) -> str:
    """The message of a failed step.

    A `dagster.Failure` carries a message written for people; any other exception is named with its
    type, taken from the innermost cause, because Dagster wraps what a step raises. Either may quote
    a row or an address: what must be in no log is masked.
    """
    return without_secrets(_said(failure))


def _said(failure: StepFailureData | None) -> str:
    if failure is None:
        return "The step failed without saying why; its log in the Dagster UI may tell."
    if failure.user_failure_data and failure.user_failure_data.description:
        return failure.user_failure_data.description
    if failure.error is None:
        return "The step failed without saying why; its log in the Dagster UI may tell."
    cause = innermost(failure.error)
    said = cause.message.strip() or cause.cls_name or "unknown error"
    return said.removeprefix("dagster._core.errors.")


def innermost(error: SerializableErrorInfo) -> SerializableErrorInfo:
    """The first cause of a chain of errors."""
    while error.cause is not None:
        error = error.cause
    return error


def run_failure_message(event: dg.DagsterEvent) -> str:
    """The message of a step-failure event, headed by the step's name."""
    failure = event.step_failure_data
    return f"{event.step_key}: {step_failure_message(failure)}"


def is_full_disk(error: BaseException | None, home: Path) -> bool:
    """Whether a full disk is behind an error, of a file or of Dagster's own store.

    SQLite calls it an I/O error where it cannot lengthen its log, so the disk is asked too.
    """
    if shutil.disk_usage(home).free < NO_ROOM:
        return True
    while error is not None:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            return True
        if "disk is full" in str(error) or "No space left" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
