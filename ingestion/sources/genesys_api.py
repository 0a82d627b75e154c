"""How every part of Genesys Cloud's API is asked: lists by page number, and jobs that take time.

Source of the rules: developer.genesys.cloud, API pagination and analytics jobs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

from ingestion.columns import Row
from ingestion.errors import UnexpectedResponse
from ingestion.rest import VendorClient

NAME: Final = "genesys"
LIST_PAGE: Final = 100
POLL_SECONDS, MAX_POLL_SECONDS, PATIENCE_SECONDS = 1.0, 30.0, 3600.0


def numbered(
    client: VendorClient, path: str, *, expand: str = "", is_watched: bool = True
) -> Iterator[list[Row]]:
    """A list that pages by number."""
    number, last = 1, 1
    while number <= last:
        asked: dict[str, Any] = {"pageSize": LIST_PAGE, "pageNumber": number}
        answer = client.get(path, asked | ({"expand": expand} if expand else {}))
        if answer["pageNumber"] != number:
            raise unexpected(
                client, path, f"page {answer['pageNumber']} where page {number} was asked for"
            )
        if is_watched:
            client.watch(answer["entities"])
        yield answer["entities"]
        number, last = number + 1, int(answer["pageCount"])


def finished(
    client: VendorClient,
    path: str,
    job: Mapping[str, Any],
    look: Callable[[], Mapping[str, Any]],
    *,
    about: str,
    state_of: Callable[[Mapping[str, Any]], str],
    done: str,
    lost: Collection[str],
) -> Mapping[str, Any]:
    """Wait until a job is done, looking ever more rarely.

    Args:
        client: Names what is landed, for the error.
        path: Of the jobs.
        job: What the API said of the job last.
        look: Asks about it again.
        about: What the job was asked.
        state_of: Its state, as it is said.
        done: The state that ends the wait.
        lost: States from which nothing comes any more.

    Raises:
        UnexpectedResponse: The job is lost, or takes longer than an hour.
    """
    pause, waited = POLL_SECONDS, 0.0
    while (state := state_of(job)) != done:
        if state in lost or waited > PATIENCE_SECONDS:
            what = f"the job about {about} is {state} after {waited:.0f} s"
            raise unexpected(client, path, what)
        time.sleep(pause)
        waited += pause
        pause = min(2 * pause, MAX_POLL_SECONDS)
        job = look()
    return job


def plain(record: Mapping[str, Any]) -> dict[str, Any]:
    """What a record says of itself, without the records that it holds."""
    return {k: v for k, v in record.items() if not isinstance(v, list)}


def unexpected(client: VendorClient, path: str, what: str) -> UnexpectedResponse:
    """The error for an answer that the API does not promise."""
    return UnexpectedResponse(NAME, client.resource, f"{client.endpoint.base_url}{path}", what)
