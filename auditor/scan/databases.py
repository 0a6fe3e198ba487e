"""What a declared database holds besides the tables that are mapped, and who may read it. Catalogues only: no row is read."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import sqlalchemy as sa

from auditor.sources.databases import open_database
from auditor.vocabulary.errors import PoinconError
from auditor.vocabulary.network import DataMap, NetworkPlace, Source
from auditor.vocabulary.scanned import ForeignTable, NotLooked

_SQLITE: Final = """
    select name, type from sqlite_master where type in ('table', 'view') and name not like 'sqlite\\_%' escape '\\' order by name
"""
_POSTGRES: Final = """
    select n.nspname as schema, n.nspname = current_schema() as here, c.relname as name, c.relkind in ('v', 'm') as seen_through,
           (select count(*) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
           has_table_privilege(c.oid, 'select') or has_any_column_privilege(c.oid, 'select') as readable
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
      and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
    order by 1, 3
"""
_GRANTS: Final = """
    select n.nspname as schema, c.relname as name, coalesce(r.rolname, 'PUBLIC') as role
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    cross join lateral (
        select * from aclexplode(c.relacl)
        union all
        select granted.* from pg_attribute a, aclexplode(a.attacl) as granted where a.attrelid = c.oid and not a.attisdropped
    ) as granted
    left join pg_roles r on r.oid = granted.grantee
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
      and granted.privilege_type = 'SELECT' and granted.grantee <> c.relowner
    group by 1, 2, 3 order by 1, 2, 3
"""
"""Rights on one column of a table are rights on the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The tables and views of the declared databases."""

    foreign: tuple[ForeignTable, ...] = ()
    """Those that no feed maps, by name."""
    readers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By table, mapped or not: roles of the server that may read it, the owner excepted."""
    missed: tuple[NotLooked, ...] = ()
    """Databases and tables that could not be looked at."""


def inventory(place: NetworkPlace, declared: Collection[str] = ()) -> Inventory:
    """List what each declared database holds; a database that does not answer is noted and the rest goes on.

    Args:
        place: The network folder and its mapping.
        declared: Physical tables that some activity of the register covers.
    """
    foreign: list[ForeignTable] = []
    readers: dict[str, tuple[str, ...]] = {}
    missed: list[NotLooked] = []
    mapped = _mapped(place.mapping)
    for name, source in sorted(place.mapping.sources.items()):
        if source.url is None:
            continue
        try:
            for table in _tables(place, name, source):
                readers[table.table] = table.readers
                if table.table not in mapped:
                    foreign.append(table)
                if table.unread:
                    missed.append(NotLooked(what=table.table, reason=table.unread))
        except PoinconError as problem:
            missed.append(NotLooked(what=name, reason=problem.what))
        except sa.exc.SQLAlchemyError as error:
            missed.append(NotLooked(what=name, reason=f"the catalogue could not be read ({type(error).__name__})"))
    said = frozenset(declared)
    known = tuple(_known(table, said) for table in foreign)
    return Inventory(foreign=known, readers={name: roles for name, roles in readers.items() if roles}, missed=tuple(missed))


def _mapped(mapping: DataMap) -> frozenset[str]:
    return frozenset(feed.source for feeds in mapping.tables.values() for feed in feeds)


def _known(table: ForeignTable, declared: frozenset[str]) -> ForeignTable:
    return ForeignTable(
        table=table.table,
        kind=table.kind,
        columns=table.columns,
        readers=table.readers,
        declared=table.table in declared,
        unread=table.unread,
    )


def _tables(place: NetworkPlace, name: str, source: Source) -> Iterator[ForeignTable]:
    with open_database(place, name, source) as connection:
        if connection.dialect.name == "sqlite":
            yield from _of_sqlite(connection, name)
        else:
            yield from _of_postgres(connection, name, _mapped(place.mapping))


def _of_sqlite(connection: sa.Connection, source: str) -> Iterator[ForeignTable]:
    quoted = connection.dialect.identifier_preparer.quote
    for name, kind in connection.execute(sa.text(_SQLITE)).all():
        try:
            columns, problem = len(connection.exec_driver_sql(f"pragma table_info({quoted(name)})").all()), ""
        except sa.exc.SQLAlchemyError as error:
            columns, problem = 0, f"its definition cannot be read ({type(error).__name__})"
        yield ForeignTable(table=f"{source}.{name}", kind="view" if kind == "view" else "table", columns=columns, unread=problem)


def _of_postgres(connection: sa.Connection, source: str, mapped: frozenset[str]) -> Iterator[ForeignTable]:
    granted: dict[tuple[str, str], list[str]] = {}
    for schema, name, role in connection.execute(sa.text(_GRANTS)).all():
        granted.setdefault((schema, name), []).append(role)
    for row in connection.execute(sa.text(_POSTGRES)).all():
        whole = f"{source}.{row.schema}.{row.name}"
        called = f"{source}.{row.name}" if row.here and whole not in mapped else whole
        yield ForeignTable(
            table=called,
            kind="view" if row.seen_through else "table",
            columns=int(row.columns),
            readers=tuple(granted.get((row.schema, row.name), ())),
            unread="" if row.readable else "this account has no right to read it",
        )
