"""Compile the live models with dbt, in a process of its own that starts from a parsed project.

Inputs: the project's parse (dbt's partial_parse.msgpack), a selection, vars. Output: manifest.json
with the compiled queries, in the target folder. Parsing anew takes dbt half a minute, which a live
process that is started again after a change cannot wait for; compiling alone takes seconds.

Run alone: `python -m live.compile <parse> <arguments of dbt>`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

if __name__ == "__main__":
    parsed = Manifest.from_msgpack(Path(sys.argv[1]).read_bytes())
    # Macros look source tables up in it.
    parsed.build_flat_graph()  # type: ignore[no-untyped-call]
    done = dbtRunner(manifest=parsed).invoke(sys.argv[2:])
    if not done.success:
        sys.stderr.write(f"{done.exception or done.result}\n")
    sys.exit(0 if done.success else 1)
