"""One value of each kind, from what a source may hold in its place: text, numbers, moments, local clocks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.types as ir

from auditor.engine import words
from auditor.engine.base import Relation
from auditor.engine.clocks import changes, local_to_utc
from auditor.sources import keys
from auditor.sources.keys import KeyForm
from auditor.sources.raw import mapping_problem
from auditor.vocabulary.network import ColumnMap
from auditor.vocabulary.schema import Kind

_TRUE: Final = ("true", "t", "1", "yes", "y", "oui", "o", "vrai", "v")
_FALSE: Final = ("false", "f", "0", "no", "n", "non", "faux")
SPAN: Final = ("0001-01-01", "9999-12-31")
"""First day, and first day no more, of the moments that can be read."""


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
class Parsed:
    """A value, and what had to be decided to read it."""

    value: ir.Value
    skipped: ir.BooleanValue | None = None
    told_twice: ir.BooleanValue | None = None
    text: ir.StringValue | None = None
    costly: bool = False


def _key(given: ir.Value, _: ColumnMap, manner: Manner) -> Parsed | None:
    if not (given.type().is_string() or given.type().is_numeric()):
        return None
    costly = given.type().is_string() and manner.key_form.whole
    key = keys.read(manner.bench.settle(given) if costly else given, manner.key_form)
    return Parsed(key.number, text=key.text, costly=costly)


def _text(given: ir.Value, _: ColumnMap, __: Manner) -> Parsed | None:
    if given.type().is_nested() or given.type().is_binary():
        return None
    return Parsed(given if given.type().is_string() else given.cast("string"))


def _instant(given: ir.Value, declared: ColumnMap, manner: Manner) -> Parsed | None:
    kind = given.type()
    if declared.epoch is not None and (kind.is_numeric() or kind.is_string()):
        return Parsed(_since_1970(given, declared.epoch), costly=kind.is_string())
    if kind.is_timestamp() and kind.timezone is not None:
        return Parsed(_sane(given.cast("timestamp")))
    if kind.is_timestamp() or kind.is_date():
        return in_utc(given.cast("timestamp"), declared, manner)
    if kind.is_string() or (kind.is_integer() and declared.formats):
        return _written_instant(given.cast("string"), declared, manner)
    return None


def _written_instant(text: ir.StringValue, declared: ColumnMap, manner: Manner) -> Parsed:
    text = manner.bench.settle(text)
    wall = words.wall_clock(text, declared.formats)
    stated = words.stated_offset(text, declared.formats)
    local = in_utc(wall, declared, manner) if wall is not None else Parsed(ibis.null("timestamp"))
    value = local.value if stated is None else ibis.coalesce(_sane(manner.bench.settle(stated)), local.value)
    return Parsed(value, local.skipped, local.told_twice, costly=True)


def in_utc(wall: ir.TimestampValue, declared: ColumnMap, manner: Manner) -> Parsed:
    """Read a wall clock as UTC in the declared zone; DeclarationProblem when the zone does not exist."""
    zone = declared.timezone or manner.zone
    if zone == "UTC":
        return Parsed(_sane(wall))
    sane = manner.bench.settle(_sane(manner.bench.settle(wall)))
    try:
        moving = bool(changes(zone))
    except (LookupError, ValueError, OSError):
        raise mapping_problem(f"{zone!r} is not a time zone.", next_step="Use a name such as Europe/Paris or UTC.") from None
    instant = local_to_utc(sane, zone)
    if not moving:
        return Parsed(instant.utc, costly=True)
    return Parsed(instant.utc, instant.skipped, instant.told_twice, costly=True)


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


def _date(given: ir.Value, declared: ColumnMap, manner: Manner) -> Parsed | None:
    kind = given.type()
    if kind.is_date():
        low, high = (ibis.literal(day, type="date") for day in SPAN)
        return Parsed(ibis.ifelse((given >= low) & (given < high), given, ibis.null("date")))
    if declared.epoch is not None and (kind.is_numeric() or kind.is_string()):
        return Parsed(_since_1970(given, declared.epoch).date(), costly=True)
    if kind.is_timestamp():
        return Parsed(_sane(given.cast("timestamp")).date())
    if kind.is_string() or (kind.is_integer() and declared.formats):
        return Parsed(_written_day(given.cast("string"), declared.formats, manner.bench), costly=True)
    return None


def _written_day(text: ir.StringValue, formats: Sequence[str], bench: Bench) -> ir.DateValue:
    text = bench.settle(text)
    read = [moment for moment in (words.wall_clock(text, formats), words.stated_offset(text, formats)) if moment is not None]
    return _sane(bench.settle(ibis.coalesce(*read))).date()


def _number(given: ir.Value, declared: ColumnMap, manner: Manner) -> Parsed | None:
    if given.type().is_numeric():
        return Parsed(given.cast("float64"))
    if not given.type().is_string():
        return None
    plain = given.re_replace("[ \u00a0\u202f]", "")
    mark = declared.decimal or manner.decimal
    plain = manner.bench.settle(plain.replace(mark, ".") if mark != "." else plain)
    shown = plain.re_search(r"^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?$")
    return Parsed(ibis.ifelse(shown, plain, ibis.null("string")).try_cast("float64"), costly=True)


def _whole(given: ir.Value, _: ColumnMap, __: Manner) -> Parsed | None:
    kind = given.type()
    if kind.is_integer():
        return Parsed(given.cast("int64"))
    if kind.is_floating() or kind.is_decimal():
        exact = (given == given.floor()) & (given.abs() < 2**53)
        return Parsed(ibis.ifelse(exact, given, ibis.null(kind)).cast("int64"))
    if not kind.is_string():
        return None
    shown = given.re_search(r"^[+-]?[0-9]+$")
    return Parsed(ibis.ifelse(shown, given, ibis.null("string")).try_cast("int64"), costly=True)


def _flag(given: ir.Value, _: ColumnMap, __: Manner) -> Parsed | None:
    kind = given.type()
    if kind.is_boolean():
        return Parsed(given)
    if not (kind.is_string() or kind.is_integer()):
        return None
    said = given.cast("string").lower()
    return Parsed(ibis.cases((said.isin(_TRUE), True), (said.isin(_FALSE), False), else_=ibis.null("boolean")), costly=kind.is_string())


PARSERS: Final[Mapping[Kind, Callable[[ir.Value, ColumnMap, Manner], Parsed | None]]] = {
    Kind.KEY: _key,
    Kind.TEXT: _text,
    Kind.CODE: _text,
    Kind.INSTANT: _instant,
    Kind.DATE: _date,
    Kind.NUMBER: _number,
    Kind.WHOLE: _whole,
    Kind.FLAG: _flag,
}
