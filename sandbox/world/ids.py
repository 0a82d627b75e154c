"""Native identifiers in each vendor's shape, derived from the seed so that reruns agree."""

from __future__ import annotations

import hashlib


def hex32(seed: int, kind: str, *parts: int) -> str:
    """32 hex characters that depend only on the arguments."""
    text = f"{seed}:{kind}:" + ":".join(map(str, parts))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def sid(seed: int, prefix: str, *parts: int) -> str:
    """A Twilio sid: two capitals (CA, WT, WR, WK, WQ) and 32 hex characters."""
    return prefix + hex32(seed, prefix, *parts)
