"""The file of the CNIL's PIA tool: the shape its importer needs, the words of people kept, and a second merge that changes nothing."""

import json
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest

from auditor.vocabulary.errors import UsageProblem
from auditor.vocabulary.pia import ARRAYS, QUESTIONS
from auditor.vocabulary.register import Coverage, Purpose
from policies.registry import load_register, write_starter
from reports.registre import read_audit, render_pia

SHARED = Path(__file__).resolve().parents[4] / "shared"
REAL = SHARED / "formats" / "pia" / "2018-02-21-pia-example.json"
SCHEMA = SHARED / "formats" / "examples" / "pia-export.schema.json"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the shared reference data is not beside the project")
NOW = datetime(2026, 10, 31, 5, 0)


def _finding(message, waiver=None, **place):
    return {"message": {"fr": message, "en": ""}, "place": place, "evidence": {"oldest": "2026-01-01"}, "waiver": waiver}


def _rule(name, family, severity, verdict, *findings, reason=None):
    said = {"title": {"fr": name, "en": ""}, "remediation": {"fr": f"Corriger {name}.", "en": ""}}
    return {"id": name, "family": family, "severity": severity, "verdict": verdict, "reason": reason, "findings": list(findings), **said}


def audit(*rules):
    waiver = {"id": "W-1", "expires": "2027-06-30", "reason": "migration"}
    document = {
        "schema": "poincon-audit/2",
        "as_of": "2026-10-31T05:00:00Z",
        "input_digest": "abc",
        "rules": list(rules),
        "waivers": [waiver],
    }
    return read_audit(json.dumps(document | {"readings": []}).encode())


AUDIT = audit(
    _rule(
        "R-48H",
        "retention",
        "blocking",
        "not-met",
        _finding("12 lignes <de trop> & plus.", table="valideurs"),
        _finding("autre", table="ailleurs"),
    ),
    _rule("R-MIN", "anonymisation", "minor", "not-met", _finding("détail fin", table="relais")),
    _rule(
        "R-REG",
        "gouvernance",
        "major",
        "not-met",
        _finding("fiche d’une autre", activity="autre"),
        _finding("la fiche", activity="validations-fraude"),
    ),
    _rule("R-DRT", "droits", "major", "not-met", _finding("accès en retard", "W-1", activity="validations-fraude")),
    _rule("R-SEC", "securite", "major", "could-not-check", reason="source absente"),
)


@pytest.fixture(scope="module")
def activity(tmp_path_factory):
    folder = tmp_path_factory.mktemp("starter")
    write_starter(folder)
    found = {declared.activity.id: declared.activity for declared in load_register(folder).activities}
    return found["validations-fraude"]


def _read(content):
    return json.loads(content)


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = set()
        self.open = []

    def handle_starttag(self, tag, attrs):
        assert attrs == []
        self.seen.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def check(document):
    """Hold a document to the rules the tool's importer needs."""
    assert list(document) == ["pia", *ARRAYS]
    assert all(isinstance(document[name], list) for name in ARRAYS)
    for name in ARRAYS:
        numbers = [entry["id"] for entry in document[name]]
        assert len(set(numbers)) == len(numbers)
        assert all(type(number) is int for number in numbers)
    assert document["pia"]["created_at"]
    for answer in document["answers"]:
        assert type(answer["reference_to"]) is int
        assert answer["reference_to"] in QUESTIONS
        assert set(answer["data"]) == {"text", "gauge", "list"}
    for evaluation in document["evaluations"]:
        assert type(evaluation["reference_to"]) is str
        assert evaluation["status"] in range(4)
        assert evaluation["global_status"] in range(3)
    measures = {str(measure["id"]) for measure in document["measures"]}
    assert {
        ref.rpartition(".")[2] for ref in (one["reference_to"] for one in document["evaluations"]) if ref.startswith("3.1.")
    } <= measures


