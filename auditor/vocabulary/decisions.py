"""What was decided about findings: waivers signed for a term, debt recorded in a baseline, and what they change.

A decision never changes a verdict and never hides a finding: it says whether the finding still counts for the alert.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final

from auditor.vocabulary.durations import Duration
from auditor.vocabulary.outcomes import Checked, Finding, Outcome, Severity
from auditor.vocabulary.text import Text

LONGEST_WAIVER: Final = Duration(months=12)
"""From the day a waiver is created to its last day, inclusive."""
SOON: Final = 30
"""Days before its last one from which a waiver is said to end soon."""

TELLING: Final = ("kind", "procedure", "missing", "article", "recipient", "category", "reference")
"""Words of the evidence that tell apart two findings of one rule in one place. Never a count, a share, a delay or a date."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Mark:
    """What makes a finding the same one from one audit to the next: its rule, its place, its kind."""

    rule: str
    activity: str = ""
    table: str = ""
    column: str = ""
    file: str = ""
    """Only when neither an activity nor a table says where."""
    words: tuple[tuple[str, str], ...] = ()
    """Evidence among TELLING, by name."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the mark, 32 hexadecimal digits: the same whatever is counted and whatever the day."""
        said = [self.rule, self.activity, self.table, self.column, self.file, self.words]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:32]


def mark_of(rule: str, finding: Finding) -> Mark:
    """Return the mark of a finding. The only place that decides what identifies one."""
    place = finding.place
    words = tuple((name, str(finding.evidence[name])) for name in sorted(TELLING) if finding.evidence.get(name) is not None)
    file = "" if place.activity or place.table else place.file
    return Mark(rule=rule, activity=place.activity, table=place.table, column=place.column, file=file, words=words)


class Standing(StrEnum):
    """Whether a finding counts."""

    NEW = "new"
    """Nobody decided anything about it: it counts."""
    KNOWN = "known"
    """Debt recorded in the baseline: shown, not counted."""
    WAIVED = "waived"
    """Accepted for a term by someone entitled to: shown, not counted."""


class WaiverState(StrEnum):
    """Whether a waiver holds on the day of the audit. Whatever is not in force covers nothing."""

    IN_FORCE = "in-force"
    EXPIRED = "expired"
    MALFORMED = "malformed"
    """A field is missing, unreadable or unknown, or the term is longer than a year: treated as expired."""
    NOT_YET = "not-yet"
    """Created after the day of the audit: a later date would lengthen the year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A finding accepted for a term: who, why, until when."""

    id: str
    rule: str = ""
    activity: str = ""
    """Glob; empty means any, as for table and column."""
    table: str = ""
    column: str = ""
    reason: str = ""
    approved_by: str = ""
    """A function (DPO, head of the fraud cell), never a person's name."""
    created: date | None = None
    expires: date | None = None
    """Last day it holds, inclusive."""
    ticket: str = ""
    line: int | None = None
    """Line of `waivers.yml`."""
    faults: tuple[Text, ...] = ()
    """What is wrong with it; a waiver with a fault covers nothing."""

    def state(self, today: date) -> WaiverState:
        """Say whether it holds on a day."""
        if self.faults or self.created is None or self.expires is None:
            return WaiverState.MALFORMED
        if self.created > today:
            return WaiverState.NOT_YET
        return WaiverState.IN_FORCE if today <= self.expires else WaiverState.EXPIRED

    def ends_soon(self, today: date) -> bool:
        """Tell whether it holds for a month at most."""
        return self.expires is not None and 0 <= (self.expires - today).days <= SOON

    @property
    def broad(self) -> bool:
        """It names no exact place: a glob, or no place at all, covers findings nobody has seen yet."""
        places = [place for place in (self.activity, self.table, self.column) if place]
        return not places or any(set(place) & set("*?[") for place in places)

    def fits(self, mark: Mark) -> bool:
        """Tell whether a finding is of the rule and in the place it names, in force or not."""
        if self.rule != mark.rule:
            return False
        asked = ((self.activity, mark.activity), (self.table, mark.table), (self.column, mark.column))
        return all(fnmatchcase(found, wanted) for wanted, found in asked if wanted)


