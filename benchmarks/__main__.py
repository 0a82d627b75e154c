"""Runs the benchmarks and writes their results: `python -m benchmarks [name …]`."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import sys
from importlib import import_module
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
NAMES = ("demo_time", "build_time", "query_time", "landing_rate", "airbyte_rate", "live_freshness")


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all."""
    unknown = set(names) - set(NAMES)
    if unknown:
        print(f"No benchmark {', '.join(sorted(unknown))}; there are: {', '.join(NAMES)}")
        return 2
    for name in names or NAMES:
        print(f"{name} …", flush=True)
        load = os.getloadavg()[0]
        found = import_module(f"benchmarks.{name}").run()
        found["measured"] = {
            "on": dt.datetime.now(dt.UTC).date().isoformat(),
            "cores": os.cpu_count(),
            "load_before": round(load, 1),
            "load_after": round(os.getloadavg()[0], 1),
            "python": platform.python_version(),
        }
        text = json.dumps(found, indent=2) + "\n"
        (RESULTS / f"{name}.json").write_text(text, encoding="utf-8")
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
