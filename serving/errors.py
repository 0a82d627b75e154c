"""Errors of publishing, each with what to do."""

from __future__ import annotations


class ServingError(Exception):
    """Something could not be published; what was published before is untouched."""


class SourceUnavailableError(ServingError):
    """The database to publish from is missing or another process is writing to it."""


class NothingToPublishError(ServingError):
    """The database holds no mart."""


class PublishRunningError(ServingError):
    """Another process is publishing the same file."""


class NotPublishedError(ServingError):
    """There is no published file yet."""


class DocsError(ServingError):
    """dbt could not generate its documentation."""
