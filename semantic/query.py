"""Ask for metrics by group, filter and period, in this process, over a published copy of the marts.

Input: the semantic manifest (`semantic.manifest`) and a DuckDB file. Output: typed rows.
MetricFlow only writes the SQL; it runs on a DuckDB connection in memory that attaches the file
read-only for the length of one `ask` and lets go of it again. So questions never keep a writer
out of the published copy, always see the newest one, and the questions of one `ask` all see the
same one. MetricFlow costs seconds and is loaded for a question never asked before; the SQL of the
others is kept (`semantic.written`).

Run alone: `python -m semantic query --metrics service_level --group-by contact__channel`.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from semantic.errors import (
    SemanticError,
    UnknownColumnError,
    UnknownDimensionError,
    UnknownGrainError,
    UnknownMetricError,
    UnknownSavedQueryError,
    WithoutPeriodError,
)
from semantic.home import DBT_PROJECT_DIR, TARGETS, home_path
from semantic.manifest import DATABASE, manifest_text
from semantic.written import WrittenSql

if TYPE_CHECKING:
    from metricflow.engine.metricflow_engine import MetricFlowEngine
    from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

Value = str | int | float | dt.date | dt.datetime | None
Filter = str | int | float | dt.date | Sequence[str]
GRAINS = ("day", "week", "month", "quarter", "year")
_DIGITS = re.compile(r"([0-9]+)")


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask. Names are those of the catalogue; see `python -m semantic metrics`.

    Attributes:
        metrics: Metric ids.
        group_by: Dimensions (`contact__channel`), entities (`queue`), or `metric_time__week`.
        where: Dimension or entity to the value, or the list of values, to keep.
        start, end: First and last day to count, by each metric's own anchor.
        order_by: Columns of the answer; a leading `-` sorts descending.
        limit: At most this many rows.
        saved: A saved query's name, instead of metrics and group_by.
        filters: Filters as a saved query spells them.
    """

    metrics: Sequence[str] = ()
    group_by: Sequence[str] = ()
    where: Mapping[str, Filter] = field(default_factory=dict)
    start: dt.date | None = None
    end: dt.date | None = None
    order_by: Sequence[str] = ()
    limit: int | None = None
    saved: str | None = None
    filters: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows in the order asked for: groups first, then metrics. Missing figures are None."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    sql: str

    def records(self) -> list[dict[str, Value]]:
        """The rows as dictionaries by column."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def ordered(self) -> Answer:
        """The same by its columns from the left, what belongs to no group last."""
        return replace(self, rows=tuple(sorted(self.rows, key=lambda row: list(map(_place, row)))))


@dataclass(frozen=True, slots=True)
class MetricInfo:
    """A metric as the catalogue describes it; `meta` has owner, formula, unit and the like."""

    name: str
    label: str
    description: str
    meta: Mapping[str, Any]

    @property
    def not_by(self) -> Sequence[str]:
        """Entities and dimensions that would give a figure without sense, such as a service
        level of a person, or only empty cells."""
        return tuple(self.meta.get("not_by", ()))


class SemanticLayer:
    """The metrics over one DuckDB file. Keep it: its first new question takes seconds."""

    def __init__(self, database: Path, project_dir: Path = DBT_PROJECT_DIR) -> None:
        """Load the metrics.

        Args:
            database: The DuckDB file to read; opened only while a question is answered.
            project_dir: The dbt project that defines the metrics.

        Raises:
            SemanticError: The project does not parse.
        """
        self.database = database
        self._text = manifest_text(project_dir)
        self._manifest: dict[str, Any] = json.loads(self._text)
        self._written = WrittenSql(project_dir, self._text)

    @cached_property
    def _engine(self) -> MetricFlowEngine:
        # Imported here: they take seconds, and --help and questions asked before should not.
        from metricflow.engine.metricflow_engine import MetricFlowEngine  # noqa: PLC0415

        from semantic.renderer import DuckDbRenderer  # noqa: PLC0415

        return MetricFlowEngine(self._lookup, DuckDbRenderer())

    @cached_property
    def _lookup(self) -> SemanticManifestLookup:
        from metricflow_semantics.model.dbt_manifest_parser import (  # noqa: PLC0415
            parse_manifest_from_dbt_generated_manifest,
        )
        from metricflow_semantics.model.semantic_manifest_lookup import (  # noqa: PLC0415
            SemanticManifestLookup,
        )

        return SemanticManifestLookup(parse_manifest_from_dbt_generated_manifest(self._text))

    def load(self) -> None:
        """Load MetricFlow now, which the first new question would do."""
        self.dimensions(["contacts_offered"])

    @classmethod
    def of_home(cls, home: Path | None = None, target: str = "serving") -> SemanticLayer:
        """The metrics over a home's published copy, or over its warehouse (`target="dev"`).

        While a question is answered on the warehouse itself, dbt cannot write to it.

        Raises:
            SemanticError: No such target, or the project does not parse.
        """
        if target not in TARGETS:
            raise SemanticError(f"There is no target '{target}'. Use one of {', '.join(TARGETS)}.")
        return cls((home or home_path()) / TARGETS[target])

    @cached_property
    def metrics(self) -> dict[str, MetricInfo]:
        """Every metric by id."""
        return {
            metric["name"]: MetricInfo(
                metric["name"],
                metric["label"],
                " ".join((metric["description"] or "").split()),
                (metric["config"] or {}).get("meta") or {},
            )
            for metric in sorted(self._manifest["metrics"], key=lambda metric: str(metric["name"]))
            if metric["label"]
        }

    @property
    def saved_queries(self) -> dict[str, str]:
        """Every saved query's description by name."""
        return {
            name: " ".join((query["description"] or "").split())
            for name, query in self._saved_queries.items()
        }

    def dimensions(self, metrics: Sequence[str]) -> list[str]:
        """Names that all of these metrics can be cut by.

        Raises:
            UnknownMetricError: A metric does not exist.
        """
        from metricflow.engine.models import Dimension  # noqa: PLC0415
        from metricflow_semantic_interfaces.references import MetricReference  # noqa: PLC0415
        from metricflow_semantics.specs.entity_spec import EntitySpec  # noqa: PLC0415

        self._check_metrics(metrics)
        found = self._engine.list_group_bys(
            metric_names=list(metrics), include_derived_time_granularities=True
        )
        items = self._lookup.metric_lookup.get_common_group_by_items(
            tuple(MetricReference(name) for name in metrics)
        )
        # the list of group-bys does not say through which other entity one is reached
        entities = {item.dunder_name for item in items.specs if isinstance(item, EntitySpec)}
        dimensions = {each.dunder_name for each in found if isinstance(each, Dimension)}
        names = entities | dimensions | {"metric_time"}
        # the agent of an answer's contact beside the agent of the answer would only confuse
        direct = {name for name in names if name.partition("__")[2] not in names}
        refused = {entity for name in metrics for entity in self.metrics[name].not_by}
        refused |= {f"{entity}_at_contact" for entity in refused}
        return sorted(name for name in direct if refused.isdisjoint(name.split("__")))

    def sql(self, question: Question) -> str:
        """The SQL that answers a question.

        Raises:
            SemanticError: A name is unknown, or MetricFlow cannot join what is asked for.
        """
        asked = repr(question)
        sql = self._written.read(asked)
        if sql is None:
            self._check(question)
            sql = self._write(question)
            self._written.keep(asked, sql)
        return sql

    def _write(self, question: Question) -> str:
        from metricflow.engine.metricflow_engine import (  # noqa: PLC0415
            MetricFlowQueryRequest,
            OutputColumnOrderMode,
        )
        from metricflow_semantics.errors.error_classes import MetricFlowException  # noqa: PLC0415

        named: dict[str, Any] = {"saved_query_name": question.saved}
        if question.saved is None:
            named = {"metric_names": question.metrics, "group_by_names": question.group_by}
        request = MetricFlowQueryRequest.create(
            **named,
            where_constraints=[
                *question.filters,
                *(self._where(*each) for each in question.where.items()),
            ]
            or None,
            time_constraint_start=_midnight(question.start),
            time_constraint_end=_midnight(question.end),
            order_by_names=list(question.order_by) or None,
            limit=question.limit,
            output_column_order_mode=OutputColumnOrderMode.TYPE_GROUPED,
        )
        try:
            return str(self._engine.explain(request).sql_statement.sql)
        except MetricFlowException as error:
            raise SemanticError(f"This cannot be asked in one question: {error}") from error

    def ask(self, *questions: Question) -> list[Answer]:
        """Answer questions, all on the same copy of the data.

        Raises:
            SemanticError: A name is unknown, nothing is published yet, or a writer has the file.
        """
        answers = self._read([self.sql(question) for question in questions])
        return [self._without_empty(answer) for answer in answers]

    def _without_empty(self, answer: Answer) -> Answer:
        """Without the period to come, in which only the period before a change has something."""
        if self._moved.isdisjoint(answer.columns):
            return answer
        figures = [at for at, name in enumerate(answer.columns) if name in self.metrics]
        rows = [row for row in answer.rows if any(row[at] is not None for at in figures)]
        return replace(answer, rows=tuple(rows))

    @cached_property
    def _moved(self) -> set[str]:
        """Metrics that compare with a period before."""
        return {
            metric["name"]
            for metric in self._manifest["metrics"]
            if any(each["offset_window"] for each in metric["type_params"]["metrics"] or ())
        }

    def _read(self, statements: Sequence[str]) -> list[Answer]:
        """Run statements on one copy of the data; see `ask` for errors."""
        if not self.database.is_file():
            raise SemanticError(
                f"There is nothing to read at {self.database}: run `make demo`, or the daily job."
            )
        with duckdb.connect(":memory:") as connection:
            place = str(self.database).replace("'", "''")
            try:
                connection.execute(f"attach '{place}' as {DATABASE} (read_only)")
                return [_run(connection, statement) for statement in statements]
            except duckdb.IOException as error:
                raise SemanticError(
                    f"{self.database} is being written to; ask the published copy"
                    f" (target serving), or wait: {error}"
                ) from error
            except duckdb.CatalogException as error:
                raise SemanticError(
                    f"{self.database} lacks a table that a metric needs; run the daily job again:"
                    f" {error}"
                ) from error

    def query(
        self,
        metrics: Sequence[str],
        group_by: Sequence[str] = (),
        where: Mapping[str, Filter] | None = None,
        start: dt.date | None = None,
        end: dt.date | None = None,
    ) -> Answer:
        """Answer one question; see `Question` for the arguments and `ask` for errors."""
        return self.ask(Question(metrics, group_by, where or {}, start, end))[0]

    def saved(self, name: str) -> Answer:
        """Answer a saved query; see `ask` for errors."""
        return self.ask(Question(saved=name))[0]

    def n_of(self, metric: str) -> str | None:
        """The metric that says how much another rests on: its `_n`, or what it is divided by."""
        for suffix in ("_low", "_high", "_standard_error"):
            if metric.endswith(suffix):
                return self.n_of(metric.removesuffix(suffix))
        if f"{metric}_n" in self.metrics:
            return f"{metric}_n"
        found = next(each for each in self._manifest["metrics"] if each["name"] == metric)
        denominator = found["type_params"]["denominator"]
        return None if denominator is None else str(denominator["name"])

    def errors_of(self, metric: str) -> list[str]:
        """The metrics that say how sure another is: its n, its interval, its scales."""
        names = [self.n_of(metric), f"{metric}_low", f"{metric}_high", f"{metric}_scales"]
        return [name for name in names if name in self.metrics]

    def labels(self, language: str) -> dict[str, str]:
        """The metrics' names as people read them, English where a language has none."""
        key = f"label_{language}"
        return {name: str(each.meta.get(key, each.label)) for name, each in self.metrics.items()}

    def saved_with_errors(
        self, name: str
    ) -> tuple[Answer, dt.datetime | None, tuple[str, ...], tuple[str, ...]]:
        """Answer a saved query with the n and interval of each figure; see `ask` for errors.

        Returns:
            The answer, how far the data reaches, the names of the groups, and the metrics asked
            for in the saved query; all from one copy of the data.
        """
        asked = self._parameters(name)
        metrics = tuple(asked["metrics"])
        groups = tuple(_dunder_name(each) for each in asked["group_by"])
        where = asked["where"]
        question = Question(
            metrics=list(
                dict.fromkeys([*metrics, *(each for m in metrics for each in self.errors_of(m))])
            ),
            group_by=groups,
            filters=[each["where_sql_template"] for each in where["where_filters"]]
            if where
            else (),
        )
        known = f"select max(as_of_at) from {DATABASE}.core.fct_contact"  # noqa: S608 - a constant
        answer, watermark = self._read([self.sql(question), known])
        instant = watermark.rows[0][0]
        answer = self._without_empty(answer)
        return answer, instant if isinstance(instant, dt.datetime) else None, groups, metrics

    @cached_property
    def _saved_queries(self) -> dict[str, dict[str, Any]]:
        return {query["name"]: query for query in self._manifest["saved_queries"]}

    def _parameters(self, saved: str) -> dict[str, Any]:
        """What a saved query asks for."""
        if saved not in self._saved_queries:
            raise UnknownSavedQueryError(saved, self._saved_queries)
        parameters: dict[str, Any] = self._saved_queries[saved]["query_params"]
        return parameters

    def _check_metrics(self, metrics: Iterable[str]) -> None:
        for name in metrics:
            if name not in self.metrics:
                raise UnknownMetricError(name, self.metrics)

    def _check(self, question: Question) -> None:
        metrics = question.metrics
        if question.saved is not None:
            metrics = self._parameters(question.saved)["metrics"]
        elif not metrics:
            raise SemanticError("Name at least one metric: `python -m semantic metrics`.")
        allowed = self.dimensions(metrics)
        for name in (*question.group_by, *question.where):
            if name.startswith("metric_time__") and name not in allowed:
                grains = [grain for grain in GRAINS if f"metric_time__{grain}" in allowed]
                raise UnknownGrainError(name, metrics, grains)
            if name not in allowed:
                raise UnknownDimensionError(name, metrics, allowed)
        moved = [name for name in question.metrics if name in self._moved]
        if moved and not any(name.startswith("metric_time") for name in question.group_by):
            raise WithoutPeriodError(moved)
        columns = [*question.group_by, *question.metrics]
        for name in question.order_by:
            if question.saved is None and name.removeprefix("-") not in columns:
                raise UnknownColumnError(name.removeprefix("-"), columns)

    def _where(self, name: str, wanted: Filter) -> str:
        values = [wanted] if isinstance(wanted, str | int | float | dt.date) else list(wanted)
        listed = ", ".join(_literal(value) for value in values)
        entities = {e["name"] for m in self._manifest["semantic_models"] for e in m["entities"]}
        base, _, grain = name.rpartition("__")
        if grain in entities:
            path = f", ['{base}']" if base else ""
            return f"{{{{ Entity('{grain}'{path}) }}}} in ({listed})"
        if grain in GRAINS:
            return f"{{{{ TimeDimension('{base}', '{grain}') }}}} in ({listed})"
        if name == "metric_time":
            return f"{{{{ TimeDimension('metric_time', 'day') }}}} in ({listed})"
        return f"{{{{ Dimension('{name}') }}}} in ({listed})"


