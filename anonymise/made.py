"""What a maker of releases hands on: rows that may leave, and how they were made."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from auditor.engine.base import Relation

UNIT = "unit"
"""Column that stands for the person, before (opaque) and after (a random ordinal) the making. It is never released."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Rows ready to be staged. Nothing here has been verified: the verifier reads the staged file, not this."""

    relation: Relation
    """Released columns in the plan's order, then `unit`: a random ordinal of the person, for the witness alone."""
    levels: Mapping[str, str]
    """Level chosen for each released column."""
    rows_in: int
    rows_out: int
    rows_suppressed: int
    units_in: int
    """Distinct persons before anything was removed."""
    units_losing_rows: int
    """Distinct persons who lost at least one row."""
    search: Mapping[str, str | int | float] = field(default_factory=dict)
    """How the levels were found: nodes, nodes_checked, score, bound, optimal (`yes` when the score is proven least)…"""
