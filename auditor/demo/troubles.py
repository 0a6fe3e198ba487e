"""Block list, debts and closed accounts; and, unless the network is clean, what should no longer be there."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from auditor.demo import clock, numbering
from auditor.demo.options import LAST_DAY
from auditor.demo.people import FIRST_CONTRACT, FIRST_CUSTOMER, Office, add_cards, births, customer_rows
from auditor.demo.population import MEDIUM_CODES, Cause, Medium

_TODAY: Final = clock.of_date(LAST_DAY)
_SUBSCRIPTION: Final = "25788"
_ADULT: Final = (1962, 2000)
_EVENING: Final = 17 * 3600
_MORNING: Final = 9 * 3600
_CLOSED_SINCE: Final = (clock.of_date(LAST_DAY.replace(year=2019, month=1)), clock.of_date(LAST_DAY.replace(year=2024, month=6)))
"""When the accounts kept too long were closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedInOffice:
    """How many of each violation the back office was given. All zero in the clean twin."""

    closed_but_named: int = 0
    settled_but_blocked: int = 0
    anonymous_linked: int = 0
    anonymous_subscribed: int = 0
    anonymous_sold: int = 0
    """Anonymous cards whose sale names a customer."""
    declarative_linked: int = 0
    debts_past_term: int = 0
    oldest_debt: str = ""
    debts_of_another_kind: int = 0
    """Recorded for something that is not money."""
    fraud_reason_kept: int = 0
    oldest_fraud_reason: str = ""


def write(office: Office, rng: Generator) -> PlantedInOffice:
    """Write block list, debts and closed accounts, then plant the violations. Draws the same for both twins."""
    _losses(office, rng)
    settled = _debts(office, rng)
    named = _closed_accounts(office, rng)
    links = _links(office, rng)
    if office.options.clean:
        return PlantedInOffice()
    marked, earliest = _fraud_reasons(office)
    past, oldest, others = _old_debts(office)
    return PlantedInOffice(
        debts_past_term=past,
        oldest_debt=oldest,
        debts_of_another_kind=others,
        fraud_reason_kept=marked,
        oldest_fraud_reason=earliest,
        closed_but_named=named,
        settled_but_blocked=settled,
        anonymous_linked=links[0],
        anonymous_subscribed=links[1],
        anonymous_sold=links[2],
        declarative_linked=links[3],
    )


def _losses(office: Office, rng: Generator) -> None:
    """Cards lost or stolen before the period, then those replaced during it: old number on the block list."""
    people, first_day = office.people, _TODAY - (office.options.days - 1)
    lost_on = rng.integers(first_day - 365, first_day, len(people.lost))
    named = np.flatnonzero(people.medium == Medium.NOMINATIVE)
    holders = rng.choice(named, size=len(people.lost))
    issued = lost_on - rng.integers(30, 1200, len(people.lost))
    add_cards(
        office.store,
        people.lost,
        [MEDIUM_CODES[Medium.NOMINATIVE]] * len(people.lost),
        (FIRST_CUSTOMER + holders).tolist(),
        (issued, issued + 3653),
        ["remplace"] * len(people.lost),
        numbering.numbers(people.sequence[holders]).tolist(),
    )
    gone = np.flatnonzero((people.cause == Cause.LOST) | (people.cause == Cause.STOLEN))
    sequence = np.concatenate([people.lost, people.sequence[gone]])
    days = np.concatenate([lost_on, first_day + people.switch_day[gone]])
    stolen = np.concatenate([rng.random(len(people.lost)) < 0.3, people.cause[gone] == Cause.STOLEN])  # noqa: PLR2004 - three in ten
    moments = clock.iso(days * 86_400 + _MORNING)
    reasons = np.where(stolen, "vol", "perte").tolist()
    _block(office, sequence, reasons, (moments, [None] * len(days), moments), "guichet")


def _block(
    office: Office,
    sequence: NDArray[np.int64],
    reasons: list[str],
    dates: tuple[list[str], list[str | None], list[str]],
    author: str,
) -> None:
    """Block cards; `dates` are when each block starts and ends, and when the holder was told."""
    start, end, told = dates
    office.store.add("opposition", (numbering.numbers(sequence).tolist(), reasons, start, end, [author] * len(start), told))