def _place(value: Value) -> tuple[bool, Any]:
    """Where a value comes in an order; numbers in a text count: 90-150 is before 150-180."""
    if isinstance(value, str):
        parts = enumerate(_DIGITS.split(value))  # every other one is a number
        return False, [int(part) if at % 2 else part for at, part in parts]
    return value is None, value or 0


def _dunder_name(spelled: str) -> str:
    """`metric_time__day` for TimeDimension('metric_time', 'day'), and so on."""
    return "__".join(re.findall(r"'([^']+)'", spelled))


def _literal(value: object) -> str:
    if isinstance(value, int | float):
        return repr(value)
    text = str(value).replace("'", "''")
    if "{{" in text or "{%" in text:
        raise SemanticError(f"A value to filter by cannot hold template marks: {text}")
    return f"'{text}'"


def _midnight(day: dt.date | None) -> dt.datetime | None:
    return None if day is None else dt.datetime.combine(day, dt.time())


def _run(connection: duckdb.DuckDBPyConnection, statement: str) -> Answer:
    result = connection.execute(statement)
    columns = tuple(column[0] for column in result.description or ())
    rows = tuple(
        tuple(_typed(column, value) for column, value in zip(columns, row, strict=True))
        for row in result.fetchall()
    )
    return Answer(columns, rows, statement)


def _typed(column: str, value: Any) -> Value:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    # every grain of time here is a day or more, though truncating it gives a timestamp
    if isinstance(value, dt.datetime) and value.time() == dt.time() and "__" in column:
        return value.date()
    return value  # type: ignore[no-any-return]
