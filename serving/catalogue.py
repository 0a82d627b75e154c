"""The KPI catalogue as one static page in English, Finnish and Swedish, beside dbt's own page.

Input: dbt's manifest, whose metrics carry everything the page says in English, and the folder
`dbt_project/translations` with one file a language. Output: HTML that needs no server and no
network: a search box, three languages, one anchor a metric (`metrics.html#nps`). Written by
`serving.docs`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any

import yaml

Metric = Mapping[str, Any]
Texts = Mapping[str, Mapping[str, Any]]

LANGUAGES = {"en": "English", "fi": "Suomi", "sv": "Svenska"}
FIELDS = (
    "formula", "unit", "direction", "population", "anchor", "cadence", "owner", "alert", "min_n",
    "differs", "not_by", "model", "source",
)  # fmt: skip
# What is told in a metric's own words; a bound borrows the formula of what it bounds.
_OWN = ("formula", "alert", "differs")
_CODE = re.compile(r"\bP-[A-Z]+\b")
_BELONGS = re.compile(r"_(n|low|high|standard_error|n_effective|scales)$")
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --quiet: #777; --accent: #0b6e6e; }
@media (prefers-color-scheme: dark) { :root { --quiet: #aaa; --accent: #5fc9c9; } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 62rem; padding: 0 1rem; }
header { position: sticky; top: 0; background: Canvas; padding: 1rem 0 .7rem; z-index: 1;
  border-bottom: 1px solid var(--line); }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 0; }
h2:not(:has(+ section > article:not([hidden]))) { display: none; }
h3 { font-size: 1.1rem; margin: 0; }
.bar { display: flex; flex-wrap: wrap; gap: .5rem; }
input { flex: 1 1 16rem; font: inherit; padding: .35rem .6rem; }
button { font: inherit; padding: .35rem .7rem; border: 1px solid var(--line); border-radius: .3rem;
  background: none; color: inherit; cursor: pointer; }
button[aria-pressed=true] { background: var(--accent); color: Canvas; }
article { border-bottom: 1px solid var(--line); padding: 1.2rem 0; scroll-margin-top: 8rem; }
@media (max-width: 32rem) { article { scroll-margin-top: 11rem; } }
article.term { padding: .4rem 0; display: flex; flex-wrap: wrap; gap: .2rem 1rem; }
article.term[hidden] { display: none; }
article.term p { margin: 0; }
article:target { border-left: 4px solid var(--accent); padding-left: .8rem; }
a, code { color: var(--accent); }
h3 a { text-decoration: none; }
.names { color: var(--quiet); margin: 0; }
dl { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: .1rem 1rem;
  font-size: .92rem; margin: .6rem 0 0; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
[data-lang] { display: none; }
body[data-shown=en] [data-lang=en], body[data-shown=fi] [data-lang=fi],
body[data-shown=sv] [data-lang=sv] { display: inline; }
"""
_SCRIPT = """
const SAID = %s;
const cards = [...document.querySelectorAll('article')];
const box = document.querySelector('input');
const nothing = document.querySelector('.nothing');
function show(language) {
  document.body.dataset.shown = document.documentElement.lang = language;
  document.title = SAID.title[language];
  box.placeholder = box.ariaLabel = SAID.search[language];
  for (const button of document.querySelectorAll('button'))
    button.setAttribute('aria-pressed', button.value === language);
  const named = card =>
    (card.querySelector(`h3 [data-lang=${language}]`) || card.querySelector('h3')).textContent;
  for (const part of document.querySelectorAll('section'))
    part.append(...[...part.children].sort((a, b) => named(a).localeCompare(named(b), language)));
  if (location.hash) document.querySelector(location.hash)?.scrollIntoView();
}
function search() {
  const words = box.value.toLowerCase().split(/\\s+/);
  for (const card of cards)
    card.hidden = !words.every(word => card.textContent.toLowerCase().includes(word));
  nothing.hidden = cards.some(card => !card.hidden);
}
for (const button of document.querySelectorAll('button'))
  button.addEventListener('click', () => show(button.value));
box.addEventListener('input', search);
window.addEventListener('hashchange', () => { box.value = ''; search(); });
const spoken = (navigator.language || 'en').slice(0, 2);
show(['en', 'fi', 'sv'].includes(spoken) ? spoken : 'en');
"""


