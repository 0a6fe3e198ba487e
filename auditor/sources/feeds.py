"""One feed: its declaration checked against the raw columns, then every canonical column read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import ibis

from auditor.engine.base import Engine, Relation
from auditor.sources import keys
from auditor.sources.lookup import Lookup, Reader, looked_up
from auditor.sources.mapping import TYPES, Read, read_column
from auditor.sources.raw import RawTable, closest, mapping_problem
from auditor.sources.values import Bench, Manner
from auditor.vocabulary.network import ColumnMap, Feed, NetworkPlace
from auditor.vocabulary.schema import TABLES, Column, Domain, Kind, Table

STATE: Final = "state of "
"""Prefix of the working columns of a parsed feed; a blank keeps them apart from any canonical name."""
_PERSONS: Final = ("card", "subscriber", "customer")


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedFeed:
    """A feed checked against its raw columns, with what its repeated values are read as; identifiers not numbered yet."""

    table: Table
    feed: Feed
    raw: RawTable
    rank: int
    readers: Mapping[str, Reader]
    """By canonical column, in the order of the schema; only the mapped ones."""
    lookups: Mapping[str, Lookup]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed whose every column has been read; rows not yet sorted into kept and rejected."""

    table: Table
    feed: Feed
    raw: RawTable
    reads: Mapping[str, Read]
    """By canonical column, in the order of the schema; only the mapped ones."""
    bench: Relation
    """The raw columns with the working columns that `reads` refer to."""
    relation: Relation
    """Canonical columns and their states."""
    in_place: bool
    """Still an expression over the source's own files."""

    @property
    def required(self) -> tuple[Read, ...]:
        """The columns without which a row is rejected."""
        return tuple(read for read in self.reads.values() if read.column.required)

    @property
    def persons(self) -> tuple[Read, ...]:
        """The columns that tie a row to a person. A lone journey ties it to nobody."""
        journey = self.feed.card_form == "journey"
        return tuple(self.reads[name] for name in _PERSONS if name in self.reads and not (journey and name == "card"))

    @property
    def event(self) -> Read | None:
        """The moment the row is about: the table's first instant, or its first day other than a birth."""
        for kind in (Kind.INSTANT, Kind.DATE):
            for name, read in self.reads.items():
                if read.column.kind is kind and name != "birth_date":
                    return read
        return None


def check(place: NetworkPlace) -> None:
    """Refuse a mapping that names a table, a column or a source that does not exist; nothing is opened."""
    for name, feeds in place.mapping.tables.items():
        if name not in TABLES:
            raise mapping_problem(f"{name} is not a canonical table.", next_step=f"Closest: {closest(name, TABLES)}.")
        for feed in feeds:
            _check_feed(place, TABLES[name], feed)
    for name, source in place.mapping.sources.items():
        if (source.path is None) == (source.url is None):
            raise mapping_problem(f"source {name} must have either a path or a url.")


def prepare(engine: Engine, place: NetworkPlace, table: Table, feed: Feed, raw: RawTable, rank: int) -> PreparedFeed:
    """Check the mapped columns of a feed, and read once each value that many rows share."""
    for name, declared in feed.columns.items():
        for column in raw_names(declared):
            if column not in raw.columns:
                raise mapping_problem(
                    f"{table.name}.{name} (store {feed.store}): source {raw.physical} has no column {column!r}.",
                    next_step=f"Closest columns there: {closest(column, raw.columns)}.",
                )
    mapped = {name: column for name, column in table.columns.items() if name in feed.columns}
    readers = {name: partial(_read, place, feed, raw.decimal, name, column) for name, column in mapped.items()}
    lookups = looked_up(engine, raw, readers, f"values_{rank}")
    return PreparedFeed(table=table, feed=feed, raw=raw, rank=rank, readers=readers, lookups=lookups)


