"""SARIF 2.1.0 (OASIS, errata 01): findings where a code host shows them, at the line of the register.

A code host shows only places in files, so a finding points at the declaration and names the column as a logical
location. Fingerprints carry no count and no date: an alert survives the daily drift of the data. What could not be
checked is a result of kind `open` and a notification, and the invocation says it did not succeed.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final
from urllib.parse import quote

from auditor.vocabulary.decisions import Mark, Standing, Waiver, mark_of
from auditor.vocabulary.outcomes import Finding, NotChecked, Outcome, Place, RuleCard, Severity, Verdict
from reports import decided, values, wording
from reports import typography as typo
from reports.evidence import AuditEvidence
from reports.places import CONFIG, Spot, spot
from reports.view import told, unanswered

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT: Final = "poinconFinding/v1"

_LEVELS: Final = {Severity.BLOCKING: "error", Severity.MAJOR: "warning", Severity.MINOR: "note"}
_SCORES: Final = {Severity.BLOCKING: "9.0", Severity.MAJOR: "6.0", Severity.MINOR: "3.0"}
"""`security-severity`, by which code hosts sort: critical, medium, low."""


def audit_sarif(evidence: AuditEvidence, lang: str = "fr", *, folder: str = "") -> str:
    """Write an audit as one SARIF run.

    Args:
        evidence: The audit.
        lang: Language of the messages.
        folder: Path of the network folder from the root of the repository; empty when it is the root.
    """
    index = {outcome.rule.id: rank for rank, outcome in enumerate(evidence.outcomes)}
    run = {
        "tool": {"driver": _driver(evidence, lang)},
        "language": "en-GB" if lang == "en" else "fr-FR",
        "columnKind": "unicodeCodePoints",
        "automationDetails": {"id": "poincon/audit/"},
        "invocations": [_invocation(evidence, index, lang)],
        "results": [*_results(evidence, index, folder, lang), *_absent(evidence, index, folder, lang)],
        "properties": _properties(evidence),
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _driver(evidence: AuditEvidence, lang: str) -> dict[str, Any]:
    return {
        "name": wording.NAME,
        "version": evidence.tool_version,
        "semanticVersion": evidence.tool_version,
        "rules": [_rule(outcome.rule, lang) for outcome in evidence.outcomes],
    }


def _rule(rule: RuleCard, lang: str) -> dict[str, Any]:
    address = next((source.address for source in rule.sources if source.address), "")
    said = {
        "id": rule.id,
        "name": "".join(part[:1].upper() + part[1:] for part in rule.name.replace(".", "-").split("-")),
        "shortDescription": {"text": rule.title(lang)},
        "fullDescription": {"text": rule.rationale(lang)},
        "help": {"text": rule.remediation(lang)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }
    if address:
        said["helpUri"] = quote(address, safe=":/?#[]@!$&'()*+,;=%")
    return said | {"properties": _rule_properties(rule, lang)}


def _rule_properties(rule: RuleCard, lang: str) -> dict[str, Any]:
    said: dict[str, Any] = {
        "tags": ["privacy", "rgpd", rule.family],
        "security-severity": _SCORES[rule.severity],
        "severity": rule.severity.value,
        "force": rule.force.value,
        "reading": rule.reading.value,
        "sources": [
            {"ref": one.ref, "title": one.title, "force": one.force.value, "reading": one.reading.value, "address": one.address}
            for one in rule.sources
        ],
    }
    if rule.parameters:
        said["parameters"] = dict(sorted(rule.parameters.items()))
    if rule.overrides:
        said["overrides"] = dict(sorted(rule.overrides.items()))
    if rule.judgement:
        said["judgement"] = rule.judgement(lang)
    if rule.conflicts:
        said["conflicts"] = [{"id": one.id, "said": one.said(lang)} for one in rule.conflicts]
    return said


def _results(evidence: AuditEvidence, index: Mapping[str, int], folder: str, lang: str) -> Iterator[dict[str, Any]]:
    for outcome in evidence.outcomes:
        rule = {"ruleId": outcome.rule.id, "ruleIndex": index[outcome.rule.id]}
        for finding in outcome.findings:
            yield rule | _found(outcome.rule, finding, evidence, folder, lang)
        if isinstance(outcome.answer, NotChecked):
            yield rule | {
                "kind": "open",
                "level": "none",
                "message": {"text": _unchecked(outcome, lang)},
                "locations": [_location(Place(), Spot(file=CONFIG, exact=False), folder)],
                "partialFingerprints": {FINGERPRINT: Mark(rule=outcome.rule.id, words=(("kind", "could-not-check"),)).fingerprint},
            }


def _found(rule: RuleCard, finding: Finding, evidence: AuditEvidence, folder: str, lang: str) -> dict[str, Any]:
    mark, decisions = mark_of(rule.id, finding), evidence.decisions
    standing, waiver = decisions.standing(mark), decisions.waiver(mark)
    said: dict[str, Any] = {
        "kind": "fail",
        "level": _LEVELS[rule.severity],
        "message": {"text": told(rule, finding, lang)},
        "locations": [_location(finding.place, spot(finding.place, evidence.register), folder)],
        "partialFingerprints": {FINGERPRINT: mark.fingerprint},
    }
    if decisions.known is not None:
        said["baselineState"] = "unchanged" if mark in decisions.known else "new"
    if waiver is not None:
        said["suppressions"] = [_suppression(waiver)]
    lapsed = [one.id for one in decisions.lapsed_on(mark)]
    properties = {name: _plain(value) for name, value in sorted(finding.evidence.items()) if value is not None}
    properties |= {"frames": sorted(frame.value for frame in finding.frames), "standing": standing.value}
    return said | {"properties": properties | ({"lapsedWaivers": lapsed} if lapsed else {})}


def _suppression(waiver: Waiver) -> dict[str, Any]:
    properties = {"waiver": waiver.id, "approvedBy": waiver.approved_by, "expires": waiver.expires.isoformat() if waiver.expires else ""}
    return {
        "kind": "external",
        "status": "accepted",
        "justification": waiver.reason,
        "properties": properties | ({"ticket": waiver.ticket} if waiver.ticket else {}),
    }


def _location(place: Place, at: Spot, folder: str) -> dict[str, Any]:
    said: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": {"uri": quote(at.under(folder))}, "region": {"startLine": at.line}},
    }
    logical = list(_logical(place))
    return said | ({"logicalLocations": logical} if logical else {})


def _logical(place: Place) -> Iterator[dict[str, Any]]:
    if place.column:
        yield {
            "name": place.column,
            "fullyQualifiedName": f"{place.table}.{place.column}" if place.table else place.column,
            "kind": "member",
        }
    elif place.table:
        yield {"name": place.table.rpartition(".")[2], "fullyQualifiedName": place.table, "kind": "resource"}
    if place.activity:
        yield {"name": place.activity, "fullyQualifiedName": f"registre/{place.activity}", "kind": "namespace"}


def _absent(evidence: AuditEvidence, index: Mapping[str, int], folder: str, lang: str) -> Iterator[dict[str, Any]]:
    """Yield the findings of the baseline that are no longer found, as SARIF wants them said."""
    for mark in evidence.decisions.gone(evidence.outcomes):
        gone = f"Corrected: {decided.marked(mark, lang)}" if lang == "en" else typo.spaced(f"Corrigé : {decided.marked(mark, lang)}")
        place = Place(activity=mark.activity, table=mark.table, column=mark.column, file=mark.file)
        yield {
            "ruleId": mark.rule,
            "ruleIndex": index[mark.rule],
            "kind": "pass",
            "level": "none",
            "message": {"text": gone},
            "locations": [_location(place, spot(place, evidence.register), folder)],
            "partialFingerprints": {FINGERPRINT: mark.fingerprint},
            "baselineState": "absent",
        }


def _invocation(evidence: AuditEvidence, index: Mapping[str, int], lang: str) -> dict[str, Any]:
    return {
        "executionSuccessful": evidence.exit_code not in (2, 3),
        "exitCode": evidence.exit_code,
        "toolExecutionNotifications": list(_notified(evidence, index, lang)),
        "toolConfigurationNotifications": list(_configured(evidence, lang)),
    }


def _notified(evidence: AuditEvidence, index: Mapping[str, int], lang: str) -> Iterator[dict[str, Any]]:
    for outcome in evidence.outcomes:
        if isinstance(outcome.answer, NotChecked):
            rule = {"id": outcome.rule.id, "index": index[outcome.rule.id]}
            yield {"level": "error", "message": {"text": _unchecked(outcome, lang)}, "associatedRule": rule}
    for absent in evidence.absent:
        yield {"level": "error", "message": {"text": f"{typo.plain(absent.source)}: {values.reason(absent.reason, lang)[0]}"}}


def _configured(evidence: AuditEvidence, lang: str) -> Iterator[dict[str, Any]]:
    view = decided.decisions_view(evidence, lang)
    for waiver in view.lapsed:
        yield {"level": "error" if evidence.decisions.strict else "warning", "message": {"text": decided.lapse(waiver, lang)}}
    told_ = decided.not_asked(view, lang)
    if told_:
        listed = ", ".join(rule for rule, _ in view.left_out)
        yield {"level": "warning", "message": {"text": f"{told_} {listed}"}}


def _properties(evidence: AuditEvidence) -> dict[str, Any]:
    verdicts = {verdict.value: sum(one.verdict() is verdict for one in evidence.outcomes) for verdict in Verdict}
    standings = {standing.value: sum(evidence.decisions.standings(one)[standing] for one in evidence.outcomes) for standing in Standing}
    return {
        "asOf": evidence.as_of.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "network": typo.plain(evidence.identity.name),
        "inputDigest": evidence.input_digest,
        "conclusion": evidence.conclusion.value,
        "failOn": evidence.fail_on,
        "verdicts": verdicts,
        "standings": standings,
        "rulesLeftOut": _ids(evidence),
    }


def _ids(evidence: AuditEvidence) -> Sequence[str]:
    return [rule.id for rule in evidence.selection.left_out]


def _unchecked(outcome: Outcome, lang: str) -> str:
    why = unanswered(outcome, lang)[0]
    head = "Could not check: " if lang == "en" else typo.spaced("Non vérifié : ")
    return f"{head}{outcome.rule.title(lang)} ({why})"


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
