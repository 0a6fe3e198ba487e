"""The search of the best full-domain generalisation, on whole numbers.

Rows reach this module once, grouped by the engine at the finest node: one entry per (finest class, person, sensitive
values) with its number of rows, every label a code. Every coarser node is then a roll-up of these codes in numpy: no
other pass through the engine is made, and a property test holds the encoded answer equal to the plain `GROUP BY`.

The answer is a certified optimum. Loss without suppression depends on each column alone, is known for every node before
any is counted, and never decreases towards coarser nodes: nodes are taken in its order until it exceeds the best loss
found. Coarser classes are unions of finer ones, so persons of a class, its distinct sensitive values and the set of
persons spared never decrease either: a node that cannot be released rules out every finer node.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Final

import numpy as np
import numpy.typing as npt

from auditor.vocabulary.errors import CouldNotCheck

Codes = npt.NDArray[np.int32]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Node = tuple[int, ...]

MAX_NODES: Final = 200_000
_DIGITS: Final = 12
"""Losses equal to twelve decimals are equal: the order of additions must not choose between nodes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """Rows grouped at the finest node. Arrays of one length, the number of entries; 32 bits, since they may be millions."""

    codes: tuple[Codes, ...]
    """Finest code of each column, 0 upward."""
    sensitive: tuple[Codes, ...] = ()
    """Code of each sensitive column."""
    unit: Codes
    """Person, 0 upward; -1 for a row that names nobody."""
    rows: Codes
    ladders: tuple[tuple[Codes, ...], ...]
    """For each column and level, the code that holds each finest code; level 0 is the identity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What every remaining class must hold, and what may be lost for it."""

    k: int
    distinct: int = 1
    limit: float = 0.05
    """Largest share of the persons that may lose a row."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Score:
    """Order of preference: least loss, then least discernibility, then greatest precision, then the finest first columns."""

    loss: float
    """Geometric mean over columns of (1 + loss), less 1. A column's loss is the mean share of its domain that a row's
    label hides (a suppressed row hides all of it), from 0 (nothing) to 1 (everything). ARX's default metric."""
    discernibility: int
    """Sum over rows of the rows each is lost among."""
    imprecision: float
    """Mean share of the hierarchies climbed."""
    node: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One node, counted."""

    score: Score
    rows_suppressed: int
    units_losing_rows: int
    classes: int
    classes_suppressed: int
    releasable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The end of a search."""

    best: Counted | None
    """None when no node can be released."""
    coarsest: Counted
    """The last node, the one that loses the fewest persons."""
    nodes: int
    nodes_checked: int


