"""dbt in the process of the tests: many runs on several homes, and the project parsed once."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from orchestration.parsed_dbt import load
from semantic.home import DBT_PROJECT_DIR
from semantic.parse import PARSE_CACHE, prepare_manifest

GOOD = {"success", "pass", "no-op"}


class Dbt:
    """Runs dbt on the home that KONTAKTI_HOME names at the time."""

    def __init__(self, folder: Path, project: Path | None = None) -> None:
        """Take the parse that all tests share; target and logs go to a folder.

        Args:
            folder: For what dbt writes.
            project: Another project than ours, which is parsed here.
        """
        self.target = folder / "target"
        self.target.mkdir(parents=True)
        self.options = [
            "--quiet", "--project-dir", str(project or DBT_PROJECT_DIR), "--profiles-dir",
            str(DBT_PROJECT_DIR), "--target-path", str(self.target), "--log-path",
            str(folder / "logs"), "--log-level-file", "none",
        ]  # fmt: skip
        self.manifest: Manifest | None = None
        if project is not None:
            self.manifest = self("parse")
            return
        parsed = prepare_manifest().parent
        shutil.copy(parsed / "manifest.json", self.target)
        self.manifest = load(parsed / PARSE_CACHE)

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
