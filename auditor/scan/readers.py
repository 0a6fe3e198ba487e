"""One file of unknown origin as batches of text columns: CSV, XLSX, ODS, Parquet, JSON.

Such a file may be broken, encrypted, huge or a trap: whatever stops the reading becomes an `Unreadable` with its reason,
and never a value. Nothing is unpacked on disk.
"""

import bz2
import csv
import gzip
import io
import json
import lzma
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final
from xml.etree import ElementTree as ET

import pyarrow as pa
import pyarrow.csv as pa_csv

MOST_BYTES: Final = 2 << 30
"""Bytes read of one file once unpacked; beyond, a small file that swells is a trap or needs a source of its own."""
MOST_IN_MEMORY: Final = 128 << 20
"""Bytes of a document that must be held whole (JSON)."""
_BATCH: Final = 20_000
_MOST_COLUMNS: Final = 2_000
_SNIFFED: Final = 1 << 16
_SEPARATORS: Final = (";", ",", "\t", "|")
_OLE: Final = b"\xd0\xcf\x11\xe0"
_COMPRESSED: Final[Mapping[str, Callable[..., Any]]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_NUMBER: Final = re.compile(r"[-+]?[0-9][0-9 .,/:-]*")
_ODS: Final = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE: Final = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT: Final = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


OTHER_FORMAT: Final = "not a format that holds tables"
"""Reason given for documents and images: nothing of them is read, and nothing failed."""
_DOCUMENTS: Final = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf", b"<?xml", b"<!DOCTYPE", b"<html", b"\x7fELF", b"MZ")
_NEVER: Final = "\x1f"
"""Separator of a text that has none."""


class Unreadable(Exception):
    """A file, or what remains of it, cannot be read; holds the reason, in words, and no value."""


@dataclass(slots=True)
class Opened:
    """A file being read: text columns by batch, sheet after sheet."""

    format: str
    batches: Iterator["pa.RecordBatch"]
    refused: list[str] = field(default_factory=list)
    """Reasons why some of it was left out, known once the batches are exhausted."""


def opened(path: Path) -> Opened:
    """Recognise a file by its first bytes, then by its name; Unreadable when nothing here reads it."""
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise Unreadable(f"cannot be opened ({type(error).__name__})") from None
    if not head:
        raise Unreadable("empty")
    if head.startswith(b"PAR1"):
        return Opened("parquet", _parquet(path))
    if head.startswith(b"PK\x03\x04"):
        return _zipped(path)
    if head.startswith(_OLE):
        raise Unreadable("protected by a password, or in the old format of Excel or Word")
    if head.startswith(b"SQLite format 3"):
        raise Unreadable("a SQLite database: declare it as a source in mapping.yml")
    if path.suffix.lower() in {".json", ".ndjson", ".jsonl", ".geojson"}:
        return Opened("json", _json(path))
    return _delimited(path)


def _guarded(batches: Iterator["pa.RecordBatch"]) -> Iterator["pa.RecordBatch"]:
    try:
        yield from batches
    except Unreadable:
        raise
    except (MemoryError, RecursionError):
        raise Unreadable("too large or too deep to be read") from None
    except Exception as error:  # noqa: BLE001 - a broken file breaks its reader in a hundred ways, and their words may quote it
        raise Unreadable(f"broken or not whole ({type(error).__name__})") from None


def read(path: Path) -> Opened:
    """Open a file, its batches guarded: they raise nothing but Unreadable."""
    try:
        found = opened(path)
    except Unreadable:
        raise
    except Exception as error:  # noqa: BLE001 - as in `_guarded`
        raise Unreadable(f"broken or not whole ({type(error).__name__})") from None
    return Opened(found.format, _guarded(found.batches), found.refused)


# --- delimited text ---------------------------------------------------------------------------------------------------


def _delimited(path: Path) -> Opened:
    sample = _head(path)
    if sample.startswith(_DOCUMENTS) or (b"\0" in sample and not sample.startswith((b"\xff\xfe", b"\xfe\xff"))):
        raise Unreadable(OTHER_FORMAT)
    encoding = _encoding(path, sample)
    text = sample.decode(encoding, errors="ignore")
    separator = _separator(text)
    first = next((row for row in csv.reader(io.StringIO(text), delimiter=separator) if row), [])
    if not first or len(first) > _MOST_COLUMNS:
        raise Unreadable("no column can be told apart")
    header = not any(_NUMBER.fullmatch(cell.strip()) for cell in first)
    names = _distinct(first) if header else [f"column_{rank}" for rank in range(1, len(first) + 1)]
    refused: list[str] = []
    return Opened("csv", _lines(path, encoding, separator, names, header=header, refused=refused), refused)


def _head(path: Path) -> bytes:
    with _stream(path) as file:
        return file.read(_SNIFFED)


def _stream(path: Path) -> IO[bytes]:
    opener = _COMPRESSED.get(path.suffix.lower())
    return opener(path, "rb") if opener else path.open("rb")


def _encoding(path: Path, sample: bytes) -> str:
    for mark, name in _BOMS:
        if sample.startswith(mark):
            return name
    with _stream(path) as file:
        try:
            with io.TextIOWrapper(file, "utf-8") as text:
                while text.read(1 << 20):
                    pass
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def _separator(text: str) -> str:
    lines = [line for line in text.splitlines()[:30] if line.strip()]
    counted = {mark: min((line.count(mark) for line in lines[:-1] or lines), default=0) for mark in _SEPARATORS}
    return max(_SEPARATORS, key=lambda mark: counted[mark]) if any(counted.values()) else _NEVER


def _lines(
    path: Path, encoding: str, separator: str, names: Sequence[str], *, header: bool, refused: list[str]
) -> Iterator["pa.RecordBatch"]:
    left_out = 0

    def skip(_: Any) -> str:
        nonlocal left_out
        left_out += 1
        return "skip"

    schema = {name: pa.string() for name in names}
    with _Bounded(_stream(path)) as source:
        reader = pa_csv.open_csv(
            source,
            read_options=pa_csv.ReadOptions(column_names=list(names), skip_rows=int(header), encoding=encoding, use_threads=False),
            parse_options=pa_csv.ParseOptions(
                delimiter=separator,
                # A text without columns is no table: a stray quote in it must not swallow the lines that follow.
                quote_char=False if separator == _NEVER else '"',
                newlines_in_values=separator != _NEVER,
                invalid_row_handler=skip,
            ),
            convert_options=pa_csv.ConvertOptions(column_types=schema, strings_can_be_null=False),
        )
        with closing(reader):
            yield from reader
    if left_out:
        refused.append(f"{left_out} lines could not be cut into columns")


class _Bounded(io.RawIOBase):
    """A stream that stops where a compressed file shows itself to be a trap."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__()
        self._file, self._left = file, MOST_BYTES

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        found = self._file.read(size if size >= 0 else self._left + 1)
        self._left -= len(found)
        if self._left < 0:
            raise Unreadable(f"more than {MOST_BYTES >> 30} GiB once unpacked: declare it as a source in mapping.yml")
        return found

    def close(self) -> None:
        self._file.close()
        super().close()


# --- archives that are workbooks ----------------------------------------------------------------------------------------


def _zipped(path: Path) -> Opened:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            _check_archive(archive)
            kind = archive.read("mimetype")[:80] if "mimetype" in names else b""
            if b"opendocument.spreadsheet" in kind and b"encryption-data" in archive.read("META-INF/manifest.xml"):
                raise Unreadable("protected by a password")
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError) as error:
        raise Unreadable(f"broken or not whole ({type(error).__name__})") from None
    if "xl/workbook.xml" in names:
        return Opened("xlsx", _workbook(path))
    if b"opendocument.spreadsheet" in kind:
        return Opened("ods", _spreadsheet(path))
    raise Unreadable("an archive that is neither an XLSX nor an ODS workbook: unpack it and scan again")


def _check_archive(archive: zipfile.ZipFile) -> None:
    if any(part.flag_bits & 1 for part in archive.infolist()):
        raise Unreadable("protected by a password")
    if sum(part.file_size for part in archive.infolist()) > MOST_BYTES:
        raise Unreadable(f"more than {MOST_BYTES >> 30} GiB once unpacked: declare it as a source in mapping.yml")


def _workbook(path: Path) -> Iterator["pa.RecordBatch"]:
    from openpyxl import load_workbook  # type: ignore[import-untyped]

    book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    try:
        for sheet in book.worksheets:
            yield from _sheet(tuple(_written(cell) for cell in row) for row in sheet.iter_rows(values_only=True))
    finally:
        book.close()


def _spreadsheet(path: Path) -> Iterator["pa.RecordBatch"]:
    with zipfile.ZipFile(path) as archive, archive.open("content.xml") as content:
        _refuse_entities(archive)
        rows: list[tuple[str, ...]] = []
        for _, element in ET.iterparse(content, events=("end",)):  # noqa: S314 - entities are refused above, the size is bounded
            if element.tag == f"{_ODS}table-row":
                rows.append(_ods_row(element))
                element.clear()
            elif element.tag == f"{_ODS}table":
                yield from _sheet(iter(rows))
                rows = []
                element.clear()


def _refuse_entities(archive: zipfile.ZipFile) -> None:
    with archive.open("content.xml") as content:
        if b"<!DOCTYPE" in content.read(4096):
            raise Unreadable("declares entities of its own, as no spreadsheet program writes")


def _ods_row(element: ET.Element) -> tuple[str, ...]:
    cells: list[str] = []
    for cell in element:
        if cell.tag not in (f"{_ODS}table-cell", f"{_ODS}covered-table-cell"):
            continue
        value = cell.get(f"{_OFFICE}value") or "\n".join("".join(part.itertext()) for part in cell.iter(f"{_TEXT}p"))
        times = int(cell.get(f"{_ODS}number-columns-repeated", "1"))
        # The last cell of a row repeats to the edge of the sheet: an empty one says nothing there.
        cells += [value] * (times if value else min(times, 64))
        if len(cells) > _MOST_COLUMNS:
            break
    return tuple(cells[:_MOST_COLUMNS])


def _sheet(rows: Iterator[tuple[str, ...]]) -> Iterator["pa.RecordBatch"]:
    first = next((row for row in rows if any(row)), None)
    if first is None:
        return
    filled = [cell for cell in first if cell]
    header = not any(_NUMBER.fullmatch(cell.strip()) for cell in filled)
    names = _distinct(first) if header else [f"column_{rank}" for rank in range(1, len(first) + 1)]
    body = rows if header else _then(first, rows)
    while chunk := list(islice(body, _BATCH)):
        width = max(len(names), *(len(row) for row in chunk))
        if width > _MOST_COLUMNS:
            raise Unreadable("more columns than a table has")
        names += [f"column_{rank}" for rank in range(len(names) + 1, width + 1)]
        padded = [row + ("",) * (width - len(row)) for row in chunk]
        yield _batch(names, list(zip(*padded, strict=True)))


def _then(first: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    yield first
    yield from rows


# --- Parquet and JSON ---------------------------------------------------------------------------------------------------


def _parquet(path: Path) -> Iterator["pa.RecordBatch"]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=_BATCH):
            names = _distinct(batch.schema.names)
            yield _batch(names, [[_written(value) for value in column.to_pylist()] for column in batch.columns])


def _json(path: Path) -> Iterator["pa.RecordBatch"]:
    if path.suffix.lower() in {".ndjson", ".jsonl"}:
        with path.open(encoding="utf-8-sig") as lines:
            yield from _records(json.loads(line) for line in lines if line.strip())
        return
    if path.stat().st_size > MOST_IN_MEMORY:
        raise Unreadable(f"a JSON document of more than {MOST_IN_MEMORY >> 20} MiB: declare it as a source in mapping.yml, as Parquet")
    document = json.loads(path.read_text(encoding="utf-8-sig"))
    yield from _records(iter(document) if isinstance(document, list) else iter([document]))


def _records(items: Iterator[Any]) -> Iterator["pa.RecordBatch"]:
    """Write each leaf under the path of its keys; a list makes one row of each of its items."""
    while chunk := list(islice(items, _BATCH)):
        columns: dict[str, list[str]] = {}
        for item in chunk:
            for name, value in _leaves(item, ""):
                columns.setdefault(name or "value", []).append(value)
            if len(columns) > _MOST_COLUMNS:
                raise Unreadable("more columns than a table has")
        height = max((len(values) for values in columns.values()), default=0)
        yield _batch(list(columns), [values + [""] * (height - len(values)) for values in columns.values()])


def _leaves(item: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(item, dict):
        for key, value in item.items():
            yield from _leaves(value, f"{path}.{key}" if path else str(key))
    elif isinstance(item, list):
        for value in item:
            yield from _leaves(value, path)
    else:
        yield path, _written(item)


def _written(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _distinct(names: Iterable[str]) -> list[str]:
    taken: dict[str, None] = {}
    for rank, name in enumerate(names, 1):
        base = str(name).strip() or f"column_{rank}"
        free, copy = base, 1
        while free.casefold() in taken:
            copy += 1
            free = f"{base}_{copy}"
        taken[free.casefold()] = None
    return list(taken)


def _batch(names: Sequence[str], columns: Sequence[Sequence[str]]) -> "pa.RecordBatch":
    arrays = [pa.array(values, pa.string()) for values in columns]
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema([(name, pa.string()) for name in names]))
