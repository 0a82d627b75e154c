"""dbt in the process of the tests: many runs on several homes, and the project parsed once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

from semantic.home import DBT_PROJECT_DIR

GOOD = {"success", "pass", "no-op"}


class Dbt:
    """Runs dbt on the home that KONTAKTI_HOME names at the time."""

    def __init__(self, folder: Path) -> None:
        """Parse the project, with target and logs in a folder."""
        self.target = folder / "target"
        self.options = [
            "--quiet", "--project-dir", str(DBT_PROJECT_DIR), "--profiles-dir",
            str(DBT_PROJECT_DIR), "--target-path", str(self.target), "--log-path",
            str(folder / "logs"),
        ]  # fmt: skip
        self.manifest = None
        self.manifest = self("parse")

    def __call__(self, *arguments: str) -> Any:
        """Run a command, which must succeed, and leave the warehouse closed."""
        done = self.attempt(*arguments)
        assert done.success, done.exception or [
            (result.node.name, result.message)
            for result in done.result
            if result.status not in GOOD
        ]
        return done.result

    def attempt(self, *arguments: str) -> Any:
        """Run a command that may fail; the answer has `success`, `result` and `exception`."""
        runner: Any = dbtRunner(manifest=self.manifest)
        done = runner.invoke([*arguments, *self.options])
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
        return done
