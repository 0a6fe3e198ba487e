"""A network's sources, opened: canonical tables, what was observed of them, and what could not be read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from auditor.engine.base import Engine, Relation
from auditor.sources import keys
from auditor.sources.about import FeedRows, rows_about
from auditor.sources.canonical import key_columns, united
from auditor.sources.databases import read_tables
from auditor.sources.delimited import read_delimited
from auditor.sources.feeds import ParsedFeed, check, key_texts, parse, trusting
from auditor.sources.files import locate, read_parquet
from auditor.sources.observed import observed, unmapped
from auditor.sources.raw import RawTable
from auditor.sources.report import Reading, read
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
        numbered = self.dictionaries.get(TABLES[table].columns[column].domain)
        return rows_about(self.engine, self.feeds, table, column, keys, numbered)

    def _form(self, domain: Domain) -> keys.KeyForm:
        if domain is Domain.CARD and keys.is_whole(self.grammar):
            return keys.KeyForm(whole=True, scope=None, length=self.grammar.length, separators=True)
        return keys.KeyForm(whole=domain is not Domain.CARD, scope="")

    def _holds_numbers(self, domain: Domain) -> bool:
        return domain is not Domain.CARD or any(feed.feed.card_form == "number" for feed in self.feeds)


def open_network(place: NetworkPlace, engine: Engine) -> OpenNetwork:
    """Read every source of a network into canonical tables. No source is written to.

    DeclarationProblem when the mapping does not fit the sources; SourceProblem when a source that is not optional
    cannot be read.
    """
    check(place)
    raws, absent = _read_sources(place, engine)
    feeds = _parsed(place, engine, raws)
    readings = [read(engine, feed, unmapped(feeds, feed.raw.physical)) for feed in feeds]
    feeds = [trusting(feed, reading.clean, all_kept=not reading.report.rejected) for feed, reading in zip(feeds, readings, strict=True)]
    return _opened(place, engine, feeds, readings, absent)


def _opened(
    place: NetworkPlace, engine: Engine, feeds: Sequence[ParsedFeed], readings: Sequence[Reading], absent: Sequence[AbsentSource]
) -> OpenNetwork:
    texts = {domain: key_texts(engine, feeds, domain) for domain in Domain}
    numbered = {domain: keys.dictionary(engine, domain, texts[domain].values()) for domain in Domain}
    dictionaries = {domain: relation for domain, relation in numbered.items() if relation is not None}
    tables = united(engine, feeds, dictionaries)
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


def _read_sources(place: NetworkPlace, engine: Engine) -> tuple[dict[str, RawTable], list[AbsentSource]]:
    raws: dict[str, RawTable] = {}
    absent: list[AbsentSource] = []
    for name, source in place.mapping.sources.items():
        used = {feed.source: None for feed in _feeds(place) if feed.source.partition(".")[0] == name}
        if not used:
            continue
        try:
            raws |= {raw.physical: raw for raw in _read_source(place, engine, name, source, list(used))}
        except SourceProblem as problem:
            if not source.optional:
                raise
            absent.append(AbsentSource(source=name, reason=problem.what, tables=_tables_of(place, name)))
    return raws, absent


def _read_source(place: NetworkPlace, engine: Engine, name: str, source: Source, used: Sequence[str]) -> list[RawTable]:
    if source.url is not None:
        return read_tables(engine, place, name, source, [physical.partition(".")[2] for physical in used])
    located = locate(place, name, source)
    if located.format == "parquet":
        return [read_parquet(engine, name, located)]
    return [read_delimited(engine, name, located, source.csv)]


def _parsed(place: NetworkPlace, engine: Engine, raws: Mapping[str, RawTable]) -> list[ParsedFeed]:
    return [
        parse(engine, place, TABLES[table], feed, raws[feed.source], rank)
        for rank, (table, feed) in enumerate((table, feed) for table, feeds in place.mapping.tables.items() for feed in feeds)
        if feed.source in raws
    ]


def _feeds(place: NetworkPlace) -> Iterable[Feed]:
    return (feed for feeds in place.mapping.tables.values() for feed in feeds)


def _tables_of(place: NetworkPlace, source: str) -> tuple[str, ...]:
    return tuple(table for table, feeds in place.mapping.tables.items() if any(feed.source.partition(".")[0] == source for feed in feeds))


def _filled(feeds: Iterable[ParsedFeed]) -> dict[str, frozenset[str]]:
    filled: dict[str, frozenset[str]] = {}
    for feed in feeds:
        given = frozenset(feed.reads) | ({"card_form"} if "card_form" in feed.table.columns else frozenset())
        filled[feed.table.name] = filled.get(feed.table.name, frozenset()) | given
    return filled
