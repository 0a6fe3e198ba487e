"""What was read of a feed, from one aggregate over it: no row is looked at twice, none leaves unaccounted for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import ibis
import ibis.expr.types as ir

from auditor.engine.base import Engine, Row
from auditor.sources.feeds import STATE, ParsedFeed
from auditor.sources.mapping import EMPTY, SKIPPED, TIDIED, TOLD_TWICE, UNREADABLE, Read
from auditor.sources.proof import bare_of, prove_clean
from auditor.sources.raw import UNREAD
from auditor.sources.values import SPAN
from auditor.vocabulary.errors import CouldNotCheck, SourceProblem
from auditor.vocabulary.reading import ReadingReport
from auditor.vocabulary.schema import Kind

_REJECTING = (EMPTY, UNREADABLE, SKIPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extreme:
    """First and last moment of one column of moments."""

    canonical: str
    raw: str
    rows: int
    identified_rows: int
    oldest: datetime | None
    newest: datetime | None
    oldest_identified: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The report of a feed, and what later questions may rely on."""

    report: ReadingReport
    extremes: tuple[Extreme, ...]
    clean: frozenset[str]
    """Columns in which no value had to be corrected or dropped."""


def read(engine: Engine, feed: ParsedFeed, unmapped: Iterable[str]) -> Reading:
    """Count a feed in one pass; SourceProblem when its files cannot be read to the end."""
    try:
        counted = _counted(engine, feed)
    except CouldNotCheck as error:
        raise SourceProblem(
            f"Source {feed.raw.physical} cannot be read to the end. {error.what}",
            UNREAD,
            "Check that its files were copied whole, then run the command again.",
        ) from None
    return Reading(
        report=_report(feed, counted, tuple(unmapped)),
        extremes=tuple(_extreme(read, counted) for read in _moments(feed)),
        clean=frozenset(read.name for read in feed.reads.values() if _is_clean(read, counted)),
    )


def _counted(engine: Engine, feed: ParsedFeed) -> Row:
    bare = bare_of(feed)
    proved = prove_clean(engine, bare, _moments_of(bare, None)) if bare is not None else None
    if proved is not None:
        return proved
    (counted,) = engine.rows(feed.relation.aggregate(**_measures(feed)))
    return counted


def _moments_of(feed: ParsedFeed, kept: ir.BooleanValue | None) -> dict[str, ir.Value]:
    return {name: measure for read in _moments(feed) for name, measure in _extremes(feed, read, kept).items()}


def _measures(feed: ParsedFeed) -> dict[str, ir.Value]:
    rows, required = feed.relation, {read.name for read in feed.required}
    kept = _all_present(feed)
    measures: dict[str, ir.Value] = {"rows": rows.count(), "kept": _count(rows, kept)}
    before: ir.BooleanValue | None = None
    for name in sorted(required):
        for state in _REJECTING if feed.reads[name].state is not None else ():
            measures[f"{state} {name}"] = _count(rows, _and(before, rows[STATE + name] == state))
        before = _and(before, _present(feed, name))
    for read in feed.reads.values():
        if read.state is None:
            continue
        states: tuple[int, ...] = (TOLD_TWICE,) if read.name in required else (UNREADABLE, SKIPPED, TOLD_TWICE)
        if read.column.kind in (Kind.TEXT, Kind.CODE):
            states = (UNREADABLE, TIDIED)
        for state in _possible(read, states):
            measures[f"{state} {read.name}"] = _count(rows, _and(kept, rows[STATE + read.name] == state))
    return measures | _moments_of(feed, kept)


def _possible(read: Read, states: tuple[int, ...]) -> tuple[int, ...]:
    # A day or a number is never told twice; asking would only slow the pass.
    if read.column.kind is Kind.INSTANT:
        return states
    return tuple(state for state in states if state not in (SKIPPED, TOLD_TWICE) or read.column.kind is Kind.DATE)


