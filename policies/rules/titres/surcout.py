"""Fares that cost more, or do not exist, for whoever stays out of the customer file."""

from typing import Any

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.schema import SUBSCRIPTION
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known

SHOWN = 10
"""Products named in one finding; the count tells the others."""


def fares_dearer_or_closed_to_the_unnamed(t: Tables) -> list[dict[str, Any]]:
    """Count the products dearer on a declarative card than on a nominative one, and those a declarative card cannot bear.

    A product sold at several prices is compared at its dearest for the unnamed and its cheapest for the named. Only
    subscriptions, reduced fares and free ones must exist on a declarative card.
    """
    return as_far_as_known(lambda: _dearer(t), lambda: _closed(t))


def _prices(t: Tables, medium: str) -> Relation:
    fares = t["fares"]
    priced = fares.filter(fares.medium == medium, fares.product.notnull())
    return priced.group_by("product").agg(lowest=priced.price.min(), highest=priced.price.max())


def _dearer(t: Tables) -> list[dict[str, Any]]:
    named, unnamed = _prices(t, "nominative"), _prices(t, "declarative").select(code="product", asked="highest")
    both = named.join(unnamed, named.product == unnamed.code)
    above = both.filter(both.asked - both.lowest > float(t.parameter("gap"))).select("product", "lowest", "asked")
    rows = t.ask(above)
    free = [row["product"] for row in rows if not row["lowest"]]
    dearer = [row["product"] for row in rows if row["lowest"]]
    found = [_listed(free, "charged-unnamed")] if free else []
    if dearer:
        ratio = max(row["asked"] / row["lowest"] for row in rows if row["lowest"])
        found.append({**_listed(dearer, "dearer-unnamed"), "measured": round(ratio, 2)})
    return found


def _closed(t: Tables) -> list[dict[str, Any]]:
    products = t.held("products", "product", "family", "category")
    if products is None:
        return []
    named = _prices(t, "nominative").anti_join(_prices(t, "declarative"), "product")
    known = products.group_by(products["product"].name("code")).agg(family=products.family.min(), category=products.category.min())
    described = named.left_join(known, named["product"] == known.code)
    reduced = described.category.fill_null(t.parameter("full")) != t.parameter("full")
    due = described.filter((described.family.fill_null("") == SUBSCRIPTION) | reduced | (described.lowest == 0))
    closed = [row["product"] for row in t.ask(due.select("product"))]
    return [_listed(closed, "closed-to-the-unnamed")] if closed else []


def _listed(products: list[str], kind: str) -> dict[str, Any]:
    named = sorted(products)
    return {"kind": kind, "products": len(named), "value": ", ".join(named[:SHOWN]) + ("…" if len(named) > SHOWN else "")}


RULE = Rule(
    id="BIL-ANON-SURCOUT",
    name="cards.fares-dearer-or-closed-to-the-unnamed",
    family="titres",
    title=said("Anonymat sans surcoût ni exclusion tarifaire", "Anonymity at no extra cost, social fares included"),
    severity=Severity.MAJOR,
    sources=(legal.CNIL_04_020, legal.CNIL_2009_002, legal.NAVIGO_DECOUVERTE, legal.CNIL_BILLETTIQUE_2011),
    reading=Reading.PARTIAL,
    needs=("fares.product", "fares.medium", "fares.price"),
    parameters={"gap": "0", "full": "adult"},
    query=fares_dearer_or_closed_to_the_unnamed,
    message=said(
        "Des titres sont plus chers ou fermés à qui reste hors du fichier des clients : {products} ({value}).",
        "Titles are dearer for, or closed to, whoever stays out of the customer file: {products} ({value}).",
    ),
    messages={
        "dearer-unnamed": said(
            "{products} titres coûtent plus cher sur carte déclarative que sur carte nominative, jusqu’à {measured} fois : {value}.",
            "{products} titles cost more on a declarative card than on a nominative one, up to {measured} times the price: {value}.",
        ),
        "charged-unnamed": said(
            "{products} titres gratuits sur carte nominative sont payants sur carte déclarative : {value}.",
            "{products} titles that are free on a nominative card are charged on a declarative one: {value}.",
        ),
        "closed-to-the-unnamed": said(
            "{products} abonnements, tarifs réduits ou gratuits de la carte nominative n’existent pas sur carte déclarative : {value}.",
            "{products} subscriptions, reduced or free fares sold on a nominative card do not exist on a declarative one: {value}.",
        ),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Aligner la grille tarifaire ; vérifier le droit à réduction au guichet sans conserver le justificatif.",
        "Align the fare table; check the right to a reduction at the counter without keeping the supporting document.",
    ),
    rationale=said(
        "Un anonymat qui se paie n’est pas un choix. La CNIL a demandé pour Navigo puis à Rennes, où le titre anonyme coûtait 2,5 à 4 fois "
        "le prix, qu’il n’y ait ni surcoût ni tarif social fermé. Les comptes rendus de ces affaires ont été lus en partie. La catégorie "
        "du plein tarif se règle.",
        "Anonymity that must be paid for is no choice. For Navigo, then in Rennes, where the anonymous title cost 2.5 to 4 times as much, "
        "the CNIL asked for neither extra cost nor closed social fares. The accounts of these cases were read in part. The category of "
        "the full fare can be set.",
    ),
    judgement=said(
        "Un humain vérifie les frais qui ne sont pas dans la grille : prix du support, caution, durée de validité, refus au guichet.",
        "A person checks the costs that are not in the fare table: price of the card, deposit, validity, refusals at the counter.",
    ),
)
