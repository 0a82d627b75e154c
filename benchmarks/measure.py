"""Times a command and says how much memory it needed.

Inputs: a command and its environment. Outputs: wall and processor seconds, peak memory, exit code.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

# Adding up its pages slows a large process: five looks a second cost the demo a fifth.
SAMPLE_SECONDS = 1.0


@dataclass(frozen=True)
class Measured:
    """What a command took.

    Attributes:
        seconds: Wall-clock seconds.
        processor_seconds: Of the command and the processes that it waited for.
        peak_mib: In MiB; of a family the greatest sum of proportional set sizes, in which pages
            that several processes share are counted once.
        exit_code: Of the command.
    """

    seconds: float
    processor_seconds: float
    peak_mib: float
    exit_code: int


def measure(
    command: Sequence[str], env: Mapping[str, str], log: Path, *, is_family: bool = True
) -> Measured:
    """Run a command to its end, with its output in `log`.

    Args:
        command: Program and arguments.
        env: Added to this process's environment.
        log: File for standard output and error.
        is_family: Whether the memory of its whole process tree is added up, once a second. Of a
            command that is one process the system notes the greatest resident set by itself, at no
            cost to it.
    """
    began = time.monotonic()
    peak = 0
    with log.open("wb") as out:
        child = subprocess.Popen(
            command, env={**os.environ, **env}, stdout=out, stderr=subprocess.STDOUT
        )
        pid, status, used = os.wait4(child.pid, os.WNOHANG if is_family else 0)
        while not pid:
            peak = max(peak, _memory(child.pid))
            time.sleep(SAMPLE_SECONDS)
            pid, status, used = os.wait4(child.pid, os.WNOHANG)
    child.returncode = os.waitstatus_to_exitcode(status)
    return Measured(
        seconds=time.monotonic() - began,
        processor_seconds=used.ru_utime + used.ru_stime,
        peak_mib=peak / 2**20 if is_family else used.ru_maxrss / 2**10,
        exit_code=child.returncode,
    )


def _memory(pid: int) -> int:
    try:
        root = psutil.Process(pid)
        family = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    total = 0
    for process in family:
        try:
            total += process.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total
