"""Taps that still name a card or a subscriber after forty-eight hours, wherever a copy lives."""

import ibis
from ibis import _

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import HASHED, NUMBER_REMOVED, treated_past_their_term


def taps_past_their_term(t: Tables) -> Relation:
    """Count, per table, the taps older than the term that still name someone. Billing stores have their own rule.

    A pseudonym past the term is a breach of the GDPR only: AU-015 accepts a strong public hash as its procedure (c).
    """
    treated = treated_past_their_term(t, t.parameter("term"))
    linked = treated.filter(treated.procedure != NUMBER_REMOVED).mutate(breaches_au015=_.procedure != HASHED)
    counted = linked.group_by(["table", "store", "store_role", "breaches_au015"]).agg(
        rows=linked.rows.sum(), cards=linked.card.nunique(), oldest=linked.oldest.min()
    )
    stores = t["observed_stores"]
    held = stores.filter(stores.canonical == "validations").group_by(["table", "store"]).agg(held=stores.rows.sum())
    shared = counted.join(held, ["table", "store"])
    told = shared.mutate(share=shared.rows / shared.held, term=ibis.literal(t.parameter("term")), breaches_gdpr=True)
    return told.drop("held")


RULE = Rule(
    id="BIL-RET-VALID-48H",
    name="retention.validations-past-48h",
    family="retention",
    title=said("Validations identifiantes : 48 heures au plus", "Tap records linked to a card: 48 hours at most"),
    severity=Severity.BLOCKING,
    sources=(legal.CNIL_2011_107_ART_4, legal.CNIL_AU015_PAGE, legal.CNIL_QUESTIONS),
    reading=Reading.VERIFIED,
    needs=("validations.tapped_at", "validations.card", "observed_stores"),
    parameters={"term": "PT48H"},
    query=taps_past_their_term,
    message=said(
        "{table} (magasin {store}) rattache encore à une carte ou à un abonné des validations de plus de {term} : "
        "{rows} lignes, {cards} cartes, la plus ancienne du {oldest}.",
        "{table} (store {store}) still links to a card or a subscriber taps older than {term}: "
        "{rows} rows, {cards} cards, the oldest of {oldest}.",
    ),
    remediation=said(
        "Appliquer l’anonymisation à l’échéance, purger les copies (fichiers, files d’attente, entrepôt, sauvegardes) "
        "et consigner la preuve de la purge.",
        "Anonymise when the term falls due, purge the copies (files, queues, warehouse, backups) and keep proof of the purge.",
    ),
    rationale=said(
        "Une validation rattachée à une carte dit où une personne était, et quand. Le repère de la CNIL n’admet ce lien que pendant "
        "48 heures, le temps de déceler une fraude technologique. Le numéro d’abonné compte autant que le numéro de carte, "
        "et chaque copie compte autant que la base d’origine. L’âge part du passage au valideur, non de l’arrivée en base : c’est "
        "la lecture prudente d’un texte qui ne le précise pas.",
        "A tap linked to a card tells where a person was, and when. The CNIL’s benchmark allows that link for 48 hours only, long "
        "enough to spot technological fraud. A subscriber number counts as much as a card number, and every copy counts as much as "
        "the first base. Age runs from the tap, not from its arrival: the careful reading of a text that does not say.",
    ),
    conflicts=(legal.CONFLICT_TRIP_HISTORY,),
)
