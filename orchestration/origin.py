"""Where the UI looks for the job of a run that this project started by itself.

Dagster's first page and a job's own page show only runs that say of which code location they are.

Input: the project's workspace.yaml. Output: the origin that a run started in the UI has.
"""

from __future__ import annotations

from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
from dagster._core.remote_origin import RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.workspace.load_target import WorkspaceFileTarget

from orchestration.settings import PROJECT_ROOT


def job_origin(job: str) -> RemoteJobOrigin:
    """The origin of a job of the code location."""
    (location,) = WorkspaceFileTarget([str(PROJECT_ROOT / "workspace.yaml")]).create_origins()
    return RemoteRepositoryOrigin(location, SINGLETON_REPOSITORY_NAME).get_job_origin(job)
