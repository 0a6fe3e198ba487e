"""A network's sources, opened: canonical tables, what was observed of them, and what could not be read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from auditor.engine.base import Engine, Relation
from auditor.sources import keys
from auditor.sources.about import FeedRows, rows_about
from auditor.sources.canonical import key_columns, united
from auditor.sources.databases import Wanted, read_tables
from auditor.sources.delimited import read_delimited
from auditor.sources.feeds import ParsedFeed, PreparedFeed, check, key_texts, parse, prepare, raw_names, trusting
from auditor.sources.files import locate, read_parquet
from auditor.sources.observed import observed, unmapped
from auditor.sources.pgaudit import read_pgaudit
from auditor.sources.raw import Contents, RawTable
from auditor.sources.report import read
from auditor.vocabulary.errors import SourceProblem
from auditor.vocabulary.network import CardGrammar, Feed, NetworkPlace, Source
from auditor.vocabulary.reading import AbsentSource, ReadingReport
from auditor.vocabulary.schema import TABLES, Domain


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenNetwork:
    """Everything a network's sources gave, read-only. Lives as long as the engine it was opened in."""

    relations: Mapping[str, Relation]
    """Canonical tables by name, and the `observed_…` ones."""
    counts: Mapping[str, int]
    """Rows kept, by canonical table."""
    columns: Mapping[str, frozenset[str]]
    """Canonical columns that some feed fills, by table."""
    reports: tuple[ReadingReport, ...]
    """One per feed, in the order of the mapping."""
    absent_sources: tuple[AbsentSource, ...]
    unreadable: Mapping[str, str]
    """Canonical tables of which a store could not be read, with the reason."""
    identifiers: Mapping[str, Relation]
    """By domain: (key, text), one row per identifier that occurs, to write a key back as people do."""
    engine: Engine = field(repr=False)
    feeds: tuple[ParsedFeed, ...] = field(repr=False)
    grammar: CardGrammar = field(repr=False)
    dictionaries: Mapping[Domain, Relation] = field(repr=False)

    @property
    def raw(self) -> Mapping[str, Relation]:
        """Raw columns of each physical table that was read, unmapped ones included.

        Nothing runs until an engine is asked; a column that had stayed on its server crosses when its table is looked up.
        """
        return Contents(feed.raw for feed in self.feeds)

    def key_of(self, domain: Domain, text: str) -> int | None:
        """Return the key of an identifier as a person writes it; None when it cannot be one, or never occurs as text."""
        return next(iter(self.keys_of(domain, text)), None)

    def keys_of(self, domain: Domain, text: str) -> tuple[int, ...]:
        """Return every key a text may stand for, the number first: a token may be written in digits too."""
        found: list[int] = []
        written = keys.canonical_text(text, self._form(domain))
        if isinstance(written, int) and self._holds_numbers(domain):
            found.append(written)
        numbered = self.dictionaries.get(domain)
        if numbered is not None:
            found += [row["key"] for row in self.engine.rows(keys.lookup(numbered, text.strip()))]
        return tuple(found)

    def rows_about(self, table: str, column: str, keys: Sequence[int]) -> list[FeedRows]:
        """Return the raw rows of a canonical table about given keys, feed by feed. For the citizens' desk only."""
        return rows_about(self.engine, self.feeds, table, column, keys)

    def _form(self, domain: Domain) -> keys.KeyForm:
        if domain is Domain.CARD and keys.is_whole(self.grammar):
            return keys.KeyForm(whole=True, scope=None, length=self.grammar.length, separators=True)
        return keys.KeyForm(whole=domain is not Domain.CARD, scope="")

    def _holds_numbers(self, domain: Domain) -> bool:
        return domain is not Domain.CARD or any(feed.feed.card_form == "number" for feed in self.feeds)


