"""SARIF as code hosts read it: places in files, fingerprints that last, suppressions, and no silence about what failed."""

import json
import re
from dataclasses import replace
from datetime import date
from typing import Any

import jsonschema
import pytest

from auditor.vocabulary.outcomes import Checked, Finding, Outcome, Place, Severity
from auditor.vocabulary.text import Text
from reports.sarif import FINGERPRINT, audit_sarif

TEXT = {"type": "object", "required": ["text"], "additionalProperties": False, "properties": {"text": {"type": "string", "minLength": 1}}}
BAG = {"type": "object"}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
URI = {"type": "string", "format": "uri-reference", "pattern": r"^[^\s\\]+$"}


def closed(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "additionalProperties": False, "properties": properties}


def many(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


RULE = closed(
    ["id"],
    id={"type": "string"},
    name={"type": "string"},
    shortDescription=TEXT,
    fullDescription=TEXT,
    help=TEXT,
    helpUri={"type": "string", "format": "uri"},
    defaultConfiguration=closed([], level=LEVEL),
    properties=BAG,
)
LOCATION = closed(
    [],
    physicalLocation=closed(
        ["artifactLocation"],
        artifactLocation=closed([], uri=URI),
        region=closed([], startLine={"type": "integer", "minimum": 1}),
    ),
    logicalLocations=many(
        closed([], name={"type": "string"}, fullyQualifiedName={"type": "string"}, kind={"enum": ["member", "resource", "namespace"]})
    ),
)
SUPPRESSION = closed(
    ["kind"],
    kind={"enum": ["inSource", "external"]},
    status={"enum": ["accepted", "underReview", "rejected"]},
    justification={"type": "string"},
    properties=BAG,
)
RESULT = closed(
    ["message"],
    ruleId={"type": "string"},
    ruleIndex={"type": "integer", "minimum": 0},
    kind={"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]},
    level=LEVEL,
    message=TEXT,
    locations=many(LOCATION),
    partialFingerprints={"type": "object", "additionalProperties": {"type": "string"}},
    baselineState={"enum": ["new", "unchanged", "updated", "absent"]},
    suppressions=many(SUPPRESSION),
    properties=BAG,
)
NOTIFICATION = closed(
    ["message"],
    level=LEVEL,
    message=TEXT,
    associatedRule=closed([], id={"type": "string"}, index={"type": "integer", "minimum": 0}),
)
RUN = closed(
    ["tool"],
    tool=closed(
        ["driver"],
        driver=closed(["name"], name={"type": "string"}, version={"type": "string"}, semanticVersion={"type": "string"}, rules=many(RULE)),
    ),
    language={"type": "string", "pattern": "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$"},
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    automationDetails=closed([], id={"type": "string"}),
    invocations=many(
        closed(
            ["executionSuccessful"],
            executionSuccessful={"type": "boolean"},
            exitCode={"type": "integer"},
            toolExecutionNotifications=many(NOTIFICATION),
            toolConfigurationNotifications=many(NOTIFICATION),
        )
    ),
    results=many(RESULT),
    properties=BAG,
)
LOG = closed(["version", "runs"], **{"$schema": {"type": "string"}, "version": {"const": "2.1.0"}, "runs": many(RUN)})
"""The members of the OASIS schema (2.1.0, errata 01) that this program writes, closed so that a misspelt one is refused."""


def run_of(evidence, **how):
    document = json.loads(audit_sarif(evidence, **how))
    jsonschema.validate(document, LOG, cls=jsonschema.Draft7Validator, format_checker=jsonschema.FormatChecker())
    (run,) = document["runs"]
    return run


def results(evidence, rule, **how):
    return [result for result in run_of(evidence, **how)["results"] if result["ruleId"] == rule]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_log_has_the_members_of_the_standard_and_is_as_kept(evidence, decided, golden, lang):
    for name, audit in (("audit", evidence), ("decided", decided)):
        run_of(audit, lang=lang)
        golden(f"{name}.{lang}.sarif.json", audit_sarif(audit, lang))


def test_an_empty_audit_is_a_log_too(make_evidence):
    assert run_of(make_evidence(outcomes=(), readings=(), absent=()))["results"] == []


def test_a_finding_points_at_the_register_and_names_its_column(evidence):
    result = results(evidence, "BIL-RET-VALID-48H", folder="reseaux/lille")[0]
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "reseaux/lille/registre/validations.yml"},
        "region": {"startLine": 42},
    }
    assert location["logicalLocations"][0] == {
        "name": "numero_carte",
        "fullyQualifiedName": "valideurs.numero_carte",
        "kind": "member",
    }
    assert (result["level"], result["kind"]) == ("error", "fail")


