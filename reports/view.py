"""An audit as one ordered view: what any form of the report shows, already counted, sorted and worded.

Pure: no query, no clock. What is not met comes first, blocking before major before minor, in the catalogue's order
inside each; what could not be checked stands apart and is never counted with what is met.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from auditor.vocabulary.decisions import NOTHING_DECIDED, Decisions, Standing, mark_of
from auditor.vocabulary.law import Frame
from auditor.vocabulary.outcomes import (
    EVIDENCE,
    Checked,
    EvidenceValue,
    Finding,
    NotApplicable,
    NotChecked,
    Outcome,
    Place,
    RuleCard,
    Severity,
    Verdict,
)
from auditor.vocabulary.text import Text
from auditor.vocabulary.trend import measure
from reports import decided, opinion, values, wording
from reports import typography as typo
from reports.evidence import AuditEvidence, Conclusion
from reports.footing import (
    ConflictView,
    Parameter,
    SourceView,
    all_sources,
    caution,
    conflict_views,
    parameters,
    source_view,
)

MAIN_FINDINGS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A number with what it counts."""

    number: int
    text: str
    """Number and noun, as written in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One piece of evidence in a table."""

    name: str
    raw: EvidenceValue
    text: str
    numeric: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """One finding: where, in a sentence, and figure by figure in the columns of its rule."""

    data: str
    """Physical table and column, empty when the finding is in the register only."""
    declared: str
    """File and line of the register, empty when none."""
    activity: str
    sentence: str
    frames: str
    cells: tuple[Cell, ...]
    standing: Standing = Standing.NEW
    standing_word: str = ""
    """Whether it counts, with the waiver that covers it and its last day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleView:
    """One rule with its answer."""

    id: str
    title: str
    family: str
    """Family of the rulebook, in words."""
    severity: Severity
    overall: Verdict
    au015: Verdict
    gdpr: Verdict
    reason: str
    """Why the rule was not checked or does not apply."""
    reason_lang: str
    findings: tuple[FindingView, ...]
    columns: tuple[tuple[str, str], ...]
    """Evidence present in the findings: name and label."""
    count: Count | None
    """What the findings add up to; None when nothing was found."""
    oldest: date | None
    examined: int | None
    sources: tuple[SourceView, ...]
    caution: str
    """What the reader must know of the rule's footing: its force when it has none, and how far it was read."""
    parameters: tuple[Parameter, ...]
    rationale: str
    remedy: str
    standings: Mapping[Standing, int]
    """Findings by standing."""
    judgement: str
    """What a human still has to judge; empty when a program decides the whole obligation."""
    conflicts: tuple[ConflictView, ...]

    @property
    def counts(self) -> bool:
        """Tell whether something new was found: neither known debt nor under a waiver."""
        return self.standings[Standing.NEW] > 0

    @property
    def decided(self) -> bool:
        """Tell whether everything found is known or waived."""
        return bool(self.findings) and not self.counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many rules got each verdict, in one frame or overall."""

    label: str
    counts: tuple[tuple[Verdict, int], ...]
    """Every verdict, in the order of `opinion.ORDER`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditView:
    """A whole audit, ready to be drawn."""

    conclusion: Conclusion
    headline: str
    verdict: str
    """The opinion in one sentence."""
    rules: tuple[RuleView, ...]
    tallies: tuple[Tally, ...]
    sources: tuple[SourceView, ...]
    examined: int
    """Rows kept by the readers, over all sources."""
    oldest: date | None
    newest: date | None
    decisions: decided.DecisionsView
    conflicts: tuple[ConflictView, ...]
    """Every conflict between sources that the rules met, once."""
    decisions_said: str
    """How many findings count and how many do not; empty when nobody decided anything."""
    not_asked: str
    """How many rules were left out; empty when all were asked."""
    family_order: tuple[str, ...]
    """Families of the rules asked, in the order of the rulebook."""

    def having(self, verdict: Verdict) -> tuple[RuleView, ...]:
        """Return the rules whose overall verdict is this one."""
        return tuple(rule for rule in self.rules if rule.overall is verdict)

    @property
    def main_findings(self) -> tuple[RuleView, ...]:
        """The most serious rules not met, those about which nothing was decided first."""
        return tuple(sorted(self.having(Verdict.NOT_MET), key=lambda rule: rule.decided))[:MAIN_FINDINGS]

    @property
    def to_judge(self) -> tuple[RuleView, ...]:
        """Rules asked of which a part is left to a human, whatever the program found."""
        return tuple(rule for rule in self.rules if rule.judgement and rule.overall is not Verdict.NOT_APPLICABLE)

    def families(self) -> tuple[tuple[str, tuple[RuleView, ...]], ...]:
        """Return the rules by family, the families in the order of the rulebook."""
        return tuple((name, tuple(rule for rule in self.rules if rule.family == name)) for name in self.family_order)


def audit_view(evidence: AuditEvidence, lang: str = "fr") -> AuditView:
    """Order and word an audit in one language."""
    ordered = sorted(evidence.outcomes, key=lambda outcome: (opinion.ORDER.index(outcome.verdict()), -outcome.rule.severity.rank))
    decisions = decided.decisions_view(evidence, lang)
    days = [day for reading in evidence.readings for day in (reading.oldest, reading.newest) if day]
    return AuditView(
        conclusion=evidence.conclusion,
        headline=opinion.HEADLINES[evidence.conclusion](lang),
        verdict=opinion.sentence(evidence, lang),
        rules=tuple(rule_view(outcome, lang, evidence.decisions) for outcome in ordered),
        tallies=tuple(_tallies(evidence.outcomes, lang)),
        sources=all_sources(evidence.outcomes, lang),
        examined=sum(reading.rows_kept for reading in evidence.readings),
        oldest=min(days, default=None),
        newest=max(days, default=None),
        decisions=decisions,
        decisions_said=decided.sentence(decisions, lang),
        not_asked=decided.not_asked(decisions, lang),
        conflicts=conflict_views((found for outcome in evidence.outcomes for found in outcome.rule.conflicts), lang),
        family_order=tuple(dict.fromkeys(wording.family(outcome.rule.family, lang) for outcome in evidence.outcomes)),
    )


