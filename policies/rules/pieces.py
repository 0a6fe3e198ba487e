"""What a program can check of a document it cannot judge: there, dated, in force, unchanged, as young as what it describes."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from auditor.rules import Tables
from auditor.vocabulary.durations import Duration

Row = dict[str, Any]

PIECE_KINDS: Final = ("piece-missing", "piece-not-dated", "piece-not-in-force", "piece-changed", "piece-out-of-date", "piece-incomplete")
"""The faults of a piece, as the evidence `kind` of a finding."""


def pieces_of(t: Tables, kind: str, *, activity: str | None = None, release: str | None = None, party: str | None = None) -> list[Row]:
    """Return the pieces of one kind that concern an activity, a release or a party; one that names none concerns all.

    Raises:
        TableAbsent: the network has no evidence folder, so nobody said whether the document exists.
    """
    t.require("declared_pieces")
    pieces = t["declared_pieces"]
    found = t.ask(pieces.filter(pieces.kind == kind))
    named: dict[str, set[str]] = {}
    if activity is not None:
        for row in t.ask(t["declared_piece_activities"]):
            named.setdefault(row["piece"], set()).add(row["activity"])
        found = [row for row in found if activity in named.get(row["piece"], {activity})]
    if release is not None:
        found = [row for row in found if row["release"] in {None, release}]
    if party is not None:
        found = [row for row in found if row["party"] in {None, party}]
    return found


def faults_of(t: Tables, piece: Row, *, holds: tuple[str, ...] = (), age: Duration | None = None) -> Iterator[Row]:
    """Yield what is checkably wrong with one piece: `kind`, `value` (its id), `missing`, file and line.

    Args:
        t: The tables.
        piece: A row of `declared_pieces`.
        holds: Headings or clauses that it must say it holds.
        age: Longest time since it was dated or last reviewed.
    """
    place = {"file": piece["file"], "line": piece["line"], "value": piece["piece"]}
    today = t.as_of.date()
    if piece["document_state"] == "missing":
        yield {**place, "kind": "piece-missing"}
    if piece["document_state"] == "changed":
        yield {**place, "kind": "piece-changed"}
    latest = max((day for day in (piece["dated"], piece["reviewed_on"]) if day is not None and day <= today), default=None)
    if latest is None:
        yield {**place, "kind": "piece-not-dated"}
    if not _in_force(piece, today):
        yield {**place, "kind": "piece-not-in-force"}
    if latest is not None and (_too_old(latest, age, t) or _describes_another_schema(t, piece, latest)):
        yield {**place, "kind": "piece-out-of-date", "newest": latest}
    for heading in _lacking(t, piece, holds):
        yield {**place, "kind": "piece-incomplete", "missing": heading}


def shown(
    t: Tables,
    kind: str,
    *,
    activity: str | None = None,
    release: str | None = None,
    party: str | None = None,
    holds: tuple[str, ...] = (),
    age: Duration | None = None,
) -> list[Row]:
    """Return no row when one piece of this kind is beyond reproach, else the faults of the best one, or `piece-missing`.

    Raises:
        TableAbsent: the network has no evidence folder.
    """
    candidates = [
        list(faults_of(t, piece, holds=holds, age=age)) for piece in pieces_of(t, kind, activity=activity, release=release, party=party)
    ]
    return min(candidates, key=len) if candidates else [{"kind": "piece-missing", "missing": kind}]


def facts_of(t: Tables, piece: Row) -> dict[str, str]:
    """Return the facts that a piece gives, by name."""
    facts = t["declared_facts"]
    return {row["fact"]: row["value"] for row in t.ask(facts.filter(facts.piece == piece["piece"]))}


def _in_force(piece: Row, today: date) -> bool:
    begun = piece["valid_from"] is None or piece["valid_from"] <= today
    return begun and (piece["expires_on"] is None or today <= piece["expires_on"])


def _too_old(latest: date, age: Duration | None, t: Tables) -> bool:
    return age is not None and latest < age.before(t.as_of).date()


def _describes_another_schema(t: Tables, piece: Row, latest: date) -> bool:
    if "recorded_schemas" not in t:
        return False
    described, schemas = t["declared_piece_tables"], t["recorded_schemas"]
    changed = schemas.semi_join(described.filter(described.piece == piece["piece"]), "table")
    return any(row["changed_on"] is not None and row["changed_on"] > latest for row in t.ask(changed))


def _lacking(t: Tables, piece: Row, holds: tuple[str, ...]) -> list[str]:
    if not holds:
        return []
    contents = t["declared_piece_contents"]
    held = {row["holds"] for row in t.ask(contents.filter(contents.piece == piece["piece"]))}
    return [heading for heading in holds if heading not in held]
