"""How long dbt needs to build the warehouse: of nothing, of tickets, of histories, of days on them.

A day is built as the daily job builds it: models that nothing arrived for are left out
(`orchestration.arrivals`), and of the facts it writes the tail. Several follow on each history,
by turns, as the speed of a machine moves; a history's is the median of them.

Inputs: none; lakes that the sandbox writes in bulk. `BUILD_CONTACTS` names the sizes of the
histories (default 1000000; 10000000 needs 12 GiB and tens of minutes).
Outputs: `results/build_time.json`, with the nodes that took longest.
Run alone: `python -m benchmarks build_time`
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

from benchmarks.measure import Measured, measure
from orchestration.arrivals import TAIL_VARIABLE, Basis, has_tail, unchanged
from semantic.home import DBT_PROJECT_DIR, TARGETS
from semantic.parse import PARSE_CACHE, prepare_manifest

GOALS = {
    "tickets_50000_seconds": 18,
    "day_of_30000_to_smallest_history": 1.3,
    "day_of_30000_seconds": 60,
    "contacts_10000000_seconds": 360,
    "contacts_10000000_peak_mib": 12 * 1024,
}
DAY_CONTACTS, DAYS = 30_000, 3
SLOWEST = 12


def run() -> dict[str, Any]:
    """Build each lake whole, and further days on each history.

    Raises:
        RuntimeError: A command failed; the message carries the end of what it printed.
    """
    sizes = sorted(int(size) for size in os.environ.get("BUILD_CONTACTS", "1000000").split(","))
    found: dict[str, Any] = {"goals": GOALS}
    with tempfile.TemporaryDirectory(prefix="kontakti-bench-") as folder:
        for name, contacts, tickets in [
            ("empty", 0, 0),
            ("tickets_50000", 0, 50_000),
            *((f"contacts_{size}", size, 0) for size in sizes),
        ]:
            home = Path(folder) / name
            _bulk(home, "--contacts", str(contacts), "--tickets", str(tickets))
            found[name] = _build(home)
        days: dict[int, list[dict[str, Any]]] = {size: [] for size in sizes}
        for _ in range(DAYS):
            for size in sizes:
                home = Path(folder) / f"contacts_{size}"
                before = _basis(home)[0].standing(home / TARGETS["dev"])
                _bulk(home, "--next-day", "--contacts", str(DAY_CONTACTS))
                days[size].append(_build(home, before))
    for size in sizes:
        found[f"day_of_{DAY_CONTACTS}_on_{size}"] = _typical(days[size])
    if len(sizes) > 1:
        for measured in ("seconds", "processor_seconds"):
            found[f"day_on_largest_to_day_on_smallest_{measured}"] = round(
                median(
                    of_largest[measured] / of_smallest[measured]
                    for of_smallest, of_largest in zip(days[sizes[0]], days[sizes[-1]], strict=True)
                ),
                2,
            )
    return found


def _typical(days: list[dict[str, Any]]) -> dict[str, Any]:
    """The day in the middle, with the seconds of each."""
    middle = sorted(days, key=lambda day: float(day["seconds"]))[len(days) // 2]
    return {"seconds_of_each": [day["seconds"] for day in days], **middle}


def _bulk(home: Path, *arguments: str) -> None:
    home.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "sandbox", "bulk", "--home", str(home), *arguments]
    _run(command, home, home / "bulk.log")


def _basis(home: Path) -> tuple[Basis, dict[str, Any]]:
    """What the home's next build is made of, and the manifest of its last one."""
    manifest: dict[str, Any] = json.loads((home / "target" / "manifest.json").read_text())
    return Basis.of(DBT_PROJECT_DIR, home, manifest), manifest


def _build(home: Path, last: Basis | None = None) -> dict[str, Any]:
    """Seconds by dbt's own account, of the processor, and the peak of memory of one dbt build.

    Args:
        home: Where the lake is.
        last: What the build before was made of; None builds every model.
    """
    target = home / "target"
    target.mkdir(exist_ok=True)
    parse = prepare_manifest().parent / PARSE_CACHE
    (target / PARSE_CACHE).write_bytes(parse.read_bytes())
    kept, told = [], {}
    if last:
        now, manifest = _basis(home)
        kept = unchanged(last, now, manifest, home / TARGETS["dev"])
        told = {TAIL_VARIABLE: "1"} if has_tail(last, now, home / TARGETS["dev"]) else {}
    done = _run(
        [
            sys.executable, "-m", "dbt.cli.main", "build", "--exclude-resource-type", "unit_test",
            "--project-dir", str(DBT_PROJECT_DIR), "--profiles-dir", str(DBT_PROJECT_DIR),
            "--target-path", str(target), "--log-path", str(target),
            *(["--exclude", " ".join(kept)] if kept else []),
        ],
        home,
        home / "build.log",
        told,
    )  # fmt: skip
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))
    return {
        "seconds": round(results["elapsed_time"], 1),
        "seconds_of_the_process": round(done.seconds, 1),
        "processor_seconds": round(done.processor_seconds, 1),
        "peak_mib": round(done.peak_mib),
        "nodes": len(results["results"]),
        **_facts(home),
        "slowest": _slowest(results["results"]),
    }


def _facts(home: Path) -> dict[str, Any]:
    """Rows of the contact fact, and whether only its tail was written: what the figures are of."""
    with duckdb.connect(str(home / TARGETS["dev"]), read_only=True) as connection:
        ((rows, tails),) = connection.execute(
            "select (select count(*) from core.fct_contact),"
            " (select count(*) from intermediate.int_tail)"
        ).fetchall()
    return {"contacts": rows, "is_tail": tails > 0}


def _slowest(results: list[dict[str, Any]]) -> dict[str, float]:
    """Seconds of the nodes that took longest; two run at once."""
    ordered = sorted(results, key=lambda result: -float(result["execution_time"]))
    return {
        result["unique_id"].split(".")[2]: round(result["execution_time"], 1)
        for result in ordered[:SLOWEST]
    }


def _run(
    command: list[str], home: Path, log: Path, told: Mapping[str, str] | None = None
) -> Measured:
    """Run a command on a home to its end."""
    settings = {"KONTAKTI_HOME": str(home), "DBT_INDIRECT_SELECTION": "cautious", **(told or {})}
    done = measure(command, settings, log, is_family=False)
    if done.exit_code:
        raise RuntimeError(f"{' '.join(command)}\n{log.read_text(encoding='utf-8')[-3000:]}")
    return done
