"""The lake's copy in a bucket, as an asset: it is what a new home is made of.

Inputs: the lake, once a run has landed into it, and the bucket of `KONTAKTI_LAKE_BUCKET`; without
that setting there is no such asset. Output: the bucket holds what the home holds.

Nothing waits for it, and of the steps that could run it is the last: a bucket that is away costs a
run nothing but this step, and a large mirror keeps no reader waiting for figures.
"""

# No `from __future__ import annotations` here: Dagster reads a step's annotations as they are.
import dagster as dg

from ingestion.errors import IngestionError
from ingestion.mirror import mirror
from ingestion.pipelines import WATERMARKS
from orchestration.defs.ingestion import RETRIES, failure_of
from orchestration.settings import Settings
from orchestration.translators import BUCKET_KEY, DATA_TEAM, INGESTION, raw_key

LAST = {"dagster/priority": "-10"}


def mirrored() -> dict[str, int | float]:
    """Mirror the lake; what was done, as metadata.

    Raises:
        dagster.Failure: The bucket does not hold all that the home holds.
    """
    try:
        done = mirror()
    except IngestionError as error:
        raise failure_of(error) from None
    return {
        "files_sent": done.sent,
        "bytes_sent": done.sent_bytes,
        "files_removed": done.removed,
        "files": done.files,
        "bytes": done.bytes,
        "seconds": round(done.seconds, 2),
    }


def build_definitions(settings: Settings) -> dg.Definitions:
    """The asset, where there is a bucket."""
    if not settings.lake_bucket:
        return dg.Definitions()
    spec = dg.AssetSpec(
        key=BUCKET_KEY,
        deps=[raw_key(source, WATERMARKS) for source in settings.sources],
        description="The lake and the alerts in their bucket, of which a new home is made.",
        group_name=INGESTION,
        owners=[DATA_TEAM],
        kinds={"parquet"},
        tags={"layer": "lake"},
    )

    @dg.multi_asset(
        name="mirror_lake", specs=[spec], pool="bucket", op_tags=LAST, retry_policy=RETRIES
    )
    def mirror_lake() -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(metadata=mirrored())

    return dg.Definitions(assets=[mirror_lake])
