"""The digest: one row a channel and a total, each figure with its n.

Input: the published marts of a home, asked through the semantic layer in one `ask` (so that the
rows and the total are of the same copy). Output: `query_digest` gives the figures as plain values,
for tests and other tools; `digest_table` prints them.

Run alone: `make digest`, or `python -m demo --digest-only`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich.table import Table
from rich.text import Text

from semantic.query import Answer, Question, SemanticLayer

Figures = dict[str, float | int | None]
CHANNEL = "contact_channel"
TOTAL = "total"
# Below this a figure is dimmed: shown, since the demo is small, but not to be leant on.
FEW = 30


@dataclass(frozen=True, slots=True)
class Shown:
    """A column of the digest: which metric, under which heading, printed how."""

    metric: str
    heading: str
    kind: Literal["count", "share", "seconds", "hours", "points"]

    @property
    def counted(self) -> str | None:
        """The metric that says how many the figure rests on; a count rests on itself."""
        return None if self.kind == "count" else f"{self.metric}_n"


COLUMNS = (
    Shown("contacts_offered", "Offered", "count"),
    Shown("contacts_handled", "Handled", "count"),
    Shown("service_level", "Service\nlevel", "share"),
    Shown("average_speed_of_answer", "ASA", "seconds"),
    Shown("abandonment_rate", "Aban-\ndoned", "share"),
    Shown("average_handle_time", "AHT", "seconds"),
    Shown("first_response_time_avg", "First\nresponse", "hours"),
    Shown("full_resolution_time_avg", "Resolu-\ntion time", "hours"),
    Shown("first_contact_resolution_rate", "FCR", "share"),
    Shown("csat_score", "CSAT", "share"),
    Shown("nps", "NPS", "points"),
    Shown("ces_favourable_rate", "CES\n5-7", "share"),
)
METRICS = tuple(
    name for column in COLUMNS for name in (column.metric, column.counted) if name is not None
)
ORDER = ("voice", "callback", "chat", "email", "web_form", "social_private")


def query_digest(home: Path) -> dict[str, Figures]:
    """Ask for the digest of a home's published marts.

    Args:
        home: The home folder; its `serving/marts.duckdb` is read.

    Returns:
        `digest_rows` of the answers.

    Raises:
        semantic.errors.SemanticError: Nothing is published, or a metric is missing.
    """
    layer = SemanticLayer.of_home(home)
    return digest_rows(*layer.ask(Question(METRICS, (CHANNEL,)), Question(METRICS)))


def digest_rows(by_channel: Answer, total: Answer) -> dict[str, Figures]:
    """Arrange two answers as {channel or 'total': {metric: value}}.

    Shares are fractions from 0 to 1, times seconds, NPS points from -100 to 100. A figure without
    anything to count is None and its n, like every count, 0. What hangs on no channel (an answer
    about the company) is in the total alone.
    """
    rows = {
        str(record[CHANNEL]): _figures(record)
        for record in by_channel.records()
        if record[CHANNEL] is not None
    }
    known = [channel for channel in ORDER if channel in rows]
    ordered = [*known, *sorted(set(rows) - set(known))]
    whole = total.records()
    return {
        **{channel: rows[channel] for channel in ordered},
        TOTAL: _figures(whole[0] if whole else {}),
    }


def digest_table(rows: Mapping[str, Figures]) -> Table:
    """Print rows of `digest_rows`: the figure, and under it how many it rests on."""
    table = Table(title="Digest by channel", box=None, header_style="bold", padding=(0, 1))
    table.add_column("Channel", no_wrap=True)
    for column in COLUMNS:
        table.add_column(column.heading, justify="right", no_wrap=True)
    for channel, figures in rows.items():
        style = "bold" if channel == TOTAL else ""
        table.add_row(channel, *(_cell(column, figures) for column in COLUMNS), style=style)
    table.caption = f"n under each figure; dimmed under {FEW}; - where there is nothing to count"
    return table


def _figures(record: Mapping[str, object]) -> Figures:
    figures: Figures = {}
    for metric in METRICS:
        value = record.get(metric)
        number = value if isinstance(value, int | float) else None
        is_count = metric.endswith("_n") or metric.startswith("contacts_")
        figures[metric] = 0 if number is None and is_count else number
    return figures


def _cell(column: Shown, figures: Figures) -> Text:
    value = figures[column.metric]
    if column.counted is None:
        return Text(f"{value:,}")
    if value is None:
        return Text("-", style="dim")
    n = int(figures[column.counted] or 0)
    cell = Text(_printed(column.kind, value), style="dim" if n < FEW else "")
    return cell.append(f"\n{n:,}", style="dim")


def _printed(kind: str, value: float) -> str:
    if kind == "share":
        return f"{100 * value:.1f} %"
    if kind == "points":
        return f"{value:+.0f}"
    if kind == "hours":
        return f"{value / 3600:.1f} h" if value >= 3600 else f"{value / 60:.1f} min"
    return f"{value:.0f} s"
