"""How many records a second land, beside Airbyte's connector on the same sandbox.

Both read Zendesk's tickets, users and groups of the same simulated centre over loopback, each in a
process of its own that is timed from its start to its end: Airbyte's connector as far as the
messages it writes for a destination, a landing as far as Parquet in the lake, with pseudonyms,
types and state. The ids they bring are the same.

Airbyte's connector lives in an environment of its own, in the folder that KONTAKTI_CLIENTS names
(`requirements-airbyte-zendesk` there, as `make drills` makes it); without it the benchmark says so.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.landing_rate import vendors

ROOT = Path(__file__).resolve().parents[1]
READER = ROOT / "tests" / "drills" / "clients" / "read.py"
ENVIRONMENT = "requirements-airbyte-zendesk"
TABLES = ("tickets", "users", "groups")
GOALS = {"times_the_rate_of_airbyte": 3}
IDS = """
import json, sys
import pyarrow.dataset as ds
from ingestion.home import lake_folder
from ingestion.pipelines import land
land("zendesk", tables=sys.argv[1:])
counts = {t: ds.dataset(lake_folder() / "zendesk" / t, format="parquet") for t in sys.argv[1:]}
print(json.dumps({t: [str(i) for i in d.to_table(["id"])["id"].to_pylist()]
                  for t, d in counts.items()}))
"""


def run() -> dict[str, Any]:
    """Measure both."""
    python = Path(os.environ.get("KONTAKTI_CLIENTS", "")) / ENVIRONMENT / "bin" / "python"
    if not python.exists():
        return {"goals": GOALS, "skipped": f"KONTAKTI_CLIENTS names no folder with {ENVIRONMENT}"}
    folder = Path(tempfile.mkdtemp(prefix="airbyte_rate."))
    found: dict[str, Any] = {}
    ids: dict[str, set[str]] = {}
    try:
        with vendors() as env:
            env["SINCE"] = env["SOURCES__ZENDESK__START_DATE"]
            for name in ("landing", "landing", "airbyte"):  # the first warms the server up
                shutil.rmtree(folder / "home", ignore_errors=True)
                env["KONTAKTI_HOME"] = str(folder / "home")
                command = {
                    "landing": [sys.executable, "-c", IDS, *TABLES],
                    "airbyte": [str(python), str(READER), "airbyte_zendesk"],
                }[name]
                found[name], ids[name] = _timed(command, env)
    finally:
        shutil.rmtree(folder)
    ours, theirs = found["landing"], found["airbyte"]
    return {
        "goals": GOALS,
        **found,
        "same_ids": ids["landing"] == ids["airbyte"],
        "times_the_rate_of_airbyte": round(theirs["seconds"] / ours["seconds"], 1),
        # Wall time hangs on what else the machine does; processor time does not.
        "times_its_processor_time": round(theirs["cpu_seconds"] / ours["cpu_seconds"], 1),
    }


def _timed(command: list[str], env: dict[str, str]) -> tuple[dict[str, Any], set[str]]:
    began, before = time.perf_counter(), _children_cpu()
    done = subprocess.run(
        command, env={**os.environ, **env}, cwd=ROOT, capture_output=True, text=True, check=True
    )
    seconds, cpu = time.perf_counter() - began, _children_cpu() - before
    read: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    rows = sum(len(ids) for ids in read.values())
    ids = {f"{table}:{one}" for table, found in read.items() for one in found}
    told = {
        "records": rows,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu, 2),
        "records_per_second": round(rows / seconds),
    }
    return told, ids


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
