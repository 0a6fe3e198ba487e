"""Finding the files of a source: one file, a folder or a glob, all of one format."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from auditor.engine.base import Engine
from auditor.sources.raw import UNREAD, RawTable, mapping_problem
from auditor.vocabulary.errors import SourceProblem
from auditor.vocabulary.network import NetworkPlace, Source

Format = Literal["parquet", "csv", "pgaudit"]

COMPRESSED: Final = (".gz", ".bz2", ".xz")
_FORMATS: Final[dict[str, Format]] = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
}


@dataclass(frozen=True, slots=True)
class Located:
    """The files of one source, in a fixed order."""

    paths: tuple[Path, ...]
    format: Format


def locate(place: NetworkPlace, name: str, source: Source) -> Located:
    """Return the files of a path source; SourceProblem when there is none, or one is empty or closed to this account."""
    paths = _paths(place, name, source.path or "")
    located = Located(paths, _format(name, source, paths))
    for path in paths:
        # A server that rotates its log by the hour leaves empty files on quiet nights.
        _check_readable(name, path, may_be_empty=located.format == "pgaudit" and len(paths) > 1)
    return located


def read_parquet(engine: Engine, name: str, located: Located) -> RawTable:
    """Open Parquet files where they stand: nothing is copied, and only the columns a question asks for are read."""
    return RawTable(physical=name, relation=engine.read_parquet(located.paths), in_place=True)


def _paths(place: NetworkPlace, name: str, declared: str) -> tuple[Path, ...]:
    if any(mark in declared for mark in "*?["):
        root = Path(declared).anchor
        found = Path(root or place.folder).glob(declared.removeprefix(root))
        paths = sorted({path.resolve() for path in found if path.is_file()})
    else:
        whole = place.resolve(declared)
        paths = sorted(_visible(whole)) if whole.is_dir() else [whole] if whole.exists() else []
    if not paths:
        raise SourceProblem(
            f"Source {name}: no file at {declared}.",
            UNREAD,
            "Check the path in mapping.yml (relative to the network folder), or declare the source « optional: true ».",
        )
    return tuple(paths)


def _visible(folder: Path) -> list[Path]:
    hidden = (".", "_")
    return [
        path for path in folder.rglob("*") if path.is_file() and not any(part.startswith(hidden) for part in path.relative_to(folder).parts)
    ]


def _format(name: str, source: Source, paths: tuple[Path, ...]) -> Format:
    if source.format != "auto":
        return source.format
    formats = {_format_of(path) for path in paths}
    if len(formats) == 1 and (only := formats.pop()) is not None:
        return only
    odd = next((path.name for path in paths if _format_of(path) is None), None)
    what = f"neither Parquet nor delimited text ({odd})" if odd else "both Parquet and delimited text"
    raise mapping_problem(
        f"source {name} holds files that are {what}.",
        "A file left aside would be a copy of the data that nobody audits.",
        "Give the source a glob (« path: data/*.csv ») or say « format: csv » or « format: parquet ».",
    )


def _format_of(path: Path) -> Format | None:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in COMPRESSED:
        suffixes.pop()
    return _FORMATS.get(suffixes[-1]) if suffixes else None


def _check_readable(name: str, path: Path, *, may_be_empty: bool) -> None:
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as error:
        raise SourceProblem(
            f"Source {name}: {path.name} cannot be opened ({type(error).__name__}).", UNREAD, "Give this account the right to read it."
        ) from None
    if empty and not may_be_empty:
        raise SourceProblem(
            f"Source {name}: {path.name} is empty.",
            "An empty file is more often a failed export than a table without rows.",
            "Export it again (a table without rows still has its header), or remove the file.",
        )
