"""What should not be there: readings of cards kept off the card, pseudonyms beside what they stand for, cards put online."""

import csv
from pathlib import Path
from typing import Final

import numpy as np

from auditor.demo import clock, numbering
from auditor.demo.options import LAST_DAY
from auditor.demo.people import FIRST_CUSTOMER, Office
from auditor.demo.population import Medium
from auditor.demo.truth import Planted

_TODAY: Final = clock.of_date(LAST_DAY)
_DAY: Final = 86_400
ONLINE_HEADER: Final = ("numero_carte", "code_titre", "vendu_le", "montant")
"""Columns of the export to the portal."""
_EVENTS: Final = 6
"""Events copied at each reading; the card keeps three."""


def write(folder: Path, office: Office) -> tuple[Planted, ...]:
    """Write them all, unless the network is clean: the twin holds none."""
    if office.options.clean:
        return ()
    _correspondences(office)
    return (*_readings(office), *_put_online(folder, office))


def _readings(office: Office) -> list[Planted]:
    size = max(6, office.people.size // 1000)
    cards = numbering.numbers(office.people.sequence[:size]).tolist()
    moments = clock.iso(np.array([(_TODAY - 50 + rank % 40) * _DAY + 11 * 3600 + rank for rank in range(size)]))
    office.store.add("lectures_cartes", (cards, moments, [_EVENTS] * size))
    figures = {"rows": size, "cards": size}
    return [Planted(rule="BIL-DON-CARTE", kind="card-readings-kept", table="gestion.lectures_cartes", figures=figures)]


def _correspondences(office: Office) -> None:
    """Write who is behind each pseudonym; the crossed privileges are what an audit sees of it."""
    size = max(10, office.people.size // 500)
    who = np.flatnonzero(office.people.medium == Medium.NOMINATIVE)[:size]
    sequence = office.people.sequence[who]
    tokens = numbering.unsalted_tokens(sequence)
    made = clock.iso_dates(np.full(size, _TODAY - 200))
    office.store.add("correspondances", (numbering.numbers(sequence).tolist(), (FIRST_CUSTOMER + who).tolist(), tokens, made))


def _put_online(folder: Path, office: Office) -> list[Planted]:
    """Export sales for the open-data portal, and leave the card numbers in."""
    size = max(20, office.people.size // 500)
    asked = "select numero_carte, code_titre, date(vendu_le), montant from ventes order by id_vente limit ?"
    path = folder / "data" / "portail" / "ventes_par_titre.csv"
    path.parent.mkdir(parents=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(ONLINE_HEADER)
        writer.writerows(office.store.ask(asked, size))
    return [Planted(rule="OD-ANONYMISER", kind="export-to-the-public-identifies", table="portail", figures={"columns_named": 1})]
