"""README and docs name only what exists: links, files, commands, variables, metrics.

A page is text that people follow by hand; a renamed file or target breaks it without a sound.
"""

from __future__ import annotations

import re
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from demo.digest import COLUMNS
from ingestion.file_drop.entities import ENTITIES
from ingestion.file_drop.mapping import Entry, Options, load_mapping

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "benchmarks/README.md")),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("examples/*/README.md"),
    ]
)
FOLDERS = tuple(
    path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")
)
TREE_PATH = re.compile(rf"(?<![\w./<>-])(?:{'|'.join(FOLDERS)})/[\w./-]*[\w/]")
LINK = re.compile(r"\]\(([^)\s]+)\)")
VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*(?:_+[A-Z0-9]+)+\b")
# Read by others, not by Kontakti.
FOREIGN_VARIABLES = {
    "AWS_ACCESS_KEY_ID",  # of the tools of AWS, as the next two
    "AWS_ENDPOINT_URL",
    "AWS_SECRET_ACCESS_KEY",
    "DAGSTER_POSTGRES",
    "HTTPS_PROXY",
    "REQUESTS_CA_BUNDLE",
    "DBT_TARGET",
    "DBT_LOG_FORMAT_FILE",
    "PREVENT_UNSAFE_DB_CONNECTIONS",  # of Superset
    "SPARK_CONF_DIR",
    "PROVIDERS__ENABLE_AWS_SECRETS",  # of dlt
    "PROVIDERS__ENABLE_GOOGLE_SECRETS",
    "CREDENTIALS_DIRECTORY",  # of systemd
}
# Parts of names that pages show with the rest left open.
OPEN_ENDED = {"KONTAKTI_", "SOURCES__"}
METRICS = ROOT / "dbt_project" / "models" / "semantic_models" / "metrics"
# Folders of a home, not of the project, that share a name with one of the project's.
HOME_ONLY = ("serving/marts.duckdb", "serving/live.duckdb", "serving/docs", "sandbox/demo.json")


