"""What every engine offers to the packages above: relations in, small results out.

A `Relation` is an Ibis table expression: nothing runs until an engine is asked.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ibis.expr.types import Table as Relation

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Engine", "Relation", "Row"]

Row = dict[str, Any]


class Engine(Protocol):
    """A home for questions. DuckDB is the embedded one; PostgreSQL and Spark answer the same expressions."""

    @property
    def name(self) -> str:
        """Engine and version, as printed in receipts (`DuckDB 2.0.0`)."""
        ...

    def rows(self, relation: Relation) -> list[Row]:
        """Return a small result as dictionaries, in the relation's order. Never call it on a table of people."""
        ...

    def arrow(self, relation: Relation) -> "pa.Table":
        """Return a result as an Arrow table."""
        ...

    def batches(self, relation: Relation, size: int = 100_000) -> "Iterator[pa.RecordBatch]":
        """Stream a result in batches of about `size` rows, in bounded memory. Exhaust it, or let it go, before the next question."""
        ...

    def load(self, name: str, data: "pa.Table | pa.RecordBatchReader") -> Relation:
        """Copy Arrow data into the engine's own (temporary) storage."""
        ...

    def keep(self, name: str, relation: Relation, *, as_written: bool = False) -> Relation:
        """Compute a relation once and keep it for the rest of the run.

        With `as_written`, joins look rows of the left side up in the right one, however large the engine believes them.
        """
        ...

    def read_parquet(self, paths: Sequence[Path]) -> Relation:
        """Read Parquet files as they stand (columns not asked for are not read)."""
        ...

    def read_csv(self, path: Path | Sequence[Path], options: Mapping[str, Any]) -> tuple[Relation, Mapping[str, int]]:
        """Read UTF-8 delimited files of one header, every column as text; return it with the lines refused, by reason."""
        ...

    def write_parquet(self, relation: Relation, path: Path) -> None:
        """Write a relation as one Parquet file (fresh columns, no source metadata)."""
        ...

    def close(self) -> None:
        """Release memory and remove every temporary file."""
        ...
