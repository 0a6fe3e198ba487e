"""What the back office holds of each traveller: invented customers, cards, contracts, counters and sales."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from auditor.demo import clock, numbering
from auditor.demo.backoffice import BackOffice
from auditor.demo.lille import Lille
from auditor.demo.options import LAST_DAY, DemoOptions
from auditor.demo.population import MEDIUM_CODES, Cause, Medium, Population

FIRST_CUSTOMER: Final = 100_000
FIRST_CONTRACT: Final = 2_000_000
_SLICE: Final = 50_000
_TODAY: Final = clock.of_date(LAST_DAY)
_MONTH_START: Final = _TODAY - 29
_CARD_LIFE: Final = 3653
"""Days of technical validity of a card."""
_MINOR: Final = "24710"
"""Free circulation of the under-18s: somebody else holds the account."""
_BIRTH_YEARS: Final = {"youth": (2002, 2020), "senior": (1936, 1961), "adult": (1962, 2000), "reduced": (1962, 2000)}
_PAY_METHODS: Final = ("carte", "especes", "prelevement", "cheque_mobilite")


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What every writer of the back office needs."""

    store: BackOffice
    people: Population
    lille: Lille
    options: DemoOptions
    past_term: NDArray[np.bool_]
    """Tells, by sequence, which cards are still on a tap past the term: none in the clean twin."""

    @property
    def last_sequence(self) -> NDArray[np.int64]:
        """Card each traveller holds when the snapshot is taken."""
        return self.people.next_sequence

    def customer(self, traveller: NDArray[np.int64]) -> list[int | None]:
        """Return the customer record of each traveller; only nominative cards have one."""
        named = (self.people.medium[traveller] == Medium.NOMINATIVE).tolist()
        return [FIRST_CUSTOMER + one if has else None for one, has in zip(traveller.tolist(), named, strict=True)]


def write(office: Office, rng: Generator) -> None:
    """Write every traveller, slice by slice."""
    for start in range(0, office.people.size, _SLICE):
        who = np.arange(start, min(start + _SLICE, office.people.size))
        _customers(office, who, rng)
        _cards(office, who, rng)
        _contracts(office, who, rng)


def customer_rows(ids: list[int], births: list[str | None], opened: list[str], closed: list[str | None]) -> list[tuple[Any, ...]]:
    """Return obviously invented customers: a number for a name, a fictitious telephone range, an address that says so."""
    return [
        (
            one, f"Porteur {one - FIRST_CUSTOMER + 1:06d}", "Exemple", birth, f"porteur-{one - FIRST_CUSTOMER + 1:06d}@exemple.invalid",
            f"06 39 98 {one // 100 % 100:02d} {one % 100:02d}", "12 rue de l’Exemple, 59000 Lille", start, end,
            "demande" if end else None,
        )
        for one, birth, start, end in zip(ids, births, opened, closed, strict=True)
    ]  # fmt: skip


def births(years: tuple[int, int], size: int, rng: Generator) -> list[str]:
    """Draw dates of birth between two years, both included."""
    first, last = (clock.of_date(LAST_DAY.replace(year=year, month=1, day=1)) for year in (years[0], years[1] + 1))
    return clock.iso_dates(rng.integers(first, last, size))


def _customers(office: Office, who: NDArray[np.int64], rng: Generator) -> None:
    category = _categories(office, who)
    born: NDArray[Any] = np.empty(len(who), dtype=object)
    for name, years in _BIRTH_YEARS.items():
        born[category == name] = births(years, int((category == name).sum()), rng)
    opened = clock.iso_dates(rng.integers(_TODAY - 2500, _TODAY - 60, len(who)))
    named = np.flatnonzero(office.people.medium[who] == Medium.NOMINATIVE)
    ids = (FIRST_CUSTOMER + who[named]).tolist()
    rows = customer_rows(ids, born[named].tolist(), [opened[one] for one in named], [None] * len(named))
    office.store.add_rows("clients", rows)


def _categories(office: Office, who: NDArray[np.int64]) -> NDArray[Any]:
    by_profile = {"191": "youth", "195": "senior", "197": "senior", "232": "youth"}
    words = np.array([by_profile.get(office.lille.profiles[one.profile], "adult") for one in office.lille.usages], dtype=object)
    chosen: NDArray[Any] = words[office.people.usage[who]]
    return chosen


