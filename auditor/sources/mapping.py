"""One canonical column from raw columns: the value, and for every row whether it was read, empty or unreadable."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from auditor.engine import words
from auditor.sources import keys
from auditor.sources.raw import mapping_problem
from auditor.sources.values import PARSERS, Manner, Parsed, in_utc
from auditor.vocabulary.network import ColumnMap
from auditor.vocabulary.schema import Column, Kind

READ, EMPTY, UNREADABLE, SKIPPED, TOLD_TWICE, TIDIED = range(6)
"""State of one value: as it stood, empty, unreadable, a local time that does not exist, one that exists twice (read as
the earlier), and a text whose surrounding blanks were taken off."""

TYPES: Final[Mapping[Kind, str]] = {
    Kind.KEY: "int64",
    Kind.TEXT: "string",
    Kind.CODE: "string",
    Kind.INSTANT: "timestamp",
    Kind.DATE: "date",
    Kind.NUMBER: "float64",
    Kind.WHOLE: "int64",
    Kind.FLAG: "boolean",
}
_SAID: Final[Mapping[Kind, str]] = {
    Kind.KEY: "not an identifier of the declared form",
    Kind.TEXT: "not a listed value",
    Kind.CODE: "not a listed value",
    Kind.INSTANT: "not a date",
    Kind.DATE: "not a date",
    Kind.NUMBER: "not a number",
    Kind.WHOLE: "not a whole number",
    Kind.FLAG: "neither true nor false",
}
_CLOCK: Final = r"^([0-9]{1,2}):([0-9]{2})(:([0-9]{2}))?$"
_LAST_HOUR: Final = 47


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """How one canonical column of one feed is read."""

    name: str
    column: Column
    raw: tuple[str, ...]
    """Raw columns it comes from, the main one first; empty for a constant."""
    value: ir.Value
    """Null when empty or unreadable."""
    state: ir.IntegerValue | None = None
    """None for a constant."""
    text: ir.StringValue | None = None
    """A key still to be numbered."""
    scope: str = ""
    bare: ir.Value | None = None
    """The raw column itself, equal to `value` when every state is READ or EMPTY: engines prune with it."""
    largest: int | None = None
    """Greatest key of the declared form, when the raw column is a whole number."""
    costly: bool = False
    """Worth computing once: text to read, local time to convert, key to number."""

    def reason(self, state: int) -> str:
        """Say why a row without this value is rejected."""
        if state == EMPTY:
            return f"{self.name}: empty"
        if state == SKIPPED:
            return f"{self.name}: a local time that does not exist"
        return f"{self.name}: {_SAID[self.column.kind]}"


def read_column(name: str, column: Column, declared: ColumnMap, manner: Manner) -> Read:
    """Turn one declaration into expressions; DeclarationProblem when the raw type cannot become the canonical one."""
    if declared.date is not None:
        return _service_clock(name, column, declared, manner)
    if declared.constant is not None:
        given: ir.Value = ibis.literal(declared.constant, type="string")
        parsed = _parse(name, column, given, declared, manner)
        return Read(name=name, column=column, raw=(), value=_typed(parsed.value, column), text=parsed.text, scope=_scope(manner, parsed))
    raw_column = manner.bench.relation[str(declared.column)]
    given = _given(raw_column, declared)
    parsed = _settled(_parse(name, column, _translated(given, declared), declared, manner), manner)
    value = _typed(parsed.value, column)
    return Read(
        name=name,
        column=column,
        raw=(str(declared.column),),
        value=value,
        state=_state(raw_column, given, parsed, column),
        text=parsed.text,
        scope=_scope(manner, parsed),
        bare=_bare(raw_column, column, declared, parsed),
        largest=keys.largest(manner.key_form) if column.kind is Kind.KEY else None,
        costly=parsed.costly,
    )


def _settled(parsed: Parsed, manner: Manner) -> Parsed:
    return replace(parsed, value=manner.bench.settle(parsed.value)) if parsed.costly else parsed


def _given(raw: ir.Value, declared: ColumnMap) -> ir.Value:
    """Return the raw value, null where it means nothing; text loses its surrounding blanks."""
    if raw.type().is_string():
        stripped = words.stripped(raw)
        return ibis.ifelse(stripped.isin(declared.missing), ibis.null("string"), stripped) if declared.missing else stripped
    marks = [mark for mark in declared.missing if mark]
    if declared.values:
        text = raw.cast("string")
        return ibis.ifelse(text.isin(marks), ibis.null("string"), text) if marks else text
    return ibis.ifelse(raw.cast("string").isin(marks), ibis.null(raw.type()), raw) if marks else raw


def _translated(given: ir.Value, declared: ColumnMap) -> ir.Value:
    if not declared.values:
        return given
    otherwise = ibis.null("string") if declared.only_listed else given
    return given.cases(*declared.values.items(), else_=otherwise)


def _parse(name: str, column: Column, given: ir.Value, declared: ColumnMap, manner: Manner) -> Parsed:
    if given.type().is_null():
        return Parsed(ibis.null(TYPES[column.kind]))
    parsed = PARSERS[column.kind](given, declared, manner)
    if parsed is None:
        raise mapping_problem(
            f"{name} is mapped to {declared.column}, which holds {given.type()}: that cannot become {column.kind.value}.",
            next_step="Map another column, or say how to read it (« formats », « epoch »).",
        )
    return parsed


def _service_clock(name: str, column: Column, declared: ColumnMap, manner: Manner) -> Read:
    """Read a service day and a clock that may run past 24:00: 25:30 is 01:30 on the next morning's wall clock."""
    bench = manner.bench
    day_given = bench.settle(_given(bench.relation[str(declared.date)], declared))
    day = bench.settle(_parse(name, Column(kind=Kind.DATE, doc=""), _translated(day_given, declared), _days_of(declared), manner).value)
    clock = bench.settle(bench.relation[str(declared.clock)].cast("string").strip())
    hours, minutes, seconds = (bench.settle(_part(clock, group)) for group in (1, 2, 4))
    inside = clock.re_search(_CLOCK) & (hours <= _LAST_HOUR) & (minutes < 60) & (ibis.coalesce(seconds, 0) < 60)  # noqa: PLR2004 - a clock
    past = (hours * 60 + minutes) * 60 + ibis.coalesce(seconds, 0)
    elapsed = ibis.ifelse(inside, past, ibis.null("int64"))
    wall = (day.cast("timestamp") + elapsed.as_interval("s")).cast("timestamp")
    parsed = _settled(replace(in_utc(wall, declared, manner), costly=True), manner)
    given = ibis.ifelse((clock == "") | clock.isnull(), ibis.null("string"), day_given.cast("string"))
    value = parsed.value.date() if column.kind is Kind.DATE else parsed.value
    state = _state(None, given, parsed, column)
    return Read(
        name=name, column=column, raw=(str(declared.date), str(declared.clock)), value=_typed(value, column), state=state, costly=True
    )


