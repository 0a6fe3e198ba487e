"""The machine-readable forms. Deterministic: same evidence, same bytes; keys sorted, both languages, ISO 8601 dates.

Each document names its schema (`poincon-audit/2`…), published in `reports/schemas/`. A figure here and the same figure
in an HTML or terminal report come from the same value.
"""

import dataclasses
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from importlib.resources import files
from typing import Any

from auditor.vocabulary.access import AccessAnswer
from auditor.vocabulary.decisions import Decisions, Mark, Selection, Standing, Waiver, mark_of
from auditor.vocabulary.law import Frame, LegalSource
from auditor.vocabulary.outcomes import Checked, Finding, NotApplicable, NotChecked, Outcome, RuleCard
from auditor.vocabulary.reading import ReadingReport
from auditor.vocabulary.releases import Receipt, Verification
from auditor.vocabulary.text import Text
from auditor.vocabulary.trend import Trend, added_up
from reports.csv import access_csv
from reports.evidence import AuditEvidence
from reports.opinion import ORDER, tally
from reports.wording import filled

__all__ = ["VERSION", "access_csv", "access_json", "audit_json", "release_json", "rules_json", "schema", "verification_json"]

VERSION = "1.0"
"""Version of the documents' form: the second number grows when a field is added, the first when one changes meaning."""
AUDIT_VERSION = "2.0"
"""The audit's own: since 2 a finding says whether it counts, and the exit code is that of the new ones."""


def audit_json(evidence: AuditEvidence) -> str:
    """Write a whole audit as `poincon-audit/2`."""
    ordered = sorted(evidence.outcomes, key=lambda outcome: (ORDER.index(outcome.verdict()), -outcome.rule.severity.rank))
    conflicts = {one.id: one for outcome in evidence.outcomes for one in outcome.rule.conflicts}
    sources = {source.ref: source for outcome in evidence.outcomes for source in outcome.rule.sources}
    sources |= {source.ref: source for one in conflicts.values() for source in one.sources}
    return _written(
        {
            "schema": "poincon-audit/2",
            "version": AUDIT_VERSION,
            "tool": {"name": "poincon", "version": evidence.tool_version},
            "network": _jsonable(evidence.identity),
            "as_of": _instant(evidence.as_of),
            "input_digest": evidence.input_digest,
            "fail_on": evidence.fail_on,
            "summary": _summary(evidence),
            "selection": _selection(evidence.selection),
            "rules": [_outcome(outcome, evidence.decisions) for outcome in ordered],
            "conflicts": [
                {"id": one.id, "said": _text(one.said), "source_refs": [source.ref for source in one.sources]}
                for _, one in sorted(conflicts.items())
            ],
            "waivers": _waivers(evidence),
            "baseline": _baseline(evidence),
            "trend": _trend(evidence.trend),
            "sources": [_source(sources[ref]) for ref in sorted(sources)],
            "readings": [_reading(reading) for reading in evidence.readings],
            "absent_sources": [_jsonable(absent) for absent in evidence.absent],
            "register": {
                "activities": [
                    {"id": declared.activity.id, "title": declared.activity.title, "file": declared.file}
                    for declared in evidence.register.activities
                ],
                "completeness": {name: _jsonable(found) for name, found in evidence.completeness.items()},
            },
        }
    )


def rules_json(cards: Iterable[RuleCard]) -> str:
    """Write the catalogue as `poincon-rules/1`."""
    return _written({"schema": "poincon-rules/1", "version": VERSION, "rules": [_card(card) for card in cards]})


def release_json(receipt: Receipt) -> str:
    """Write what a release receipt says as `poincon-release/1`. The signed envelope is another file, beside the release."""
    said = _jsonable(receipt)
    return _written({"schema": "poincon-release/1", "version": VERSION, "receipt": said})


def verification_json(verification: Verification) -> str:
    """Write what a stranger established of one file as `poincon-verification/1`."""
    return _written({"schema": "poincon-verification/1", "version": VERSION, "verification": _jsonable(verification)})


def access_json(answer: AccessAnswer) -> str:
    """Write a person's own answer as `poincon-access/1` (GDPR art. 15(3), commonly used electronic form)."""
    return _written({"schema": "poincon-access/1", "version": VERSION, "answer": _jsonable(answer)})


def schema(name: str) -> str:
    """Return a published schema: `audit-2`, `release-1` or `access-1`."""
    return files("reports").joinpath("schemas", f"{name}.schema.json").read_text(encoding="utf-8")


def _written(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, indent=2, allow_nan=False) + "\n"


def _summary(evidence: AuditEvidence) -> dict[str, Any]:
    return {
        "conclusion": evidence.conclusion.value,
        "exit_code": evidence.exit_code,
        "rules": len(evidence.outcomes),
        "findings": sum(len(outcome.findings) for outcome in evidence.outcomes),
        "standings": _standings(evidence),
        "rules_left_out": len(evidence.selection.left_out),
        "waivers_lapsed": len(evidence.decisions.lapsed),
        "rows_kept": sum(reading.rows_kept for reading in evidence.readings),
        "rows_rejected": sum(sum(reading.rejected.values()) for reading in evidence.readings),
        "sources_absent": len(evidence.absent),
        "verdicts": {
            "overall": _tally(evidence, None),
            Frame.AU015.value: _tally(evidence, Frame.AU015),
            Frame.GDPR.value: _tally(evidence, Frame.GDPR),
        },
    }


