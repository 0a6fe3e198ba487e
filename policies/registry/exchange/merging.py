"""What a person changed in the official part of a sheet of ours, carried into the register that the additions hold.

The official part says less than the additions under it. When it was edited, three readings are compared: what the additions
hold (`ours`), what the official part said when it was written (`before`), and what it says now (`after`). What changed
between the last two is carried; what did not keeps everything the additions know of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Any, Final

from auditor.vocabulary.register import Activity, Actor, Purpose, Recipient
from auditor.vocabulary.text import Text, said

Note = Callable[[str, Text, str], None]
"""Told of each change: the field, what was done, the words concerned."""

_CARRIED: Final = said("modifié dans la partie officielle : le changement est repris", "changed in the official part: carried over")
_DROPPED: Final = said("retiré de la partie officielle : retiré du registre", "removed from the official part: removed from the register")
_KEPT: Final = said(
    "retiré ou changé dans la partie officielle, gardé dans les ajouts : à corriger aussi dans les ajouts",
    "removed or changed in the official part, kept in the additions: correct it there too",
)
_BOTH: Final = said(
    "la partie officielle et les ajouts ont changé tous les deux et se contredisent : les ajouts sont gardés",
    "the official part and the additions were both changed and disagree: the additions are kept",
)


def carried(ours: Activity, before: Activity, after: Activity, note: Note, *, additions_edited: bool) -> Activity:
    """Return `ours` with what changed between `before` and `after`; when both parts were edited, `ours` wins and it is said."""
    changed = [name for name in _FIELDS if getattr(before, name) != getattr(after, name)]
    if additions_edited:
        for name in changed:
            note(name, _BOTH, "")
        return ours
    values: dict[str, Any] = {}
    for name in changed:
        held, then, now = (getattr(one, name) for one in (ours, before, after))
        values[name] = _FIELDS[name](name, held, then, now, note)
    return replace(ours, **values)


def _whole(name: str, held: Any, then: Any, now: Any, note: Note) -> Any:
    if name == "transfers" and all(isinstance(one, tuple) for one in (held, then, now)):
        return _aligned(name, held, then, now, note)
    note(name, _CARRIED, "")
    return now


def _aligned(name: str, held: tuple[Any, ...], then: tuple[Any, ...], now: tuple[Any, ...], note: Note) -> tuple[Any, ...]:
    """Follow entries through insertions and removals; what the official part had no room for is kept at the end."""
    kept: list[Any] = []
    matcher = SequenceMatcher(a=[repr(one) for one in then], b=[repr(one) for one in now], autojunk=False)
    for move, first, last, start, end in matcher.get_opcodes():
        if move == "equal":
            kept += held[first:last]
            continue
        paired = min(last - first, end - start)
        kept += [_changed(held[first + rank], now[start + rank]) for rank in range(paired)]
        kept += now[start + paired : end]
        if end > start:
            note(name, _CARRIED, "")
        for one in held[first + paired : last]:
            note(name, _DROPPED, _words(one))
    return (*kept, *held[len(then) :])


def _changed(held: Any, now: Any) -> Any:
    if isinstance(held, Purpose):
        return replace(held, title=now.title)
    if isinstance(held, Recipient):
        return replace(held, name=now.name, why=now.why or held.why, kind=now.kind if now.kind != "partner" else held.kind)
    return now


def _added_only(name: str, held: tuple[Any, ...], then: tuple[Any, ...], now: tuple[Any, ...], note: Note) -> tuple[Any, ...]:
    """Take what is new; what disappeared cannot be told from what was only moved, so it is kept and said."""
    new = [one for one in now if one not in then]
    for one in new:
        note(name, _CARRIED, _words(one))
    for one in then:
        if one not in now:
            note(name, _KEPT, _words(one))
    return (*held, *new)


def _by_role(name: str, held: Sequence[Actor], then: Sequence[Actor], now: Sequence[Actor], note: Note) -> tuple[Actor, ...]:
    kept = list(held)
    for role in ("controller", "joint-controller"):
        was, says = (next((one for one in several if one.role == role), None) for several in (then, now))
        rank = next((rank for rank, one in enumerate(kept) if one.role == role), None)
        if was == says:
            continue
        if says is None or (rank is not None and sum(one.role == role for one in kept) > 1):
            note(name, _KEPT, was.name if was else "")
        elif rank is None:
            kept.append(says)
            note(name, _CARRIED, "")
        else:
            kept[rank] = replace(kept[rank], name=says.name, contact=says.contact)
            note(name, _CARRIED, "")
    return tuple(kept)


def _words(one: Any) -> str:
    return str(next((value for value in (getattr(one, part, None) for part in ("title", "name", "data")) if value), one))


_FIELDS: Final[dict[str, Callable[[str, Any, Any, Any, Note], Any]]] = {
    "dpo": _whole,
    "transfers": _whole,
    "purposes": _aligned,
    "persons": _aligned,
    "recipients": _aligned,
    "security": _aligned,
    "data_categories": _added_only,
    "retention": _added_only,
    "actors": _by_role,
}
