"""The simulated centre of the demo: a sandbox in a process of its own, and its clock.

Inputs: days, contacts a day, seed, and the home folder, where the clock of the last demo is kept,
so that the next one finds the centre a day later. Outputs: the environment that points the
pipelines at it.
"""

from __future__ import annotations

import gc
import json
import multiprocessing as mp
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Self

SANDBOX_MAPPING = Path(__file__).resolve().parent.parent / "examples" / "sandbox" / "files.yml"
STATE_FILE = "demo.json"
START_LIMIT_SECONDS = 180.0
_DAY = 86_400


class DemoError(RuntimeError):
    """The demo cannot go on; the message says what happened, where, and what to do."""


@dataclass(frozen=True)
class Plan:
    """Which centre to simulate, and how many days its clock has moved since the first demo."""

    days: int
    contacts_per_day: int
    seed: int
    days_advanced: int = 0


def next_plan(folder: Path, days: int, contacts_per_day: int, seed: int) -> Plan:
    """The plan of this demo: the first one of a home, or the last one a day later.

    Args:
        folder: `<home>/sandbox`.
        days: Days of history before the first demo's clock.
        contacts_per_day: Contacts that arrive on an average day.
        seed: Seed of the simulation.

    Raises:
        DemoError: The home holds another centre's data.
    """
    state = folder / STATE_FILE
    wanted = Plan(days, contacts_per_day, seed)
    if not state.exists():
        return wanted
    last = Plan(**json.loads(state.read_text(encoding="utf-8")))
    if (last.days, last.contacts_per_day, last.seed) != (days, contacts_per_day, seed):
        raise DemoError(
            f"This home holds the centre of DAYS={last.days} "
            f"CONTACTS_PER_DAY={last.contacts_per_day} SEED={last.seed} ({state}). "
            "Run the demo with the same values, or start afresh with another KONTAKTI_HOME or "
            "`make clean`."
        )
    return Plan(days, contacts_per_day, seed, last.days_advanced + 1)


def remember(folder: Path, plan: Plan) -> None:
    """Note that this plan was landed, so that the next demo moves the clock on."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / STATE_FILE).write_text(json.dumps(asdict(plan)) + "\n", encoding="utf-8")


class Centre:
    """Runs the sandbox in a child process, as a context manager that does not wait for it."""

    def __init__(self, plan: Plan, folder: Path, runs_from: int | None = None) -> None:
        """Prepare.

        Args:
            plan: Which centre.
            folder: Receives the exported reference files.
            runs_from: Seconds after the plan's clock that a running clock starts at; the clock
                stands without it.
        """
        self._plan = plan
        self._folder = folder
        self._runs_from = runs_from
        # Not fork: the parent may hold threads and open files that a server must not inherit.
        self._context = mp.get_context("spawn")

    def __enter__(self) -> Self:
        here, there = self._context.Pipe()
        self._pipe = here
        self._process = self._context.Process(
            target=_serve,
            args=(self._plan, self._folder, there, self._runs_from),
            name="sandbox",
            daemon=True,
        )
        self._process.start()
        there.close()
        return self

    def wait(self) -> tuple[dict[str, str], int]:
        """Wait until it serves.

        Returns:
            The environment that points the pipelines at it, and the contacts there were so far.

        Raises:
            DemoError: It did not come up.
        """
        try:
            if self._pipe.poll(START_LIMIT_SECONDS):
                ready: tuple[dict[str, str], int] = self._pipe.recv()
                return ready
        except EOFError:
            pass
        self._process.terminate()
        raise DemoError(
            "The sandbox did not come up; `make sandbox` runs it alone and shows what is wrong."
        )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pipe.close()
        self._process.join(timeout=10)
        if self._process.is_alive():
            self._process.terminate()


def _serve(plan: Plan, folder: Path, pipe: Connection, runs_from: int | None) -> None:
    """Child process: simulate, export, serve until the parent closes its end of the pipe."""
    # A simulation makes millions of objects that all stay: looking for garbage is in vain.
    gc.disable()
    # Imported in the child only: the parent stays small, and its imports are Dagster's.
    from sandbox.clock import Clock, FrozenClock, RunningClock  # noqa: PLC0415
    from sandbox.exports import write_exports  # noqa: PLC0415
    from sandbox.server import SandboxServer  # noqa: PLC0415
    from sandbox.world.simulate import UNTIL, simulate  # noqa: PLC0415

    world = simulate(
        seed=plan.seed,
        days=plan.days,
        contacts_per_day=plan.contacts_per_day,
        until=UNTIL,
        after_days=plan.days_advanced + 3,
    )
    now = UNTIL + plan.days_advanced * _DAY + (runs_from or 0)
    clock: Clock = FrozenClock(now)
    if runs_from is not None:
        clock = RunningClock(now, stop_at=world.horizon)
    write_exports(world, folder / "exports", now)
    gc.freeze()
    gc.enable()
    with SandboxServer(world, clock) as server:
        pipe.send((server.env(), sum(c.arrived_at <= now for c in world.contacts)))
        try:
            pipe.recv()
        except EOFError:
            return
