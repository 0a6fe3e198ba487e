"""Open a released file as a stranger would: from its bytes alone, with an engine of its own."""

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from auditor.engine import Engine, Relation
from auditor.vocabulary.errors import SourceProblem

_CHUNK: Final = 1 << 20
_SEPARATORS: Final = (",", ";", "\t")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFile:
    """A file that could be read, and what stood in the way."""

    path: Path
    format: str
    """csv or parquet."""
    columns: tuple[str, ...]
    relation: Relation
    """CSV columns are text; Parquet columns keep their type."""
    rows: int
    separator: str = ","
    refused: Mapping[str, int] = field(default_factory=dict)
    """Lines of the file that could not be read, by reason: they were judged by nobody."""


def digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def open_file(engine: Engine, path: Path) -> OpenedFile:
    """Open a CSV or Parquet file; SourceProblem when it is neither, or not readable whole."""
    if not path.is_file():
        raise SourceProblem(
            f"{path.name} is not there.", "A file that cannot be read cannot be judged.", "Check the path, then run the command again."
        )
    if path.suffix.lower() == ".parquet":
        relation = engine.read_parquet([path])
        return OpenedFile(path=path, format="parquet", columns=tuple(relation.columns), relation=relation, rows=_count(engine, relation))
    header, separator = _header(path)
    options = {
        "delim": separator,
        "quote": '"',
        "escape": '"',
        "header": True,
        "nullstr": "",
        "columns": dict.fromkeys(header, "VARCHAR"),
        "encoding": "utf-8",
    }
    relation, refused = engine.read_csv(path, options)
    return OpenedFile(
        path=path, format="csv", columns=header, relation=relation, rows=_count(engine, relation), separator=separator, refused=refused
    )


def _count(engine: Engine, relation: Relation) -> int:
    return int(engine.rows(relation.aggregate(rows=relation.count()))[0]["rows"])


def _header(path: Path) -> tuple[tuple[str, ...], str]:
    try:
        with path.open("rb") as stream:
            first = stream.readline(_CHUNK).decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise SourceProblem(
            f"{path.name} is not UTF-8 text.", "A file that cannot be read cannot be judged.", "Write it again in UTF-8."
        ) from None
    separator = max(_SEPARATORS, key=first.count)
    header = tuple(next(csv.reader([first], delimiter=separator), []))
    if not any(header) or len({name.lower() for name in header}) < len(header):
        raise SourceProblem(
            f"{path.name} has no usable header line: a column has no name, or two have the same.",
            "Nothing says what the columns hold, so nothing can be said of them.",
            "Give each column its own name on the first line.",
        )
    return header, separator
