"""The ledger: what truly happened, counted by plain Python from the world's own records.

`digest(world, as_of)` gives every digest metric with its n, by channel and in total;
`by_queue`, `by_day` and `by_agent` cut the same figures finer; `write` stores the rows.
"""

from __future__ import annotations

from sandbox.ledger.digest import by_agent, by_day, by_queue, digest, truth
from sandbox.ledger.store import write

__all__ = ["by_agent", "by_day", "by_queue", "digest", "truth", "write"]
