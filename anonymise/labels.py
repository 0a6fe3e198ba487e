"""The published words of generalisation: levels, labels and the shapes a label may have.

Pure text, shared by who makes a release and who verifies it, so that nothing else needs to be. Labels sort as they read:

| level     | label                       | holds                                                              |
| --------- | --------------------------- | ------------------------------------------------------------------ |
| minute    | `2026-10-30 25:42`          | 01:42 in the night that ends service day 30 October                |
| hour      | `2026-10-30 25:00`          | 25:00 to 25:59 of that service day (01:00 to 01:59 local)          |
| band      | `2026-10-30 07:00-09:00`    | an operating band, from its first to its last minute (07:00–08:59) |
| half-day  | `2026-10-30 AM`             | before noon; `PM` from noon to the end of the service day          |
| day       | `2026-10-30`                | one service day                                                    |
| week-part | `semaine`, `week-end`       | Monday to Friday, Saturday and Sunday (public holidays included)   |
| all       | `*`                         | everything: the last level of every hierarchy                      |

Hours are those of the service day, as in timetables: past midnight they go on counting (25:00 is 01:00 the next morning).
In the hour told twice in October both hours bear the same label. An absent value is `?` at every level but the last.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from auditor.vocabulary.errors import DeclarationProblem
from auditor.vocabulary.releases import RecipientClass, ReleaseColumn

TOP: Final = "*"
UNKNOWN: Final = "?"
RESERVED: Final = (TOP, UNKNOWN, "")
"""Codes that a source may not use: they already mean something in a release."""

WEEKDAYS, WEEKEND = "semaine", "week-end"
MORNING, AFTERNOON = "AM", "PM"
NOON: Final = 12 * 60
BAND_EDGES: Final = (7 * 60, 9 * 60, NOON, 16 * 60, 19 * 60, 22 * 60)
"""Minutes of the service day where a band ends and the next begins: before the peak, morning peak, morning, afternoon,
evening peak, evening, night. Noon is an edge, so bands nest in half-days."""

LEVELS: Final[Mapping[str, tuple[str, ...]]] = {
    "time": ("minute", "hour", "band", "half-day", "day", "week-part", "all"),
    "place": ("stop", "station", "zone", "network"),
    "line": ("line", "mode", "network"),
    "product": ("product", "family", "all"),
    "profile": ("profile", "category", "all"),
    "none": ("value",),
}
"""Levels of each hierarchy, finest first."""

_DATE = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_CLOCK_HOUR = r"([01]\d|2\d|30)"
_BANDS = r"0[0-6]:[0-5]\d-07:00|07:00-09:00|09:00-12:00|12:00-16:00|16:00-19:00|19:00-22:00|22:00-(2[4-9]|30):[0-5]\d"
_TIME_SHAPES: Final = {
    "minute": rf"{_DATE} {_CLOCK_HOUR}:[0-5]\d",
    "hour": rf"{_DATE} {_CLOCK_HOUR}:00",
    "band": rf"{_DATE} ({_BANDS})",
    "half-day": rf"{_DATE} ({MORNING}|{AFTERNOON})",
    "day": _DATE,
    "week-part": f"{WEEKDAYS}|{WEEKEND}",
}
_CODE = r"[^\x00-\x1F\x7F*?][^\x00-\x1F\x7F]{0,79}|[*?][^\x00-\x1F\x7F]{1,79}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """How a network tells the time."""

    zone: str = "Europe/Paris"
    service_day_start: str = "04:00"
    """Local time at which a service day begins; before 07:00, where the first band ends."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"0[0-6]:[0-5]\d", self.service_day_start):
            raise DeclarationProblem(
                f"The service day cannot start at {self.service_day_start!r}.",
                "Hours and bands of a release are those of the service day; its first band ends at 07:00.",
                "Give [network] service_day_start in poincon.toml as HH:MM, from 00:00 to 06:59.",
            )
        try:
            ZoneInfo(self.zone)
        except (KeyError, OSError, ValueError):
            raise DeclarationProblem(
                f"{self.zone!r} is not a known time zone.",
                "Local hours and service days cannot be told.",
                "Give [network] timezone in poincon.toml as in the IANA list, for example Europe/Paris.",
            ) from None

    @property
    def start(self) -> int:
        """Minutes from local midnight to the start of the service day."""
        hours, minutes = self.service_day_start.split(":")
        return int(hours) * 60 + int(minutes)

    def bands(self) -> tuple[tuple[int, int], ...]:
        """Return the bands of a service day, as minutes of the service clock: first included, last excluded."""
        edges = (self.start, *BAND_EDGES, self.start + 24 * 60)
        return tuple(pairwise(edges))