def parse(engine: Engine, prepared: PreparedFeed, dictionaries: Mapping[Domain, Relation]) -> ParsedFeed:
    """Read every mapped column of a feed, keys numbered; computed once when it is worth it, left in place otherwise."""
    table, feed, raw = prepared.table, prepared.feed, prepared.raw
    relation, found = raw.relation, {}
    for name, lookup in prepared.lookups.items():
        relation, found[name] = lookup.numbered(engine, dictionaries, f"keys_{prepared.rank}_{name}").joined(relation)
    bench = Bench(relation)
    reads = {name: found.get(name) or read(bench) for name, read in prepared.readers.items()}
    parsed = bench.relation.select(**_parsed_columns(table, feed, reads))
    in_place = raw.in_place and not any(read.costly for read in reads.values())
    if not in_place:
        parsed = engine.keep(f"parsed_{prepared.rank}", parsed, as_written=True)
    return ParsedFeed(table=table, feed=feed, raw=raw, reads=reads, bench=bench.relation, relation=parsed, in_place=in_place)


def raw_names(declared: ColumnMap) -> tuple[str, ...]:
    """Raw columns that one declaration reads."""
    return tuple(name for name in (declared.column, declared.date, declared.clock) if name is not None)


def key_texts(feeds: Iterable[PreparedFeed], domain: Domain) -> dict[tuple[int, str], Relation]:
    """Gather, by feed and column, the distinct identifiers of a domain that have to be numbered: (scope, text)."""
    return {
        (feed.rank, name): lookup.texts
        for feed in feeds
        for name, lookup in feed.lookups.items()
        if lookup.read.text is not None and lookup.read.column.domain is domain
    }


def trusting(feed: ParsedFeed, clean: Iterable[str], *, all_kept: bool) -> ParsedFeed:
    """Read a feed left in place through its bare columns, where a whole pass has shown that they hold nothing to correct.

    Filters then reach the files themselves, which skip what they need not read.
    """
    if not feed.in_place:
        return feed
    bare = {name: replace(feed.reads[name], value=feed.reads[name].bare) for name in clean if feed.reads[name].bare is not None}
    reads = {**feed.reads, **bare}
    if all_kept:
        reads = {name: replace(read, column=replace(read.column, required=False)) for name, read in reads.items()}
    return replace(feed, reads=reads, relation=feed.bench.select(**_parsed_columns(feed.table, feed.feed, reads)))


def _check_feed(place: NetworkPlace, table: Table, feed: Feed) -> None:
    source, _, inner = feed.source.partition(".")
    declared = place.mapping.sources.get(source)
    if declared is None:
        raise mapping_problem(
            f"{table.name}: {source!r} is not a declared source.", next_step=f"Closest: {closest(source, place.mapping.sources)}."
        )
    if bool(inner) == (declared.url is None):
        expected = f"{source}.table" if declared.url is not None else source
        raise mapping_problem(f"{table.name}: {feed.source!r} does not name one table.", next_step=f"Write « source: {expected} ».")
    for name, column in feed.columns.items():
        if name not in table.columns:
            raise mapping_problem(f"{table.name}.{name} is not a canonical column.", next_step=f"Closest: {closest(name, table.columns)}.")
        ways = [column.column is not None, column.constant is not None, column.date is not None or column.clock is not None]
        if sum(ways) != 1 or (column.date is None) != (column.clock is None):
            raise mapping_problem(f"{table.name}.{name} must have exactly one of column, constant, or date with clock.")
        if column.date is not None and table.columns[name].kind not in (Kind.INSTANT, Kind.DATE):
            raise mapping_problem(f"{table.name}.{name} is not a moment: date and clock cannot fill it.")
    for name, column_of_table in table.columns.items():
        if column_of_table.required and name not in feed.columns:
            raise mapping_problem(
                f"{table.name} (store {feed.store}): {name} must be mapped.", f"A row of {table.name} means nothing without it."
            )


def _read(place: NetworkPlace, feed: Feed, decimal: str, name: str, column: Column, bench: Bench) -> Read:
    form = keys.form_of(column, feed, place.config.cards)
    manner = Manner(zone=place.config.network.timezone, decimal=decimal, key_form=form, bench=bench)
    return read_column(name, column, feed.columns[name], manner)


def _parsed_columns(table: Table, feed: Feed, reads: Mapping[str, Read]) -> dict[str, ibis.Value]:
    columns: dict[str, ibis.Value] = {}
    for name, column in table.columns.items():
        read = reads.get(name)
        if read is not None:
            columns[name] = read.value
        elif name == "card_form":
            columns[name] = ibis.literal(feed.card_form, type="string")
        else:
            columns[name] = ibis.null(TYPES[column.kind])
    columns |= {STATE + name: read.state for name, read in reads.items() if read.state is not None}
    return columns
