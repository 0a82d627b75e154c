"""Times a command and samples the memory of its process tree.

Inputs: a command and its environment. Outputs: wall seconds, CPU seconds, peak memory, exit code.
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
        peak_mib: Greatest sum of proportional set sizes over the process tree, in MiB; pages that
            several processes share are counted once.
        exit_code: Of the command.
    """

    seconds: float
    peak_mib: float
    exit_code: int


def measure(command: Sequence[str], env: Mapping[str, str], log: Path) -> Measured:
    """Run a command to its end, with its output in `log`.

    Args:
        command: Program and arguments.
        env: Added to this process's environment.
        log: File for standard output and error.
    """
    began = time.monotonic()
    peak = 0
    with log.open("wb") as out:
        child = subprocess.Popen(
            command, env={**os.environ, **env}, stdout=out, stderr=subprocess.STDOUT
        )
        while child.poll() is None:
            peak = max(peak, _memory(child.pid))
            time.sleep(SAMPLE_SECONDS)
    return Measured(time.monotonic() - began, peak / 2**20, child.returncode)


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
