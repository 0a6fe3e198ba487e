"""Raw rows about given persons, for the citizens' desk only: every raw column as text, rejected rows included."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import ibis
import ibis.expr.types as ir

from auditor.engine.base import Engine
from auditor.sources.feeds import ParsedFeed
from auditor.sources.raw import whole

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


def rows_about(engine: Engine, feeds: Sequence[ParsedFeed], table: str, column: str, keys: Sequence[int]) -> list[FeedRows]:
    """Return, for each feed of a canonical table that maps the column, the raw rows holding one of the keys."""
    wanted = [feed for feed in feeds if feed.table.name == table and column in feed.reads]
    whole(feed.raw for feed in wanted)
    return [_rows_of(engine, feed, column, keys) for feed in wanted]


def _rows_of(engine: Engine, feed: ParsedFeed, column: str, keys: Sequence[int]) -> FeedRows:
    raw, read = feed.bench, feed.reads[column]
    matches = _is_one_of(read.value, keys)
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