def read_texts(folder: Path) -> dict[str, Texts]:
    """The translations, by language: captions, words, populations, owners, metrics."""
    return {
        code: yaml.safe_load((folder / f"{code}.yml").read_text(encoding="utf-8"))
        for code in LANGUAGES
    }


def catalogue_page(manifest: Mapping[str, Any], texts: Mapping[str, Texts]) -> str:
    """The page.

    Args:
        manifest: dbt's manifest.json, read.
        texts: What `read_texts` gives.
    """
    return _Page(manifest, texts).html()


class _Page:
    def __init__(self, manifest: Mapping[str, Any], texts: Mapping[str, Texts]) -> None:
        self.metrics: dict[str, Metric] = {
            each["name"]: each for each in manifest["metrics"].values()
        }
        self.owners = {
            each["owner"]["name"].lower(): each["description"]
            for each in (manifest.get("groups") or {}).values()
        }
        self.texts = texts
        self.used_by: dict[str, list[str]] = {}
        for name, metric in self.metrics.items():
            for node in (metric.get("depends_on") or {}).get("nodes", ()):
                self.used_by.setdefault(node, []).append(name)

    def html(self) -> str:
        # told apart: an n or a bound, which belongs to another, and parts without a direction
        parts = {name for name in self.metrics if self._stem(name) or self._is_component(name)}
        title, search = (self._texts("captions", key) for key in ("title", "search"))
        said = json.dumps({"title": title, "search": search})
        return "\n".join(
            [
                "<!doctype html>",
                '<html lang="en"><head><meta charset="utf-8">',
                '<meta name="viewport" content="width=device-width, initial-scale=1">',
                # a browser asks for an icon where none is named
                f'<title>{title["en"]}</title><link rel="icon" href="data:,">',
                f"<style>{_STYLE}</style></head>",
                f'<body data-shown="en"><header><h1>{_spoken(title.__getitem__)}</h1>',
                f'<div class="bar"><input type="search" aria-label="{search["en"]}" autofocus>',
                *(f'<button value="{key}">{name}</button>' for key, name in LANGUAGES.items()),
                f'</div></header><main><p class="nothing" hidden>{self._caption("nothing")}</p>',
                *self._section(
                    "", map(self._card, (name for name in self.metrics if name not in parts))
                ),
                *self._section(
                    "components", map(self._card, (name for name in self.metrics if name in parts))
                ),
                *self._section("columns", map(self._column, self.texts["en"]["columns"])),
                *self._section("owners", map(self._owner, sorted(self.owners))),
                f"</main><script>{_SCRIPT.replace('%s', said, 1)}</script>",
                "</body></html>",
            ]
        )

    def _section(self, caption: str, cards: Iterable[str]) -> list[str]:
        heading = f"<h2>{self._caption(caption)}</h2>" if caption else ""
        return [f"{heading}<section>", *cards, "</section>"]

    def _texts(self, kind: str, key: str) -> dict[str, str]:
        return {code: self.texts[code][kind][key] for code in LANGUAGES}

    def _caption(self, key: str) -> str:
        return _spoken(self._texts("captions", key).__getitem__)

    def _stem(self, name: str) -> str:
        """The metric that an n or a bound belongs to."""
        stem = _BELONGS.sub("", name)
        return stem if stem != name and stem in self.metrics else ""

    def _is_component(self, name: str) -> bool:
        """Whether the metric is there for others only, and so has no text of its own."""
        metric = self.metrics[name]
        is_sum = _meta(metric).get("direction") == "none" and metric["type"] == "simple"
        has_text = any(name in texts.get("metrics", ()) for texts in self.texts.values())
        return is_sum and not has_text and metric["unique_id"] in self.used_by

    def _label(self, name: str, code: str) -> str:
        metric = self.metrics[name]
        return str(_meta(metric).get(f"label_{code}") or metric["label"])

    def _told(self, name: str, field: str, code: str) -> str:
        """A description, formula, alert or difference in one language."""
        metric = self.metrics[name]
        said = metric.get("description") if field == "description" else _meta(metric).get(field)
        english = " ".join(str(said or "").split())
        if code == "en":
            return english
        texts, stem = self.texts[code], self._stem(name)
        kind = name.removeprefix(f"{stem}_")
        if field in texts["metrics"].get(name, ()):
            return str(texts["metrics"][name][field])
        if field == "description" and stem:
            return str(texts["composed"][kind]).format(label=self._label(stem, code))
        if field == "description" and self._is_component(name):
            users = self.used_by[metric["unique_id"]]
            whole = [each for each in users if not self._stem(each)] or users
            labels = ", ".join(dict.fromkeys(self._label(each, code) for each in whole))
            return str(texts["composed"]["component"]).format(labels=labels)
        if field == "formula" and f"formula_{kind}" in texts["composed"]:
            formula = self._told(stem, "formula", code)
            return str(texts["composed"][f"formula_{kind}"]).format(formula=formula)
        return str(texts["words"].get(english, english))

    def _card(self, name: str) -> str:
        metric, meta = self.metrics[name], _meta(self.metrics[name])
        labels = dict.fromkeys(self._label(name, code) for code in LANGUAGES)
        beside = [f"{name}_{end}" for end in ("n", "low", "high", "standard_error", "scales")]
        links = " ".join(
            f'<a href="#{each}"><code>{each}</code></a>' for each in beside if each in self.metrics
        )
        rows = [
            f"<dt>{self._caption(field)}</dt><dd>{self._value(metric, field)}</dd>"
            for field in FIELDS
            if meta.get(field) not in (None, "", [])
        ]
        return (
            f'<article id="{name}">'
            f'<h3><a href="#{name}">{_spoken(lambda code: self._label(name, code))}</a></h3>'
            f'<p class="names">{" · ".join(map(escape, labels))}</p>'
            f"<p><code>{name}</code> {links}</p>"
            f"<p>{_spoken(lambda code: self._told(name, 'description', code))}</p>"
            f"<dl>{''.join(rows)}</dl></article>"
        )

    def _owner(self, name: str) -> str:
        anchor = _owner_anchor(name)
        said = {
            code: self.texts[code].get("owners", {}).get(name, self.owners[name])
            for code in LANGUAGES
        }
        return (
            f'<article id="{anchor}"><h3><a href="#{anchor}">'
            f"{_spoken(lambda code: _capital(self._word(name, code)))}</a></h3>"
            f"<p>{_spoken(said.__getitem__)}</p></article>"
        )

    def _column(self, name: str) -> str:
        """What people read over a column of a report that is no metric."""
        return (
            f'<article class="term" id="column_{name}"><h3><a href="#column_{name}">'
            f"{_spoken(self._texts('columns', name).__getitem__)}</a></h3>"
            f"<p><code>{name}</code></p></article>"
        )

    def _value(self, metric: Metric, field: str) -> str:
        value = _meta(metric)[field]
        if field in _OWN:
            return _spoken(lambda code: self._told(metric["name"], field, code))
        if isinstance(value, list):
            joint = "<br>" if field == "source" else ", "
            return joint.join(map(self._said, value))
        if field == "owner":
            return ", ".join(
                f'<a href="#{_owner_anchor(each)}">{self._said(each)}</a>'
                for each in str(value).split(", ")
            )
        return self._said(value)

    def _said(self, value: object) -> str:
        text = str(value)
        if text.startswith("https://"):
            return f'<a href="{escape(text)}">{escape(text)}</a>'
        return _spoken(lambda code: self._word(text, code))

    def _word(self, text: str, code: str) -> str:
        texts = self.texts[code]
        populations = texts.get("populations", {})

        def explained(found: re.Match[str]) -> str:
            said = populations.get(found[0])
            return f"{found[0]} ({said})" if said else found[0]

        return _CODE.sub(explained, texts.get("words", {}).get(text, text))


def _meta(metric: Metric) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (metric.get("config") or {}).get("meta") or metric.get("meta") or {}
    return found


def _owner_anchor(name: str) -> str:
    return f"owner_{name.replace(' ', '_')}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _spoken(said: Callable[[str], str]) -> str:
    """A text in each language, of which the page shows one; once where all say the same."""
    texts = {code: said(code) for code in LANGUAGES}
    if len(set(texts.values())) == 1:
        return escape(texts["en"])
    return "".join(
        f'<span lang="{code}" data-lang="{code}">{escape(text)}</span>'
        for code, text in texts.items()
    )
