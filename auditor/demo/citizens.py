"""What the data-protection officer keeps: requests of the people, erasures carried out, breaches of personal data."""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.random import Generator

from auditor.demo import clock, numbering
from auditor.demo.options import LAST_DAY
from auditor.demo.people import FIRST_CUSTOMER, Office
from auditor.demo.population import Cause, Medium
from auditor.demo.routing import NOW
from auditor.demo.truth import Figure, Planted

_TODAY: Final = clock.of_date(LAST_DAY)
_DAY: Final = 86_400
_HEADINGS: Final = 9
"""Of art. 15(1) and 15(2)."""
_FORMATS: Final = "csv json"
_KINDS: Final = ("acces", "acces", "acces", "effacement", "rectification", "portabilite", "opposition")
ERASED_TABLES: Final = (
    "gestion.clients",
    "gestion.supports",
    "gestion.contrats",
    "gestion.ventes",
    "gestion.opposition",
    "gestion.impayes",
)
"""Tables that an erasure goes through."""
_FIRST_ERASED: Final = 9_000_000
"""Customer numbers of people whose records are no longer there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """One request, days counted from 1970."""

    number: int
    kind: str
    received: int
    answered: int | None
    card: int | None
    customer: int | None
    medium: str
    channel: str
    extended: int | None = None
    frozen: int | None = None
    destroyed: int | None = None
    closed: int | None = None
    refused: bool = False
    reasoned: bool = False
    sections: int | None = None
    copy: bool | None = None
    named: bool | None = None
    searched: bool | None = None
    formats: str | None = None

    def row(self) -> tuple[Any, ...]:
        """Return the request as its table holds it."""
        days = [None if day is None else _date(day) for day in (self.received, self.extended, self.answered)]
        later = [None if day is None else _date(day) for day in (self.frozen, self.destroyed, self.closed)]
        flags = [None if flag is None else ("oui" if flag else "non") for flag in (self.copy, self.named, self.searched)]
        told = ("oui" if self.refused else "non", "oui" if self.reasoned else None)
        return (
            self.number, self.kind, *days, self.card, self.customer, self.medium, self.channel, *later, *told, self.sections, *flags,
            self.formats,
        )  # fmt: skip


def _date(day: int) -> str:
    return clock.iso_dates(np.array([day]))[0]


def write(office: Office, rng: Generator) -> tuple[Planted, ...]:
    """Write requests, erasures and breaches; then, unless the network is clean, those that were badly handled."""
    requests = _answered(office, rng)
    office.store.add_rows("conformite.demandes", [one.row() for one in requests])
    _erasures(office, requests)
    _breaches(office)
    if office.options.clean:
        return ()
    return (*_late(office, requests), *_poor(office, requests), *_unfrozen(office, requests), *_not_erased(office), *_badly_told(office))


def _answered(office: Office, rng: Generator) -> list[_Request]:
    """Return well-handled requests of the last year, the last few still open."""
    people, size = office.people, max(24, office.people.size // 1500)
    who = rng.permutation(np.flatnonzero((people.cause == Cause.NONE) & (people.medium == Medium.NOMINATIVE)))[:size]
    nameless = rng.permutation(np.flatnonzero((people.cause == Cause.NONE) & (people.medium != Medium.NOMINATIVE)))[: size // 8]
    received = _TODAY - 20 - (np.arange(size) * 310 // size)
    waited = rng.integers(4, 27, size)
    found = [_request(office, rank, int(who[rank]), int(received[rank]), int(waited[rank])) for rank in range(size)]
    for rank, traveller in enumerate(nameless.tolist()):
        found[rank] = _at_the_counter(office, found[rank], traveller)
    return [*found, *_open(office, size, who)]


def _request(office: Office, rank: int, traveller: int, received: int, waited: int) -> _Request:
    kind = _KINDS[rank % len(_KINDS)]
    extended = received + 12 if rank % 11 == 5 else None  # noqa: PLR2004 - one request in eleven is complex
    answered = received + (70 if extended and received + 75 < _TODAY else min(waited, _TODAY - received - 1))
    access, erased = kind == "acces", kind == "effacement"
    bare = _Request(
        number=1000 + rank,
        kind=kind,
        received=received,
        extended=extended,
        answered=answered,
        card=None if erased else int(numbering.numbers(office.people.sequence[[traveller]])[0]),
        customer=_FIRST_ERASED + rank if erased else FIRST_CUSTOMER + traveller,
        medium="nominatif",
        channel="en_ligne",
        frozen=received if access else None,
        destroyed=answered + 1 if access else None,
        closed=answered + 1,
        refused=rank % 13 == 4,  # noqa: PLR2004 - a few are refused
        reasoned=rank % 13 == 4,  # noqa: PLR2004
    )
    return _whole(bare) if access else replace(bare, copy=True, formats=_FORMATS) if kind == "portabilite" else bare


def _whole(request: _Request) -> _Request:
    """Answer a request of access in full."""
    return replace(request, sections=_HEADINGS, copy=True, named=True, searched=True, formats=_FORMATS)


def _at_the_counter(office: Office, known: _Request, traveller: int) -> _Request:
    """Turn a request into one about a card without a name, shown at the counter: no customer record."""
    card = int(numbering.numbers(office.people.sequence[[traveller]])[0])
    medium = "declaratif" if office.people.medium[traveller] == Medium.DECLARATIVE else "anonyme"
    kept = replace(known, kind="acces", card=card, customer=None, medium=medium, channel="guichet", refused=False, reasoned=False)
    return replace(_whole(kept), frozen=known.received, destroyed=known.closed)


def _open(office: Office, rank: int, who: Any) -> list[_Request]:
    """Return requests received in the last days, set apart at reception and not yet answered."""
    return [
        _Request(
            number=1000 + rank + extra,
            kind="acces",
            received=_TODAY - 6 + extra,
            answered=None,
            card=int(numbering.numbers(office.people.sequence[who[extra : extra + 1]])[0]),
            customer=FIRST_CUSTOMER + int(who[extra]),
            medium="nominatif",
            channel="courrier",
            frozen=_TODAY - 6 + extra,
        )
        for extra in range(3)
    ]


def _erasures(office: Office, requests: list[_Request]) -> None:
    """Trace each erasure in every table, and the nightly purges of the last month."""
    rows: list[tuple[Any, ...]] = []
    for one in requests:
        if one.kind == "effacement" and one.answered is not None and not one.refused:
            rows += [(one.number, table, _date(one.answered), 1) for table in ERASED_TABLES]
    rows += [(None, table, _date(_TODAY - back), 100) for back in range(30) for table in ("valideurs", "relais")]
    office.store.add_rows("conformite.effacements", rows)


def _breaches(office: Office) -> None:
    """Write three breaches well handled: no risk, a risk, a high risk."""
    known = NOW - np.array([200, 120, 60]) * _DAY
    notified = [None, *clock.iso(known[1:] + 30 * 3600)]
    told = [None, None, *clock.iso(known[2:] + 40 * 3600)]
    texts = [
        f"{what} (exemple)" for what in ("Courriel interne mal adressé", "Poste portable volé, disque chiffré", "Compte d’agent détourné")
    ]
    effects = ["Aucun effet constaté", "Consultation possible de coordonnées", "Consultation de fiches de clients"]
    measures = ["Message détruit, rappel aux agents", "Effacement à distance, clés révoquées", "Compte fermé, mots de passe renouvelés"]
    ids, risks = [70 + rank for rank in range(3)], ["aucun", "risque", "eleve"]
    office.store.add("conformite.violations", (ids, clock.iso(known), notified, told, risks, texts, effects, measures))


def _add(office: Office, requests: list[_Request]) -> None:
    office.store.add_rows("conformite.demandes", [one.row() for one in requests])


def _models(requests: list[_Request], kind: str, size: int) -> list[_Request]:
    """Return closed requests of one kind to copy; refused and extended ones, and cards without a name, are left out."""
    plain = [one for one in requests if one.closed and not one.refused and not one.extended and one.customer is not None]
    found = [one for one in plain if one.kind == kind]
    return [found[rank % len(found)] for rank in range(size)]


def _late(office: Office, requests: list[_Request]) -> list[Planted]:
    """Answer late, extend after the month, leave open past it, refuse without a reason."""
    few = max(2, office.people.size // 20_000)
    kinds: dict[str, dict[str, Any]] = {
        "answered-late": {"received": _TODAY - 150, "frozen": _TODAY - 150, "answered": _TODAY - 60, "destroyed": _TODAY - 59},
        "open-past-due": {"received": _TODAY - 80, "frozen": _TODAY - 80, "answered": None, "closed": None, "destroyed": None},
        "extension-announced-late": {"received": _TODAY - 140, "frozen": _TODAY - 140, "extended": _TODAY - 90, "answered": _TODAY - 70},
        "refusal-not-reasoned": {"refused": True, "reasoned": False},
    }
    planted, number = [], 2000
    for kind, changes in kinds.items():
        changed: list[_Request] = []
        for rank, one in enumerate(_models(requests, "acces", few)):
            late = replace(one, number=number + rank, **changes)
            if kind in {"answered-late", "extension-announced-late"} and late.answered is not None:
                late = replace(late, closed=late.answered + 1, destroyed=late.answered + 1)
            changed.append(late)
        _add(office, changed)
        # An extension announced after the month extends nothing: its answer is late too.
        count = 2 * few if kind == "answered-late" else few
        planted.append(Planted(rule="DROIT-DELAI", kind=kind, table="conformite.demandes", figures={"requests": count}))
        number += 100
    return planted


def _poor(office: Office, requests: list[_Request]) -> list[Planted]:
    """Answer in time, and badly: headings left out, no copy, categories of recipients, no search for pseudonyms, one format."""
    few = max(2, office.people.size // 20_000)
    cases: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
        ("DROIT-ACC-CONTENU", "answer-incomplete", "acces", {"sections": 6}),
        ("DROIT-ACC-CONTENU", "copy-not-given", "acces", {"copy": False}),
        ("DROIT-ACC-DEST", "recipients-not-named", "acces", {"named": False}),
        ("DROIT-ACC-PSEUDO", "pseudonyms-not-searched", "acces", {"searched": False}),
        ("DROIT-PORTA", "not-portable", "portabilite", {"formats": "pdf"}),
    )
    planted = []
    for rank, (rule, kind, asked, changes) in enumerate(cases):
        models = _models(requests, asked, few)
        _add(office, [replace(one, number=3000 + 100 * rank + extra, **changes) for extra, one in enumerate(models)])
        planted.append(Planted(rule=rule, kind=kind, table="conformite.demandes", figures={"requests": few}))
    return planted


def _unfrozen(office: Office, requests: list[_Request]) -> list[Planted]:
    """Let the purge run before setting the data apart, keep a copy after closing, turn away who shows a card without a name."""
    few = max(2, office.people.size // 20_000)
    models = _models(requests, "acces", few)
    late = [replace(one, number=4000 + rank, frozen=None, destroyed=None) for rank, one in enumerate(models)]
    kept = [replace(one, number=4100 + rank, destroyed=None) for rank, one in enumerate(models)]
    turned_away = [
        replace(one, number=4200 + rank, medium="anonyme", channel="guichet", customer=None, refused=True, reasoned=True)
        for rank, one in enumerate(models)
    ]
    for requested in (late, kept, turned_away):
        _add(office, requested)
    told = (("DROIT-ACC-GEL", "not-frozen"), ("DROIT-ACC-GEL", "copy-kept"), ("DROIT-ACC-ART11", "unnamed-card-refused"))
    return [Planted(rule=rule, kind=kind, table="conformite.demandes", figures={"requests": few}) for rule, kind in told]


def _not_erased(office: Office) -> list[Planted]:
    """Say erased and keep the record; erase in one table only."""
    few = max(2, office.people.size // 20_000)
    who = np.flatnonzero((office.people.medium == Medium.NOMINATIVE) & (office.people.cause == Cause.NONE))[-few:]
    rows = [
        _Request(
            number=5000 + rank, kind="effacement", received=_TODAY - 90, answered=_TODAY - 75, card=None, customer=FIRST_CUSTOMER + one,
            medium="nominatif", channel="en_ligne", closed=_TODAY - 74,
        )
        for rank, one in enumerate(who.tolist())
    ]  # fmt: skip
    _add(office, rows)
    office.store.add_rows("conformite.effacements", [(one.number, "gestion.opposition", _date(_TODAY - 75), 1) for one in rows])
    told: tuple[tuple[str, str, dict[str, Figure]], ...] = (
        ("still-named", "gestion.clients", {"customers": few}),
        ("still-linked", "gestion.supports", {"rows": few, "cards": few}),
    )
    return [Planted(rule="DROIT-EFF", kind=kind, table=table, figures=figures) for kind, table, figures in told]


def _badly_told(office: Office) -> list[Planted]:
    """Notify after five days, never, without the people, and without saying what happened."""
    known = clock.iso(np.array([NOW - 90 * _DAY] * 4))
    late, soon = clock.iso(np.array([NOW - 85 * _DAY]))[0], clock.iso(np.array([NOW - 89 * _DAY]))[0]
    said = ("Fichier envoyé au mauvais destinataire (exemple)", "Coordonnées lues par un tiers", "Destruction demandée et confirmée")
    rows = [
        (80, known[0], late, None, "risque", *said),
        (81, known[1], None, None, "risque", *said),
        (82, known[2], soon, None, "eleve", *said),
        (83, known[3], soon, None, "risque", said[0], None, None),
    ]
    office.store.add_rows("conformite.violations", rows)
    kinds = ("breach-notified-late", "breach-not-notified", "persons-not-told")
    table = "conformite.violations"
    return [
        *(Planted(rule="RGPD-VIOL-72H", kind=kind, table=table, figures={"entries": 1}) for kind in kinds),
        *(
            Planted(rule="RGPD-VIOL-72H", kind="breach-incomplete", table=table, figures={"entries": 1, "missing": name})
            for name in ("effects", "measures")
        ),
    ]
