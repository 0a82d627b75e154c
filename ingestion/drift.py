"""What a vendor changes in the shape of its records: a policy by table, and a report by landing.

In: the file that `KONTAKTI_DRIFT` names (default `ingestion/drift.yml`), and the records of each
page as the vendor sent them, before anything is read from them. Out: the policy of a table, and a
row a change in `<dataset>/_drift`: which member appeared, vanished, or came in another JSON type.
No values are looked at: they may be personal. What appeared lands by `ingestion/undeclared.py`.

What a table's records had before is kept in its state, beside its cursor. Members are followed one
level down, in the objects that the vendor shapes (`Table.known_objects`): the keys of any other may
be people's names, and are neither told nor kept. Of a page a sample of its records is looked at,
which finds what a vendor does to all of them. A member has vanished when every record looked at so
far had it and none of at least `ENOUGH` in this landing has: fields that come and go are nothing
new.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal

import pyarrow as pa

from ingestion.table_settings import TableSettings

DRIFT_VARIABLE: Final = "KONTAKTI_DRIFT"
SAMPLE: Final = 25  # records of a page
ENOUGH: Final = 10  # records looked at, to say that a member is gone
MOST_MEMBERS: Final = 400  # of a table; more is a map whose keys are data
MAP_SIZE: Final = 60  # members of an object that is a map
CUSTOM: Final = "custom_field_"  # a vendor's number of a field comes behind it
CHOICES: Final = {
    "vanished": ("stop", "null"),
    "changed": ("stop", "quarantine"),
    "new": ("land", "report", "ignore"),
}
_NAME: Final = re.compile(r"(?!.*\d{5})[A-Za-z_$][\w$.:-]{0,79}")
_FILE: Final = TableSettings(
    "drift",
    DRIFT_VARIABLE,
    Path(__file__).resolve().parent / "drift.yml",
    "Write: <dataset>.<table>: {vanished: stop, changed: quarantine, new: ignore}",
)
_TYPES: Final = {str: "text", bool: "flag", int: "number", float: "number", dict: "object",
                 list: "list"}  # fmt: skip


# Whether to look at a member (one argument), or at a member of an object (two).
Follows = Callable[..., bool]


@dataclass(frozen=True, slots=True)
class Policy:
    """What to do with a table whose shape changes."""

    vanished: Literal["stop", "null"] = "stop"
    changed: Literal["stop", "quarantine"] = "stop"
    new: Literal["land", "report", "ignore"] = "land"


@dataclass(frozen=True, slots=True)
class Drift:
    """One change of one member, with its JSON types before and now, and where a new one landed."""

    table: str
    member: str
    change: Literal["appeared", "vanished", "changed"]
    before: str | None
    now: str | None
    lands_as: str | None = None

    def __str__(self) -> str:
        types = {"appeared": self.now, "vanished": self.before}.get(
            self.change, f"{self.before} to {self.now}"
        )
        what = f"{self.table}.{self.member} {self.change}" + (f" ({types})" if types else "")
        return f"{what}; lands as {self.lands_as} until it is declared" if self.lands_as else what


def policy_of(dataset: str, table: str) -> Policy:
    """The policy in force for a table.

    Raises:
        SettingInvalid: The file cannot be read, or says something unknown.
    """
    given = _FILE.read()
    chosen: dict[str, Any] = {}
    for name in ("default", f"{dataset}.{table}"):
        chosen |= _checked(name, given.get(name) or {})
    return Policy(**chosen)


def _checked(name: str, entry: Any) -> Mapping[str, str]:
    if not isinstance(entry, Mapping):
        raise _FILE.invalid(f"gives {name} something else than a policy")
    for kind, choice in entry.items():
        if choice not in CHOICES.get(kind, ()):
            raise _FILE.invalid(f"says {kind}: {choice} of {name}")
    return entry


class Members:
    """The members of the records of one landing, compared with those of the landings before."""

    def __init__(self, table: str, state: dict[str, Any], follows: Follows) -> None:
        """Look into the table's state: `{member: [types, whether every record had it]}`.

        Args:
            table: Named in what is told.
            state: Of the table.
            follows: Whether a member of an object is looked at.
        """
        self._table = table
        self._state = state
        self._follows = follows
        self._kinds: dict[str, set[str]] = {}
        self._counts: Counter[str] = Counter()
        self._looked_at = 0

    def see(self, records: Sequence[Any]) -> None:
        """Look at a page."""
        for record in islice(records, 0, None, max(1, len(records) // SAMPLE)):
            self._looked_at += 1
            for member, kind in _members(record, self._follows):
                self._counts[member] += 1
                self._kinds.setdefault(member, set()).add(kind)

    def changes(self, defined: Mapping[str, str] | None = None) -> list[Drift]:
        """What is different in this landing; what it had is known from now on.

        Args:
            defined: The vendor's own list of members and types, where it has one: it tells of a
                member before any record has it.
        """
        found = {d.member: d for d in self._redefined(defined or {})}
        known: dict[str, list[Any]] | None = self._state.get("members")
        if known is not None:
            known = {m: told for m, told in known.items() if self._follows(*m.split(".", 1))}
        if self._looked_at:
            if known is not None:
                found = {d.member: d for d in self._compared(known)} | found
            self._remember(known)
        elif known is not None:
            for change in found.values():  # told now, so not again by the first record that has it
                known.setdefault(change.member, [["null"], False])
            self._state["members"] = known
        return list(found.values())

    def _redefined(self, defined: Mapping[str, str]) -> Iterator[Drift]:
        now = {m: t for m, t in defined.items() if is_name(m.rpartition(".")[2])}
        if not now:
            return
        known: dict[str, str] = self._state.get("defined") or now
        self._state["defined"] = now
        for member in sorted(known.keys() | now.keys()):
            before, after = known.get(member), now.get(member)
            if before is None or after is None:
                yield Drift(self._table, member, "appeared" if after else "vanished", before, after)
            elif before != after:
                yield Drift(self._table, member, "changed", before, after)

    def _compared(self, known: Mapping[str, list[Any]]) -> Iterator[Drift]:
        for member, kinds in sorted(self._kinds.items()):
            if member not in known:
                yield Drift(self._table, member, "appeared", None, _told(kinds))
            elif _told(known[member][0]) and kinds - {*known[member][0], "null"}:
                yield Drift(self._table, member, "changed", _told(known[member][0]), _told(kinds))
        if self._looked_at < ENOUGH:
            return
        for member, (kinds, is_in_all) in sorted(known.items()):
            if is_in_all and member not in self._kinds:
                yield Drift(self._table, member, "vanished", _told(kinds), None)

    def _remember(self, known: Mapping[str, list[Any]] | None) -> None:
        kept = dict(known or {})
        for member in kept.keys() - self._kinds.keys():
            kept[member] = [kept[member][0], kept[member][1] and self._looked_at < ENOUGH]
        for member, kinds in self._kinds.items():
            before, was_in_all = kept.get(member, [[], known is None])
            is_in_all = was_in_all and self._counts[member] == self._looked_at
            kept[member] = [sorted({*before, *kinds}), is_in_all]
        self._state["members"] = dict(islice(kept.items(), MOST_MEMBERS))


def _told(kinds: Iterable[str]) -> str | None:
    return " or ".join(sorted(set(kinds) - {"null"})) or None


def _members(record: Any, follows: Follows) -> Iterator[tuple[str, str]]:
    if not isinstance(record, Mapping):
        return
    for member, value in record.items():
        if not is_name(member):
            continue
        yield member, _type(value)
        if isinstance(value, Mapping) and len(value) <= MAP_SIZE:
            for inner, held in value.items():
                if is_name(inner) and follows(member, inner):
                    yield f"{member}.{inner}", _type(held)


def is_name(member: str) -> bool:
    """Whether a member is named like one: an address or a number of somebody is no name."""
    return member.startswith(CUSTOM) or _NAME.fullmatch(member) is not None


def _type(value: Any) -> str:
    return "null" if value is None else _TYPES.get(type(value), "text")


def rows_of(changes: Sequence[Drift]) -> pa.Table:
    """Changes as they land."""
    names = ("resource", "member", "change", "before", "now", "lands_as")
    values = [[d.table, d.member, d.change, d.before, d.now, d.lands_as] for d in changes]
    arrays = [pa.array(column, pa.string()) for column in zip(*values, strict=True)]
    return pa.table(dict(zip(names, arrays, strict=True)))
