"""Call detail records by the million: arrivals in opening hours, waits, hang-ups, repeats."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sandbox.bulk.lake import Column, Load, chosen, instants, numbers, pseudonyms, repeated
from sandbox.world.reasons import make_reasons

DATASET = "files_bulk"
CHUNK = 500_000
AGENTS = 600
QUEUES = tuple(f"bulk_voice_{number}" for number in range(1, 9))
_OUTCOMES: tuple[str, ...] = ("answered", "abandoned", "flow_out", "callback", "ivr_only")
_SHARES = (0.88, 0.06, 0.015, 0.015, 0.03)
_HALF_HOURS = (9, 11, 12.5, 13, 12.5, 12, 10.5, 10, 9, 9, 10, 11, 11, 11, 10.5, 9.5, 9, 8, 7, 6)

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Callers:
    """The people who call; each again about every `days_between_calls` days."""

    keys: Column

    @classmethod
    def of(cls, seed: int, calls_a_day: int, days_between_calls: int = 25) -> Callers:
        """As many people as that number of calls a day asks for."""
        return cls(pseudonyms(seed, 1, calls_a_day * days_between_calls))


def write_calls(
    load: Load, seed: int, callers: Callers, opens: Ints, calls_a_day: int, first: int, last: int
) -> None:
    """Write the calls numbered [first, last); call i falls on day i // calls_a_day.

    Args:
        load: where to.
        seed: of the random draws.
        callers: who calls.
        opens: unix second each day's lines open, by day number.
        calls_a_day: how many calls fill a day.
        first, last: range of call numbers.
    """
    place = first
    while place < last:
        end = min(last, (place // CHUNK + 1) * CHUNK)
        load.write(DATASET, "calls", _calls(seed, callers, opens, calls_a_day, place, end))
        place = end


def write_corrections(
    load: Load, seed: int, callers: Callers, opens: Ints, calls_a_day: int, before: int, count: int
) -> None:
    """Deliver some calls of the last week before a number again, with another score."""
    first = max(0, before - 7 * calls_a_day)
    if count == 0 or first >= before:
        return
    again = _calls(seed, callers, opens, calls_a_day, first, before)
    rng = np.random.default_rng([seed, 3, before])
    picked = pa.array(
        np.sort(rng.choice(before - first, min(count, before - first), replace=False))
    )
    columns = {name: pc.take(column, picked) for name, column in again.items()}
    rows = len(picked)
    columns["csat_score"] = numbers(rng.integers(1, 6, rows), pa.float64())
    columns["source_file"] = repeated(f"calls-corrected-{before}.parquet", rows)
    load.write(DATASET, "calls", columns)


def _calls(
    seed: int, callers: Callers, opens: Ints, calls_a_day: int, first: int, last: int
) -> dict[str, Column]:
    # Every block of calls draws from a stream of its own, whatever range is asked for.
    parts = []
    block = first // CHUNK
    while block * CHUNK < last:
        made = _block(seed, callers, opens, calls_a_day, block)
        begin = max(first - block * CHUNK, 0)
        parts.append({n: c.slice(begin, last - block * CHUNK - begin) for n, c in made.items()})
        block += 1
    return {name: pa.chunked_array([part[name] for part in parts]) for name in parts[0]}


def _block(
    seed: int, callers: Callers, opens: Ints, calls_a_day: int, block: int
) -> dict[str, Column]:
    rng = np.random.default_rng([seed, 2, block])
    number = np.arange(block * CHUNK, (block + 1) * CHUNK, dtype=np.int64)
    day = np.minimum(number // calls_a_day, len(opens) - 1)
    weights = np.array(_HALF_HOURS) / sum(_HALF_HOURS)
    within = rng.choice(len(weights), CHUNK, p=weights) * 1800 + rng.integers(0, 1800, CHUNK)
    queued = opens[day] + within
    outcome = rng.choice(len(_OUTCOMES), CHUNK, p=_SHARES)
    answered, in_queue = outcome == 0, outcome < 4
    prompt = rng.random(CHUNK) < 0.55
    wait = np.where(prompt, rng.integers(2, 12, CHUNK), rng.exponential(55, CHUNK)).astype(np.int64)
    wait = np.where(in_queue, wait, 0)
    talk = np.maximum(20, rng.lognormal(5.2, 0.6, CHUNK)).astype(np.int64)
    hold = np.where(rng.random(CHUNK) < 0.15, rng.integers(15, 120, CHUNK), 0)
    wrap = (6 + rng.exponential(40, CHUNK)).astype(np.int64)
    menu = rng.integers(8, 45, CHUNK)
    reasons = [share.reason.code for share in make_reasons()]
    reason = np.where(rng.random(CHUNK) < 0.92, rng.integers(0, len(reasons), CHUNK), len(reasons))
    reason = np.where(answered, reason, len(reasons))
    settled = np.where(answered, rng.choice(3, CHUNK, p=(0.76, 0.18, 0.06)), 2)
    scored = answered & (rng.random(CHUNK) < 0.1)
    caller = rng.integers(0, len(callers.keys), CHUNK).astype(np.int64)
    known = rng.random(CHUNK) >= 0.04
    ended = queued + wait + np.where(answered, talk + hold, 0)
    return {
        "call_id": pc.binary_join_element_wise("b", pa.array(number).cast(pa.string()), ""),
        "queued_at": instants(queued),
        "outcome": chosen(outcome, list(_OUTCOMES)),
        "started_at": instants(queued - menu),
        "answered_at": instants(queued + wait, answered),
        "ended_at": instants(ended),
        "pre_queue_seconds": numbers(menu, pa.float64()),
        "wait_seconds": numbers(wait, pa.float64()),
        "talk_seconds": numbers(talk, pa.float64(), answered),
        "hold_seconds": numbers(hold, pa.float64(), answered),
        "wrap_seconds": numbers(wrap, pa.float64(), answered),
        "queue": chosen(rng.integers(0, len(QUEUES), CHUNK), list(QUEUES)),
        "agent": chosen(_in_turn(queued, answered), [*agent_ids(), None]),
        "customer_key": pc.take(callers.keys, numbers(caller, pa.int64(), known)),
        "direction": repeated("inbound", CHUNK),
        "reason": chosen(reason, [*reasons, None]),
        "priority": pa.nulls(CHUNK, pa.string()),
        "resolved": chosen(settled, ["yes", "no", None]),
        "csat_score": numbers(rng.integers(1, 6, CHUNK), pa.float64(), scored),
        "source_dataset": repeated("bulk", CHUNK),
        "source_file": repeated(f"calls-{block}.parquet", CHUNK),
        "source_row": numbers(number % CHUNK + 1, pa.int64()),
        "file_hash": repeated(f"{seed:08x}{block:024x}", CHUNK),
    }


def _in_turn(queued: Ints, answered: npt.NDArray[np.bool_]) -> Ints:
    """Who answers each call: one agent after the other, whoever is next.

    Nearly what a routing system does, which gives a call to the agent who has been free longest: of
    30,000 calls a day one in forty meets an agent whose last one is not over.
    """
    agent = np.full(len(queued), AGENTS, dtype=np.int64)
    in_order = np.argsort(queued, kind="stable")
    taken = in_order[answered[in_order]]
    agent[taken] = np.arange(len(taken)) % AGENTS
    return agent


def agent_ids() -> list[str]:
    """Employee ids of everyone who answers."""
    return [f"E{1001 + number}" for number in range(AGENTS)]
