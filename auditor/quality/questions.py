"""One question per kind of fault, asked of a table in two ways that mean the same: an SQL condition, and a look at text values.

The SQL is the part that PostgreSQL and Spark share, but for the few words of `Dialect`. Patterns hold no backslash, for
the two do not read it alike. Moments are compared as ISO text, which orders as time does. A value that cannot be read is
counted once, as unreadable: no other question counts it again.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

Values = Callable[[str], Sequence[str | None]]
"""Gives a column as text, row by row; nothing is None."""

_CLOCK: Final = "[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?"
_ISO: Final = f"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}( {_CLOCK}([+-][0-9]{{2}}(:[0-9]{{2}})?)?|T{_CLOCK})?$"
"""A day or a wall clock. A blank and an offset are how a server writes an instant in the session's zone; any other offset
would have to be converted first, and is not compared."""
_NUMBER: Final = "^[+-]?[0-9]+([.,][0-9]*)?$"
_DIRECTIVES: Final = {"%Y": 4, "%m": 2, "%d": 2, "%H": 2, "%M": 2, "%S": 2}
_SECOND: Final = 19
_DAY: Final = 10
_NINE: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The words that PostgreSQL and Spark do not share."""

    text: str
    number: str
    matches: str
    quote: str
    backslashes: bool
    """A backslash in a literal has to be doubled."""

    def column(self, name: str) -> str:
        """Quote the name of a column or table."""
        return self.quote + name.replace(self.quote, 2 * self.quote) + self.quote

    def literal(self, text: str) -> str:
        """Quote a text."""
        plain = text.replace("\\", "\\\\") if self.backslashes else text
        return "'" + plain.replace("'", "\\'" if self.backslashes else "''") + "'"

    def texts(self, texts: Iterable[str]) -> str:
        """Quote a list of texts."""
        return "(" + ", ".join(self.literal(text) for text in texts) + ")"

    def match(self, value: str, pattern: str) -> str:
        """Say that a text holds the pattern."""
        return f"{value} {self.matches} {self.literal(pattern)}"


POSTGRESQL: Final = Dialect(text="text", number="double precision", matches="~", quote='"', backslashes=False)
SPARK: Final = Dialect(text="string", number="double", matches="rlike", quote="`", backslashes=True)


