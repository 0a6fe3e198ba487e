"""What every form of register exchange shares: remarks on what was read, and text that survives a spreadsheet."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal

from auditor.vocabulary.register import Activity
from auditor.vocabulary.text import Text

_ESCAPE: Final = "\N{SYMBOL FOR ESCAPE}"
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff" + _ESCAPE + "]")
_ESCAPED: Final = re.compile(_ESCAPE + "([0-9A-F]{0,6});")
_EMPTY: Final = f"{_ESCAPE};"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something a file says that was not taken as it stands. Never carries the words of the cell in what is printed."""

    place: str
    """Where to look: sheet and cell, or section of the document."""
    said: Text
    kind: Literal["note", "gap"] = "gap"
    """`note`: taken, for a human to confirm. `gap`: not taken."""
    quoted: str = field(default="", repr=False)
    """Words of the file, for the declared sheet alone."""
    activity: str = ""
    """Activity concerned, by id; empty: the file as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What a register file was understood to say."""

    activities: tuple[Activity, ...]
    remarks: tuple[Remark, ...] = ()

    def about(self, activity: str) -> tuple[Remark, ...]:
        """Return the remarks on one activity."""
        return tuple(remark for remark in self.remarks if remark.activity == activity)


def writable(text: str) -> str:
    """Return text that any XML file can hold, from which `original` gives back every character."""
    return _UNWRITABLE.sub(lambda found: f"{_ESCAPE}{ord(found[0]):X};", text)


def original(text: str) -> str:
    """Give back what `writable` was given. Text that it did not make is returned as it is."""

    def character(found: re.Match[str]) -> str:
        if not found[1]:
            return ""
        number = int(found[1], 16)
        return chr(number) if number <= 0x10FFFF else found[0]  # noqa: PLR2004 - the last code point

    return _ESCAPED.sub(character, text)


def packed(items: Iterable[str]) -> str:
    """Write several texts in one cell, one per line; `unpacked` gives them back, empty ones and line breaks included."""
    return "\n".join(writable(item).replace("\n", f"{_ESCAPE}A;") or _EMPTY for item in items)


def unpacked(text: str) -> tuple[str, ...]:
    """Read what `packed` wrote, or what a person typed one per line."""
    return tuple(original(line) for line in text.split("\n")) if text else ()
