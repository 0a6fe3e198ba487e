"""The sales desk: fares by kind of card, after-sales, and what a desk should not write down."""

from typing import Final

import numpy as np
from numpy.random import Generator

from auditor.demo import clock, numbering
from auditor.demo.options import LAST_DAY
from auditor.demo.people import FIRST_CUSTOMER, Office
from auditor.demo.population import MEDIUM_CODES, Cause, Medium
from auditor.demo.truth import Planted
from auditor.vocabulary.numbers import luhn_check_digit

REPLACEMENT: Final = "59001"
"""The product that pays for a new card."""
_REPLACEMENT_PRICE: Final = 8.0
_FIRST_SALE: Final = 12_000_000
_SPARE: Final = 1000
"""Ranks at the end of the number space that nobody is given; the last ones are those of the test copy."""
_TODAY: Final = clock.of_date(LAST_DAY)
_WITHOUT_NAME: Final = ("carnet", "single", "pass")
"""Families that an anonymous card can bear."""
_NAMED_ONLY: Final = ("postpaid",)
"""Families that need a person: somebody to bill."""
_DEARER: Final = "25788"
_SURCHARGE: Final = 1.1
_REMARKS: Final = (
    "Rappeler le matin",
    "Personne agressive, refuse de payer",
    "Sous traitement médical, se déplace en fauteuil roulant",
)
"""One that says nothing, one that judges, one about health."""


def write(office: Office, rng: Generator) -> tuple[Planted, ...]:
    """Write fares and after-sales; then, unless the network is clean, what the desk should not have written."""
    _after_sales(office, rng)
    if office.options.clean:
        _fares(office, declared=True)
        return ()
    _fares(office, declared=False)
    return (*_prices(office), *_remarks(office), *_bank_cards(office, rng), *_files_opened(office), *_unknown_media(office))


def _fares(office: Office, *, declared: bool) -> None:
    """Write the price of every product on every kind of card that may bear it."""
    lille, rows = office.lille, []
    for one in lille.usages:
        family = lille.families[lille.family_of[one.product]]
        product = lille.products[one.product]
        media = [Medium.NOMINATIVE, *([Medium.DECLARATIVE] if family not in _NAMED_ONLY else [])]
        if not declared and one.group == "social":
            media = [Medium.NOMINATIVE]
        if family in _WITHOUT_NAME:
            media.append(Medium.ANONYMOUS)
        for medium in media:
            dearer = not declared and product == _DEARER and medium is Medium.DECLARATIVE
            # What is billed afterwards is priced by the journey.
            price = one.price if family != "postpaid" else one.fare
            rows.append((product, MEDIUM_CODES[medium], price * _SURCHARGE if dearer else price))
    refused = () if declared else (Medium.ANONYMOUS,)
    rows += [(REPLACEMENT, MEDIUM_CODES[medium], _REPLACEMENT_PRICE) for medium in Medium if medium not in refused]
    office.store.add_rows("tarifs", rows)


def _after_sales(office: Office, rng: Generator) -> None:
    """Write the sale of every replacement made since the first day."""
    people = office.people
    renewed = np.flatnonzero(np.isin(people.cause, (Cause.LOST, Cause.STOLEN, Cause.DEFECTIVE)))
    day = _TODAY - (office.options.days - 1) + people.switch_day[renewed]
    moments = clock.iso(day * 86_400 + rng.integers(8 * 3600, 19 * 3600, len(renewed)))
    ids = [_FIRST_SALE + rank for rank in range(len(renewed))]
    cards, customers = numbering.numbers(people.next_sequence[renewed]).tolist(), office.customer(renewed)
    constant = [[value] * len(renewed) for value in (None, REPLACEMENT)]
    price, method = [_REPLACEMENT_PRICE] * len(renewed), ["carte"] * len(renewed)
    office.store.add("ventes", (ids, cards, customers, *constant, moments, price, method))


def _prices(office: Office) -> list[Planted]:
    social = {office.lille.products[one.product] for one in office.lille.usages if one.group == "social"}
    return [
        Planted(rule="BIL-ANON-SURCOUT", kind="dearer-unnamed", figures={"products": 1, "value": _DEARER}),
        Planted(rule="BIL-ANON-SURCOUT", kind="closed-to-the-unnamed", figures={"products": len(social)}),
        Planted(rule="BIL-SAV-SANSFICHE", kind="after-sales-refused", figures={"value": REPLACEMENT, "category": "anonymous"}),
    ]


