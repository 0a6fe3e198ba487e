"""`evidence/*.yml` into pieces, and pieces into relations that rules can ask."""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

import ibis
import pyarrow as pa

from auditor.engine.base import Relation
from auditor.vocabulary.asked import ASKED
from auditor.vocabulary.pieces import DocumentState, Piece, Shown
from auditor.vocabulary.register import Register
from policies.declarations import attempt, named
from policies.faults import Fault, Notebook, did_you_mean, shown
from policies.registry.loading import declared_files

FOLDER: Final = "evidence"
_BLOCK: Final = 1 << 20
_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]*")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_BINDING: Final = ("contract", "mobility-data-agreement")
"""Kinds that bind one body: without its name they would pass for a bond with everybody."""

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
        state = _state(loaded.value, place, notes)
        faults += notes.faults
        read.append(Shown(piece=loaded.value, file=file, document_state=state, lines=loaded.lines))
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


def misnamed(pieces: Iterable[Shown], register: Register, releases: Collection[str]) -> list[Fault]:
    """Return a fault for each activity or release that a piece names and nothing declares: it would prove nothing, unseen."""
    activities = [declared.activity.id for declared in register.activities]
    faults: list[Fault] = []
    for one in pieces:
        notes = Notebook(file=one.file, lines=one.lines)
        for rank, activity in enumerate(one.piece.activities):
            if activity not in activities:
                notes.note(
                    f"activities.{rank}", f"no activity of the register is called {shown(activity)}", did_you_mean(activity, activities)
                )
        if one.piece.release and one.piece.release not in releases:
            notes.note("release", f"no release plan is called {shown(one.piece.release)}", did_you_mean(one.piece.release, releases))
        faults += notes.faults
    return faults


def _check(piece: Piece, met: dict[str, str], notes: Notebook) -> None:
    _identified(piece, met, notes)
    if piece.sha256 and not _SHA256.fullmatch(piece.sha256):
        notes.note("sha256", "the digest is not a SHA-256 in hexadecimal", "write the 64 small characters that `sha256sum` prints")
    if piece.sha256 and not piece.document:
        notes.note("sha256", "a digest is given and no document", "name the document, relative to evidence/")
    if piece.valid_from and piece.expires_on and piece.expires_on < piece.valid_from:
        notes.note("expires_on", "the piece expires before it is valid", "correct one of the two dates")
    if piece.kind in _BINDING and not piece.party:
        notes.note(
            "kind", f"a piece of the kind {shown(piece.kind)} names no party", "add `party: …`, the name the register gives that body"
        )
    _worded(piece, notes)


def _identified(piece: Piece, met: dict[str, str], notes: Notebook) -> None:
    if not _ID.fullmatch(piece.id):
        notes.note("id", f"the id {shown(piece.id)} cannot be used", "use small letters without accents, digits and -")
    earlier = met.setdefault(piece.id, f"{notes.file}:{notes.line('id')}")
    if not earlier.startswith(f"{notes.file}:"):
        notes.note("id", f"the piece {shown(piece.id)} is already declared at {earlier}", "rename one of the two")


def _worded(piece: Piece, notes: Notebook) -> None:
    """Refuse a word that no rule asks for: misspelt, it would show nothing without anyone knowing."""
    asked = ASKED[piece.kind]
    for rank, word in enumerate(piece.holds):
        if word not in asked.holds:
            what = f"{shown(word)} is not a word of `holds` in a piece of the kind {shown(piece.kind)}"
            notes.note(f"holds.{rank}", what, did_you_mean(word, asked.holds))
    for name in piece.facts:
        if name not in asked.facts:
            what = f"{shown(name)} is not a fact of a piece of the kind {shown(piece.kind)}"
            notes.note(f"facts.{name}", what, did_you_mean(name, asked.facts))


def _state(piece: Piece, place: Path, notes: Notebook) -> DocumentState:
    """Look at the document itself; one that lies elsewhere, or cannot be read, is a fault and counts as missing."""
    if not piece.document:
        return "none"
    path = place / piece.document
    if not path.resolve().is_relative_to(place.resolve()):
        notes.note("document", "the document lies outside evidence/", "copy it there and give its path relative to evidence/")
        return "missing"
    if not path.is_file():
        return "missing"
    try:
        digest = _digest(path)
    except OSError as error:
        notes.note(
            "document", f"the document cannot be read ({error.strerror})", "give the account that runs the audit the right to read it"
        )
        return "missing"
    if not piece.sha256:
        return "unsealed"
    return "present" if digest == piece.sha256 else "changed"


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