def _tally(evidence: AuditEvidence, frame: Frame | None) -> dict[str, int]:
    return {verdict.value: number for verdict, number in tally(evidence.outcomes, frame)}


def _standings(evidence: AuditEvidence) -> dict[str, int]:
    counted: Counter[str] = Counter({standing.value: 0 for standing in Standing})
    for outcome in evidence.outcomes:
        counted.update({standing.value: number for standing, number in evidence.decisions.standings(outcome).items()})
    return dict(counted)


def _selection(selection: Selection) -> dict[str, Any]:
    return {
        "select": list(selection.select),
        "ignore": list(selection.ignore),
        "left_out": [{"id": rule.id, "title": _text(rule.title), "severity": rule.severity.value} for rule in selection.left_out],
    }


def _waivers(evidence: AuditEvidence) -> list[dict[str, Any]]:
    covered = evidence.decisions.covered(evidence.outcomes)
    unused = {waiver.id for waiver in evidence.decisions.unused(evidence.outcomes)}
    return [
        _waiver(waiver, evidence.decisions) | {"covers": covered.get(waiver.id, 0), "unused": waiver.id in unused}
        for waiver in evidence.decisions.waivers
    ]


def _waiver(waiver: Waiver, decisions: Decisions) -> dict[str, Any]:
    said = dict(_jsonable(waiver)) | {"faults": [_text(fault) for fault in waiver.faults]}
    return said | {"state": decisions.state(waiver).value, "broad": waiver.broad}


def _baseline(evidence: AuditEvidence) -> dict[str, Any] | None:
    known = evidence.decisions.known
    if known is None:
        return None
    return {"known": len(known), "gone": [_mark(mark) for mark in evidence.decisions.gone(evidence.outcomes)]}


def _mark(mark: Mark) -> dict[str, str]:
    place = {name: getattr(mark, name) for name in ("activity", "table", "column", "file") if getattr(mark, name)}
    return {"rule": mark.rule, **place, **dict(mark.words), "fingerprint": mark.fingerprint}


def _trend(trend: Trend | None) -> dict[str, Any] | None:
    return None if trend is None else dict(_jsonable(trend))


def _outcome(outcome: Outcome, decisions: Decisions) -> dict[str, Any]:
    answer = outcome.answer
    said = _card(outcome.rule) | {
        "verdict": outcome.verdict().value,
        "verdicts": {frame.value: outcome.verdict(frame).value for frame in Frame},
        "rows_examined": answer.rows_examined if isinstance(answer, Checked) else None,
        "rows_affected": added_up(outcome.findings),
        "reason": answer.reason if isinstance(answer, NotApplicable | NotChecked) else None,
    }
    return said | {"findings": [_finding(finding, outcome.rule, decisions) for finding in outcome.findings]}


def _card(card: RuleCard) -> dict[str, Any]:
    return {
        "id": card.id,
        "name": card.name,
        "family": card.family,
        "title": _text(card.title),
        "severity": card.severity.value,
        "force": card.force.value,
        "reading": card.reading.value,
        "frames": sorted(frame.value for frame in card.frames),
        "parameters": dict(card.parameters),
        "overrides": dict(card.overrides),
        "rationale": _text(card.rationale),
        "remediation": _text(card.remediation),
        "source_refs": [source.ref for source in card.sources],
        "judgement": _text(card.judgement) if card.judgement else None,
        "conflicts": [conflict.id for conflict in card.conflicts],
    }


def _finding(finding: Finding, rule: RuleCard, decisions: Decisions) -> dict[str, Any]:
    mark, message = mark_of(rule.id, finding), rule.sentence(finding)
    waiver = decisions.waiver(mark)
    place = {name: value for name, value in _jsonable(finding.place).items() if value not in ("", None)}
    facts = {**place, "line": None if finding.place.line is None else str(finding.place.line), **finding.evidence}
    return {
        "message": {lang: filled(message, facts, lang) for lang in ("fr", "en")},
        "evidence": {name: _jsonable(value) for name, value in finding.evidence.items() if value is not None},
        "place": place,
        "frames": sorted(frame.value for frame in finding.frames),
        "fingerprint": mark.fingerprint,
        "standing": decisions.standing(mark).value,
        "waiver": waiver.id if waiver else None,
        "lapsed_waivers": [lapsed.id for lapsed in decisions.lapsed_on(mark)],
    }


def _source(source: LegalSource) -> dict[str, Any]:
    return dict(_jsonable(source))


def _reading(reading: ReadingReport) -> dict[str, Any]:
    said = dict(_jsonable(reading)) | {"rows_rejected": sum(reading.rejected.values())}
    if not reading.passed_over:
        del said["passed_over"]
    return said


def _text(text: Text) -> dict[str, str]:
    return {"fr": text.fr, "en": text.en}


def _instant(moment: datetime) -> str:
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.strftime("%Y-%m-%dT%H:%M:%SZ")


def _jsonable(value: object) -> Any:
    """Turn a vocabulary value into plain JSON: dataclasses to objects, sets sorted."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {part.name: _jsonable(getattr(value, part.name)) for part in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _jsonable(part) for name, part in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(_jsonable(part) for part in value)
    if isinstance(value, tuple | list):
        return [_jsonable(part) for part in value]
    return _scalar(value)


def _scalar(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
