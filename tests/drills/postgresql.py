"""A PostgreSQL server of the drill's own, on a socket in a folder."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def server() -> Iterator[str]:
    """Serve an empty cluster; yields the address of its database.

    PostgreSQL refuses to run as root: there it runs as the user `postgres` of its package.
    """
    binaries = _binaries()
    # Of its own and short: the path of a socket may have 107 bytes, and others must get to it.
    folder = Path(tempfile.mkdtemp(prefix="kontakti-pg-"))
    folder.chmod(0o755)
    be: list[str] = []
    if os.geteuid() == 0:
        try:
            shutil.chown(folder, "postgres")
            pwd.getpwnam("postgres")
        except LookupError:
            pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
        be = ["runuser", "-u", "postgres", "--"]
    data = folder / "data"
    control = [str(binaries / "pg_ctl"), "-D", str(data), "-w"]

    def quietly(*command: str, check: bool = True) -> None:
        subprocess.run([*be, *command], cwd=folder, check=check, stdout=subprocess.DEVNULL)

    try:
        quietly(str(binaries / "initdb"), "-D", str(data), "-A", "trust", "-U", "kontakti")
        options = f"-c listen_addresses='' -k {folder}"
        log = str(folder / "log")
        quietly(*control, "-o", options, "-l", log, "start")
        yield f"postgresql://kontakti@/postgres?host={folder}"
    finally:
        quietly(*control, "-m", "immediate", "stop", check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    found = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if found:
        folders.insert(0, Path(found).resolve().parent)
    for folder in folders:
        if (folder / "pg_ctl").exists():
            return folder
    pytest.skip("PostgreSQL is not installed here (apt install postgresql)")
