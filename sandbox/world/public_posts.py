"""What customers say of the company in public, and what it answers there.

Derived from the world's private messages on social media, so that nothing else in the world
changes: some who write one had said so in public before, and got an answer that sent them on, or
none. Posts of others carry the company's tag and want nothing. A post is numbered as Mastodon
numbers statuses: milliseconds, then a counter.

Input: a World. Output: `PublicPost`s by time.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from operator import attrgetter

from sandbox.world.records import World

TAG = "kontakti"
_HOUR = 3_600
_SHARE, _TAGGED_SHARE, _ANSWERED, _INSISTS = 0.5, 0.4, 0.8, 0.3
_SAID = {
    "fi": "Onko kellään muulla vikaa?",
    "sv": "Väntar fortfarande på svar.",
    "en": "Still waiting for an answer.",
}


@dataclass(slots=True)
class PublicPost:
    """One post. `customer_no` is None for the company's own."""

    post_id: int
    at: int
    customer_no: int | None
    language: str
    text: str
    in_reply_to: int | None = None
    mentions_company: bool = False
    is_tagged: bool = False


def post_number(at: int, count: int) -> int:
    """The id of a post: 48 bits of milliseconds, then 16 of a counter."""
    return ((at * 1000) << 16) | (count & 0xFFFF)


def public_posts(world: World) -> list[PublicPost]:
    """Every public post of the world's horizon, by time."""
    rng = random.Random(f"{world.seed}:public")
    posts: list[PublicPost] = []

    def post(at: int, customer: int | None, language: str, **more: object) -> PublicPost:
        made = PublicPost(
            post_number(at, len(posts)), at, customer, language, _SAID[language], **more  # type: ignore[arg-type]
        )  # fmt: skip
        posts.append(made)
        return made

    for contact in world.contacts:
        if contact.channel != "social_private" or rng.random() > _SHARE:
            continue
        at = contact.arrived_at - int(rng.uniform(0.5, 6) * _HOUR)
        who, language = contact.customer_no, contact.language
        is_tagged = rng.random() < _TAGGED_SHARE
        first = post(at, who, language, mentions_company=True, is_tagged=is_tagged)
        if rng.random() < _ANSWERED:
            answered_at = at + int(rng.uniform(0.05, 0.45) * _HOUR)
            answer = post(answered_at, None, language, in_reply_to=first.post_id)
            if rng.random() < _INSISTS:
                more_at = answered_at + int(rng.uniform(60, 600))
                post(more_at, who, language, in_reply_to=answer.post_id, mentions_company=True)
        if rng.random() < _TAGGED_SHARE:
            other = rng.choice(world.customers)
            post(at + 300, other.customer_no, other.language, is_tagged=True)
    return sorted(posts, key=attrgetter("post_id"))