@dataclass(frozen=True, kw_only=True)
class Lattice:
    """Every node over the entries: counts one when asked."""

    entries: Entries
    demand: Demand
    _seen: dict[Node, Counted] = field(default_factory=dict, repr=False)

    @property
    def tops(self) -> Node:
        """Return the coarsest node."""
        return tuple(len(ladder) - 1 for ladder in self.entries.ladders)

    @property
    def checked(self) -> int:
        """Return how many nodes were counted so far."""
        return len(self._seen)

    @cached_property
    def rows(self) -> int:
        """Return the rows of the table."""
        return int(self.entries.rows.sum())

    @cached_property
    def units(self) -> int:
        """Return the distinct persons of the table."""
        return len(np.unique(self.entries.unit[self.entries.unit >= 0]))

    @cached_property
    def _width(self) -> int:
        return int(self.entries.unit.max(initial=-1)) + 1

    @cached_property
    def _finest(self) -> tuple[Ints, tuple[Codes, ...]]:
        """Return the finest class of each entry, and the codes of each finest class."""
        of_entry, size = _compress(self.entries.codes, len(self.entries.rows))
        first = np.zeros(size, dtype=np.int64)
        first[of_entry] = np.arange(len(of_entry))
        return of_entry, tuple(codes[first] for codes in self.entries.codes)

    @cached_property
    def _finest_rows(self) -> Ints:
        return _sums(self._finest[0], self.entries.rows, len(self._finest[1][0]) if self._finest[1] else 1)

    @cached_property
    def _finest_units(self) -> Ints:
        return self._persons(self._finest[0], len(self._finest_rows), None)

    @cached_property
    def _finest_values(self) -> list[tuple[Ints, Ints, int]]:
        """Return, for each sensitive column, the distinct (finest class, value) pairs and the number of codes."""
        found = []
        for values in self.entries.sensitive:
            width = int(values.max(initial=-1)) + 1
            pairs = np.unique(self._finest[0] * width + values)
            found.append((pairs // width, pairs % width, width))
        return found

    @cached_property
    def _column_losses(self) -> list[list[tuple[Floats, float]]]:
        """Return, for each column and level, the share hidden by each finest code and the share at level 0."""
        return [list(_shares(ladder)) for ladder in self.entries.ladders]

    def bound(self, node: Node) -> float:
        """Return the loss of a node if nothing were suppressed: no count of this node can be under it."""
        return self._loss(node, self._weights, 0)

    def count(self, node: Node) -> Counted:
        """Count a node: who is in each class, what must be removed, what is lost."""
        if node not in self._seen:
            self._seen[node] = self._count(node)
        return self._seen[node]

    def persons(self, node: Node) -> Ints:
        """Return the distinct persons of every class of a node."""
        of_finest, size = self._classes(node)
        return self._persons(of_finest[self._finest[0]], size, None)

    def _count(self, node: Node) -> Counted:
        of_finest, size = self._classes(node)
        class_rows = _sums(of_finest, self._finest_rows, size)
        of_entry = of_finest[self._finest[0]]
        kept = self._large(of_finest, of_entry, size) & self._diverse(of_finest, size)
        kept_rows = int(class_rows[kept].sum())
        losing = np.zeros(self._width + 1, dtype=np.bool_)
        losing[self.entries.unit[~kept[of_entry]]] = True
        lost = int(losing[: self._width].sum())
        suppressed = self.rows - kept_rows
        score = Score(
            loss=round(self._loss(node, self._marginals(kept[of_finest]), suppressed), _DIGITS),
            discernibility=int(np.square(class_rows[kept]).sum()) + suppressed * self.rows,
            imprecision=round(_imprecision(node, self.tops), _DIGITS),
            node=node,
        )
        fits = kept_rows > 0 and lost <= self.demand.limit * self.units + 1e-9
        return Counted(
            score=score,
            rows_suppressed=suppressed,
            units_losing_rows=lost,
            classes=size,
            classes_suppressed=size - int(kept.sum()),
            releasable=fits,
        )

    def _classes(self, node: Node) -> tuple[Ints, int]:
        climbed = [ladder[level][codes] for ladder, level, codes in zip(self.entries.ladders, node, self._finest[1], strict=True)]
        return _compress(climbed, len(self._finest_rows))

    def _large(self, of_finest: Ints, of_entry: Ints, size: int) -> Flags:
        """Say which classes hold k persons. A class holds at least what its largest part holds, at most their sum."""
        least = np.zeros(size, dtype=np.int64)
        np.maximum.at(least, of_finest, self._finest_units)
        most = _sums(of_finest, self._finest_units, size)
        doubtful = (least < self.demand.k) & (most >= self.demand.k)
        large = least >= self.demand.k
        if doubtful.any():
            large |= doubtful & (self._persons(of_entry, size, doubtful) >= self.demand.k)
        return large

    def _diverse(self, of_finest: Ints, size: int) -> Flags:
        diverse = np.ones(size, dtype=np.bool_)
        if self.demand.distinct > 1:
            for classes, values, width in self._finest_values:
                pairs = np.unique(of_finest[classes] * width + values)
                diverse &= np.bincount(pairs // width, minlength=size) >= self.demand.distinct
        return diverse

    def _persons(self, of_entry: Ints, size: int, within: Flags | None) -> Ints:
        told = self.entries.unit >= 0 if within is None else (self.entries.unit >= 0) & within[of_entry]
        pairs = np.unique(of_entry[told] * self._width + self.entries.unit[told])
        return np.bincount(pairs // max(self._width, 1), minlength=size).astype(np.int64)

    @cached_property
    def _weights(self) -> list[Floats]:
        return self._marginals(np.ones(len(self._finest_rows), dtype=np.bool_))

    def _marginals(self, kept: Flags) -> list[Floats]:
        """Return, for each column, the rows kept under each finest code."""
        rows = np.where(kept, self._finest_rows, 0)
        pairs = zip(self._finest[1], self.entries.ladders, strict=True)
        return [np.bincount(codes, weights=rows, minlength=len(ladder[0])).astype(np.float64) for codes, ladder in pairs]

    def _loss(self, node: Node, weights: Sequence[Floats], suppressed: int) -> float:
        grown, rows = 1.0, max(self.rows, 1)
        for kept, levels, level in zip(weights, self._column_losses, node, strict=True):
            shares, least = levels[level]
            mean = (float((shares * kept).sum()) + suppressed) / rows
            # A column with a single value hides nothing by itself: only its suppressed rows are lost.
            grown *= 1.0 + (max(mean - least, 0.0) / (1.0 - least) if least < 1.0 else suppressed / rows)
        return float(grown ** (1.0 / len(node)) - 1.0) if node else suppressed / rows


def search(entries: Entries, demand: Demand) -> Found:
    """Find the node of least score among those that can be released; proven, and the same at every run.

    Raises:
        CouldNotCheck: the plan spans more than `MAX_NODES` nodes.
    """
    lattice = Lattice(entries=entries, demand=demand)
    shape = tuple(top + 1 for top in lattice.tops)
    if prod(shape) > MAX_NODES:
        raise CouldNotCheck(
            f"The release plan spans {prod(shape)} combinations of levels, more than {MAX_NODES}.",
            "The best one could not be proven in reasonable time.",
            "Narrow `finest` and `coarsest` of some columns in the release plan.",
        )
    ruled_out = np.zeros(shape, dtype=np.bool_)
    best: Counted | None = None
    coarsest = lattice.count(lattice.tops)
    if not coarsest.releasable:
        return Found(best=None, coarsest=coarsest, nodes=prod(shape), nodes_checked=lattice.checked)
    for bound, node in sorted((round(lattice.bound(node), _DIGITS), node) for node in _nodes(shape)):
        if best is not None and bound > best.score.loss:
            break
        if ruled_out[node]:
            continue
        counted = lattice.count(node)
        if counted.releasable:
            best = counted if best is None or counted.score < best.score else best
        else:
            _rule_out(lattice, node, ruled_out)
    return Found(best=best, coarsest=coarsest, nodes=prod(shape), nodes_checked=lattice.checked)


def _rule_out(lattice: Lattice, node: Node, ruled_out: Flags) -> None:
    """Find, by halving, the coarsest node that fails on one path up from a failing one; nothing finer can be released."""
    path = list(_path(node, lattice.tops))
    fails, fits = 0, len(path) - 1
    while fits - fails > 1:
        middle = (fails + fits) // 2
        if lattice.count(path[middle]).releasable:
            fits = middle
        else:
            fails = middle
    ruled_out[tuple(slice(level + 1) for level in path[fails])] = True


def _path(node: Node, tops: Node) -> Iterator[Node]:
    """Climb one level at a time, the column that has climbed the smallest share of its hierarchy first."""
    yield node
    while node != tops:
        open_columns = [place for place, top in enumerate(tops) if node[place] < top]
        chosen = min(open_columns, key=lambda place: (node[place] / tops[place], place))
        node = tuple(level + (place == chosen) for place, level in enumerate(node))
        yield node


def _nodes(shape: Sequence[int]) -> Iterator[Node]:
    return (tuple(int(level) for level in node) for node in np.ndindex(*shape))


def _shares(ladder: Sequence[Codes]) -> Iterator[tuple[Floats, float]]:
    domain = len(ladder[0])
    for codes in ladder:
        yield np.bincount(codes)[codes] / max(domain, 1), 1.0 / max(domain, 1)


def _imprecision(node: Node, tops: Node) -> float:
    climbed = [level / top for level, top in zip(node, tops, strict=True) if top]
    return sum(climbed) / len(climbed) if climbed else 0.0


def _sums(groups: Ints, weights: Ints | Codes, size: int) -> Ints:
    # bincount adds in double precision: exact up to 2**53 rows.
    return np.bincount(groups, weights=weights, minlength=size).astype(np.int64)


def _compress(columns: Sequence[Codes], length: int) -> tuple[Ints, int]:
    """Number the distinct tuples of several columns of codes; return each row's number and how many there are."""
    numbers, size = np.zeros(length, dtype=np.int64), min(length, 1)
    for codes in columns:
        width = int(codes.max(initial=0)) + 1
        distinct, numbers = np.unique(numbers * width + codes, return_inverse=True)
        size = len(distinct)
    return numbers, size
