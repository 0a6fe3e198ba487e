"""What a rule stands on, in words: its sources and how far they were read, its values, the sources that disagree."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from auditor.vocabulary.law import Conflict, Force, LegalSource, Reading
from auditor.vocabulary.outcomes import Outcome
from reports import typography as typo
from reports import wording


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
class ConflictView:
    """Sources that disagree, both sides given."""

    id: str
    said: str
    refs: tuple[str, ...]


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


def conflict_views(found: Iterable[Conflict], lang: str) -> tuple[ConflictView, ...]:
    """Word each conflict between sources once."""
    known = {one.id: one for one in found}
    return tuple(ConflictView(id=one.id, said=one.said(lang), refs=tuple(source.ref for source in one.sources)) for one in known.values())


def all_sources(outcomes: Iterable[Outcome], lang: str) -> tuple[SourceView, ...]:
    """Word every source that the rules stand on or that their conflicts name, by reference."""
    asked = tuple(outcomes)
    used = {source.ref: source for outcome in asked for source in outcome.rule.sources}
    used |= {source.ref: source for outcome in asked for conflict in outcome.rule.conflicts for source in conflict.sources}
    return tuple(source_view(used[ref], lang) for ref in sorted(used))
