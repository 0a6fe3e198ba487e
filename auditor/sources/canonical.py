"""Canonical tables: the kept rows of every feed, keys numbered, each with its store and where it physically is."""

from collections.abc import Iterable, Mapping, Sequence

import ibis

from auditor.engine.base import Relation
from auditor.sources.feeds import ParsedFeed
from auditor.vocabulary.schema import Domain


def united(feeds: Sequence[ParsedFeed]) -> dict[str, Relation]:
    """Return each canonical table as the union of what its feeds kept."""
    parts: dict[str, list[Relation]] = {}
    for feed in feeds:
        parts.setdefault(feed.table.name, []).append(_plain(_kept(feed)))
    return {name: tables[0] if len(tables) == 1 else ibis.union(*tables) for name, tables in parts.items()}


def key_columns(tables: Mapping[str, Relation], feeds: Iterable[ParsedFeed], domain: Domain) -> list[Relation]:
    """Return every mapped key column of a domain, as relations of one column (`key`)."""
    places = {
        (feed.table.name, name)
        for feed in feeds
        for name, read in feed.reads.items()
        if read.column.domain is domain and _is_key(feed, name)
    }
    return [tables[table].select(key=tables[table][column]) for table, column in sorted(places)]


def _is_key(feed: ParsedFeed, name: str) -> bool:
    return feed.reads[name].column.kind.value == "key"


def _kept(feed: ParsedFeed) -> Relation:
    rows = feed.relation
    for read in feed.required:
        rows = rows.filter(rows[read.name].notnull())
    return rows.select(
        *feed.table.columns,
        store=ibis.literal(feed.feed.store),
        store_role=ibis.literal(feed.feed.role),
        physical=ibis.literal(feed.raw.physical),
    )


def _plain(rows: Relation) -> Relation:
    # A union wants one type, and each source or stored table comes with its own precision of a timestamp.
    precise = [name for name, kind in rows.schema().items() if kind.is_timestamp() and kind.scale is not None]
    return rows.mutate(**{name: rows[name].cast("timestamp") for name in precise})
