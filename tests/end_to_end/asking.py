"""Somebody who asks a home the same again and again while a run works on it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby

# Of three facts, which a build writes one after the other.
METRICS = "contacts_offered,service_level,cases_created,csat_score,csat_score_n"
GROUP = "contact_channel"


@contextmanager
def asked_all_along(ask: Callable[[], str], pause: float) -> Iterator[list[str]]:
    """Ask in a thread, with a pause of some seconds between, for as long as the block lasts.

    Yields:
        The answers so far, whole after the block; where asking raised, what it said.
    """
    answers: list[str] = []
    over = threading.Event()

    def on_and_on() -> None:
        while not over.is_set():
            try:
                answers.append(ask())
            except Exception as error:
                answers.append(repr(error))
            over.wait(pause)

    thread = threading.Thread(target=on_and_on)
    thread.start()
    try:
        yield answers
    finally:
        over.set()
        thread.join()


def in_turn(answers: list[str]) -> list[str]:
    """The answers as they changed: one for each stretch of equal ones."""
    return [answer for answer, _ in groupby(answers)]