def page_id(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def without_blocks(text: str) -> str:
    """A page without its fenced examples: messages and listings are not instructions."""
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The fragments that a page's headings can be linked by, spelled as code hosts spell them."""
    headings = re.findall(r"^#+ (.+)$", without_blocks(page.read_text()), flags=re.MULTILINE)
    plain = (re.sub(r"[^\w\s-]", "", heading.lower()) for heading in headings)
    return {re.sub(r"\s", "-", heading.strip()) for heading in plain}


@cache
def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@cache
def code_text() -> str:
    """Everything a variable can be read in: Python, the Makefile, dbt's profiles, the example."""
    listed = subprocess.run(
        ["git", "ls-files", "*.py", "Makefile", "*.yml", ".env.example", "dbt_project/**/*.sql"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    files = (ROOT / name for name in listed if not name.startswith("tests/"))
    return "\n".join(file.read_text() for file in files if file.is_file())


@cache
def metric_names() -> set[str]:
    return {
        metric["name"]
        for file in METRICS.glob("*.yml")
        for metric in yaml.safe_load(file.read_text())["metrics"]
    }


@cache
def catalogue_ids() -> set[str]:
    """Ids of the KPI catalogue, including metrics that nobody has built."""
    return set((ROOT / "tests" / "semantic" / "catalogue_ids.txt").read_text().split())


def exists_as_variable(name: str) -> bool:
    """Whether code reads it by name, or puts it together from a source and a setting."""
    if re.search(rf"\b{name}\b", code_text()):
        return True
    if not name.startswith("SOURCES__"):
        return False
    _, source, setting = name.lower().split("__", 2)
    module = ROOT / "ingestion" / "sources" / f"{source}.py"
    read = module.read_text() + (ROOT / "ingestion" / "settings.py").read_text()
    return module.is_file() and re.search(rf"\b{setting}\b", read) is not None


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_relative_link_leads_to_a_file_and_a_heading_that_exist(page: Path) -> None:
    for link in LINK.findall(without_blocks(page.read_text())):
        if "://" in link:
            continue
        place, _, fragment = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        assert target.exists(), f"{link} leads nowhere"
        assert not fragment or fragment in anchors(target), f"{link} names no heading"


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_path_of_the_tree_that_a_page_names_exists(page: Path) -> None:
    spelled_out = set(re.findall(r"^(?:#|--) (\S+/\S+)$", page.read_text(), re.MULTILINE))
    for named in TREE_PATH.findall(LINK.sub("]", page.read_text())):
        if named.startswith(HOME_ONLY) or named in spelled_out:
            continue
        assert (ROOT / named).exists(), f"there is no {named}"


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_make_target_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text()
    named = re.findall(r"`make ([a-z][a-z -]*)", text) + re.findall(r"^make (\S+)", text, re.M)
    for target in " ".join(named).split():
        assert target in make_targets(), f"there is no `make {target}`"


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_module_that_a_page_runs_exists_and_knows_the_command(page: Path) -> None:
    for module, command in re.findall(r"python -m ([a-z_.]+)(?: ([a-z]+))?", page.read_text()):
        if module in {"pip", "venv"}:
            continue
        spec = find_spec(module)
        assert spec is not None, f"there is no module {module}"
        files = [Path(spec.origin or "")]
        if spec.submodule_search_locations is not None:
            spec = find_spec(f"{module}.__main__")
            assert spec is not None, f"{module} cannot be run"
            files = sorted(Path(spec.origin or "").parent.glob("*.py"))  # where its commands are
        source = "\n".join(file.read_text() for file in files)
        if command and "typer" in source:
            known = set(re.findall(r"@app\.command\(\"?([a-z]*)\"?\)\ndef ([a-z]+)", source))
            names = {given or made.strip("_") for given, made in known}
            names |= {made.removesuffix("_checks") for _, made in known} - {"main"}
            assert not names or command in names, f"{module} has no command {command}"


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_environment_variable_that_a_page_names_is_read_somewhere(page: Path) -> None:
    for name in set(VARIABLE.findall(page.read_text())) - FOREIGN_VARIABLES - OPEN_ENDED:
        assert exists_as_variable(name), f"nothing reads {name}"


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_metric_that_a_page_names_is_defined(page: Path) -> None:
    words = set(re.findall(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)*\b", page.read_text()))
    entity_columns = {name for entity in ENTITIES.values() for name in entity.column_names}
    assert (words & catalogue_ids()) - entity_columns <= metric_names()
    for asked in re.findall(r"--metrics ([\w,]+)", page.read_text()):
        assert set(asked.split(",")) <= metric_names()


def test_the_metrics_page_explains_exactly_the_figures_of_the_digest() -> None:
    text = (ROOT / "docs" / "guide" / "metrics.md").read_text()
    explained = re.findall(r"^\| `(\w+)` \|", text, re.M)
    assert explained == [column.metric for column in COLUMNS]
    assert {f"{name}_n" for name in explained if not name.startswith("contacts")} <= metric_names()


def test_the_file_drop_page_lists_every_entity_column_and_option() -> None:
    text = (ROOT / "docs" / "guide" / "file-drop.md").read_text()
    for entity in ENTITIES.values():
        listed = re.search(rf"^- \*\*{entity.name}\*\*,.*?(?=^- |^$)", text, re.M | re.S)
        assert listed is not None, f"entity {entity.name} is not listed"
        missing = set(entity.column_names) - set(re.findall(r"\w+", listed[0]))
        assert not missing, f"{entity.name}: {missing}"
    options = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`[^|]+) \|", text, re.M))))
    assert set(Entry.model_fields) | set(Options.model_fields) <= options


def test_the_worked_example_of_the_file_drop_page_is_a_mapping_that_fits(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "guide" / "file-drop.md").read_text()
    example = re.search(r"```yaml\n(- dataset:.*?)```", text, re.S)
    assert example is not None
    (tmp_path / "files.yml").write_text(example[1])
    mapping = load_mapping(tmp_path / "files.yml")
    assert [placed.entry.entity for placed in mapping.entries] == ["calls"]
    assert not mapping.problems


def test_every_page_of_guide_runbook_and_adr_is_in_its_index() -> None:
    for folder in ("guide", "runbook", "adr"):
        index = ROOT / "docs" / folder / "README.md"
        linked = set(LINK.findall(index.read_text()))
        pages = {page.name for page in index.parent.glob("*.md")} - {"README.md"}
        assert pages <= {link.partition("#")[0] for link in linked}, folder


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    to_read = [ROOT / "README.md"]
    while to_read:
        page = to_read.pop()
        if page in reached:
            continue
        reached.add(page)
        places = (link.partition("#")[0] for link in LINK.findall(without_blocks(page.read_text())))
        linked = (
            (page.parent / place).resolve() for place in places if place and "://" not in place
        )
        to_read += [target for target in linked if target.suffix == ".md"]
    assert set(PAGES) <= reached


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_no_page_names_a_place_of_one_machine(page: Path) -> None:
    assert not re.search(r"(?<![\w.])/(?:home|root|work|tmp|Users)/", page.read_text())


# Said by DuckDB and by the operating system.
FOREIGN_MESSAGES = ("Could not set lock on file", "No space left on device")


def test_every_message_that_the_runbook_explains_is_one_that_the_code_says() -> None:
    packages = ("alerts", "demo", "expectations", "ingestion", "live", "orchestration", "semantic")
    files = [path for name in (*packages, "serving") for path in (ROOT / name).rglob("*.py")]
    # Sentences that go over lines are one again, without what is filled in.
    code = "".join(re.sub(r'"\s*\n\s*f?"', "", path.read_text()) for path in files)
    said = re.sub(r"\{[^{}]*\}", "", code)
    table = (ROOT / "docs/runbook/README.md").read_text().split("## By what you see")[1]
    rows = [line.split("|")[1] for line in table.split("\n## ")[0].splitlines() if "](" in line]
    seen = [message for row in rows for message in re.findall(r"`([^`]+)`", row)]
    assert len(seen) > len(rows) > 20
    unsaid = [
        message
        for message in seen
        for part in (piece.strip(" .:,'") for piece in re.split(r"[…()\d]+", message))
        if len(part) > 3 and part not in said + code and not part.endswith(FOREIGN_MESSAGES)
    ]
    assert not unsaid, unsaid
