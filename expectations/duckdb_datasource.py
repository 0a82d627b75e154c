"""Great Expectations on DuckDB: the data source it lacks, so that checks run inside the database.

Over a plain `duckdb://` connection every expectation fails with "list index out of range":
Great Expectations reads the rows of a query after its connection went back to the pool, and
DuckDB's cursor is gone by then. The engine here keeps the rows of each (small, aggregated)
answer, and learns a table's columns from an empty answer: reflecting them, keys and all, through
PostgreSQL's catalogue took a third of the time of the checks. Importing this module registers
`context.data_sources.add_duckdb`.

Input: a `duckdb:///` URL. Output: a data source whose tables and views are checked in place.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import sqlalchemy
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.sqlalchemy_execution_engine import (
    SqlAlchemyExecutionEngine,
)
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metrics.table_column_types import ColumnTypes


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """Runs a query and buffers its rows before the connection is released."""

    def execute_query(self, query: Any) -> sqlalchemy.CursorResult[Any]:
        """Run one query.

        Args:
            query: A SQLAlchemy selectable or text clause.

        Returns:
            A result that can be read after the connection is closed.
        """
        with self.get_connection() as connection:
            rows = self._execute_query_with_recovery(connection, query)
            buffered: sqlalchemy.CursorResult[Any] = rows.freeze()()
            return buffered


class DuckDBColumnTypes(ColumnTypes):
    """Great Expectations' metric of the columns of a table, as this engine answers it."""

    @metric_value(engine=DuckDBExecutionEngine)
    def _duckdb(
        cls,  # noqa: N805 - Great Expectations makes a class method of it
        execution_engine: DuckDBExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        **_: Any,
    ) -> list[dict[str, Any]]:
        table = execution_engine.get_domain_records(metric_domain_kwargs)
        with execution_engine.get_connection() as connection:
            answer = connection.execute(sqlalchemy.select(table).limit(0))
            return [
                {"name": name, "type": str(kind)} for name, kind, *_ in answer.cursor.description
            ]


# Inside the class below, `type` is the field that names the data source.
EngineType: TypeAlias = type[SqlAlchemyExecutionEngine]


class DuckDBDatasource(SQLDatasource):
    """A DuckDB database as a Great Expectations data source (`add_duckdb`)."""

    type: Literal["duckdb"] = "duckdb"  # type: ignore[assignment]

    @property
    def execution_engine_type(self) -> EngineType:
        """The engine that buffers."""
        return DuckDBExecutionEngine
