"""What a class of travellers gives away: the ground truth of inference, counted while the warehouse is written."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

LEAST: Final = 11
"""Persons from which a class is no longer singled out by itself."""
GAP: Final = 0.3
"""How much more frequent than among the rows of the table a value must be to be as good as told."""
ORDINARY: Final = -1
"""Stands for a value that reveals nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Classes that give a value away, the persons and the rows in them."""

    classes: int
    cards: int
    rows: int


@dataclass(slots=True)
class Telling:
    """One attribute over the classes of place and hour; a person shows one value of it in a class."""

    _lines: dict[int, int] = field(default_factory=dict)
    _closed: int = 0
    """Classes of the periods closed so far."""
    _cells: list[NDArray[np.int64]] = field(default_factory=list)

    def add(self, classes: NDArray[np.int64], values: NDArray[np.int64], cards: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
        """Take the fine classes of a closed period: the class each belongs to, its value of the attribute, persons and rows."""
        if not len(classes):
            return
        known, place = np.unique(np.stack([classes, values + 1]), axis=1, return_inverse=True)
        place = place.ravel()
        persons, lines = np.bincount(place, weights=cards).astype(np.int64), np.bincount(place, weights=rows).astype(np.int64)
        for value in np.unique(known[1]).tolist():
            self._lines[value - 1] = self._lines.get(value - 1, 0) + int(lines[known[1] == value].sum())
        met, inverse = np.unique(known[0], return_inverse=True)
        of_class = inverse.ravel()
        whole = np.bincount(of_class, weights=persons).astype(np.int64)[of_class]
        large = whole >= LEAST
        self._cells.append(np.stack([known[1][large] - 1, persons[large], whole[large], lines[large], self._closed + of_class[large]]))
        self._closed += len(met)

    def told(self, *, certain: bool, ordinary: bool) -> Told:
        """Return the classes that give the value away for certain, or as good as; `ordinary` leaves the commonest value aside."""
        cells = np.concatenate(self._cells, axis=1) if self._cells else np.empty((5, 0), dtype=np.int64)
        total = sum(self._lines.values())
        overall = {value: count / total for value, count in self._lines.items()} if total else {}
        most = max(overall.values(), default=0.0)
        silent: Sequence[int] = [value for value, share in overall.items() if value == ORDINARY or (ordinary and share == most)]
        inside = cells[1] / np.maximum(cells[2], 1)
        usual = np.array([overall[value] for value in cells[0].tolist()], dtype=np.float64)
        telling = inside >= 1 if certain else (inside < 1) & (inside - usual > GAP)
        chosen = telling & ~np.isin(cells[0], silent)
        return Told(classes=len(np.unique(cells[4][chosen])), cards=int(cells[1][chosen].sum()), rows=int(cells[3][chosen].sum()))
