"""Canonical tables: the kept rows of every feed, keys numbered, each with its store and where it physically is."""

from collections.abc import Iterable, Mapping, Sequence

import ibis

from auditor.engine.base import Engine, Relation
from auditor.sources.feeds import TEXT, ParsedFeed
from auditor.sources.report import present
from auditor.vocabulary.schema import Domain


def united(engine: Engine, feeds: Sequence[ParsedFeed], dictionaries: Mapping[Domain, Relation]) -> dict[str, Relation]:
    """Return each canonical table as the union of what its feeds kept."""
    parts: dict[str, list[Relation]] = {}
    for rank, feed in enumerate(feeds):
        parts.setdefault(feed.table.name, []).append(_plain(_kept(engine, feed, dictionaries, rank)))
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


def _kept(engine: Engine, feed: ParsedFeed, dictionaries: Mapping[Domain, Relation], rank: int) -> Relation:
    rows = feed.relation
    for read in feed.required:
        rows = rows.filter(present(feed, read.name))
    numbered = [name for name, read in feed.reads.items() if read.text is not None and read.column.domain in dictionaries]
    for name in numbered:
        rows = _numbered(rows, name, feed, dictionaries[feed.reads[name].column.domain])
    kept = rows.select(
        *feed.table.columns,
        store=ibis.literal(feed.feed.store),
        store_role=ibis.literal(feed.feed.role),
        physical=ibis.literal(feed.raw.physical),
    )
    return engine.keep(f"canonical_{rank}", kept) if numbered else kept


def _plain(rows: Relation) -> Relation:
    # A union wants one type, and each source or stored table comes with its own precision of a timestamp.
    precise = [name for name, kind in rows.schema().items() if kind.is_timestamp() and kind.scale is not None]
    return rows.mutate(**{name: rows[name].cast("timestamp") for name in precise})


def _numbered(rows: Relation, name: str, feed: ParsedFeed, dictionary: Relation) -> Relation:
    scoped = dictionary.filter(dictionary.scope == feed.reads[name].scope).select(numbered=dictionary.key, written=dictionary.text)
    joined = rows.left_join(scoped, rows[TEXT + name] == scoped.written)
    return joined.mutate(**{name: ibis.coalesce(joined[name], joined.numbered)}).drop("numbered", "written")
