"""Alerts open on evidence that lasts, clear with a margin, and are told once each."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from alerts.send import Sender
from alerts.store import AlertStore, Measure, Message

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


def test_it_clears_with_a_margin_and_may_open_again(store: AlertStore) -> None:
    run(store, at(BAD, 0), at(BAD, 1))
    assert run(store, at(BETWEEN, 2), at(GOOD, 3)) == [(0, 0), (0, 1)]
    assert run(store, at(BAD, 4), at(BAD, 5)) == [(0, 0), (1, 0)]
    assert [bool(row[-1]) for row in store.rows()] == [True, False]


def test_two_processes_open_one_alert(store: AlertStore, tmp_path: Path) -> None:
    run(store, at(BAD, 0))
    other = AlertStore(tmp_path)
    both = [threading.Thread(target=run, args=(each, at(BAD, 1))) for each in (store, other)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(store.rows()) == 1


def test_a_message_that_was_not_taken_waits_and_one_that_was_is_not_sent_again(
    store: AlertStore,
) -> None:
    run(store, at(BAD, 0), at(BAD, 1), at(GOOD, 2))
    told: list[Message] = []

    def broken(message: Message) -> bool:
        del message
        return False

    def working(message: Message) -> bool:
        told.append(message)
        return True

    assert store.deliver(broken, NOON) == (0, 2)
    assert store.deliver(working, NOON) == (2, 0)
    assert store.deliver(working, NOON) == (0, 0)
    assert [message.kind for message in told] == ["opened", "cleared"]


def test_apprise_tells_a_webhook_once_when_opened_and_once_when_cleared(store: AlertStore) -> None:
    posted: list[bytes] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            del args

    server = HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        send = Sender(f"json://127.0.0.1:{server.server_port}/")
        run(store, at(BAD, 0), at(BAD, 1))
        store.deliver(send, NOON)
        run(store, at(GOOD, 2))
        store.deliver(send, NOON)
        store.deliver(send, NOON)
    finally:
        server.shutdown()
        server.server_close()
    assert len(posted) == 2
    assert b"opened" in posted[0]
    assert b"cleared" in posted[1]
