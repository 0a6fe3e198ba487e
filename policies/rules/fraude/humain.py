"""Cards blocked without a human: no author, an automatic one, or an entry seconds after the alert."""

from functools import reduce

import ibis
import ibis.expr.types as ir

from auditor.engine.base import Relation, Row
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known, later


def cards_blocked_without_a_human(t: Tables) -> list[Row]:
    """Count, per block list, the entries without an author, with an automatic one, or made within `delay` of an alert on the card.

    An entry made before the alert, or at least `delay` after it, left somebody the time to look.
    """
    return as_far_as_known(lambda: t.ask(_authors(t)), lambda: _too_fast(t))


def _authors(t: Tables) -> Relation:
    entries = t["block_list"]
    author = entries.author.fill_null("").strip().lower()
    judged: dict[str, ir.BooleanValue] = {
        "author-missing": author == "",
        "author-automatic": author.isin(t.parameter("automatic").lower().split()),
    }
    return reduce(lambda one, other: one.union(other), [_counted(entries.filter(fault), kind) for kind, fault in judged.items()])


def _too_fast(t: Tables) -> list[Row]:
    alerts = t.held("fraud_alerts", "card", "raised_at")
    if alerts is None:
        return []
    entries, delay = t["block_list"], t.duration("delay")
    raised = alerts.select(alerted=alerts.card, raised_at=alerts.raised_at).distinct()
    soon = entries.semi_join(
        raised,
        [entries.card == raised.alerted, entries.starts_at >= raised.raised_at, entries.starts_at < later(raised.raised_at, delay)],
    )
    return t.ask(_counted(soon, "blocked-too-fast").mutate(delay=ibis.literal(t.parameter("delay"))))


def _counted(entries: Relation, kind: str) -> Relation:
    places = [entries.physical.name("table"), entries.store, entries.store_role]
    counted = entries.group_by(places).agg(entries=entries.count(), cards=entries.card.nunique(), newest=entries.starts_at.max())
    return counted.mutate(kind=ibis.literal(kind))


RULE = Rule(
    id="BIL-OPP-HUMAIN",
    name="fraud.cards-blocked-without-a-human",
    family="fraude",
    title=said("Pas d’invalidation automatique", "No card blocked without a human"),
    severity=Severity.MAJOR,
    sources=(legal.GDPR_ART_22, legal.CNIL_03_008, legal.CNIL_04_020),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("block_list.card", "block_list.author", "block_list.starts_at"),
    parameters={"delay": "PT10S", "automatic": "automatic automatique auto system système systeme batch robot"},
    query=cards_blocked_without_a_human,
    message=said(
        "{table} (magasin {store}) : {entries} inscriptions sans intervention humaine visible, {cards} cartes.",
        "{table} (store {store}): {entries} entries without a visible human intervention, {cards} cards.",
    ),
    messages={
        "author-missing": said(
            "{table} (magasin {store}) : {entries} inscriptions n’ont pas d’auteur, {cards} cartes, la plus récente du {newest}.",
            "{table} (store {store}): {entries} entries have no author, {cards} cards, the latest of {newest}.",
        ),
        "author-automatic": said(
            "{table} (magasin {store}) : {entries} inscriptions ont un auteur automatique, {cards} cartes, la plus récente du {newest}.",
            "{table} (store {store}): {entries} entries have an automatic author, {cards} cards, the latest of {newest}.",
        ),
        "blocked-too-fast": said(
            "{table} (magasin {store}) : {entries} inscriptions suivent de moins de {delay} une alerte sur la même carte, {cards} cartes : "
            "nul n’a eu le temps de regarder.",
            "{table} (store {store}): {entries} entries follow an alert on the same card by less than {delay}, {cards} cards: nobody had "
            "the time to look.",
        ),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Mettre les alertes dans une file que quelqu’un examine, et n’inscrire une carte qu’avec un motif et un auteur.",
        "Put alerts in a queue that someone examines, and block a card only with a reason and an author.",
    ),
    rationale=said(
        "Une carte invalidée, c’est une personne arrêtée au portillon. Les avis de la CNIL sur le passe Navigo veulent qu’une intervention "
        "humaine précède toute invalidation, et l’article 22 du RGPD protège contre les décisions entièrement automatisées. Le délai de "
        "10 secondes et la liste des auteurs automatiques sont des propositions de ce projet : les textes n’en donnent pas.",
        "A blocked card is a person stopped at the gate. The CNIL’s opinions on the Navigo pass want a human intervention before any "
        "invalidation, and article 22 of the GDPR protects against wholly automated decisions. The delay of 10 seconds and the list of "
        "automatic authors are this project’s proposals: the texts give none.",
    ),
    judgement=said(
        "Dire si l’auteur inscrit a vraiment examiné le cas, ou seulement validé ce que la machine proposait.",
        "Whether the author on record really examined the case, or only confirmed what the machine proposed.",
    ),
)
