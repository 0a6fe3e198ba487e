"""What a source hands over before anything is mapped: raw columns, and the lines that were not even rows."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

import pyarrow as pa
import sqlalchemy as sa

from auditor.engine.base import Relation
from auditor.vocabulary.errors import CouldNotCheck, DeclarationProblem

MAPPING = Path("mapping.yml")
"""Where every declaration of this room is written, as errors name it."""

UNREAD = "Nothing can be said of rows that cannot be read."

ColumnRead = tuple[str, str, "pa.DataType"]
"""Name, SQL expression and Arrow type of one column to copy from a database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTable:
    """One physical table or file set as it stands."""

    physical: str
    """`source` or `source.table`."""
    relation: Relation
    refused: Mapping[str, int] = field(default_factory=dict)
    """Lines that could not be cut into columns, by reason."""
    passed_over: Mapping[str, int] = field(default_factory=dict)
    """Lines that are not rows of any table (a database's log holds more than its audit), by reason."""
    in_place: bool = False
    """True when the relation reads the source's own files, column by column (Parquet); false when rows were copied."""
    decimal: str = "."
    declared: Mapping[str, str] = field(default_factory=dict)
    """Every column of a server's table and its type; those that were not asked for stayed there."""
    fetch: "Callable[[], Relation] | None" = None
    """Copies the whole table; None when it already is, or stands in place."""

    @property
    def types(self) -> Mapping[str, str]:
        """Raw columns and their types, in the source's order, copied or not."""
        return self.declared or {name: str(type_) for name, type_ in self.relation.schema().items()}

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the raw columns, in the source's order, copied or not."""
        return tuple(self.declared) or tuple(self.relation.columns)

    @property
    def partial(self) -> bool:
        """Whether some columns were not copied: what is asked of the whole row cannot be answered."""
        return len(self.columns) > len(self.relation.columns)

    @property
    def contents(self) -> Relation:
        """Every raw column, fetched from the server where some had stayed; SourceProblem when it no longer gives them."""
        return self.fetch() if self.partial and self.fetch is not None else self.relation


class Contents(Mapping[str, Relation]):
    """Raw columns of each physical table, by name. Asking for a table fetches what had stayed on its server."""

    def __init__(self, tables: Iterable[RawTable]) -> None:
        self._tables = {table.physical: table for table in tables}

    def __getitem__(self, physical: str) -> Relation:
        return self._tables[physical].contents

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)


def whole(tables: Iterable[RawTable]) -> None:
    """Refuse to answer from tables some columns of which stayed on their server: what is missing would look absent."""
    for table in tables:
        if table.partial:
            raise CouldNotCheck(
                f"Source {table.physical} was read through its mapped columns only.",
                "What the others hold would pass for absent.",
                "Open the network with every column.",
            )


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
