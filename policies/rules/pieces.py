"""What a program can check of a document it cannot judge: there, dated, in force, unchanged, as young as what it describes."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final
from weakref import WeakKeyDictionary

from auditor.engine.base import Relation
from auditor.rules import Tables
from auditor.vocabulary.durations import Duration
from auditor.vocabulary.text import Text, said

Row = dict[str, Any]

PIECE_KINDS: Final = ("piece-missing", "piece-not-dated", "piece-not-in-force", "piece-changed", "piece-out-of-date", "piece-incomplete")
"""The faults of a piece, as the evidence `kind` of a finding."""


def pieces_of(t: Tables, kind: str, *, activity: str | None = None, release: str | None = None, party: str | None = None) -> list[Row]:
    """Return the pieces of one kind that concern an activity, a release or a party; one that names none concerns all.

    Raises:
        TableAbsent: the network has no evidence folder, so nobody said whether the document exists.
    """
    found = sorted((dict(row) for row in _rows(t, "declared_pieces") if row["kind"] == kind), key=lambda row: str(row["piece"]))
    named: dict[str, set[str]] = {}
    if activity is not None:
        for row in _rows(t, "declared_piece_activities"):
            named.setdefault(row["piece"], set()).add(row["activity"])
        found = [row for row in found if activity in named.get(row["piece"], {activity})]
    if release is not None:
        found = [row for row in found if row["release"] in {None, release}]
    if party is not None:
        found = [row for row in found if row["party"] in {None, party}]
    return found


def faults_of(
    t: Tables, piece: Row, *, holds: tuple[str, ...] = (), age: Duration | None = None, since: date | None = None
) -> Iterator[Row]:
    """Yield what is checkably wrong with one piece: `kind`, `value` (its id), `missing`, file and line.

    Args:
        t: The tables.
        piece: A row of `declared_pieces`.
        holds: Headings or clauses that it must say it holds.
        age: Longest time since it was dated or last reviewed.
        since: Day of the last change of what it describes: it must not be older.
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
    if not in_force(piece, today):
        yield {**place, "kind": "piece-not-in-force"}
    if latest is not None and (_too_old(latest, age, since, t) or _describes_another_schema(t, piece, latest)):
        yield {**place, "kind": "piece-out-of-date", "newest": latest}
    for heading in lacking(t, piece, holds):
        yield {**place, "kind": "piece-incomplete", "missing": heading}


def shown(  # noqa: PLR0913 - named one by one, each narrows the search or tightens it in its own way
    t: Tables,
    kind: str,
    *,
    activity: str | None = None,
    release: str | None = None,
    party: str | None = None,
    holds: tuple[str, ...] = (),
    age: Duration | None = None,
    since: date | None = None,
) -> list[Row]:
    """Return no row when one piece of this kind is beyond reproach, else the faults of the best one, or `piece-missing`.

    The best piece is the one with the fewest faults; of two alike, the first by id.

    Raises:
        TableAbsent: the network has no evidence folder.
    """
    found = pieces_of(t, kind, activity=activity, release=release, party=party)
    candidates = [list(faults_of(t, piece, holds=holds, age=age, since=since)) for piece in found]
    return min(candidates, key=len) if candidates else [{"kind": "piece-missing", "missing": kind}]


def facts_of(t: Tables, piece: Row) -> dict[str, str]:
    """Return the facts that a piece gives, by name."""
    return {row["fact"]: row["value"] for row in _rows(t, "declared_facts") if row["piece"] == piece["piece"]}


def in_force(piece: Row, today: date) -> bool:
    """Tell whether a piece is in force on a day, its first and its last included."""
    begun = piece["valid_from"] is None or piece["valid_from"] <= today
    return begun and (piece["expires_on"] is None or today <= piece["expires_on"])


def lacking(t: Tables, piece: Row, holds: Iterable[str]) -> list[str]:
    """Return the headings, among those asked for, that nobody found in a piece."""
    held = {row["holds"] for row in _rows(t, "declared_piece_contents") if row["piece"] == piece["piece"]}
    return [heading for heading in holds if heading not in held]


def once(faults: Iterable[Row]) -> list[Row]:
    """Return each fault of a piece once: a fault that several activities share is the piece's own and names none of them."""
    told: dict[tuple[Any, ...], Row] = {}
    for fault in faults:
        what = tuple(fault.get(name) for name in ("kind", "value", "missing", "declared", "recipient"))
        if what not in told:
            told[what] = dict(fault)
        elif told[what].get("activity") != fault.get("activity"):
            told[what].pop("activity", None)
    return list(told.values())


def worded(fr: str, en: str) -> dict[str, Text]:
    """Return the sentence of each fault of a piece, for `Rule.messages`; `fr` and `en` say what the piece is, in a few words."""
    return {
        "piece-missing": said(
            f"{fr} : aucune pièce n’est versée au dossier, ou son document est introuvable.",
            f"{en}: no piece is on file, or its document was not found.",
        ),
        "piece-not-dated": said(
            f"{fr} : la pièce « {{value}} » n’a pas de date passée.", f"{en}: the piece “{{value}}” bears no past date."
        ),
        "piece-not-in-force": said(
            f"{fr} : la pièce « {{value}} » n’est pas, ou n’est plus, en vigueur.",
            f"{en}: the piece “{{value}}” is not, or no longer, in force.",
        ),
        "piece-changed": said(
            f"{fr} : le document de la pièce « {{value}} » a changé depuis qu’il a été accepté.",
            f"{en}: the document of the piece “{{value}}” has changed since it was accepted.",
        ),
        "piece-out-of-date": said(
            f"{fr} : la pièce « {{value}} » est du {{newest}} ; ce qu’elle décrit a changé depuis, ou le délai admis est passé.",
            f"{en}: the piece “{{value}}” is of {{newest}}; what it describes has changed since, or the time allowed has passed.",
        ),
        "piece-incomplete": said(
            f"{fr} : la pièce « {{value}} » ne contient pas « {{missing}} ».", f"{en}: the piece “{{value}}” does not hold “{{missing}}”."
        ),
    }


def _too_old(latest: date, age: Duration | None, since: date | None, t: Tables) -> bool:
    return (age is not None and latest < age.before(t.as_of).date()) or (since is not None and latest < since)


def _describes_another_schema(t: Tables, piece: Row, latest: date) -> bool:
    if "recorded_schemas" not in t:
        return False
    described = {row["table"] for row in _rows(t, "declared_piece_tables") if row["piece"] == piece["piece"]}
    changed = (row["changed_on"] for row in _rows(t, "recorded_schemas") if row["table"] in described)
    return any(day is not None and day > latest for day in changed)


_READ: Final[WeakKeyDictionary[Relation, list[Row]]] = WeakKeyDictionary()
"""The evidence is a few dozen rows that twenty rules ask for again and again: each relation is read once, while it lives."""


def _rows(t: Tables, name: str) -> list[Row]:
    relation = t[name]
    if relation not in _READ:
        _READ[relation] = t.ask(relation)
    return _READ[relation]
