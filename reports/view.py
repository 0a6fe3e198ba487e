"""An audit as one ordered view: what any form of the report shows, already counted, sorted and worded.

Pure: no query, no clock. What is not met comes first, blocking before major before minor, in the catalogue's order
inside each; what could not be checked stands apart and is never counted with what is met.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from auditor.vocabulary.law import Force, Frame, LegalSource, Reading
from auditor.vocabulary.outcomes import (
    EVIDENCE,
    Checked,
    EvidenceValue,
    Finding,
    NotApplicable,
    NotChecked,
    Outcome,
    Place,
    Severity,
    Verdict,
)
from auditor.vocabulary.text import Text
from reports import opinion, values, wording
from reports import typography as typo
from reports.evidence import AuditEvidence, Conclusion

MAIN_FINDINGS: Final = 5
_COUNTED: Final = ("rows", "entries", "cards", "customers", "tokens", "classes_below", "columns")
_UNITS: Final = {
    "rows": (Text("ligne", "row"), Text("lignes", "rows")),
    "entries": (Text("inscription", "entry"), Text("inscriptions", "entries")),
    "cards": (Text("carte", "card"), Text("cartes", "cards")),
    "customers": (Text("client", "customer"), Text("clients", "customers")),
    "tokens": (Text("jeton", "token"), Text("jetons", "tokens")),
    "classes_below": (Text("classe", "class"), Text("classes", "classes")),
    "columns": (Text("colonne", "column"), Text("colonnes", "columns")),
    "findings": (Text("constat", "finding"), Text("constats", "findings")),
}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """A legal source with its weight in words."""

    ref: str
    title: str
    force: str
    reading: str
    """How far the text was read."""
    doubtful: bool
    """The reading is anything but the passage itself."""
    address: str
    dated: date | None
    read_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One value the rule was run with."""

    label: str
    text: str
    override: str
    """Reason the network gave for changing it; empty when it is the source's own value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleView:
    """One rule with its answer."""

    id: str
    title: str
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

    def having(self, verdict: Verdict) -> tuple[RuleView, ...]:
        """Return the rules whose overall verdict is this one."""
        return tuple(rule for rule in self.rules if rule.overall is verdict)

    @property
    def main_findings(self) -> tuple[RuleView, ...]:
        """The most serious rules not met."""
        return self.having(Verdict.NOT_MET)[:MAIN_FINDINGS]


def audit_view(evidence: AuditEvidence, lang: str = "fr") -> AuditView:
    """Order and word an audit in one language."""
    ordered = sorted(evidence.outcomes, key=lambda outcome: (opinion.ORDER.index(outcome.verdict()), -outcome.rule.severity.rank))
    days = [day for reading in evidence.readings for day in (reading.oldest, reading.newest) if day]
    return AuditView(
        conclusion=evidence.conclusion,
        headline=opinion.HEADLINES[evidence.conclusion](lang),
        verdict=opinion.sentence(evidence, lang),
        rules=tuple(rule_view(outcome, lang) for outcome in ordered),
        tallies=tuple(_tallies(evidence.outcomes, lang)),
        sources=_all_sources(evidence.outcomes, lang),
        examined=sum(reading.rows_kept for reading in evidence.readings),
        oldest=min(days, default=None),
        newest=max(days, default=None),
    )


def rule_view(outcome: Outcome, lang: str) -> RuleView:
    """Word one rule and its answer."""
    rule, answer, findings = outcome.rule, outcome.answer, outcome.findings
    names = tuple(name for name in EVIDENCE if any(finding.evidence.get(name) is not None for finding in findings))
    why, why_lang = ("", "")
    if isinstance(answer, NotChecked):
        why, why_lang = (typo.plain(answer.said(lang)), "") if answer.said else values.reason(answer.reason, lang)
    elif isinstance(answer, NotApplicable):
        why = typo.plain(answer.said(lang) if answer.said else answer.reason)
    return RuleView(
        id=rule.id,
        title=rule.title(lang),
        severity=rule.severity,
        overall=outcome.verdict(),
        au015=outcome.verdict(Frame.AU015),
        gdpr=outcome.verdict(Frame.GDPR),
        reason=why,
        reason_lang=why_lang,
        findings=tuple(_finding(finding, rule.sentence(finding), names, lang) for finding in findings),
        columns=tuple((name, wording.label(name, lang)) for name in names),
        count=_count(findings, lang),
        oldest=min((value for finding in findings if isinstance(value := finding.evidence.get("oldest"), date)), default=None),
        examined=answer.rows_examined if isinstance(answer, Checked) else None,
        sources=tuple(source_view(source, lang) for source in rule.sources),
        caution=caution(rule.force, rule.reading, lang),
        parameters=parameters(rule.parameters.items(), rule.overrides.items(), lang),
        rationale=rule.rationale(lang),
        remedy=rule.remediation(lang),
    )


def source_view(source: LegalSource, lang: str) -> SourceView:
    """Word one legal source."""
    return SourceView(
        ref=source.ref,
        title=source.title,
        force=wording.FORCES[source.force](lang),
        reading=wording.READINGS[source.reading](lang),
        doubtful=source.reading is not Reading.VERIFIED,
        address=source.address,
        dated=source.dated,
        read_on=source.read_on,
    )


def caution(force: Force, reading: Reading, lang: str) -> str:
    """Say what weakens a rule: a source without legal value, or one that was not read in full. Empty when neither does."""
    parts = []
    if force in (Force.REFERENCE, Force.DECISION, Force.SCIENCE, Force.LOCAL):
        parts.append(wording.FORCES[force](lang))
    if reading is not Reading.VERIFIED:
        parts.append(wording.READINGS[reading](lang))
    sentence = "; ".join(parts) if lang == "en" else typo.spaced(" ; ".join(parts))
    return sentence[:1].upper() + sentence[1:]


def parameters(values: Iterable[tuple[str, str]], overrides: Iterable[tuple[str, str]], lang: str) -> tuple[Parameter, ...]:
    """Word the parameters of a rule, with the reason of each one the network changed."""
    reasons = dict(overrides)
    return tuple(
        Parameter(label=wording.label(name, lang), text=wording.parameter(name, text, lang), override=typo.plain(reasons.get(name, "")))
        for name, text in sorted(values)
    )


def rows_affected(findings: Sequence[Finding], name: str = "rows") -> int | None:
    """Add up what findings count without counting a row twice: by table, the column that counts most."""
    by_column: Counter[tuple[str, str]] = Counter()
    for finding in findings:
        number = finding.evidence.get(name)
        if isinstance(number, int) and not isinstance(number, bool):
            by_column[finding.place.table, finding.place.column] += number
    if not by_column:
        return None
    by_table: dict[str, int] = {}
    for (table, _), number in by_column.items():
        by_table[table] = max(number, by_table.get(table, 0))
    return sum(by_table.values())


def _count(findings: Sequence[Finding], lang: str) -> Count | None:
    if not findings:
        return None
    for name in _COUNTED:
        number = rows_affected(findings, name)
        if number is not None:
            return _counted(number, name, lang)
    return _counted(len(findings), "findings", lang)


def _counted(number: int, name: str, lang: str) -> Count:
    one, several = _UNITS[name]
    return Count(number=number, text=typo.count(number, one(lang), several(lang), lang))


def _finding(finding: Finding, message: Text, names: Sequence[str], lang: str) -> FindingView:
    place = finding.place
    facts: dict[str, EvidenceValue] = {**_placed(place), **finding.evidence}
    return FindingView(
        data=typo.plain(".".join(part for part in (place.table, place.column) if part)),
        declared=typo.plain(f"{place.file}:{place.line}" if place.file and place.line else place.file),
        activity=typo.plain(place.activity),
        sentence=wording.filled(message, facts, lang),
        frames=typo.listed((wording.FRAMES[frame](lang) for frame in Frame if frame in finding.frames), lang),
        cells=tuple(_cell(name, finding.evidence.get(name), lang) for name in names),
    )


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


def _all_sources(outcomes: Iterable[Outcome], lang: str) -> tuple[SourceView, ...]:
    used = {source.ref: source for outcome in outcomes for source in outcome.rule.sources}
    return tuple(source_view(used[ref], lang) for ref in sorted(used))
