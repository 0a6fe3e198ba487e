"""Write a release in a clean container, and move it into place in one piece.

Everything is prepared in a private folder (0700) on the publication folder's own file system, flushed to disk, then
renamed: whatever kills the run, the publication folder holds the whole release or nothing of it. What a killed run
leaves in a private folder is removed by the next one, which holds the folder's lock.

Containers carry what was declared and nothing else: fresh text, whole-number and true/false columns, rows in the order
of the released columns (byte order), no metadata of a source, no time of making. Same rows, same bytes.
"""

import csv
import fcntl
import io
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from auditor.vocabulary.errors import ReleaseRefused, UsageProblem

if TYPE_CHECKING:
    import pyarrow as pa

_STAGING: Final = ".staging-"
_LOCK: Final = ".lock"
_ROWS_PER_GROUP: Final = 500_000


@contextmanager
def private_folder(place: Path) -> Iterator[Path]:
    """Give a private folder inside `place` for the time of a release, alone; remove it whatever happens.

    Raises:
        UsageProblem: another release is being made in the same place.
    """
    place.mkdir(mode=0o755, parents=True, exist_ok=True)
    with _alone(place):
        for left_over in place.glob(f"{_STAGING}*"):
            shutil.rmtree(left_over)
        folder = Path(tempfile.mkdtemp(prefix=_STAGING, dir=place))
        try:
            yield folder
        finally:
            shutil.rmtree(folder)


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    descriptor = os.open(place / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageProblem(
                "Another release is being made in the same folder.",
                "Two runs at once could each be checked against a ledger that the other is changing.",
                "Wait for it to end, then run the command again.",
            ) from None
        yield
    finally:
        os.close(descriptor)


def write_csv(batches: "Iterable[pa.RecordBatch]", columns: tuple[str, ...], file: Path) -> None:
    """Write UTF-8 without a mark, commas, line feeds, quotes only where needed; an absent value is an empty cell."""
    header = io.StringIO()
    csv.writer(header, lineterminator="\n").writerow(columns)
    with _private_file(file) as stream:
        stream.write(header.getvalue().encode())
        for batch in batches:
            if batch.num_rows:
                stream.write(_lines(batch.select(list(columns))))


def write_parquet(batches: "Iterable[pa.RecordBatch]", columns: tuple[str, ...], file: Path) -> None:
    """Write one Parquet file of plain columns, in row groups of a fixed size, without any key-value metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    groups = _groups(batches, columns)
    first = next(groups, None)
    if first is None:
        raise ReleaseRefused("There is no row to write.", "An empty release tells nothing.", "Check the release plan.")
    schema = pa.schema([pa.field(field.name, field.type) for field in first.schema])
    with _private_file(file) as stream, pq.ParquetWriter(stream, schema, compression="zstd", store_schema=False) as writer:
        for group in chain([first], groups):
            writer.write_table(pa.table(group.columns, schema=schema), row_group_size=_ROWS_PER_GROUP)


@contextmanager
def _private_file(file: Path) -> "Iterator[io.BufferedWriter]":
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        yield stream
        stream.flush()
        os.fsync(stream.fileno())


def _groups(batches: "Iterable[pa.RecordBatch]", columns: tuple[str, ...]) -> "Iterator[pa.Table]":
    """Cut the stream into row groups whose size does not depend on how the engine cut it."""
    import pyarrow as pa

    waiting: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        waiting.append(batch.select(list(columns)))
        rows += batch.num_rows
        while rows >= _ROWS_PER_GROUP:
            table = pa.Table.from_batches(waiting)
            yield table.slice(0, _ROWS_PER_GROUP).combine_chunks()
            rest = table.slice(_ROWS_PER_GROUP)
            waiting, rows = rest.to_batches() or [batch.select(list(columns)).slice(0, 0)], rest.num_rows
    if waiting:
        yield pa.Table.from_batches(waiting).combine_chunks()


def _lines(batch: "pa.RecordBatch") -> memoryview:
    """Write a batch as CSV lines, by columns."""
    import numpy as np
    import pyarrow.compute as pc

    cells = [_cells(column) for column in batch.columns]
    lines = pc.binary_join_element_wise(*cells, _large(","))
    joined = pc.binary_join_element_wise(lines, _large(""), _large("\n"))
    offsets = np.frombuffer(joined.buffers()[1], np.int64)[joined.offset : joined.offset + len(joined) + 1]
    return memoryview(joined.buffers()[2])[offsets[0] : offsets[-1]]


def _cells(column: "pa.Array") -> "pa.Array":
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pc.fill_null(column.cast(pa.large_string()), "")
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return text
    quoted = pc.binary_join_element_wise(_large(""), pc.replace_substring(text, '"', '""'), _large(""), _large('"'))
    return pc.if_else(pc.match_substring_regex(text, '[",\n\r]'), quoted, text)


def _large(text: str) -> "pa.Scalar":
    import pyarrow as pa

    return pa.scalar(text, pa.large_string())


def publish(staged: Path, target: Path, *, readable: bool) -> None:
    """Move a staged folder into place. `readable`: by anyone (public release); otherwise by its owner alone.

    A folder already in place is first moved away whole: a kill in between leaves nothing published, and the release is
    made again by the next run.
    """
    for file in staged.iterdir():
        file.chmod(0o644 if readable else 0o600)
        os.utime(file, (0, 0))
    staged.chmod(0o755 if readable else 0o700)
    _flush(staged)
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    if target.exists():
        target.rename(staged.parent / "replaced")
    staged.rename(target)
    _flush(target.parent)


def write_plain(file: Path, content: bytes) -> None:
    """Write a small private file and flush it to disk."""
    with _private_file(file) as stream:
        stream.write(content)


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write(data: "Iterable[pa.RecordBatch]", columns: tuple[str, ...], file: Path) -> None:
    """Write rows in the container that the file's name announces (.csv or .parquet)."""
    writers: Mapping[str, Any] = {".csv": write_csv, ".parquet": write_parquet}
    writers[file.suffix](data, columns, file)
