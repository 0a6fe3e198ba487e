"""ISO 8601 durations as the law uses them: a calendar part (P2Y, P4M) and an elapsed part (PT48H)."""

import calendar
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

_PATTERN = re.compile(
    r"P(?=.)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)
_DAYS_PER_MONTH = 30.436875


@dataclass(frozen=True, slots=True, order=False)
class Duration:
    """A span of time. PT48H is forty-eight elapsed hours, not two calendar days; P2Y is two calendar years."""

    months: int = 0
    """Calendar months, years included (P2Y is 24)."""
    seconds: int = 0
    """Elapsed seconds, days and weeks included (P1D is 86,400)."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an ISO 8601 duration without fractions; raise ValueError with the expected form otherwise."""
        found = _PATTERN.fullmatch(text.strip())
        if found is None:
            message = f"{text!r} is not an ISO 8601 duration such as PT48H, P4M or P2Y"
            raise ValueError(message)
        part = {name: int(value or 0) for name, value in found.groupdict().items()}
        days = part["weeks"] * 7 + part["days"]
        seconds = ((days * 24 + part["hours"]) * 60 + part["minutes"]) * 60 + part["seconds"]
        return cls(part["years"] * 12 + part["months"], seconds)

    def before(self, instant: datetime) -> datetime:
        """Return the instant this much earlier; a missing day (31 June) becomes the month's last."""
        return self._shift(instant, -1)

    def after(self, instant: datetime) -> datetime:
        """Return the instant this much later; a missing day (31 June) becomes the month's last."""
        return self._shift(instant, 1)

    def _shift(self, instant: datetime, sign: int) -> datetime:
        month_index = instant.year * 12 + instant.month - 1 + sign * self.months
        year, month = divmod(month_index, 12)
        day = min(instant.day, calendar.monthrange(year, month + 1)[1])
        return instant.replace(year=year, month=month + 1, day=day) + sign * timedelta(seconds=self.seconds)

    @property
    def approximate_seconds(self) -> float:
        """Length in seconds with an average month, for ordering and display only."""
        return self.months * _DAYS_PER_MONTH * 86_400 + self.seconds

    def __str__(self) -> str:
        years, months = divmod(self.months, 12)
        calendar_part = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
        days, rest = divmod(self.seconds, 86_400)
        if days and not rest and days > 2:  # noqa: PLR2004 - P1D and P2D are written in hours, as AU-015 does
            return f"P{calendar_part}{days}D"
        hours, rest = divmod(self.seconds, 3_600)
        minutes, seconds = divmod(rest, 60)
        elapsed = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + (f"{seconds}S" if seconds else "")
        if not calendar_part and not elapsed:
            return "PT0S"
        return f"P{calendar_part}" + (f"T{elapsed}" if elapsed else "")

    def in_words(self, lang: str = "fr") -> str:
        """Say the duration as a person would: « 48 heures », « 2 ans »."""
        years, months = divmod(self.months, 12)
        hours, rest = divmod(self.seconds, 3_600)
        minutes, seconds = divmod(rest, 60)
        days = 0
        if hours >= 72 and hours % 24 == 0:  # noqa: PLR2004 - under three days the law counts in hours
            days, hours = hours // 24, 0
        units = (
            (years, ("an", "ans"), ("year", "years")),
            (months, ("mois", "mois"), ("month", "months")),
            (days, ("jour", "jours"), ("day", "days")),
            (hours, ("heure", "heures"), ("hour", "hours")),
            (minutes, ("minute", "minutes"), ("minute", "minutes")),
            (seconds, ("seconde", "secondes"), ("second", "seconds")),
        )
        said = []
        for count, french, english in units:
            if count:
                singular, plural = french if lang == "fr" else english
                said.append(f"{count}\N{NO-BREAK SPACE}{singular if count == 1 else plural}")
        return " ".join(said) or ("immédiatement" if lang == "fr" else "immediately")
