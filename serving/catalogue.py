"""The KPI catalogue as one static page in English, Finnish and Swedish, beside dbt's own page.

Input: dbt's manifest, whose metrics carry everything the page says. Output: HTML that needs no
server and no network: a search box, three languages, one anchor a metric (`metrics.html#nps`).
Names and captions are in the three languages, definitions in English. Written by `serving.docs`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

Metric = Mapping[str, Any]

LANGUAGES = {"en": "English", "fi": "Suomi", "sv": "Svenska"}
CAPTIONS = {
    "title": ("KPI catalogue", "Mittarikatalogi", "Nyckeltalskatalog"),
    "search": ("Search", "Hae", "Sök"),
    "components": ("Components and intervals", "Osatekijät ja välit", "Komponenter och intervall"),
    "formula": ("Formula", "Kaava", "Formel"),
    "unit": ("Unit", "Yksikkö", "Enhet"),
    "direction": ("Direction", "Suunta", "Riktning"),
    "population": ("Population", "Joukko", "Population"),
    "anchor": ("Counted by", "Ajankohta", "Räknas på"),
    "cadence": ("Cadence", "Rytmi", "Frekvens"),
    "owner": ("Owner", "Omistaja", "Ägare"),
    "alert": ("Alert", "Hälytys", "Larm"),
    "min_n": ("Least n", "Pienin n", "Minsta n"),
    "differs": ("Elsewhere", "Muualla", "På andra håll"),
    "not_by": ("Not by", "Ei jaotella", "Delas inte upp på"),
    "model": ("Made of", "Lähdetaulu", "Bygger på"),
    "source": ("Source", "Lähde", "Källa"),
}
# What units, directions, cadences, owners and dates are spelled with; others stay in English.
WORDS = {
    "count": ("lukumäärä", "antal"),
    "share": ("osuus", "andel"),
    "share points": ("osuuden muutos", "andelens förändring"),
    "seconds": ("sekuntia", "sekunder"),
    "hours": ("tuntia", "timmar"),
    "minutes": ("minuuttia", "minuter"),
    "ratio": ("suhdeluku", "kvot"),
    "points": ("pistettä", "poäng"),
    "higher is better": ("suurempi on parempi", "högre är bättre"),
    "lower is better": ("pienempi on parempi", "lägre är bättre"),
    "points 0 to 100": ("pistettä (0 - 100)", "poäng (0 till 100)"),
    "points 1 to 7": ("pistettä (1 - 7)", "poäng (1 till 7)"),
    "points -100 to 100": ("pistettä (-100 - 100)", "poäng (-100 till 100)"),
    "weight": ("paino", "vikt"),
    "per 100 customers": ("sataa asiakasta kohti", "per 100 kunder"),
    "zero is best": ("nolla on paras", "noll är bäst"),
    "after a peak": ("ruuhkan jälkeen", "efter en topp"),
    "context": ("tausta", "bakgrund"),
    "none": ("ei ole", "ingen"),
    "real time": ("reaaliaikainen", "realtid"),
    "daily": ("päivittäin", "dagligen"),
    "weekly": ("viikoittain", "veckovis"),
    "monthly": ("kuukausittain", "månadsvis"),
    "quarterly": ("neljännesvuosittain", "kvartalsvis"),
    "yearly": ("vuosittain", "årligen"),
    "automation": ("automaatio", "automation"),
    "channel strategy": ("kanavastrategia", "kanalstrategi"),
    "client": ("toimeksiantaja", "uppdragsgivaren"),
    "client manager": ("asiakkuuspäällikkö", "kundansvarig"),
    "customer experience": ("asiakaskokemus", "kundupplevelse"),
    "data owner": ("tiedon omistaja", "dataägare"),
    "duty manager": ("vuoroesihenkilö", "skiftledare"),
    "management": ("johto", "ledningen"),
    "process owner": ("prosessin omistaja", "processägare"),
    "quality": ("laatu", "kvalitet"),
    "service development": ("palvelun kehitys", "tjänsteutveckling"),
    "team lead": ("tiimin vetäjä", "teamledare"),
    "workforce management": ("resurssisuunnittelu", "bemanningsplanering"),
    "local date of queue entry": ("jonoon tulon päivä", "dagen då kön nåddes"),
    "local date of the rated contact": ("arvioidun yhteydenoton päivä", "det bedömda ärendets dag"),
    "local date of the answer": ("vastauspäivä", "dagen för svaret"),
    "local date of contact start": ("yhteydenoton alkupäivä", "dagen då kontakten började"),
    "local date of the first contact": (
        "ensimmäisen yhteydenoton päivä",
        "dagen för första kontakten",
    ),
    "local date of connect": ("yhdistämispäivä", "dagen för uppkopplingen"),
    "quarter of the peak days": ("ruuhkapäivien neljännes", "toppdagarnas kvartal"),
    "local date of the e-mail": ("sähköpostin päivä", "e-postens dag"),
    "local date of last solve": ("viimeisen ratkaisun päivä", "dagen för sista lösningen"),
    "month of queue entry": ("jonoon tulon kuukausi", "månaden då kön nåddes"),
    "local date of first solve": ("ensimmäisen ratkaisun päivä", "dagen för första lösningen"),
    "local date of creation": ("avauspäivä", "dagen då ärendet öppnades"),
    "snapshot at local midnight": ("tilanne keskiyöllä", "läget vid midnatt"),
    "local date of sending": ("lähetyspäivä", "dagen för utskicket"),
    "local date of the reminder": ("muistutuspäivä", "dagen för påminnelsen"),
    "local date of the customer's message": ("asiakkaan viestin päivä", "kundmeddelandets dag"),
}
# Section 2.2 of the KPI catalogue, in a few words.
POPULATIONS = {
    "P-INB": (
        "inbound contacts that entered a queue served by people",
        "saapuneet yhteydenotot, jotka tulivat ihmisten palvelemaan jonoon",
        "inkommande kontakter som nådde en kö som människor betjänar",
    ),
    "P-OFF": (
        "contacts offered to a queue served by people, once each",
        "ihmisten palvelemaan jonoon tarjotut yhteydenotot, kukin kerran",
        "kontakter som erbjöds en kö som människor betjänar, en gång var",
    ),
    "P-HND": (
        "contacts that an agent handled",
        "yhteydenotot, jotka asiakaspalvelija käsitteli",
        "kontakter som en medarbetare hanterade",
    ),
    "P-ASYNC": (
        "contacts in writing that need no answer at once",
        "kirjalliset yhteydenotot, joihin ei tarvitse vastata heti",
        "skriftliga kontakter som inte måste besvaras genast",
    ),
    "P-CASE": (
        "customers' cases, without spam, deleted and merged ones",
        "asiakkaiden tapaukset ilman roskapostia, poistettuja ja yhdistettyjä",
        "kundernas ärenden utan skräppost, raderade och sammanslagna",
    ),
    "P-ISS": (
        "issues of known customers",
        "tunnistettujen asiakkaiden asiat",
        "kända kunders frågor",
    ),
    "P-SRV": (
        "valid survey answers, the latest to each invitation",
        "kelvolliset kyselyvastaukset, viimeisin kuhunkin kutsuun",
        "giltiga enkätsvar, det senaste på varje inbjudan",
    ),
    "P-AGT": (
        "people employed to handle contacts on the day",
        "päivänä palveluksessa olleet yhteydenottojen käsittelijät",
        "personer anställda för att hantera kontakter den dagen",
    ),
    "P-CUS": (
        "customers active on the day",
        "päivänä aktiiviset asiakkaat",
        "kunder som var aktiva den dagen",
    ),
}
_CODE = re.compile(r"\bP-[A-Z]+\b")
FIELDS = tuple(key for key in CAPTIONS if key not in {"title", "search", "components"})
_DERIVED = re.compile(r"_(n|low|high|standard_error|n_effective)$")
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --quiet: #777; --accent: #0b6e6e; }
@media (prefers-color-scheme: dark) { :root { --quiet: #aaa; --accent: #5fc9c9; } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 62rem; padding: 0 1rem; }
header { position: sticky; top: 0; background: Canvas; padding: 1rem 0 .7rem; z-index: 1;
  border-bottom: 1px solid var(--line); }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 0; }
h3 { font-size: 1.1rem; margin: 0; }
.bar { display: flex; flex-wrap: wrap; gap: .5rem; }
input { flex: 1 1 16rem; font: inherit; padding: .35rem .6rem; }
button { font: inherit; padding: .35rem .7rem; border: 1px solid var(--line); border-radius: .3rem;
  background: none; color: inherit; cursor: pointer; }
button[aria-pressed=true] { background: var(--accent); color: Canvas; }
article { border-bottom: 1px solid var(--line); padding: 1.2rem 0; scroll-margin-top: 8rem; }
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
const SEARCH = %s;
const cards = [...document.querySelectorAll('article')];
const box = document.querySelector('input');
function show(language) {
  document.body.dataset.shown = document.documentElement.lang = language;
  box.placeholder = box.ariaLabel = SEARCH[language];
  for (const button of document.querySelectorAll('button'))
    button.setAttribute('aria-pressed', button.value === language);
  const named = card => card.querySelector(`h3 [data-lang=${language}]`).textContent;
  for (const part of document.querySelectorAll('section'))
    part.append(...[...part.children].sort((a, b) => named(a).localeCompare(named(b), language)));
  if (location.hash) document.querySelector(location.hash)?.scrollIntoView();
}
function search() {
  const words = box.value.toLowerCase().split(/\\s+/);
  for (const card of cards)
    card.hidden = !words.every(word => card.textContent.toLowerCase().includes(word));
}
for (const button of document.querySelectorAll('button'))
  button.addEventListener('click', () => show(button.value));
box.addEventListener('input', search);
window.addEventListener('hashchange', () => { box.value = ''; search(); });
const spoken = (navigator.language || 'en').slice(0, 2);
show(['en', 'fi', 'sv'].includes(spoken) ? spoken : 'en');
"""


