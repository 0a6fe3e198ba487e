"""How a careful French or English administration writes numbers, dates, shares and lists. Pure: text in, text out.

French follows the Imprimerie nationale's rules: a no-break space before « : ; ? ! % », guillemets with inner no-break
spaces, a narrow no-break space between thousands, a decimal comma, « 1er » for the first day of a month.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from auditor.vocabulary.text import spaced as spaced  # noqa: PLC0414 - one place for typography in this package

NBSP: Final = "\N{NO-BREAK SPACE}"
NNBSP: Final = "\N{NARROW NO-BREAK SPACE}"
DASH: Final = "\N{EN DASH}"

_MINUS = "\N{MINUS SIGN}"
_REPLACED = "\N{REPLACEMENT CHARACTER}"
_DRIVING: Final = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_MONTHS = {
    "fr": ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"],
    "en": ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
}


def plain(text: str) -> str:
    """Return data as one line that cannot drive a terminal or reorder a page: control and direction marks become �."""
    return _DRIVING.sub(_REPLACED, text)


def whole(number: int, lang: str = "fr") -> str:
    """Write a whole number with its thousands apart: 1 234 567 or 1,234,567."""
    digits = f"{abs(number):,}"
    if lang != "en":
        digits = digits.replace(",", NNBSP)
    return _MINUS + digits if number < 0 else digits


def decimal(number: float, lang: str = "fr", places: int = 2) -> str:
    """Write a number to at most `places` decimals, without trailing zeros: 1 234,5 or 1,234.5."""
    rounded = f"{abs(number):,.{places}f}"
    before, _, after = rounded.partition(".")
    after = after.rstrip("0")
    sign = _MINUS if number < 0 and (after or before.strip("0,")) else ""
    if lang != "en":
        before = before.replace(",", NNBSP)
    return sign + before + ((("." if lang == "en" else ",") + after) if after else "")


def percent(share: float, lang: str = "fr", places: int = 1) -> str:
    """Write a share (0 to 1): 12,5 % or 12.5%. A share that rounds to nothing or to all says so instead of lying."""
    smallest = 10.0**-places
    value = share * 100
    prefix = ""
    if 0 < value < smallest / 2:
        value, prefix = smallest, "less than " if lang == "en" else f"moins de{NBSP}"
    elif 100 - smallest / 2 < value < 100:  # noqa: PLR2004 - a hundred per cent
        value, prefix = 100 - smallest, "more than " if lang == "en" else f"plus de{NBSP}"
    return prefix + decimal(value, lang, places) + ("%" if lang == "en" else f"{NBSP}%")


def day(when: date, lang: str = "fr") -> str:
    """Write a day: 30 octobre 2026, 1er mai 2026, 30 October 2026."""
    month = _MONTHS["en" if lang == "en" else "fr"][when.month - 1]
    rank = "1er" if when.day == 1 and lang != "en" else str(when.day)
    return f"{rank}{NBSP}{month}{NBSP}{when.year}"


def short_day(when: date, lang: str = "fr") -> str:
    """Write a day where room is short: 30/10/2026 in French, 2026-10-30 in English."""
    return when.isoformat() if lang == "en" else f"{when:%d/%m/%Y}"


def moment(instant: datetime, lang: str = "fr") -> str:
    """Write an instant already in UTC, to the minute: 31 octobre 2026 à 5 h 00 (UTC)."""
    if lang == "en":
        return f"{day(instant, lang)} at {instant:%H:%M} (UTC)"
    return f"{day(instant, lang)} à{NBSP}{instant.hour}{NBSP}h{NBSP}{instant.minute:02d} (UTC)"


def clock(instant: datetime, lang: str = "fr", *, seconds: bool = False) -> str:
    """Write a day and an hour as they were recorded, in no stated zone: 30 octobre 2026 à 8 h 02 min 36 s."""
    if lang == "en":
        return f"{day(instant, lang)} at {instant:%H:%M:%S}" if seconds else f"{day(instant, lang)} at {instant:%H:%M}"
    exact = f"{NBSP}min{NBSP}{instant.second:02d}{NBSP}s" if seconds else ""
    return f"{day(instant)} à{NBSP}{instant.hour}{NBSP}h{NBSP}{instant.minute:02d}{exact}"


def fixed(amount: float, lang: str = "fr") -> str:
    """Write a number with its two decimals, as amounts are written: 1 234,50 or 1,234.50."""
    written = f"{abs(amount):,.2f}"
    if lang != "en":
        written = written.replace(",", NNBSP).replace(".", ",")
    return _MINUS + written if amount < 0 and written.strip("0,.") else written


def count(number: int, singular: str, plural: str, lang: str = "fr") -> str:
    """Write a number and its noun; French zero is singular, English zero is plural."""
    alone = number == 1 if lang == "en" else abs(number) < 2  # noqa: PLR2004 - French plural starts at two
    return f"{whole(number, lang)}{NBSP}{singular if alone else plural}"


def listed(items: Iterable[str], lang: str = "fr") -> str:
    """Join items as a sentence does: a, b et c."""
    parts = list(items)
    if len(parts) < 2:  # noqa: PLR2004 - nothing to join
        return "".join(parts)
    return ", ".join(parts[:-1]) + (" and " if lang == "en" else " et ") + parts[-1]


def quoted(text: str, lang: str = "fr") -> str:
    """Quote a word of the data: « mot » or “word”."""
    return f"“{text}”" if lang == "en" else f"«{NBSP}{text}{NBSP}»"
