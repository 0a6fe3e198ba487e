"""The vault's journal: hash-chained entries, each signed, with the signed head kept in a file beside.

An entry altered, moved or forged breaks the chain or its signature; entries dropped from the end no longer contain
the head. Putting back an older copy of the whole folder shows only against a head noted elsewhere.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from anonymise.keys import SigningKey, signature_holds
from anonymise.keys.private import read_private, replace_private
from auditor.vocabulary.chain import GENESIS, Entry, broken_at, sealed
from auditor.vocabulary.errors import SecretMisuse

_SIGNED = b"poincon vault journal "


class Journal:
    """Appends to, reads and checks the journal of one vault."""

    def __init__(self, head_file: Path, key: SigningKey) -> None:
        self._head_file = head_file
        self._key = key

    def begin(self) -> None:
        """Write the head of an empty journal."""
        self._publish(0, GENESIS, self._key.sign(_SIGNED + GENESIS.encode()))

    def append(self, rows: sqlite3.Connection, content: Mapping[str, Any]) -> Entry:
        """Add one entry inside the caller's transaction; SecretMisuse when the end of the journal was tampered with."""
        wrong = self._tail_wrong(rows)
        if wrong is not None:
            raise SecretMisuse(
                f"The vault's journal cannot be continued: {wrong}.",
                "An opening of the vault that leaves no trustworthy trace must not happen.",
                "Have the journal examined before anything else is done with this vault.",
            )
        last = rows.execute("select sequence, digest from journal order by sequence desc limit 1").fetchone() or (0, GENESIS)
        entry = sealed(last[0] + 1, dict(content), last[1])
        text = json.dumps(entry.content, ensure_ascii=False, sort_keys=True)
        signature = self._key.sign(_SIGNED + entry.digest.encode())
        rows.execute("insert into journal values (?, ?, ?, ?, ?)", (entry.sequence, text, entry.previous, entry.digest, signature))
        return entry

    def publish_head(self, rows: sqlite3.Connection) -> None:
        """Copy the last entry's digest and signature beside the vault, once the transaction that wrote it is on disk."""
        last = rows.execute("select sequence, digest, signature from journal order by sequence desc limit 1").fetchone()
        self._publish(*last)

    def entries(self, rows: sqlite3.Connection) -> Iterator[Entry]:
        """Yield every entry in order; one that is not even readable comes with empty content, which breaks its digest."""
        for sequence, content, previous, digest in rows.execute(
            "select sequence, content, previous, digest from journal order by sequence"
        ):
            yield Entry(sequence=sequence, content=_read(content), previous=previous, digest=digest)

    def check(self, rows: sqlite3.Connection, head: str | None = None) -> str | None:
        """Return what is wrong with the journal, or None. `head` is a digest noted elsewhere, however old."""
        found = list(self.entries(rows))
        wrong = broken_at(found) or self._forged(rows)
        if wrong is not None:
            return wrong
        digests = [GENESIS, *(entry.digest for entry in found)]
        recorded = self._recorded()
        if recorded is None:
            return "the signed head of the journal is missing or was altered"
        if recorded[0] >= len(digests) or digests[recorded[0]] != recorded[1]:
            return f"the journal does not contain its signed head (entry {recorded[0]}; {len(found)} entries read)"
        if head is not None and head not in digests:
            return f"the journal does not contain the head noted elsewhere ({len(found)} entries read)"
        return None

    def _forged(self, rows: sqlite3.Connection) -> str | None:
        for sequence, digest, signature in rows.execute("select sequence, digest, signature from journal order by sequence"):
            if not signature_holds(self._key.public, signature, _SIGNED + digest.encode()):
                return f"entry {sequence} was not signed by this vault"
        return None

    def _tail_wrong(self, rows: sqlite3.Connection) -> str | None:
        """Check what the next entry will rest on, in constant time: the head file and the last signature."""
        recorded = self._recorded()
        if recorded is None:
            return "its signed head is missing or was altered"
        at_head = rows.execute("select digest from journal where sequence = ?", (recorded[0],)).fetchone()
        if recorded[0] and (at_head is None or at_head[0] != recorded[1]):
            return "it does not contain its signed head"
        last = rows.execute("select digest, signature from journal order by sequence desc limit 1").fetchone()
        if last is not None and not signature_holds(self._key.public, last[1], _SIGNED + last[0].encode()):
            return "its last entry was not signed by this vault"
        return None

    def _recorded(self) -> tuple[int, str] | None:
        try:
            head = json.loads(read_private(self._head_file))
            sequence, digest, signature = int(head["sequence"]), str(head["digest"]), bytes.fromhex(head["signature"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return (sequence, digest) if signature_holds(self._key.public, signature, _SIGNED + digest.encode()) else None

    def _publish(self, sequence: int, digest: str, signature: bytes) -> None:
        head = {"sequence": sequence, "digest": digest, "signature": signature.hex()}
        replace_private(self._head_file, json.dumps(head, sort_keys=True).encode() + b"\n")


def _read(content: str) -> dict[str, Any]:
    try:
        read = json.loads(content)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
