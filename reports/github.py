"""Workflow annotations of GitHub: one line per finding, shown beside the register in a pull request.

Ten annotations of each level are shown for a step: the most serious findings come first. A message is one line whose
special characters are escaped, so that no name found in the data can issue a command of its own.
"""

from collections.abc import Iterator
from typing import Final

from auditor.vocabulary.decisions import Standing
from auditor.vocabulary.outcomes import Finding, Outcome, Verdict
from reports import decided, opinion, values
from reports import typography as typo
from reports.evidence import AuditEvidence, reaches
from reports.places import spot
from reports.view import standing_of, told, unanswered

_DATA: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def audit_github(evidence: AuditEvidence, lang: str = "fr", *, folder: str = "") -> str:
    """Write an audit as workflow commands, the most serious first.

    Args:
        evidence: The audit.
        lang: Language of the messages.
        folder: Path of the network folder from the root of the repository; empty when it is the root.
    """
    return "".join(f"{line}\n" for line in [*_annotations(evidence, folder, lang), *_whole(evidence, lang)])


def _annotations(evidence: AuditEvidence, folder: str, lang: str) -> Iterator[str]:
    broken = [outcome for outcome in evidence.outcomes if outcome.verdict() is Verdict.NOT_MET]
    counted = [
        (outcome, finding) for outcome in broken for finding in outcome.findings if _standing(outcome, finding, evidence) is Standing.NEW
    ]
    for outcome, finding in sorted(counted, key=lambda pair: -pair[0].rule.severity.rank):
        level = "error" if reaches(outcome.rule.severity, evidence.fail_on) else "warning"
        yield _at(level, outcome, finding, evidence, folder, told(outcome.rule, finding, lang))
    for outcome in evidence.outcomes:
        if outcome.verdict() is Verdict.COULD_NOT_CHECK:
            head = "Could not check: " if lang == "en" else typo.spaced("Non vérifié : ")
            yield _command("error", f"{head}{outcome.rule.title(lang)} ({unanswered(outcome, lang)[0]})", title=outcome.rule.id)
    for outcome in broken:
        for finding in outcome.findings:
            standing, word = standing_of(outcome.rule.id, finding, evidence.decisions, lang)
            if standing is not Standing.NEW:
                yield _at("notice", outcome, finding, evidence, folder, f"[{word}] {told(outcome.rule, finding, lang)}")


def _whole(evidence: AuditEvidence, lang: str) -> Iterator[str]:
    """Yield what concerns the run and not a finding: sources not read, lapsed waivers, rules left out, the opinion."""
    view = decided.decisions_view(evidence, lang)
    for absent in evidence.absent:
        yield _command("error", f"{typo.plain(absent.source)}: {values.reason(absent.reason, lang)[0]}")
    for waiver in view.lapsed:
        yield _command("error" if evidence.decisions.strict else "warning", decided.lapse(waiver, lang), title=waiver.id)
    if view.left_out:
        yield _command("warning", f"{decided.not_asked(view, lang)} {', '.join(rule for rule, _ in view.left_out)}")
    yield _command("notice", f"{opinion.HEADLINES[evidence.conclusion](lang)}. {opinion.sentence(evidence, lang)}", title="Poinçon")


def _standing(outcome: Outcome, finding: Finding, evidence: AuditEvidence) -> Standing:
    return standing_of(outcome.rule.id, finding, evidence.decisions, "en")[0]


def _at(level: str, outcome: Outcome, finding: Finding, evidence: AuditEvidence, folder: str, message: str) -> str:
    at = spot(finding.place, evidence.register)
    return _command(level, message, file=at.under(folder), line=str(at.line), title=outcome.rule.id)


def _command(level: str, message: str, **properties: str) -> str:
    said = ",".join(f"{name}={typo.plain(value).translate(_PROPERTY)}" for name, value in properties.items() if value)
    return f"::{level}{' ' if said else ''}{said}::{typo.plain(message).translate(_DATA)}"
