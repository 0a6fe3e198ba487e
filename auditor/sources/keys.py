"""Identifiers become whole numbers at the door: exactly, never by a hash, so that two persons never share a key.

An identifier written in digits is its own number: leading zeros and separators say nothing. Any other text (a token, a
journey, an account) is numbered in a dictionary of its domain, in the negative numbers, so that a token can never meet
a card number by accident. Journeys are numbered per store: « journey 12 » of two systems is not one journey.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from auditor.engine.base import Engine, Relation
from auditor.vocabulary.network import CardGrammar, Feed
from auditor.vocabulary.schema import Column, Domain

MOST_DIGITS: Final = 18
"""Longest number a signed 64-bit whole number always holds."""
_SEPARATORS: Final = "[ .\u00a0\u202f-]"
_FLOAT_TAIL: Final = "[.]0$"
_EXACT_FLOAT: Final = 2**53


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyForm:
    """How the identifiers of one column become keys."""

    whole: bool
    """A text of digits is its own number."""
    scope: str | None
    """Where other texts are numbered; None: they are unreadable."""
    length: int | None = None
    """Number of digits, leading zeros included."""
    separators: bool = False
    """Blanks, dots and hyphens between digits say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyValue:
    """An identifier as read: a number, or a text still to be numbered, or nothing when unreadable."""

    number: ir.IntegerValue
    text: ir.StringValue | None


def form_of(column: Column, feed: Feed, grammar: CardGrammar) -> KeyForm:
    """Return how one canonical key column of a feed is read."""
    if column.domain is not Domain.CARD:
        return KeyForm(whole=True, scope="")
    if feed.card_form == "journey":
        return KeyForm(whole=False, scope=f"journey:{feed.store}")
    if feed.card_form == "token":
        return KeyForm(whole=False, scope="token")
    if not is_whole(grammar):
        return KeyForm(whole=False, scope="number")
    return KeyForm(whole=True, scope=None, length=grammar.length, separators=True)


def is_whole(grammar: CardGrammar) -> bool:
    """Tell whether card numbers of this grammar are whole numbers of 64 bits."""
    return grammar.form == "digits" and (grammar.length or 0) <= MOST_DIGITS


def read(raw: ir.Value, form: KeyForm) -> KeyValue:
    """Read one raw column, already stripped of blanks and of values that mean nothing."""
    if raw.type().is_string():
        return _from_text(raw, form)
    if not form.whole:
        return KeyValue(number=ibis.null("int64"), text=raw.cast("string"))
    inside = (raw >= 0) & (raw <= (min(largest(form), _EXACT_FLOAT) if raw.type().is_floating() else largest(form)))
    if not raw.type().is_integer():
        inside &= raw == raw.floor()
    return KeyValue(number=ibis.ifelse(inside, raw, ibis.null(raw.type())).cast("int64"), text=None)


def canonical_text(text: str, form: KeyForm) -> int | str | None:
    """Read one identifier typed by a person the way a column is read; None when it cannot be one."""
    stripped = text.strip()
    digits = re.sub(_SEPARATORS, "", re.sub(_FLOAT_TAIL, "", stripped)) if form.separators else stripped
    if form.whole and digits.isascii() and digits.isdigit() and len(digits) <= (form.length or MOST_DIGITS):
        return int(digits)
    return stripped if form.scope is not None and stripped else None


def dictionary(engine: Engine, domain: Domain, texts: Iterable[Relation]) -> Relation | None:
    """Number the distinct (scope, text) pairs of a domain in their own order: -1, -2…; None when there is none."""
    gathered = list(texts)
    if not gathered:
        return None
    united = gathered[0] if len(gathered) == 1 else ibis.union(*gathered)
    pairs = united.distinct()
    ordered = ibis.row_number().over(order_by=[pairs.scope, pairs.text])
    return engine.keep(f"keys_{domain}", pairs.mutate(key=-(ordered.cast("int64") + 1)))


def identifiers(keys: Iterable[Relation], numbered: Relation | None, length: int | None) -> Relation:
    """Return the keys of a domain that occur, with their canonical text: (key, text)."""
    columns = list(keys)
    found = [_written(column, length) for column in columns]
    if numbered is not None:
        found.append(numbered.select("key", "text"))
    if not found:
        return ibis.memtable(pa.schema({"key": pa.int64(), "text": pa.string()}).empty_table())
    return (found[0] if len(found) == 1 else ibis.union(*found)).distinct()


def _written(keys: Relation, length: int | None) -> Relation:
    whole = keys.filter(keys.key >= 0).distinct()
    text = whole.key.cast("string")
    return whole.select("key", text=text.lpad(length, "0") if length else text)


def _from_text(text: ir.StringValue, form: KeyForm) -> KeyValue:
    nothing = ibis.null("int64")
    if not form.whole:
        return KeyValue(number=nothing, text=text)
    # A data frame exports a number that may be missing as 2500000017.0: the point is not a separator there.
    digits = text.re_replace(_FLOAT_TAIL, "").re_replace(_SEPARATORS, "") if form.separators else text
    shown = digits.re_search(f"^[0-9]{{1,{form.length or MOST_DIGITS}}}$")
    number = ibis.ifelse(shown, digits, ibis.null("string")).try_cast("int64")
    return KeyValue(number=number, text=ibis.ifelse(shown, ibis.null("string"), text) if form.scope is not None else None)


def largest(form: KeyForm) -> int:
    """Return the greatest whole number that is an identifier of this form."""
    return int(10 ** (form.length or MOST_DIGITS)) - 1


def lookup(numbered: Relation, text: str) -> Relation:
    """Ask for the keys of one text, whatever its scope, in a fixed order."""
    return numbered.filter(numbered.text == text).select("key").order_by(ibis.desc("key"))
