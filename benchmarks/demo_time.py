"""How long the demo takes, first and second time, and how much memory it needs.

Inputs: none; a temporary home. Outputs: `results/demo_time.json`.
Run alone: `python -m benchmarks demo_time`
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.measure import measure

GOALS = {"first_seconds": 180, "second_seconds": 60, "peak_mib": 2048}


def run() -> dict[str, Any]:
    """Run the default demo twice on a fresh home.

    Raises:
        RuntimeError: A demo failed; the message carries the end of what it printed.
    """
    with tempfile.TemporaryDirectory(prefix="kontakti-bench-") as folder:
        home = Path(folder) / "home"
        runs = []
        for number in (1, 2):
            log = Path(folder) / f"demo-{number}.log"
            done = measure([sys.executable, "-m", "demo"], {"KONTAKTI_HOME": str(home)}, log)
            if done.exit_code:
                raise RuntimeError(f"demo {number} failed:\n{log.read_text()[-3000:]}")
            runs.append(done)
    first, second = runs
    return {
        "goals": GOALS,
        "first_seconds": round(first.seconds, 1),
        "second_seconds": round(second.seconds, 1),
        "second_to_first": round(second.seconds / first.seconds, 2),
        "peak_mib": round(max(first.peak_mib, second.peak_mib)),
    }
