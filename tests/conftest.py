"""How the tests are dealt out to workers: the tests of one costly home go to one of them.

And how often their garbage is looked for: definitions, manifests and parses are large and stay,
and at Python's usual pace a fifth of the suite's time goes into looking through them.
"""

from __future__ import annotations

import gc
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

gc.set_threshold(100_000, 50, 100)

# Folders whose tests share a session's home or parse; on two workers each would be made twice.
ONE_WORKER = {"tests/dbt", "tests/end_to_end", "tests/semantic"}


class ByHome(LoadScopeScheduling):
    """`--dist loadscope` (a worker takes a whole file), whole folders where a home is shared."""

    def _split_scope(self, nodeid: str) -> str:
        folder = nodeid.split("::", 1)[0].rpartition("/")[0]
        return folder if folder in ONE_WORKER else str(super()._split_scope(nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    """The scheduler of `-n 2 --dist loadscope`; other ways of dealing out stay as they are."""
    return ByHome(config, log) if config.getoption("dist") == "loadscope" else None
