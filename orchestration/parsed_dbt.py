"""dbt with the project as `semantic.parse` has parsed it: what dbt does besides parsing, at once.

dbt parses everything anew where a command names another target than the last one did. The models
are the same for every target here, so that one parse serves all.

Inputs: dbt's partial_parse.msgpack, the arguments of a dbt command. Outputs: those of the command.
Run alone: `python -m orchestration.parsed_dbt <parse> <arguments>`.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

# How dbt's own command line ends: all well, a node failed, it could not run.
OK, FAILED, UNHANDLED = 0, 1, 2


def command(parse_cache: Path) -> list[str]:
    """What to start as dbt; the arguments follow."""
    return [sys.executable, "-m", __name__, str(parse_cache)]


def load(parse_cache: Path) -> Manifest:
    """The parsed project, with what macros look sources up in."""
    # All of it stays, dbt too: looking for garbage in it would cost the command time.
    gc.disable()
    # Here and not at the top: who only starts the command does not load dbt.
    from dbt.contracts.graph.manifest import Manifest  # noqa: PLC0415

    manifest = Manifest.from_msgpack(parse_cache.read_bytes())
    manifest.build_flat_graph()
    gc.freeze()
    gc.enable()
    return manifest


def run(manifest: Manifest, arguments: Sequence[str]) -> int:
    """Run a dbt command and return its exit code; what it prints is dbt's own."""
    from dbt.cli.main import dbtRunner  # noqa: PLC0415

    done = dbtRunner(manifest=manifest).invoke(list(arguments))
    if done.success:
        return OK
    if done.exception is None:
        return FAILED
    sys.stderr.write(f"{done.exception}\n")
    return UNHANDLED


if __name__ == "__main__":
    sys.exit(run(load(Path(sys.argv[1])), sys.argv[2:]))