def catalogue_page(manifest: Mapping[str, Any]) -> str:
    """The page.

    Args:
        manifest: dbt's manifest.json, read.
    """
    metrics = {each["name"]: each for each in manifest["metrics"].values()}
    # an n or a bound is told with what it belongs to; other parts have no direction of their own
    parts = {name for name in metrics if _DERIVED.sub("", name) in metrics.keys() - {name}}
    parts |= {name for name, each in metrics.items() if _is_component(each, metrics.values())}
    first = [metrics[name] for name in sorted(metrics.keys() - parts, key=_label_of(metrics))]
    then = [metrics[name] for name in sorted(parts, key=_label_of(metrics))]
    words = json.dumps(dict(zip(LANGUAGES, CAPTIONS["search"], strict=True)))
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{CAPTIONS['title'][0]}</title><style>{_STYLE}</style></head>",
            '<body data-shown="en"><header>',
            f'<h1>{_caption("title")}</h1><div class="bar">',
            f'<input type="search" aria-label="{CAPTIONS["search"][0]}" placeholder="…" autofocus>',
            *(f'<button value="{key}">{name}</button>' for key, name in LANGUAGES.items()),
            "</div></header><main>",
            "<section>",
            *(_card(each, metrics) for each in first),
            f"</section><h2>{_caption('components')}</h2><section>",
            *(_card(each, metrics) for each in then),
            f"</section></main><script>{_SCRIPT.replace('%s', words, 1)}</script></body></html>",
        ]
    )


