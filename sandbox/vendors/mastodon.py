"""Mastodon over HTTP: mentions of the company's account, its own statuses, timelines of tags.

Facts from the vendor's public documentation and its published schema. Lists are JSON arrays, newest
first; `min_id` asks for those right after an id, and the `Link` header leads to the newer ones by
`rel="prev"`. Notifications are numbered one by one, statuses by time. The limit is told by
`X-RateLimit-Reset`, an ISO time.

Inputs: a World and a clock. Output: an ASGI app. Try it: `python -m sandbox serve --also mastodon`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.credentials import MASTODON_ACCESS_TOKEN
from sandbox.vendors.gate import Doorman
from sandbox.vendors.limits import Limit
from sandbox.vendors.wire import BadInputError, Clock, absolute_url, iso, json_response, parse_size
from sandbox.world.public_posts import TAG, PublicPost, public_posts
from sandbox.world.records import World

SITE = "https://social.example"
OWN_ID = "1"
LISTED, NOTIFIED = (20, 40), (40, 80)  # page sizes: the usual and the most
REQUEST_LIMIT = Limit("requests", 300, 300.0)


def _error(status: int, message: str) -> Response:
    return json_response({"error": message}, status)


def _instant(at: int) -> str:
    return f"{iso(at)[:-1]}.000Z"


class MastodonDoorman(Doorman):
    """Bearer token; 300 requests in five minutes."""

    vendor = "mastodon"
    default_column = "created_at"

    def refuse(self, headers: Headers, path: str) -> Response | None:
        """Compare the token with the sandbox's."""
        del path
        right = headers.get("authorization") == f"Bearer {MASTODON_ACCESS_TOKEN}"
        return None if right else self.unauthorized()

    def unauthorized(self) -> Response:
        """Return that the token is invalid."""
        return _error(401, "The access token is invalid")

    def limits(self, method: str, path: str) -> list[Limit]:
        """Return the account's limit."""
        del method, path
        return [REQUEST_LIMIT]

    def too_many(self, limit: Limit | None, wait_seconds: float | None) -> Response:
        """Return 429 with the moment at which the window ends."""
        del limit
        answer = _error(429, "Too many requests")
        answer.headers["X-RateLimit-Reset"] = _instant(int(time.time() + (wait_seconds or 1)) + 1)
        return answer

    def failure(self, status: int) -> Response:
        """Return a server error."""
        return _error(status, "The server had a problem")


