"""Alerts open on evidence that lasts, clear with a margin, and are told once each."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from alerts.send import AddressError, services
from alerts.store import AlertStore, Measure, Message, Send
from tests.webhook import webhook

NOON = datetime(2026, 4, 15, 12)
QUARTER = timedelta(minutes=15)
BAD = Measure(
    rule_id="service_level_low",
    metric_id="service_level",
    severity="warn",
    queue_id="twilio:WQ1",
    channel="voice",
    value=0.4,
    n=40,
    low=0.26,
    high=0.55,
    threshold=0.8,
    period_at=NOON,
    persistence=2,
    is_beyond=True,
    is_back=False,
    watermark_at=NOON,
)
GOOD = replace(BAD, value=0.95, low=0.84, high=0.99, is_beyond=False, is_back=True)
BETWEEN = replace(BAD, value=0.82, is_beyond=False, is_back=False)
TOO_FEW = replace(BAD, n=3, is_beyond=None)


@pytest.fixture
def store(tmp_path: Path) -> AlertStore:
    return AlertStore(tmp_path)


def at(measure: Measure, period: int) -> Measure:
    return replace(measure, period_at=NOON + period * QUARTER)


def run(store: AlertStore, *measures: Measure) -> list[tuple[int, int]]:
    return [store.evaluate([measure], NOON) for measure in measures]


def test_it_opens_in_the_second_interval_and_not_by_looking_twice(store: AlertStore) -> None:
    assert run(store, at(BAD, 0), at(BAD, 0), at(BAD, 0)) == [(0, 0)] * 3
    assert run(store, at(BAD, 1), at(BAD, 1)) == [(1, 0), (0, 0)]


def test_a_good_interval_between_breaks_the_row_and_a_small_one_does_not(store: AlertStore) -> None:
    assert run(store, at(BAD, 0), at(GOOD, 1), at(BAD, 2)) == [(0, 0)] * 3
    assert run(store, at(TOO_FEW, 3), at(BAD, 3)) == [(0, 0), (1, 0)]


def test_periods_with_a_gap_between_them_are_no_row(store: AlertStore) -> None:
    for period, expected in [(0, 0), (2, 0), (3, 1)]:
        opened, _ = store.evaluate([at(BAD, period)], NOON, longest_gap=QUARTER)
        assert opened == expected


def test_it_clears_with_a_margin_and_may_open_again(store: AlertStore) -> None:
    run(store, at(BAD, 0), at(BAD, 1))
    assert run(store, at(BETWEEN, 2), at(GOOD, 3)) == [(0, 0), (0, 1)]
    assert run(store, at(BAD, 4), at(BAD, 5)) == [(0, 0), (1, 0)]
    assert [bool(row[-1]) for row in store.rows()] == [True, False]


def test_a_past_period_shows_alerts_as_they_stood_at_its_end(store: AlertStore) -> None:
    for hours, measure in enumerate([at(BAD, 0), at(BAD, 1), at(GOOD, 2)]):
        store.evaluate([measure], NOON + timedelta(hours=hours))
    shown = [store.rows(NOON + timedelta(minutes=minutes)) for minutes in (30, 90, 150)]
    assert [[bool(row[-1]) for row in rows] for rows in shown] == [[], [False], [True]]


def test_two_processes_open_one_alert(store: AlertStore, tmp_path: Path) -> None:
    run(store, at(BAD, 0))
    other = AlertStore(tmp_path)
    both = [threading.Thread(target=run, args=(each, at(BAD, 1))) for each in (store, other)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(store.rows()) == 1


def taking(told: list[str]) -> Send:
    def send(message: Message) -> bool:
        told.append(message.message_id)
        return True

    return send


def refusing(message: Message) -> bool:
    del message
    return False


def opened_and_cleared(store: AlertStore) -> None:
    run(store, at(BAD, 0), at(BAD, 1), at(GOOD, 2))


def test_a_message_that_was_not_taken_is_tried_again_later_and_then_no_more(
    store: AlertStore,
) -> None:
    opened_and_cleared(store)
    told: list[str] = []
    assert store.deliver({"a": refusing}, NOON) == (0, 2)
    assert store.deliver({"a": taking(told)}, NOON) == (0, 0)
    assert store.deliver({"a": taking(told)}, NOON + QUARTER) == (2, 0)
    assert store.deliver({"a": taking(told)}, NOON + 9 * QUARTER) == (0, 0)
    assert told == ["alert-1-opened", "alert-1-cleared"]


def test_a_service_that_is_down_makes_no_other_one_hear_twice(store: AlertStore) -> None:
    opened_and_cleared(store)
    told: list[str] = []
    for quarter in range(4):
        store.deliver({"down": refusing, "up": taking(told)}, NOON + quarter * QUARTER)
    assert told == ["alert-1-opened", "alert-1-cleared"]


def test_two_processes_that_send_at_once_send_once(store: AlertStore, tmp_path: Path) -> None:
    opened_and_cleared(store)
    told: list[str] = []

    def slowly(message: Message) -> bool:
        time.sleep(0.05)
        told.append(message.message_id)
        return True

    stores = (store, AlertStore(tmp_path))
    senders = [threading.Thread(target=each.deliver, args=({"a": slowly}, NOON)) for each in stores]
    for thread in senders:
        thread.start()
    for thread in senders:
        thread.join()
    assert sorted(told) == ["alert-1-cleared", "alert-1-opened"]


def test_a_sender_that_died_is_made_good_when_its_claim_has_run_out(store: AlertStore) -> None:
    opened_and_cleared(store)

    def dying(message: Message) -> bool:
        raise KeyboardInterrupt(message.message_id)

    with pytest.raises(KeyboardInterrupt):
        store.deliver({"a": dying}, NOON)
    told: list[str] = []
    store.deliver({"a": taking(told)}, NOON)
    assert told == ["alert-1-cleared"], "the claim of the other one still holds"
    store.deliver({"a": taking(told)}, NOON + QUARTER)
    assert told == ["alert-1-cleared", "alert-1-opened"]


def test_a_message_of_an_id_is_put_once(store: AlertStore) -> None:
    assert store.tell("run-1-failed", "failed", "Job daily failed", "why", NOON)
    assert not store.tell("run-1-failed", "failed", "Job daily failed", "why", NOON)


def test_apprise_tells_a_webhook_once_when_opened_and_once_when_cleared(
    store: AlertStore,
) -> None:
    with webhook() as hook:
        send = services(hook.address)
        run(store, at(BAD, 0), at(BAD, 1))
        store.deliver(send, NOON)
        run(store, at(GOOD, 2))
        store.deliver(send, NOON)
        store.deliver(send, NOON)
    first, second = hook.posted
    assert "opened" in first
    assert "alert-1-opened" in first
    assert "cleared" in second


def test_no_address_is_kept(store: AlertStore) -> None:
    opened_and_cleared(store)
    store.deliver(services("json://anna:hunter2@127.0.0.1:1/"), NOON)
    assert b"hunter2" not in store.path.read_bytes()
    with pytest.raises(AddressError) as wrong:
        services("nothing://hunter2")
    assert "hunter2" not in str(wrong.value)