def last_day(created: date) -> date:
    """Return the last day a waiver created on a day may hold."""
    return LONGEST_WAIVER.after(datetime(created.year, created.month, created.day, tzinfo=UTC)).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """Every decision in front of one audit, on its day."""

    today: date = date.min
    waivers: tuple[Waiver, ...] = ()
    known: frozenset[Mark] | None = None
    """Marks of the baseline; None when the network has none."""
    strict: bool = False
    """Lapsed waivers refuse the whole run (exit 2)."""

    def state(self, waiver: Waiver) -> WaiverState:
        """Say whether a waiver holds on the day of the audit."""
        return waiver.state(self.today)

    def waiver(self, mark: Mark) -> Waiver | None:
        """Return the waiver in force that covers a finding, the first declared."""
        return next((one for one in self.waivers if one.fits(mark) and self.state(one) is WaiverState.IN_FORCE), None)

    def lapsed_on(self, mark: Mark) -> tuple[Waiver, ...]:
        """Return the waivers that would cover a finding, were they in force."""
        return tuple(one for one in self.lapsed if one.fits(mark))

    @property
    def lapsed(self) -> tuple[Waiver, ...]:
        """Waivers that cover nothing: expired, malformed or not yet in force."""
        return tuple(one for one in self.waivers if self.state(one) is not WaiverState.IN_FORCE)

    def standing(self, mark: Mark) -> Standing:
        """Say whether a finding counts. A waiver is said before the debt: it has an end and a signature."""
        if self.waiver(mark) is not None:
            return Standing.WAIVED
        return Standing.KNOWN if self.known is not None and mark in self.known else Standing.NEW

    def standings(self, outcome: Outcome) -> Mapping[Standing, int]:
        """Count the findings of one rule by standing."""
        counted = dict.fromkeys(Standing, 0)
        for finding in outcome.findings:
            counted[self.standing(mark_of(outcome.rule.id, finding))] += 1
        return counted

    def counts(self, outcome: Outcome) -> bool:
        """Tell whether a rule has a finding about which nothing was decided."""
        return self.standings(outcome)[Standing.NEW] > 0

    def covered(self, outcomes: Iterable[Outcome]) -> dict[str, int]:
        """Count the findings under each waiver in force, by waiver id."""
        counted = {one.id: 0 for one in self.waivers if self.state(one) is WaiverState.IN_FORCE}
        for mark in (mark_of(outcome.rule.id, finding) for outcome in outcomes for finding in outcome.findings):
            held = self.waiver(mark)
            if held is not None:
                counted[held.id] += 1
        return counted

    def unused(self, outcomes: Iterable[Outcome]) -> tuple[Waiver, ...]:
        """Return the waivers in force that cover nothing although their rule was checked."""
        asked = tuple(outcomes)
        looked = {outcome.rule.id for outcome in asked if isinstance(outcome.answer, Checked)}
        covered = self.covered(asked)
        return tuple(one for one in self.waivers if covered.get(one.id) == 0 and one.rule in looked)

    def gone(self, outcomes: Iterable[Outcome]) -> tuple[Mark, ...]:
        """Return the known findings that are no longer found, among the rules that were checked."""
        asked = tuple(outcomes)
        looked = {outcome.rule.id for outcome in asked if isinstance(outcome.answer, Checked)}
        return tuple(sorted(mark for mark in (self.known or frozenset()) - marks(asked) if mark.rule in looked))


NOTHING_DECIDED: Final = Decisions()


def marks(outcomes: Iterable[Outcome]) -> frozenset[Mark]:
    """Return the marks of all findings."""
    return frozenset(mark_of(outcome.rule.id, finding) for outcome in outcomes for finding in outcome.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A rule that was not asked because somebody chose so."""

    id: str
    title: Text
    family: str
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which rules were asked. An audit of part of the rules never looks like a whole one."""

    select: tuple[str, ...] = ()
    """What was asked for, as typed."""
    ignore: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = field(default_factory=tuple)
