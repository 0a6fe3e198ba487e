"""The one document every form of an audit report is drawn from.

It carries counts, shares, days, places in the schema and declared words. Building it refuses anything else: a name of
evidence that is not on the list, or an exact moment, which beside a place could single someone out (DESIGN §11).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal

from auditor.vocabulary.decisions import NOTHING_DECIDED, Decisions, Selection
from auditor.vocabulary.network import Identity
from auditor.vocabulary.outcomes import EVIDENCE, Outcome, Severity, Verdict
from auditor.vocabulary.reading import AbsentSource, ReadingReport
from auditor.vocabulary.register import Register
from auditor.vocabulary.trend import Trend

FailOn = Literal["minor", "major", "blocking", "never"]


class Conclusion(StrEnum):
    """What the whole audit comes to. « Nothing found » is only ever about what was checked."""

    NOTHING_FOUND = "nothing-found"
    BELOW_THRESHOLD = "below-threshold"
    """Findings, all less serious than the alert threshold."""
    DECIDED = "decided"
    """Findings, all of them known debt or under a waiver: nothing new."""
    FINDINGS = "findings"
    INCOMPLETE = "incomplete"
    """Nothing at or above the threshold, and something could not be checked."""
    FINDINGS_AND_INCOMPLETE = "findings-and-incomplete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """How far one activity answers what the register must say."""

    score: int
    """Points that are filled."""
    total: int = 7
    """Points expected: a to g of GDPR art. 30(1), unless told otherwise."""
    missing: tuple[str, ...] = ()
    """What is missing, as articles (`30(1)(f)`) or field names."""

    @property
    def share(self) -> float:
        """Part of the points that are filled, 0 to 1."""
        return self.score / self.total if self.total else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvidence:
    """Everything an audit established, and under which conditions."""

    tool_version: str
    identity: Identity
    as_of: datetime
    """The clock of the audit. Without an offset it is UTC."""
    input_digest: str
    """SHA-256 over the inputs as the caller defines it, hexadecimal; says which data and declarations were read."""
    outcomes: tuple[Outcome, ...]
    readings: tuple[ReadingReport, ...] = ()
    absent: tuple[AbsentSource, ...] = ()
    register: Register = field(default_factory=Register)
    completeness: Mapping[str, Completeness] = field(default_factory=dict)
    """By activity id."""
    fail_on: FailOn = "major"
    decisions: Decisions = NOTHING_DECIDED
    """Waivers and baseline: what still counts for the alert."""
    selection: Selection = field(default_factory=Selection)
    """Which rules were asked, when not all of them."""
    trend: Trend | None = None
    """What moved since the last audit; None when there is none to compare with."""

    def __post_init__(self) -> None:
        instant = self.as_of.replace(tzinfo=UTC) if self.as_of.tzinfo is None else self.as_of.astimezone(UTC)
        object.__setattr__(self, "as_of", instant)
        for outcome in self.outcomes:
            _refuse_what_may_not_leave(outcome)

    @property
    def conclusion(self) -> Conclusion:
        """What the audit comes to, at the alert threshold of this network."""
        broken = [outcome for outcome in self.outcomes if outcome.verdict() is Verdict.NOT_MET]
        counted = [outcome.rule.severity for outcome in broken if self.decisions.counts(outcome)]
        incomplete = bool(self.absent) or any(outcome.verdict() is Verdict.COULD_NOT_CHECK for outcome in self.outcomes)
        if any(reaches(severity, self.fail_on) for severity in counted):
            return Conclusion.FINDINGS_AND_INCOMPLETE if incomplete else Conclusion.FINDINGS
        if incomplete:
            return Conclusion.INCOMPLETE
        if counted:
            return Conclusion.BELOW_THRESHOLD
        return Conclusion.DECIDED if broken else Conclusion.NOTHING_FOUND

    @property
    def refused(self) -> bool:
        """Tell whether lapsed waivers refuse the run: that was asked for, and one of them no longer holds."""
        return self.decisions.strict and bool(self.decisions.lapsed)

    @property
    def exit_code(self) -> int:
        """0 nothing at or above the threshold, 1 findings, 3 could not check, which outranks 1; 2 lapsed waivers, when refused."""
        if self.refused:
            return 2
        if self.conclusion in (Conclusion.INCOMPLETE, Conclusion.FINDINGS_AND_INCOMPLETE):
            return 3
        return int(self.conclusion is Conclusion.FINDINGS)


def reaches(severity: Severity, fail_on: FailOn) -> bool:
    """Tell whether a severity is at or above the alert threshold."""
    return fail_on != "never" and severity.rank >= Severity(fail_on).rank


def _refuse_what_may_not_leave(outcome: Outcome) -> None:
    for finding in outcome.findings:
        for name, value in finding.evidence.items():
            if name not in EVIDENCE:
                message = f"{outcome.rule.id} carries {name!r}, which is not a name that evidence may carry"
                raise ValueError(message)
            if isinstance(value, datetime):
                message = f"{outcome.rule.id} carries an exact moment in {name!r}; evidence keeps the day"
                raise TypeError(message)
