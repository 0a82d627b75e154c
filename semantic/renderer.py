"""MetricFlow's idea of a database: here only the one that says how DuckDB spells its SQL.

MetricFlow asks for a client that can run statements. This one cannot, on purpose: statements run
in `semantic.query`, on a connection that is open no longer than a question takes.
"""

from __future__ import annotations

from metricflow.data_table.mf_table import MetricFlowDataTable
from metricflow.protocols.sql_client import SqlClient, SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow.sql.render.sql_plan_renderer import SqlPlanRenderer
from metricflow_semantics.sql.sql_bind_parameters import SqlBindParameterSet

_NONE = SqlBindParameterSet()
_REFUSAL = "The renderer writes SQL; semantic.query runs it."


class DuckDbRenderer(SqlClient):
    """Renders for DuckDB and refuses to run anything."""

    @property
    def sql_engine_type(self) -> SqlEngine:
        """DuckDB."""
        return SqlEngine.DUCKDB

    @property
    def sql_plan_renderer(self) -> SqlPlanRenderer:
        """DuckDB's spelling."""
        return DuckDbSqlPlanRenderer()

    def query(
        self, stmt: str, sql_bind_parameter_set: SqlBindParameterSet = _NONE
    ) -> MetricFlowDataTable:
        """Refuse."""
        raise NotImplementedError(_REFUSAL)

    def execute(self, stmt: str, sql_bind_parameter_set: SqlBindParameterSet = _NONE) -> None:
        """Refuse."""
        raise NotImplementedError(_REFUSAL)

    def dry_run(self, stmt: str, sql_bind_parameter_set: SqlBindParameterSet = _NONE) -> None:
        """Refuse."""
        raise NotImplementedError(_REFUSAL)

    def close(self) -> None:
        """Nothing is open."""

    def render_bind_parameter_key(self, bind_parameter_key: str) -> str:
        """Refuse: no statement here has parameters."""
        raise NotImplementedError(_REFUSAL)