def _label_of(metrics: Mapping[str, Metric]) -> Any:
    return lambda name: (metrics[name]["label"].lower(), name)


def _meta(metric: Metric) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (metric.get("config") or {}).get("meta") or metric.get("meta") or {}
    return found


def _is_component(metric: Metric, metrics: Iterable[Metric]) -> bool:
    if _meta(metric).get("direction") != "none" or metric["type"] != "simple":
        return False
    used = {each for other in metrics for each in (other.get("depends_on") or {}).get("nodes", ())}
    return metric["unique_id"] in used


def _caption(key: str) -> str:
    return _spoken(CAPTIONS[key])


def _spoken(texts: Iterable[str]) -> str:
    """A text in each language, of which the page shows one."""
    spelled = zip(LANGUAGES, texts, strict=True)
    return "".join(f'<span data-lang="{code}">{escape(text)}</span>' for code, text in spelled)


def _card(metric: Metric, metrics: Mapping[str, Metric]) -> str:
    name, meta = metric["name"], _meta(metric)
    labels = [metric["label"], *(meta.get(f"label_{code}", "") for code in ("fi", "sv"))]
    titles = [label or metric["label"] for label in labels]
    rows = [
        f"<dt>{_caption(key)}</dt><dd>{_value(meta[key])}</dd>"
        for key in FIELDS
        if meta.get(key) not in (None, "", [])
    ]
    beside = [f"{name}_{end}" for end in ("n", "low", "high", "standard_error")]
    links = " ".join(
        f'<a href="#{each}"><code>{each}</code></a>' for each in beside if each in metrics
    )
    description = " ".join((metric.get("description") or "").split())
    return (
        f'<article id="{name}"><h3><a href="#{name}">{_spoken(titles)}</a></h3>'
        f'<p class="names">{" · ".join(escape(label) for label in labels if label)}</p>'
        f"<p><code>{name}</code> {links}</p><p>{escape(description)}</p>"
        f"<dl>{''.join(rows)}</dl></article>"
    )


def _explained(code: re.Match[str]) -> str:
    said = POPULATIONS.get(code[0])
    return f"{code[0]} ({_spoken(said)})" if said else code[0]


def _value(value: object) -> str:
    if isinstance(value, list):
        joint = "<br>" if any("://" in str(each) for each in value) else ", "
        return joint.join(_value(each) for each in value)
    words = str(value).split(", ")
    if WORDS.keys() >= set(words):
        return ", ".join(_spoken((word, *WORDS[word])) for word in words)
    text = _CODE.sub(_explained, escape(str(value)))
    return f'<a href="{text}">{text}</a>' if text.startswith("https://") else text
