"""An unnamed offer that nobody hears of: hardly any card of that kind, or no mention where titles are sold."""

from collections.abc import Mapping
from typing import Any

from auditor.rules import Rule, Tables
from auditor.vocabulary.errors import CouldNotCheck
from auditor.vocabulary.law import Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.pieces import shown, worded
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known
from policies.rules.titres.trois import living

PLACES = ("counter", "website", "forms")
"""Where the piece `sales-information` must say the unnamed offer is told."""


def unnamed_offer_hardly_told(t: Tables) -> list[dict[str, Any]]:
    """List the unnamed kinds of cards whose share does not exceed the one found in Rennes, and the faults of the sales information.

    Raises:
        CouldNotCheck: no card is in service, and the sales information is beyond reproach.
    """
    cards = living(t)
    sizes = {row["medium"]: row["cards"] for row in t.ask(cards.group_by("medium").agg(cards=cards.card.nunique()))}
    found = as_far_as_known(lambda: _shares(t, sizes), lambda: shown(t, "sales-information", holds=PLACES))
    if not sizes and not found:
        raise CouldNotCheck(
            "No card is in service.",
            "The share of each kind of card cannot be told.",
            "Check the source of `cards` in the mapping.",
        )
    return found


def _shares(t: Tables, sizes: Mapping[str, int]) -> list[dict[str, Any]]:
    total = sum(sizes.values())
    threshold = float(t.parameter("share"))
    held = {medium: sizes.get(medium, 0) for medium in ("anonymous", "declarative")}
    return [
        {"kind": f"hardly-any-{medium}-card", "cards": count, "share": count / total, "threshold": threshold}
        for medium, count in held.items()
        if total and count / total <= threshold
    ]


RULE = Rule(
    id="BIL-ANON-INFO",
    name="cards.unnamed-offer-hardly-told",
    family="titres",
    title=said("Information effective sur l’offre anonyme", "Real information about the anonymous option"),
    severity=Severity.MAJOR,
    sources=(legal.CNIL_2009_002, legal.NAVIGO_DECOUVERTE),
    reading=Reading.PARTIAL,
    needs=("cards.medium", "cards.card"),
    parameters={"share": "0.000284"},
    query=unnamed_offer_hardly_told,
    message=said("L’offre anonyme n’est guère annoncée.", "The anonymous offer is hardly told."),
    messages={
        "hardly-any-anonymous-card": said(
            "{cards} cartes en service sont anonymes ({share}) : pas plus qu’à Rennes en 2009 ({threshold}).",
            "{cards} cards in service are anonymous ({share}): no more than in Rennes in 2009 ({threshold}).",
        ),
        "hardly-any-declarative-card": said(
            "{cards} cartes en service sont déclaratives ({share}) : pas plus que la part des cartes anonymes à Rennes en 2009 "
            "({threshold}).",
            "{cards} cards in service are declarative ({share}): no more than the share of anonymous cards in Rennes in 2009 "
            "({threshold}).",
        ),
        **worded("Information sur les points de vente", "Information where titles are sold"),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Présenter l’offre anonyme et l’offre déclarative au même niveau que les autres, au guichet, sur le site et dans les formulaires.",
        "Present the anonymous and the declarative offers on a par with the others, at the counter, on the website and in the forms.",
    ),
    rationale=said(
        "Un droit dont personne n’entend parler ne s’exerce pas. Les comptes rendus de l’avertissement de 2009 à Rennes donnent 53 passes "
        "anonymes pour 186 650 nominatifs. Cette part sert ici d’indicateur ; ce n’est pas un seuil légal, et elle se règle. Le dossier "
        "n’a été lu que par ses visas et la presse.",
        "A right nobody hears of is not exercised. The accounts of the 2009 warning in Rennes give 53 anonymous passes for 186,650 "
        "nominative ones. That share serves here as an indicator; it is no legal threshold, and can be set. The case was read only "
        "through its citations and the press.",
    ),
    judgement=said(
        "Un humain lit les supports de vente : l’offre anonyme y est-elle aussi visible que l’autre, et dite sans dissuader ?",
        "A person reads the sales material: is the anonymous offer as visible there as the other, and told without dissuading?",
    ),
)