class Question(Protocol):
    """Which rows are at fault."""

    def sql(self, dialect: Dialect) -> str:
        """Return the condition that is true of the rows at fault, and of no other."""
        ...

    def faults(self, values: Values) -> Sequence[bool]:
        """Tell, row by row, which are at fault."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A column, and what stands in it for nothing."""

    column: str
    missing: tuple[str, ...] = ("",)

    def text(self, dialect: Dialect) -> str:
        """Return the value as text without the blanks around it, null where it means nothing."""
        bare = f"trim(cast({dialect.column(self.column)} as {dialect.text}))"
        return f"(case when {bare} in {dialect.texts(dict.fromkeys(['', *self.missing]))} then null else {bare} end)"

    def values(self, values: Values) -> list[str | None]:
        """Return the same of each row."""
        nothing = {None, "", *self.missing}
        return [None if value in nothing else value for value in values(self.column)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A column of days or instants: as a type of its own, as ISO text, or as text in one of the given forms."""

    held: Held
    formats: tuple[str, ...] = ()

    def text(self, dialect: Dialect) -> str:
        """Return the moment as ISO text (a day, or up to the second); null when it cannot be read."""
        value = self.held.text(dialect)
        cases = [f"when {dialect.match(value, _ISO)} then substr(replace({value}, 'T', ' '), 1, {_SECOND})"]
        for form in self.formats:
            parts = [
                dialect.literal(part) if isinstance(part, str) else f"substr({value}, {part[0]}, {part[1]})" for part in iso_parts(form)
            ]
            cases.append(f"when {dialect.match(value, pattern_of(form))} then concat({', '.join(parts)})")
        return f"(case {' '.join(cases)} else null end)"

    def values(self, values: Values) -> list[str | None]:
        """Return the same of each row."""
        return [None if value is None else self._iso(value) for value in self.held.values(values)]

    def _iso(self, value: str) -> str | None:
        if re.search(_ISO, value):
            return value.replace("T", " ")[:_SECOND]
        for form in self.formats:
            if re.search(pattern_of(form), value):
                return "".join(part if isinstance(part, str) else value[part[0] - 1 : part[0] - 1 + part[1]] for part in iso_parts(form))
        return None


def is_fixed(form: str) -> bool:
    """Tell whether a strptime form has only fields of a fixed width, the day among them: the others are not compared."""
    asked = re.findall("%.", form)
    plain = set(re.sub("%.", "", form)) <= set(" -/:.T")
    return plain and set(asked) <= _DIRECTIVES.keys() and {"%Y", "%m", "%d"} <= set(asked) and len(asked) == len(set(asked))


def pattern_of(form: str) -> str:
    """Return the pattern of what a strptime form of fixed fields writes."""
    pieces = re.findall("%.|.", form)
    return "^" + "".join(f"[0-9]{{{_DIRECTIVES[piece]}}}" if piece in _DIRECTIVES else f"[{piece}]" for piece in pieces) + "$"


def iso_parts(form: str) -> list[str | tuple[int, int]]:
    """Return how the ISO text is put together: literal pieces, and (first character, length) of pieces of the value."""
    places: dict[str, tuple[int, int]] = {}
    at = 1
    for piece in re.findall("%.|.", form):
        width = _DIRECTIVES.get(piece, 1)
        if piece in _DIRECTIVES:
            places[piece] = (at, width)
        at += width
    day: list[str | tuple[int, int]] = [places["%Y"], "-", places["%m"], "-", places["%d"]]
    if "%H" not in places:
        return day
    return [*day, " ", places["%H"], ":", places.get("%M", "00"), ":", places.get("%S", "00")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Values that are not of the declared form; with `luhn`, digits whose check digit is wrong too."""

    held: Held
    pattern: str
    separators: bool = False
    """Blanks and hyphens inside say nothing."""
    luhn: int = 0
    """Length of the numbers that bear a check digit; 0 when none do."""

    def sql(self, dialect: Dialect) -> str:
        """See Question."""
        value = _joined(self.held.text(dialect)) if self.separators else self.held.text(dialect)
        fits = dialect.match(value, self.pattern)
        if self.luhn:
            fits = f"(case when {fits} then {_luhn_sql(value, self.luhn)} else false end)"
        return f"{self.held.text(dialect)} is not null and not ({fits})"

    def faults(self, values: Values) -> list[bool]:
        """See Question."""
        return [value is not None and not self._fits(value) for value in self.held.values(values)]

    def _fits(self, value: str) -> bool:
        bare = _bare(value) if self.separators else value
        return bool(re.search(self.pattern, bare)) and (not self.luhn or _luhn(bare))


@dataclass(frozen=True, slots=True, kw_only=True)
class CardNumber:
    """Values that are card numbers, where none should be."""

    held: Held
    pattern: str
    luhn: int = 0

    def sql(self, dialect: Dialect) -> str:
        """See Question."""
        value = _joined(self.held.text(dialect))
        key = _luhn_sql(value, self.luhn) if self.luhn else "true"
        return f"(case when {dialect.match(value, self.pattern)} then {key} else false end)"

    def faults(self, values: Values) -> list[bool]:
        """See Question."""
        return [value is not None and self._is(_bare(value)) for value in self.held.values(values)]

    def _is(self, bare: str) -> bool:
        return bool(re.search(self.pattern, bare)) and (not self.luhn or _luhn(bare))


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Rows without a value that they mean nothing without."""

    held: Held

    def sql(self, dialect: Dialect) -> str:
        """See Question."""
        return f"{self.held.text(dialect)} is null"

    def faults(self, values: Values) -> list[bool]:
        """See Question."""
        return [value is None for value in self.held.values(values)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlisted:
    """Codes that are not of the list."""

    held: Held
    listed: tuple[str, ...]

    def sql(self, dialect: Dialect) -> str:
        """See Question."""
        value = self.held.text(dialect)
        return f"{value} is not null and {value} not in {dialect.texts(self.listed)}"

    def faults(self, values: Values) -> list[bool]:
        """See Question."""
        return [value is not None and value not in self.listed for value in self.held.values(values)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Numbers out of their range."""

    held: Held
    low: float
    high: float

    def sql(self, dialect: Dialect) -> str:
        """See Question."""
        value = self.held.text(dialect)
        number = f"cast(replace({value}, ',', '.') as {dialect.number})"
        return f"(case when {dialect.match(value, _NUMBER)} then {number} not between {self.low!r} and {self.high!r} else false end)"

    def faults(self, values: Values) -> list[bool]:
        """See Question."""
        numbers = ((value, value is not None and re.search(_NUMBER, value)) for value in self.held.values(values))
        return [bool(shown) and not self.low <= float(str(value).replace(",", ".")) <= self.high for value, shown in numbers]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disordered:
    """Rows whose later moment comes before the earlier one."""

    earlier: Moment
    later: Moment

    def sql(self, dialect: Dialect) -> str:
        """See Question."""
        return f"{self.later.text(dialect)} < {self.earlier.text(dialect)}"

    def faults(self, values: Values) -> list[bool]:
        """See Question."""
        both = zip(self.earlier.values(values), self.later.values(values), strict=True)
        return [earlier is not None and later is not None and later < earlier for earlier, later in both]


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """Rows about a moment that has not come yet."""

    moment: Moment
    limit: str

    def sql(self, dialect: Dialect) -> str:
        """See Question."""
        return f"{self.moment.text(dialect)} > {dialect.literal(self.limit)}"

    def faults(self, values: Values) -> list[bool]:
        """See Question."""
        return [moment is not None and moment > self.limit for moment in self.moment.values(values)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outdated:
    """Rows older than a limit that still bear one of the identifiers; any row when none is given."""

    moment: Moment
    limit: str
    identifiers: tuple[Held, ...] = ()

    def sql(self, dialect: Dialect) -> str:
        """See Question."""
        old = f"{self.moment.text(dialect)} < {dialect.literal(self.limit)}"
        known = " or ".join(f"{held.text(dialect)} is not null" for held in self.identifiers)
        return f"{old} and ({known})" if known else old

    def faults(self, values: Values) -> list[bool]:
        """See Question."""
        old = [moment is not None and moment < self.limit for moment in self.moment.values(values)]
        if not self.identifiers:
            return old
        known = [any(value is not None for value in row) for row in zip(*(held.values(values) for held in self.identifiers), strict=True)]
        return [both == (True, True) for both in zip(old, known, strict=True)]


def as_text(value: object, zone: str) -> str | None:
    """Write a value of a data frame as the SQL above would: no blanks around, whole floats as whole numbers, moments in the zone."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return None if value != value else str(int(value)) if value.is_integer() else repr(value)  # noqa: PLR0124 - not a number
    if isinstance(value, datetime):
        local = value.astimezone(ZoneInfo(zone)) if value.tzinfo is not None else value
        return local.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value).strip(" ")


def _joined(text: str) -> str:
    return f"replace(replace({text}, ' ', ''), '-', '')"


def _bare(text: str) -> str:
    return text.replace(" ", "").replace("-", "")


def _luhn(digits: str) -> bool:
    total = 0
    for rank, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + rank % 2)
        total += value - _NINE * (value > _NINE)
    return total % 10 == 0


def _luhn_sql(value: str, length: int) -> str:
    terms = []
    for place in range(1, length + 1):
        digit = f"cast(substr(lpad({value}, {length}, '0'), {place}, 1) as int)"
        doubled = (length - place) % 2 == 1
        terms.append(f"(case when {digit} > 4 then 2 * {digit} - 9 else 2 * {digit} end)" if doubled else digit)
    return f"(({' + '.join(terms)}) % 10 = 0)"


def moment_of(said: Mapping[str, Any], column: str) -> Moment:
    """Build the moment that an expectation describes by its fields."""
    return Moment(held=Held(column=column, missing=tuple(said["missing"])), formats=tuple(said["formats"]))
