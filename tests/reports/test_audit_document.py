"""The evidence value, its JSON and the published schema."""

import json
import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from auditor.vocabulary.outcomes import EVIDENCE, Checked, Finding, NotChecked, Outcome, Place, Severity
from auditor.vocabulary.reading import AbsentSource
from auditor.vocabulary.text import Text
from reports.evidence import Conclusion, reaches
from reports.json import access_json, audit_json, release_json, rules_json, schema, verification_json

TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
TITLE = Text("Règle", "Rule")


def problems(value: Any, rule: dict[str, Any], root: dict[str, Any], path: str = "$") -> list[str]:
    """Check the part of JSON Schema that the published schemas use."""
    if "$ref" in rule:
        return problems(value, root["$defs"][rule["$ref"].rpartition("/")[2]], root, path)
    if "anyOf" in rule:
        tried = [problems(value, option, root, path) for option in rule["anyOf"]]
        return [] if any(not found for found in tried) else tried[0]
    if "const" in rule and value != rule["const"]:
        return [f"{path}: not {rule['const']}"]
    if "enum" in rule and value not in rule["enum"]:
        return [f"{path}: not one of {rule['enum']}"]
    return [*_type_problems(value, rule, path), *_part_problems(value, rule, root, path)]


def _type_problems(value: Any, rule: dict[str, Any], path: str) -> list[str]:
    named = rule.get("type", [])
    kinds = [named] if isinstance(named, str) else named
    if kinds and not any(isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool)) for kind in kinds):
        return [f"{path}: not of type {kinds}"]
    if "pattern" in rule and not re.search(rule["pattern"], value):
        return [f"{path}: does not match {rule['pattern']}"]
    if "minimum" in rule and value < rule["minimum"]:
        return [f"{path}: below {rule['minimum']}"]
    if "maximum" in rule and value > rule["maximum"]:
        return [f"{path}: above {rule['maximum']}"]
    return []


def _part_problems(value: Any, rule: dict[str, Any], root: dict[str, Any], path: str) -> list[str]:
    found = []
    if isinstance(value, dict):
        found += [f"{path}: {name} is missing" for name in rule.get("required", []) if name not in value]
        known, others = rule.get("properties", {}), rule.get("additionalProperties", True)
        for name, part in value.items():
            if name in known:
                found += problems(part, known[name], root, f"{path}.{name}")
            elif others is False:
                found.append(f"{path}: {name} is not declared")
            elif isinstance(others, dict):
                found += problems(part, others, root, f"{path}.{name}")
    if isinstance(value, list) and "items" in rule:
        for rank, part in enumerate(value):
            found += problems(part, rule["items"], root, f"{path}[{rank}]")
    return found


def conforms(text: str, name: str) -> None:
    declared = json.loads(schema(name))
    assert problems(json.loads(text), declared, declared) == []


def test_the_audit_json_follows_its_published_schema(evidence):
    conforms(audit_json(evidence), "audit-2")


def test_an_empty_audit_follows_the_schema_too(make_evidence):
    conforms(audit_json(make_evidence(outcomes=(), readings=(), absent=(), completeness={})), "audit-2")


def test_the_schema_refuses_an_unknown_field_and_a_wrong_type(evidence):
    declared = json.loads(schema("audit-2"))
    document = json.loads(audit_json(evidence))
    assert problems(document | {"card": "2500001237"}, declared, declared) == ["$: card is not declared"]
    assert problems(document | {"fail_on": "sometimes"}, declared, declared)
    assert problems(document | {"as_of": "yesterday"}, declared, declared)


def test_release_and_access_json_follow_their_schemas(release_receipt, access_answer):
    conforms(release_json(release_receipt), "release-1")
    conforms(access_json(access_answer), "access-1")


def test_a_figure_that_is_not_a_number_becomes_null(make_receipt, release_receipt):
    from dataclasses import replace

    unknown = replace(release_receipt.utility[0], median_error=float("nan"))
    document = json.loads(release_json(make_receipt(utility=(unknown,))))
    assert document["receipt"]["utility"][0]["median_error"] is None


def test_the_whole_audit_json_is_as_kept(evidence, golden):
    golden("audit.json", audit_json(evidence))


def test_the_whole_release_and_access_json_are_as_kept(release_receipt, access_answer, golden):
    golden("release.json", release_json(release_receipt))
    golden("access.json", access_json(access_answer))


def test_the_same_evidence_gives_the_same_bytes(make_evidence):
    assert audit_json(make_evidence()) == audit_json(make_evidence())


def test_keys_are_sorted_at_every_depth(evidence):
    def unsorted(value: Any) -> bool:
        if isinstance(value, dict):
            return list(value) != sorted(value) or any(unsorted(part) for part in value.values())
        return isinstance(value, list) and any(unsorted(part) for part in value)

    assert not unsorted(json.loads(audit_json(evidence)))


