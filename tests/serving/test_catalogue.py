"""The KPI catalogue: an anchor a metric, three languages, sources as links, nothing fetched."""

from __future__ import annotations

import re
from typing import Any

from serving.catalogue import CAPTIONS, LANGUAGES, catalogue_page

SOURCE = "https://example.org/how"


def metric(name: str, kind: str = "ratio", **said: Any) -> dict[str, Any]:
    meta = {"label_fi": f"{name} suomeksi", "label_sv": f"{name} på svenska", "unit": "share",
            "direction": "higher is better", "source": [SOURCE, "own definition"],
            "cadence": ["daily", "weekly"], "min_n": 30}  # fmt: skip
    return {
        "name": name,
        "unique_id": f"metric.kontakti.{name}",
        "label": said.pop("label", name.upper()),
        "description": said.pop("description", "What it is."),
        "type": kind,
        "depends_on": {"nodes": said.pop("made_of", [])},
        "config": {"meta": meta | said},
    }


RATE = metric("answer_rate", made_of=["metric.kontakti.answers", "metric.kontakti.answer_rate_n"],
              description="Answered <b>& counted</b>.", differs="elsewhere otherwise")  # fmt: skip
PARTS = [
    metric("answer_rate_n", "simple", direction="none"),
    metric("answers", "simple", direction="none"),
]


def page(*metrics: dict[str, Any]) -> str:
    return catalogue_page({"metrics": {each["unique_id"]: each for each in metrics}})


def test_every_metric_has_one_anchor_and_its_three_names() -> None:
    html = page(RATE, *PARTS)
    assert re.findall(r'<article id="(\w+)"', html) == ["answer_rate", "answer_rate_n", "answers"]
    for name in ("ANSWER_RATE", "answer_rate suomeksi", "answer_rate på svenska"):
        assert name in html
    assert '<a href="#answer_rate_n"><code>answer_rate_n</code></a>' in html


def test_components_come_after_what_they_are_part_of() -> None:
    html = page(*PARTS, RATE)
    heading = html.index("<h2>")
    assert html.index('id="answer_rate"') < heading < html.index('id="answers"')


def test_every_caption_is_said_in_every_language() -> None:
    assert all(len(said) == len(LANGUAGES) and all(said) for said in CAPTIONS.values())


def test_units_and_directions_are_said_in_every_language() -> None:
    html = page(RATE)
    for word in ("higher is better", "suurempi on parempi", "högre är bättre", "viikoittain"):
        assert word in html


def test_text_is_escaped_and_sources_are_links() -> None:
    html = page(RATE)
    assert "Answered &lt;b&gt;&amp; counted&lt;/b&gt;." in html
    assert '<a href="https://example.org/how">https://example.org/how</a><br>own definition' in html
    assert "elsewhere otherwise" in html


def test_the_page_loads_nothing_from_outside() -> None:
    html = page(RATE, *PARTS)
    assert not re.findall(r"<(?:script|img|iframe)[^>]+src=|<link|@import|url\(", html)


def test_no_metrics_give_an_empty_page() -> None:
    assert "<article" not in page()
