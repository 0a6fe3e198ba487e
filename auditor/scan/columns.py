"""One raw column as distinct values with their counts, kept inside the engine, and what each may be at first sight.

Only a value that the coarse pattern of some detector matches ever leaves the engine; a detector whose pattern is exact is
counted without a value leaving it at all.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from operator import or_
from typing import Any, Final, Literal

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from auditor.engine import words
from auditor.engine.base import Engine, Relation
from auditor.engine.calls import call
from auditor.scan.detectors import Detector

Kind = Literal["text", "whole", "real", "moment"]

SHAPES: Final[Mapping[str, str]] = {
    "day": r"^([0-9]{4}-[0-9]{2}-[0-9]{2}( 00:00:00([.]0+)?)?|[0-9]{2}[/-][0-9]{2}[/-][0-9]{4})$",
    "decimal": r"^-?[0-9]{1,3}[.,][0-9]{4,}$",
    "code-3": r"^[0-9]{3}$",
    "code-4": r"^[0-9]{4}$",
    "whole": r"^[0-9]{1,18}$",
    "digit": "[0-9]",
}
"""Shapes that measures of a whole column start from: a measure is asked only when enough of the values have its shape."""
LONGEST: Final = 4_000
"""Characters of a value that are looked at; a longer text is counted whole and read in part."""
_GRAIN: Final = 1 << 20
_VALUES: Final = "scan_values"
_CELLS: Final = 5_000_000
"""Rows times columns that are grouped at once: beyond, the columns of a table are taken in slices, to bound memory."""
_FEWEST_DECIMALS: Final = 4
"""Decimals of the shape « decimal », below which a real is no position."""
LIFETIMES: Final = 40
"""Years over which days are spread when they are those of births."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One raw column, ready to be counted."""

    name: str
    kind: Kind
    rank: int
    """Which values of the slice are this column's."""
    slice_of: Relation
    """(rank, value, rows, mask): the distinct values of every column of the slice."""
    distinct: int
    rows: int
    """Rows that are not empty, among those of the values kept."""
    kept: float
    """Share of the distinct values that was kept."""
    masks: Mapping[int, tuple[int, int]]
    """Distinct values and rows, by mask."""
    lengths: tuple[int, int]
    """Fewest and most characters of a value."""
    first_shape: int
    """Bit of the first of `SHAPES` in a mask."""

    @property
    def values(self) -> Relation:
        """(value, rows, mask): distinct values as text, the rows that bear each, and the detectors whose pattern matches."""
        return self.slice_of.filter(self.slice_of["rank"] == self.rank).select("value", "rows", "mask")

    @property
    def sampled(self) -> bool:
        """Only some of the values were kept."""
        return self.kept < 1

    def shaped(self, shape: str) -> tuple[int, int]:
        """Return the distinct values of a shape, and their rows."""
        bit = self.bit(shape)
        found = [counted for mask, counted in self.masks.items() if mask & bit]
        return sum(values for values, _ in found), sum(rows for _, rows in found)

    def bit(self, shape: str) -> int:
        """Return the bit of a shape in a mask."""
        return 1 << (self.first_shape + list(SHAPES).index(shape))


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What one pass over a table says before any column is grouped."""

    rows: int
    shares: Mapping[str, float]
    """By column that may hold something, the share of its distinct values to keep."""


def kind_of(type_: dt.DataType) -> Kind | None:
    """Say how a column of this type is looked at; None when nothing here can read it."""
    if type_.is_string() or type_.is_nested() or type_.is_json() or type_.is_uuid() or type_.is_inet():
        return "text"
    if type_.is_integer():
        return "whole"
    if type_.is_floating() or type_.is_decimal():
        return "real"
    return "moment" if type_.is_date() or type_.is_timestamp() else None


def survey(engine: Engine, table: Relation, sample: int | None, shortest: int) -> Survey:
    """Count the rows of a table, and leave out the columns whose type and range can hold nothing of what is looked for.

    A column of moments is asked for births only, which are spread over `LIFETIMES` years at least. A column of reals is asked
    for positions, four decimals or more, and for numbers of `shortest` digits at least; zero leaves no real out.
    """
    kinds = {name: kind for name, type_ in table.schema().items() if (kind := kind_of(type_)) is not None}
    asked: dict[str, ir.Value] = {"rows": table.count()}
    for rank, (name, kind) in enumerate(kinds.items()):
        if kind == "moment":
            asked[f"may{rank}"] = table[name].max().year() - table[name].min().year() >= LIFETIMES
        elif kind == "real" and shortest:
            asked[f"may{rank}"] = _may_hold(table[name], shortest).any()
        if sample is not None:
            asked[f"n{rank}"] = table[name].approx_nunique()
    (counted,) = engine.rows(table.aggregate(**asked))
    shares: dict[str, float] = {}
    for rank, name in enumerate(kinds):
        # An unknown answer (moments without end, a column of nothing) leaves the column in.
        if counted.get(f"may{rank}") is not False:
            shares[name] = 1.0 if sample is None else min(1.0, sample / max(1, int(counted[f"n{rank}"] or 0)))
    return Survey(rows=int(counted["rows"]), shares=shares)


def _may_hold(column: ir.Value, shortest: int) -> ir.BooleanValue:
    return (column.abs() >= 10 ** (shortest - 1)) | (column != column.round(_FEWEST_DECIMALS - 1))


def look(engine: Engine, table: Relation, surveyed: Survey, detectors: Sequence[Detector]) -> Iterator[list[Looked]]:
    """Group the columns of a table by value, keep the given shares of the values, and match the coarse patterns once.

    Yields slices of columns, each read in one pass; a slice is gone when the next one comes. A table of few cells is one slice.
    """
    names = sorted(surveyed.shares, key=lambda name: kind_of(table[name].type()) != "text")
    width = max(1, _CELLS // max(1, surveyed.rows))
    for start in range(0, len(names), width):
        yield _slice(engine, table, {name: surveyed.shares[name] for name in names[start : start + width]}, detectors)


def _slice(engine: Engine, table: Relation, shares: Mapping[str, float], detectors: Sequence[Detector]) -> list[Looked]:
    """Look at some columns, those of text first."""
    kinds: list[Kind] = [kind_of(table[name].type()) or "text" for name in shares]
    texts = kinds.count("text")
    written = table.select(**{f"v{rank}": _written(table[name], kind) for rank, (name, kind) in enumerate(zip(shares, kinds, strict=True))})
    cells = [ibis.struct({"rank": rank, "value": _drawn(written[f"v{rank}"], share)}) for rank, share in enumerate(shares.values())]
    each = written.select(cell=ibis.array(cells).unnest())
    listed = each.select(rank=each.cell["rank"].cast("int64"), value=each.cell["value"])
    held = listed.filter(listed.value.notnull(), listed.value != "")
    grouped = held.group_by(["rank", "value"]).agg(rows=held.count())
    kept = engine.keep(_VALUES, grouped.mutate(mask=_masked(grouped, detectors, texts=texts, numbers=len(kinds) - texts)))
    length = kept.value.length()
    totals = {"values": kept.count(), "held": kept.rows.sum().cast("int64"), "low": length.min(), "high": length.max()}
    masks: list[dict[int, tuple[int, int]]] = [{} for _ in kinds]
    lengths: list[list[int]] = [[] for _ in kinds]
    for row in engine.rows(kept.group_by(["rank", "mask"]).agg(**totals)):
        masks[int(row["rank"])][int(row["mask"])] = int(row["values"]), int(row["held"])
        lengths[int(row["rank"])] += [int(row["low"]), int(row["high"])]
    return [
        Looked(
            name=name,
            kind=kind,
            rank=rank,
            slice_of=kept,
            distinct=sum(values for values, _ in masks[rank].values()),
            rows=sum(rows for _, rows in masks[rank].values()),
            kept=share,
            masks=masks[rank],
            lengths=(min(lengths[rank], default=0), max(lengths[rank], default=0)),
            first_shape=len(detectors),
        )
        for rank, ((name, share), kind) in enumerate(zip(shares.items(), kinds, strict=True))
    ]


def _drawn(value: ir.StringValue, share: float) -> ir.StringValue:
    if share >= 1:
        return value
    # The same values are kept at each run, whatever their order: the choice is made on the value itself.
    return ibis.ifelse((value.hash() & (_GRAIN - 1)) < int(_GRAIN * share), value, ibis.null("string"))


def candidates(engine: Engine, looked: Sequence[Looked], bits: int) -> Iterator[tuple[int, str, int, int]]:
    """Stream (rank, value, rows, mask) of the values of a slice that some detector of `bits` must test."""
    ranks = [one.rank for one in looked if any(mask & bits for mask in one.masks)]
    if not ranks:
        return
    kept = looked[0].slice_of
    wanted = kept.filter((kept.mask & bits) != 0, kept["rank"].isin(ranks))
    for batch in engine.batches(wanted.select("rank", value=wanted.value.left(LONGEST), rows=wanted.rows, mask=wanted.mask)):
        columns: list[list[Any]] = [column.to_pylist() for column in batch.columns]
        yield from zip(*columns, strict=True)


def words_of_name(name: str) -> frozenset[str]:
    """Return the words of a column's name, folded: `dateNaissance` and `DATE_NAISSANCE` both say naissance."""
    parted = re.sub(r"(?<=[a-zà-ÿ0-9])(?=[A-Z])", " ", name)
    plain = "".join(c for c in unicodedata.normalize("NFKD", parted.casefold()) if not unicodedata.combining(c))
    return frozenset(word for word in re.split(r"[^a-z0-9]+", plain) if word)


