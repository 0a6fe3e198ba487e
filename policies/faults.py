"""What is wrong with a declared file, told all at once: one fault per line, each with its remedy."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from auditor.vocabulary.errors import DeclarationProblem

WHY: Final = "a declaration read differently from what its author meant would be audited as something else; nothing was read from it."
"""Reason given when a fault brings none of its own."""

_MOST_LISTED: Final = 25
_MOST_SHOWN: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong in one file."""

    file: str
    """As printed: relative to the network folder."""
    line: int | None
    what: str
    fix: str
    why: str = WHY

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.what} — {self.fix}"


@dataclass(slots=True, kw_only=True)
class Notebook:
    """Faults noted while one loaded file is checked against the rest of the network."""

    file: str
    lines: Mapping[str, int]
    faults: list[Fault] = field(default_factory=list)

    def note(self, path: str, what: str, fix: str, why: str = WHY) -> None:
        """Note a fault at the line of a dotted path, or of its closest declared ancestor."""
        self.faults.append(Fault(file=self.file, line=self.line(path), what=what, fix=fix, why=why))

    def line(self, path: str) -> int:
        """Return the line of the closest declared ancestor of a path."""
        while path and path not in self.lines:
            path = path.rpartition(".")[0]
        return self.lines.get(path, 1)


def refuse(faults: Sequence[Fault]) -> DeclarationProblem:
    """Make the error that lists every fault; its `file` and `line` are the first one's. Needs at least one fault."""
    ordered = sorted(faults, key=lambda fault: (fault.file, fault.line or 0))
    first = ordered[0]
    if len(ordered) == 1:
        return DeclarationProblem(f"{first.what}.", _sentence(first.why), _sentence(first.fix), file=Path(first.file), line=first.line)
    listed = [f"{first.what} — {first.fix}", *(str(fault) for fault in ordered[1:_MOST_LISTED])]
    if len(ordered) > _MOST_LISTED:
        listed.append(f"… and {len(ordered) - _MOST_LISTED} more")
    next_step = f"Correct the {len(ordered)} lines above, then run the same command again."
    return DeclarationProblem("\n".join(listed), _sentence(WHY), next_step, file=Path(first.file), line=first.line)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Say the closest known word, or the known words when none is close."""
    choices = sorted(known)
    close = get_close_matches(word, choices, n=1, cutoff=0.6)
    if close:
        return f"did you mean “{close[0]}”?"
    if not choices:
        return "nothing is known here"
    return f"known: {', '.join(choices)}"


def shown(text: str) -> str:
    """Quote a declared word on one short line, without the password an address may hold."""
    flat = re.sub(r"//[^@\s]*@", "//…@", " ".join(text.split()))
    return f"“{flat if len(flat) <= _MOST_SHOWN else flat[: _MOST_SHOWN - 1] + '…'}”"


def _sentence(text: str) -> str:
    ended = text if text.endswith((".", "?", "!")) else f"{text}."
    return ended[:1].upper() + ended[1:]
