"""Tables of a database named by a SQLAlchemy URL, copied by batches into the run with their types.

Every source is opened read-only, by means that belong to each kind of server (`sqlite`, `postgres`): a kind for which
that cannot be promised is refused.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import pyarrow as pa
import sqlalchemy as sa

from auditor.engine.base import Engine
from auditor.sources import postgres, sqlite
from auditor.sources.raw import UNREAD, RawTable, closest, mapping_problem, plain
from auditor.vocabulary.errors import CouldNotCheck, PoinconError, SourceProblem
from auditor.vocabulary.network import NetworkPlace, Source

_BATCH_ROWS: Final = 50_000


def read_tables(engine: Engine, place: NetworkPlace, name: str, source: Source, tables: Sequence[str]) -> list[RawTable]:
    """Copy the named tables of one database, all seen at the same instant."""
    try:
        with open_database(place, name, source) as connection:
            return [_copy(engine, connection, name, table) for table in tables]
    except sa.exc.SQLAlchemyError as error:
        raise _failure(name, error) from None


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


def _copy(engine: Engine, connection: sa.Connection, name: str, table: str) -> RawTable:
    schema, _, bare = table.rpartition(".")
    declared = _declared(connection, name, bare, schema or None)
    prepare = connection.dialect.identifier_preparer.quote
    quoted = f"{prepare(schema)}.{prepare(bare)}" if schema else prepare(bare)
    if connection.dialect.name == "sqlite":
        columns = sqlite.columns_of(connection, bare, [(column, str(type_)) for column, type_ in declared])
    else:
        columns = postgres.columns_of(connection, quoted, declared)
    selected = ", ".join(f"{expression} as {prepare(column)}" for column, expression, _ in columns)
    statement = f"select {selected} from {quoted}"
    physical = f"{name}.{table}"
    incoming = _Incoming(physical, connection, statement, pa.schema([(column, type_) for column, _, type_ in columns]))
    try:
        return RawTable(physical=physical, relation=engine.load(f"raw_{physical}", incoming.reader()))
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

    def __init__(self, physical: str, connection: sa.Connection, statement: str, schema: "pa.Schema") -> None:
        self._physical, self._connection, self._statement, self._schema = physical, connection, statement, schema
        self.failure: PoinconError | None = None

    def reader(self) -> "pa.RecordBatchReader":
        return pa.RecordBatchReader.from_batches(self._schema, self._batches())

    def _batches(self) -> Iterator["pa.RecordBatch"]:
        try:
            streamed = self._connection.execution_options(stream_results=True)
            with streamed.execute(plain(self._statement)) as result:
                # SQLite's own tuples: wrapping each of them as a named row takes longer than reading it. A server's
                # cursor may hold rows already fetched, which only the result knows.
                fetch = result.cursor.fetchmany if self._connection.dialect.name == "sqlite" else result.fetchmany
                while rows := fetch(_BATCH_ROWS):
                    yield self._batch(rows)
        except (sa.exc.SQLAlchemyError, pa.ArrowException, ValueError, OverflowError) as error:
            self.failure = _failure(self._physical, error)
            raise

    def _batch(self, rows: Sequence[Any]) -> "pa.RecordBatch":
        columns = zip(*rows, strict=True)
        arrays = [pa.array(values, type_) for values, type_ in zip(columns, self._schema.types, strict=True)]
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)


def _failure(name: str, error: Exception | None) -> SourceProblem:
    # The driver's words may quote a value or the URL: only what they mean is kept.
    said = str(getattr(error, "orig", "") or "")
    if "locked" in said:
        return SourceProblem(
            f"Source {name} is locked by another program.", UNREAD, "Wait until it has finished writing, or audit a copy of the database."
        )
    kind = type(getattr(error, "orig", None) or error).__name__
    return SourceProblem(
        f"Source {name} stopped answering while it was read ({kind}).", UNREAD, "Check the database, then run the command again."
    )