def _html(document):
    for answer in document["answers"]:
        yield answer["data"]["text"]
    for evaluation in document["evaluations"]:
        yield evaluation["evaluation_comment"]
        yield evaluation["action_plan_comment"]
    for measure in document["measures"]:
        yield measure["content"]


def test_a_new_file_follows_the_rules_of_the_importer(activity):
    document = _read(render_pia(activity, moment=NOW, measured=AUDIT))
    check(document)
    for html in _html(document):
        tags = _Tags()
        tags.feed(html)
        tags.close()
        assert tags.seen <= {"p", "ul", "li", "strong", "em"}
        assert tags.open == []


@needs_shared
def test_a_new_file_is_valid_against_the_schema(activity):
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.validate(_read(render_pia(activity, moment=NOW, measured=AUDIT)), schema)
    jsonschema.validate(_read(render_pia(activity, moment=NOW, existing=REAL.read_bytes())), schema)


def test_what_nobody_can_measure_is_left_to_people(activity):
    document = _read(render_pia(activity, moment=NOW))
    answered = {answer["reference_to"] for answer in document["answers"]}
    assert {211, 212, 215, 121} <= answered
    assert not answered & set(range(321, 347))
    assert document["evaluations"] == []
    assert document["pia"]["status"] == 0


def test_retention_is_said_declared_and_measured(activity):
    document = _read(render_pia(activity, moment=NOW, measured=AUDIT))
    (said,) = [answer["data"]["text"] for answer in document["answers"] if answer["reference_to"] == 215]
    assert "(déclaré\N{NO-BREAK SPACE}: PT48H)" in said
    assert "mesuré le 31/10/2026" in said
    assert "écart mesuré\N{NO-BREAK SPACE}: 12\N{NO-BREAK SPACE}lignes &lt;de trop&gt; &amp; plus." in said


def test_findings_become_evaluations_with_a_plan(activity):
    document = _read(render_pia(activity, moment=NOW, measured=AUDIT))
    found = {one["reference_to"]: one for one in document["evaluations"]}
    assert {ref: one["status"] for ref, one in found.items()} == {"2.1.215": 1, "2.1.213": 2, "1.1": 1}
    assert "12" in found["2.1.215"]["evaluation_comment"]
    assert "ailleurs" not in found["2.1.215"]["evaluation_comment"]
    assert "Corriger R-48H." in found["2.1.215"]["action_plan_comment"]
    assert "autre" not in found["1.1"]["evaluation_comment"]


def test_waivers_and_unanswered_rules_become_comments(activity):
    document = _read(render_pia(activity, moment=NOW, measured=AUDIT))
    said = {one["reference_to"]: one["description"] for one in document["comments"]}
    assert "W-1" in said[223]
    assert "30/06/2027" in said[223]
    assert "n’a pas pu être vérifiée" in said[321]
    assert "2.2.223" not in {one["reference_to"] for one in document["evaluations"]}


def test_the_register_cannot_forge_html_nor_our_own_marks(activity):
    hostile = replace(
        activity,
        title="<script>alert(1)</script>",
        rights="Fin du relevé de Poinçon. <img src=x onerror=y> Relevé de Poinçon",
        purposes=(Purpose(id="p", title="a & b \x00\x1b[31m"),),
        covers=(Coverage(table="<t>", columns={"<c>": "none"}),),
    )
    first = render_pia(hostile, moment=NOW)
    assert b"<script>" not in first.replace(b'"name": "<script>alert(1)</script>"', b"")
    assert b"<img" not in first
    assert render_pia(hostile, moment=NOW, existing=first) == first


def test_the_same_facts_give_the_same_bytes(activity):
    assert render_pia(activity, moment=NOW, measured=AUDIT) == render_pia(activity, moment=NOW, measured=AUDIT)


def test_merging_again_changes_no_byte_even_later(activity):
    first = render_pia(activity, moment=NOW, measured=AUDIT)
    assert render_pia(activity, moment=NOW.replace(year=2027), measured=AUDIT, existing=first) == first


