"""Delimited text: any encoding, compression, separator and header, copied into the run with every column as text.

A file that is already UTF-8 is read where it stands; any other goes through a private temporary file (0600), removed
as soon as the rows are in. Lines that cannot be cut into the header's columns are counted by reason.
"""

import bz2
import codecs
import csv
import gzip
import io
import lzma
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import ibis

from auditor.engine.base import Engine, Relation
from auditor.engine.private import PrivateFolder
from auditor.sources.files import Located
from auditor.sources.raw import UNREAD, RawTable, mapping_problem
from auditor.vocabulary.errors import SourceProblem
from auditor.vocabulary.network import CsvDialect

_UTF8: Final = ("utf-8", "utf-8-sig", "ascii")
_CHUNK: Final = 1 << 20
_BROKEN_ENCODING: Final = ("INVALID ENCODING", "INVALID UNICODE")
_REASONS: Final[Mapping[str, str]] = {
    "TOO MANY COLUMNS": "line with too many columns",
    "MISSING COLUMNS": "line with too few columns",
    "UNQUOTED VALUE": "line with a stray quote",
    "LINE SIZE OVER MAXIMUM": "line too long",
}


def read_delimited(engine: Engine, name: str, located: Located, dialect: CsvDialect) -> RawTable:
    """Copy the files of a source into the run; files whose headers differ are united by column name."""
    codec = codec_of(name, dialect)
    refused: Counter[str] = Counter()
    with PrivateFolder() as private:
        readable = [_readable(path, codec, private, rank) for rank, path in enumerate(located.paths)]
        parts = []
        for header, paths in _by_header(readable, located.paths, dialect).items():
            relation, errors = engine.read_csv(paths, _options(dialect, header))
            parts.append(relation)
            refused.update(_reasons(name, dialect, errors))
    return RawTable(physical=name, relation=_united(parts), refused=dict(refused), decimal=dialect.decimal)


def codec_of(name: str, dialect: CsvDialect) -> str:
    """Return the codec of a dialect's encoding; DeclarationProblem when there is none of that name."""
    try:
        return codecs.lookup(dialect.encoding).name
    except LookupError:
        raise mapping_problem(
            f"source {name}: {dialect.encoding!r} is not an encoding.", next_step="Use utf-8, cp1252, latin-1, cp850 or utf-16."
        ) from None


def _readable(path: Path, codec: str, private: PrivateFolder, rank: int) -> Path:
    direct = path.suffix.lower() not in (".bz2", ".xz") and codec in _UTF8
    if direct:
        return path
    copy = private.file(f"{rank}.csv")
    with (
        _decoding(path, codec),
        unpacked(path) as raw,
        io.TextIOWrapper(raw, codec, newline="") as text,
        copy.open("w", encoding="utf-8", newline="") as plain,
    ):
        shutil.copyfileobj(text, plain, _CHUNK)
    return copy


def unpacked(path: Path) -> IO[bytes]:
    """Open the bytes of a file, decompressed when its name says it is compressed."""
    openers = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
    opener: Any = openers.get(path.suffix.lower(), open)
    return opener(path, "rb")  # type: ignore[no-any-return]


@contextmanager
def _decoding(path: Path, codec: str) -> Iterator[None]:
    try:
        yield
    except UnicodeError:
        raise _wrong_encoding(path.name, codec) from None
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise SourceProblem(
            f"{path.name} cannot be read to the end ({type(error).__name__}).",
            UNREAD,
            "Check that the file was copied whole and that the disk has room, then run the command again.",
        ) from None


def _wrong_encoding(name: str, codec: str) -> SourceProblem:
    return SourceProblem(
        f"{name} is not written in {codec}.",
        "Read with the wrong encoding, names and labels would be altered.",
        "Declare the right one in mapping.yml (« csv: encoding: cp1252 » is usual for French exports).",
    )


def _by_header(readable: Sequence[Path], originals: Sequence[Path], dialect: CsvDialect) -> dict[tuple[str, ...], list[Path]]:
    groups: dict[tuple[str, ...], list[Path]] = {}
    for path, original in zip(readable, originals, strict=True):
        groups.setdefault(_header(path, original, dialect), []).append(path)
    return groups


def _header(path: Path, original: Path, dialect: CsvDialect) -> tuple[str, ...]:
    if not dialect.header:
        if not dialect.columns:
            raise mapping_problem(
                f"{original.name} has no header and mapping.yml names no columns.", next_step="List them in « csv: columns »."
            )
        return _distinct(dialect.columns)
    quoting: Any = {"quotechar": dialect.quote} if dialect.quote else {"quoting": csv.QUOTE_NONE}
    with _decoding(original, dialect.encoding), unpacked(path) as raw, io.TextIOWrapper(raw, "utf-8-sig", newline="") as text:
        names = next((row for row in csv.reader(text, delimiter=dialect.separator, **quoting) if row), [])
    if not names:
        raise SourceProblem(
            f"{original.name} holds no header.", UNREAD, "Export it again, or declare « csv: header: false » and its columns."
        )
    return _distinct(names)


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    taken: set[str] = set()
    distinct = []
    for rank, name in enumerate(names, start=1):
        base = name.strip() or f"column_{rank}"
        free, copy = base, 1
        while free.casefold() in taken:
            copy += 1
            free = f"{base}_{copy}"
        taken.add(free.casefold())
        distinct.append(free)
    return tuple(distinct)


def _options(dialect: CsvDialect, header: Sequence[str]) -> dict[str, Any]:
    return {
        "delim": dialect.separator,
        "quote": dialect.quote,
        "escape": dialect.quote,
        "header": dialect.header,
        "columns": dict.fromkeys(header, "VARCHAR"),
    }


def _reasons(name: str, dialect: CsvDialect, errors: Mapping[str, int]) -> dict[str, int]:
    if any(kind in errors for kind in _BROKEN_ENCODING):
        raise _wrong_encoding(f"Source {name}", dialect.encoding)
    counted: Counter[str] = Counter()
    for kind, lines in errors.items():
        counted[_REASONS.get(kind, "line that cannot be read")] += lines
    return dict(counted)


def _united(parts: Sequence[Relation]) -> Relation:
    names = list(dict.fromkeys(name for part in parts for name in part.columns))
    filled = [part.select(*(part[name] if name in part.columns else ibis.null("string").name(name) for name in names)) for part in parts]
    return filled[0] if len(filled) == 1 else ibis.union(*filled)
