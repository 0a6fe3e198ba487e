"""What a source hands over before anything is mapped: raw columns, and the lines that were not even rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

import sqlalchemy as sa

from auditor.engine.base import Relation
from auditor.vocabulary.errors import DeclarationProblem

MAPPING = Path("mapping.yml")
"""Where every declaration of this room is written, as errors name it."""

UNREAD = "Nothing can be said of rows that cannot be read."


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTable:
    """One physical table or file set as it stands."""

    physical: str
    """`source` or `source.table`."""
    relation: Relation
    refused: Mapping[str, int] = field(default_factory=dict)
    """Lines that could not be cut into columns, by reason."""
    in_place: bool = False
    """True when the relation reads the source's own files, column by column (Parquet); false when rows were copied."""
    decimal: str = "."

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the raw columns, in the source's order."""
        return tuple(self.relation.columns)


def closest(name: str, known: Iterable[str]) -> str:
    """Say which existing names a person may have meant."""
    names = sorted(known)
    near = get_close_matches(name, names, n=3, cutoff=0.5) or names[:8]
    return ", ".join(near) if near else "none"


def mapping_problem(what: str, why: str = "", next_step: str = "") -> DeclarationProblem:
    """Build the error of a declaration of mapping.yml that cannot be followed."""
    return DeclarationProblem(what, why or "A table read askew would be judged askew.", next_step, file=MAPPING)


def plain(statement: str) -> sa.TextClause:
    """Return SQL text without parameters: a colon in a column's name stays a colon."""
    return sa.text(statement.replace(":", r"\:"))