def levels(hierarchy: str) -> tuple[str, ...]:
    """Return the levels of a hierarchy, finest first.

    Raises:
        DeclarationProblem: no hierarchy has that name.
    """
    try:
        return LEVELS[hierarchy]
    except KeyError:
        raise DeclarationProblem(
            f"There is no hierarchy {hierarchy!r}.", "A column cannot be coarsened without one.", f"Use one of {', '.join(LEVELS)}."
        ) from None


def span(column: ReleaseColumn, *, dates: bool = False) -> tuple[str, ...]:
    """Return the levels the plan allows for a column, finest first.

    Without `finest` a time column starts at the hour (the minute must be asked for by name), or at the day when its source
    holds dates. A sensitive column is not generalised: it stays at its finest level.

    Raises:
        DeclarationProblem: a level does not exist, cannot be told from dates, or the coarsest is finer than the finest.
    """
    known = levels(column.hierarchy)
    reachable = known[known.index("day") :] if dates and column.hierarchy == "time" else known
    finest = column.finest or ("hour" if column.hierarchy == "time" and not dates else reachable[0])
    coarsest = finest if column.sensitive else column.coarsest or reachable[-1]
    for level in (finest, coarsest):
        if level not in reachable:
            raise DeclarationProblem(
                f"Column {column.name!r} cannot be at level {level!r}.",
                "The release would not be what the plan declares.",
                f"Use one of {', '.join(reachable)}.",
            )
    first, last = reachable.index(finest), reachable.index(coarsest)
    if last < first:
        raise DeclarationProblem(
            f"Column {column.name!r} goes from {finest!r} to {coarsest!r}, which is finer.",
            "No level lies between them, so nothing could be released.",
            "Swap `finest` and `coarsest` in the release plan.",
        )
    return reachable[first : last + 1]


def minute_forbidden(recipient: RecipientClass) -> bool:
    """Say whether rows at the minute may never leave: one tap and a clock suffice to find a vehicle and who boarded it."""
    return recipient is not RecipientClass.C


def label_pattern(hierarchy: str, level: str) -> str:
    """Return the regular expression (RE2 syntax) that a whole label of this level matches, `?` for an absent value included.

    Codes have no shape of their own: they must be plain text of at most 80 characters that is not a reserved label.
    """
    known = levels(hierarchy)
    if level == known[-1] and hierarchy != "none":
        return r"^\*$"
    shape = _TIME_SHAPES[level] if hierarchy == "time" else _CODE
    return rf"^(\?|{shape})$"


def time_parent(label: str, level: str, calendar: Calendar) -> str:
    """Return the label of the next coarser level that holds a time label of `level`.

    Raises:
        ValueError: the label is not one of that level.
    """
    if not re.fullmatch(label_pattern("time", level), label):
        message = f"not a label of level {level}"
        raise ValueError(message)
    following = LEVELS["time"][min(LEVELS["time"].index(level) + 1, len(LEVELS["time"]) - 1)]
    if following == "all":
        return TOP
    if label == UNKNOWN:
        return UNKNOWN
    day, _, clock = label.partition(" ")
    if following in ("day", "week-part"):
        return day if following == "day" else week_part(date.fromisoformat(day))
    return f"{day} {_clock_parent(clock, following, calendar)}"


def week_part(day: date) -> str:
    """Return the week-part of a service day."""
    return WEEKDAYS if day.isoweekday() <= 5 else WEEKEND  # noqa: PLR2004 - Friday


def band_label(minute: int, calendar: Calendar) -> str:
    """Return the clock part of the band that holds a minute of the service day (the last band, past its end)."""
    first, last = next((band for band in calendar.bands() if minute < band[1]), calendar.bands()[-1])
    return f"{clock_label(first)}-{clock_label(last)}"


def clock_label(minute: int) -> str:
    """Write a minute of the service day, past 24:00 when the day goes past midnight."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _clock_parent(clock: str, following: str, calendar: Calendar) -> str:
    if following == "hour":
        return f"{clock[:2]}:00"
    minute = _minutes(clock[:5])
    # The hour in which a service day begins may begin before it: its first minute can lie before the first band.
    return band_label(minute, calendar) if following == "band" else MORNING if minute < NOON else AFTERNOON


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:5])
