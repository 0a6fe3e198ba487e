"""JUnit XML: one suite per family, one case per rule, for the test panes of build servers.

A finding that counts is a failure; known debt and waived findings are a skip that says so; what does not apply is a
skip; what could not be checked is an error, never a pass. A rule left out is a skip too: no rule disappears.
"""

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from auditor.vocabulary.outcomes import Severity, Verdict
from reports import decided, values, wording
from reports import typography as typo
from reports.evidence import AuditEvidence, reaches
from reports.view import AuditView, FindingView, RuleView, audit_view

_MOST_LISTED = 50


def audit_junit(evidence: AuditEvidence, lang: str = "fr") -> str:
    """Write an audit as JUnit XML. No time is given: the same audit gives the same bytes."""
    view = audit_view(evidence, lang)
    root = ET.Element("testsuites", name=wording.NAME)
    for family, rules in view.families():
        suite = ET.SubElement(root, "testsuite", name=_xml(family), package=f"poincon.{_package(evidence, rules[0].id)}")
        _counted(suite, [_case(suite, rule, evidence, lang) for rule in rules])
    for name, cases in (("sources", list(_sources(evidence, lang))), ("selection", list(_left_out(view, lang)))):
        if cases:
            suite = ET.SubElement(root, "testsuite", name=name, package=f"poincon.{name}")
            suite.extend(cases)
            _counted(suite, cases)
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(suite: ET.Element, rule: RuleView, evidence: AuditEvidence, lang: str) -> ET.Element:
    case = ET.SubElement(suite, "testcase", name=_xml(f"{rule.id} {rule.title}"), classname=str(suite.get("package")))
    properties = ET.SubElement(case, "properties")
    ET.SubElement(properties, "property", name="severity", value=rule.severity.value)
    ET.SubElement(properties, "property", name="verdict", value=rule.overall.value)
    if rule.overall is Verdict.COULD_NOT_CHECK:
        ET.SubElement(case, "error", type="could-not-check", message=_xml(rule.reason)).text = _xml(rule.reason)
    elif rule.overall is Verdict.NOT_APPLICABLE:
        ET.SubElement(case, "skipped", message=_xml(rule.reason or wording.VERDICTS[rule.overall](lang)))
    elif rule.counts:
        failure = ET.SubElement(case, "failure", type=_type(rule.severity, evidence), message=_xml(_head(rule)))
        failure.text = _xml("\n".join([*_lines(rule), rule.remedy]))
    elif rule.decided:
        ET.SubElement(case, "skipped", message=_xml(decided.standings(rule.standings, lang)))
        ET.SubElement(case, "system-out").text = _xml("\n".join(_lines(rule)))
    return case


def _type(severity: Severity, evidence: AuditEvidence) -> str:
    """Say the severity, and whether it is what stops the build."""
    return severity.value if reaches(severity, evidence.fail_on) else f"{severity.value}-below-threshold"


def _head(rule: RuleView) -> str:
    return rule.count.text if rule.count else rule.title


def _lines(rule: RuleView) -> Iterator[str]:
    for finding in rule.findings[:_MOST_LISTED]:
        standing = f"[{finding.standing_word}] " if finding.standing_word else ""
        yield f"{_where(finding)}{standing}{finding.sentence}"
    if len(rule.findings) > _MOST_LISTED:
        yield f"… +{len(rule.findings) - _MOST_LISTED}"


def _where(finding: FindingView) -> str:
    place = " ".join(part for part in (finding.data, finding.declared) if part)
    return f"{place} " if place else ""


def _sources(evidence: AuditEvidence, lang: str) -> Iterator[ET.Element]:
    for absent in evidence.absent:
        case = ET.Element("testcase", name=_xml(absent.source), classname="poincon.sources")
        ET.SubElement(case, "error", type="source-not-read", message=_xml(values.reason(absent.reason, lang)[0]))
        yield case


def _left_out(view: AuditView, lang: str) -> Iterator[ET.Element]:
    for rule, title in view.decisions.left_out:
        case = ET.Element("testcase", name=_xml(f"{rule} {title}"), classname="poincon.selection")
        ET.SubElement(case, "skipped", message="left out by choice" if lang == "en" else "laissée de côté, par choix")
        yield case


def _counted(suite: ET.Element, cases: list[ET.Element]) -> None:
    suite.set("tests", str(len(cases)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in cases)))


def _package(evidence: AuditEvidence, rule: str) -> str:
    return next(outcome.rule.family for outcome in evidence.outcomes if outcome.rule.id == rule)


def _xml(text: str) -> str:
    """Make text fit for XML, which forbids control characters and two non-characters."""
    lines = (typo.plain(line) for line in text.split("\n"))
    return "\n".join(lines).translate({0xFFFE: "\N{REPLACEMENT CHARACTER}", 0xFFFF: "\N{REPLACEMENT CHARACTER}"})
