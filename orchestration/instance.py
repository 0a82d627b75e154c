"""Dagster's home: `<KONTAKTI_HOME>/dagster`, with the project's dagster.yaml in it.

Dagster reads its instance settings from the folder that DAGSTER_HOME names; the project's file is
copied there, so that the settings stay in version control and the runs stay in the home.

Run alone: `python -m orchestration.instance` (before `dagster dev`; the Makefile does so).
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import dagster as dg
from dagster._core.instance.ref import InstanceRef
from filelock import FileLock

from orchestration.event_store import keep_open
from orchestration.run_log import copy_logs
from orchestration.settings import PROJECT_ROOT, Settings, settings_or_exit


def prepare_dagster_home(settings: Settings) -> Path:
    """Create `<home>/dagster` and put the current dagster.yaml there; return the folder."""
    folder = settings.dagster_home
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(PROJECT_ROOT / "dagster.yaml", folder / "dagster.yaml")
    return folder


def open_instance(settings: Settings) -> dg.DagsterInstance:
    """The persistent instance of this home, whatever DAGSTER_HOME says; use it in a `with`."""
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    # Who opens a home first makes Dagster's tables. Two who did so at once noted their version
    # twice, and nobody could open that home again.
    with FileLock(settings.dagster_home / ".opening.lock"):
        ref = InstanceRef.from_dir(str(prepare_dagster_home(settings)))
        return dg.DagsterInstance.from_ref(copy_logs(keep_open(ref)))


if __name__ == "__main__":
    sys.stdout.write(f"{prepare_dagster_home(settings_or_exit())}\n")
