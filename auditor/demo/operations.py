"""What the operator keeps of its own system: accounts, changes of protection, backups, an archive and a test copy."""

from collections.abc import Iterable
from hashlib import md5
from typing import Any, Final

import numpy as np
from numpy.random import Generator

from auditor.demo import clock, numbering
from auditor.demo.options import LAST_DAY
from auditor.demo.people import Office
from auditor.demo.population import MEDIUM_CODES, Cause, Medium
from auditor.demo.routing import NOW
from auditor.demo.truth import Planted

_TODAY: Final = clock.of_date(LAST_DAY)
_DAY: Final = 86_400
_HOUR: Final = 3600
_ADMINISTRATOR: Final = "administration"
_NIGHT: Final = 2 * _HOUR
_COPIED_TABLES: Final = ("gestion.clients", "gestion.contrats", "gestion.ventes")
_SHORT_TABLE: Final = "valideurs"
_TEST_CARDS: Final = 200
_ALPHABET: Final = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))


def write(office: Office, accounts: Iterable[str], rng: Generator) -> tuple[Planted, ...]:
    """Write the operator's own tables; then, unless the network is clean, what it forgot to close, end, or keep apart."""
    _accounts(office, sorted(accounts), rng)
    _events(office)
    _backups(office)
    _archive(office, rng)
    _test_cards(office)
    if office.options.clean:
        return ()
    return (*_forgotten_accounts(office, rng), *_suspended(office), *_long_backups(office), *_real_cards(office))


def _argon2(size: int, rng: Generator) -> list[str]:
    """Return digests of the form of Argon2id; no password stands behind them."""
    drawn = _ALPHABET[rng.integers(0, len(_ALPHABET), (size, 65))]
    texts = ["".join(row) for row in drawn.tolist()]
    return [f"$argon2id$v=19$m=65536,t=3,p=4${text[:22]}${text[22:]}" for text in texts]


def _accounts(office: Office, accounts: list[str], rng: Generator) -> None:
    digests = _argon2(len(accounts) + 1, rng)
    used = clock.iso_dates(_TODAY - rng.integers(0, 20, len(accounts)))
    rows = [
        (name, "non", "oui" if name == _ADMINISTRATOR else "non", "2025-11-03", used[rank], None, None, "2026-06-15", digests[rank])
        for rank, name in enumerate(accounts)
    ]
    gone = ("ancien_agent_01", "non", "non", "2024-02-05", "2026-03-27", "2026-03-31", "2026-03-31", "2026-01-20", digests[-1])
    office.store.add_rows("exploitation.comptes", [*rows, gone])


def _forgotten_accounts(office: Office, rng: Generator) -> list[Planted]:
    strong = _argon2(4, rng)
    weak = md5(b"exemple", usedforsecurity=False).hexdigest()
    rows = [
        ("guichet_commun", "oui", "non", "2025-11-03", "2026-10-29", None, None, "2026-06-15", strong[0]),
        ("ancien_agent_02", "non", "non", "2024-02-05", "2026-10-20", "2026-05-31", None, "2026-06-15", strong[1]),
        ("stagiaire_01", "non", "non", "2025-11-03", "2026-03-02", None, None, "2026-06-15", strong[2]),
        ("reprise_2024", "non", "non", "2024-01-08", "2026-10-28", None, None, "2024-09-10", strong[3]),
        *((f"agent_ancien_{rank}", "non", "non", "2025-11-03", "2026-10-28", None, None, "2026-06-15", weak) for rank in (1, 2, 3)),
    ]
    office.store.add_rows("exploitation.comptes", rows)
    table = "exploitation.comptes"
    kinds = ("account-shared", "account-left-open", "account-idle", "account-not-reviewed")
    return [
        *(Planted(rule="SEC-HABIL-REVUE", kind=kind, table=table, figures={"accounts": 1}) for kind in kinds),
        Planted(
            rule="SEC-MDP", kind="password-bare-digest", table=table, figures={"column": "empreinte_mdp", "rows": 3, "algorithm": "md5"}
        ),
        Planted(
            rule="SEC-CRYPTO-ALGO", kind="weak-digest", table=table, figures={"column": "empreinte_mdp", "rows": 3, "algorithm": "md5"}
        ),
    ]


def _events(office: Office) -> None:
    """Write ordinary changes, and one suspension that was motivated, signed and ended."""
    days = NOW - np.array([300, 210, 120, 60]) * _DAY
    ends = days + np.array([2, 3, 6, 1]) * _HOUR
    kinds = ["mise_a_jour", "mise_a_jour", "suspension_anonymisation", "mise_a_jour"]
    reasons, authors = [None, None, "incident_grave", None], ["exploitation_si"] * 4
    office.store.add(
        "exploitation.evenements", ([40 + rank for rank in range(4)], kinds, clock.iso(days), clock.iso(ends), reasons, authors)
    )