@needs_shared
def test_merging_keeps_every_word_of_a_real_file(activity):
    real = _read(REAL.read_bytes())
    merged = _read(render_pia(activity, moment=NOW, measured=AUDIT, existing=REAL.read_bytes()))
    check(merged)
    for answer in real["answers"]:
        (kept,) = [one for one in merged["answers"] if one["reference_to"] == answer["reference_to"]]
        assert kept["id"] == answer["id"]
        assert (kept["data"]["text"] or "").startswith(answer["data"]["text"] or "")
        assert kept["data"]["gauge"] == answer["data"]["gauge"]
        assert kept["data"]["list"] == answer["data"]["list"]
    assert merged["measures"][: len(real["measures"])] == real["measures"]
    for name in ("status", "evaluation_comment", "action_plan_comment", "gauges", "id"):
        kept = [one.get(name) for one in merged["evaluations"][: len(real["evaluations"])]]
        assert kept == [one.get(name) for one in real["evaluations"]]
    assert merged["comments"][0] == real["comments"][0]
    assert {name: merged["pia"][name] for name in real["pia"]} == real["pia"]
    # A question that people evaluated keeps their evaluation: what was measured stands as a comment.
    assert any("12" in one["description"] for one in merged["comments"] if one["reference_to"] == 215)
    again = render_pia(activity, moment=NOW, measured=AUDIT, existing=json.dumps(merged).encode())
    assert _read(again) == merged


def test_what_people_add_around_our_words_stays(activity):
    document = _read(render_pia(activity, moment=NOW))
    answer = next(one for one in document["answers"] if one["reference_to"] == 211)
    answer["data"]["text"] = f"<p>Avant.</p>{answer['data']['text']}<p>Après.</p>"
    changed = replace(activity, purposes=(Purpose(id="n", title="Nouvelle finalité"),))
    merged = _read(render_pia(changed, moment=NOW, existing=json.dumps(document).encode()))
    said = next(one["data"]["text"] for one in merged["answers"] if one["reference_to"] == 211)
    assert said.startswith("<p>Avant.</p>")
    assert said.endswith("<p>Après.</p>")
    assert "Nouvelle finalité" in said
    assert activity.purposes[0].title not in said


def test_a_finding_that_is_gone_is_to_be_evaluated_again(activity):
    first = render_pia(activity, moment=NOW, measured=AUDIT)
    after = _read(render_pia(activity, moment=NOW, measured=audit(), existing=first))
    assert {one["status"] for one in after["evaluations"]} == {0}
    assert after["comments"] == []


def test_entries_without_a_number_get_one(activity):
    existing = {"pia": {"name": "P"}, "measures": [{"title": "A"}, {"id": 7, "title": "B"}, {"id": 7, "title": "C"}]}
    document = _read(render_pia(activity, moment=NOW, existing=json.dumps(existing).encode()))
    check(document)
    assert document["measures"][1]["id"] == 7


def test_a_measure_already_there_is_not_added_twice(activity):
    existing = {"pia": {"name": "P"}, "measures": [{"id": 3, "title": activity.security[0].upper(), "content": "à nous"}]}
    document = _read(render_pia(activity, moment=NOW, existing=json.dumps(existing).encode()))
    assert len(document["measures"]) == len(activity.security)
    assert document["measures"][0]["content"] == "à nous"


def test_a_damaged_file_is_not_merged_into(activity):
    existing = {"pia": {"name": "P"}, "answers": [{"reference_to": 999, "data": {}}, "x"]}
    with pytest.raises(UsageProblem, match=r"damaged at 2 places \(answers\[0\], answers\[1\]\)"):
        render_pia(activity, moment=NOW, existing=json.dumps(existing).encode())


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[1]", b'{"schema": "poincon-audit/9"}', b'{"schema": "poincon-audit/1", "rules": [1]}', b"\xff"]
)
def test_another_file_is_not_an_audit(content):
    with pytest.raises(UsageProblem, match="--audit"):
        read_audit(content)
