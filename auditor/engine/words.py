"""Words that only an engine knows: reading a moment from text. Unreadable text is null, never an error.

Ibis has no expression for « try to read with these formats »; DuckDB's is named here, and only here.
"""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from auditor.engine.calls import call

_ISO_DAY = r"^\d{4}-\d{2}-\d{2}"
_ISO_CLOCK = r"([ T]\d{2}:\d{2}(:\d{2}([.]\d{1,9})?)?)?"
_OFFSET = r" ?(Z|[+-]\d{2}(:?\d{2})?)"


@ibis.udf.scalar.builtin(name="try_strptime", signature=(("string", "array<string>"), "timestamp"))
def _try_strptime(text: object, formats: object) -> object: ...


@ibis.udf.scalar.builtin(name="try_strptime", signature=(("string", "array<string>"), "timestamp('UTC')"))
def _try_strptime_offset(text: object, formats: object) -> object: ...


def _stripped(text: ir.StringValue) -> ir.StringValue:
    # Stripping every value of a long column costs more than reading it, and few of them need it.
    edges = [edge for blank in " \t\n\r\v\f" for edge in (text.startswith(blank), text.endswith(blank))]
    return ibis.ifelse(ibis.or_(*edges), text.strip(), text)


_strip = call("text_stripped", "string", "string", _stripped)


def stripped(text: ir.StringValue) -> ir.StringValue:
    """Return a text without the blanks around it."""
    return _strip(text)


def wall_clock(text: ir.StringValue, formats: Sequence[str]) -> ir.TimestampValue | None:
    """Read text as a wall-clock time with the formats that hold no offset (none given: ISO 8601); None when there is none."""
    if not formats:
        shown = text.re_search(_ISO_DAY + _ISO_CLOCK + "$")
        return ibis.ifelse(shown, text, ibis.null("string")).try_cast("timestamp")
    plain = [form for form in formats if "%z" not in form]
    return _try_strptime(_with_digits(text), plain) if plain else None


def stated_offset(text: ir.StringValue, formats: Sequence[str]) -> ir.TimestampValue | None:
    """Read text that states its own offset, as naive UTC; None when no format does."""
    if not formats:
        shown = text.re_search(_ISO_DAY + _ISO_CLOCK + _OFFSET + "$")
        return ibis.ifelse(shown, text, ibis.null("string")).try_cast("timestamp('UTC')").cast("timestamp")
    offset = [form for form in formats if "%z" in form]
    return _try_strptime_offset(_with_digits(text), offset).cast("timestamp") if offset else None


def _with_digits(text: ir.StringValue) -> ir.StringValue:
    # DuckDB reads « infinity » and « epoch » as moments whatever the format.
    return ibis.ifelse(text.re_search("[0-9]"), text, ibis.null("string"))
