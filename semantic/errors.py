"""What can be wrong with a question to the semantic layer; each message says what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class SemanticError(Exception):
    """A question could not be answered; the message is meant for the person who asked."""


class UnknownMetricError(SemanticError):
    """A metric that no one has defined."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        """Name the metrics that are spelled most alike."""
        self.suggestions = near(name, known)
        super().__init__(
            f"There is no metric '{name}'.{did_you_mean(self.suggestions)}"
            " All metrics: `python -m semantic metrics`."
        )


class UnknownDimensionError(SemanticError):
    """A dimension that does not exist, or not for all of the metrics asked for."""

    def __init__(self, name: str, metrics: Sequence[str], allowed: Iterable[str]) -> None:
        """Name the dimensions that are spelled most alike, then all that are allowed."""
        allowed = sorted(allowed)
        self.suggestions = near(name, allowed)
        self.allowed = tuple(allowed)
        super().__init__(
            f"'{name}' is no dimension of {', '.join(metrics)}.{did_you_mean(self.suggestions)}"
            f" Allowed: {', '.join(allowed)}."
        )


class UnknownGrainError(SemanticError):
    """A grain of time that there is not, or that is finer than the metrics' own."""

    def __init__(self, name: str, metrics: Sequence[str], grains: Sequence[str]) -> None:
        """Name the grain that is spelled most alike, then all that the metrics have."""
        base, _, grain = name.rpartition("__")
        suggestions = tuple(f"{base}__{each}" for each in near(grain, grains)[:1])
        super().__init__(
            f"'{grain}' is no grain of {', '.join(metrics)}.{did_you_mean(suggestions)}"
            f" Grains: {', '.join(grains)}."
        )


class WithoutPeriodError(SemanticError):
    """A change asked for without the periods that it compares."""

    def __init__(self, metrics: Sequence[str]) -> None:
        """Say what to group by."""
        super().__init__(
            f"{', '.join(metrics)} compares a period with an earlier one: name the periods, such as"
            " --group-by metric_time__month."
        )


class UnknownColumnError(SemanticError):
    """A column to sort by that the answer does not have."""

    def __init__(self, name: str, columns: Sequence[str]) -> None:
        """Name the column that is spelled most alike, then all."""
        super().__init__(
            f"The answer has no column '{name}' to sort by.{did_you_mean(near(name, columns))}"
            f" It has: {', '.join(columns)}."
        )


class UnknownSavedQueryError(SemanticError):
    """A saved query that no one has defined."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        """Name the saved query that is spelled most alike, then all."""
        names = sorted(known)
        super().__init__(
            f"There is no saved query '{name}'.{did_you_mean(near(name, names))}"
            f" There are: {', '.join(names)}."
        )


def near(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Up to three known names spelled most like `name`, or whose last part is.

    A person who means `contact__channel` often types `channel`.
    """
    names = list(known)
    alike = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    lasts = {each.split("__")[-1] for each in names}
    meant = difflib.get_close_matches(name, sorted(lasts), n=1, cutoff=0.8)
    ends = [each for each in names if each.split("__")[-1] in meant]
    return tuple(dict.fromkeys([*alike, *ends]))[:3]


def did_you_mean(suggestions: Sequence[str]) -> str:
    """A sentence with the suggestions, or nothing."""
    return f" Did you mean {' or '.join(suggestions)}?" if suggestions else ""
