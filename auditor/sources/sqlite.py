"""SQLite, opened so that not one byte beside the file changes.

`mode=ro` is not enough: on a database in write-ahead mode SQLite still creates or updates the `-shm` and `-wal` files.
The journal mode is therefore read from the file's header first, and the way of opening chosen by it.
"""

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pyarrow as pa
import sqlalchemy as sa
from adbc_driver_sqlite import dbapi

from auditor.engine.private import PrivateFolder
from auditor.sources.raw import UNREAD, ColumnRead, plain
from auditor.vocabulary.errors import SourceProblem

_MAGIC: Final = b"SQLite format 3\x00"
_WRITE_VERSION: Final = 18
_WAL: Final = 2
_PATIENCE_SECONDS: Final = 2
_FIRST_ROWS: Final = 1_000
_OTHER: Final = "'another type'"
"""Stands for a value of another type among numbers: the driver then announces, or refuses, a column of texts."""
_EXAMPLES: Final = {pa.int64(): "0", pa.float64(): "0.0", pa.string(): "''"}
_ARROW: Final = "arrow"
_KINDS: Final = {int: "integer", float: "real", str: "text", bytes: "blob"}


@contextlib.contextmanager
def opened(name: str, path: Path) -> Iterator[sa.Connection]:
    """Open the file read-only; SourceProblem when it is absent, empty, not SQLite or locked."""
    _check(name, path)
    with PrivateFolder() as private:
        uri = _uri(path, private)
        engine = sa.create_engine("sqlite://", creator=lambda: _connect(uri), poolclass=sa.NullPool)
        with engine.connect() as connection, contextlib.closing(_arrow(uri)) as arrow:
            connection.info[_ARROW] = arrow
            yield connection


class Mixed(Exception):
    """A column does not hold the one type its first values had."""


def columns_seen(connection: sa.Connection, table: str, declared: Sequence[tuple[str, str]]) -> list[ColumnRead]:
    """Return (name, expression, Arrow type) per column as its first rows hold it: a guess that `batches` holds every row to."""
    quoted = connection.dialect.identifier_preparer.quote
    names = ", ".join(quoted(name) for name, _ in declared)
    first = connection.execute(plain(f"select {names} from {quoted(table)} limit {_FIRST_ROWS}")).all()
    stored = [{_KINDS[type(row[rank])] for row in first if row[rank] is not None} for rank in range(len(declared))]
    later = [kinds or _first_kind(connection, quoted(table), quoted(name)) for (name, _), kinds in zip(declared, stored, strict=True)]
    return [_seen(quoted(name), name, kinds or _affinity(type_)) for (name, type_), kinds in zip(declared, later, strict=True)]


def _first_kind(connection: sa.Connection, table: str, column: str) -> set[str]:
    found = connection.execute(plain(f"select typeof({column}) from {table} where {column} is not null limit 1")).all()
    return {row[0] for row in found}


def _seen(quoted: str, name: str, kinds: set[str]) -> ColumnRead:
    if kinds == {"integer"}:
        return name, f"case typeof({quoted}) when 'integer' then {quoted} when 'null' then null else {_OTHER} end", pa.int64()
    if kinds <= {"integer", "real"}:
        number = f"when 'integer' then cast({quoted} as real) when 'real' then {quoted}"
        return name, f"case typeof({quoted}) {number} when 'null' then null else {_OTHER} end", pa.float64()
    return _column(quoted, name, kinds)


def batches(connection: sa.Connection, quoted: str, columns: Sequence[ColumnRead]) -> Iterator["pa.RecordBatch"]:
    """Stream a table by the Arrow driver, in the types asked for. Mixed when some value is of another type.

    The driver takes the types of a column from its first rows: a first row of our own, dropped afterwards, sets them.
    """
    schema = pa.schema([(name, type_) for name, _, type_ in columns])
    first = ", ".join(f'{_EXAMPLES[type_]} as "{rank}"' for rank, (_, _, type_) in enumerate(columns))
    statement = f"select {first} union all select {', '.join(expression for _, expression, _ in columns)} from {quoted}"
    with connection.info[_ARROW].cursor() as cursor:
        try:
            cursor.execute(statement)
            reader = cursor.fetch_record_batch()
            if reader.schema.types != schema.types:
                raise Mixed
            skipped = 1
            for batch in reader:
                yield pa.RecordBatch.from_arrays(batch.slice(skipped).columns, schema=schema)
                skipped = 0
        except OSError as error:
            if "ype mismatch" in str(error):
                raise Mixed from None
            raise


