"""Hash-chained, append-only entries: what makes a ledger and a journal tamper-evident.

Each entry's digest covers its sequence number, its content in canonical JSON (RFC 8785 for the values used here:
sorted keys, no spaces, UTF-8) and the digest before it, so that altering, dropping or reordering an entry breaks
every digest after it. Truncation shows against a head kept elsewhere.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

GENESIS: Final = "0" * 64
"""Digest that stands before the first entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a chain."""

    sequence: int
    content: Mapping[str, Any]
    previous: str
    digest: str


def canonical(content: object) -> bytes:
    """Serialise to the canonical JSON that digests and signatures cover."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def sealed(sequence: int, content: Mapping[str, Any], previous: str) -> Entry:
    """Make the entry that follows `previous`."""
    covered = canonical({"content": content, "previous": previous, "sequence": sequence})
    return Entry(sequence=sequence, content=content, previous=previous, digest=hashlib.sha256(covered).hexdigest())


def broken_at(entries: Iterable[Entry], head: str | None = None) -> str | None:
    """Return what is wrong with a chain, or None. `head` is the last digest known from elsewhere."""
    previous = GENESIS
    expected = 1
    for entry in entries:
        if entry.sequence != expected:
            return f"entry {expected} is missing or out of order (found {entry.sequence})"
        if entry.previous != previous:
            return f"entry {entry.sequence} does not follow the entry before it"
        if sealed(entry.sequence, entry.content, previous).digest != entry.digest:
            return f"entry {entry.sequence} was altered"
        previous, expected = entry.digest, expected + 1
    if head is not None and head != previous:
        return f"the chain ends before, or elsewhere than, the head known ({expected - 1} entries read)"
    return None
