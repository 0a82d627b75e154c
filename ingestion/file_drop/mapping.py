"""The mapping of a file drop: which file is which entity, and how its columns are made.

In: a YAML file, a list of entries (see `ingestion/files.yml` for every key). Out: a `Mapping` of
checked entries, and one `Problem` for each entry that cannot be used: one bad entry never stops
the others.

Alone: `python -m ingestion.file_drop.mapping <mapping.yml>` checks a mapping.
"""

from __future__ import annotations

import difflib
import hashlib
import sys
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from ingestion.file_drop.entities import ENTITIES
from ingestion.file_drop.errors import MappingInvalid, Problem
from ingestion.file_drop.expressions import Expression, ExpressionInvalid, parse
from ingestion.file_drop.vocabulary import Entity

Format = Literal["csv", "parquet", "json"]


def _as_sql(value: object) -> object:
    """YAML scalars that are SQL literals as they stand: `is_public: true`, `fte: 1`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return value


def _parses(value: str) -> str:
    try:
        parse(value)
    except ExpressionInvalid as error:
        raise ValueError(
            f"no usable SQL expression: {value!r}: {error}"
            ' (a column called like an SQL word, or with spaces, is written "in quotes")'
        ) from error
    return value


def _inside_base(value: str) -> str:
    """A path stays under the base folder, so that what is landed does not depend on the machine."""
    path = PurePosixPath(value)
    if path.is_absolute() or ".." in path.parts or not value.strip():
        raise ValueError(
            f"{value!r} is not a path below the base folder: give it relative to KONTAKTI_DATA"
            " (or to the mapping's folder), without '..'"
        )
    return value


def _known_timezone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f"{value!r} is no IANA time zone{_hint(value, available_timezones())}")
    return value


def _known_entity(value: str) -> str:
    if value not in ENTITIES:
        raise ValueError(f"{value!r} is no entity{_hint(value, ENTITIES)}: {', '.join(ENTITIES)}")
    return value


def _one_or_many(value: object) -> object:
    return value if isinstance(value, list) else [value]


Sql = Annotated[str, BeforeValidator(_as_sql), AfterValidator(_parses)]
RelativePath = Annotated[str, AfterValidator(_inside_base)]
Timezone = Annotated[str, AfterValidator(_known_timezone)]
EntityName = Annotated[str, AfterValidator(_known_entity)]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Options(_Strict):
    """How to read a text file; the only reader options a mapping can set.

    Attributes:
        delim: Column separator; found in the header line when not given.
        quote: Quoting character.
        escape: Character that escapes the quote; doubling by default.
        header: Whether the first line names the columns.
        names: Column names of a file without a header.
        nullstr: Texts that mean "no value", besides the empty text.
        encoding: Any encoding that Python knows.
        skip: Lines before the header.
        comment: Character that starts a comment line.
        decimal: Decimal separator of numbers.
    """

    delim: str | None = Field(default=None, min_length=1, max_length=4)
    quote: str = Field(default='"', max_length=1)
    escape: str = Field(default='"', max_length=1)
    header: bool = True
    names: tuple[str, ...] = ()
    nullstr: Annotated[tuple[str, ...], BeforeValidator(_one_or_many)] = ()
    encoding: str = "utf-8"
    skip: int = Field(default=0, ge=0)
    comment: str = Field(default="", max_length=1)
    decimal: Literal[".", ","] = "."

    @model_validator(mode="after")
    def _names_or_header(self) -> Options:
        if not self.header and not self.names:
            raise ValueError("without a header, give the column names as `names`")
        try:
            "".encode(self.encoding)
        except LookupError as error:
            raise ValueError(f"{self.encoding!r} is no encoding that Python knows") from error
        return self


class Lookup(_Strict):
    """Another file joined to each row, at most one row of it: `<lookup>.<column>` in expressions.

    Attributes:
        path: File or glob, read like the entry's own.
        key: Expression over the lookup's columns; each value occurs once.
        match: Expression over the entry's file, compared with `key` as text.
    """

    path: RelativePath
    key: Sql
    match: Sql
    format: Format | None = None
    member: str = "*"
    options: Options = Options()


class Entry(_Strict):
    """One entry of the mapping: a file, the entity it holds, and an expression a column.

    Attributes:
        dataset: Lands as raw dataset `files_<dataset>`.
        entity: One of `ENTITIES`.
        path: Glob below the base folder.
        columns: SQL expression a column of the entity.
        format: How to read the file; by its ending when not given.
        member: Which files of a zip archive, as a glob.
        optional: Whether it is fine that no file is there yet.
        timezone: Zone of timestamps that carry none.
        options: How to read a text file.
        where: Rows for which this does not hold are left out and counted.
        keep: Which rows land: `only` (all; a repeated key is an error), the `first` or `last` of
            each key by `order_by`, or, for case_events, `changes`: the rows whose value differs
            from the one before it of the same case and field.
        order_by: Expressions that order the rows of one key, or of one case and field.
        lookups: Other files joined to each row.
        watermark: What the file says about how far it reaches: `data` (its greatest timestamp),
            `dataset` (the greatest over all entries of the dataset that say so), `mtime`, or the
            known instant of the export (UTC).
        customer_kind: What the customer column holds; `auto` tells e-mail addresses and phone
            numbers by their look.
        customer_namespace: Scope of plain customer ids, by default the dataset: ids of two
            systems are never the same person by accident.
    """

    dataset: Identifier
    entity: EntityName
    path: RelativePath
    columns: dict[str, Sql]
    format: Format | None = None
    member: str = "*"
    optional: bool = False
    timezone: Timezone = "UTC"
    options: Options = Options()
    where: Sql | None = None
    keep: Literal["only", "first", "last", "changes"] = "only"
    order_by: Annotated[tuple[Sql, ...], BeforeValidator(_one_or_many)] = ()
    lookups: dict[Identifier, Lookup] = Field(default_factory=dict)
    watermark: Literal["data", "dataset", "mtime"] | datetime = "data"
    customer_kind: Literal["auto", "email", "phone", "id"] = "auto"
    customer_namespace: str = ""

    @model_validator(mode="after")
    def _columns_fit_entity(self) -> Entry:
        entity = ENTITIES[self.entity]
        for name in self.columns:
            if name not in entity.column_names:
                raise ValueError(
                    f"columns.{name}: {self.entity} has no such column"
                    f"{_hint(name, entity.column_names)}; it has {', '.join(entity.column_names)}"
                )
        missing = [name for name in entity.mandatory_names if name not in self.columns]
        if missing:
            raise ValueError(f"columns: {self.entity} also needs {', '.join(missing)}")
        if (self.keep == "only") == bool(self.order_by):
            raise ValueError(
                "keep and order_by go together: `keep: last` (or first, or changes) with"
                " `order_by: [...]`"
            )
        if self.keep == "changes" and self.entity != "case_events":
            raise ValueError("keep: changes is for case_events; use first or last")
        return self

    @property
    def kind(self) -> Entity:
        """The declared entity."""
        return ENTITIES[self.entity]

    @property
    def fingerprint(self) -> str:
        """Changes when the entry does, so that an edited mapping lands its files again."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    def expression(self, column: str) -> Expression:
        """The checked expression of a mapped column."""
        return parse(self.columns[column])