def test_a_finding_without_a_file_still_points_somewhere(make_evidence, make_card):
    rule = make_card("X-1", Text("Règle", "Rule"), Severity.MINOR)
    findings = (
        Finding(evidence={}, place=Place(table="t")),
        Finding(evidence={}, place=Place(activity="postpaiement")),
        Finding(evidence={}),
    )
    audit = make_evidence(outcomes=(Outcome(rule=rule, answer=Checked(rows_examined=1, findings=findings)),))
    uris = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in results(audit, "X-1")]
    assert uris == ["mapping.yml", "registre/postpaiement.yml", "poincon.toml"]


def test_a_fingerprint_lasts_through_counts_dates_and_lines(evidence):
    before = results(evidence, "BIL-RET-VALID-48H")[0]
    taps = evidence.outcomes[-1]
    first = taps.findings[0]
    moved = replace(
        first, evidence={**first.evidence, "rows": 3, "share": 0.1, "oldest": date(2026, 10, 29)}, place=replace(first.place, line=50)
    )
    later = replace(evidence, outcomes=(replace(taps, answer=Checked(rows_examined=9, findings=(moved,))),))
    after = results(later, "BIL-RET-VALID-48H")[0]
    assert before["partialFingerprints"] == after["partialFingerprints"]
    assert set(before["partialFingerprints"]) == {FINGERPRINT}
    assert re.fullmatch("[0-9a-f]{32}", before["partialFingerprints"][FINGERPRINT])


def test_a_waived_finding_is_a_suppression_with_its_reason_and_its_end(decided):
    _, waived = results(decided, "BIL-RET-VALID-48H")
    (suppression,) = waived["suppressions"]
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
    assert suppression["justification"] == "Purge du concentrateur en cours"
    assert suppression["properties"]["expires"] == "2026-11-15"
    assert suppression["properties"]["approvedBy"] == "DPO"


def test_a_lapsed_waiver_suppresses_nothing_and_is_announced(decided):
    (hashed,) = results(decided, "BIL-ANO-HASH")
    assert "suppressions" not in hashed
    assert hashed["properties"]["lapsedWaivers"] == ["W-2"]
    notes = run_of(decided)["invocations"][0]["toolConfigurationNotifications"]
    assert any("W-2" in note["message"]["text"] for note in notes)
    assert any("SEC-MDP" in note["message"]["text"] for note in notes)


def test_the_state_against_the_baseline_is_given_only_when_there_is_one(evidence, decided):
    assert not any("baselineState" in result for result in run_of(evidence)["results"])
    assert [one["baselineState"] for one in results(decided, "REG-CHAMPS")] == ["unchanged"]
    assert [one["baselineState"] for one in results(decided, "BIL-ANO-HASH")] == ["new"]
    (gone,) = results(decided, "BIL-TIT-ANONYME")
    assert (gone["baselineState"], gone["kind"]) == ("absent", "pass")


def test_what_could_not_be_checked_is_open_notified_and_never_a_success(evidence):
    (result,) = results(evidence, "BIL-RET-VALID-TARDIVE")
    assert (result["kind"], result["level"]) == ("open", "none")
    (invocation,) = run_of(evidence)["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 3)
    told = [note["message"]["text"] for note in invocation["toolExecutionNotifications"]]
    assert any("validations.ingested_at" in text for text in told)
    assert any("archives" in text for text in told)


def test_findings_alone_are_a_successful_execution(make_evidence, evidence):
    (invocation,) = run_of(make_evidence(outcomes=evidence.outcomes[-1:], absent=()))["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (True, 1)


def test_the_rules_carry_their_sources_their_doubt_and_what_is_left_to_judge(decided):
    rules = {rule["id"]: rule for rule in run_of(decided)["tool"]["driver"]["rules"]}
    hashed = rules["BIL-ANO-HASH"]["properties"]
    assert hashed["reading"] == "partial"
    assert hashed["sources"][0]["ref"] == "S22"
    assert hashed["judgement"].startswith("Dire si")
    assert hashed["conflicts"][0]["id"] == "hash"
    assert rules["BIL-RET-VALID-48H"]["helpUri"].startswith("https://")
    assert set(rules) == {outcome.rule.id for outcome in decided.outcomes}