def _remarks(office: Office) -> list[Planted]:
    size = max(30, office.people.size // 800)
    named = FIRST_CUSTOMER + np.flatnonzero(office.people.medium == Medium.NOMINATIVE)[:size]
    remarks = {int(one): _REMARKS[rank % len(_REMARKS)] for rank, one in enumerate(named)}
    days = clock.iso_dates(_TODAY - 20 - np.arange(len(named)))
    texts = {one: f"Vu en agence le {days[rank]}. {remark}." for rank, (one, remark) in enumerate(remarks.items())}
    office.store.change("clients", "commentaire", texts, key="id_client")
    table, column = "gestion.clients", "commentaire"
    return [
        Planted(rule="BIL-DON-LIBRE", kind="free-text-field", table=table, figures={"column": column}),
        *(
            Planted(rule="BIL-DON-LIBRE", kind="words-at-risk", table=table, figures={"column": column, "rows": rows})
            for rows in (sum(text == remark for text in remarks.values()) for remark in _REMARKS[1:])
        ),
    ]


def _bank_cards(office: Office, rng: Generator) -> list[Planted]:
    """Write invented payment cards (test range 400000) and their security codes beside some sales."""
    size = max(24, office.people.size // 500)
    sales = [row for (row,) in office.store.ask("select id_vente from ventes order by id_vente limit ?", size)]
    payloads = [f"400000{one:09d}" for one in rng.choice(10**9, size=len(sales), replace=False).tolist()]
    office.store.change(
        "ventes", "numero_cb", {sale: one + luhn_check_digit(one) for sale, one in zip(sales, payloads, strict=True)}, key="id_vente"
    )
    codes = {sale: f"{one:03d}" for sale, one in zip(sales, rng.integers(0, 1000, len(sales)).tolist(), strict=True)}
    office.store.change("ventes", "cryptogramme", codes, key="id_vente")
    return [
        Planted(rule="BIL-RET-CB", kind=kind, table="gestion.ventes", figures={"column": column, "rows": len(sales)})
        for kind, column in (("pan-held", "numero_cb"), ("cvv-held", "cryptogramme"))
    ]


def _files_opened(office: Office) -> list[Planted]:
    """Make the declarative holders who were given a customer record people who had lost a card that day."""
    asked = """select s.numero_carte, c.ouvert_le from supports s join clients c using (id_client)
               where s.type_support = 'declaratif' order by s.numero_carte"""
    found = office.store.ask(asked)
    spare = numbering.sequences(numbering.SPACE - _SPARE - np.arange(len(found)), office.options.seed)
    lost = numbering.numbers(spare).tolist()
    printed = [f"{one * 97 + 10_000_019:08d}" for one in spare.tolist()]
    medium = MEDIUM_CODES[Medium.DECLARATIVE]
    rows = [(lost[rank], printed[rank], medium, None, "2022-03-01", "2032-03-01", "remplace", card) for rank, (card, _) in enumerate(found)]
    office.store.add_rows("supports", rows)
    office.store.change("supports", "emis_le", dict(found), key="numero_carte")
    figures = {"customers": len(found), "cards": len(found)}
    return [Planted(rule="BIL-SAV-SANSFICHE", kind="record-opened-at-after-sales", table="gestion.clients", figures=figures)]


def _unknown_media(office: Office) -> list[Planted]:
    """Give some cards a kind that is none of the three."""
    size = max(3, office.people.size // 5000)
    who = np.flatnonzero((office.people.medium == Medium.NOMINATIVE) & (office.people.cause == Cause.NONE))[-2 * size : -size]
    cards = numbering.numbers(office.people.sequence[who]).tolist()
    office.store.change("supports", "type_support", dict.fromkeys(cards, "personnalise"), key="numero_carte")
    return [Planted(rule="BIL-TIT-TROIS", kind="medium-unknown", table="gestion.supports", figures={"rows": size, "cards": size})]
