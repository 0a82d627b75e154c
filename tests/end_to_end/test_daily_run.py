"""From vendor APIs to a published KPI: the daily job, run as a user runs it, against the ledger.

The tests of this file run in order on one home: each says what must hold at its point of the story.
"""

from __future__ import annotations

import math
import multiprocessing as mp
import time
from pathlib import Path

import duckdb
import pytest

from demo.digest import query_digest
from ingestion.home_search import texts
from ingestion.pipelines import DEFAULT_SOURCES, land
from sandbox.exports import write_exports
from sandbox.ledger import digest as ledger_digest
from sandbox.server import SandboxServer
from semantic.client import ask, socket_path
from serving.publish import publish
from tests.dbt.conftest import NO_TESTS
from tests.dbt.in_process import Dbt

from .asking import GROUP, METRICS, asked_all_along, in_turn
from .conftest import DAY, Home
from .planted import Planted

pytestmark = pytest.mark.slow


def as_of(home: Home) -> int:
    """The instant the published marts know of, unix seconds."""
    with duckdb.connect(str(home.marts), read_only=True) as connection:
        row = connection.execute("select distinct epoch(as_of_at) from core.fct_contact").fetchone()
    assert row is not None
    return int(row[0])


def differences(home: Home, centre: SandboxServer) -> list[str]:
    """Every figure of the digest that is not what truly happened."""
    truth = ledger_digest(centre.world, as_of(home))
    found = query_digest(home.path)
    wrong = []
    for channel in sorted(set(truth) | set(found)):
        for metric in sorted(truth[channel]):
            true, got = truth[channel][metric], found.get(channel, {}).get(metric)
            # No rows of a channel is no row of a query: its counts are zero.
            if true in (0, None) and got in (0, None) and metric.endswith("_n"):
                continue
            same = (
                true is got
                if true is None or got is None
                else math.isclose(true, got, rel_tol=0, abs_tol=1e-9 * max(1.0, abs(true)))
            )
            if not same:
                wrong.append(f"{channel}.{metric}: ledger {true!r}, warehouse {got!r}")
    return wrong


def read_in_a_loop(marts: Path, stop: Path, report: Path) -> None:
    """A reader that opens the published file afresh for every query until told to stop."""
    reads, errors = 0, []
    tables = None
    while not stop.exists():
        try:
            with duckdb.connect(str(marts), read_only=True) as connection:
                offered, parts = connection.execute(
                    "select sum(is_offered), sum(is_answered + is_abandoned + is_flow_out"
                    " + is_waiting) from core.fct_contact where is_offered = 1"
                ).fetchone() or (None, None)
                seen = connection.execute(
                    "select count(*) from information_schema.tables"
                ).fetchone()
            tables = tables or seen
            if offered is None or offered != parts or seen != tables:
                errors.append(f"half-built: {offered=} {parts=} {seen=} {tables=}")
        except Exception as error:
            errors.append(repr(error))
        reads += 1
        time.sleep(0.1)
    report.write_text("\n".join([str(reads), *errors]), encoding="utf-8")


def test_every_digest_figure_is_what_truly_happened(home: Home, centre: SandboxServer) -> None:
    wrong = differences(home, centre)
    assert wrong == []


def test_the_digest_has_every_channel_with_something_to_count(home: Home) -> None:
    rows = query_digest(home.path)
    assert set(rows) == {
        "total", "voice", "callback", "chat", "email", "web_form", "social_private",
    }  # fmt: skip
    for metric in ("service_level", "first_contact_resolution_rate", "csat_score", "nps"):
        assert rows["total"][f"{metric}_n"], metric


def test_nobody_is_named_in_any_file_of_the_home(
    home: Home, centre: SandboxServer, exports: Path
) -> None:
    planted = Planted(centre.world)
    weeks = sorted(exports.glob("survey_invitations-*.csv"))
    dropped = "".join(path.read_text(encoding="utf-8") for path in weeks)
    assert any(planted.found_in(dropped)), "the search itself must be able to see"
    found = [
        f"{text.place}: {value}"
        for text in texts(home.path)
        if not text.place.endswith(".duckdb")  # decoded by column as well
        for value in planted.found_in(text.content)
    ]
    assert found == []


def test_a_second_run_on_the_same_state_changes_no_row_and_no_reader_sees_it(
    home: Home, tmp_path: Path
) -> None:
    before = home.fingerprints()
    stop, report = tmp_path / "stop", tmp_path / "report"
    context = mp.get_context("spawn")
    reader = context.Process(target=read_in_a_loop, args=(home.marts, stop, report))
    reader.start()
    try:
        done = home.daily()
    finally:
        stop.touch()
        reader.join(timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr
    assert home.fingerprints() == before
    reads, *errors = report.read_text(encoding="utf-8").splitlines()
    assert errors == []
    assert int(reads) > 100, "the reader must have been reading all through the run"


def answer_of_the_service(home: Path) -> str:
    """What the home's query service says now, to every digit."""
    asked = ["query", "--metrics", METRICS, "--group-by", GROUP, "--order-by", GROUP, "--csv"]
    answer = ask(home, asked)
    assert answer is not None, "there is no service"
    return str(answer["out"] + answer["err"])


def test_a_day_later_an_incremental_run_is_again_what_truly_happened(
    home: Home, centre: SandboxServer, exports: Path
) -> None:
    before = home.fingerprints()
    known = answer_of_the_service(home.path)
    write_exports(centre.world, exports, centre.clock.advance(DAY))
    with asked_all_along(lambda: answer_of_the_service(home.path), pause=1.0) as answers:
        done = home.daily()
    new = answer_of_the_service(home.path)
    socket_path(home.path).unlink()  # ends the service
    assert done.returncode == 0, done.stdout + done.stderr
    assert home.fingerprints()["core.fct_contact"][0] > before["core.fct_contact"][0]
    assert differences(home, centre) == []
    # While the run wrote, each answer was that of the old marts, and from the publish on the new.
    assert known != new
    assert in_turn([known, *answers, new]) == [known, new]
    assert len(answers) > 10, "somebody must have been asking all through the run"


def test_a_fresh_home_gives_the_rows_of_the_one_that_grew(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = Home(tmp_path / "fresh", home.env)
    for name, value in {**home.env, "KONTAKTI_HOME": str(fresh.path)}.items():
        monkeypatch.setenv(name, value)
    for source in DEFAULT_SOURCES:
        land(source)
    Dbt(tmp_path)("build", *NO_TESTS)
    publish(fresh.path)
    grown = home.fingerprints()
    # Alerts remember when a run first saw them: the daily job's business, not dbt's.
    grown.pop("realtime.fct_alert")
    assert fresh.fingerprints() == grown
