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

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

# How dbt's own command line ends: all well, a node failed, it could not run.
OK, FAILED, UNHANDLED = 0, 1, 2


def load(parse_cache: Path) -> Manifest:
    """The parsed project, with what macros look sources up in."""
    gc.disable()
    manifest = Manifest.from_msgpack(parse_cache.read_bytes())
    manifest.build_flat_graph()  # type: ignore[no-untyped-call]
    # All of it stays: looking for garbage in it would cost the command time.
    gc.freeze()
    gc.enable()
    return manifest


def run(manifest: Manifest, arguments: Sequence[str]) -> int:
    """Run a dbt command and return its exit code; what it prints is dbt's own."""
    done = dbtRunner(manifest=manifest).invoke(list(arguments))
    if done.success:
        return OK
    return FAILED if done.exception is None else UNHANDLED


if __name__ == "__main__":
    sys.exit(run(load(Path(sys.argv[1])), sys.argv[2:]))
