"""`evidence/*.yml` into pieces, and pieces into relations that rules can ask."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

import ibis
import pyarrow as pa

from auditor.engine.base import Relation
from auditor.vocabulary.pieces import DocumentState, Piece, Shown
from policies.declarations import attempt, named
from policies.faults import Fault, Notebook, shown
from policies.registry.loading import declared_files

FOLDER: Final = "evidence"
_BLOCK: Final = 1 << 20

_DATES: Final = ("dated", "reviewed_on", "valid_from", "expires_on")
_TEXTS: Final = ("piece", "kind", "title", "release", "party", "document", "document_state", "file")
SCHEMAS: Final = {
    "declared_pieces": pa.schema(
        [*((name, pa.string()) for name in _TEXTS), *((name, pa.date32()) for name in _DATES), ("line", pa.int64())]
    ),
    "declared_piece_activities": pa.schema([("piece", pa.string()), ("kind", pa.string()), ("activity", pa.string())]),
    "declared_piece_tables": pa.schema([("piece", pa.string()), ("kind", pa.string()), ("table", pa.string())]),
    "declared_piece_recipients": pa.schema([("piece", pa.string()), ("kind", pa.string()), ("recipient", pa.string())]),
    "declared_piece_contents": pa.schema([("piece", pa.string()), ("kind", pa.string()), ("holds", pa.string())]),
    "declared_facts": pa.schema([("piece", pa.string()), ("kind", pa.string()), ("fact", pa.string()), ("value", pa.string())]),
}
"""Relations made of the pieces. `declared_pieces` is absent, not empty, when the network has no `evidence/` folder."""


def read_pieces(folder: Path) -> tuple[tuple[Shown, ...] | None, list[Fault]]:
    """Read the evidence folder of a network: None when there is none, and every fault of what could not be read."""
    place = folder / FOLDER
    if not place.is_dir():
        return None, []
    read: list[Shown] = []
    faults: list[Fault] = []
    met: dict[str, str] = {}
    for path in declared_files(place):
        loaded, found = attempt(path, Piece, folder)
        faults += found
        if loaded is None:
            continue
        file = named(path, folder)
        notes = Notebook(file=file, lines=loaded.lines)
        _check(loaded.value, met, notes)
        faults += notes.faults
        read.append(Shown(piece=loaded.value, file=file, document_state=_state(loaded.value, place), lines=loaded.lines))
    return tuple(sorted(read, key=lambda one: one.piece.id)), faults


def piece_tables(pieces: Iterable[Shown] | None) -> dict[str, Relation]:
    """Return the relations of the pieces by name; none at all when the network has no evidence folder."""
    if pieces is None:
        return {}
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in SCHEMAS}
    for one in pieces:
        for name, row in _rows(one):
            rows[name].append({"piece": one.piece.id, "kind": one.piece.kind, **row})
    return {name: ibis.memtable(pa.Table.from_pylist(rows[name], schema=schema)) for name, schema in SCHEMAS.items()}


def _rows(one: Shown) -> Iterator[tuple[str, dict[str, Any]]]:
    piece = one.piece
    dates: dict[str, date | None] = {name: getattr(piece, name) for name in _DATES}
    texts = {"title": piece.title, "release": piece.release or None, "party": piece.party or None, "document": piece.document or None}
    yield "declared_pieces", {**texts, **dates, "document_state": one.document_state, "file": one.file, "line": one.line("kind")}
    for activity in piece.activities:
        yield "declared_piece_activities", {"activity": activity}
    for table in piece.tables:
        yield "declared_piece_tables", {"table": table}
    for recipient in piece.recipients:
        yield "declared_piece_recipients", {"recipient": recipient}
    for held in piece.holds:
        yield "declared_piece_contents", {"holds": held}
    for fact, value in piece.facts.items():
        yield "declared_facts", {"fact": fact, "value": value}


def _check(piece: Piece, met: dict[str, str], notes: Notebook) -> None:
    earlier = met.setdefault(piece.id, f"{notes.file}:{notes.line('id')}")
    if not earlier.startswith(f"{notes.file}:"):
        notes.note("id", f"the piece {shown(piece.id)} is already declared at {earlier}", "rename one of the two")
    if piece.sha256 and (len(piece.sha256) != 64 or not set(piece.sha256) <= set("0123456789abcdef")):  # noqa: PLR2004 - SHA-256 in hexadecimal
        notes.note("sha256", "the digest is not a SHA-256 in hexadecimal", "write the 64 characters that `sha256sum` prints")
    if piece.sha256 and not piece.document:
        notes.note("sha256", "a digest is given and no document", "name the document, relative to evidence/")
    if piece.document and (Path(piece.document).is_absolute() or ".." in Path(piece.document).parts):
        notes.note("document", "the document lies outside evidence/", "copy it there and give its path relative to evidence/")
    if piece.valid_from and piece.expires_on and piece.expires_on < piece.valid_from:
        notes.note("expires_on", "the piece expires before it is valid", "correct one of the two dates")


def _state(piece: Piece, place: Path) -> DocumentState:
    if not piece.document:
        return "none"
    path = place / piece.document
    if not path.is_file():
        return "missing"
    if not piece.sha256:
        return "unsealed"
    return "present" if _digest(path) == piece.sha256 else "changed"


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
