"""One canonical column from raw columns: the value, and for every row whether it was read, empty or unreadable."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from auditor.engine import words
from auditor.engine.base import Relation
from auditor.engine.clocks import changes, local_to_utc
from auditor.sources import keys
from auditor.sources.keys import KeyForm
from auditor.sources.raw import mapping_problem
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
_TRUE: Final = ("true", "t", "1", "yes", "y", "oui", "o", "vrai", "v")
_FALSE: Final = ("false", "f", "0", "no", "n", "non", "faux")
_CLOCK: Final = r"^([0-9]{1,2}):([0-9]{2})(:([0-9]{2}))?$"
_LAST_HOUR: Final = 47
_DAY_SECONDS: Final = 86_400
SPAN: Final = ("0001-01-01", "9999-12-31")
"""First day, and first day no more, of the moments that can be read."""


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


class Bench:
    """The raw relation with the intermediate columns of its conversions.

    An expression that is used several times is set down as a column first: written out again inside the branches of a
    comparison tree it would be computed again in each of them.
    """

    def __init__(self, raw: Relation) -> None:
        self.relation = raw
        self._steps = 0

    def settle(self, value: ir.Value) -> ir.Value:
        """Set an expression down as a working column and return the column."""
        self._steps += 1
        name = f"step {self._steps}"
        self.relation = self.relation.mutate(**{name: value})
        return self.relation[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """What the network and the feed say of every column, and where it is worked out."""

    zone: str
    decimal: str
    key_form: KeyForm
    bench: Bench


@dataclass(frozen=True, slots=True)
class _Parsed:
    value: ir.Value
    skipped: ir.BooleanValue | None = None
    told_twice: ir.BooleanValue | None = None
    text: ir.StringValue | None = None
    costly: bool = False


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


def _settled(parsed: _Parsed, manner: Manner) -> _Parsed:
    return replace(parsed, value=manner.bench.settle(parsed.value)) if parsed.costly else parsed


def _given(raw: ir.Value, declared: ColumnMap) -> ir.Value:
    """Return the raw value, null where it means nothing; text loses its surrounding blanks."""
    if raw.type().is_string():
        stripped = raw.strip()
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


def _parse(name: str, column: Column, given: ir.Value, declared: ColumnMap, manner: Manner) -> _Parsed:
    if given.type().is_null():
        return _Parsed(ibis.null(TYPES[column.kind]))
    parsed = _PARSERS[column.kind](given, declared, manner)
    if parsed is None:
        raise mapping_problem(
            f"{name} is mapped to {declared.column}, which holds {given.type()}: that cannot become {column.kind.value}.",
            next_step="Map another column, or say how to read it (« formats », « epoch »).",
        )
    return parsed


def _key(given: ir.Value, _: ColumnMap, manner: Manner) -> _Parsed | None:
    if not (given.type().is_string() or given.type().is_numeric()):
        return None
    costly = given.type().is_string() or not manner.key_form.whole
    key = keys.read(manner.bench.settle(given) if costly else given, manner.key_form)
    return _Parsed(key.number, text=key.text, costly=costly)


def _text(given: ir.Value, _: ColumnMap, __: Manner) -> _Parsed | None:
    if given.type().is_nested() or given.type().is_binary():
        return None
    return _Parsed(given if given.type().is_string() else given.cast("string"))


def _instant(given: ir.Value, declared: ColumnMap, manner: Manner) -> _Parsed | None:
    kind = given.type()
    if declared.epoch is not None and (kind.is_numeric() or kind.is_string()):
        return _Parsed(_since_1970(given, declared.epoch), costly=kind.is_string())
    if kind.is_timestamp() and kind.timezone is not None:
        return _Parsed(_sane(given.cast("timestamp")))
    if kind.is_timestamp() or kind.is_date():
        return _in_utc(given.cast("timestamp"), declared, manner)
    if kind.is_string() or (kind.is_integer() and declared.formats):
        return _written_instant(given.cast("string"), declared, manner)
    return None


def _written_instant(text: ir.StringValue, declared: ColumnMap, manner: Manner) -> _Parsed:
    text = manner.bench.settle(text)
    wall = words.wall_clock(text, declared.formats)
    stated = words.stated_offset(text, declared.formats)
    local = _in_utc(wall, declared, manner) if wall is not None else _Parsed(ibis.null("timestamp"))
    value = local.value if stated is None else ibis.coalesce(_sane(manner.bench.settle(stated)), local.value)
    return _Parsed(value, local.skipped, local.told_twice, costly=True)


def _in_utc(wall: ir.TimestampValue, declared: ColumnMap, manner: Manner) -> _Parsed:
    zone = declared.timezone or manner.zone
    if zone == "UTC":
        return _Parsed(_sane(wall))
    sane = manner.bench.settle(_sane(manner.bench.settle(wall)))
    try:
        moving = bool(changes(zone))
    except (LookupError, ValueError, OSError):
        raise mapping_problem(f"{zone!r} is not a time zone.", next_step="Use a name such as Europe/Paris or UTC.") from None
    instant = local_to_utc(sane, zone)
    if not moving:
        return _Parsed(instant.utc, costly=True)
    return _Parsed(instant.utc, instant.skipped, instant.told_twice, costly=True)


def _sane(instant: ir.TimestampValue) -> ir.TimestampValue:
    """Hold only the years that a calendar date can be written in; an engine's « infinity » is no moment."""
    low, high = (ibis.literal(day, type="timestamp") for day in SPAN)
    return ibis.ifelse((instant >= low) & (instant < high), instant, ibis.null("timestamp"))


