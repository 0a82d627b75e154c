"""What a check of the doctor says, and the order it asks in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from orchestration.settings import Settings


class Level(StrEnum):
    """How bad it is; a fail is something that stops work."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line.

    Attributes:
        topic: What was looked at.
        level: How bad it is.
        said: What was found.
        todo: What to do about it; empty where there is nothing to do.
        page: Page of docs/runbook, without its ending.
    """

    topic: str
    level: Level
    said: str
    todo: str = ""
    page: str = ""


Check = Callable[[Settings], Iterator[Finding]]


def ok(topic: str, said: str) -> Finding:
    """All is well."""
    return Finding(topic, Level.OK, said)


def warn(topic: str, said: str, todo: str, page: str = "") -> Finding:
    """Somebody should look."""
    return Finding(topic, Level.WARN, said, todo, page)


def fail(topic: str, said: str, todo: str, page: str = "") -> Finding:
    """Work stops, or will."""
    return Finding(topic, Level.FAIL, said, todo, page)


def examined(name: str, check: Check, settings: Settings) -> Iterator[Finding]:
    """The findings of a check; one that cannot be made is a finding too."""
    try:
        yield from check(settings)
    except Exception as error:
        # Its text may hold anything: a path is fine, an address with a credential is not.
        yield warn(
            name,
            f"could not be looked at ({type(error).__name__})",
            "Mend the failures above first, then run this again",
        )
