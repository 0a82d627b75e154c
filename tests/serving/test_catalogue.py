"""The KPI catalogue: an anchor a metric, three languages, sources as links, nothing fetched."""

from __future__ import annotations

import re
from typing import Any

from serving.catalogue import FIELDS, LANGUAGES, catalogue_page, read_texts
from serving.docs import PROJECT

SOURCE = "https://example.org/how"
TEXTS = read_texts(PROJECT / "translations")


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
    owner = {"owner": {"name": "Team lead"}, "description": "Leads a team."}
    found = {each["unique_id"]: each for each in metrics}
    return catalogue_page({"metrics": found, "groups": {"group.kontakti.team_lead": owner}}, TEXTS)


def test_every_metric_has_one_anchor_and_its_three_names() -> None:
    html = page(RATE, *PARTS)
    anchors = re.findall(r'<article id="(\w+)"', html)
    assert anchors == ["answer_rate", "answer_rate_n", "answers", "owner_team_lead"]
    for name in ("ANSWER_RATE", "answer_rate suomeksi", "answer_rate på svenska"):
        assert name in html
    assert '<a href="#answer_rate_n"><code>answer_rate_n</code></a>' in html


def test_components_come_after_what_they_are_part_of() -> None:
    html = page(*PARTS, RATE)
    heading = html.index("<h2>")
    assert html.index('id="answer_rate"') < heading < html.index('id="answers"')


def test_every_caption_is_said_in_every_language() -> None:
    wanted = {"title", "search", "nothing", "components", "columns", "owners", *FIELDS}
    for code in LANGUAGES:
        assert TEXTS[code]["captions"].keys() == wanted
        assert TEXTS[code]["populations"].keys() == TEXTS["en"]["populations"].keys()


def test_an_owner_is_described_and_led_to() -> None:
    html = page(metric("answer_rate", owner="team lead, client"))
    assert '<a href="#owner_team_lead"><span lang="en" data-lang="en">team lead</span>' in html
    assert "Leads a team." in html
    assert TEXTS["sv"]["owners"]["team lead"] in html


def test_what_belongs_to_a_metric_is_told_by_its_name_in_each_language() -> None:
    html = page(RATE, *PARTS, metric("answer_rate_low", "derived", formula="lower bound of x"))
    assert "Nämnaren i answer_rate på svenska" in html
    assert "Osatekijä, josta lasketaan answer_rate suomeksi." in html
    assert "alaraja luvulle " in html


def test_units_and_directions_are_said_in_every_language() -> None:
    html = page(RATE)
    for word in ("higher is better", "suurempi on parempi", "högre är bättre", "viikoittain"):
        assert word in html


def test_text_is_escaped_and_sources_are_links() -> None:
    html = page(RATE)
    assert "Answered &lt;b&gt;&amp; counted&lt;/b&gt;." in html
    assert '<a href="https://example.org/how">https://example.org/how</a><br><span' in html
    assert "egen definition" in html
    assert "elsewhere otherwise" in html


def test_the_page_loads_nothing_from_outside() -> None:
    html = page(RATE, *PARTS).replace('<link rel="icon" href="data:,">', "", 1)
    assert not re.findall(r"<(?:script|img|iframe)[^>]+src=|<link|@import|url\(", html)


def test_no_metrics_give_an_empty_page() -> None:
    assert "<article id=" not in catalogue_page({"metrics": {}}, TEXTS)