@dataclass(frozen=True)
class PlacedEntry:
    """An entry and how messages call it, such as `files.yml line 3 (acme.calls)`."""

    label: str
    entry: Entry


@dataclass(frozen=True)
class Mapping:
    """A whole mapping: what can be landed, and what is wrong with the rest."""

    path: Path
    entries: tuple[PlacedEntry, ...] = ()
    problems: tuple[Problem, ...] = field(default=())

    @property
    def datasets(self) -> tuple[str, ...]:
        """Datasets in the order of the file."""
        return tuple(dict.fromkeys(placed.entry.dataset for placed in self.entries))


class _UniqueKeyLoader(yaml.SafeLoader):
    """Safe YAML in which a key given twice is an error instead of a silent loss."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key!r} is given twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def load_mapping(path: Path) -> Mapping:
    """Read and check a mapping.

    Args:
        path: YAML file: a list of entries; an empty file is an empty mapping.

    Returns:
        The good entries, and a problem for each bad one.

    Raises:
        MappingInvalid: The file is not there, is no YAML, or is not a list.
    """
    name = path.name
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise MappingInvalid(
            name,
            f"the mapping {path} cannot be read ({error.strerror})",
            "Set KONTAKTI_FILES to the path of a mapping",
        ) from error
    try:
        raw = yaml.load(text, Loader=_UniqueKeyLoader)  # noqa: S506 - a SafeLoader
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise MappingInvalid(name, f"no valid YAML: {error}", "Mend the file") from error
    if raw is None:
        return Mapping(path)
    if not isinstance(raw, list):
        raise MappingInvalid(
            name, "the mapping is no list", "Start each entry with '- dataset: <name>'"
        )
    lines = [node.start_mark.line + 1 for node in root.value] if root is not None else []
    entries: list[PlacedEntry] = []
    problems: list[Problem] = []
    for line, item in zip(lines, raw, strict=True):
        label = f"{name} line {line} ({_name_of(item)})"
        try:
            entries.append(PlacedEntry(label, Entry.model_validate(item)))
        except ValidationError as error:
            problems += [Problem(label, what, "Mend the entry") for what in _explain(error)]
    return Mapping(path, tuple(entries), tuple(problems))


def _name_of(item: object) -> str:
    if not isinstance(item, dict):
        return "no mapping"
    return f"{item.get('dataset', '?')}.{item.get('entity', '?')}"


def _explain(error: ValidationError) -> list[str]:
    """One plain sentence a mistake, with the key where it is."""
    sentences = []
    for mistake in error.errors(include_url=False):
        place = ".".join(str(part) for part in mistake["loc"])
        said = mistake["msg"].removeprefix("Value error, ")
        if mistake["type"] == "missing":
            said = "is missing"
        elif mistake["type"] == "extra_forbidden":
            known = _keys_at(mistake["loc"])
            said = (
                f"is no key here{_hint(str(mistake['loc'][-1]), known)}; keys: {', '.join(known)}"
            )
        sentences.append(f"{place}: {said}" if place else said)
    return sentences


def _keys_at(place: tuple[int | str, ...]) -> tuple[str, ...]:
    """Keys that are allowed where an unknown one was found."""
    if "options" in place[:-1]:
        return tuple(Options.model_fields)
    if "lookups" in place[:-1]:
        return tuple(Lookup.model_fields)
    return tuple(Entry.model_fields)


def _hint(wrong: str, known: Any) -> str:
    """` (did you mean x?)` where something similar is known."""
    close = difflib.get_close_matches(wrong, list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def main() -> int:
    """Check the mapping named on the command line and print what was found."""
    mapping = load_mapping(Path(sys.argv[1]))
    for placed in mapping.entries:
        sys.stdout.write(f"{placed.label}: fits\n")
    for problem in mapping.problems:
        sys.stdout.write(f"{problem}\n")
    return 1 if mapping.problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
