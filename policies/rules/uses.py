"""How the data is used: who read which table, in which role, under which purpose and ticket, from the log and the rights.

Every question takes relations whose `table` is named as the mapping names it (`rights`, `consultations`) and returns counts by
database role; an agent's own account is never shown. Instants are UTC.
"""

from collections.abc import Iterable
from datetime import time
from typing import Final

import ibis
import ibis.expr.types as ir

from auditor.engine.base import Relation
from auditor.rules import Tables
from policies.rules.questions import REFERENCE_TABLES

READ_PRIVILEGES: Final = ("select", "all", "all privileges")
READINGS: Final = ("read", "share", "export")
"""Operations of a log that show data to somebody; an entry that does not say its operation is taken for one."""
_NAMING: Final = tuple(
    f"{table}.{column}"
    for table, columns in {
        "customers": ("name", "email", "phone", "address", "birth_date"),
        "penalty_notices": ("name", "address", "birth_date", "birth_place"),
    }.items()
    for column in columns
)
_UNNAMED: Final = "—"
"""Stands for a role that the log leaves empty."""


def rights(t: Tables) -> Relation | None:
    """Return the privileges on tables that hold personal data; None when the network says it holds no list of them."""
    grants = t.held("grants", "role", "table", "privilege")
    return None if grants is None else _personal(t, as_mapped(t, grants)).filter(ibis._.role.notnull())


def consultations(t: Tables, *columns: str) -> Relation | None:
    """Return the log's entries about tables that hold personal data; None when the network says it keeps no log.

    Args:
        t: The tables.
        columns: Columns of the log that the question cannot do without, besides its role, table and time.
    """
    log = t.held("access_log", "accessed_at", "role", "table", *columns)
    return None if log is None else _personal(t, as_mapped(t, log))


def as_mapped(t: Tables, relation: Relation) -> Relation:
    """Name the tables of a log or of a list of rights as the mapping does, where only one of its tables can be meant.

    A server says `public.clients` where the mapping says `gestion.clients`; a journal may use the canonical name.
    """
    written = {row["table"] for row in t.ask(relation.filter(relation.table.notnull()).select("table").distinct())}
    aliases = _aliases(t)
    pairs = [
        (name, meant)
        for name in sorted(written)
        if (meant := aliases.get(name) or aliases.get(name.rpartition(".")[2])) not in {None, name}
    ]
    return relation.mutate(table=relation.table.cases(*pairs, else_=relation.table)) if pairs else relation


def nominative_tables(t: Tables) -> Relation:
    """Return the physical tables that name people: `table`."""
    columns = t["observed_columns"]
    return columns.filter(columns.mapped.isin(_NAMING)).select("table").distinct()


def trip_tables(t: Tables) -> Relation:
    """Return the physical tables of taps that carry a card, a pseudonym or a subscriber: `table`. Lone journeys are left aside."""
    columns, stores = t["observed_columns"], t["observed_stores"]
    bearing = columns.filter(columns.mapped.isin(["validations.card", "validations.subscriber"])).select("table").distinct()
    taps = stores.filter(stores.canonical == "validations", stores.card_form.fill_null("number") != "journey")
    return taps.select("table").distinct().semi_join(bearing, "table")


def tables_of(t: Tables, *canonical: str) -> Relation:
    """Return the physical tables that feed some canonical tables: `table`."""
    stores = t["observed_stores"]
    return stores.filter(stores.canonical.isin(canonical)).select("table").distinct()


def may_read(granted: Relation) -> Relation:
    """Keep the privileges that let a role read: `role`, `table`."""
    return granted.filter(granted.privilege.lower().isin(READ_PRIVILEGES)).select("role", "table").distinct()


def readings(uses: Relation) -> Relation:
    """Keep the entries of a log that show data to somebody."""
    return uses.filter(uses.operation.fill_null("read").isin(READINGS))


def both_held_by_one_role(held: Relation, first: Relation, second: Relation) -> Relation:
    """Return, for each role that holds a table of `first`, the tables of `second` it holds too: `role`, `table`, `beside`.

    `held` has `role` and `table`; `beside` is the first table of `second`, in alphabetical order.
    """
    others = held.semi_join(second, "table").group_by("role").agg(beside=held.table.min())
    return held.semi_join(first, "table").select("role", "table").distinct().inner_join(others, "role").select("role", "table", "beside")


def joined_by_one_role(t: Tables, uses: Relation) -> Relation:
    """Count the readings of taps by the roles that also read who the customers are: one row per role and table of taps."""
    read = readings(uses)
    both = both_held_by_one_role(read.select("role", "table").distinct(), trip_tables(t), nominative_tables(t))
    counted = by_role(read.semi_join(trip_tables(t), "table"))
    named = both.select(by=both.role, trips=both.table, beside=both.beside)
    return counted.join(named, (counted.recipient == named.by) & (counted.table == named.trips)).drop("by", "trips")


def without_purpose(uses: Relation) -> Relation:
    """Count the uses under no declared purpose at all."""
    return by_role(uses.filter(uses.purpose.fill_null("") == ""))


def under_another_purpose(t: Tables, uses: Relation) -> Relation:
    """Count the uses under a purpose of the register that no activity covering that table declares; `value` is the purpose.

    A purpose that the register does not know is counted without being shown: nobody vouches for the text of a log.
    """
    purposes = t["declared_purposes"].select("activity", "purpose").distinct()
    allowed = t["declared_tables"].select("activity", "table").join(purposes, "activity").select("table", "purpose").distinct()
    known = purposes.select(of_register=purposes.purpose).distinct()
    elsewhere = uses.filter(uses.purpose.fill_null("") != "").anti_join(allowed, ["table", "purpose"])
    told = elsewhere.left_join(known, elsewhere.purpose == known.of_register)
    return _by(told, "of_register").rename(value="of_register")


