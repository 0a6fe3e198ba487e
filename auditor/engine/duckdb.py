"""The embedded engine: DuckDB, out of core, in a bounded memory, without the network."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import duckdb
import ibis
import pyarrow as pa
from ibis.expr.operations import ScalarUDF
from sqlglot import column
from sqlglot.expressions import Column

from auditor.engine.base import Relation, Row
from auditor.engine.calls import DEFINITIONS
from auditor.engine.private import PrivateFolder
from auditor.vocabulary.errors import CouldNotCheck, SourceProblem, UsageProblem

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
_REJECTS = ("reject_errors", "reject_scans")


class DuckDBEngine:
    """One DuckDB database in a private temporary folder, removed when the engine closes.

    Extensions are neither installed nor loaded on demand: both would use the network (DESIGN §11.6). An error of the
    engine may quote the value it stumbled on, so its words never travel: only its kind does (DESIGN §11.2).
    """

    def __init__(self, *, memory_limit: str = "", threads: int | None = None) -> None:
        self._private = PrivateFolder()
        try:
            self._connection = _connect(self._private.path, memory_limit or f"{_half_of_memory()}B", threads)
        except duckdb.Error as error:
            self._private.close()
            raise UsageProblem(
                f"The engine cannot start with a memory limit of {memory_limit or 'half of this machine'} and "
                f"{threads or 'all'} threads ({type(error).__name__}).",
                "Nothing can be read without it.",
                "Write the limit as « 4GB » and the number of threads as a whole number, in [engine] of poincon.toml.",
            ) from None
        self._ibis: Backend = ibis.duckdb.from_connection(self._connection)
        self._files = 0
        self._defined: set[str] = set()

    @property
    def name(self) -> str:
        """Engine and version."""
        return f"DuckDB {duckdb.__version__}"

    @property
    def folder(self) -> Path:
        """The private folder of the run (0700): what a reader must set down goes there and is removed with it."""
        return self._private.path

    def rows(self, relation: Relation) -> list[Row]:
        """Return a small result as dictionaries."""
        table = self.arrow(relation)
        with _answering():
            return table.to_pylist()  # type: ignore[no-any-return]

    def arrow(self, relation: Relation) -> "pa.Table":
        """Return a result as an Arrow table; an engine failure becomes CouldNotCheck without any value in it."""
        self._define(relation)
        with _answering():
            return self._ibis.to_pyarrow(relation)

    def batches(self, relation: Relation, size: int = 100_000) -> "Iterator[pa.RecordBatch]":
        """Stream a result; an engine failure becomes CouldNotCheck without any value in it."""
        self._define(relation)
        try:
            yield from self._ibis._to_duckdb_relation(relation).to_arrow_reader(size)  # noqa: SLF001 - Ibis 12 streams with a call DuckDB 2 dropped
        except duckdb.Error as error:
            kind = type(error).__name__
            raise CouldNotCheck(f"The engine could not answer ({kind}).", "The question stays open; it is not a clean result.") from None

    def load(self, name: str, data: "pa.Table | pa.RecordBatchReader") -> Relation:
        """Copy Arrow data into a table of the run."""
        self._connection.register("_incoming", data)
        try:
            with _answering():
                self._connection.execute(f"create or replace table {_quoted(name)} as select * from _incoming")
        finally:
            self._connection.unregister("_incoming")
        return self._ibis.table(name)

    def keep(self, name: str, relation: Relation, *, as_written: bool = False) -> Relation:
        """Compute a relation once; later questions read the stored columns."""
        # Ibis' own create_table(overwrite=True) writes an incomplete DROP with the SQL generator in use.
        self._define(relation)
        self._ibis._run_pre_execute_hooks(relation)  # noqa: SLF001 - registers the in-memory tables of the expression
        query = self._ibis.compile(relation)
        with _answering(), self._sides_as_written() if as_written else nullcontext():
            self._connection.execute(f"create or replace table {_quoted(name)} as {query}")
        return self._ibis.table(name)

    @contextmanager
    def _sides_as_written(self) -> Iterator[None]:
        # The engine guesses the rows of a folder from its first file, and would build its hash table on the taps.
        self._connection.execute("set disabled_optimizers='build_side_probe_side'")
        try:
            yield
        finally:
            self._connection.execute("set disabled_optimizers=''")

    def read_parquet(self, paths: Sequence[Path]) -> Relation:
        """Read Parquet files, united by column name."""
        try:
            return self._ibis.read_parquet([str(path) for path in paths], union_by_name=True)
        except duckdb.Error:
            broken = next((path for path in paths if not self._opens(path)), None)
        if broken is None:
            what = f"The {len(paths)} Parquet files beginning with {paths[0].name} do not hold the same columns."
            raise SourceProblem(what, _UNREAD, "Give each kind of file its own source in mapping.yml.")
        raise SourceProblem(
            f"{broken.name} is not a whole Parquet file.", _UNREAD, "Check that it was copied to the end, then run the command again."
        )

    def read_csv(self, path: Path | Sequence[Path], options: Mapping[str, Any]) -> tuple[Relation, Mapping[str, int]]:
        """Copy delimited files of one header into the run, every column as text; count the lines refused, by reason."""
        paths = [path] if isinstance(path, Path) else list(path)
        self._files += 1
        name = f"csv_{self._files}"
        settings: dict[str, Any] = {"all_varchar": True, "store_rejects": True, "auto_detect": False, **options}
        rendered = ", ".join(f"{key}={_literal(value)}" for key, value in settings.items())
        files = _literal([str(each) for each in paths])
        try:
            self._connection.execute(f"create table {_quoted(name)} as select * from read_csv({files}, {rendered})")
            refused = dict(self._connection.execute(_REFUSED).fetchall())
        except duckdb.Error as error:
            raise SourceProblem(
                f"{_named(paths)} cannot be read as a delimited text file ({type(error).__name__}).",
                _UNREAD,
                "Check the encoding, the separator and the header declared in mapping.yml.",
            ) from None
        finally:
            self._forget_refused()
        return self._ibis.table(name), refused

    def write_parquet(self, relation: Relation, path: Path) -> None:
        """Write one zstd Parquet file."""
        self._define(relation)
        with _answering():
            self._ibis.to_parquet(relation, path, compression="zstd")

    @property
    def connection(self) -> "duckdb.DuckDBPyConnection":
        """The raw connection, for this package only."""
        return self._connection

    @property
    def backend(self) -> "Backend":
        """The Ibis backend, for this package only."""
        return self._ibis

    def close(self) -> None:
        """Close the database and remove the private folder. Safe to call twice."""
        try:
            self._connection.close()
        finally:
            self._private.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _define(self, relation: Relation) -> None:
        """Give the database the functions that the expression calls by name (`calls.DEFINITIONS`)."""
        called = {node.__func_name__ for node in relation.op().find(ScalarUDF)} & DEFINITIONS.keys()
        for name in sorted(called - self._defined):
            given = ibis.table({"argument": DEFINITIONS[name].argument}, name="given")
            written = self._ibis.compiler.to_sqlglot(given.select(answer=DEFINITIONS[name].build(given.argument)))
            body = written.selects[0].this.transform(lambda node: column("argument") if isinstance(node, Column) else node)
            self._connection.execute(f"create macro {_quoted(name)}(argument) as {body.sql('duckdb')}")
            self._defined.add(name)

    def _opens(self, path: Path) -> bool:
        try:
            self._connection.execute(f"select 1 from parquet_schema({_literal(str(path))}) limit 1").fetchall()
        except duckdb.Error:
            return False
        return True

    def _forget_refused(self) -> None:
        # These tables hold the refused lines themselves.
        for table in _REJECTS:
            with suppress(duckdb.Error):
                self._connection.execute(f"drop table if exists {table}")


_UNREAD = "Nothing can be said of rows that cannot be read."
_REFUSED = """
    select reason, count(*) from (
        select min(error_type::varchar) as reason from reject_errors group by scan_id, file_id, line
    ) group by 1 order by 1
