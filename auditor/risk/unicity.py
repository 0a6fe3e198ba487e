"""Uniqueness of traces: of the traces of a table, the share that a few known points are enough to tell from all others.

A trace is the set of distinct points of one person or pseudonym; a point is a place and a moment, as coarse as the caller made
them. For each trace drawn, p of its points are drawn without replacement, and every trace of the table that contains them all is
counted: containment, not equality, since an observer who saw p taps knows nothing of the others. One means unique.

The draws are digests of the row's content under a stated seed: the same table and the same seed give the same answer on every
engine. The figure is the share for the points that were drawn, not for the points an observer would choose best; traces too
short to give p points are counted apart, never dropped in silence. The traces of the table are the population: a table that
holds only part of the cards shows more unique traces than the network has.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from math import sqrt
from typing import Final

import ibis
import ibis.expr.types as ir

from auditor.engine.base import Relation, Row

SIZES: Final = (2, 3, 4)
"""Points an observer is taken to know."""
_Z: Final = 1.959964
"""Two-sided 95 % of the normal law."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unicity:
    """How many of the traces drawn are unique for an observer who knows some of their points."""

    points: int
    """Points known."""
    traces: int
    """Traces drawn that have at least that many distinct points: the population of the share."""
    unique: int
    """Those whose drawn points no other trace of the table contains."""
    short: int
    """Traces drawn that have fewer points, and say nothing here."""
    population: int
    """Traces of the whole table; when no more than were asked for, all of them were drawn."""

    @property
    def share(self) -> float:
        """Share of unique traces among those that could be tried; 0 when none could."""
        return self.unique / self.traces if self.traces else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson interval at 95 % of the share, for other draws of the same table."""
        return wilson(self.unique, self.traces)


def unicity(
    ask: Callable[[Relation], list[Row]],
    points: Relation,
    *,
    trace: str,
    by: Sequence[str],
    drawn: int,
    seed: str,
    sizes: Sequence[int] = SIZES,
) -> tuple[Unicity, ...]:
    """Measure the share of unique traces for each number of known points.

    Args:
        ask: Runs a small question.
        points: One row per tap, repeated points allowed. A row without a trace, or without a part of its point, is left aside.
        trace: Column of the person or pseudonym, a whole number.
        by: Columns that make a point (place, moment already truncated): text, whole numbers or instants.
        drawn: Most traces to draw; fewer traces than that are all taken.
        seed: What the draws start from; state it beside the figure.
        sizes: Numbers of points known.
    """
    taps = _points(points, trace, by)
    keys = [name for name in taps.columns if name != "trace"]
    traces = taps.select("trace").distinct()
    chosen = traces.order_by([_digest(seed, traces.trace), traces.trace]).limit(drawn)
    own = taps.semi_join(chosen, "trace").distinct()
    order = ibis.window(group_by="trace", order_by=[_digest(seed, own.trace, *(own[key] for key in keys)), *keys])
    ranked = own.mutate(rank=ibis.row_number().over(order))
    (found,) = ask(_tallied(ranked, _contained(ranked, taps, keys, sizes), sizes))
    (all_traces,) = ask(taps.aggregate(population=taps.trace.nunique()))
    return tuple(
        Unicity(
            points=size,
            traces=found[f"long{size}"] or 0,
            unique=found[f"unique{size}"] or 0,
            short=found[f"short{size}"] or 0,
            population=all_traces["population"],
        )
        for size in sizes
    )


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """Return the Wilson interval at 95 % of a share; the whole range when nothing was tried."""
    if not trials:
        return (0.0, 1.0)
    rate, square = hits / trials, _Z**2 / trials
    centre = (rate + square / 2) / (1 + square)
    half = _Z * sqrt(rate * (1 - rate) / trials + square / (4 * trials)) / (1 + square)
    return (0.0 if not hits else centre - half, 1.0 if hits == trials else centre + half)


def _points(points: Relation, trace: str, by: Sequence[str]) -> Relation:
    parts = {f"p{place}": points[name] for place, name in enumerate(by)}
    whole = {name: value.epoch_seconds().cast("int64") if value.type().is_timestamp() else value for name, value in parts.items()}
    named = points.select(trace=points[trace], **whole)
    return named.filter(*(named[name].notnull() for name in named.columns))


def _contained(ranked: Relation, taps: Relation, keys: Sequence[str], sizes: Sequence[int]) -> Relation:
    """One row per trace drawn: for each size, the traces of the table that contain its first points."""
    picked = ranked.filter(ranked["rank"] < max(sizes)).select("rank", *keys, drawn="trace")
    met = picked.join(taps, list(keys)).select("drawn", "rank", seen="trace").distinct()
    hits = met.group_by(["drawn", "seen"]).agg(**{f"met{size}": (met["rank"] < size).sum() for size in sizes})
    alike = {f"alike{size}": (hits[f"met{size}"] == size).sum() for size in sizes}
    return hits.group_by("drawn").agg(**alike)


def _tallied(ranked: Relation, contained: Relation, sizes: Sequence[int]) -> Relation:
    lengths = ranked.group_by("trace").agg(length=ranked.count())
    each = lengths.join(contained, lengths.trace == contained.drawn)
    measures: dict[str, ir.Scalar] = {}
    for size in sizes:
        enough = each.length >= size
        measures[f"long{size}"] = enough.sum().cast("int64")
        measures[f"short{size}"] = (~enough).sum().cast("int64")
        measures[f"unique{size}"] = (enough & (each[f"alike{size}"] == 1)).sum().cast("int64")
    return each.aggregate(**measures)


def _digest(seed: str, *parts: ir.Value) -> ir.Value:
    texts = [ibis.literal(seed), *(part.cast("string") for part in parts)]
    return _spread(reduce(lambda one, other: one.concat(":", other), texts))


def _named(text: str) -> str:
    return text


_spread: Final[Callable[[ir.Value], ir.Value]] = ibis.udf.scalar.builtin(_named, name="md5", signature=(("string",), "string"))
"""Spreads texts evenly, the same way on every engine; nothing is hidden by it."""