def outside_ticket(uses: Relation, tables: Relation) -> Relation:
    """Count the readings of some tables that no case justifies."""
    read = readings(uses).semi_join(tables, "table")
    return by_role(read.filter(read.ticket.fill_null("") == ""))


def rights_without_trace(t: Tables, granted: Relation, uses: Relation) -> Relation:
    """Return the rights to read a table that names people under which the log holds no reading at all: `recipient`, `table`."""
    nominative = may_read(granted).semi_join(nominative_tables(t), "table")
    traced = readings(uses).select("role", "table").distinct()
    return nominative.anti_join(traced, ["role", "table"]).select("table", recipient=ibis._.role)


def bursts(uses: Relation, most: int) -> Relation:
    """Count, by role, the hours in which it read more than `most` rows: `entries` hours, `rows` in the busiest, `newest`."""
    read = readings(uses)
    hours = read.group_by([_role(read).name("recipient"), read.accessed_at.truncate("h").name("hour")]).agg(
        rows=read["rows"].fill_null(1).sum().cast("int64")
    )
    beyond = hours.filter(hours["rows"] > most)
    return beyond.group_by("recipient").agg(entries=beyond.count(), rows=beyond["rows"].max(), newest=beyond.hour.max())


def outside_hours(uses: Relation, opens: time, closes: time, least: int) -> Relation:
    """Count, by role and table, the exports and the readings of at least `least` rows made before `opens` or from `closes` on (UTC)."""
    large = uses.filter(
        (uses.operation == "export") | (uses.operation.fill_null("read").isin(READINGS) & (uses["rows"].fill_null(1) >= least))
    )
    minute = large.accessed_at.hour() * 60 + large.accessed_at.minute()
    first, last = opens.hour * 60 + opens.minute, closes.hour * 60 + closes.minute
    open_ = (minute >= first) & (minute < last) if first <= last else (minute >= first) | (minute < last)
    return by_role(large.filter(~open_))


def broken_links(log: Relation) -> Relation:
    """Count, per log, the entries that do not follow another: `table`, `rows` breaks, `entries` entries.

    The first entry kept follows none, since older ones are purged. An entry without a digest, two that follow the same one, and one
    made before the entry it follows, are breaks too. A log without a single digest is not chained: it has no row here.
    """
    sealed = log.filter(log.digest.fill_null("") != "")
    known = sealed.group_by(
        [sealed.physical.name("of_log"), sealed.digest.name("of_digest")],
    ).agg(made_at=sealed.accessed_at.max())
    linked = sealed.left_join(known, (sealed.physical == known.of_log) & (sealed.previous == known.of_digest))
    follows = linked.of_digest.notnull()
    counted = linked.group_by([linked.physical.name("table")]).agg(
        starts=(~follows).sum(),
        forks=follows.sum() - linked.previous.nunique(where=follows),
        copies=linked.count() - linked.digest.nunique(),
        reversed=(follows & (linked.made_at > linked.accessed_at)).sum(),
    )
    totals = log.group_by([log.physical.name("of_table")]).agg(entries=log.count(), bare=(log.digest.fill_null("") == "").sum())
    told = counted.join(totals, counted.table == totals.of_table)
    breaks = (told.starts - 1).abs() + told.forks + told.copies + told.reversed + told.bare
    return told.select("table", rows=breaks.cast("int64"), entries=told.entries).filter(ibis._["rows"] > 0)


def unchained_logs(log: Relation) -> Relation:
    """Return the logs of which no entry bears a digest: `table`, `rows`."""
    counted = log.group_by([log.physical.name("table")]).agg(rows=log.count(), sealed=(log.digest.fill_null("") != "").sum())
    return counted.filter(counted.sealed == 0).drop("sealed")


def quoting_card_and_stop(log: Relation) -> Relation:
    """Count, per log, the entries that quote both a card and a stop: `table`, `rows`, `cards`, `oldest`."""
    quoting = log.filter(log.card.notnull(), log.stop.notnull())
    return quoting.group_by([quoting.physical.name("table")]).agg(
        rows=quoting.count(), cards=quoting.card.nunique(), oldest=quoting.accessed_at.min()
    )


def by_role(uses: Relation) -> Relation:
    """Count uses by role and table: `recipient`, `table`, `entries`, `newest`."""
    return _by(uses)


def _by(uses: Relation, *more: str) -> Relation:
    keys = [_role(uses).name("recipient"), uses.table.fill_null(_UNNAMED).name("table"), *(uses[name] for name in more)]
    return uses.group_by(keys).agg(entries=uses.count(), newest=uses.accessed_at.max())


def _role(uses: Relation) -> ir.StringValue:
    return uses.role.fill_null(_UNNAMED)


def _personal(t: Tables, relation: Relation) -> Relation:
    return relation.anti_join(tables_of(t, *REFERENCE_TABLES), "table")


def _aliases(t: Tables) -> dict[str, str | None]:
    """Return the table each name may mean: its own name, its last part, the canonical table it alone feeds; None for a doubtful one."""
    stores = t.ask(t["observed_stores"].select("table", "canonical").distinct())
    own = {row["table"]: row["table"] for row in stores}
    last = _only((row["table"].rpartition(".")[2], row["table"]) for row in stores)
    return _only((row["canonical"], row["table"]) for row in stores) | last | own


def _only(named: Iterable[tuple[str, str]]) -> dict[str, str | None]:
    only: dict[str, str | None] = {}
    for alias, table in named:
        only[alias] = table if only.get(alias, table) == table else None
    return only
