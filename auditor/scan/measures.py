"""What is recognised in a whole column rather than value by value: births, positions, sequences, substitutions, security codes.

Each measure is asked to the engine as an aggregate, once for the columns of a slice; only counts by year, by length or by range come out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import ibis

from auditor.engine.base import Engine, Relation, Row
from auditor.risk.tokens.column import shape
from auditor.scan.chance import accident
from auditor.scan.columns import LIFETIMES, Looked, words_of_name
from auditor.scan.detectors import HINTED
from auditor.scan.detectors.places import FRANCE, HINTS, LATITUDE_CHANCE, LONGITUDE_CHANCE
from auditor.vocabulary.network import CardGrammar
from auditor.vocabulary.scanned import SUSPECT, DetectorName
from auditor.vocabulary.text import Text, said

_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_GENERATION: Final = 20
_FEWEST_DAYS: Final = 20
_EVENT_CHANCE: Final = 0.05
_BIRTH_NAMES: Final = frozenset({"naissance", "birth", "birthdate", "ne", "nee", "dob"})

_CODE_CHANCE: Final = 0.09
_FEWEST_CODES: Final = 20
_FEWEST_NAMED_CODES: Final = 5
_CODE_NAMES: Final = frozenset({"cvv", "cvc", "cvx", "csc", "cryptogramme"})

_FEWEST_IN_SEQUENCE: Final = 50
_DENSE: Final = 0.8
_TOKEN_NAMES: Final = frozenset({"jeton", "token", "pseudo", "pseudonyme", "pseudonym", "hash", "anonyme"})

LATITUDE, LONGITUDE, CODES = "latitude", "longitude", "codes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What a whole column shows."""

    detector: DetectorName
    values: int
    candidates: int
    rows: int
    chance: float
    accident: float
    why: Text
    sound: bool = True
    """The guards of the detector are passed, those that need the other columns of the table excepted."""
    axis: str = ""
    """`latitude` or `longitude`, for a position."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Year:
    """The days of one year in a column."""

    year: int
    days: int
    rows: int


class Gathered:
    """What measures need of the columns of a slice, each asked once for all the columns that may show it, and only then."""

    def __init__(self, *, engine: Engine, columns: Sequence[Looked]) -> None:
        self.engine = engine
        self._columns = columns

    def run(self, looked: Looked) -> tuple[int, int] | None:
        """Return the lowest and the highest of the whole numbers of a column, when most of it is one dense run of them."""
        if not _may_run(looked):
            return None
        low, high = self._ends[looked.rank]
        return (low, high) if looked.shaped("whole")[0] >= _DENSE * looked.kept * (high - low + 1) else None

    def years(self, looked: Looked) -> list[_Year]:
        """Return the days of a column by year, in order; none when too few of its values are days."""
        return self._years.get(looked.rank, [])

    def inside(self, looked: Looked) -> Row | None:
        """Return how many precise positions a column holds, and how many are in France on each axis; None when it has none."""
        return self._inside.get(looked.rank)

    @cached_property
    def _ends(self) -> dict[int, tuple[int, int]]:
        whole = self._of(_may_run, "whole")
        number = whole.value.try_cast("int64")
        ends = self.engine.rows(whole.group_by("rank").agg(low=number.min(), high=number.max()))
        return {int(row["rank"]): (int(row["low"]), int(row["high"])) for row in ends}

    @cached_property
    def _years(self) -> dict[int, list[_Year]]:
        if not any(_may_be_born(one) for one in self._columns):
            return {}
        days = self._of(_may_be_born, "day")
        dated = days.mutate(year=days.value.re_extract("[0-9]{4}", 0).try_cast("int64"))
        counted = dated.group_by(["rank", "year"]).agg(days=ibis._.count(), held=ibis._.rows.sum().cast("int64")).order_by("rank", "year")
        found: dict[int, list[_Year]] = {}
        for row in self.engine.rows(counted):
            found.setdefault(int(row["rank"]), []).append(_Year(year=int(row["year"]), days=int(row["days"]), rows=int(row["held"])))
        return found

    @cached_property
    def _inside(self) -> dict[int, Row]:
        if not any(_may_be_placed(one) for one in self._columns):
            return {}
        precise = self._of(_may_be_placed, "decimal")
        degrees = precise.value.replace(",", ".").try_cast("float64")
        (south, north), (west, east) = FRANCE
        inside = {LATITUDE: (degrees >= south) & (degrees <= north), LONGITUDE: (degrees >= west) & (degrees <= east)}
        both = {"values": ibis.literal(1), "rows": precise.rows}
        sums = {
            f"{axis}_{what}": ibis.ifelse(where, measure, 0).sum().cast("int64")
            for axis, where in inside.items()
            for what, measure in both.items()
        }
        return {int(row["rank"]): row for row in self.engine.rows(precise.group_by("rank").agg(values=precise.count(), **sums))}

    def _of(self, may: Callable[[Looked], bool], shape: str) -> Relation:
        first = self._columns[0]
        ranks = [one.rank for one in self._columns if may(one)]
        return first.slice_of.filter(first.slice_of["rank"].isin(ranks), (first.slice_of.mask & first.bit(shape)) != 0)


def _may_run(looked: Looked) -> bool:
    values, _ = looked.shaped("whole")
    return values >= max(_FEWEST_IN_SEQUENCE, _DENSE * looked.distinct)


def _may_be_born(looked: Looked) -> bool:
    shaped, held = looked.shaped("day")
    return looked.kind in ("moment", "text") and shaped >= _FEWEST_DAYS and held >= looked.rows / 2


def _may_be_placed(looked: Looked) -> bool:
    return looked.kind in ("real", "text") and looked.shaped("decimal")[0] > 0


def _may_be_cipher(looked: Looked) -> bool:
    return looked.kind == "text" and looked.distinct > 1 and not looked.shaped("digit")[0]  # a word alone is not a cipher


def measured(shown: Gathered, looked: Looked, grammar: CardGrammar, *, token: bool) -> Iterator[Measure]:
    """Yield what the column shows as a whole. `token`: the mapping says it holds pseudonyms of cards."""
    if _may_be_born(looked):
        yield from _births(looked, shown.years(looked))
    if _may_be_placed(looked):
        yield from _position(looked, shown.inside(looked))
    if looked.kind in ("whole", "text"):
        yield from _codes(looked)
        if token or words_of_name(looked.name) & _TOKEN_NAMES:
            yield from _sequence(looked, shown.run(looked))
    if _may_be_cipher(looked) and grammar.form == "digits" and grammar.length is not None:
        yield from _substitution(shown, looked, grammar.length)


def _births(looked: Looked, years: Sequence[_Year]) -> Iterator[Measure]:
    counted = {one.year: one.days for one in years}
    rows = sum(one.rows for one in years)
    total = sum(counted.values())
    first, last = _quantile(counted, 0.05), _quantile(counted, 0.95)
    if not (first >= _FIRST_YEAR and last <= _LAST_YEAR and last - first >= LIFETIMES):
        return
    old = sum(days for when, days in counted.items() if when <= last - _GENERATION)
    by_accident = accident(old, total, _EVENT_CHANCE)
    if old < total / 2 or by_accident > SUSPECT:
        return
    hinted = bool(words_of_name(looked.name) & _BIRTH_NAMES)
    yield Measure(
        detector="birth-date",
        values=total,
        candidates=total,
        rows=rows,
        chance=_EVENT_CHANCE,
        accident=by_accident,
        sound=hinted,
        why=said(
            f"jours étalés sur {last - first} ans, dont la plupart plus de {_GENERATION} ans avant les derniers ; par convention, "
            "une date d’événement sur vingt serait aussi ancienne",
            f"days spread over {last - first} years, most of them more than {_GENERATION} years before the last ones; by "
            "convention, one event date in twenty would be that old",
        ),
    )


def _quantile(counted: Mapping[int, int], share: float) -> int:
    total, passed = sum(counted.values()), 0
    for year in sorted(counted):
        passed += counted[year]
        if passed >= share * total:
            return year
    return max(counted)


def _position(looked: Looked, counted: Row | None) -> Iterator[Measure]:
    if counted is None:
        return
    total = int(counted["values"])
    for axis, chance in ((LATITUDE, LATITUDE_CHANCE), (LONGITUDE, LONGITUDE_CHANCE)):
        values, rows = int(counted[f"{axis}_values"] or 0), int(counted[f"{axis}_rows"] or 0)
        by_accident = accident(values, total, chance)
        hinted = bool(words_of_name(looked.name) & HINTS)
        if not values or values < total / 2 or by_accident > (HINTED if hinted else SUSPECT):
            continue
        yield Measure(
            detector="coordinates",
            values=values,
            candidates=total,
            rows=rows,
            chance=chance,
            accident=by_accident,
            axis=axis,
            why=said(
                f"{axis}s de France à quatre décimales ou plus (une dizaine de mètres), à côté de l’autre coordonnée",
                f"{axis}s of France with four decimals or more (some ten metres), beside the other coordinate",
            ),
        )
        return


def _codes(looked: Looked) -> Iterator[Measure]:
    fewest = _FEWEST_NAMED_CODES if words_of_name(looked.name) & _CODE_NAMES else _FEWEST_CODES
    for shape_of_code, space in (("code-3", 1_000), ("code-4", 10_000)):
        values, rows = looked.shaped(shape_of_code)
        drawn = space * (1 - (1 - 1 / space) ** rows)
        # Codes that mean something are few, and a counter gives each number once: only drawing lots gives this many.
        if rows < fewest or rows < 0.95 * looked.rows or not 0.7 * drawn <= values <= drawn + 4 * drawn**0.5:
            continue
        yield Measure(
            detector="cvv",
            values=values,
            candidates=looked.distinct,
            rows=rows,
            chance=_CODE_CHANCE,
            accident=accident(values, looked.distinct, _CODE_CHANCE),
            why=said(
                "codes de même longueur, répartis comme tirés au sort, à côté de numéros de carte bancaire",
                "codes of one length, spread as if drawn by lot, beside payment card numbers",
            ),
        )
        return


def _sequence(looked: Looked, run: tuple[int, int] | None) -> Iterator[Measure]:
    if run is None:
        return
    low, high = run
    values, rows = looked.shaped("whole")
    chance = (high - low + 1) / 10 ** len(str(high))
    yield Measure(
        detector="sequence",
        values=values,
        candidates=values,
        rows=rows,
        chance=chance,
        accident=accident(values, values, chance),
        why=said(
            "nombres qui se suivent : un jeton donné dans l’ordre d’émission se relit d’après une seule date connue",
            "consecutive numbers: a token given in order of issue is read back from one known date",
        ),
    )


def _substitution(shown: Gathered, looked: Looked, length: int) -> Iterator[Measure]:
    low, high = looked.lengths
    if high != length or low < length - 2:
        return
    found = shape(lambda: shown.engine.batches(looked.values.select("value")))
    if not found.is_substitution:
        return
    yield Measure(
        detector="substitution",
        values=looked.distinct,
        candidates=looked.distinct,
        rows=looked.rows,
        chance=10.0**found.accident if looked.distinct == 1 else 10.0 ** (found.accident / looked.distinct),
        accident=max(10.0 ** max(found.accident, -300.0), 1e-300),
        why=said(
            f"textes de la longueur d’un numéro de carte écrits avec {len(found.symbols)} signes seulement : un signe pour chaque "
            "chiffre se relit à la main",
            f"texts as long as a card number written with {len(found.symbols)} signs only: one sign for each digit is read back by hand",
        ),
    )
