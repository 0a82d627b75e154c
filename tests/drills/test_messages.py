"""Messages go out by the daemon alone: what a process that died has left, and a failed run's."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

from orchestration.defs.alerts import SEND_EVERY_SECONDS
from tests.drills.test_dagster_restart import START_LIMIT_SECONDS, dagster_on, ended
from tests.end_to_end.conftest import PROJECT, Home
from tests.webhook import Hook, webhook

# Opens an alert, as a live process does, and has no time to send it.
OPEN = """
import sys, time
from datetime import datetime, timedelta
from pathlib import Path
from alerts.store import AlertStore
from orchestration.alert_tables import staleness
now = datetime.now()
late = staleness("source_stale", "twilio", timedelta(hours=1), timedelta(minutes=10), now, now)
print(AlertStore(Path(sys.argv[1])).evaluate([late], now), flush=True)
time.sleep(600)
"""
LOOKS = 3


def open_and_die(home: Path) -> None:
    opener = subprocess.Popen(
        [sys.executable, "-c", OPEN, str(home)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    assert opener.stdout is not None
    assert opener.stdout.readline() == "(1, 0)\n"
    opener.send_signal(signal.SIGKILL)
    opener.wait()


def posted(hook: Hook, wanted: int, limit_seconds: float) -> list[str]:
    limit = time.monotonic() + limit_seconds
    while len(hook.posted) < wanted:
        assert time.monotonic() < limit, hook.posted
        time.sleep(0.5)
    return hook.posted


def test_the_daemon_sends_what_a_dead_process_left_and_each_message_once(tmp_path: Path) -> None:
    with webhook() as hook:
        # No credential is set: the run fails at once, and not for a passing reason.
        env = {"KONTAKTI_SOURCES": "zendesk", "KONTAKTI_ALERT_URLS": hook.address}
        home = Home(tmp_path / "home", env)
        home.path.mkdir()
        open_and_die(home.path)
        with dagster_on(home) as dagster:
            (first,) = posted(hook, 1, START_LIMIT_SECONDS + SEND_EVERY_SECONDS * LOOKS)
            run = dagster.launch("daily")
            ended(home, run, START_LIMIT_SECONDS)
            posted(hook, 2, SEND_EVERY_SECONDS * LOOKS * 2)
            # Once each, however often it looks.
            time.sleep(SEND_EVERY_SECONDS * LOOKS)
            _, second = hook.posted
    print(first, second, sep="\n")
    assert "alert-1-opened" in first
    assert "Job daily failed" in second
    assert run in second
    assert "land_zendesk: zendesk.tickets: required setting" in second