def _extremes(feed: ParsedFeed, read: Read, kept: ir.BooleanValue | None) -> dict[str, ir.Value]:
    rows, value = feed.relation, feed.relation[read.name]
    identified = None
    for person in feed.persons:
        there = _present(feed, person.name)
        identified = there if identified is None else identified | there
    known = ibis.literal(False) if identified is None else identified
    return {
        f"held {read.name}": _count(rows, _and(kept, value.notnull())),
        f"oldest {read.name}": _readable(value.min(where=kept)),
        f"newest {read.name}": _readable(value.max(where=kept)),
        f"identified {read.name}": _count(rows, _and(kept, value.notnull() & known)),
        f"oldest identified {read.name}": _readable(value.min(where=_and(kept, known))),
    }


def _readable(value: ir.Scalar) -> ir.Scalar:
    # An engine's « infinity » has no counterpart here; it makes the column dirty, not the program fail.
    low, high = (ibis.literal(day, type=value.type()) for day in SPAN)
    return ibis.ifelse((value >= low) & (value < high), value, ibis.null(value.type()))


def _present(feed: ParsedFeed, name: str) -> ir.BooleanValue:
    return feed.relation[name].notnull()


def _all_present(feed: ParsedFeed) -> ir.BooleanValue | None:
    kept: ir.BooleanValue | None = None
    for required in feed.required:
        kept = _and(kept, _present(feed, required.name))
    return kept


def _and(first: ir.BooleanValue | None, second: ir.BooleanValue) -> ir.BooleanValue:
    return second if first is None else first & second


def _count(rows: ir.Table, where: ir.BooleanValue | None) -> ir.IntegerScalar:
    return rows.count(where=where)


def _moments(feed: ParsedFeed) -> list[Read]:
    return [read for read in feed.reads.values() if read.column.kind in (Kind.INSTANT, Kind.DATE) and read.raw]


def _report(feed: ParsedFeed, counted: Row, unmapped: tuple[str, ...]) -> ReadingReport:
    refused = feed.raw.refused
    rejected = {
        read.reason(state): counted.get(f"{state} {read.name}", 0)
        for read in feed.required
        for state in _REJECTING
        if read.state is not None
    }
    event = feed.event
    return ReadingReport(
        table=feed.table.name,
        physical=feed.raw.physical,
        store=feed.feed.store,
        store_role=feed.feed.role,
        rows_read=counted["rows"] + sum(refused.values()),
        rows_kept=counted["kept"],
        rejected={reason: rows for reason, rows in {**refused, **rejected}.items() if rows},
        passed_over=dict(feed.raw.passed_over),
        unreadable=_unreadable(feed, counted),
        ambiguous=sum(counted.get(f"{TOLD_TWICE} {name}", 0) for name in feed.reads),
        unmapped=unmapped,
        ignored=dict(feed.feed.ignore),
        oldest=_day(counted.get(f"oldest {event.name}")) if event is not None else None,
        newest=_day(counted.get(f"newest {event.name}")) if event is not None else None,
    )


def _unreadable(feed: ParsedFeed, counted: Row) -> Mapping[str, int]:
    lost = {
        name: counted.get(f"{UNREADABLE} {name}", 0) + counted.get(f"{SKIPPED} {name}", 0)
        for name, read in feed.reads.items()
        if not read.column.required
    }
    return {name: rows for name, rows in lost.items() if rows}


def _is_clean(read: Read, counted: Row) -> bool:
    return not any(counted.get(f"{state} {read.name}", 0) for state in (UNREADABLE, SKIPPED, TIDIED))


def _extreme(read: Read, counted: Row) -> Extreme:
    return Extreme(
        canonical=read.name,
        raw=read.raw[0],
        rows=counted[f"held {read.name}"],
        identified_rows=counted[f"identified {read.name}"],
        oldest=_moment(counted[f"oldest {read.name}"]),
        newest=_moment(counted[f"newest {read.name}"]),
        oldest_identified=_moment(counted[f"oldest identified {read.name}"]),
    )


def _moment(value: date | datetime | None) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - naive UTC, like every instant of the tables


def _day(value: date | datetime | None) -> date | None:
    return value.date() if isinstance(value, datetime) else value
