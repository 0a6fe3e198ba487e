"""Counting what is written while it is written: the ground truth, with none of the rules' code."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from auditor.demo import numbering

_DAY: Final = 86_400


@dataclass(slots=True)
class Tally:
    """Rows, distinct cards and oldest instant of one kind of row."""

    rows: int = 0
    oldest: int | None = None
    """Seconds since 1970, UTC."""
    _seen: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(numbering.SPACE, dtype=np.bool_), repr=False)

    def add(self, sequence: NDArray[np.int64], instants: NDArray[np.int64]) -> None:
        """Count some rows."""
        if not len(sequence):
            return
        self.rows += len(sequence)
        self._seen[sequence] = True
        first = int(instants.min())
        self.oldest = first if self.oldest is None else min(self.oldest, first)

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Tell, by sequence, which cards were met."""
        return self._seen

    @property
    def cards(self) -> int:
        """Distinct cards met."""
        return int(self._seen.sum())


@dataclass(slots=True)
class Tallies:
    """Tallies by name; a name never counted is an empty tally."""

    by_name: dict[str, Tally] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Tally:
        return self.by_name.setdefault(name, Tally())


@dataclass(slots=True)
class Spans:
    """First and last instant of each card, and its rows: how long a token lets one be followed."""

    _first: NDArray[np.int64] = field(default_factory=lambda: np.full(numbering.SPACE, np.iinfo(np.int64).max), repr=False)
    _last: NDArray[np.int64] = field(default_factory=lambda: np.full(numbering.SPACE, np.iinfo(np.int64).min), repr=False)
    _rows: NDArray[np.int32] = field(default_factory=lambda: np.zeros(numbering.SPACE, dtype=np.int32), repr=False)

    def add(self, sequence: NDArray[np.int64], instants: NDArray[np.int64]) -> None:
        """Take some rows; instants are seconds since 1970, UTC."""
        np.minimum.at(self._first, sequence, instants)
        np.maximum.at(self._last, sequence, instants)
        np.add.at(self._rows, sequence, 1)

    def met_on_several_days(self) -> tuple[int, int]:
        """Return how many cards were met on two UTC days or more, and their rows."""
        known = self._rows > 0
        linked = known & (self._last // _DAY > self._first // _DAY)
        return int(linked.sum()), int(self._rows[linked].sum())

    def longer_than(self, seconds: int) -> int:
        """Return how many cards can be followed for longer than that."""
        known = self._rows > 0
        return int((self._last[known] - self._first[known] > seconds).sum())


@dataclass(slots=True)
class ClassCounts:
    """Rows and distinct cards of each class, fed in slices that share no card."""

    keys: list[NDArray[np.int64]] = field(default_factory=list)
    cards: list[NDArray[np.int64]] = field(default_factory=list)
    rows: list[NDArray[np.int64]] = field(default_factory=list)

    def add(self, key: NDArray[np.int64], sequence: NDArray[np.int64]) -> None:
        """Count the rows of one slice; a card may not come back in another slice."""
        pairs, repeats = np.unique(key * numbering.SPACE + sequence, return_counts=True)
        found, start = np.unique(pairs // numbering.SPACE, return_index=True)
        if len(found):
            self.keys.append(found)
            self.cards.append(np.diff(np.append(start, len(pairs))))
            self.rows.append(np.add.reduceat(repeats, start))

    def close(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return each class with its distinct cards and its rows, in order of class, and start again."""
        if not self.keys:
            nothing = np.empty(0, dtype=np.int64)
            return nothing, nothing, nothing
        keys, place = np.unique(np.concatenate(self.keys), return_inverse=True)
        cards, rows = np.zeros(len(keys), dtype=np.int64), np.zeros(len(keys), dtype=np.int64)
        np.add.at(cards, place, np.concatenate(self.cards))
        np.add.at(rows, place, np.concatenate(self.rows))
        self.keys, self.cards, self.rows = [], [], []
        return keys, cards, rows
