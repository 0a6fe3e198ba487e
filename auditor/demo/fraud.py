"""The fraud cell and the inspectors: alerts, cases, cards blocked for abuse, and fare offences in a system of their own."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from auditor.demo import clock, numbering
from auditor.demo.options import LAST_DAY
from auditor.demo.people import FIRST_CUSTOMER, Office
from auditor.demo.population import Cause, Medium
from auditor.demo.routing import NOW
from auditor.demo.truth import Figure, Planted

_TODAY: Final = clock.of_date(LAST_DAY)
_DAY: Final = 86_400
_MORNING: Final = 9 * 3600
_ANALYST: Final = "analyste_fraude"
_HEARD: Final = ("recueillies par écrit", "recueillies en agence", "personne invitée, sans réponse")
_CELL: Final = "cellule_fraude"
_PROGRAM: Final = "automatique"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cards:
    """Nominative cards set apart for one use each: nothing else is planted on them."""

    cases: NDArray[np.int64]
    alerts: NDArray[np.int64]
    blocked: NDArray[np.int64]
    """For the planted blocks that no human decided."""


def write(office: Office, rng: Generator) -> tuple[Planted, ...]:
    """Write alerts, cases, blocks and offences; then, unless the network is clean, what should be gone or was never examined."""
    cards = _set_apart(office, rng)
    opened = _cases(office, cards, rng)
    _alerts(office, cards, opened, rng)
    notices = _notices(office, rng)
    if office.options.clean:
        return ()
    return (*_old_alerts(office, cards), *_old_cases(office, cards), *_automatic(office, cards), *_block_faults(office), *notices)


def _set_apart(office: Office, rng: Generator) -> _Cards:
    people, size = office.people, office.people.size
    unique = np.flatnonzero((people.cause == Cause.NONE) & (people.medium == Medium.NOMINATIVE))
    drawn = rng.permutation(unique)
    counts = np.cumsum([max(12, size // 1000), max(16, size // 600), max(3, size // 5000)])
    cases, alerts, blocked, _ = np.split(drawn, counts)
    return _Cards(cases=cases, alerts=alerts, blocked=blocked)


def _numbers(office: Office, travellers: NDArray[np.int64]) -> list[int]:
    found: list[int] = numbering.numbers(office.people.sequence[travellers]).tolist()
    return found


def _case_number(rank: int) -> str:
    return f"FR-2026-{rank + 1:04d}"


def _cases(office: Office, cards: _Cards, rng: Generator) -> NDArray[np.int64]:
    """Write cases under six months old, or before a court; one in three blocked the card. Return the day each was opened."""
    size = len(cards.cases)
    judged = np.arange(size) % 4 == 3  # noqa: PLR2004 - one in four goes to court
    opened = np.where(judged, rng.integers(_TODAY - 600, _TODAY - 200, size), rng.integers(_TODAY - 150, _TODAY - 40, size))
    courts = [f"TJ-LILLE-{26 if rank % 2 else 25}-{rank + 100:05d}" if told else None for rank, told in enumerate(judged.tolist())]
    heard = [_HEARD[rank % len(_HEARD)] for rank in range(size)]
    numbers, texts = _numbers(office, cards.cases), clock.iso_dates(opened)
    office.store.add(
        "dossiers_fraude", ([_case_number(rank) for rank in range(size)], numbers, texts, courts, [None] * size, [_ANALYST] * size, heard)
    )
    blocked = np.flatnonzero((np.arange(size) % 3 == 0) & ~judged)
    start = clock.iso((opened[blocked] + 20) * _DAY + _MORNING)
    notified = clock.iso((opened[blocked] + 5) * _DAY + _MORNING)
    chosen = [numbers[one] for one in blocked]
    _block(office, chosen, "abus", start, _CELL, notified)
    return opened


def _block(office: Office, cards: list[int], reason: str | None, start: list[Any], author: str | None, notified: list[Any]) -> None:
    size = len(cards)
    office.store.add("opposition", (cards, [reason] * size, start, [None] * size, [author] * size, notified))
    office.store.change("supports", "statut", dict.fromkeys(cards, "bloque"), key="numero_carte")


def _alerts(office: Office, cards: _Cards, opened: NDArray[np.int64], rng: Generator) -> None:
    """Write one alert for each case, and recent alerts still to be looked at."""
    size, fresh = len(cards.cases), len(cards.alerts)
    moments = clock.iso((opened - rng.integers(1, 9, size)) * _DAY + rng.integers(7 * 3600, 20 * 3600, size))
    ids = [800_000 + rank for rank in range(size + fresh)]
    office.store.add("alertes_fraude", (ids[:size], _numbers(office, cards.cases), moments, [_case_number(rank) for rank in range(size)]))
    recent = clock.iso(NOW - rng.integers(6 * 3600, 13 * _DAY, fresh))
    office.store.add("alertes_fraude", (ids[size:], _numbers(office, cards.alerts), recent, [None] * fresh))


def _old_alerts(office: Office, cards: _Cards) -> list[Planted]:
    """Keep alerts that led to nothing, weeks after the fortnight."""
    size = max(5, office.people.size // 2000)
    days = _TODAY - 30 - np.arange(size)
    ids = [900_000 + rank for rank in range(size)]
    numbers = _numbers(office, cards.alerts[:size])
    office.store.add("alertes_fraude", (ids, numbers, clock.iso(days * _DAY + _MORNING), [None] * size))
    figures: dict[str, Figure] = {"rows": size, "cards": len(set(numbers)), "oldest": clock.iso_dates(days)[-1]}
    return [Planted(rule="BIL-RET-FRAUDE-ALARME", kind="alarm-without-case", table="gestion.alertes_fraude", figures=figures)]


def _old_cases(office: Office, cards: _Cards) -> list[Planted]:
    """Keep cases that no court knows of past their six months; nobody examined some of the recent ones."""
    size, fewer = max(4, office.people.size // 3000), max(3, office.people.size // 5000)
    days = _TODAY - 260 - np.arange(size)
    numbers = _numbers(office, cards.alerts[:size])
    rank = len(cards.cases)
    told = [_case_number(rank + extra) for extra in range(size)]
    nothing = [None] * size
    heard = [_HEARD[0]] * size
    office.store.add("dossiers_fraude", (told, numbers, clock.iso_dates(days), nothing, nothing, [_ANALYST] * size, heard))
    alone = [_case_number(rank + size + extra) for extra in range(fewer)]
    recent = clock.iso_dates(np.full(fewer, _TODAY - 25))
    empty = [None] * fewer
    office.store.add("dossiers_fraude", (alone, _numbers(office, cards.alerts[-fewer:]), recent, empty, empty, empty, empty))
    kept: dict[str, Figure] = {"rows": size, "cards": len(set(numbers)), "oldest": clock.iso_dates(days)[-1]}
    return [
        Planted(rule="BIL-RET-FRAUDE-ALARME", kind="case-without-proceedings", table="gestion.dossiers_fraude", figures=kept),
        *(
            Planted(rule="BIL-OPP-INFO", kind=kind, table="gestion.dossiers_fraude", figures={"entries": fewer, "cards": fewer})
            for kind in ("case-without-analyst", "case-without-observations")
        ),
    ]


def _automatic(office: Office, cards: _Cards) -> list[Planted]:
    """Block cards two seconds after an alert, without anybody; the notices went out before, as for the others."""
    size = len(cards.blocked)
    raised = NOW - 4 * _DAY - np.arange(size) * 3600
    numbers = _numbers(office, cards.blocked)
    office.store.add("alertes_fraude", ([950_000 + rank for rank in range(size)], numbers, clock.iso(raised), [None] * size))
    # The block list is kept in local time, as the alerts are.
    _block(office, numbers, "abus", clock.iso(raised + 2), _PROGRAM, clock.iso(raised - 3 * _DAY))
    figures: dict[str, Figure] = {"entries": size, "cards": size}
    return [
        Planted(rule="BIL-OPP-HUMAIN", kind=kind, table="gestion.opposition", figures=figures)
        for kind in ("author-automatic", "blocked-too-fast")
    ]


def _block_faults(office: Office) -> list[Planted]:
    """Block for a reason nobody listed, without a date, or a card that has expired; tell debtors too late or never."""
    few = max(3, office.people.size // 3000)
    renewed = np.flatnonzero(office.people.cause == Cause.RENEWED)[:few]
    expired = _numbers(office, renewed)
    size = len(expired)
    when = clock.iso(np.full(size, (_TODAY - 300) * _DAY + _MORNING))
    office.store.add("opposition", (expired, ["perte"] * size, when, [None] * size, ["guichet"] * size, when))
    lost = [row for (row,) in office.store.ask("select numero_carte from opposition where motif = 'perte' order by numero_carte")]
    lost = [one for one in lost if one not in set(expired)]
    divers, dateless = lost[:few], lost[few : 2 * few]
    office.store.change("opposition", "motif", dict.fromkeys(divers, "divers"), key="numero_carte")
    office.store.change("opposition", "debut", dict.fromkeys(dateless), key="numero_carte")
    told: tuple[tuple[str, int], ...] = (("reason-not-listed", len(divers)), ("not-dated", len(dateless)), ("card-expired", size))
    return [
        *(
            Planted(rule="BIL-RET-OPPOSITION", kind=kind, table="gestion.opposition", figures={"entries": count, "cards": count})
            for kind, count in told
        ),
        *_untold(office),
    ]


def _untold(office: Office) -> list[Planted]:
    standing = """select numero_carte from opposition join impayes using (numero_carte)
                  where opposition.motif = 'impaye' and regularise_le is null order by numero_carte"""
    debtors = [row for (row,) in office.store.ask(standing)]
    few = max(2, len(debtors) // 6)
    never, late = debtors[:few], debtors[few : 2 * few]
    office.store.change("opposition", "notifie_le", dict.fromkeys(never), key="numero_carte")
    after = dict(office.store.ask("select numero_carte, datetime(debut, '+6 days') from opposition where motif = 'impaye'"))
    office.store.change("opposition", "notifie_le", {card: after[card] for card in late}, key="numero_carte")
    return [
        Planted(rule="BIL-OPP-INFO", kind=kind, table="gestion.opposition", figures={"entries": few, "cards": few})
        for kind in ("holder-not-told", "holder-told-too-late")
    ]


def _notices(office: Office, rng: Generator) -> list[Planted]:
    """Write unpaid offences of the year, and the separate archive of the paid ones."""
    size = max(30, office.people.size // 400)
    recorded = rng.integers(_TODAY - 330, _TODAY - 5, size)
    sent = [day if rank % 3 == 0 else None for rank, day in enumerate(clock.iso_dates(np.minimum(recorded + 60, _TODAY)))]
    people = [_offender(rank, rng) for rank in range(size)]
    rows = [(600_000 + rank, day, None, sent[rank], None, *people[rank]) for rank, day in enumerate(clock.iso_dates(recorded))]
    office.store.add_rows("contraventions.pv", rows)
    paid = rng.integers(_TODAY - 600, _TODAY - 5, size)
    made, settled = clock.iso_dates(paid - rng.integers(3, 60, size)), clock.iso_dates(paid)
    office.store.add("archives.pv", ([610_000 + rank for rank in range(size)], made, settled, settled))
    return [] if office.options.clean else _notice_faults(office, size, rng)


def _offender(rank: int, rng: Generator) -> tuple[str, str, str, str]:
    born = clock.iso_dates(np.array([rng.integers(clock.of_date(LAST_DAY) - 25_000, clock.of_date(LAST_DAY) - 6600)]))[0]
    return f"Contrevenant {rank + 1:06d} Exemple", born, "Lille", "14 rue de l’Exemple, 59000 Lille"


def _notice_faults(office: Office, known: int, rng: Generator) -> list[Planted]:
    """Keep paid and old offences, an archive past two years, card and customer numbers, and a mail address."""
    few = max(4, office.people.size // 4000)
    still_there = office.past_term[office.people.sequence]
    customers = FIRST_CUSTOMER + np.flatnonzero((office.people.medium == Medium.NOMINATIVE) & still_there)[:few]
    cards = _numbers(office, customers - FIRST_CUSTOMER)
    recent, old = clock.iso_dates(_TODAY - 40 - np.arange(few)), clock.iso_dates(_TODAY - 500 - np.arange(few))
    nothing = [None] * few

    def rows(first: int, made: list[str], paid: list[Any], links: tuple[list[Any], list[Any], list[Any]]) -> None:
        who = [_offender(known + first + rank, rng) for rank in range(few)]
        texts = [list(column) for column in zip(*who, strict=True)]
        ids = [620_000 + first + rank for rank in range(few)]
        office.store.add("contraventions.pv", (ids, made, paid, nothing, nothing, *texts, *links))

    mails = [f"contrevenant-{rank + 1:06d}@exemple.invalid" for rank in range(few)]
    rows(0, recent, clock.iso_dates(_TODAY - 10 - np.arange(few)), (nothing, nothing, nothing))
    rows(few, old, nothing, (nothing, nothing, nothing))
    rows(2 * few, recent, nothing, (cards, customers.tolist(), mails))
    ids = [630_000 + rank for rank in range(few)]
    past = clock.iso_dates(_TODAY - 800 - np.arange(few))
    office.store.add("archives.pv", (ids, past, past, past))
    table = "contraventions.pv"
    return [
        Planted(rule="BIL-RET-PV-PAYE", kind="paid-and-kept", table=table, figures={"rows": few}),
        Planted(rule="BIL-RET-PV-PAYE", kind="unsettled-too-long", table=table, figures={"rows": few, "oldest": old[-1]}),
        Planted(rule="BIL-RET-PV-PAYE", kind="archived-too-long", table="archives.pv", figures={"rows": few, "oldest": past[-1]}),
        Planted(rule="BIL-PERIM-CONTROLE", kind="common-card", table=table, figures={"rows": few, "cards": few}),
        Planted(rule="TRA-FRAUDE-L2241-2-1", kind="offender-tied-to-customer", table=table, figures={"rows": few, "customers": few}),
        Planted(rule="TRA-FRAUDE-L2241-2-1", kind="column-beyond-the-list", table=table, figures={"column": "courriel"}),
    ]
