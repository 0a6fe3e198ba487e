"""The ledger: one chained entry per release made and per release refused, in a database that refuses changes.

Three things make a change show: the database refuses UPDATE and DELETE (triggers); each entry's digest covers the one
before it; the last digest is also written, signed, to a head file beside, so that a ledger cut short no longer ends
where the head says.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import DDL, Column, Connection, Integer, MetaData, String, Table, Text, create_engine, event, func, select
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from anonymise.ledger.receipts import ReceiptInvalid, Signer, open_envelope, signed_envelope
from auditor.vocabulary.chain import GENESIS, Entry, broken_at, canonical, sealed
from auditor.vocabulary.errors import CouldNotCheck

HEAD_TYPE: Final = "application/vnd.poincon.ledger-head+json"

_METADATA = MetaData()
_ENTRIES = Table(
    "release_ledger",
    _METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
)
_SQLITE: Final = "CREATE TRIGGER release_ledger_no_{0} BEFORE {0} ON release_ledger BEGIN SELECT RAISE(ABORT, 'append-only'); END"
_POSTGRES_FUNCTION: Final = (
    "CREATE OR REPLACE FUNCTION release_ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"
)
_POSTGRES_TRIGGER: Final = (
    "CREATE TRIGGER release_ledger_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON release_ledger "
    "FOR EACH STATEMENT EXECUTE FUNCTION release_ledger_refuse()"
)
_REFUSALS: Final = (
    ("sqlite", _SQLITE.format("update")),
    ("sqlite", _SQLITE.format("delete")),
    ("postgresql", _POSTGRES_FUNCTION),
    ("postgresql", _POSTGRES_TRIGGER),
)
"""What each database is told once, so that it refuses every change by itself."""

for _dialect, _statement in _REFUSALS:
    event.listen(_ENTRIES, "after_create", DDL(_statement).execute_if(dialect=_dialect))  # type: ignore[no-untyped-call]


class Ledger:
    """Entries in order. SQLite in a private file by default, PostgreSQL by URL."""

    def __init__(
        self, place: str | Path, *, signer: Signer | None = None, public_key: bytes | None = None, head_file: Path | None = None
    ) -> None:
        """Open or create the ledger at a path or SQLAlchemy URL.

        `signer` signs the head on each append; `public_key` (the signer's, by default) checks it.
        """
        file, self._engine = _open(place)
        self._signer = signer
        self._public = public_key if public_key is not None else signer.public if signer is not None else None
        self._head_file = head_file if head_file is not None else file.with_name(f"{file.name}.head.json") if file is not None else None
        with _answering():
            _METADATA.create_all(self._engine)
        if file is not None:
            file.chmod(0o600)

    def append(self, kind: str, content: Mapping[str, Any], at: datetime) -> Entry:
        """Add an entry and sign the new head; CouldNotCheck, and nothing written, when the chain's end was tampered with."""
        with _answering(), self._engine.connect() as connection:
            _take_turn(connection)
            last = self._last(connection)
            self._check_end(last)
            said = {"kind": kind, "at": at.isoformat(), **content}
            entry = sealed(last.sequence + 1 if last else 1, said, last.digest if last else GENESIS)
            row = {"sequence": entry.sequence, "content": canonical(said).decode(), "previous": entry.previous, "digest": entry.digest}
            connection.execute(_ENTRIES.insert().values(**row))
            connection.commit()
        self._sign_head(entry, at)
        return entry

    def entries(self) -> list[Entry]:
        """Return every entry, oldest first. `content` carries `kind` and `at` (ISO instant)."""
        with _answering(), self._engine.connect() as connection:
            return [_entry(row) for row in connection.execute(select(_ENTRIES).order_by(_ENTRIES.c.sequence)).mappings()]

    def head(self) -> str:
        """Return the last digest (GENESIS when empty)."""
        with _answering(), self._engine.connect() as connection:
            last = self._last(connection)
        return last.digest if last else GENESIS

    def check(self, head: str | None = None) -> str | None:
        """Return what is wrong with the ledger, or None. `head` is a digest known from elsewhere, at the end of the chain."""
        try:
            entries = self.entries()
        except CouldNotCheck as problem:
            return problem.what
        return broken_at(entries, head) or self._head_problem(entries)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _last(self, connection: Connection) -> Entry | None:
        newest = select(func.max(_ENTRIES.c.sequence)).scalar_subquery()
        row = connection.execute(select(_ENTRIES).where(_ENTRIES.c.sequence == newest)).mappings().first()
        return _entry(row) if row is not None else None

    def _check_end(self, last: Entry | None) -> None:
        """Refuse to write after an end that is not the signed one; one entry more than the head is a run that was killed."""
        problem = "its last entry was altered" if last and _altered(last) else None
        said = self._said_head()
        if said is not None and problem is None:
            here = (last.sequence, last.digest) if last else (0, GENESIS)
            interrupted = last is not None and (last.sequence - 1, last.previous) == said
            problem = None if here == said or interrupted else "it does not end where its signed head says"
        elif self._signer is not None and self._head_file is not None and last is not None and last.sequence > 1:
            problem = problem or "its signed head file is missing"
        if problem is not None:
            raise CouldNotCheck(
                f"The release ledger was tampered with: {problem}.",
                "A release can only be compared with earlier ones through a ledger that is whole.",
                "Restore the ledger and its head file from a backup, then run `poincon release ledger`.",
            )

    def _head_problem(self, entries: list[Entry]) -> str | None:
        if self._head_file is None:
            return None
        try:
            said = self._said_head()
        except CouldNotCheck as problem:
            return problem.what
        if said is None:
            return "the signed head file is missing" if entries else None
        return _against_head(entries, *said)

    def _said_head(self) -> tuple[int, str] | None:
        if self._head_file is None or not self._head_file.exists():
            return None
        try:
            said = json.loads(open_envelope(self._head_file.read_bytes(), HEAD_TYPE, self._public))
            return int(said["sequence"]), str(said["digest"])
        except (ReceiptInvalid, OSError, ValueError, KeyError, TypeError):
            raise CouldNotCheck(
                "The ledger's head file was altered, or signed by another key.",
                "Without it, a ledger cut short would look whole.",
                "Restore the head file from a backup, and check that the key store is the one that signed it.",
            ) from None

    def _sign_head(self, entry: Entry, at: datetime) -> None:
        if self._head_file is None or self._signer is None:
            return
        said = canonical({"sequence": entry.sequence, "digest": entry.digest, "at": at.isoformat()})
        _replace(self._head_file, signed_envelope(HEAD_TYPE, said, self._signer))


def _against_head(entries: list[Entry], sequence: int, digest: str) -> str | None:
    if sequence > len(entries):
        return f"the ledger was cut short: {len(entries)} entries left of {sequence}"
    if digest != (entries[sequence - 1].digest if sequence else GENESIS):
        return f"entry {sequence} is not the one that was signed"
    added = len(entries) - sequence
    return f"{added} entries were added after the signed head" if added else None


def _open(place: str | Path) -> tuple[Path | None, Engine]:
    url = make_url(place) if isinstance(place, str) and "://" in place else make_url(f"sqlite:///{place}")
    if url.get_backend_name() != "sqlite":
        return None, create_engine(url, hide_parameters=True)
    file = Path(str(url.database)).absolute()
    if not file.parent.exists():
        file.parent.mkdir(mode=0o700, parents=True)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    engine = create_engine(f"sqlite:///{file}", hide_parameters=True, poolclass=NullPool, connect_args={"isolation_level": None})
    return file, engine


def _take_turn(connection: Connection) -> None:
    """Let one writer at a time read the end of the chain and extend it."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE release_ledger IN EXCLUSIVE MODE")


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise CouldNotCheck(
            f"The release ledger cannot be read or written ({type(error).__name__}).",
            "A release that is not in the ledger cannot be compared with the next ones.",
            "Check that the ledger's folder is writable and that its file is a whole database.",
        ) from None


def _entry(row: Mapping[Any, Any]) -> Entry:
    try:
        content = json.loads(row["content"])
    except ValueError:
        # Kept as an entry whose digest cannot hold, so that the check names it.
        content = {"unreadable": row["content"]}
    return Entry(sequence=row["sequence"], content=content, previous=row["previous"], digest=row["digest"])


def _altered(entry: Entry) -> bool:
    return sealed(entry.sequence, entry.content, entry.previous).digest != entry.digest


def _replace(file: Path, content: bytes) -> None:
    """Write a private file in one piece: after a kill the old one or the new one stands."""
    temporary = file.with_name(f".{file.name}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(file)
