"""JUnit, workflow annotations and Markdown: what a build server and a pull request show of an audit."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from auditor.vocabulary.outcomes import Checked, Finding, NotApplicable, Outcome, Place, Severity
from auditor.vocabulary.text import Text
from reports.github import audit_github
from reports.junit import audit_junit
from reports.markdown import audit_markdown

HOSTILE = "t|<img src=x>`](javascript:0)\n::error::owned\x1b[2J%0A"


def parsed(evidence, lang="fr"):
    return ET.fromstring(audit_junit(evidence, lang))  # noqa: S314 - what the program has just written


def cases(evidence, lang="fr"):
    root = parsed(evidence, lang)
    return {str(case.get("name")).split()[0]: case for case in root.iter("testcase")}


@pytest.fixture
def hostile(make_evidence, make_card):
    rule = make_card("X-1", Text("Règle {table}", "Rule {table}"), Severity.MAJOR, message=Text("{table} déborde.", "{table} overflows."))
    finding = Finding(evidence={"rows": 1}, place=Place(table=HOSTILE, activity=HOSTILE))
    aside = Outcome(rule=replace(rule, id="X-2"), answer=NotApplicable(reason=HOSTILE))
    return make_evidence(outcomes=(Outcome(rule=rule, answer=Checked(rows_examined=1, findings=(finding,))), aside))


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_form_is_as_kept(evidence, decided, golden, lang):
    for name, audit in (("audit", evidence), ("decided", decided)):
        golden(f"{name}.{lang}.junit.xml", audit_junit(audit, lang))
        golden(f"{name}.{lang}.github.txt", audit_github(audit, lang, folder="reseau"))
        golden(f"{name}.{lang}.md", audit_markdown(audit, lang))


def test_junit_has_one_case_per_rule_left_out_or_not_and_one_per_source(decided):
    found = cases(decided)
    assert set(found) == {outcome.rule.id for outcome in decided.outcomes} | {"SEC-MDP", "archives"}
    assert found["BIL-ANO-HASH"].find("failure") is not None
    assert found["BIL-RET-VALID-TARDIVE"].find("error") is not None
    assert found["archives"].find("error") is not None
    for skipped in ("BIL-RET-PV-PAYE", "REG-CHAMPS", "SEC-MDP"):
        assert found[skipped].find("skipped") is not None
    assert len(found["BIL-TIT-ANONYME"]) == 1


def test_junit_totals_are_those_of_its_suites(decided):
    root = parsed(decided)
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"), ("tests", "testcase")):
        assert int(root.get(name)) == sum(int(suite.get(name)) for suite in root) == len(list(root.iter(tag)))


def test_junit_says_when_a_failure_is_below_the_threshold(make_evidence, evidence):
    minor = cases(make_evidence(outcomes=evidence.outcomes[:1]))["REG-CHAMPS"].find("failure")
    assert minor.get("type") == "minor-below-threshold"


def test_annotations_are_one_line_each_and_the_worst_comes_first(decided):
    lines = audit_github(decided, folder="reseau").splitlines()
    assert all(re.match(r"::(error|warning|notice)( [^:]*)?::", line) for line in lines)
    assert lines[0].startswith("::error file=reseau/registre/validations.yml,line=42,title=BIL-RET-VALID-48H::")
    assert any(line.startswith("::notice") and "W-1" in line for line in lines)
    assert any(line.startswith("::error title=BIL-RET-VALID-TARDIVE::") for line in lines)


def test_no_name_of_the_data_commands_a_build_server(hostile):
    lines = audit_github(hostile).splitlines()
    assert not any(line.startswith("::error::owned") for line in lines)
    assert "\x1b" not in "".join(lines)
    assert "%250A" in lines[0]


def test_no_name_of_the_data_breaks_xml_or_a_table(hostile):
    assert parsed(hostile).tag == "testsuites"
    text = audit_markdown(hostile)
    assert "<img" not in text.replace("\\<img", "")
    assert "](javascript" not in text.replace("\\](javascript", "")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1


def test_markdown_says_what_was_not_checked_and_what_was_decided(decided):
    text = audit_markdown(decided)
    for said in ("SEC-MDP", "validations.ingested", "15/11/2026", "RSSI", "Sources en conflit", "Ce qu’il reste à juger", "900 000 →"):
        assert said in text.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\\_", "_")


def test_a_rule_with_many_findings_is_cut_short_and_says_so(make_evidence, make_card):
    rule = make_card("X-1", Text("Règle", "Rule"), Severity.MAJOR)
    findings = tuple(Finding(evidence={"rows": 1}, place=Place(table=f"t{rank}")) for rank in range(30))
    text = audit_markdown(make_evidence(outcomes=(Outcome(rule=rule, answer=Checked(rows_examined=1, findings=findings)),)))
    assert "10\N{NO-BREAK SPACE}autres" in text
