"""Relations that several rules ask for, named once."""

import ibis
import ibis.expr.types as ir

from auditor.engine.base import Relation
from auditor.rules import NotConcerned, Tables
from auditor.vocabulary.durations import Duration
from auditor.vocabulary.schema import TABLES
from auditor.vocabulary.text import said

REFERENCE_TABLES = ("products", "stops", "lines", "profiles", "fares")
"""Tables of codes: no personal data, so the register does not have to cover them."""

PLACES = tuple(name for name, column in TABLES["validations"].columns.items() if column.place)
"""Columns of a tap that tell where the traveller was, or let one deduce it."""


def bears_number(taps: Relation) -> ir.BooleanValue:
    """Tell the taps whose card number is written in clear; a store that does not say what it holds is taken to."""
    return taps.card.notnull() & ~taps.card_form.fill_null("number").isin(["token", "journey"])


def bears_token(taps: Relation) -> ir.BooleanValue:
    """Tell the taps where a pseudonym stands for the card."""
    return taps.card.notnull() & (taps.card_form == "token")


def in_clear(taps: Relation) -> ir.BooleanValue:
    """Tell the taps that name a card or a subscriber by its own number."""
    return bears_number(taps) | taps.subscriber.notnull()


def names_someone(taps: Relation) -> ir.BooleanValue:
    """Tell the taps that name a card, a pseudonym or a subscriber; the identifier of one journey names nobody."""
    return in_clear(taps) | bears_token(taps)


def later(instant: ir.TimestampValue, duration: Duration) -> ir.TimestampValue:
    """Return each instant, that much later."""
    moved = instant + ibis.interval(months=duration.months) if duration.months else instant
    return moved + ibis.interval(seconds=duration.seconds) if duration.seconds else moved


def whole_days(seconds: ir.NumericValue) -> ir.StringValue:
    """Write a delay in seconds as whole days elapsed, in ISO 8601 (P3D)."""
    return ibis.literal("P").concat((seconds / 86_400).floor().cast("int64").cast("string"), "D")


def concerns_stores(t: Tables, *roles: str) -> None:
    """Raise NotConcerned unless some store of validations has one of these roles and holds rows.

    Raises:
        NotConcerned: no such store was observed.
    """
    stores = t["observed_stores"]
    concerned = stores.filter(stores.canonical == "validations", stores.store_role.isin(roles), stores.rows > 0)
    if not t.ask(concerned.aggregate(stores=concerned.count()))[0]["stores"]:
        named = ", ".join(roles)
        raise NotConcerned(
            said(f"aucun magasin de validations n’a pour rôle : {named}", f"no store of validations has the role: {named}"),
        )


def latest_of(*dates: ir.DateValue) -> ir.DateValue:
    """Return the latest date of each row, absent ones left aside."""
    return ibis.greatest(*(date.fill_null(ibis.date(1, 1, 1)) for date in dates))
