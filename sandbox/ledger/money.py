"""What contacts were billed and what they cost, and how the company stands beside others.

A contact is billed by the agreement of its channel once it has ended, in the month it ended in. The
whole month's volume of an agreement says which band's price all of its contacts get; minutes that
are rounded for the month are rounded once, and each contact bears its part of that.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sandbox.ledger.contacts import ContactTruth
from sandbox.ledger.observation import Observation, Place
from sandbox.ledger.truth import Truth
from sandbox.world.company import COMPANY
from sandbox.world.money import Benchmark, Price, benchmarks, finance_months, prices

Meter = tuple[str, str, date]  # agreement, channel that it counts by, month


@dataclass(slots=True)
class _Charge:
    """A billed contact: how long it took, and the prices of its agreement, lowest band first."""

    place: Place
    meter: Meter
    seconds: Fraction
    bands: list[Price]


def money_observations(known: Truth) -> Iterator[Observation]:
    """Observations of billing (on the day a contact ended) and of costs (on the day it began)."""
    handled = _handling(known)
    yield from _billing(known, handled)
    yield from _costs(known, handled)
    yield from _comparisons()


def _handling(known: Truth) -> dict[int, Fraction]:
    """Handling seconds of each contact, shared by what an agent did at the same time."""
    seconds: dict[int, Fraction] = defaultdict(Fraction)
    for leg in known.legs:
        seconds[leg.contact_no] += leg.allocated_seconds
    return seconds


def _is_billed(row: ContactTruth, rule: str) -> bool:
    if rule == "offered":
        return row.is_offered and not row.is_short_abandoned
    return row.is_handled


def _charges(known: Truth, handled: dict[int, Fraction]) -> Iterator[_Charge]:
    day = known.day_of()
    listed = prices(known.world)
    own = {price.channel for price in listed}
    for row in known.contacts:
        contact = row.contact
        if row.queued_at is None or row.ended_at is None:
            continue
        scope = contact.channel if contact.channel in own else ""
        began = day(row.queued_at, contact.queue_code)
        agreed = [price for price in listed if price.channel == scope and price.valid_from <= began]
        since = max(price.valid_from for price in agreed)
        bands = [price for price in agreed if price.valid_from == since]
        if not _is_billed(row, bands[0].billable_rule):
            continue
        ended = day(row.ended_at, contact.queue_code)
        place = Place(contact.channel, contact.queue_code, row.last_agent_no, ended)
        meter = (bands[0].agreement_id, scope, ended.replace(day=1))
        seconds = handled[contact.contact_no] if row.is_handled else Fraction(0)
        if bands[0].rounding == "contact":
            seconds = Fraction(60 * math.ceil(seconds / 60))
        yield _Charge(place, meter, seconds, sorted(bands, key=lambda price: price.band_from))


def billed_by_agreement(known: Truth) -> dict[str, int]:
    """Contacts billed under each agreement."""
    charges = _charges(known, _handling(known))
    return dict(Counter(each.meter[0] for each in charges))


def _billing(known: Truth, handled: dict[int, Fraction]) -> Iterator[Observation]:
    charges = list(_charges(known, handled))
    volume: dict[Meter, int] = defaultdict(int)
    seconds: dict[Meter, Fraction] = defaultdict(Fraction)
    for each in charges:
        volume[each.meter] += 1
        seconds[each.meter] += each.seconds
    for each in charges:
        reached = [price for price in each.bands if price.band_from <= volume[each.meter]]
        price = reached[-1]
        total, share = seconds[each.meter], each.seconds
        if price.rounding == "month" and total:
            share = share * 60 * math.ceil(total / 60) / total
        by_unit = Fraction(str(price.unit_price))
        by_time = Fraction(str(price.minute_price)) * share / 60
        invoiced = {"unit": by_unit, "handle_time": by_time, "hybrid": by_unit + by_time}
        yield Observation("billable_contacts", each.place, 1)
        yield Observation("billable_amount_per_contact_model", each.place, by_unit)
        yield Observation("billable_amount_handle_time_model", each.place, by_time)
        yield Observation("invoiced_amount", each.place, invoiced[price.model])
        yield Observation("effective_price_per_contact", each.place, invoiced[price.model])
        yield Observation("price_of_contacts", each.place, by_unit)
        yield Observation("price_of_minutes", each.place, Fraction(str(price.minute_price)))


def _costs(known: Truth, handled: dict[int, Fraction]) -> Iterator[Observation]:
    day = known.day_of()
    booked: dict[date, Fraction] = defaultdict(Fraction)
    for month in finance_months(known.world, known.as_of):
        booked[month.month] += Fraction(str(month.opex))
        place = Place("", None, None, month.month)
        yield Observation("operating_expense", place, Fraction(str(month.opex)))
        cash_flow = Fraction(str(month.operating_cash_flow))
        yield Observation("operating_cash_flow", place, cash_flow)
    bearing = [
        (row, day(row.queued_at, row.contact.queue_code))
        for row in known.contacts
        if row.is_handled and row.queued_at is not None
    ]
    worked: dict[date, Fraction] = defaultdict(Fraction)
    for row, at in bearing:
        worked[at.replace(day=1)] += handled[row.contact.contact_no]
    for row, at in bearing:
        month_of = at.replace(day=1)
        if month_of not in booked or not worked[month_of]:
            continue
        contact = row.contact
        cost = booked[month_of] * handled[contact.contact_no] / worked[month_of]
        place = Place(contact.channel, contact.queue_code, row.last_agent_no, at)
        yield Observation("cost_per_contact", place, cost)


def _comparisons() -> Iterator[Observation]:
    """Ours less the best of the others, and ours less the industry's; a wave counts by its year."""
    waves: dict[tuple[str, str], list[Benchmark]] = defaultdict(list)
    for figure in benchmarks():
        waves[figure.metric, figure.wave].append(figure)
    for (metric, wave), found in waves.items():
        place = Place("", None, None, date(int(wave), 1, 1))
        others = [_score(figure) for figure in found if figure.company != COMPANY]
        ours = next(_score(figure) for figure in found if figure.company == COMPANY)
        if metric == "nps":
            yield Observation("relative_nps", place, ours - max(others))
            mean = sum(others, Fraction(0)) / len(others)
            yield Observation("relative_nps_to_mean", place, ours - mean)
        else:
            yield Observation("csi_gap_vs_competitors", place, ours - others[0])


def _score(figure: Benchmark) -> Fraction:
    if figure.promoters is None or figure.detractors is None:
        return Fraction(str(figure.value))
    return Fraction(100 * (figure.promoters - figure.detractors), figure.n)