def rule_view(outcome: Outcome, lang: str, decisions: Decisions = NOTHING_DECIDED) -> RuleView:
    """Word one rule and its answer."""
    rule, answer, findings = outcome.rule, outcome.answer, outcome.findings
    names = tuple(name for name in EVIDENCE if any(finding.evidence.get(name) is not None for finding in findings))
    why, why_lang = unanswered(outcome, lang)
    return RuleView(
        id=rule.id,
        title=rule.title(lang),
        family=wording.family(rule.family, lang),
        severity=rule.severity,
        overall=outcome.verdict(),
        au015=outcome.verdict(Frame.AU015),
        gdpr=outcome.verdict(Frame.GDPR),
        reason=why,
        reason_lang=why_lang,
        findings=tuple(_finding(finding, outcome.rule, names, decisions, lang) for finding in findings),
        columns=tuple((name, wording.label(name, lang)) for name in names),
        count=counted(findings, lang),
        oldest=min((value for finding in findings if isinstance(value := finding.evidence.get("oldest"), date)), default=None),
        examined=answer.rows_examined if isinstance(answer, Checked) else None,
        sources=tuple(source_view(source, lang) for source in rule.sources),
        caution=caution(rule.force, rule.reading, lang),
        parameters=parameters(rule.parameters.items(), rule.overrides.items(), lang),
        rationale=rule.rationale(lang),
        remedy=rule.remediation(lang),
        standings=decisions.standings(outcome),
        judgement=rule.judgement(lang) if rule.judgement else "",
        conflicts=conflict_views(rule.conflicts, lang),
    )


def unanswered(outcome: Outcome, lang: str) -> tuple[str, str]:
    """Say why a rule was not checked or does not apply, with the language of the words when it is not the report's."""
    answer = outcome.answer
    if isinstance(answer, NotChecked):
        return (typo.plain(answer.said(lang)), "") if answer.said else values.reason(answer.reason, lang)
    if isinstance(answer, NotApplicable):
        return typo.plain(answer.said(lang) if answer.said else answer.reason), ""
    return "", ""


def told(rule: RuleCard, finding: Finding, lang: str) -> str:
    """Return the sentence that says a finding."""
    facts: dict[str, EvidenceValue] = {**_placed(finding.place), **finding.evidence}
    return wording.filled(rule.sentence(finding), facts, lang)


def counted(findings: Sequence[Finding], lang: str) -> Count | None:
    """Say what findings add up to; None when nothing was found."""
    if not findings:
        return None
    found = measure(findings)
    return _counted(found.number, found.unit, lang)


def _counted(number: int, name: str, lang: str) -> Count:
    one, several = decided.UNITS[name]
    return Count(number=number, text=typo.count(number, one(lang), several(lang), lang))


def _finding(finding: Finding, rule: RuleCard, names: Sequence[str], decisions: Decisions, lang: str) -> FindingView:
    place = finding.place
    standing, word = standing_of(rule.id, finding, decisions, lang)
    return FindingView(
        data=typo.plain(".".join(part for part in (place.table, place.column) if part)),
        declared=typo.plain(f"{place.file}:{place.line}" if place.file and place.line else place.file),
        activity=typo.plain(place.activity),
        sentence=told(rule, finding, lang),
        frames=typo.listed((wording.FRAMES[frame](lang) for frame in Frame if frame in finding.frames), lang),
        cells=tuple(_cell(name, finding.evidence.get(name), lang) for name in names),
        standing=standing,
        standing_word=word,
    )


def standing_of(rule: str, finding: Finding, decisions: Decisions, lang: str) -> tuple[Standing, str]:
    """Say whether a finding counts, and under which waiver when it does not; no word where nobody decided anything."""
    mark = mark_of(rule, finding)
    standing = decisions.standing(mark)
    undecided = decisions.known is None and not decisions.waivers
    word = "" if undecided else decided.STANDINGS[standing](lang)
    waiver = decisions.waiver(mark)
    if waiver is not None and waiver.expires is not None:
        until = typo.day(waiver.expires, lang)
        word += f" {typo.plain(waiver.id)}, " + (f"until {until}" if lang == "en" else f"jusqu’au {until}")
    return standing, word


def _placed(place: Place) -> dict[str, EvidenceValue]:
    line = None if place.line is None else str(place.line)
    return {"activity": place.activity, "table": place.table, "column": place.column, "file": place.file, "line": line}


def _cell(name: str, raw: EvidenceValue, lang: str) -> Cell:
    numeric = isinstance(raw, int | float) and not isinstance(raw, bool)
    return Cell(name=name, raw=raw, text=wording.value(name, raw, lang), numeric=numeric)


def _tallies(outcomes: Sequence[Outcome], lang: str) -> Iterable[Tally]:
    whole = Text("L’un ou l’autre repère", "Either frame")
    for frame in Frame:
        yield Tally(label=wording.FRAMES[frame](lang), counts=opinion.tally(outcomes, frame))
    yield Tally(label=whole(lang), counts=opinion.tally(outcomes, None))
