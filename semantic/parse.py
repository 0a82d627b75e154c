"""Prepare dbt's manifests: parse the project when its files changed since the last parse.

Input: dbt_project/. Output: dbt_project/target/parsed/ with manifest.json, semantic_manifest.json
and a stamp of what was parsed, in a folder of their own, because every dbt command of a developer
writes to target itself. No network, no warehouse and no credential is touched.

Dagster's own `prepare_if_dev` acts only under `dagster dev` and `dg`, and then parses every time;
this one serves `dagster job execute`, tests and CI alike, and costs milliseconds when nothing
changed.

Run alone: `python -m semantic.parse`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import yaml
from filelock import FileLock

from semantic.home import DBT_PROJECT_DIR

PARSED_SUFFIXES = {".sql", ".yml", ".yaml", ".csv", ".md", ".py"}
IGNORED_FOLDERS = {"target", "logs", "dbt_packages"}
STAMP_NAME = "manifest.sha256"
SEMANTIC_MANIFEST = "semantic_manifest.json"
PARSE_CACHE = "partial_parse.msgpack"
WAREHOUSE_TARGET = "dev"


class ManifestError(RuntimeError):
    """dbt could not parse the project; the message carries dbt's own words."""


def dbt_executable() -> str:
    """The `dbt` of this interpreter's environment, else the one on PATH.

    Raises:
        ManifestError: Neither exists.
    """
    beside = Path(sys.executable).parent / "dbt"
    found = str(beside) if beside.exists() else shutil.which("dbt")
    if found is None:
        raise ManifestError("dbt is not installed beside this Python nor on PATH: `make install`")
    return found


def fingerprint(project_dir: Path, suffixes: Collection[str] = PARSED_SUFFIXES) -> str:
    """Hash of every file dbt parses, and of what is switched on.

    By content: a fresh checkout has new mtimes, not new SQL.
    """
    digest = hashlib.sha256(",".join(_switched_on(project_dir)).encode())
    for folder, subfolders, files in os.walk(project_dir):
        subfolders[:] = sorted(name for name in subfolders if name not in IGNORED_FOLDERS)
        for name in sorted(files):
            path = Path(folder) / name
            if path.suffix in suffixes:
                digest.update(str(path.relative_to(project_dir)).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def _switched_on(project_dir: Path) -> list[str]:
    """The systems and tables beyond the usual ones that the environment names."""
    project = yaml.safe_load((project_dir / "dbt_project.yml").read_text(encoding="utf-8"))
    named = os.environ.get("KONTAKTI_SOURCES", "").split(",")
    more = project.get("vars", {}).get("more_systems", ())
    systems = sorted(set(more).intersection(name.strip() for name in named))
    asked_for = (
        f"{name}={value}"
        for name, value in sorted(os.environ.items())
        if name.startswith("SOURCES__") and name.endswith("__ALSO")
    )
    return [*systems, *asked_for]


def parsed_folder(project_dir: Path) -> Path:
    """Where the manifest and dbt's parse cache are kept."""
    return project_dir / "target" / "parsed"


def prepare_manifest(project_dir: Path = DBT_PROJECT_DIR) -> Path:
    """Return the path of a manifest that matches the project's files, parsing them if it must.

    Raises:
        ManifestError: The project is missing or does not parse.
    """
    if not (project_dir / "dbt_project.yml").exists():
        raise ManifestError(f"No dbt project at {project_dir}")
    target = parsed_folder(project_dir)
    target.mkdir(parents=True, exist_ok=True)
    manifest, stamp = target / "manifest.json", target / STAMP_NAME
    # The UI's web server, its daemon and a test worker may all load the code location at once.
    with FileLock(target / ".manifest.lock"):
        current = fingerprint(project_dir)
        if manifest.exists() and stamp.exists() and stamp.read_text() == current:
            return manifest
        _parse(project_dir, target)
        stamp.write_text(current)
    return manifest


def _parse(project_dir: Path, target: Path) -> None:
    result = subprocess.run(  # noqa: S603 - a fixed command line, no shell
        [
            dbt_executable(),
            "--quiet",
            "--no-use-colors",
            "parse",
            # Named, because dbt parses everything anew when a build names another target than this.
            "--target",
            WAREHOUSE_TARGET,
            "--project-dir",
            str(project_dir),
            "--profiles-dir",
            str(project_dir),
            "--target-path",
            str(target),
            "--log-path",
            str(target),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
    )
    if result.returncode != 0:
        said = (result.stdout + result.stderr).strip()
        raise ManifestError(f"dbt could not parse {project_dir}:\n{said}")
    # `mf` looks nowhere else.
    for_mf = project_dir / "target" / SEMANTIC_MANIFEST
    shutil.copyfile(target / SEMANTIC_MANIFEST, for_mf.with_suffix(".fresh"))
    for_mf.with_suffix(".fresh").replace(for_mf)


if __name__ == "__main__":
    sys.stdout.write(f"{prepare_manifest()}\n")