def _debts(office: Office, rng: Generator) -> int:
    """Write unpaid debts with their blocks; return how many were settled long ago and still block the card.

    Some were settled the day before the snapshot and lifted at once, in both twins.
    """
    size = len(office.people.unpaid)
    occurred = rng.integers(_TODAY - 400, _TODAY - 60, size)
    ranks = np.arange(size)
    overdue = ranks < max(3, size // 12) if not office.options.clean else np.zeros(size, dtype=np.bool_)
    lifted = ranks >= size - max(2, size // 12)
    waited = rng.integers(20, 45, size)
    settled = np.where(overdue, occurred + waited, _TODAY)
    settled_on = [day if told else None for day, told in zip(clock.iso_dates(settled), (overdue | lifted).tolist(), strict=True)]
    blocked = clock.iso((occurred + 15) * 86_400 + _MORNING)
    told = clock.iso((occurred + 3) * 86_400 + _MORNING)
    ended = [f"{LAST_DAY} 17:00:00" if lift else None for lift in lifted.tolist()]
    customers = (FIRST_CUSTOMER + office.people.size + ranks).tolist()
    sequence = office.people.unpaid
    issued = occurred - rng.integers(30, 900, size)
    media = [MEDIUM_CODES[Medium.NOMINATIVE]] * size
    status = ["actif" if lift else "bloque" for lift in lifted.tolist()]
    add_cards(office.store, sequence, media, list(customers), (issued, issued + 3653), status, [None] * size)
    born: list[str | None] = list(births(_ADULT, size, rng))
    office.store.add_rows("clients", customer_rows(customers, born, clock.iso_dates(issued), [None] * size))
    _block(office, sequence, ["impaye"] * size, (blocked, ended, told), "recouvrement")
    amounts = (rng.integers(1600, 12_000, size) / 100).tolist()
    numbers = [500_000 + rank for rank in ranks.tolist()]
    cards, days = numbering.numbers(sequence).tolist(), clock.iso_dates(occurred)
    office.store.add("impayes", (numbers, cards, customers, days, settled_on, amounts, ["rejet_prelevement"] * size))
    return int(overdue.sum())


def _closed_accounts(office: Office, rng: Generator) -> int:
    """Write accounts closed less than two years ago; return how many older ones are still named (some are emptied)."""
    size = office.people.size
    recent, named, emptied = max(10, size * 3 // 100), max(3, size // 400), max(2, size // 800)
    count = recent + named + emptied
    closed = np.concatenate([rng.integers(_TODAY - 700, _TODAY - 10, recent), rng.integers(*_CLOSED_SINCE, named + emptied)])
    opened = clock.iso_dates(closed - rng.integers(200, 2000, count))
    ids = (FIRST_CUSTOMER + size + len(office.people.unpaid) + np.arange(count)).tolist()
    born: list[str | None] = list(births(_ADULT, count, rng))
    ends: list[str | None] = list(clock.iso_dates(closed))
    rows = customer_rows(ids, born, opened, ends)
    if office.options.clean:
        office.store.add_rows("clients", rows[:recent])
    else:
        erased = [(row[0], *[None] * 6, *row[7:]) for row in rows[recent + named :]]
        office.store.add_rows("clients", [*rows[: recent + named], *erased])
    return named


def _fraud_reasons(office: Office) -> tuple[int, str]:
    """Mark accounts closed more than three years ago as closed for fraud; return how many, and the oldest."""
    limit = LAST_DAY.replace(year=LAST_DAY.year - 3)
    asked = "select id_client, clos_le from clients where clos_le < ? and nom is not null order by id_client limit ?"
    found = office.store.ask(asked, str(limit), max(2, office.people.size // 1500))
    office.store.change("clients", "motif_cloture", dict.fromkeys((one for one, _ in found), "fraude"), key="id_client")
    return len(found), min(day for _, day in found)


def _old_debts(office: Office) -> tuple[int, str, int]:
    """Add debts that nobody paid in two years, and entries that are no debts; return how many, the oldest, how many others."""
    few = max(3, office.people.size // 4000)
    asked = (
        "select numero_carte, id_client from supports where statut = 'actif' and type_support = 'nominatif' order by numero_carte limit ?"
    )
    holders = office.store.ask(asked, 2 * few)
    days = clock.iso_dates(_TODAY - 780 - np.arange(few))
    rows = [(510_000 + rank, *holders[rank], day, None, 45.0, "rejet_prelevement") for rank, day in enumerate(days)]
    recent = clock.iso_dates(_TODAY - 90 - np.arange(few))
    rows += [(520_000 + rank, *holders[few + rank], day, None, 0.0, "incivilite") for rank, day in enumerate(recent)]
    office.store.add_rows("impayes", rows)
    return few, days[-1], few


def _links(office: Office, rng: Generator) -> tuple[int, int, int, int]:
    """Plant the links that an anonymous or declarative card may not have; return how many of each.

    In order: anonymous cards linked to a customer, bearing a subscription, sold to a known customer; declarative cards
    linked to a customer.
    """
    people, size = office.people, office.people.size
    unique = people.cause == Cause.NONE
    anonymous = rng.permutation(np.flatnonzero(unique & (people.medium == Medium.ANONYMOUS)))
    declarative = rng.permutation(np.flatnonzero(unique & (people.medium == Medium.DECLARATIVE)))
    few, fewer = max(3, size // 1500), max(2, size // 2500)
    linked, subscribed, sold = np.split(anonymous[: few + 2 * fewer], [few, few + fewer])
    declared = declarative[:fewer]
    if not office.options.clean:
        _link(office, np.concatenate([linked, declared]), rng)
        products: dict[int, Any] = dict.fromkeys((FIRST_CONTRACT + subscribed).tolist(), _SUBSCRIPTION)
        office.store.change("contrats", "code_titre", products, key="id_contrat")
        buyers = (FIRST_CUSTOMER + np.flatnonzero(people.medium == Medium.NOMINATIVE)[: len(sold)]).tolist()
        sales = dict(zip((FIRST_CONTRACT + sold).tolist(), buyers, strict=True))
        office.store.change("ventes", "id_client", sales, key="id_contrat")
    return len(linked), len(subscribed), len(sold), len(declared)


def _link(office: Office, travellers: NDArray[np.int64], rng: Generator) -> None:
    """Give a customer record to the holders of cards that may not have one."""
    customers = (FIRST_CUSTOMER + travellers).tolist()
    born: list[str | None] = list(births(_ADULT, len(travellers), rng))
    opened = clock.iso_dates(np.full(len(travellers), _TODAY - 200))
    office.store.add_rows("clients", customer_rows(customers, born, opened, [None] * len(travellers)))
    cards = numbering.numbers(office.people.sequence[travellers]).tolist()
    office.store.change("supports", "id_client", dict(zip(cards, customers, strict=True)), key="numero_carte")
