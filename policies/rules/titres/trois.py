"""The three kinds of cards: each one really issued, every card of one of them."""

from typing import Any

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.errors import CouldNotCheck
from auditor.vocabulary.law import Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known, counted, some, today

MEDIUMS = ("anonymous", "declarative", "nominative")


def kinds_of_cards_not_offered(t: Tables) -> list[dict[str, Any]]:
    """Count the cards of no known kind, and name the kinds that no living card bears or that no fare is sold on.

    A card lives while it is neither expired nor replaced. A fare counts only where the network keeps a table of fares.

    Raises:
        CouldNotCheck: the table of cards is empty.
    """
    cards = t["cards"]
    if not some(t, cards):
        raise CouldNotCheck(
            "The table of cards is empty.",
            "No card tells which kinds are offered.",
            "Check the source of `cards` in the mapping.",
        )
    return as_far_as_known(lambda: _unknown(t), lambda: _not_issued(t), lambda: _without_fare(t))


def living(t: Tables) -> Relation:
    """Return the cards that still serve: not expired, not replaced, whatever else their status."""
    cards = t["cards"]
    valid = cards.expires_on.isnull() | (cards.expires_on >= today(t))
    return cards.filter(valid, cards.replaced_by.isnull(), ~cards.status.fill_null("").isin(["replaced", "expired"]))


def _unknown(t: Tables) -> list[dict[str, Any]]:
    cards = t["cards"]
    return t.ask(counted(cards.filter(~cards.medium.fill_null("").isin(MEDIUMS)), "medium-unknown"))


def _not_issued(t: Tables) -> list[dict[str, Any]]:
    issued = {row["medium"] for row in t.ask(living(t).select("medium").distinct())}
    return [{"kind": f"no-{medium}-card", "cards": 0} for medium in MEDIUMS if medium not in issued]


def _without_fare(t: Tables) -> list[dict[str, Any]]:
    fares = t.held("fares", "product", "medium")
    if fares is None:
        return []
    sold = {row["medium"] for row in t.ask(fares.select("medium").distinct())}
    return [{"kind": f"no-{medium}-fare"} for medium in MEDIUMS if medium not in sold]


RULE = Rule(
    id="BIL-TIT-TROIS",
    name="cards.kinds-of-cards-not-offered",
    family="titres",
    title=said("Trois types de titres", "Three kinds of cards"),
    severity=Severity.MAJOR,
    sources=(legal.CNIL_QUESTIONS, legal.CNIL_BILLETTIQUE_2011),
    reading=Reading.VERIFIED,
    needs=("cards.medium", "cards.card"),
    query=kinds_of_cards_not_offered,
    message=said("Une des trois sortes de cartes n’est pas offerte.", "One of the three kinds of cards is not offered."),
    messages={
        "medium-unknown": said(
            "{table} (magasin {store}) tient {cards} cartes qui ne sont ni anonymes, ni déclaratives, ni nominatives.",
            "{table} (store {store}) holds {cards} cards that are neither anonymous, nor declarative, nor nominative.",
        ),
        "no-anonymous-card": said("Aucune carte anonyme n’est en service.", "No anonymous card is in service."),
        "no-declarative-card": said("Aucune carte déclarative n’est en service.", "No declarative card is in service."),
        "no-nominative-card": said("Aucune carte nominative n’est en service.", "No nominative card is in service."),
        "no-anonymous-fare": said(
            "La grille tarifaire ne vend rien sur carte anonyme.", "The fare table sells nothing on an anonymous card."
        ),
        "no-declarative-fare": said(
            "La grille tarifaire ne vend rien sur carte déclarative.", "The fare table sells nothing on a declarative card."
        ),
        "no-nominative-fare": said(
            "La grille tarifaire ne vend rien sur carte nominative.", "The fare table sells nothing on a nominative card."
        ),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Compléter l’offre et le référentiel des titres ; documenter l’écart s’il est voulu.",
        "Complete the offer and the reference of titles; document the gap if it is intended.",
    ),
    rationale=said(
        "Le repère de la CNIL distingue trois cartes : anonyme, sans identité ni abonnement ; déclarative, qui porte un nom sans entrer au "
        "fichier ; nominative, reliée à un client. Le choix n’existe que si chacune est vraiment délivrée : une catégorie sans carte en "
        "service n’est offerte que sur le papier.",
        "The CNIL’s benchmark tells three cards apart: anonymous, without identity or subscription; declarative, which bears a name "
        "without entering the file; nominative, tied to a customer. The choice exists only if each is really issued: a category without "
        "a card in service is offered on paper only.",
    ),
    judgement=said(
        "Un humain vérifie que chaque carte s’obtient aux mêmes endroits et dans les mêmes conditions que les autres.",
        "A person checks that each card can be had in the same places and on the same conditions as the others.",
    ),
)
