"""The journal of accesses: who read which table, in which role, for which purpose, each entry chained to the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import numpy as np
from numpy.random import Generator

from auditor.demo import clock, numbering
from auditor.demo.options import LAST_DAY
from auditor.demo.people import Office
from auditor.demo.truth import Figure, Planted

_TODAY: Final = clock.of_date(LAST_DAY)
_DAY: Final = 86_400
_SPAN: Final = 340
"""Days the journal goes back to: between six months and a year."""
_OPERATIONS: Final = ("consultation", "consultation", "consultation", "creation", "modification", "consultation", "suppression", "partage")
_READ_ONLY: Final = "consultation"
_LEAST: Final = 600
_GENESIS: Final = "0" * 64
TAPS: Final = "valideurs"
_CORRESPONDENCE: Final = "gestion.correspondances"
_OUTSIDERS: Final = ("etudes", "relation_client")
_ATTRIBUTED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """One account that reads one table for one declared purpose."""

    account: str
    table: str
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    account: str
    moment: int
    """Seconds of the local clock."""
    table: str
    purpose: str | None
    ticket: str | None
    operation: str = _READ_ONLY
    rows: int = 1
    card: int | None = None
    stop: str | None = None


def write(office: Office, rights: Sequence[Right], rng: Generator) -> tuple[Planted, ...]:
    """Write the journal; unless the network is clean, with uses that no purpose covers, entries kept too long, and a broken chain."""
    ranked = sorted({right.account for right in rights})
    entries = _ordinary(office, rights, rng)
    planted: list[Planted] = []
    if not office.options.clean:
        strange, planted = _misused(office)
        entries += strange
    entries.sort(key=lambda one: (one.moment, one.account, one.table, one.ticket or ""))
    rows = _chained(entries, ranked, wide=not office.options.clean)
    if not office.options.clean:
        planted += _broken(rows)
    office.store.add_rows("journal.acces", rows)
    return tuple(planted)


def _ordinary(office: Office, rights: Sequence[Right], rng: Generator) -> list[_Entry]:
    """Return declared uses, in office hours, over most of a year: every right is used for every kind of operation at least once."""
    size = max(_LEAST, len(rights) * 8, office.people.size // 25)
    # The first entry sets the age of the journal; the others fall on working days.
    days = _TODAY - np.concatenate([[_SPAN], rng.integers(0, _SPAN - 10, size - 1)])
    weekday = (days + 3) % 7
    days = np.where(weekday > 4, days - (weekday - 4), days)  # noqa: PLR2004 - Saturday and Sunday become Friday
    seconds = rng.integers(8 * 3600, 18 * 3600, size)
    rows = rng.integers(1, 12, size).tolist()
    found = []
    for rank, (day, second) in enumerate(zip(days.tolist(), seconds.tolist(), strict=True)):
        right = rights[rank % len(rights)]
        taps = right.table == TAPS
        operation = _READ_ONLY if taps else _OPERATIONS[rank // len(rights) % len(_OPERATIONS)]
        moment = min(day, _TODAY - 1) * _DAY + second
        ticket = f"DOS-{rank + 1:06d}"
        found.append(_Entry(account=right.account, moment=moment, table=right.table, purpose=right.purpose, ticket=ticket,
                            operation=operation, rows=rows[rank]))  # fmt: skip
    return found


def _chained(entries: list[_Entry], ranked: list[str], *, wide: bool) -> list[tuple[object, ...]]:
    """Return the rows of the journal, each with the digest of what it says and of the digest before it."""
    texts = clock.iso(np.array([one.moment for one in entries], dtype=np.int64))
    previous, rows = _GENESIS, []
    for one, text in zip(entries, texts, strict=True):
        account = 1 + ranked.index(one.account) if one.account in ranked else 900
        said = (account, one.account, text, one.table, one.purpose, one.ticket, one.operation, one.rows)
        digest = sha256("\x1f".join([previous, *map(str, said)]).encode()).hexdigest()
        more = (one.card, one.stop) if wide else ()
        rows.append((*said, digest, previous, *more))
        previous = digest
    return rows


def _misused(office: Office) -> tuple[list[_Entry], list[Planted]]:
    """Return the uses that nothing covers, with what a reader has to find."""
    few = min(25, max(5, office.people.size // 2500))
    recent = [(_TODAY - 40 + rank % 30) * _DAY + 10 * 3600 + rank * 61 for rank in range(few)]
    old = [(_TODAY - 420 - rank) * _DAY + 11 * 3600 for rank in range(few)]
    cards = numbering.numbers(office.people.sequence[:few]).tolist()
    stop = office.lille.stops[0]
    entries: list[_Entry] = []
    for account in _OUTSIDERS:
        entries += [_Entry(account=account, moment=moment, table=TAPS, purpose=None, ticket=None, rows=5000) for moment in recent]
    entries += [
        _Entry(account="guichet", moment=moment, table="gestion.supports", purpose="gestion-titres", ticket=f"DOS-9{rank:05d}")
        for rank, moment in enumerate(old)
    ]
    entries += [
        _Entry(account="sav", moment=moment + 7, table="gestion.supports", purpose="sav-reclamations", ticket=f"SAV-{rank:05d}",
               card=cards[rank], stop=stop)
        for rank, moment in enumerate(recent)
    ]  # fmt: skip
    entries += [
        _Entry(account="etudes", moment=moment + 9, table=_CORRESPONDENCE, purpose=None, ticket=None) for moment in recent[:_ATTRIBUTED]
    ]
    oldest = clock.iso_dates(np.array([min(old) // _DAY]))[0]
    return entries, _misuses(few, oldest)


def _misuses(few: int, oldest: str) -> list[Planted]:
    told: tuple[tuple[str, str, dict[str, Figure]], ...] = (
        ("BIL-RET-JOURNAUX", "log-too-long", {"rows": few, "oldest": oldest}),
        ("BIL-RET-JOURNAUX", "card-in-the-log", {"rows": few}),
        ("BIL-RET-JOURNAUX", "place-in-the-log", {"rows": few}),
        ("SEC-JOURNAL-CONTENU", "log-quotes-card-and-stop", {"rows": few, "cards": few}),
    )
    read = [
        Planted(rule="BIL-RET-VALID-USAGE", kind="read-outside-fraud", table=TAPS, figures={"recipient": account, "rows": few})
        for account in _OUTSIDERS
    ]
    attributed = Planted(rule="RGPD-VIOL-72H", kind="attributed-without-ticket", table=_CORRESPONDENCE, figures={"rows": _ATTRIBUTED})
    return [
        *(Planted(rule=rule, kind=kind, table="journal.acces", figures=figures) for rule, kind, figures in told),
        *read,
        *_uses(few),
        attributed,
    ]


def _uses(few: int) -> list[Planted]:
    """List the uses that nothing justifies, as a reader of the journal sees them: by role, table and hour."""
    by_analysts: dict[str, Figure] = {"recipient": "etudes", "entries": _ATTRIBUTED}
    return [
        Planted(rule="SEC-JOURNAL-CONTENU", kind="use-without-purpose", table=_CORRESPONDENCE, figures=by_analysts),
        Planted(rule="BIL-SAV-LIEN", kind="link-read-by-analysts", table=_CORRESPONDENCE, figures=by_analysts),
        Planted(rule="BIL-SAV-LIEN", kind="link-read-outside-ticket", table=_CORRESPONDENCE, figures=by_analysts),
        *(
            Planted(rule="SEC-JOURNAL-CONTENU", kind=kind, table=table, figures={"recipient": account, "entries": few})
            for account in _OUTSIDERS
            for kind, table in (("use-without-purpose", TAPS), ("burst-of-readings", ""))
        ),
    ]


def _broken(rows: list[tuple[object, ...]]) -> list[Planted]:
    """Drop one entry in the middle: the next one still quotes its digest."""
    del rows[len(rows) // 2]
    return [Planted(rule="SEC-JOURNAL-CONTENU", kind="log-chain-broken", table="journal.acces", figures={"rows": 1})]
