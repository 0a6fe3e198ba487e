"""What was observed of the sources themselves: stores, raw columns, first and last moments, tokens."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import ibis
import pyarrow as pa

from auditor.engine.base import Engine, Relation
from auditor.sources.feeds import ParsedFeed, raw_names
from auditor.sources.report import Reading

_PLACE: Final = {"store": pa.string(), "store_role": pa.string()}
_STORES: Final = pa.schema({**_PLACE, "table": pa.string(), "canonical": pa.string(), "card_form": pa.string(), "rows": pa.int64()})
_COLUMNS: Final = pa.schema(
    {"table": pa.string(), "column": pa.string(), "type": pa.string(), "mapped": pa.string(), "ignored": pa.bool_(), **_PLACE}
)
_EXTREMES: Final = pa.schema(
    {
        "table": pa.string(),
        "column": pa.string(),
        "canonical": pa.string(),
        **_PLACE,
        "rows": pa.int64(),
        "identified_rows": pa.int64(),
        "oldest": pa.timestamp("us"),
        "newest": pa.timestamp("us"),
        "oldest_identified": pa.timestamp("us"),
    }
)
_TOKENS: Final = pa.schema([(name, pa.string()) for name in ("store", "store_role", "table", "column", "token")])

SCHEMAS: Final = {
    "observed_stores": _STORES,
    "observed_columns": _COLUMNS,
    "observed_extremes": _EXTREMES,
    "observed_tokens": _TOKENS,
}
"""Columns of each observed relation."""


def observed(
    engine: Engine, feeds: Sequence[ParsedFeed], readings: Sequence[Reading], texts: Mapping[tuple[int, str], Relation]
) -> dict[str, Relation]:
    """Return the `observed_…` relations; each exists even when there is nothing to observe.

    `texts` holds the distinct card texts by rank of the feed and column.
    """
    return {
        "observed_stores": _loaded(engine, "observed_stores", _STORES, map(_store, feeds, readings)),
        "observed_columns": _loaded(engine, "observed_columns", _COLUMNS, _raw_columns(feeds)),
        "observed_extremes": _loaded(
            engine,
            "observed_extremes",
            _EXTREMES,
            (row for feed, reading in zip(feeds, readings, strict=True) for row in _moments(feed, reading)),
        ),
        "observed_tokens": _tokens(feeds, texts),
    }


def unmapped(feeds: Iterable[ParsedFeed], physical: str) -> tuple[str, ...]:
    """Name the raw columns of a physical table that no feed maps or ignores, in the source's order."""
    sharing = [feed for feed in feeds if feed.raw.physical == physical]
    said = {column for feed in sharing for declared in feed.feed.columns.values() for column in raw_names(declared)}
    said |= {column for feed in sharing for column in feed.feed.ignore}
    return tuple(column for column in sharing[0].raw.columns if column not in said)


def _loaded(engine: Engine, name: str, schema: "pa.Schema", rows: Iterable[Mapping[str, Any]]) -> Relation:
    return engine.load(name, pa.Table.from_pylist(list(rows), schema=schema))


def _store(feed: ParsedFeed, reading: Reading) -> dict[str, Any]:
    return {
        **_place(feed),
        "table": feed.raw.physical,
        "canonical": feed.table.name,
        "card_form": feed.feed.card_form,
        "rows": reading.report.rows_kept,
    }


def _raw_columns(feeds: Sequence[ParsedFeed]) -> Iterable[dict[str, Any]]:
    """One row per raw column, whatever the number of feeds that read its table."""
    first = {feed.raw.physical: feed for feed in reversed(feeds)}
    for physical, feed in sorted(first.items()):
        sharing = [other for other in feeds if other.raw.physical == physical]
        mapped = {
            column: f"{other.table.name}.{name}"
            for other in reversed(sharing)
            for name, read in reversed(list(other.reads.items()))
            for column in read.raw
        }
        ignored = {column for other in sharing for column in other.feed.ignore}
        for column, type_ in feed.raw.types.items():
            yield {
                "table": physical,
                "column": column,
                "type": type_,
                "mapped": mapped.get(column),
                "ignored": column in ignored and column not in mapped,
                **_place(feed),
            }


def _moments(feed: ParsedFeed, reading: Reading) -> Iterable[dict[str, Any]]:
    for extreme in reading.extremes:
        yield {
            "table": feed.raw.physical,
            "column": extreme.raw,
            "canonical": f"{feed.table.name}.{extreme.canonical}",
            **_place(feed),
            "rows": extreme.rows,
            "identified_rows": extreme.identified_rows,
            "oldest": extreme.oldest,
            "newest": extreme.newest,
            "oldest_identified": extreme.oldest_identified,
        }


def _tokens(feeds: Sequence[ParsedFeed], texts: Mapping[tuple[int, str], Relation]) -> Relation:
    found = [
        _tokens_of(feeds[rank], distinct)
        for (rank, name), distinct in texts.items()
        if name == "card" and feeds[rank].feed.card_form == "token" and feeds[rank].reads["card"].raw
    ]
    if not found:
        return ibis.memtable(_TOKENS.empty_table())
    return found[0] if len(found) == 1 else ibis.union(*found)


def _tokens_of(feed: ParsedFeed, distinct: Relation) -> Relation:
    place = {name: ibis.literal(value) for name, value in _place(feed).items()}
    raw = feed.reads["card"].raw[0]
    return distinct.select(**place, table=ibis.literal(feed.raw.physical), column=ibis.literal(raw), token=distinct.text)


def _place(feed: ParsedFeed) -> dict[str, str]:
    return {"store": feed.feed.store, "store_role": feed.feed.role}
