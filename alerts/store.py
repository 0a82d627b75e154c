"""Alerts and their messages in one SQLite file, so that neither is lost nor made twice.

Inputs: measures (a rule's value in a scope, and whether it is beyond its threshold). Outputs: rows
of `fct_alert`, and messages to send. What opens an alert and the message that says so are one
transaction, so neither is ever there without the other.

Each message goes to each service once: whoever sends it claims it first, for that service, and
marks it as sent after. Only a process that dies between the service's "taken" and the mark sends it
again, when the claim has run out; the message's id stands in its text, so that a receiver can tell.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

FILE_NAME = "alerts.sqlite3"
SCHEMA = """
create table if not exists alert (
    alert_id integer primary key, rule_id text not null, metric_id text not null,
    severity text not null, scope text not null, queue_id text, channel text, value real, n integer,
    low real, high real, threshold real, watermark_at text, opened_at text not null, cleared_at text
);
-- One open alert a rule and scope, whoever evaluates it.
create unique index if not exists one_open on alert (rule_id, scope) where cleared_at is null;
create table if not exists streak (
    rule_id text not null, scope text not null, period_at text not null, length integer not null,
    primary key (rule_id, scope)
);
create table if not exists outbox (
    position integer primary key, message_id text not null unique, kind text not null,
    title text not null, body text not null, written_at text not null
);
create table if not exists delivery (
    message_id text not null, service text not null, attempts integer not null default 0,
    not_before text not null, sent_at text, primary key (message_id, service)
);
"""
# How long a claim holds: a service that takes longer has been given up by apprise.
CLAIM = timedelta(minutes=2)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Measure:
    """A rule looked at in one scope.

    Attributes:
        rule_id: Rule, such as `service_level_low`.
        metric_id: Metric of the catalogue.
        severity: warn or critical.
        queue_id: Queue; None for a source or the whole centre.
        channel: Channel, or the source of a data alert.
        value: The figure; None where there is nothing to count.
        n: Contacts it is made of.
        low: Lower end of its interval, if it has one.
        high: Upper end.
        threshold: What it is compared with.
        period_at: Interval or minute that it belongs to; persistence counts these.
        persistence: Consecutive periods beyond the threshold that open an alert.
        is_beyond: Whether it is beyond the threshold, on the evidence that the rule asks for; None
            where too little was counted to tell.
        is_back: Whether it is back by the margin that clears an alert.
        watermark_at: How far its source was known.
    """

    rule_id: str
    metric_id: str
    severity: str
    queue_id: str | None
    channel: str
    value: float | None
    n: int
    low: float | None
    high: float | None
    threshold: float
    period_at: datetime
    persistence: int
    is_beyond: bool | None
    is_back: bool
    watermark_at: datetime | None

    @property
    def scope(self) -> str:
        """Where it was looked at."""
        return f"{self.queue_id or ''}|{self.channel}"


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell: that an alert opened, or cleared; that a run failed.

    Attributes:
        message_id: Names it for ever, such as `alert-12-opened`.
        kind: opened, cleared or failed.
        title: One line.
        body: The rest.
    """

    message_id: str
    kind: str
    title: str
    body: str


Send = Callable[[Message], bool]