def _since_1970(given: ir.Value, unit: str) -> ir.TimestampValue:
    number = given.try_cast("float64") if given.type().is_string() else given.cast("float64")
    seconds = number / (1000 if unit == "ms" else 1)
    low, high = -62_135_596_800, 253_402_214_400  # years 1 and 9999, in seconds since 1970
    whole = ibis.ifelse((seconds >= low) & (seconds < high), seconds * 1_000_000, ibis.null("float64")).round().cast("int64")
    return ibis.literal("1970-01-01", type="timestamp") + whole.as_interval("us")


def _date(given: ir.Value, declared: ColumnMap, manner: Manner) -> _Parsed | None:
    kind = given.type()
    if kind.is_date():
        low, high = (ibis.literal(day, type="date") for day in SPAN)
        return _Parsed(ibis.ifelse((given >= low) & (given < high), given, ibis.null("date")))
    if declared.epoch is not None and (kind.is_numeric() or kind.is_string()):
        return _Parsed(_since_1970(given, declared.epoch).date(), costly=True)
    if kind.is_timestamp():
        return _Parsed(_sane(given.cast("timestamp")).date())
    if kind.is_string() or (kind.is_integer() and declared.formats):
        return _Parsed(_written_day(given.cast("string"), declared.formats, manner.bench), costly=True)
    return None


def _written_day(text: ir.StringValue, formats: Sequence[str], bench: Bench) -> ir.DateValue:
    text = bench.settle(text)
    read = [moment for moment in (words.wall_clock(text, formats), words.stated_offset(text, formats)) if moment is not None]
    return _sane(bench.settle(ibis.coalesce(*read))).date()


def _number(given: ir.Value, declared: ColumnMap, manner: Manner) -> _Parsed | None:
    if given.type().is_numeric():
        return _Parsed(given.cast("float64"))
    if not given.type().is_string():
        return None
    plain = given.re_replace("[ \u00a0\u202f]", "")
    mark = declared.decimal or manner.decimal
    plain = manner.bench.settle(plain.replace(mark, ".") if mark != "." else plain)
    shown = plain.re_search(r"^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?$")
    return _Parsed(ibis.ifelse(shown, plain, ibis.null("string")).try_cast("float64"), costly=True)


def _whole(given: ir.Value, _: ColumnMap, __: Manner) -> _Parsed | None:
    kind = given.type()
    if kind.is_integer():
        return _Parsed(given.cast("int64"))
    if kind.is_floating() or kind.is_decimal():
        exact = (given == given.floor()) & (given.abs() < 2**53)
        return _Parsed(ibis.ifelse(exact, given, ibis.null(kind)).cast("int64"))
    if not kind.is_string():
        return None
    shown = given.re_search(r"^[+-]?[0-9]+$")
    return _Parsed(ibis.ifelse(shown, given, ibis.null("string")).try_cast("int64"), costly=True)


def _flag(given: ir.Value, _: ColumnMap, __: Manner) -> _Parsed | None:
    kind = given.type()
    if kind.is_boolean():
        return _Parsed(given)
    if not (kind.is_string() or kind.is_integer()):
        return None
    said = given.cast("string").lower()
    return _Parsed(ibis.cases((said.isin(_TRUE), True), (said.isin(_FALSE), False), else_=ibis.null("boolean")), costly=kind.is_string())


_PARSERS: Final[Mapping[Kind, Callable[[ir.Value, ColumnMap, Manner], _Parsed | None]]] = {
    Kind.KEY: _key,
    Kind.TEXT: _text,
    Kind.CODE: _text,
    Kind.INSTANT: _instant,
    Kind.DATE: _date,
    Kind.NUMBER: _number,
    Kind.WHOLE: _whole,
    Kind.FLAG: _flag,
}


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
    parsed = _settled(replace(_in_utc(wall, declared, manner), costly=True), manner)
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


def _state(raw: ir.Value | None, given: ir.Value, parsed: _Parsed, column: Column) -> ir.IntegerValue:
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


def _bare(raw: ir.Value, column: Column, declared: ColumnMap, parsed: _Parsed) -> ir.Value | None:
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


def _scope(manner: Manner, parsed: _Parsed) -> str:
    return (manner.key_form.scope or "") if parsed.text is not None else ""
