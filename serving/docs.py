"""dbt's documentation as one static page, and the KPI catalogue beside it.

Input: the dbt project and the published marts (read through dbt's target `serving`, so that the
page never waits for a build or blocks one). Output: `<home>/serving/docs/index.html` with every
model, column, test and metric, and `metrics.html`; neither needs a server. Beside them dbt's
manifest and catalog. Run alone: `python -m serving docs --serve`.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from serving.catalogue import catalogue_page, read_texts
from serving.errors import DocsError, NotPublishedError
from serving.layout import docs_folder, published_path
from serving.readable import readable, with_sources

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent / "dbt_project"
# dbt's name of the page that carries manifest and catalog inside.
_STATIC_PAGE = "static_index.html"
_BUILT_FROM = "built_from"
# What dbt's page lacks, put right where its head ends and where it names its icon.
_MENDS = {
    # It cuts each name of its tree in two to shorten it, and loses a space at the cut; its third
    # tab falls into a second row.
    "</head>": (
        "<style>.filename-ellip, .filename-ellip + .filename-normal {white-space: pre !important}"
        " .switches .switch-label.btn {padding-left: 0; padding-right: 0}</style></head>"
    ),
    "${require('./assets/favicons/favicon.ico')}": "data:,",
}
_SOURCES = {".sql", ".yml", ".md", ".csv", ".py"}
_KEPT = {
    "metrics.html": "metrics.html",
    "manifest.json": "manifest.json",
    "catalog.json": "catalog.json",
    _STATIC_PAGE: "index.html",
}


@dataclass(frozen=True, slots=True)
class DocsReport:
    """What was built: the page to open, its size in bytes and the seconds it took.

    `is_unchanged` says that the project is as it was when the page was built, so it was kept.
    """

    page: Path
    size_bytes: int
    seconds: float
    is_unchanged: bool = False


def build_docs(
    home: Path, project: Path = PROJECT, target: str = "serving", dbt: Sequence[str] = ()
) -> DocsReport:
    """Generate the documentation.

    Args:
        home: Home folder; its published marts give column types and table sizes.
        project: dbt project folder.
        target: dbt target that answers for the catalog.
        dbt: What to start as dbt; when empty, the one beside this interpreter.

    Returns:
        Where the page is.

    Raises:
        NotPublishedError: Nothing has been published yet.
        DocsError: dbt failed; its own words are in the message. The old page stays.
    """
    started = time.monotonic()
    if not published_path(home, "marts").exists():
        raise NotPublishedError(
            "There is nothing to document yet: build and publish the marts first (make demo)."
        )
    folder = docs_folder(home)
    page = folder / "index.html"
    wanted = _fingerprint(project, target)
    # A target folder of its own: another belongs to builds that may be running, and this one's
    # parsed project makes the next time faster.
    work = home / "serving" / ".docs"
    built = work / _BUILT_FROM
    if page.exists() and built.exists() and built.read_text(encoding="utf-8") == wanted:
        seconds = time.monotonic() - started
        return DocsReport(page, page.stat().st_size, seconds, is_unchanged=True)
    work.mkdir(parents=True, exist_ok=True)
    _run_dbt(dbt or _own_dbt(), project, home, work, target)
    written = (work / "manifest.json").read_text(encoding="utf-8")
    manifest = json.loads(written)
    drawn = (work / _STATIC_PAGE).read_text(encoding="utf-8")
    catalog = (work / "catalog.json").read_text(encoding="utf-8")
    # dbt's page carries manifest and catalog as they were written.
    worded = drawn.replace(written, json.dumps(readable(manifest)), 1)
    worded = worded.replace(catalog, json.dumps(with_sources(json.loads(catalog), manifest)), 1)
    for flaw, mended in _MENDS.items():
        worded = worded.replace(flaw, mended, 1)
    whole = _placeless(worded, home, project)
    (work / _STATIC_PAGE).write_text(whole, encoding="utf-8")
    catalogue = catalogue_page(manifest, read_texts(PROJECT / "translations"))
    (work / "metrics.html").write_text(catalogue, encoding="utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    for name, kept_as in _KEPT.items():
        # Each file is swapped whole, so that nobody opens half a page.
        shutil.copyfile(work / name, folder / f".{kept_as}.fresh")
        (folder / f".{kept_as}.fresh").replace(folder / kept_as)
    built.write_text(wanted, encoding="utf-8")
    return DocsReport(page, page.stat().st_size, time.monotonic() - started)


def _placeless(page: str, home: Path, project: Path) -> str:
    """The page without the folders of the machine that built it: it is read elsewhere too."""
    for folder, known_as in ((home, "KONTAKTI_HOME"), (project, project.name)):
        page = page.replace(json.dumps(str(folder))[1:-1], known_as)
    return page


def _fingerprint(project: Path, target: str) -> str:
    """What the page is made of: the project's own files, and these. Data does not show in it."""
    digest = hashlib.sha256(target.encode())
    for folder in (project, HERE):
        for path in sorted(folder.rglob("*")):
            if path.suffix in _SOURCES and "target" not in path.relative_to(folder).parts:
                digest.update(str(path.relative_to(folder)).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def _own_dbt() -> list[str]:
    beside = Path(sys.executable).with_name("dbt")
    return [str(beside) if beside.exists() else "dbt"]


def _run_dbt(dbt: Sequence[str], project: Path, home: Path, work: Path, target: str) -> None:
    command = [*dbt, "--no-use-colors", "docs", "generate", "--static"]
    command += ["--project-dir", str(project), "--profiles-dir", str(project)]
    command += ["--target", target, "--target-path", str(work), "--log-path", str(work)]
    environment = {
        **os.environ,
        "KONTAKTI_HOME": str(home),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": os.environ.get("DBT_SEND_ANONYMOUS_USAGE_STATS", "false"),
    }
    finished = subprocess.run(  # noqa: S603 - our own command line
        # Where this project's own modules are found, should one stand in for dbt.
        command,
        cwd=project.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode != 0 or not (work / _STATIC_PAGE).exists():
        words = "\n".join((finished.stdout + finished.stderr).strip().splitlines()[-15:])
        raise DocsError(f"dbt docs generate failed; the old page stays. dbt said:\n{words}")


def docs_server(home: Path, port: int) -> ThreadingHTTPServer:
    """A server of the documentation on loopback; port 0 takes a free one.

    Raises:
        NotPublishedError: There is no page.
    """
    folder = docs_folder(home)
    if not (folder / "index.html").exists():
        raise NotPublishedError(f"{folder} has no page: run `python -m serving docs` first.")
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(folder))
    return ThreadingHTTPServer(("127.0.0.1", port), handler)