"""


def _connect(folder: Path, memory_limit: str, threads: int | None) -> "duckdb.DuckDBPyConnection":
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "extension_directory": str(folder / "extensions"),
        "secret_directory": str(folder / "secrets"),
        "temp_directory": str(folder / "spill"),
        "memory_limit": memory_limit,
        "preserve_insertion_order": "false",
    }
    if threads is not None:
        config["threads"] = threads
    # In memory, spilling to `temp_directory` past the limit: a file costs three times the time of what it stores.
    connection = duckdb.connect(":memory:", config=config)
    connection.execute("set timezone='UTC'")
    return connection


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (duckdb.Error, pa.ArrowException, OverflowError, ValueError) as error:
        # The engine's own message may quote a value of the row that made it fail.
        raise CouldNotCheck(
            f"The engine could not answer ({type(error).__name__}).",
            "The question stays open; it is not a clean result.",
            "Check that the source still has the mapped columns, and that memory ([engine] memory_limit) and disk suffice.",
        ) from None


def _half_of_memory() -> int:
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with suppress(OSError, ValueError):  # not a Linux container, or no limit (« max »)
        whole = min(whole, int(_CGROUP_LIMIT.read_text(encoding="ascii")))
    return whole // 2


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_literal(str(key))}: {_literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_literal(item) for item in value) + "]"
    return "'" + str(value).replace("'", "''") + "'"


def _named(paths: Sequence[Path]) -> str:
    return paths[0].name if len(paths) == 1 else f"One of {len(paths)} files ({paths[0].name}…)"
