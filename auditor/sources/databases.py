"""Tables of a database named by a SQLAlchemy URL, copied by batches into the run with their types.

Every source is opened read-only, by means that belong to each kind of server (`sqlite`, `postgres`): a kind for which
that cannot be promised is refused.
"""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cache, partial
from typing import Any, Final

import pyarrow as pa
import sqlalchemy as sa

from auditor.engine.base import Engine, Relation
from auditor.sources import postgres, sqlite
from auditor.sources.raw import UNREAD, ColumnRead, RawTable, closest, mapping_problem, plain
from auditor.vocabulary.errors import CouldNotCheck, SourceProblem
from auditor.vocabulary.network import NetworkPlace, Source

_BATCH_ROWS: Final = 50_000


Wanted = Mapping[str, Collection[str] | None]
"""Tables to copy, each with the columns that may leave a server; None: all of them."""


def read_tables(
    engine: Engine, place: NetworkPlace, name: str, source: Source, wanted: Wanted
) -> tuple[list[RawTable], dict[str, SourceProblem]]:
    """Copy the named tables of one database, all seen at the same instant.

    Returns:
        The tables read; and by name those that a server refused, or was reading when it went away.

    Raises:
        SourceProblem: the database cannot be opened, or its file cannot be read.
        DeclarationProblem: a table does not exist there.
    """
    read: list[RawTable] = []
    refused: dict[str, SourceProblem] = {}
    try:
        with open_database(place, name, source) as connection:
            if connection.dialect.name == "sqlite":
                return [_copy(engine, connection, name, table, None) for table in wanted], {}
            for table, columns in wanted.items():
                try:
                    copied = _apart(engine, connection, name, table, columns)
                    read.append(replace(copied, fetch=cache(partial(_fetched, engine, place, name, source, table))))
                except SourceProblem as problem:
                    refused[table] = problem
    except sa.exc.SQLAlchemyError as error:
        raise _failure(name, error) from None
    return read, refused


def open_database(place: NetworkPlace, name: str, source: Source) -> AbstractContextManager[sa.Connection]:
    """Open a database source for reading only; no statement sent through the connection can write."""
    url = _url(name, source.url or "")
    kind = url.get_backend_name()
    if kind == "postgresql":
        return postgres.opened(name, url)
    if kind != "sqlite":
        raise mapping_problem(
            f"source {name}: a {kind} database cannot be opened read-only.",
            "A source must never be written to.",
            "Use sqlite or postgresql, or export the table to Parquet.",
        )
    if not url.database or url.database == ":memory:":
        raise mapping_problem(f"source {name}: the url names no file.", next_step="Write « sqlite:///data/base.sqlite ».")
    return sqlite.opened(name, place.resolve(url.database))


def server_url(name: str, source: Source, **settings: str) -> str | None:
    """Return the URL, password included, that opens a server's database for reading only; None when the source is no server."""
    url = _url(name, source.url) if source.url is not None else None
    if url is None or url.get_backend_name() != "postgresql":
        return None
    return postgres.reading(url, **settings).render_as_string(hide_password=False)


def _url(name: str, declared: str) -> sa.URL:
    if declared.startswith("env:"):
        variable = declared.removeprefix("env:")
        if variable not in os.environ:
            raise SourceProblem(
                f"Source {name}: the environment variable {variable} is not set.", UNREAD, f"Set {variable} to the database's URL."
            )
        declared = os.environ[variable]
    try:
        return sa.make_url(declared)
    except (sa.exc.ArgumentError, ValueError):
        # The URL may hold a password: it is not quoted.
        raise mapping_problem(
            f"source {name}: its url cannot be understood.", next_step="Write « postgresql://account@host/base »."
        ) from None


def _fetched(engine: Engine, place: NetworkPlace, name: str, source: Source, table: str) -> Relation:
    try:
        with open_database(place, name, source) as connection:
            return _copy(engine, connection, name, table, None, prefix="contents").relation
    except sa.exc.SQLAlchemyError as error:
        raise _failure(f"{name}.{table}", error) from None


def _apart(engine: Engine, connection: sa.Connection, name: str, table: str, columns: Collection[str] | None) -> RawTable:
    """Copy one table so that its failure leaves the transaction, and the instant it sees, to the others."""
    try:
        with connection.begin_nested():
            return _copy(engine, connection, name, table, columns)
    except sa.exc.SQLAlchemyError as error:
        raise _failure(f"{name}.{table}", error) from None