def _cards(office: Office, who: NDArray[np.int64], rng: Generator) -> None:
    people = office.people
    issued = rng.integers(_TODAY - 1800, _TODAY - office.options.days - 30, len(who))
    replaced = people.cause[who] != Cause.NONE
    first = people.sequence[who]
    status = np.where(replaced, np.where(people.cause[who] == Cause.RENEWED, "expire", "remplace"), "actif")
    switched = _TODAY - (office.options.days - 1) + people.switch_day[who]
    ends = np.where(people.cause[who] == Cause.RENEWED, switched, issued + _CARD_LIFE)
    next_numbers: NDArray[Any] = np.where(replaced, numbering.numbers(people.next_sequence[who]), None)  # type: ignore[call-overload]
    customers = office.customer(who)
    media = [MEDIUM_CODES[one] for one in people.medium[who].tolist()]
    add_cards(office.store, first, media, customers, (issued, ends), status.tolist(), next_numbers.tolist())
    again = np.flatnonzero(replaced)
    add_cards(
        office.store,
        people.next_sequence[who[again]],
        [media[one] for one in again],
        [customers[one] for one in again],
        (switched[again], switched[again] + _CARD_LIFE),
        ["actif"] * len(again),
        [None] * len(again),
    )


def add_cards(
    store: BackOffice,
    sequence: NDArray[np.int64],
    media: list[str],
    customers: list[int | None],
    validity: tuple[NDArray[np.int64], NDArray[np.int64]],
    status: list[str],
    replaced_by: list[int | None],
) -> None:
    """Add cards, with the shorter number printed on their back."""
    printed = [f"{one * 97 + 10_000_019:08d}" for one in sequence.tolist()]
    dates = (clock.iso_dates(validity[0]), clock.iso_dates(validity[1]))
    store.add("supports", (numbering.numbers(sequence).tolist(), printed, media, customers, *dates, status, replaced_by))


def _contracts(office: Office, who: NDArray[np.int64], rng: Generator) -> None:
    lille, usage = office.lille, office.people.usage[who]
    products = [lille.products[lille.usages[one].product] for one in usage.tolist()]
    families = [lille.families[lille.family_of[lille.usages[one].product]] for one in usage.tolist()]
    ids = (FIRST_CONTRACT + who).tolist()
    cards, customers = numbering.numbers(office.last_sequence[who]).tolist(), office.customer(who)
    start, end = _validity(families, products, rng)
    payers = _payers(office, who, products, rng)
    serials = [f"S{one:09d}" for one in ids]
    office.store.add("contrats", (ids, cards, customers, payers, products, clock.iso_dates(start), end, ["actif"] * len(ids), serials))
    carnet = [place for place, family in enumerate(families) if family == "carnet"]
    counted = clock.iso_dates(rng.integers(_TODAY - 29, _TODAY + 1, len(carnet)))
    remaining = rng.integers(0, 11, len(carnet)).tolist()
    office.store.add("compteurs", ([cards[one] for one in carnet], [ids[one] for one in carnet], remaining, counted))
    prices = np.array([one.price for one in lille.usages])[usage]
    _sales(office, [ids, cards, customers, products], start, prices, rng)


def _validity(families: list[str], products: list[str], rng: Generator) -> tuple[NDArray[np.int64], list[str | None]]:
    """Return when each contract starts, and its last day when it has one."""
    size = len(families)
    start = rng.integers(_TODAY - 180, _TODAY - 1, size)
    yearly = np.array([product in {"25732", "24708", "25743", _MINOR, "52001", "51302"} for product in products])
    monthly = np.array([family == "subscription" for family in families]) & ~yearly
    start = np.where(monthly, _MONTH_START, start)
    last = np.where(yearly, start + 364, np.where(monthly, _TODAY + 1, start))
    texts = clock.iso_dates(last)
    return start, [text if limited else None for text, limited in zip(texts, (yearly | monthly).tolist(), strict=True)]


def _payers(office: Office, who: NDArray[np.int64], products: list[str], rng: Generator) -> list[int | None]:
    """Return the adult who answers for a minor: another customer record."""
    adults = np.flatnonzero(
        (office.people.medium == Medium.NOMINATIVE)
        & np.array([one.group in {"abonne", "liberte"} for one in office.lille.usages])[office.people.usage]
    )
    drawn = (FIRST_CUSTOMER + rng.choice(adults, size=len(who))).tolist() if len(adults) else [None] * len(who)
    return [payer if product == _MINOR else None for payer, product in zip(drawn, products, strict=True)]


def _sales(office: Office, columns: list[list[Any]], start: NDArray[np.int64], prices: NDArray[np.float64], rng: Generator) -> None:
    ids, cards, customers, products = columns
    moments = (start - rng.integers(0, 4, len(start))) * 86_400 + rng.integers(8 * 3600, 19 * 3600, len(start))
    methods = rng.choice(len(_PAY_METHODS), size=len(ids), p=(0.55, 0.15, 0.25, 0.05)).tolist()
    numbers = [7_000_000 + one for one in ids]
    office.store.add(
        "ventes",
        (numbers, cards, customers, ids, products, clock.iso(moments), prices.tolist(), [_PAY_METHODS[one] for one in methods]),
    )
