"""SQL that MetricFlow has written, kept on disk: writing it takes seconds, reading it none.

Input: a semantic manifest and questions. Output: one file a question in
`dbt_project/target/metric_sql/<hash>/`. The hash is of the manifest, of MetricFlow's version and of
our renderer: a change of any starts afresh, and what was kept before is removed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

FOLDER = Path("target") / "metric_sql"
RENDERER = Path(__file__).with_name("renderer.py")


class WrittenSql:
    """The SQL of questions, by their text."""

    def __init__(self, project_dir: Path, manifest: str) -> None:
        """Keep the SQL of this manifest's questions in this project's target folder."""
        made_by = version("metricflow") + RENDERER.read_text(encoding="utf-8")
        self._folder = project_dir / FOLDER / _digest(made_by + manifest)

    def read(self, asked: str) -> str | None:
        """The SQL of a question, None when it was never written."""
        with suppress(OSError):
            return self._path(asked).read_text(encoding="utf-8")
        return None

    def keep(self, asked: str, sql: str) -> None:
        """Keep the SQL of a question; a folder that cannot be written to keeps nothing."""
        with suppress(OSError):
            if not self._folder.exists():
                shutil.rmtree(self._folder.parent, ignore_errors=True)
                self._folder.mkdir(parents=True)
            # Whole or not at all: another process may be asking the same.
            handle, name = tempfile.mkstemp(dir=self._folder)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(sql)
            Path(name).replace(self._path(asked))

    def _path(self, asked: str) -> Path:
        return self._folder / f"{_digest(asked)}.sql"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
