"""What a detector is: a coarse shape the engine can filter with, and an exact test of one value with its chance of accident."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from auditor.vocabulary.scanned import SURE, SUSPECT, DetectorName
from auditor.vocabulary.text import Text


class Sign(Enum):
    """What one value is to one detector."""

    OTHER = 0
    """Not of the shape: it says nothing."""
    SHAPED = 1
    """Of the shape, and not the thing: it speaks against."""
    FOUND = 2


OTHER, SHAPED, FOUND = Sign.OTHER, Sign.SHAPED, Sign.FOUND


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """One kind of content."""

    name: DetectorName
    coarse: str
    """RE2 pattern searched in a value, blanks around it taken off: wider than the shape, never narrower. Nothing else leaves the engine."""
    but: str = ""
    """RE2 pattern of values that look like it and are known to be something else; only for a detector without a `test`."""
    test: Callable[[str], Sign] | None = None
    """Exact test of a value; None: the coarse pattern is exact, and the engine counts alone."""
    chance: float
    """Part of the values of the shape that pass although they are something else."""
    said: Text
    """What is recognised, and what the chance rests on, without a final stop."""
    least: int = 1
    """Fewest distinct values that can be certain, whatever the chance says."""
    majority: float = 0.5
    """Least part of the shaped values that must pass to be certain: below it, a regularity of other numbers explains more."""
    suspect: float = SUSPECT
    """Probability of an accident under which the detection is told, to be confirmed."""
    hints: frozenset[str] = frozenset()
    """Words of a column's name that lower the bar of what is told (never of what is certain)."""
    refused_by: frozenset[str] = frozenset()
    """Words of a column's name that ask for a thousand times more evidence."""
    numbers: bool = True
    """Looks at whole-number columns too."""


HINTED: Final = 0.05
"""Probability of an accident under which a detection is told when the column's name points the same way."""
CONTRARY: Final = SURE / 1000
"""Probability asked for when the column's name points elsewhere."""


@dataclass(slots=True)
class Tally:
    """What one detector counted in one column."""

    values: int = 0
    rows: int = 0
    shaped: int = 0
    """Distinct values of the shape, those found included."""
    notes: dict[str, float] = field(default_factory=dict)
    """Figures a later pass may need (never a value)."""

    def add(self, sign: Sign, rows: int) -> None:
        """Count one distinct value and the rows that bear it."""
        if sign is OTHER:
            return
        self.shaped += 1
        if sign is FOUND:
            self.values += 1
            self.rows += rows


Tallies = Mapping[DetectorName, Tally]