class MastodonApi:
    """The handlers."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.clock = clock
        self._customers = {c.customer_no: c for c in world.customers}
        self._since = world.starts_at - 365 * 86_400
        self._posts = public_posts(world)
        mentions = [post for post in self._posts if post.mentions_company]
        self._mentions = list(enumerate(mentions, start=1))
        self._own = [post for post in self._posts if post.customer_no is None]
        self._tagged = [post for post in self._posts if post.is_tagged]

    def app(self) -> Starlette:
        """Return the routes."""
        v1 = "/api/v1"
        return Starlette(
            routes=[
                Route(f"{v1}/accounts/verify_credentials", self.me, methods=["GET"]),
                Route(f"{v1}/accounts/{{account}}/statuses", self.statuses, methods=["GET"]),
                Route(f"{v1}/notifications", self.notifications, methods=["GET"]),
                Route(f"{v1}/timelines/tag/{{tag}}", self.tag, methods=["GET"]),
            ],
            exception_handlers={BadInputError: _bad_request, 404: _not_found},
        )

    async def me(self, request: Request) -> Response:
        """Tell who the token belongs to."""
        del request
        return json_response(self._account(None))

    async def notifications(self, request: Request) -> Response:
        """Serve the mentions."""
        rows = [(number, post) for number, post in self._mentions if post.at <= self.clock.now()]
        return _listed(request, rows, NOTIFIED, self._notification)

    async def statuses(self, request: Request) -> Response:
        """Serve the company's own statuses."""
        if request.path_params["account"] != OWN_ID:
            return _error(404, "Record not found")
        return _listed(request, self._shown(self._own), LISTED, self._numbered)

    async def tag(self, request: Request) -> Response:
        """Serve what carries a tag."""
        known = self._tagged if request.path_params["tag"] == TAG else []
        return _listed(request, self._shown(known), LISTED, self._numbered)

    def _shown(self, posts: Sequence[PublicPost]) -> list[tuple[int, PublicPost]]:
        return [(post.post_id, post) for post in posts if post.at <= self.clock.now()]

    def _numbered(self, number: int, post: PublicPost) -> dict[str, Any]:
        del number
        return self._status(post)

    def _notification(self, number: int, post: PublicPost) -> dict[str, Any]:
        return {
            "id": str(number),
            "type": "mention",
            "group_key": f"ungrouped-{number}",
            "created_at": _instant(post.at),
            "account": self._account(post.customer_no),
            "status": self._status(post),
        }

    def _status(self, post: PublicPost) -> dict[str, Any]:
        own = {"id": OWN_ID, "username": TAG, "acct": TAG, "url": f"{SITE}/@{TAG}"}
        number = str(post.post_id)
        tag = {"name": TAG, "url": f"{SITE}/tags/{TAG}"}
        return {
            "id": number,
            "created_at": _instant(post.at),
            "in_reply_to_id": str(post.in_reply_to) if post.in_reply_to else None,
            "in_reply_to_account_id": None,
            "sensitive": False,
            "spoiler_text": "",
            "visibility": "public",
            "language": post.language,
            "uri": f"{SITE}/statuses/{number}",
            "url": f"{SITE}/statuses/{number}",
            "replies_count": 0,
            "reblogs_count": 0,
            "favourites_count": post.post_id % 5,
            "edited_at": None,
            "content": f"<p>{post.text}</p>",
            "reblog": None,
            "account": self._account(post.customer_no),
            "media_attachments": [],
            "mentions": [own] if post.mentions_company else [],
            "tags": [tag] if post.is_tagged else [],
            "emojis": [],
        }

    def _account(self, customer_no: int | None) -> dict[str, Any]:
        if customer_no is None:
            number, name, handle = OWN_ID, "Kontakti", TAG
        else:
            customer = self._customers[customer_no]
            number, name = str(1000 + customer_no), customer.name
            handle = f"{customer.email.partition('@')[0]}@elsewhere.example"
        picture = f"{SITE}/avatars/{number}.png"
        return {
            "id": number,
            "username": handle.partition("@")[0],
            "acct": handle,
            "display_name": name,
            "locked": False,
            "bot": False,
            "group": False,
            "indexable": True,
            "created_at": _instant(self._since),
            "note": "",
            "uri": f"{SITE}/users/{number}",
            "url": f"{SITE}/@{handle}",
            "avatar": picture,
            "avatar_static": picture,
            "header": picture,
            "header_static": picture,
            "followers_count": 0,
            "following_count": 0,
            "statuses_count": 1,
            "emojis": [],
            "fields": [],
        }


def _listed(
    request: Request,
    rows: list[tuple[int, PublicPost]],
    sizes: tuple[int, int],
    shown: Callable[[int, PublicPost], dict[str, Any]],
) -> Response:
    """A page of rows numbered in order of time: newest first, with the links to its neighbours."""
    size = parse_size(request, "limit", *sizes)
    asked = request.query_params
    if asked.get("max_id"):
        rows = [row for row in rows if row[0] < int(asked["max_id"])]
    if asked.get("min_id"):
        page = [row for row in rows if row[0] > int(asked["min_id"])][:size][::-1]
    else:
        page = rows[::-1][:size]
    answer = json_response([shown(number, post) for number, post in page])
    if page:
        kept = {k: v for k, v in asked.multi_items() if k not in {"min_id", "max_id"}}
        older = absolute_url(request, request.scope["path"].removeprefix(
            request.scope.get("root_path", "")), kept | {"max_id": page[-1][0]})  # fmt: skip
        newer = absolute_url(request, request.scope["path"].removeprefix(
            request.scope.get("root_path", "")), kept | {"min_id": page[0][0]})  # fmt: skip
        answer.headers["Link"] = f'<{older}>; rel="next", <{newer}>; rel="prev"'
    return answer


async def _bad_request(request: Request, error: Exception) -> Response:
    del request
    return _error(422, str(error))


async def _not_found(request: Request, error: Exception) -> Response:
    del request, error
    return _error(404, "Record not found")
