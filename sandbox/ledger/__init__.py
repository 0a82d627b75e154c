"""The ledger: what truly happened, counted by plain Python from the world's own records.

`every_figure(world, as_of, cut)` gives every metric of the catalogue by any cut; `digest`,
`by_queue`, `by_day` and `by_agent` give those of the digest; `shares`, `contact_rate` (and theirs
by day), `conversions`, `billed_by_agreement` and `exclusions` what a place alone cannot tell;
`write` stores the rows.
"""

from __future__ import annotations

from sandbox.ledger.conversions import conversions
from sandbox.ledger.digest import by_agent, by_day, by_queue, digest, every_figure
from sandbox.ledger.exclusions import exclusions
from sandbox.ledger.money import billed_by_agreement
from sandbox.ledger.shares import contact_rate, contact_rates_by_day, shares, shares_by_day
from sandbox.ledger.store import write
from sandbox.ledger.truth import truth

__all__ = [
    "billed_by_agreement",
    "by_agent",
    "by_day",
    "by_queue",
    "contact_rate",
    "contact_rates_by_day",
    "conversions",
    "digest",
    "every_figure",
    "exclusions",
    "shares",
    "shares_by_day",
    "truth",
    "write",
]
