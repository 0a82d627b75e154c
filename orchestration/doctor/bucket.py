"""The lake's copy in a bucket: whether it can be reached, whose it is, and how old."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from ingestion.bucket import Bucket, bucket_url
from ingestion.errors import IngestionError
from ingestion.mirror import refuse_other_lake
from orchestration.doctor.data import FRESH_HOURS
from orchestration.doctor.finding import Finding, fail, ok, warn
from orchestration.settings import Settings

PAGE = "bucket"
MIRROR = "python -m ingestion mirror"


def bucket(settings: Settings) -> Iterator[Finding]:
    """One look at the manifest, and at nothing else there."""
    del settings
    try:
        url = bucket_url()
        if url is None:
            yield ok("bucket", "not asked for (KONTAKTI_LAKE_BUCKET)")
            return
        manifest = Bucket(url).manifest()
        refuse_other_lake(url, manifest)
    except IngestionError as error:
        yield fail("bucket", error.what, error.todo, PAGE)
        return
    at = manifest.mirrored_at if manifest else None
    if manifest is None or at is None:
        yield warn("bucket", f"{url} can be reached and holds no whole lake yet", MIRROR, PAGE)
        return
    hours = (datetime.now(UTC) - at).total_seconds() / 3600
    said = f"{url}: {len(manifest.files):,} files, mirrored {at:%Y-%m-%d %H:%M} UTC"
    if hours <= FRESH_HOURS:
        yield ok("bucket", said)
    else:
        yield warn("bucket", f"{said}, {hours / 24:.1f} days ago", MIRROR, PAGE)
