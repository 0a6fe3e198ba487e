"""What an audit leaves to the next one: verdicts and counts by rule, and what changed between two of them. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from auditor.vocabulary.outcomes import Finding, Outcome, Verdict

COUNTED: Final = ("rows", "entries", "cards", "customers", "tokens", "classes_below", "columns")
"""What findings count, the most telling first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """How much a rule found."""

    unit: str
    """A name of COUNTED, or `findings` when the findings count nothing."""
    number: int


def added_up(findings: Sequence[Finding], name: str = "rows") -> int | None:
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


def measure(findings: Sequence[Finding]) -> Measure:
    """Return what findings add up to, in the most telling unit that one of them counts."""
    for name in COUNTED:
        number = added_up(findings, name)
        if number is not None:
            return Measure(unit=name, number=number)
    return Measure(unit="findings", number=len(findings))


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRecord:
    """One rule in one audit. Counts only."""

    verdict: Verdict
    findings: int = 0
    unit: str = "findings"
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One audit, as the next ones remember it."""

    as_of: datetime
    """UTC, without an offset."""
    tool_version: str
    input_digest: str
    rules: Mapping[str, RuleRecord]
    """Rules that were asked, by id."""


def record(as_of: datetime, tool_version: str, input_digest: str, outcomes: Iterable[Outcome]) -> AuditRecord:
    """Keep of an audit what the next one is compared with."""
    return AuditRecord(
        as_of=as_of, tool_version=tool_version, input_digest=input_digest, rules={one.rule.id: _recorded(one) for one in outcomes}
    )


def _recorded(outcome: Outcome) -> RuleRecord:
    found = measure(outcome.findings)
    return RuleRecord(verdict=outcome.verdict(), findings=len(outcome.findings), unit=found.unit, number=found.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One rule that moved since the last audit."""

    rule: str
    unit: str
    before: int
    now: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """What changed since the last audit, among the rules that were checked both times."""

    since: datetime
    """Clock of the last audit: UTC, without an offset."""
    new: tuple[Change, ...] = ()
    """Met then, not met now."""
    worse: tuple[Change, ...] = ()
    better: tuple[Change, ...] = ()
    gone: tuple[Change, ...] = ()
    """Not met then, met now."""
    lost: tuple[str, ...] = ()
    """Checked then, could not be checked now: neither better nor worse, but less is known."""
    not_compared: tuple[str, ...] = field(default_factory=tuple)
    """Asked now and not then."""

    @property
    def steady(self) -> bool:
        """Tell whether nothing moved."""
        return not (self.new or self.worse or self.better or self.gone or self.lost)


def compare(before: AuditRecord, now: AuditRecord) -> Trend:
    """Say what moved from one audit to the next."""
    moved: dict[str, list[Change]] = {"new": [], "worse": [], "better": [], "gone": []}
    lost: list[str] = []
    not_compared: list[str] = []
    for rule, found in now.rules.items():
        earlier = before.rules.get(rule)
        if earlier is None:
            not_compared.append(rule)
        elif found.verdict is Verdict.COULD_NOT_CHECK:
            lost += [rule] if earlier.verdict is not Verdict.COULD_NOT_CHECK else []
        elif (way := _way(earlier, found)) is not None:
            moved[way].append(_change(rule, earlier, found))
    return Trend(
        since=before.as_of, **{name: tuple(changes) for name, changes in moved.items()}, lost=tuple(lost), not_compared=tuple(not_compared)
    )


def _way(before: RuleRecord, now: RuleRecord) -> str | None:
    broken_before, broken_now = before.verdict is Verdict.NOT_MET, now.verdict is Verdict.NOT_MET
    if broken_now and not broken_before:
        return "new" if before.verdict is not Verdict.COULD_NOT_CHECK else None
    if broken_before and not broken_now:
        return "gone"
    if not broken_now:
        return None
    then, here = (before.number, now.number) if before.unit == now.unit else (before.findings, now.findings)
    return None if then == here else "worse" if here > then else "better"


def _change(rule: str, before: RuleRecord, now: RuleRecord) -> Change:
    unit = now.unit if now.verdict is Verdict.NOT_MET else before.unit
    if Verdict.NOT_MET in (before.verdict, now.verdict) and before.unit != now.unit and before.findings and now.findings:
        return Change(rule=rule, unit="findings", before=before.findings, now=now.findings)
    return Change(rule=rule, unit=unit, before=before.number, now=now.number)
