"""Dagster's home lies in the project's home and follows the dagster.yaml under version control."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from orchestration.instance import open_instance, prepare_dagster_home
from orchestration.settings import Settings


def test_the_instance_keeps_everything_under_the_home(tmp_path: Path) -> None:
    with open_instance(Settings(home=tmp_path)) as instance:
        assert Path(instance.root_directory) == tmp_path / "dagster"
        assert not instance.telemetry_enabled


def test_every_pool_admits_one_step_at_a_time(tmp_path: Path) -> None:
    with open_instance(Settings(home=tmp_path)) as instance:
        pools = instance.get_concurrency_config().pool_config
        assert pools.default_pool_limit == 1
        assert pools.pool_granularity is not None
        assert pools.pool_granularity.value == "op"


def test_a_changed_dagster_yaml_replaces_the_copy(tmp_path: Path) -> None:
    folder = prepare_dagster_home(Settings(home=tmp_path))
    (folder / "dagster.yaml").write_text("telemetry: {enabled: true}\n")
    prepare_dagster_home(Settings(home=tmp_path))
    assert "default_limit: 1" in (folder / "dagster.yaml").read_text()


def test_a_new_home_that_several_open_at_once_can_be_opened_by_all(tmp_path: Path) -> None:
    together = Barrier(4)

    def first_run(home: Path) -> int:
        together.wait()
        with open_instance(Settings(home=home)) as instance:
            return instance.get_runs_count()

    with ThreadPoolExecutor(together.parties) as operators:
        for home in (tmp_path / "one", tmp_path / "other"):
            assert list(operators.map(first_run, [home] * together.parties)) == [0, 0, 0, 0]
