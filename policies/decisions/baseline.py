"""`baseline.json`: the findings a network starts from, so that a gate stops only what is new.

A baseline is debt without judgement: no reason, no signature, no end. It holds marks (rule, place, kind) and never a
count or a date, so that it survives the daily drift of the data and reads well in a review.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from auditor.vocabulary.decisions import TELLING, Decisions, Mark, Standing, mark_of
from auditor.vocabulary.errors import DeclarationProblem
from auditor.vocabulary.outcomes import Outcome

BASELINE: Final = "baseline.json"
SCHEMA: Final = "poincon-baseline/1"

_PLACE: Final = ("activity", "table", "column", "file")
_WHY: Final = "A baseline read wrongly would pass new findings off as known debt."
_NEXT: Final = "Restore it from version control, or make it again with `poincon baseline create --force`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """A baseline brought up to date, and what changed in it."""

    marks: frozenset[Mark]
    kept: int
    gone: tuple[Mark, ...]
    """No longer found: taken out."""
    added: tuple[Mark, ...]
    """New ones taken in, because they were asked for."""
    left: tuple[Mark, ...]
    """New ones left out: they still count."""


def read_baseline(folder: Path) -> frozenset[Mark] | None:
    """Read the marks of a network's baseline, or None when it has none.

    Raises:
        DeclarationProblem: the file is not a baseline of this version.
    """
    path = folder / BASELINE
    if not path.is_file():
        return None
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise _refused("the file is not JSON in UTF-8") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA or not isinstance(document.get("findings"), list):
        raise _refused(f"the file is not a baseline of form {SCHEMA}")
    return frozenset(_mark(entry, rank) for rank, entry in enumerate(document["findings"], 1))


def baseline_text(known: Iterable[Mark]) -> str:
    """Write a baseline: sorted, one finding after the other, same findings same bytes."""
    findings = [_entry(mark) for mark in sorted(known)]
    return json.dumps({"schema": SCHEMA, "findings": findings}, ensure_ascii=False, indent=2) + "\n"


def recordable(outcomes: Iterable[Outcome], decisions: Decisions) -> frozenset[Mark]:
    """Return the marks a baseline may take in. A waived finding stays out: it must count again on the day its waiver ends."""
    found = {mark_of(outcome.rule.id, finding) for outcome in outcomes for finding in outcome.findings}
    return frozenset(mark for mark in found if decisions.standing(mark) is not Standing.WAIVED)


def updated(outcomes: Iterable[Outcome], decisions: Decisions, *, accept_new: bool = False) -> Update:
    """Bring a baseline up to date: what is gone leaves, what is new enters only when `accept_new` says so.

    Marks of rules that were not asked, or could not be checked, stay: nothing was learnt of them.
    """
    asked = tuple(outcomes)
    known = decisions.known or frozenset()
    gone = decisions.gone(asked)
    new = tuple(sorted(recordable(asked, decisions) - known))
    kept = known - set(gone)
    added = new if accept_new else ()
    return Update(marks=kept | set(added), kept=len(kept), gone=gone, added=added, left=() if accept_new else new)


def _entry(mark: Mark) -> dict[str, str]:
    place = {name: getattr(mark, name) for name in _PLACE if getattr(mark, name)}
    return {"rule": mark.rule, **place, **dict(mark.words), "fingerprint": mark.fingerprint}


def _mark(entry: Any, rank: int) -> Mark:
    known = {"rule", "fingerprint", *_PLACE, *TELLING}
    if not isinstance(entry, Mapping) or not all(isinstance(value, str) for value in entry.values()) or not entry.get("rule"):
        raise _refused(f"finding {rank} is not a rule with its place, as text")
    stray = sorted(set(entry) - known)
    if stray:
        raise _refused(f"finding {rank} has an unknown key “{stray[0]}”")
    words = tuple((name, entry[name]) for name in sorted(TELLING) if name in entry)
    mark = Mark(rule=entry["rule"], **{name: entry.get(name, "") for name in _PLACE}, words=words)
    if entry.get("fingerprint", mark.fingerprint) != mark.fingerprint:
        raise _refused(f"finding {rank} was edited: its fingerprint is another")
    return mark


def _refused(what: str) -> DeclarationProblem:
    return DeclarationProblem(f"{what}.", _WHY, _NEXT, file=Path(BASELINE))
