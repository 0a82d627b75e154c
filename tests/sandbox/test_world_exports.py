"""The reference files and the clock of the sandbox."""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from sandbox.clock import FrozenClock, RunningClock
from sandbox.exports import write_exports
from sandbox.ledger import write
from sandbox.world.records import World
from sandbox.world.simulate import UNTIL, simulate

MAPPING = Path(__file__).parents[2] / "examples" / "sandbox" / "files.yml"


@pytest.fixture(scope="module")
def world() -> World:
    return simulate(3, 4, 150, UNTIL, after_days=0)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_the_mapping_fits_the_files(world: World, tmp_path: Path) -> None:
    write_exports(world, tmp_path, UNTIL)
    entries = yaml.safe_load(MAPPING.read_text(encoding="utf-8"))
    files = {entry["path"]: sorted(tmp_path.glob(entry["path"])) for entry in entries}
    assert {path for found in files.values() for path in found} == set(tmp_path.iterdir())
    for entry in entries:
        for path in files[entry["path"]]:
            named = set(re.findall(r"\w+", " ".join(entry["columns"].values())))
            assert set(rows(path)[0]) <= named
            assert {word for word in entry["columns"].values() if word.isidentifier()} <= set(
                rows(path)[0]
            )


def test_queues_are_named_as_the_warehouse_names_them(world: World, tmp_path: Path) -> None:
    write_exports(world, tmp_path, UNTIL)
    queues = {row["queue_id"]: row for row in rows(tmp_path / "queues.csv")}
    for queue in world.queues:
        assert queues[f"{queue.system}:{queue.native_id}"]["schedule_id"] == queue.schedule_id


def test_schedules_and_holidays_say_when_the_centre_is_open(world: World, tmp_path: Path) -> None:
    write_exports(world, tmp_path, UNTIL)
    live = [r for r in rows(tmp_path / "schedules.csv") if r["schedule_id"] == "live_fi"]
    assert [(r["weekday"], r["open_time"], r["close_time"]) for r in live][-2:] == [
        ("4", "08:00", "18:00"),
        ("5", "10:00", "15:00"),
    ]
    closed = {r["start_date"] for r in rows(tmp_path / "schedule_holidays.csv")}
    assert {"2026-04-03", "2026-04-06", "2026-12-06"} <= closed


def test_an_export_of_a_day_knows_no_later_leavers(world: World, tmp_path: Path) -> None:
    write_exports(world, tmp_path, UNTIL, as_of=world.starts_at)
    listed = {row["agent_id"]: row for row in rows(tmp_path / "agents.csv")}
    for agent in world.agents:
        row = listed.get(agent.employee_id)
        assert (row is not None) == (agent.hired_at <= world.starts_at)
        if row is not None and agent.left_at is not None and agent.left_at > world.starts_at:
            assert row["left_at"] == row["left_reason"] == ""


def test_the_personnel_list_has_a_line_for_every_team_and_return(
    world: World, tmp_path: Path
) -> None:
    write_exports(world, tmp_path, UNTIL)
    found: dict[str, list[tuple[str, str, str]]] = {}
    for row in rows(tmp_path / "agents.csv"):
        said = row["valid_from"], row["hired_at"], row["team"]
        found.setdefault(row["agent_id"], []).append(said)
    moved = [lines for lines in found.values() if len(lines) > 1]
    assert moved
    for first, second in moved:
        assert first[0] < second[0]
        assert first[2] != second[2]
    # one of a pool stays employed and one comes back
    assert {first[1] == second[1] for first, second in moved} == {True, False}


def test_the_survey_files_know_nothing_that_comes_later(world: World, tmp_path: Path) -> None:
    now = UNTIL - 86_400
    write_exports(world, tmp_path, now)
    limit = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%S")
    for name in ("survey_invitations", "closed_loop_tasks"):
        found = [row for path in sorted(tmp_path.glob(f"{name}*.csv")) for row in rows(path)]
        assert found, name
        times = [value for row in found for key, value in row.items() if key.endswith("_at")]
        assert max(times) <= limit


def test_invitations_sent_long_ago_stay_as_they_were(tmp_path: Path) -> None:
    for name, now in (("before", UNTIL - 86_400), ("after", UNTIL)):
        write_exports(simulate(3, 21, 50, UNTIL), tmp_path / name, now)
    files = sorted((tmp_path / "before").glob("survey_invitations-*.csv"))
    same = [path.read_bytes() == (tmp_path / "after" / path.name).read_bytes() for path in files]
    assert len(files) >= 3
    assert same[0]
    assert not same[-1]


def test_the_files_do_not_depend_on_how_far_the_world_goes_on(tmp_path: Path) -> None:
    for name, after_days in (("near", 0), ("far", 3)):
        write_exports(simulate(3, 2, 50, UNTIL, after_days), tmp_path / name, UNTIL)
    for near in (tmp_path / "near").iterdir():
        assert near.read_bytes() == (tmp_path / "far" / near.name).read_bytes()


def test_the_ledger_is_written_for_people_to_read(world: World, tmp_path: Path) -> None:
    counts = write(world, UNTIL, tmp_path / "ledger")
    assert set(counts) == {"contacts", "legs", "cases", "survey_answers", "digest"}
    assert counts["contacts"] == sum(c.arrived_at <= UNTIL for c in world.contacts)
    assert {path.stem for path in (tmp_path / "ledger").iterdir()} == set(counts)


def test_a_frozen_clock_moves_only_when_told() -> None:
    clock = FrozenClock(1000)
    assert clock.now() == 1000
    assert clock.advance(60) == clock.now() == 1060
    with pytest.raises(ValueError, match="only moves forward"):
        clock.advance(-1)


def test_a_running_clock_runs_at_its_speed_and_stops_at_the_horizon() -> None:
    wall = [50.0]
    clock = RunningClock(1000, speed=60, stop_at=1500, monotonic=lambda: wall[0])
    assert clock.now() == 1000
    wall[0] += 2.5
    assert clock.now() == 1150
    assert clock.advance(100) == 1250
    wall[0] += 1000
    assert clock.now() == 1500
    with pytest.raises(ValueError, match="positive speed"):
        RunningClock(0, speed=0)
