"""A quick pass over a feed left in place that either proves it holds nothing to correct, or says nothing.

Sources written by machines are nearly always clean. Bounds and counts over bare columns then prove it at the price of
one scan; only when they do not is every value looked at one by one (`report`).
"""

import ibis
import ibis.expr.types as ir

from auditor.engine import words
from auditor.engine.base import Engine, Row
from auditor.sources.feeds import ParsedFeed, trusting
from auditor.sources.mapping import Read
from auditor.sources.values import SPAN
from auditor.vocabulary.schema import Kind

_DIRTY = "dirty "


def prove_clean(engine: Engine, feed: ParsedFeed, extremes: dict[str, ir.Value]) -> Row | None:
    """Return the counts of a feed whose rows are all kept as they stand; None when that is not so.

    Args:
        engine: Where the pass runs.
        feed: The feed, read through its bare columns (`bare_of`).
        extremes: What to measure beside, as for any feed.
    """
    rows = feed.relation
    measures: dict[str, ir.Value] = {"rows": rows.count(), **extremes}
    for name, read in feed.reads.items():
        doubt = _doubt(rows[name], read)
        if doubt is not None:
            measures[_DIRTY + name] = doubt
    (counted,) = engine.rows(rows.aggregate(**measures))
    if any(counted[name] for name in measures if name.startswith(_DIRTY)):
        return None
    return {**counted, "kept": counted["rows"]}


def bare_of(feed: ParsedFeed) -> ParsedFeed | None:
    """Return the feed read through its bare columns; None when it was copied or some column needs a conversion."""
    if not feed.in_place or any(read.bare is None for read in feed.reads.values() if read.raw):
        return None
    return trusting(feed, feed.reads, all_kept=False)


def _doubt(value: ir.Value, read: Read) -> ir.Value | None:
    """Say, of a whole bare column, whether something in it would be corrected, dropped or rejected."""
    doubt: ir.Value | None = None
    if read.column.kind in (Kind.TEXT, Kind.CODE) and read.raw:
        doubt = value.count(where=(words.stripped(value) != value) | (value == "")) > 0
    if read.column.kind in (Kind.INSTANT, Kind.DATE):
        low, high = (ibis.literal(day, type=value.type()) for day in SPAN)
        doubt = (value.min() < low) | (value.max() >= high)
    if read.largest is not None:
        doubt = (value.min() < 0) | (value.max() > read.largest)
    if not read.column.required:
        return doubt
    missing = value.isnull().any()
    return missing if doubt is None else missing | doubt.fill_null(False)
