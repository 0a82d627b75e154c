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
# They are dealt out first, the costliest at the head: no worker is left with one at the end.
ONE_WORKER = ("tests/end_to_end", "tests/dbt", "tests/semantic")


def _folder(nodeid: str) -> str:
    return nodeid.split("::", 1)[0].rpartition("/")[0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the folders of one worker first; all else stays in its order."""
    order = {folder: at for at, folder in enumerate(ONE_WORKER)}
    items.sort(key=lambda item: order.get(_folder(item.nodeid), len(order)))


class ByHome(LoadScopeScheduling):
    """`--dist loadscope` (a worker takes a whole file), whole folders where a home is shared."""

    def _split_scope(self, nodeid: str) -> str:
        folder = _folder(nodeid)
        return folder if folder in ONE_WORKER else str(super()._split_scope(nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    """The scheduler of `-n 2 --dist loadscope`; other ways of dealing out stay as they are."""
    return ByHome(config, log) if config.getoption("dist") == "loadscope" else None
