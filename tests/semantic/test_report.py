"""Reports show n, interval and watermark, and keep small groups to themselves."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
import yaml
from typer.testing import CliRunner

from semantic import report
from semantic.commands import app
from semantic.errors import SemanticError
from semantic.home import DBT_PROJECT_DIR
from semantic.query import SemanticLayer, Value
from semantic.report import (
    FEW,
    MIXED,
    NO_DATA,
    SUPPRESSED,
    UNRELIABLE,
    reliability,
    report_rows,
    write_report,
)
from semantic.terms import headings, spoken_notes

from . import small_centre

MODELS = DBT_PROJECT_DIR / "models" / "marts"


def records(layer: SemanticLayer, name: str) -> list[dict[str, Value]]:
    columns, rows, _ = report_rows(layer, name)
    return [dict(zip(columns, row, strict=True)) for row in rows]


@pytest.mark.parametrize(
    ("n", "bounds", "note"),
    [
        (0, (), "no data"), (None, (), "no data"), (29, (), "suppressed"), (30, (), "low n"),
        (99, (0.1, 0.41), "unreliable"), (100, (0.1, 0.3), None), (99, (0.1, 0.3), "low n"),
    ],
)  # fmt: skip
def test_a_note_says_why_a_figure_is_missing_or_needs_care(
    n: int | None, bounds: tuple[float, ...], note: str | None
) -> None:
    assert reliability(n, 30, *bounds) == note


def test_a_mean_of_few_waves_is_not_said_to_rest_on_few_answers() -> None:
    assert reliability(1, 0) is None
    assert reliability(0, 0) == NO_DATA


def test_few_are_left_out_with_their_interval_and_still_counted(layer: SemanticLayer) -> None:
    voice = next(
        row for row in records(layer, "daily_voice_of_customer")
        if row["contact_channel"] == "voice" and row["csat_score_n"]
    )  # fmt: skip
    assert voice["csat_score_n"] == 2
    assert voice["csat_score_note"] == "suppressed"
    assert [voice[f"csat_score{end}"] for end in ("", "_low", "_high")] == [None] * 3
    assert voice["contacts_offered"] == 3, "a count is no figure about persons"
    assert voice["data_watermark"] == small_centre.AS_OF


def test_enough_are_shown(layer: SemanticLayer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "reliability", lambda n, minimum, *bounds: reliability(n, 1))
    quarter = next(row for row in records(layer, "quarterly_strategy") if row["nps_n"])
    assert quarter["csat_score"] == pytest.approx(1 / 3)
    assert quarter["csat_score_low"] is not None
    assert quarter["nps_standard_error"] is not None
    assert quarter["nps_note"] == "low n"


def test_a_figure_over_several_scales_says_so(
    layer: SemanticLayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five points by phone, thumbs by e-mail: apart they are one scale each."""
    monkeypatch.setattr(report, "reliability", lambda n, minimum, *bounds: reliability(n, 1))
    quarter = next(row for row in records(layer, "quarterly_strategy") if row["csat_score_n"])
    assert (quarter["csat_score_scales"], quarter["csat_score_note"]) == (2, "mixed scales")
    days = [row for row in records(layer, "daily_voice_of_customer") if row["csat_score_n"]]
    assert [row["csat_score_scales"] for row in days] == [1, 1]
    assert {row["csat_score_note"] for row in days} == {"low n"}


def test_both_files_hold_the_same_rows(layer: SemanticLayer, tmp_path: Path) -> None:
    report = write_report(layer, tmp_path, "weekly_team")
    parquet, csv = report.parquet, report.csv
    assert [parquet.name, csv.name] == ["weekly_team.parquet", "weekly_team.csv"]
    assert sorted(path.name for path in (tmp_path / "reports").iterdir()) == [
        csv.name,
        parquet.name,
    ]
    columns, rows, watermark = report_rows(layer, "weekly_team")
    assert watermark == small_centre.AS_OF
    found = duckdb.sql(f"select * from '{parquet}'")
    assert found.columns == columns
    assert [list(row) for row in found.fetchall()] == rows
    text = duckdb.sql(f"select * from read_csv('{csv}')")
    assert text.columns == columns
    assert len(text.fetchall()) == len(rows) > 0


def test_a_language_heads_the_csv_alone_and_one_that_is_not_there_writes_nothing(
    layer: SemanticLayer, tmp_path: Path
) -> None:
    report = write_report(layer, tmp_path, "weekly_team", "fi")
    assert report.csv.name == "weekly_team.fi.csv"
    assert duckdb.sql(f"select * from '{report.parquet}'").columns == report.columns
    spoken = duckdb.sql(f"select * from read_csv('{report.csv}', header = true)").columns
    assert spoken == headings(report.columns, layer.labels("fi"), "fi")
    assert "piilotettu" in report.csv.read_text(encoding="utf-8")
    assert "suppressed" not in report.csv.read_text(encoding="utf-8")
    with pytest.raises(SemanticError, match="no language 'de': take one of en, fi, sv"):
        write_report(layer, tmp_path / "other", "weekly_team", "de")
    assert not any((tmp_path / "other").rglob("weekly_team*"))


def test_every_note_is_said_in_every_language() -> None:
    notes = [NO_DATA, SUPPRESSED, UNRELIABLE, MIXED, FEW, None]
    for language in ("fi", "sv"):
        spoken = spoken_notes(["nps_note"], [[note] for note in notes], language)
        assert not {word for (word,) in spoken[:-1]} & set(notes)
        assert spoken[-1] == [None]


def test_the_command_writes_and_names_the_files(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KONTAKTI_HOME", str(database.parent.parent))
    done = CliRunner().invoke(app, ["report", "rt_floor"])
    assert done.exit_code == 0, done.output
    assert all(Path(line).is_file() for line in done.output.split())
    missing = CliRunner().invoke(app, ["report", "rt_flor"])
    assert missing.exit_code == 1
    assert "rt_floor" in missing.stderr


def test_every_column_of_a_report_has_a_heading_in_every_language(layer: SemanticLayer) -> None:
    files = [yaml.safe_load(path.read_text()) for path in MODELS.glob("*/*_report.yml")]
    columns = {
        column["name"] for file in files for model in file.get("models", ())
        for column in model["columns"]
    }  # fmt: skip
    columns |= {cut for name in layer.metrics for cut in layer.dimensions([name])}
    columns |= {"csat_score", "csat_score_note", "data_watermark"}
    assert len(columns) > 100
    for language in ("en", "fi", "sv"):
        labels = layer.labels(language)
        said = dict(zip(columns, headings(list(columns), labels, language), strict=True))
        assert {name for name, heading in said.items() if heading == name} == set(), language
    assert headings(["csat_score_note"], layer.labels("fi"), "fi") == [
        "Asiakastyytyväisyys (CSAT), huomautus"
    ]