def _written(column: ir.Value, kind: Kind) -> ir.StringValue:
    if kind == "text":
        return words.stripped(column if column.type().is_string() else column.cast("string"))
    if kind == "real":
        # A data frame turns whole numbers that may be missing into decimals: 2500000017.0 is 2500000017.
        whole = (column == column.floor()) & (column.abs() < 2**53)
        return ibis.ifelse(whole, ibis.ifelse(whole, column, ibis.null(column.type())).cast("int64").cast("string"), column.cast("string"))
    return column.cast("string")


def _masked(grouped: Relation, detectors: Sequence[Detector], *, texts: int, numbers: int) -> Any:
    """Match every coarse pattern: those of numbers in each column, the others in the `texts` first ones."""
    ranked = [(rank, one.numbers, (rank, one.coarse, one.but)) for rank, one in enumerate(detectors)]
    shapes = [(len(detectors) + rank, shape, "") for rank, shape in enumerate(SHAPES.values())]
    everywhere = _masker([*(pattern for _, in_numbers, pattern in ranked if in_numbers), *shapes])(grouped.value)
    if not texts:
        return everywhere
    in_texts = _masker([pattern for _, in_numbers, pattern in ranked if not in_numbers])(grouped.value)
    if not numbers:
        return everywhere | in_texts
    return everywhere | ibis.ifelse(grouped["rank"] < texts, in_texts, ibis.literal(0, type="int64"))


def _masker(patterns: Sequence[tuple[int, str, str]]) -> Callable[[ir.Value], Any]:
    """Return the call that matches some patterns at once: written out, it would be compiled again for each table."""
    name = f"scan_mask_{sha256(repr(patterns).encode()).hexdigest()[:12]}"
    return call(name, "string", "int64", lambda value: _mask(value, patterns))


def _mask(value: ir.StringValue, patterns: Sequence[tuple[int, str, str]]) -> ir.IntegerValue:
    read, none = value.left(LONGEST), ibis.literal(0, type="int64")
    bits = [ibis.ifelse(_matches(read, coarse, but), ibis.literal(1 << rank, type="int64"), none) for rank, coarse, but in patterns]
    return reduce(or_, bits, none)


def _matches(value: ir.StringValue, coarse: str, but: str) -> ir.BooleanValue:
    found = value.re_search(coarse)
    return found & ~value.re_search(but) if but else found
