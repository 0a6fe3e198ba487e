"""PostgreSQL, inside one read-only transaction whose snapshot all the tables share."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

import ibis
import pyarrow as pa
import sqlalchemy as sa

from auditor.sources.raw import UNREAD, plain
from auditor.vocabulary.errors import SourceProblem

_TIMEOUT_SECONDS: Final = 10
_READ_ONLY: Final = f"-c default_transaction_read_only=on -c lock_timeout={_TIMEOUT_SECONDS}s"
NOT_ALLOWED: Final = "42501"
"""SQLSTATE of a right that the account lacks."""
LOCKED: Final = "55P03"
"""SQLSTATE of a lock that was not given in time."""
_MOST_DIGITS: Final = 38


@contextlib.contextmanager
def opened(name: str, url: sa.URL) -> Iterator[sa.Connection]:
    """Connect read-only; SourceProblem, without the URL, when the server does not answer or refuses the account."""
    engine = sa.create_engine(reading(url), poolclass=sa.NullPool, connect_args={"connect_timeout": _TIMEOUT_SECONDS})
    try:
        connection = engine.connect().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    except sa.exc.DBAPIError:
        raise SourceProblem(
            f"Source {name}: the PostgreSQL server does not answer, or refuses this account.",
            UNREAD,
            "Check the url (host, port, base, account), that the server is up, and that the account may read.",
        ) from None
    with connection:
        yield connection


def reading(url: sa.URL, **settings: str) -> sa.URL:
    """Return the URL under which every transaction of a session is read-only, with other settings of the session."""
    others = " ".join(f"-c {name}={value}" for name, value in settings.items())
    options = " ".join(part for part in (url.query.get("options"), _READ_ONLY, others) if isinstance(part, str) and part)
    return url.set(drivername="postgresql+psycopg").update_query_dict({"options": options})


def columns_of(connection: sa.Connection, table: str, declared: Sequence[tuple[str, Any]]) -> list[tuple[str, str, "pa.DataType"]]:
    """Return (name, expression, Arrow type) per column; what Arrow or Python cannot hold exactly is read as text."""
    endless = _endless(connection, table, [name for name, type_ in declared if isinstance(type_, sa.Date | sa.DateTime)])
    quoted = connection.dialect.identifier_preparer.quote
    chosen = []
    for name, type_ in declared:
        arrow = None if name in endless else _arrow(type_)
        expression = quoted(name) if arrow is not None else _as_text(quoted(name), type_)
        chosen.append((name, expression, arrow or pa.string()))
    return chosen


def types_of(declared: Sequence[tuple[str, Any]]) -> dict[str, str]:
    """Return the type of every column as the catalogue tells it, in the words of the engine; no row is read."""
    arrows = pa.schema([(name, _arrow(type_) or pa.string()) for name, type_ in declared])
    return {name: str(type_) for name, type_ in ibis.schema(arrows).items()}


def _endless(connection: sa.Connection, table: str, names: Sequence[str]) -> set[str]:
    """Name the columns holding « infinity » or a year that Python's dates have no word for."""
    if not names:
        return set()
    quoted = connection.dialect.identifier_preparer.quote
    outside = "({0} < '0001-01-01' or {0} >= '10000-01-01')"
    probes = ", ".join(f"coalesce(bool_or({outside.format(quoted(name))}), false)" for name in names)
    row = connection.execute(plain(f"select {probes} from {table}")).one()
    return {name for name, found in zip(names, row, strict=True) if found}


def _as_text(quoted: str, type_: Any) -> str:
    return f"encode({quoted}, 'hex')" if isinstance(type_, sa.LargeBinary) else f"cast({quoted} as text)"


def _arrow(type_: Any) -> "pa.DataType | None":
    if isinstance(type_, sa.Float):
        return pa.float64()
    if isinstance(type_, sa.Numeric):
        exact = type_.precision is not None and type_.scale is not None and type_.precision <= _MOST_DIGITS
        return pa.decimal128(type_.precision, type_.scale) if exact else None
    if isinstance(type_, sa.DateTime):
        return pa.timestamp("us", tz="UTC" if type_.timezone else None)
    plain = ((sa.Boolean, pa.bool_()), (sa.Integer, pa.int64()), (sa.Date, pa.date32()), (sa.String, pa.string()))
    return next((arrow for known, arrow in plain if isinstance(type_, known)), None)
