"""Every rule against the cases written beside it, and the cases against what a rule must show."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

import policies.rules
from auditor.rules import Rule
from auditor.vocabulary.law import Frame
from auditor.vocabulary.outcomes import Finding, NotChecked, Outcome, Verdict
from auditor.vocabulary.schema import TABLES
from auditor.vocabulary.words import KINDS, PROCEDURES
from policies.catalogue import RULES, by_id

Case = Mapping[str, Any]
Ask = Callable[[Rule, Case], Outcome]
Casebook = Mapping[str, Mapping[str, Case]]

FOLDER = Path(policies.rules.__file__).parent


def test_the_rule_answers_as_its_case_says(written_case: tuple[str, str, Case], ask: Ask) -> None:
    rule_id, _, case = written_case
    outcome = ask(by_id(rule_id), case)
    expected = case.get("finds", [])
    verdict = case.get("verdict", "not-met" if expected else "met")
    assert outcome.verdict().value == verdict, outcome.answer
    assert len(outcome.findings) == len(expected), [_shown(finding) for finding in outcome.findings]
    left = list(outcome.findings)
    for wanted in expected:
        matching = next((finding for finding in left if _holds(finding, wanted)), None)
        assert matching is not None, (wanted, [_shown(finding) for finding in left])
        left.remove(matching)
    for name, frame in (("au015", Frame.AU015), ("gdpr", Frame.GDPR)):
        if name in case:
            assert outcome.verdict(frame).value == case[name]
    if "answer" in case:
        assert case["answer"] in outcome.answer.reason  # type: ignore[union-attr]


def test_every_sentence_of_a_finding_is_filled_in_both_languages(written_case: tuple[str, str, Case], ask: Ask) -> None:
    rule_id, _, case = written_case
    outcome = ask(by_id(rule_id), case)
    for finding in outcome.findings:
        facts = _shown(finding)
        template = outcome.rule.sentence(finding)
        for lang in ("fr", "en"):
            assert "{" not in template(lang).format(**facts)


def _shown(finding: Finding) -> dict[str, Any]:
    place = finding.place
    named = {"activity": place.activity, "table": place.table, "column": place.column, "file": place.file, "line": place.line}
    return {**{name: value for name, value in named.items() if value}, **finding.evidence}


def _holds(finding: Finding, wanted: Mapping[str, Any]) -> bool:
    shown = _shown(finding)
    frames = {"breaches_au015": Frame.AU015 in finding.frames, "breaches_gdpr": Frame.GDPR in finding.frames}
    return all(_same({**shown, **frames}.get(name), value) for name, value in wanted.items())


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, datetime):
        wanted = wanted.date()
    if isinstance(found, float) and not isinstance(wanted, bool | date | str):
        return found == pytest.approx(wanted, abs=1e-6)
    return bool(found == wanted)


def test_every_rule_has_a_file_of_cases_beside_it(casebook: Casebook) -> None:
    assert set(casebook) == {rule.id for rule in RULES}
    for path in FOLDER.rglob("*.cases.yml"):
        module = path.with_name(path.name.removesuffix(".cases.yml") + ".py")
        assert module.exists(), f"{path.name} stands beside no rule"
        assert f'id="{yaml.safe_load(path.read_text(encoding="utf-8"))["rule"]}"' in module.read_text(encoding="utf-8")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_cases_of_each_sort(rule: Rule, casebook: Casebook, ask: Ask) -> None:
    verdicts = [ask(rule, case).verdict() for case in casebook[rule.id].values()]
    fails, passes = verdicts.count(Verdict.NOT_MET), verdicts.count(Verdict.MET)
    assert fails >= 3
    assert passes >= 3
    assert 1 / 3 <= fails / passes <= 3, "about as many cases that pass as that fail"
    assert Verdict.COULD_NOT_CHECK in verdicts
    if rule.needs[0].partition(".")[0] in TABLES:
        assert Verdict.NOT_APPLICABLE in verdicts


def test_every_need_of_a_rule_is_enforced(ask: Ask, casebook: Casebook) -> None:
    for rule in RULES:
        case = next(iter(casebook[rule.id].values()))
        for need in rule.needs:
            table = need.partition(".")[0]
            hidden = need if need.partition(".")[0] in TABLES else table
            answer = ask(rule, {**case, "unmapped": [hidden]}).answer
            assert isinstance(answer, NotChecked), f"{rule.id} does without {need}"
            assert need in answer.reason or table in answer.reason


def test_case_names_are_sentences(casebook: Casebook) -> None:
    for rule, cases in casebook.items():
        for name in cases:
            assert name.islower() or any(mark.isdigit() for mark in name), f"{rule}: {name}"
            assert len(name.split("_")) >= 3, f"{rule}: {name} is not a sentence"


def test_every_kind_of_finding_is_worded(ask: Ask, casebook: Casebook) -> None:
    seen = set()
    for rule in RULES:
        assert set(rule.messages) <= set(KINDS) | set(PROCEDURES)
        for case in casebook[rule.id].values():
            for finding in ask(rule, case).findings:
                seen |= {str(finding.evidence[name]) for name in ("kind", "procedure") if name in finding.evidence}
    assert seen == set(KINDS) | set(PROCEDURES), "a word that nothing says, or that nobody wrote, is a lie in waiting"
