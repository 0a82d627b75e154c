"""How long a metric query takes: `mf`, a command of its own, and the query service, cold and warm.

Inputs: a published home (KONTAKTI_HOME, else what `make demo` left); its marts are copied to a home
of this benchmark's own, whose service it starts and ends. Outputs: `results/query_time.json`.
Run alone: `python -m benchmarks query_time`
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semantic.client import socket_path
from semantic.home import DBT_PROJECT_DIR, PROJECT, TARGETS, home_path

GOALS = {"warm_seconds": 2.0}
COLD_RUNS, WARM_RUNS = 3, 20
ASKED = ["--metrics", "service_level,service_level_n", "--group-by", "contact__channel"]
SAVED = "daily_voice_of_customer"


def run() -> dict[str, Any]:
    """Ask the same question each way, and an audience's 14 metrics of several facts when warm.

    Raises:
        RuntimeError: Nothing is published, or a command failed.
    """
    published = home_path().resolve() / TARGETS["serving"]
    if not published.is_file():
        raise RuntimeError(f"There is nothing at {published}: run `make demo` first.")
    with tempfile.TemporaryDirectory(prefix="kontakti-bench-") as folder:
        home = Path(folder)
        (home / "serving").mkdir()
        shutil.copy(published, home / TARGETS["serving"])
        asked = [sys.executable, "-m", "semantic", "query", *ASKED]
        saved = [sys.executable, "-m", "semantic", "saved", SAVED]
        alone = {"KONTAKTI_HOME": str(home), "KONTAKTI_QUERY_SERVICE": "off"}
        warm = {"KONTAKTI_HOME": str(home)}
        mf = {"KONTAKTI_HOME": str(home), "DBT_TARGET": "serving"}
        mf_query = [str(Path(sys.executable).with_name("mf")), "query", *ASKED]
        _seconds(mf_query, mf, DBT_PROJECT_DIR)  # the first one may parse the project
        try:
            found = {
                "mf_seconds": _median(mf_query, mf, COLD_RUNS, DBT_PROJECT_DIR),
                "without_service_seconds": _median(asked, alone, COLD_RUNS),
                "first_with_service_seconds": round(_seconds(asked, warm), 2),
                "warm_seconds": _median(asked, warm, WARM_RUNS),
                "warm_slowest_seconds": round(max(_times(asked, warm, WARM_RUNS)), 2),
                "warm_saved_query_seconds": _median(saved, warm, WARM_RUNS),
            }
        finally:
            socket_path(home).unlink(missing_ok=True)  # and with it the service
    return {"goals": GOALS, **found}


def _median(
    command: Sequence[str], env: Mapping[str, str], runs: int, place: Path = PROJECT
) -> float:
    return round(statistics.median(_times(command, env, runs, place)), 2)


def _times(
    command: Sequence[str], env: Mapping[str, str], runs: int, place: Path = PROJECT
) -> list[float]:
    return [_seconds(command, env, place) for _ in range(runs)]


def _seconds(command: Sequence[str], env: Mapping[str, str], place: Path = PROJECT) -> float:
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=place, env={**os.environ, **env}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return time.monotonic() - began