def _days_of(declared: ColumnMap) -> ColumnMap:
    return ColumnMap(column=declared.date, formats=declared.date_formats)


def _part(clock: ir.StringValue, group: int) -> ir.IntegerValue:
    return clock.re_extract(_CLOCK, group).try_cast("int64")


def _state(raw: ir.Value | None, given: ir.Value, parsed: Parsed, column: Column) -> ir.IntegerValue:
    unread = parsed.value.isnull() if parsed.text is None else parsed.value.isnull() & parsed.text.isnull()
    branches = []
    if raw is not None and raw.type().is_string() and column.kind in (Kind.TEXT, Kind.CODE):
        branches = [(given.notnull() & unread, UNREADABLE), (raw.notnull() & (given.isnull() | (raw != given)), TIDIED)]
    branches.append((given.isnull(), EMPTY))
    if parsed.skipped is not None:
        branches.append((parsed.skipped & unread, SKIPPED))
    branches.append((unread, UNREADABLE))
    if parsed.told_twice is not None:
        branches.append((parsed.told_twice, TOLD_TWICE))
    return ibis.cases(*branches, else_=READ).cast("int8")


def _bare(raw: ir.Value, column: Column, declared: ColumnMap, parsed: Parsed) -> ir.Value | None:
    if declared.values or any(declared.missing) or parsed.costly or parsed.text is not None:
        return None
    kind = raw.type()
    same = {
        Kind.KEY: kind.is_integer(),
        Kind.TEXT: kind.is_string(),
        Kind.CODE: kind.is_string(),
        Kind.INSTANT: kind.is_timestamp() and kind.timezone is None,
        Kind.DATE: kind.is_date(),
        Kind.NUMBER: kind.is_numeric(),
        Kind.WHOLE: kind.is_integer(),
        Kind.FLAG: kind.is_boolean(),
    }
    return _typed(raw, column) if same[column.kind] else None


def _typed(value: ir.Value, column: Column) -> ir.Value:
    target = dt.dtype(TYPES[column.kind])
    return value if value.type() == target else value.cast(target)


def _scope(manner: Manner, parsed: Parsed) -> str:
    return (manner.key_form.scope or "") if parsed.text is not None else ""