class AlertStore:
    """The alerts of one home."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.path = home / FILE_NAME
        with self._transaction() as connection:
            for statement in SCHEMA.split(";"):
                connection.execute(statement)

    def evaluate(
        self, measures: Iterable[Measure], now: datetime, longest_gap: timedelta | None = None
    ) -> tuple[int, int]:
        """Open and clear alerts.

        Args:
            measures: What the rules see.
            now: Naive UTC.
            longest_gap: Between two periods that still follow on each other; None where a period
                follows on whichever was looked at last, as Monday does on Friday.

        Returns:
            Alerts that opened, and that cleared.
        """
        opened = cleared = 0
        with self._transaction() as connection:
            for measure in measures:
                key = (measure.rule_id, measure.scope)
                length = _streak(connection, measure, longest_gap)
                is_open = connection.execute(
                    "select alert_id from alert where rule_id = ? and scope = ?"
                    " and cleared_at is null",
                    key,
                ).fetchone()
                if not is_open and measure.is_beyond and length >= measure.persistence:
                    _open(connection, measure, now)
                    opened += 1
                elif is_open and measure.is_back:
                    connection.execute(
                        "update alert set cleared_at = ? where alert_id = ?",
                        (_text(now), is_open[0]),
                    )
                    _write(connection, is_open[0], "cleared", measure, now)
                    cleared += 1
        return opened, cleared

    def tell(self, message_id: str, kind: str, title: str, body: str, now: datetime) -> bool:
        """Put a message into the outbox; False when one of this id was put there before."""
        with self._transaction() as connection:
            return _put(connection, Message(message_id, kind, title, body), now)

    def deliver(self, services: Mapping[str, Send], now: datetime) -> tuple[int, int]:
        """Send what is due, oldest first.

        Args:
            services: How to send to each service, by a name that stays the same.
            now: Naive UTC.

        Returns:
            Messages that went out, and those that were tried in vain.
        """
        sent = failed = 0
        for service, send in services.items():
            while (message := self._claim(service, now)) is not None:
                done = send(message)
                self._mark(message, service, now if done else None, now)
                sent, failed = sent + done, failed + (not done)
        return sent, failed

    def _claim(self, service: str, now: datetime) -> Message | None:
        """The oldest message that a service is to be sent now, for the caller alone."""
        with self._transaction() as connection:
            row = connection.execute(
                "select message_id, kind, title, body from outbox where message_id not in"
                " (select message_id from delivery where service = ? and"
                " (sent_at is not null or not_before > ?)) order by position limit 1",
                (service, _text(now)),
            ).fetchone()
            if row is None:
                return None
            connection.execute(
                "insert into delivery values (?, ?, 1, ?, null) on conflict do update"
                " set attempts = attempts + 1, not_before = excluded.not_before",
                (row[0], service, _text(now + CLAIM)),
            )
        return Message(*row)

    def _mark(
        self, message: Message, service: str, sent_at: datetime | None, now: datetime
    ) -> None:
        key = (message.message_id, service)
        with self._transaction() as connection:
            if sent_at is not None:
                connection.execute(
                    "update delivery set sent_at = ? where message_id = ? and service = ?",
                    (_text(sent_at), *key),
                )
                return
            attempts: int = connection.execute(
                "select attempts from delivery where message_id = ? and service = ?", key
            ).fetchone()[0]
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(attempts - 1, 10))
            connection.execute(
                "update delivery set not_before = ? where message_id = ? and service = ?",
                (_text(now + pause), *key),
            )

    def rows(self, until: datetime | None = None) -> list[tuple[object, ...]]:
        """Every alert, for `fct_alert`; as they stood at an instant (naive UTC) if one is given."""
        at = _text(until) if until else "9999"
        with self._transaction() as connection:
            return connection.execute(
                "select alert_id, rule_id, metric_id, severity, queue_id, channel, value, n, low,"
                " high, threshold, watermark_at, opened_at,"
                " case when cleared_at <= ? then cleared_at end as cleared_at"
                " from alert where opened_at <= ? order by alert_id",
                (at, at),
            ).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own: the live process and the daily job may both be at work."""
        connection = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        try:
            connection.execute("begin immediate")
            yield connection
            connection.execute("commit")
        except BaseException:
            if connection.in_transaction:
                connection.execute("rollback")
            raise
        finally:
            connection.close()


def _streak(connection: sqlite3.Connection, measure: Measure, longest_gap: timedelta | None) -> int:
    """Consecutive periods beyond the threshold, this one included; kept for the next time."""
    key = (measure.rule_id, measure.scope)
    at = _text(measure.period_at)
    row: Sequence[str | int] | None = connection.execute(
        "select period_at, length from streak where rule_id = ? and scope = ?", key
    ).fetchone()
    if measure.is_beyond is None:
        # A period that has just begun tells nothing yet; the row of those before it stands.
        return 0
    if not measure.is_beyond:
        length = 0
    elif row is None or _is_gap(datetime.fromisoformat(str(row[0])), measure, longest_gap):
        length = 1
    else:
        length = int(row[1]) + (0 if row[0] == at and row[1] else 1)
    connection.execute("insert or replace into streak values (?, ?, ?, ?)", (*key, at, length))
    return length


def _is_gap(before: datetime, measure: Measure, longest_gap: timedelta | None) -> bool:
    return longest_gap is not None and measure.period_at - before > longest_gap


def _open(connection: sqlite3.Connection, measure: Measure, now: datetime) -> None:
    cursor = connection.execute(
        "insert into alert (rule_id, metric_id, severity, scope, queue_id, channel, value, n, low,"
        " high, threshold, watermark_at, opened_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(measure.rule_id, measure.metric_id, measure.severity, measure.scope),
            *(measure.queue_id, measure.channel, measure.value, measure.n),
            *(measure.low, measure.high, measure.threshold),
            _text(measure.watermark_at) if measure.watermark_at else None,
            _text(now),
        ),
    )
    _write(connection, int(cursor.lastrowid or 0), "opened", measure, now)


def _write(
    connection: sqlite3.Connection, alert_id: int, kind: str, measure: Measure, now: datetime
) -> None:
    value = "nothing to count" if measure.value is None else f"{measure.value:.4g}"
    where = " ".join(part for part in (measure.channel, measure.queue_id) if part)
    message = Message(
        f"alert-{alert_id}-{kind}",
        kind,
        f"[{measure.severity}] {measure.metric_id} {kind}: {where}",
        f"{measure.metric_id} is {value} (threshold {measure.threshold:.4g}, n {measure.n}), as"
        f" of {measure.watermark_at} UTC. Rule {measure.rule_id}, alert {alert_id}.",
    )
    _put(connection, message, now)


def _put(connection: sqlite3.Connection, message: Message, now: datetime) -> bool:
    body = f"{message.body}\n({message.message_id})"
    cursor = connection.execute(
        "insert into outbox (message_id, kind, title, body, written_at) values (?, ?, ?, ?, ?)"
        " on conflict do nothing",
        (message.message_id, message.kind, message.title, body, _text(now)),
    )
    return cursor.rowcount == 1


def _text(moment: datetime) -> str:
    return moment.isoformat(sep=" ")
