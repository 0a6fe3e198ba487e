"""The vault's own SQLite file: 0600, in a 0700 folder, with an append-only journal beside the sealed records."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from anonymise.keys.private import check_private, create_private
from auditor.vocabulary.errors import SecretMisuse

TABLES = """
create table if not exists about (name text primary key, value text not null) without rowid;
create table if not exists record (
    id text primary key,
    sealed blob not null,
    origin integer not null check (origin in (0, 1, 2))
) without rowid;
create table if not exists journal (
    sequence integer primary key,
    content text not null,
    previous text not null,
    digest text not null,
    signature blob not null
);
create trigger if not exists journal_is_not_altered before update on journal
begin select raise(abort, 'the journal is append-only'); end;
create trigger if not exists journal_is_not_dropped before delete on journal
begin select raise(abort, 'the journal is append-only'); end;
create trigger if not exists journal_is_in_order before insert on journal
when new.sequence <> (select coalesce(max(sequence), 0) + 1 from journal)
begin select raise(abort, 'the journal is append-only'); end;
"""
"""`origin` tells which records the vault itself changed: sealing again must not undo that."""

SEALED, CHANGED_HERE, REBUILT_HERE = 0, 1, 2


_SETTINGS = """
pragma page_size = 16384;
pragma cache_size = -65536;
pragma secure_delete = on;
pragma synchronous = extra;
"""
"""Pages that hold a whole record, 64 MiB of them; erased content is overwritten; a commit returns once the disk has it."""


class Database:
    """One connection. Every change is one transaction, on disk when it ends."""

    def __init__(self, file: Path) -> None:
        self.file = file
        if not file.exists() and not file.is_symlink():
            create_private(file)
        check_private(file)
        self._connection = sqlite3.connect(file, isolation_level=None, timeout=30)
        try:
            with self._told():
                self._connection.executescript(_SETTINGS + TABLES)
        except SecretMisuse:
            self._connection.close()
            raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for questions."""
        with self._told():
            yield self._connection

    @contextlib.contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """Give the connection inside one transaction, alone among processes; all of it or nothing is kept."""
        with self._told():
            self._connection.execute("begin immediate")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("rollback")
                raise
            self._connection.execute("commit")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise SecretMisuse(
                f"The vault file {self.file} cannot be used ({type(error).__name__}).",
                "A damaged or locked vault must not answer, nor be rebuilt as an empty one.",
                "Close other programs that use it, or put back a whole copy of the vault folder.",
            ) from None