def test_the_clock_is_written_in_utc_whatever_its_zone(make_evidence):
    paris = timezone(timedelta(hours=1))
    for as_of in (datetime(2026, 10, 31, 6, tzinfo=paris), datetime(2026, 10, 31, 5, tzinfo=UTC), datetime(2026, 10, 31, 5)):
        assert json.loads(audit_json(make_evidence(as_of=as_of)))["as_of"] == "2026-10-31T05:00:00Z"


def test_both_languages_of_every_sentence_are_given(evidence):
    rule = next(rule for rule in json.loads(audit_json(evidence))["rules"] if rule["id"] == "BIL-RET-VALID-48H")
    message = rule["findings"][0]["message"]
    assert "812\u202f345" in message["fr"]
    assert "812,345" in message["en"]
    assert "48\N{NO-BREAK SPACE}hours" in message["en"]


def test_evidence_under_an_unlisted_name_is_refused(make_evidence, make_card):
    leaking = Outcome(
        rule=make_card("X-1", TITLE, Severity.MINOR),
        answer=Checked(rows_examined=1, findings=(Finding(evidence={"card_number": 2500001237}),)),
    )
    with pytest.raises(ValueError, match="card_number") as refused:
        make_evidence(outcomes=(leaking,))
    assert "2500001237" not in str(refused.value)


def test_an_exact_moment_is_refused_as_evidence(make_evidence, make_card):
    leaking = Outcome(
        rule=make_card("X-1", TITLE, Severity.MINOR),
        answer=Checked(rows_examined=1, findings=(Finding(evidence={"oldest": datetime(2026, 10, 3, 8, 2, tzinfo=UTC)}),)),
    )
    with pytest.raises(TypeError, match="oldest"):
        make_evidence(outcomes=(leaking,))


def test_every_name_of_evidence_in_a_report_is_on_the_list(evidence):
    for rule in json.loads(audit_json(evidence))["rules"]:
        for finding in rule["findings"]:
            assert set(finding["evidence"]) <= set(EVIDENCE)


@pytest.mark.parametrize(
    ("severity", "fail_on", "expected", "code"),
    [
        (Severity.MINOR, "major", Conclusion.BELOW_THRESHOLD, 0),
        (Severity.MAJOR, "major", Conclusion.FINDINGS, 1),
        (Severity.BLOCKING, "major", Conclusion.FINDINGS, 1),
        (Severity.MAJOR, "blocking", Conclusion.BELOW_THRESHOLD, 0),
        (Severity.BLOCKING, "never", Conclusion.BELOW_THRESHOLD, 0),
        (Severity.MINOR, "minor", Conclusion.FINDINGS, 1),
    ],
)
def test_the_alert_threshold_decides_the_exit_code(make_evidence, make_card, severity, fail_on, expected, code):
    broken = Outcome(
        rule=make_card("X-1", TITLE, severity), answer=Checked(rows_examined=1, findings=(Finding(evidence={"rows": 1}, place=Place()),))
    )
    audit = make_evidence(outcomes=(broken,), absent=(), fail_on=fail_on)
    assert (audit.conclusion, audit.exit_code) == (expected, code)
    assert reaches(severity, fail_on) is bool(code)


def test_could_not_check_outranks_findings_and_never_reads_as_clean(make_evidence, make_card, evidence):
    assert (evidence.conclusion, evidence.exit_code) == (Conclusion.FINDINGS_AND_INCOMPLETE, 3)
    unchecked = Outcome(rule=make_card("X-1", TITLE, Severity.MINOR), answer=NotChecked(reason="table cards is not mapped"))
    assert make_evidence(outcomes=(unchecked,), absent=()).exit_code == 3
    gone = AbsentSource(source="archives", reason="absent", tables=())
    assert make_evidence(outcomes=(), absent=(gone,)).conclusion is Conclusion.INCOMPLETE
    assert make_evidence(outcomes=(), absent=()).conclusion is Conclusion.NOTHING_FOUND


def test_rules_and_verification_have_their_own_documents(evidence, release_receipt):
    cards = json.loads(rules_json(outcome.rule for outcome in evidence.outcomes))
    assert cards["schema"] == "poincon-rules/1"
    assert [rule["id"] for rule in cards["rules"]] == [outcome.rule.id for outcome in evidence.outcomes]
    verification = json.loads(verification_json(release_receipt.verification))
    assert verification["verification"]["verdict"] == "PASS_FOR_SCOPE"


def test_dates_of_evidence_are_days(evidence):
    rule = json.loads(audit_json(evidence))["rules"][0]
    assert rule["findings"][0]["evidence"]["oldest"] == date(2026, 10, 1).isoformat()
