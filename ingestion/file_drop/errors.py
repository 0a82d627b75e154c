"""What can be wrong with a file drop, as errors that name the mapping, the entry and the key.

Bad rows are no errors: they go to quarantine and the run goes on (`ingestion.file_drop.report`).
"""

# ruff: noqa: N818 - the names say what happened, as in ingestion.errors

from __future__ import annotations

from dataclasses import dataclass

from ingestion.errors import IngestionError


@dataclass(frozen=True)
class Problem:
    """Something that stops one entry or one file, but nothing else.

    Attributes:
        entry: Which entry of the mapping, such as `files.yml line 3 (acme.calls)`.
        what: What is wrong, with the file and the column where there is one.
        todo: What to do about it.
    """

    entry: str
    what: str
    todo: str

    def __str__(self) -> str:
        return f"{self.entry}: {self.what}. {self.todo}"


class MappingInvalid(IngestionError):
    """The mapping as a whole cannot be read: not there, no YAML, not a list of entries."""

    def __init__(self, mapping: str, what: str, todo: str) -> None:
        super().__init__(mapping, what, todo)


class FileDropFailed(IngestionError):
    """Some entries could not be landed; the others were."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        shown = "; ".join(f"({i}) {problem}" for i, problem in enumerate(problems, start=1))
        count = len(problems)
        super().__init__(
            "files",
            f"{count} problem{'s' if count > 1 else ''} in the file drop: {shown}",
            "Everything else landed; mend these and run again",
        )
