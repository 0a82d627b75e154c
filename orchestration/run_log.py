"""The log of a run of this process: what its steps print, and Dagster's own copy of it.

Dagster's own points a stream at a file and has a `tail` copy that back to where it pointed. The
`tail` is ended with the steps, read to the end or not, so that the last lines, which tell why a run
failed, were sometimes missing (https://github.com/dagster-io/dagster/issues/23336). Here whoever
writes a line writes it to both. The copies are the files that the UI shows, as ever.

A run that Dagster starts is a process of its own, has Dagster's way, and its UI shows everything.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Self, TextIO

from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.compute_log_manager import CapturedLogContext, ComputeIOType
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from dagster._serdes import ConfigurableClassData


class LogStream(io.TextIOBase):
    """A stream into the log, of which a part can be copied to a file."""

    def __init__(self, log: TextIO) -> None:
        """Write into this open log."""
        self._log = log
        self._copy: IO[str] | None = None

    def write(self, text: str) -> int:
        """Write to the log, and to the copy where one is made."""
        if self._copy is not None:
            self._copy.write(text)
        return self._log.write(text)

    def flush(self) -> None:
        """Hand what was written to the system."""
        for stream in (self._log, self._copy):
            if stream is not None and not stream.closed:
                stream.flush()

    def writable(self) -> bool:
        """Whether it can be written to."""
        return True

    def fileno(self) -> int:
        """The log's, for a process that is to write there."""
        return self._log.fileno()

    @contextmanager
    def copied(self, copy: IO[str] | None) -> Iterator[None]:
        """Copy what is written from here on."""
        self._copy = copy
        try:
            yield
        finally:
            self._copy = None


class CopyingLogManager(LocalComputeLogManager):
    """Dagster's files of what steps print, written by those who print."""

    @contextmanager
    def capture_logs(self, log_key: Sequence[str]) -> Iterator[CapturedLogContext]:
        """Capture what this process prints; Dagster's way where it prints to no log of ours."""
        out, err = sys.stdout, sys.stderr
        if not (isinstance(out, LogStream) and isinstance(err, LogStream)):
            with super().capture_logs(log_key) as context:
                yield context
            return
        with (
            self.open_log_stream(log_key, ComputeIOType.STDOUT) as out_copy,
            self.open_log_stream(log_key, ComputeIOType.STDERR) as err_copy,
            out.copied(out_copy),
            err.copied(err_copy),
        ):
            yield CapturedLogContext(log_key)
        # By this file Dagster knows that the capture is over.
        Path(self.complete_artifact_path(log_key)).touch()  # type: ignore[no-untyped-call]

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> Self:
        """Build from the instance's configuration, as Dagster asks of a configurable class."""
        return cls(inst_data=inst_data, **config_value)


def copy_logs(ref: InstanceRef) -> InstanceRef:
    """The same instance with this manager in place of Dagster's local one."""
    data = ref.compute_logs_data
    if data.class_name != LocalComputeLogManager.__name__:
        return ref
    copying = ConfigurableClassData(__name__, CopyingLogManager.__name__, data.config_yaml)
    return ref._replace(compute_logs_data=copying)
