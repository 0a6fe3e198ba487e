"""Whole pages: kept texts, structure a screen reader relies on, escaping, contrast, narrow screens."""

import html
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest

from auditor.vocabulary.access import DataSet, Explained
from auditor.vocabulary.network import Identity
from auditor.vocabulary.outcomes import Checked, Finding, NotApplicable, Outcome, Place, Severity
from auditor.vocabulary.reading import AbsentSource, ReadingReport
from auditor.vocabulary.releases import ReleaseVerdict
from auditor.vocabulary.text import Text
from reports.html import MAX_ROWS, render_access, render_audit, render_drill, render_release
from reports.json import audit_json

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MADE_AT = datetime(2026, 10, 31, 6, 30, tzinfo=UTC)
VOID = {"meta", "link", "br", "wbr", "hr", "img", "input", "rect", "line", "path"}


class Page(HTMLParser):
    """What the checks need of a page: headings, tables, ids, references, text, machine values."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[int] = []
        self.tables: list[dict[str, int]] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "table":
            self.tables.append({"caption": 0, "col": 0, "row": 0, "unscoped": 0})
        if self.tables and tag == "caption":
            self.tables[-1]["caption"] += 1
        if self.tables and tag == "th":
            scope = dict(attrs).get("scope")
            self.tables[-1][scope if scope in ("col", "row") else "unscoped"] += 1

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.stack, f"</{tag}> closes nothing"
        assert self.stack.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data):
        if not {"style", "title"} & set(self.stack):
            self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def words(self) -> str:
        return " ".join("".join(self.text).split())


@pytest.fixture
def pages(evidence, access_answer, release_receipt, steps, make_evidence, make_answer, make_receipt) -> dict[str, str]:
    """Every page in both languages, and each with as little in it as can be."""
    made = {}
    for lang in ("fr", "en"):
        made[f"audit.{lang}"] = render_audit(evidence, lang)
        made[f"access.{lang}"] = render_access(access_answer, lang)
        made[f"release.{lang}"] = render_release(release_receipt, lang, receipt_digest="ab" * 32)
        made[f"drill.{lang}"] = render_drill(steps, evidence.identity, MADE_AT, lang, tool_version="0.1.0")
    bare = replace(release_receipt.verification, tests=(), figures={}, worst_class={}, not_run=(), verdict=ReleaseVerdict.FAIL)
    made["audit.empty"] = render_audit(make_evidence(outcomes=(), readings=(), absent=(), completeness={}))
    made["access.empty"] = render_access(make_answer(processed=False, activities=(), datasets=(), not_given={}))
    made["release.empty"] = render_release(make_receipt(verification=bare, utility=(), levels={}, versions={}, rows_in=0))
    made["drill.empty"] = render_drill((), evidence.identity, MADE_AT)
    return made


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_whole_audit_is_as_kept(evidence, golden, lang):
    golden(f"audit.{lang}.html", render_audit(evidence, lang))


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_whole_access_answer_is_as_kept(access_answer, golden, lang):
    golden(f"access.{lang}.html", render_access(access_answer, lang))


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_whole_release_dossier_is_as_kept(release_receipt, golden, lang):
    golden(f"release.{lang}.html", render_release(release_receipt, lang, receipt_digest="ab" * 32))


def test_the_whole_drill_record_is_as_kept(steps, evidence, golden):
    golden("drill.fr.html", render_drill(steps, evidence.identity, MADE_AT, tool_version="0.1.0"))


def test_the_same_values_give_the_same_bytes(make_evidence, make_answer, make_receipt):
    assert render_audit(make_evidence()) == render_audit(make_evidence())
    assert render_access(make_answer()) == render_access(make_answer())
    assert render_release(make_receipt()) == render_release(make_receipt())


def test_every_element_is_closed_and_headings_never_skip_a_level(pages):
    for name, text in pages.items():
        page = Page(text)
        assert page.stack == [], name
        assert page.headings.count(1) == 1, name
        assert page.headings[0] == 1, name
        assert all(after <= before + 1 for before, after in zip(page.headings, page.headings[1:], strict=False)), name


def test_ids_are_unique_and_every_reference_leads_somewhere(pages):
    for name, text in pages.items():
        page = Page(text)
        ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
        assert len(ids) == len(set(ids)), name
        aimed = {attributes["href"][1:] for attributes in page.all("a")}
        aimed |= {part for _, attributes in page.tags for part in (attributes.get("aria-labelledby") or "").split()}
        assert aimed <= set(ids), name


def test_tables_have_a_caption_and_scoped_headers(pages):
    for name, text in pages.items():
        for table in Page(text).tables:
            assert table["caption"] == 1, name
            assert table["unscoped"] == 0, name
            assert table["col"] > 1, name


def test_a_table_scrolls_in_a_named_region_the_keyboard_reaches(pages):
    for text in pages.values():
        page = Page(text)
        regions = [attributes for attributes in page.all("div") if attributes.get("class") == "scroll"]
        assert len(regions) == len(page.tables)
        assert all(region["tabindex"] == "0" and region["role"] == "region" and region["aria-labelledby"] for region in regions)


def test_the_language_is_declared_and_the_skip_link_comes_first(pages):
    for name, text in pages.items():
        page = Page(text)
        assert text.startswith("<!DOCTYPE html>"), name
        assert page.all("html")[0]["lang"] == ("en" if name.endswith(".en") else "fr")
        assert page.all("a")[0]["href"] == "#contenu"
        assert len(page.all("main")) == 1
        assert "<title></title>" not in text


def test_french_texts_are_marked_inside_an_english_report(evidence):
    page = Page(render_audit(evidence, "en"))
    assert sum(attributes.get("lang") == "fr" for attributes in page.all("span")) >= 3
    assert '<span lang="en">the folder data/archives is not there</span>' in render_audit(evidence, "fr")


def test_nothing_is_run_and_nothing_is_fetched(pages):
    for text in pages.values():
        page = Page(text)
        assert not page.all("script")
        assert not page.all("link")
        assert not page.all("img")
        assert "url(" not in text
        assert "@import" not in text
        assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
        policy = next(meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
        assert policy.startswith("default-src 'none'")


def test_a_picture_has_a_name_or_is_hidden(pages):
    for text in pages.values():
        for attributes in Page(text).all("svg"):
            assert attributes.get("aria-hidden") == "true" or (attributes.get("role") == "img" and attributes.get("aria-labelledby"))


HOSTILE = '<script>alert("1")</script>{{ 7*7 }}"><img src=x onerror=y>'


def test_a_hostile_network_is_only_ever_text(make_evidence, make_card):
    broken = Outcome(
        rule=make_card("X-1", Text("Règle <b>", "Rule <b>"), Severity.MAJOR, overrides={"term": HOSTILE}, parameters={"term": HOSTILE}),
        answer=Checked(
            rows_examined=1,
            findings=(
                Finding(evidence={"value": HOSTILE, "rows": 1}, place=Place(table=HOSTILE, column="=1", file=HOSTILE, activity=HOSTILE)),
            ),
        ),
    )
    aside = Outcome(rule=make_card("X-2", Text("Règle", "Rule"), Severity.MAJOR), answer=NotApplicable(reason=HOSTILE))
    reading = ReadingReport(
        table="t", physical=HOSTILE, store=HOSTILE, store_role=HOSTILE, rows_read=1, rows_kept=0, rejected={HOSTILE: 1}, unmapped=(HOSTILE,)
    )
    gone = AbsentSource(source=HOSTILE, reason=HOSTILE, tables=(HOSTILE,))
    identity = Identity(name=HOSTILE, authority=HOSTILE, operator=HOSTILE, dpo=HOSTILE)
    text = render_audit(
        make_evidence(identity=identity, outcomes=(broken, aside), readings=(reading,), absent=(gone,), tool_version=HOSTILE)
    )
    page = Page(text)
    assert not page.all("script")
    assert not page.all("img")
    assert not page.all("b")
    assert "{{ 7*7 }}" in page.words
    assert page.words.count('alert("1")') > 8


def test_a_hostile_name_in_an_answer_is_only_ever_text(make_answer):
    row = (Explained(label=HOSTILE, value=HOSTILE, meaning=HOSTILE),)
    dataset = DataSet(title=HOSTILE, physical=HOSTILE, activity=HOSTILE, rows=(row, row), note=HOSTILE)
    page = Page(render_access(make_answer(datasets=(dataset,), authority=HOSTILE, dpo=HOSTILE, not_given={HOSTILE: HOSTILE})))
    assert not page.all("script")
    assert not page.all("img")


def test_direction_marks_cannot_reorder_a_page(make_evidence):
    identity = Identity(name="Lille\u202eelliL", authority="محطة", operator="", dpo="")
    text = render_audit(make_evidence(identity=identity))
    assert "\u202e" not in text
    assert "<bdi>محطة</bdi>" in text


def test_html_and_json_carry_the_same_figures(evidence):
    document = json.loads(audit_json(evidence))
    page = Page(render_audit(evidence))
    shown = [attributes["value"] for attributes in page.all("data")]
    dated = {attributes["datetime"] for attributes in page.all("time")}
    for rule in document["rules"]:
        for finding in rule["findings"]:
            for value in finding["evidence"].values():
                if isinstance(value, int | float):
                    assert str(value) in shown
                elif re.fullmatch(r"\d{4}-\d\d-\d\d", value):
                    assert value in dated
    for reading in document["readings"]:
        assert {str(reading["rows_read"]), str(reading["rows_kept"]), str(reading["rows_rejected"])} <= set(shown)
    tallies = [str(number) for frame in ("au-015", "gdpr", "overall") for number in _in_order(document["summary"]["verdicts"][frame])]
    start = next(rank for rank in range(len(shown)) if shown[rank : rank + 12] == tallies)
    assert shown[start : start + 12] == tallies
    assert document["as_of"] in dated


def _in_order(tally: dict[str, int]) -> list[int]:
    return [tally[name] for name in ("not-met", "could-not-check", "met", "not-applicable")]


def test_what_could_not_be_checked_has_its_own_part(evidence):
    text = render_audit(evidence)
    part = text[text.index('id="non-verifie"') : text.index('id="lecture"')]
    assert "BIL-RET-VALID-TARDIVE" in part
    assert "validations.ingested_at" in part
    assert "archives" in part
    findings = text[text.index('id="constats"') : text.index('id="non-verifie"')]
    assert "BIL-RET-VALID-TARDIVE" not in findings


def test_the_access_answer_holds_every_rubric_of_article_15(access_answer):
    words = Page(render_access(access_answer)).words
    for rubric in "abcdefgh":
        assert f"{rubric}) " in words
    assert "art. 15(2)" in words.replace("\N{NO-BREAK SPACE}", " ")
    for said in ("Cellule fraude d’ilévia", "Gare Lille Flandres", "carte présentée au guichet", "www.cnil.fr", "30 novembre 2026"):
        assert said in words.replace("\N{NO-BREAK SPACE}", " ")
    assert "enregistrements sont encore conservés au-delà de leur durée de conservation" in words


def test_the_access_answer_speaks_in_plain_words(make_answer):
    rows = tuple(
        (
            Explained(label="horodatage", value=moment, column="validations.tapped_at"),
            Explained(label="code_arret", value="3199", meaning="Haubourdin Gare", column="validations.stop"),
            Explained(label="code_vehicule", value="", column="validations.vehicle"),
        )
        for moment in ("2026-10-29 16:07:36", "2026-10-30 08:00:00")
    )
    dataset = DataSet(title="Validations", physical="valideurs", activity="", rows=rows, past_term=1, past_rows=(0,))
    words = Page(render_access(make_answer(datasets=(dataset,), activities=()))).words.replace("\N{NO-BREAK SPACE}", " ")
    for said in (
        "Date et heure du passage",
        "29 octobre 2026 à 16 h 07 min 36 s",
        "Haubourdin Gare code 3199",
        "Rien d’inscrit : véhicule.",
        "Conservé trop longtemps : 1 enregistrement est conservé au-delà de la durée prévue, sur 2.",
        "✗ dépassée",
        "l’heure universelle (UTC)",
    ):
        assert said in words
    assert "code_arret" not in words


def test_a_release_that_does_not_serve_a_use_says_so(release_receipt):
    words = Page(render_release(release_receipt)).words.replace("\N{NO-BREAK SPACE}", " ")
    assert "supérieur à la tolérance de 5 % : la publication ne suffit pas à cet usage" in words


def test_the_dossier_never_calls_a_file_anonymous(pages):
    said = Page(pages["release.fr"]).words.replace("\N{NO-BREAK SPACE}", " ")
    assert "ne dit pas que le fichier est « anonyme »" in said
    assert said.count("anonyme") == 1


def test_a_dossier_whose_digests_differ_says_so(make_receipt):
    assert "diffère de celle" in render_release(make_receipt(file_digest="00" * 32))


def test_findings_by_the_thousand_stay_light_and_counted(make_evidence, make_card):
    many = tuple(Finding(evidence={"rows": rank}, place=Place(table=f"table_{rank:05d}")) for rank in range(5000))
    broken = Outcome(rule=make_card("X-1", Text("Règle", "Rule"), Severity.MAJOR), answer=Checked(rows_examined=1, findings=many))
    text = render_audit(make_evidence(outcomes=(broken,)))
    assert len(text) < 300_000
    assert f"{(5000 - MAX_ROWS) // 1000}\u202f{(5000 - MAX_ROWS) % 1000}\N{NO-BREAK SPACE}autres constats figurent" in text


def _palettes() -> dict[str, dict[str, str]]:
    css = files("reports").joinpath("templates", "style.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    light, dark, paper = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block)) for block in blocks)
    return {"light": light, "dark": light | dark, "print": light | paper}


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_contrast_formula_is_wcag_s():
    assert _contrast("#000", "#ffffff") == pytest.approx(21)
    assert _contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_every_text_colour_has_enough_contrast_in_each_theme(theme):
    colours = _palettes()[theme]
    pairs = [(text, ground) for text in ("ink", "muted", "accent") for ground in ("paper", "panel")]
    pairs += [(tone, ground) for tone in ("bad", "good", "warn", "aside") for ground in ("paper", f"{tone}-panel")]
    pairs += [("ink", f"{tone}-panel") for tone in ("bad", "good", "warn", "aside")]
    for text, ground in pairs:
        assert _contrast(colours[text], colours[ground]) >= 4.5, (theme, text, ground)


def test_every_verdict_is_a_word_and_a_sign_before_a_colour(evidence):
    chips = re.findall(r'<span class="chip [\w-]+"><span aria-hidden="true">(.)</span> ([^<]+)</span>', render_audit(evidence))
    assert {sign for sign, _ in chips} == {"✓", "✗", "–", "?"}
    assert all(word.strip() for _, word in chips)


def _widths(folder: Path, text: str, width: int) -> tuple[int, int]:
    """Lay a page out in a frame of a given width; return the width it takes and the width it has."""
    frame = folder / "frame.html"
    script = "const d=f.contentDocument.documentElement;document.title=d.scrollWidth+' '+d.clientWidth"
    frame.write_text(
        f'<iframe id="f" width="{width}" height="900" style="border:0" onload="{script}" srcdoc="{html.escape(text)}"></iframe>'
    )
    browser = subprocess.run(
        [
            str(CHROMIUM),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            f"--user-data-dir={folder / 'profile'}",
            "--virtual-time-budget=5000",
            "--dump-dom",
            frame.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        env=dict(os.environ),
    )
    found = re.search(r"<title>(\d+) (\d+)</title>", browser.stdout)
    assert found is not None, "the browser did not lay the page out"
    return int(found[1]), int(found[2])


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine to lay the pages out")
@pytest.mark.parametrize("name", ["audit.fr", "access.fr", "release.en", "drill.fr"])
def test_no_page_is_wider_than_a_320_pixel_screen(pages: dict[str, str], name: str, tmp_path: Path):
    taken, had = _widths(tmp_path, pages[name], 320)
    assert taken <= had


def test_the_widest_of_names_still_wraps(make_evidence: Callable[..., object], tmp_path: Path):
    identity = Identity(name="N" * 300, authority="A" * 300, operator="", dpo="")
    text = render_audit(make_evidence(identity=identity))
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine to lay the pages out")
    taken, had = _widths(tmp_path, text, 320)
    assert taken <= had