def open_network(place: NetworkPlace, engine: Engine, *, every_column: bool = True) -> OpenNetwork:
    """Read every source of a network into canonical tables. No source is written to.

    Args:
        place: The network folder and its mapping.
        engine: Where the tables are held.
        every_column: False leaves on its server each column of a database server that the mapping does not name.

    Raises:
        DeclarationProblem: the mapping does not fit the sources.
        SourceProblem: a source that is not optional cannot be opened. A table that a server, once opened, does not give
            to the end is an absent source instead: the rest goes on without it.
    """
    check(place)
    raws, absent = _read_sources(place, engine, every_column=every_column)
    prepared = _prepared(place, engine, raws)
    texts = {domain: key_texts(prepared, domain) for domain in Domain}
    numbered = {domain: keys.dictionary(engine, domain, texts[domain].values()) for domain in Domain}
    dictionaries = {domain: relation for domain, relation in numbered.items() if relation is not None}
    feeds = [parse(engine, feed, dictionaries) for feed in prepared]
    readings = [read(engine, feed, unmapped(feeds, feed.raw.physical)) for feed in feeds]
    feeds = [trusting(feed, reading.clean, all_kept=not reading.report.rejected) for feed, reading in zip(feeds, readings, strict=True)]
    tables = united(feeds)
    grammar = place.config.cards
    reports = tuple(reading.report for reading in readings)
    return OpenNetwork(
        relations={**tables, **observed(engine, feeds, readings, texts[Domain.CARD])},
        counts={name: sum(report.rows_kept for report in reports if report.table == name) for name in tables},
        columns=_filled(feeds),
        reports=reports,
        absent_sources=tuple(absent),
        unreadable={table: f"source {source.source}: {source.reason}" for source in absent for table in source.tables},
        identifiers={
            domain.value: keys.identifiers(
                key_columns(tables, feeds, domain), dictionaries.get(domain), grammar.length if domain is Domain.CARD else None
            )
            for domain in Domain
        },
        engine=engine,
        feeds=tuple(feeds),
        grammar=grammar,
        dictionaries=dictionaries,
    )


def _read_sources(place: NetworkPlace, engine: Engine, *, every_column: bool) -> tuple[dict[str, RawTable], list[AbsentSource]]:
    raws: dict[str, RawTable] = {}
    absent: list[AbsentSource] = []
    for name, source in place.mapping.sources.items():
        used = {feed.source: None for feed in _feeds(place) if feed.source.partition(".")[0] == name}
        if not used:
            continue
        wanted = {table: None if every_column else _named(place, table) for table in used}
        try:
            copied, refused = _read_source(place, engine, name, source, wanted)
        except SourceProblem as problem:
            if not source.optional:
                raise
            absent.append(AbsentSource(source=name, reason=problem.what, tables=_tables_of(place, name)))
            continue
        raws |= {raw.physical: raw for raw in copied}
        absent += [AbsentSource(source=table, reason=problem.what, tables=_tables_of(place, table)) for table, problem in refused.items()]
    return raws, absent


def _read_source(
    place: NetworkPlace, engine: Engine, name: str, source: Source, wanted: Wanted
) -> tuple[list[RawTable], dict[str, SourceProblem]]:
    if source.url is not None:
        inside = {physical.partition(".")[2]: columns for physical, columns in wanted.items()}
        copied, refused = read_tables(engine, place, name, source, inside)
        return copied, {f"{name}.{table}": problem for table, problem in refused.items()}
    located = locate(place, name, source)
    if located.format == "parquet":
        return [read_parquet(engine, name, located)], {}
    if located.format == "pgaudit":
        return [read_pgaudit(engine, name, located, source.csv)], {}
    return [read_delimited(engine, name, located, source.csv)], {}


def _named(place: NetworkPlace, physical: str) -> frozenset[str]:
    """Name the raw columns that the feeds of a physical table read."""
    feeds = (feed for feed in _feeds(place) if feed.source == physical)
    return frozenset(column for feed in feeds for declared in feed.columns.values() for column in raw_names(declared))


def _prepared(place: NetworkPlace, engine: Engine, raws: Mapping[str, RawTable]) -> list[PreparedFeed]:
    return [
        prepare(engine, place, TABLES[table], feed, raws[feed.source], rank)
        for rank, (table, feed) in enumerate((table, feed) for table, feeds in place.mapping.tables.items() for feed in feeds)
        if feed.source in raws
    ]


def _feeds(place: NetworkPlace) -> Iterable[Feed]:
    return (feed for feeds in place.mapping.tables.values() for feed in feeds)


def _tables_of(place: NetworkPlace, source: str) -> tuple[str, ...]:
    return tuple(
        table
        for table, feeds in place.mapping.tables.items()
        if any(source in (feed.source, feed.source.partition(".")[0]) for feed in feeds)
    )


def _filled(feeds: Iterable[ParsedFeed]) -> dict[str, frozenset[str]]:
    filled: dict[str, frozenset[str]] = {}
    for feed in feeds:
        given = frozenset(feed.reads) | ({"card_form"} if "card_form" in feed.table.columns else frozenset())
        filled[feed.table.name] = filled.get(feed.table.name, frozenset()) | given
    return filled
