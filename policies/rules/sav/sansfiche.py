"""After-sales dearer or refused for cards without a name, and customer records created on the occasion."""

from functools import partial, reduce
from typing import Any, Final

import ibis
from ibis import _

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.pieces import shown, worded
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known, some

AFTER_SALES: Final = "after-sales"
_NAMELESS: Final = ("declarative", "anonymous")
_OF_THE_SCALE: Final = ("anonymous", "declarative", "nominative")


def unequal_after_sales(t: Tables) -> list[dict[str, Any]]:
    """Return the after-sales prices that differ by medium or lack one, and the records created on the day of an operation."""
    return as_far_as_known(partial(_scale, t), partial(_records, t))


def _scale(t: Tables) -> list[dict[str, Any]]:
    """Compare the prices where the network holds them; ask for the written scale otherwise."""
    fares, products = t.held("fares", "product", "medium", "price"), t.held("products", "product", "family")
    if fares is not None and products is not None:
        services = products.filter(products.family == AFTER_SALES).select("product").distinct()
        priced = fares.semi_join(services, "product")
        if some(t, priced):
            return _prices(t, priced)
    return shown(t, "after-sales-scale", holds=_OF_THE_SCALE)


def _prices(t: Tables, priced: Relation) -> list[dict[str, Any]]:
    by_product: dict[str, dict[str, float]] = {}
    for row in t.ask(priced.group_by(["product", "medium"]).agg(price=priced.price.max()).order_by("product", "medium")):
        by_product.setdefault(row["product"], {})[row["medium"]] = row["price"]
    found: list[dict[str, Any]] = []
    for product, prices in by_product.items():
        named = prices.get("nominative")
        for medium in _NAMELESS:
            price = prices.get(medium)
            if price is None:
                found.append({"kind": "after-sales-refused", "value": product, "category": medium})
            elif named is not None and price > named:
                found.append({"kind": "after-sales-dearer", "value": product, "category": medium, "measured": price, "declared": named})
    return found


def _records(t: Tables) -> list[dict[str, Any]]:
    """Count the records opened on the very day a card without a name was replaced, and tied to one of the two cards."""
    customers = t.held("customers", "customer", "opened_on")
    if customers is None:
        return []
    t.require("cards.issued_on")
    cards = t["cards"]
    old = cards.filter(cards.medium.isin(_NAMELESS), cards.replaced_by.notnull()).select(
        lost=cards.card, given=cards.replaced_by, medium=cards.medium
    )
    new = cards.filter(cards.issued_on.notnull()).select(new_card=cards.card, served_on=cards.issued_on)
    served = old.join(new, old.given == new.new_card).distinct()
    ties = _ties(t)
    tied = ties.join(served, (ties.tied_card == served.lost) | (ties.tied_card == served.given))
    opened = customers.join(tied, (customers.customer == tied.person) & (customers.opened_on == tied.served_on))
    counted = opened.group_by([opened.physical.name("table"), "store", opened.medium.name("category")]).agg(
        customers=opened.customer.nunique(), cards=opened.lost.nunique(), newest=opened.served_on.max()
    )
    return t.ask(counted.mutate(kind=ibis.literal("record-opened-at-after-sales")))


def _ties(t: Tables) -> Relation:
    parts = [t[name] for name in ("cards", "contracts", "sales") if name in t]
    ties = [part.filter(part.card.notnull(), part.customer.notnull()).select(tied_card=_.card, person=_.customer) for part in parts]
    return reduce(lambda one, other: one.union(other), ties).distinct()


RULE = Rule(
    id="BIL-SAV-SANSFICHE",
    name="aftersales.unequal-or-with-a-record",
    family="sav",
    title=said(
        "SAV équivalent pour titres déclaratifs et anonymes",
        "Equal after-sales service without creating a file",
    ),
    severity=Severity.MAJOR,
    sources=(legal.CNIL_BILLETTIQUE_2011, legal.NAVIGO_DECOUVERTE, legal.GDPR_ART_11),
    reading=Reading.PARTIAL,
    needs=("cards.card", "cards.medium", "cards.replaced_by"),
    query=unequal_after_sales,
    message=said("Le service après-vente dépend du type de titre.", "After-sales service depends on the kind of card."),
    messages={
        "after-sales-dearer": said(
            "La prestation {value} coûte {measured} sur un titre {category}, contre {declared} sur un titre nominatif.",
            "The service {value} costs {measured} on a {category} card, against {declared} on a nominative one.",
        ),
        "after-sales-refused": said(
            "La prestation {value} n’a pas de prix pour un titre {category} : elle n’y est pas offerte.",
            "The service {value} has no price for a {category} card: it is not offered there.",
        ),
        "record-opened-at-after-sales": said(
            "{table} (magasin {store}) contient {customers} fiches ouvertes le jour même où un titre sans nom ({category}) était "
            "remplacé, et "
            "rattachées à lui ; la dernière le {newest}.",
            "{table} (store {store}) holds {customers} records opened on the very day a card without a name ({category}) was replaced, "
            "and tied "
            "to it; the last on {newest}.",
        ),
        **worded("Barème du service après-vente par type de titre", "After-sales scale by kind of card"),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Traiter la demande par le numéro du support, sur présentation de la carte ou du reçu de chargement ; aligner le barème ; "
        "purger les "
        "fiches créées à cette occasion.",
        "Handle the request by the number of the card, on showing the card or the loading receipt; align the scale; purge the records "
        "created on that occasion.",
    ),
    rationale=said(
        "La CNIL a relevé, à propos du passe Navigo Découverte, que refuser le remplacement d’une carte perdue ou volée dissuade de "
        "voyager "
        "sans être nommé ; la source est de presse. Le reçu de chargement fait preuve, et l’article 11 du RGPD n’oblige pas à identifier "
        "quelqu’un pour le servir. Le droit de voyager anonymement ne vaut que si la carte anonyme est servie comme une autre.",
        "About the Navigo Découverte pass, the CNIL noted that refusing to replace a lost or stolen card deters from travelling "
        "unnamed; the "
        "source is the press. The loading receipt is proof enough, and article 11 GDPR does not oblige anyone to identify a person in "
        "order "
        "to serve them. The right to travel anonymously holds only if the anonymous card is served like any other.",
    ),
    judgement=said(
        "Une personne doit encore dire si les conditions de preuve demandées au guichet sont les mêmes pour tous, et si une fiche "
        "ouverte le "
        "même jour l’a été à la demande du voyageur.",
        "A person must still say whether the proof asked at the counter is the same for all, and whether a record opened that day was "
        "opened at the traveller’s request.",
    ),
)