def _copy(
    engine: Engine, connection: sa.Connection, name: str, table: str, wanted: Collection[str] | None, prefix: str = "raw"
) -> RawTable:
    schema, _, bare = table.rpartition(".")
    declared = _declared(connection, name, bare, schema or None)
    prepare = connection.dialect.identifier_preparer.quote
    quoted = f"{prepare(schema)}.{prepare(bare)}" if schema else prepare(bare)
    physical = f"{name}.{table}"
    if connection.dialect.name != "sqlite":
        # A column that nothing asks for stays on the server; one is needed to count rows.
        asked = [column for column in declared if wanted is None or column[0] in wanted] or declared[:1]
        columns = postgres.columns_of(connection, quoted, asked)
        copied = _loaded(engine, physical, _served(connection, quoted, columns), _schema(columns), prefix)
        return replace(copied, declared=postgres.types_of(declared))
    habits = [(column, str(type_)) for column, type_ in declared]
    try:
        seen = sqlite.columns_seen(connection, bare, habits)
        return _loaded(engine, physical, sqlite.batches(connection, quoted, seen), _schema(seen))
    except sqlite.Mixed:
        # Some column holds values of several types: each is then looked at where it is stored.
        stored = sqlite.columns_of(connection, bare, habits)
        return _loaded(engine, physical, sqlite.batches(connection, quoted, stored), _schema(stored))


def _schema(columns: Sequence[ColumnRead]) -> "pa.Schema":
    return pa.schema([(column, type_) for column, _, type_ in columns])


def _loaded(engine: Engine, physical: str, batches: Iterator["pa.RecordBatch"], schema: "pa.Schema", prefix: str = "raw") -> RawTable:
    incoming = _Incoming(physical, batches)
    try:
        return RawTable(
            physical=physical, relation=engine.load(f"{prefix}_{physical}", pa.RecordBatchReader.from_batches(schema, incoming))
        )
    except CouldNotCheck:
        raise incoming.failure or _failure(physical, None) from None


def _declared(connection: sa.Connection, name: str, table: str, schema: str | None) -> list[tuple[str, Any]]:
    inspector = sa.inspect(connection)
    try:
        # SQLite types are a habit, not a promise: only their names are of use.
        return [(column["name"], column["type"]) for column in inspector.get_columns(table, schema)]
    except sa.exc.NoSuchTableError:
        known = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
        raise mapping_problem(f"source {name} has no table {table}.", next_step=f"Closest tables there: {closest(table, known)}.") from None


class _Incoming:
    """Batches of rows on their way to the engine; remembers why they stopped, for the engine forgets it."""

    def __init__(self, physical: str, batches: Iterator["pa.RecordBatch"]) -> None:
        self._physical, self._batches = physical, batches
        self.failure: Exception | None = None

    def __iter__(self) -> Iterator["pa.RecordBatch"]:
        try:
            yield from self._batches
        except sqlite.Mixed as mixed:
            self.failure = mixed
            raise
        except (sa.exc.SQLAlchemyError, pa.ArrowException, ValueError, OverflowError, OSError) as error:
            self.failure = _failure(self._physical, error)
            raise


def _served(connection: sa.Connection, quoted: str, columns: Sequence[ColumnRead]) -> Iterator["pa.RecordBatch"]:
    """Stream a table of a server."""
    prepare = connection.dialect.identifier_preparer.quote
    selected = ", ".join(f"{expression} as {prepare(column)}" for column, expression, _ in columns)
    schema = _schema(columns)
    statement = plain(f"select {selected} from {quoted}")
    with connection.execute(statement, execution_options={"stream_results": True}) as result:
        while rows := result.fetchmany(_BATCH_ROWS):
            values = zip(*rows, strict=True)
            arrays = [pa.array(column, type_) for column, type_ in zip(values, schema.types, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _failure(name: str, error: Exception | None) -> SourceProblem:
    # The driver's words may quote a value or the URL: only what they mean is kept.
    said = str(getattr(error, "orig", "") or error or "")
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    if state == postgres.NOT_ALLOWED:
        return SourceProblem(
            f"Source {name}: this account has no right to read it.", UNREAD, "Grant it « select » on the table, or on its mapped columns."
        )
    if "locked" in said or state == postgres.LOCKED:
        return SourceProblem(
            f"Source {name} is locked by another program.", UNREAD, "Wait until it has finished writing, or audit a copy of the database."
        )
    kind = type(getattr(error, "orig", None) or error).__name__
    return SourceProblem(
        f"Source {name} stopped answering while it was read ({kind}).", UNREAD, "Check the database, then run the command again."
    )
