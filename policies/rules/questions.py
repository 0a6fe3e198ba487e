"""Relations that several rules ask for, named once."""

from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any, Final

import ibis
import ibis.expr.types as ir

from auditor.engine.base import Relation
from auditor.rules import NotConcerned, TableAbsent, Tables
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


def today(t: Tables) -> ir.DateScalar:
    """Return the day of the audit, as a literal."""
    return ibis.literal(t.as_of.date(), type="date")


def some(t: Tables, relation: Relation) -> bool:
    """Tell whether a relation has a row."""
    return bool(t.ask(relation.limit(1)))


def as_far_as_known(*parts: Callable[[], Iterable[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return what every part of an obligation finds. What nobody could look at never hides what somebody found.

    A part that cannot look, beside one that found a breach, is told as a finding of its own (`part-not-checked`).

    Raises:
        TableAbsent: a part cannot look and no other found anything: the obligation could not be checked.
    """
    found: list[dict[str, Any]] = []
    blind: list[TableAbsent] = []
    for part in parts:
        try:
            found += list(part())
        except TableAbsent as absent:
            blind.append(absent)
    if blind and not found:
        raise blind[0]
    lacking = dict.fromkeys("evidence/" if str(absent.args[0]).startswith("declared_") else str(absent.args[0]) for absent in blind)
    return [*found, *({"kind": "part-not-checked", "missing": name} for name in lacking)]


PART_NOT_CHECKED: Final = {
    "part-not-checked": said(
        "Une partie de cette obligation n’a pas pu être vérifiée : {missing} manque à l’audit.",
        "A part of this obligation could not be checked: the audit lacks {missing}.",
    )
}
"""The sentence that goes with `as_far_as_known`."""


def past(moment: ir.Value, t: Tables, name: str = "term") -> ir.BooleanValue:
    """Tell the moments older than a duration parameter: to the second for an instant, to the day for a date."""
    if moment.type().is_date():
        return moment < ibis.literal(t.duration(name).before(t.as_of).date(), type="date")
    return moment < t.limit(name)


def standing(ended: ir.TimestampValue, t: Tables) -> ir.BooleanValue:
    """Tell the rows whose end is not written, or still to come."""
    return ended.isnull() | (ended > ibis.literal(t.as_of, type="timestamp"))


def counted(rows: Relation, kind: str, *, since: str = "", who: Iterable[str] = ("card", "customer"), **given: str) -> Relation:
    """Count rows per physical table: `rows`, distinct persons of the columns `who` that the table has, `oldest` of `since`."""
    measures: dict[str, ir.Value] = {"rows": rows.count()}
    measures |= {f"{person}s": rows[person].nunique() for person in who if person in rows.columns}
    if since:
        measures["oldest"] = rows[since].min()
    told = rows.group_by([rows.physical.name("table"), rows.store, rows.store_role]).agg(**measures)
    return told.mutate(kind=ibis.literal(kind), **{name: ibis.literal(value) for name, value in given.items()})


def tables_of_identifying_taps(t: Tables, *roles: str) -> set[str]:
    """Name the physical tables, of these roles, where the mapping reads the card or the subscriber of a tap.

    Told from the schema: a table that the last purge left empty is still one of them. A store of isolated journeys is not.
    """
    seen, stores = t["observed_columns"], t["observed_stores"]
    journeys = stores.filter(stores.canonical == "validations", stores.card_form == "journey")
    named = seen.filter(seen.mapped.isin(["validations.card", "validations.subscriber"]), seen.store_role.isin(roles))
    return {row["table"] for row in t.ask(named.anti_join(journeys, "table").select("table").distinct())}


def source_of(table: str) -> str:
    """Return the source of a physical table: what stands before the first dot."""
    return table.partition(".")[0]


def speaks_of_no_known_table(t: Tables, relation: Relation) -> bool:
    """Tell a log, a catalogue or a list of rights that has rows and whose `table` names none that the mapping knows."""
    return some(t, relation) and not some(t, relation.semi_join(t["observed_stores"], "table"))


def treated_past_their_term(t: Tables, term: str) -> Relation:
    """Count, per table, procedure and card, the taps older than a term, billing left aside: `rows` and `oldest`.

    The procedure is what was done to the tap: `number-removed`, `place-removed`, `number-kept`, `subscriber-kept` or `hash`. Computed
    once for the rules that judge what is left of old taps.
    """

    def treated() -> Relation:
        taps = t["validations"]
        limit = ibis.literal(Duration.parse(term).before(t.as_of), type="timestamp")
        overdue = taps.filter(taps.store_role != "postpaid", taps.tapped_at < limit)
        place = [overdue.physical.name("table"), overdue.store, overdue.store_role]
        told = overdue.mutate(procedure=_procedure(overdue))
        return told.group_by([*place, told.procedure, told.card]).agg(rows=told.count(), oldest=told.tapped_at.min())

    return t.once(f"taps past {term}", treated)


NUMBER_REMOVED: Final = "number-removed"
"""Procedure (a) of AU-015: neither card nor subscriber."""
HASHED: Final = "hash"
"""Procedure (c): a token stands for the card."""


def _procedure(taps: Relation) -> ir.StringValue:
    nowhere = reduce(lambda one, other: one & other, (taps[place].isnull() for place in PLACES))
    return ibis.cases(
        (bears_number(taps) & nowhere, "place-removed"),
        (bears_number(taps), "number-kept"),
        (taps.subscriber.notnull(), "subscriber-kept"),
        (bears_token(taps), HASHED),
        else_=NUMBER_REMOVED,
    )
