"""Everything that is made of the lake, made afresh: both databases and their published copies.

Needed after rows were taken out of landed files: incremental models would keep them, and a DuckDB
file keeps the bytes of deleted rows until it needs their room. So the databases are deleted and
built from the lake without landing anything; readers keep the old copies until the new ones are
swapped in.
"""

from __future__ import annotations

from collections.abc import Callable

import dagster as dg
import duckdb

from orchestration.defs.reports import REPORTS
from orchestration.defs.transformation import BASIS_NAME, DATABASES
from orchestration.executor import one_process
from orchestration.logs import LOGGERS
from orchestration.run import RunSummary, StepEvent, run_definition
from orchestration.settings import Settings
from orchestration.translators import INGESTION, LIVE

JOB = "rebuild"


class WarehouseBusy(RuntimeError):  # noqa: N818 - says what happened
    """Another process is writing or reading a database that has to go."""


def refuse_if_busy(settings: Settings) -> None:
    """Check that nobody holds the databases, before anything is removed.

    Raises:
        WarehouseBusy: Somebody does.
    """
    for name in DATABASES.values():
        path = settings.home_dir / name
        if not path.exists():
            continue
        try:
            duckdb.connect(str(path)).close()
        except duckdb.IOException as error:
            raise WarehouseBusy(
                f"{path} is in use by another process. Wait for the run to end and try again; "
                "nothing was removed."
            ) from error


def rebuild(
    settings: Settings, on_event: Callable[[StepEvent], None] | None = None
) -> RunSummary | None:
    """Delete the databases and build, check and publish them from the lake.

    Returns:
        The run; None when nothing was ever built in this home.
    """
    home = settings.home_dir
    built = [target for target, name in DATABASES.items() if (home / name).exists()]
    if not built:
        return None
    for target in built:
        for path in home.glob(f"{DATABASES[target]}*"):
            path.unlink()
        (settings.dbt_target_dir(target) / BASIS_NAME).unlink(missing_ok=True)
    # Imported here: the definitions read the settings and the dbt manifest.
    from orchestration.definitions import defs  # noqa: PLC0415

    live = dg.AssetSelection.groups(LIVE) | dg.AssetSelection.key_prefixes([LIVE])
    live = live | dg.AssetSelection.assets(dg.AssetKey(["serving", "live"]))
    # Reports hold sums over many, and are of the period they were written in.
    everything = dg.AssetSelection.all() - dg.AssetSelection.groups(INGESTION, REPORTS)
    selection = everything if (home / "serving" / "live.duckdb").exists() else everything - live
    job = dg.define_asset_job(JOB, selection, config=LOGGERS, executor_def=one_process)
    return run_definition(job.resolve(asset_graph=defs.resolve_asset_graph()), settings, on_event)