def columns_of(connection: sa.Connection, table: str, declared: Sequence[tuple[str, str]]) -> list[ColumnRead]:
    """Return (name, expression, Arrow type) per column, from what is stored and not from what is declared.

    SQLite keeps any value in any column. A column of whole numbers stays one; mixed content is read as text, so that
    what cannot be read is counted instead of lost.
    """
    quoted = connection.dialect.identifier_preparer.quote
    probes = ", ".join(f"typeof({quoted(name)})" for name, _ in declared)
    found = connection.execute(plain(f"select distinct {probes} from {quoted(table)}")).all()
    stored = [{row[rank] for row in found} - {"null"} for rank in range(len(declared))]
    return [_column(quoted(name), name, kinds or _affinity(type_)) for (name, type_), kinds in zip(declared, stored, strict=True)]


def _column(quoted: str, name: str, kinds: set[str]) -> ColumnRead:
    if kinds == {"integer"}:
        return name, quoted, pa.int64()
    if kinds <= {"integer", "real"}:
        return name, f"cast({quoted} as real)", pa.float64()
    # A number stored as 43.0 among texts is 43.
    whole = f"when 'real' then cast(iif({quoted} = cast({quoted} as integer), cast({quoted} as integer), {quoted}) as text)"
    return name, f"case typeof({quoted}) when 'blob' then hex({quoted}) {whole} else cast({quoted} as text) end", pa.string()


def _affinity(declared: str) -> set[str]:
    if "INT" in declared.upper():
        return {"integer"}
    return {"real"} if any(word in declared.upper() for word in ("REAL", "FLOA", "DOUB")) else {"text"}


def _check(name: str, path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
    except FileNotFoundError:
        what, step = f"there is no database at {path.name}", "Check the url in mapping.yml, or declare the source « optional: true »."
    except OSError as error:
        what, step = f"{path.name} cannot be opened ({type(error).__name__})", "Give this account the right to read it."
    else:
        if head == _MAGIC:
            return
        what = f"{path.name} is empty" if not head else f"{path.name} is not a SQLite database"
        step = "Copy the database again, whole."
    raise SourceProblem(f"Source {name}: {what}.", UNREAD, step)


def _uri(path: Path, private: PrivateFolder) -> str:
    with path.open("rb") as file:
        file.seek(_WRITE_VERSION)
        write_ahead = file.read(1) == bytes([_WAL])
    if not write_ahead:
        return f"file:{quote(str(path))}?mode=ro"
    log = path.with_name(path.name + "-wal")
    if not log.exists() or log.stat().st_size == 0:
        return f"file:{quote(str(path))}?mode=ro&immutable=1"
    shared = f"file:{quote(str(path))}?mode=ro&readonly_shm=1"
    if _answers(shared):
        return shared
    # The log of a program that died: only a writer may replay it, so it is replayed on a private copy.
    copy = private.path / "copy.sqlite"
    shutil.copyfile(path, copy)
    shutil.copyfile(log, copy.with_name(copy.name + "-wal"))
    return f"file:{quote(str(copy))}?mode=rw"


def _answers(uri: str) -> bool:
    try:
        with contextlib.closing(_connect(uri)) as connection:
            connection.execute("select 1 from sqlite_master limit 1").fetchall()
    except sqlite3.OperationalError:
        return False
    return True


def _arrow(uri: str) -> "dbapi.Connection":
    """Open the Arrow driver: it hands over columns ten times as fast as rows of Python values."""
    connection = dbapi.connect(uri)
    with connection.cursor() as cursor:
        cursor.execute(f"pragma busy_timeout={1000 * _PATIENCE_SECONDS}")
    return connection


def _connect(uri: str) -> sqlite3.Connection:
    # The engine pulls rows from its own thread, one at a time.
    connection = sqlite3.connect(uri, uri=True, timeout=_PATIENCE_SECONDS, check_same_thread=False)
    connection.execute("pragma query_only=on")
    return connection
