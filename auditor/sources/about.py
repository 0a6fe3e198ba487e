"""Raw rows about given persons, for the citizens' desk only: every raw column as text, rejected rows included."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import ibis
import ibis.expr.types as ir

from auditor.engine.base import Engine, Relation
from auditor.sources.feeds import ParsedFeed

_EVENT = "moment of the row"
_RAW = "raw "


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRows:
    """The rows of one feed about the persons asked for."""

    physical: str
    store: str
    store_role: str
    card_form: str
    columns: tuple[str, ...]
    """Raw columns, in the source's order."""
    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    """As text; nothing is the empty string. Oldest first."""
    event: tuple[datetime | None, ...] = field(repr=False)
    """For each row, the canonical moment it is about (UTC), when it has one."""


def rows_about(
    engine: Engine, feeds: Sequence[ParsedFeed], table: str, column: str, keys: Sequence[int], numbered: Relation | None
) -> list[FeedRows]:
    """Return, for each feed of a canonical table that maps the column, the raw rows holding one of the keys."""
    wanted = [feed for feed in feeds if feed.table.name == table and column in feed.reads]
    return [_rows_of(engine, feed, column, keys, numbered) for feed in wanted]


def texts_of(engine: Engine, numbered: Relation | None, keys: Sequence[int]) -> list[tuple[str, str]]:
    """Return the (scope, text) of numbered keys."""
    if numbered is None or not any(key < 0 for key in keys):
        return []
    found = engine.rows(numbered.filter(numbered.key.isin([key for key in keys if key < 0])).select("scope", "text"))
    return [(row["scope"], row["text"]) for row in found]


def _rows_of(engine: Engine, feed: ParsedFeed, column: str, keys: Sequence[int], numbered: Relation | None) -> FeedRows:
    raw, read = feed.bench, feed.reads[column]
    texts = [text for scope, text in texts_of(engine, numbered, keys) if scope == read.scope]
    matches = _is_one_of(read.value, [key for key in keys if key >= 0])
    if read.text is not None:
        matches |= _is_one_of(read.text, texts)
    event = feed.event
    moment = event.value.cast("timestamp") if event is not None else ibis.null("timestamp")
    shown = {_RAW + name: raw[name].cast("string").fill_null("") for name in feed.raw.columns}
    asked = raw.filter(matches).select(**shown, **{_EVENT: moment})
    found = engine.rows(asked.order_by(_EVENT, *shown))
    return FeedRows(
        physical=feed.raw.physical,
        store=feed.feed.store,
        store_role=feed.feed.role,
        card_form=feed.feed.card_form,
        columns=feed.raw.columns,
        rows=tuple(tuple(row[name] for name in shown) for row in found),
        event=tuple(_moment(row[_EVENT]) for row in found),
    )


def _is_one_of(value: ir.Value, wanted: Sequence[Any]) -> ir.BooleanValue:
    return value.isin(wanted) if wanted else ibis.literal(False)


def _moment(value: date | datetime | None) -> datetime | None:
    return value if isinstance(value, datetime) else None
