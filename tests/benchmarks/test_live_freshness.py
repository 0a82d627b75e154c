"""A benchmark that is asked for what it does not know says so, and measures nothing."""

from __future__ import annotations

import pytest

from benchmarks import live_freshness


def test_a_mode_that_there_is_not_is_refused_with_those_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LIVE_MODES", "quiet, alone")
    monkeypatch.setattr(live_freshness, "_measured", lambda **_: pytest.fail("measured"))
    with pytest.raises(SystemExit, match=r"names alone; there are: quiet, during_daily"):
        live_freshness.run()