def _suspended(office: Office) -> list[Planted]:
    """Switch the anonymisation off twelve days before the snapshot, without a reason, an author or an end."""
    start = clock.iso(np.array([NOW - 12 * _DAY]))[0]
    office.store.add_rows("exploitation.evenements", [(50, "suspension_anonymisation", start, None, None, None)])
    return [
        Planted(rule="BIL-PSE-SUSPENSION", kind=kind, table="exploitation.evenements", figures={"entries": 1})
        for kind in ("suspension-not-ended", "suspension-without-reason", "suspension-without-author", "suspension-too-long")
    ]


def _backups(office: Office) -> None:
    """Write weekly backups of the back office, destroyed after a month, and nightly ones of the taps, destroyed the next night."""
    rows: list[tuple[Any, ...]] = []
    for week in range(12):
        taken = NOW - (7 * week + 1) * _DAY
        ended = taken + 35 * _DAY
        rows += [(table, taken, ended, ended if ended <= NOW else None, None, None) for table in _COPIED_TABLES]
    for night in range(30):
        taken = NOW - night * _DAY - _NIGHT
        ended = taken + 24 * _HOUR
        rows.append((_SHORT_TABLE, taken, ended, ended if ended <= NOW else None, None, None))
    restored = NOW - 40 * _DAY
    rows[15] = (*rows[15][:4], restored, restored + 2 * _HOUR)
    _write_backups(office, rows)


def _write_backups(office: Office, rows: list[tuple[Any, ...]]) -> None:
    def said(moment: int | None) -> str | None:
        return None if moment is None else clock.iso(np.array([moment]))[0]

    office.store.add_rows("exploitation.sauvegardes", [(row[0], *(said(one) for one in row[1:])) for row in rows])


def _long_backups(office: Office) -> list[Planted]:
    """Keep a month of the taps in backups, and restore the customers without erasing again."""
    taken = [NOW - _DAY * (1 + 4 * rank) for rank in range(7)]
    rows: list[tuple[Any, ...]] = [(_SHORT_TABLE, one, one + 30 * _DAY, None, None, None) for one in taken]
    late = NOW - 90 * _DAY
    rows.append(("gestion.clients", late, late + 35 * _DAY, late + 35 * _DAY, late + 10 * _DAY, None))
    _write_backups(office, rows)
    days = [clock.iso(np.array([one]))[0][:10] for one in (taken[0], taken[-1], late + 10 * _DAY)]
    told: tuple[tuple[str, str, int, str], ...] = (
        ("backup-due-too-late", _SHORT_TABLE, 1, days[0]),
        ("backup-past-its-term", _SHORT_TABLE, 6, days[1]),
        ("restored-without-purge", "gestion.clients", 1, days[2]),
    )
    return [
        Planted(rule="BIL-RET-SAUVEGARDES", kind=kind, table=table, figures={"rows": rows_, "oldest": oldest})
        for kind, table, rows_, oldest in told
    ]


def _archive(office: Office, rng: Generator) -> None:
    """Write the accounting archive: neither card nor customer, ten years at most."""
    size = max(100, office.people.size // 50)
    days = rng.integers(_TODAY - 3000, _TODAY - 760, size)
    products = [office.lille.products[one.product] for one in office.lille.usages]
    prices = {office.lille.products[one.product]: one.price for one in office.lille.usages}
    chosen = [products[one] for one in rng.integers(0, len(products), size).tolist()]
    moments = clock.iso(days * _DAY + rng.integers(8 * _HOUR, 19 * _HOUR, size))
    ids = [1_000_000 + rank for rank in range(size)]
    office.store.add("archives.ventes", (ids, chosen, moments, [prices[one] for one in chosen], ["carte"] * size))


def _test_cards(office: Office) -> None:
    """Write the cards of the test copy: numbers that the network never issued."""
    sequence = numbering.sequences(numbering.SPACE - 1 - np.arange(_TEST_CARDS), office.options.seed)
    _copy(office, numbering.numbers(sequence).tolist())


def _copy(office: Office, cards: list[int]) -> None:
    size = len(cards)
    media = [MEDIUM_CODES[Medium.NOMINATIVE]] * size
    office.store.add("recette.supports", (cards, media, ["2026-01-05"] * size, ["2036-01-05"] * size, ["actif"] * size))


def _real_cards(office: Office) -> list[Planted]:
    """Copy real cards into the test copy."""
    people = office.people
    size = max(6, people.size // 1000)
    who = np.flatnonzero((people.cause == Cause.NONE) & (people.medium == Medium.NOMINATIVE))[:size]
    _copy(office, numbering.numbers(people.sequence[who]).tolist())
    return [Planted(rule="SEC-TESTS", kind="production-cards-in-tests", table="recette.supports", figures={"cards": size, "rows": size})]
