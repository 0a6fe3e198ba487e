"""What was done to each tap past its term: one of the three procedures of AU-015, or less."""

import ibis
from ibis import _

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import HASHED, NUMBER_REMOVED, treated_past_their_term


def taps_without_a_whole_procedure(t: Tables) -> Relation:
    """Count, per table and procedure observed, the taps past their term that no whole procedure made anonymous.

    Procedure (b), which removes date, hour and place together, leaves a row without an instant: such a row is refused when
    the source is read and counted there, so it never reaches this question. An hour set to midnight cannot be told from a
    tap made at midnight, and counts as kept.
    """
    treated = treated_past_their_term(t, t.parameter("term"))
    counted = treated.group_by(["table", "store", "store_role", "procedure"]).agg(
        rows=treated.rows.sum(), cards=treated.card.nunique(), oldest=treated.oldest.min()
    )
    shared = counted.mutate(share=counted.rows / counted.rows.sum().over(ibis.window(group_by=["table", "store"])))
    return shared.filter(_.procedure != NUMBER_REMOVED).mutate(
        term=ibis.literal(t.parameter("term")), breaches_au015=_.procedure != HASHED, breaches_gdpr=True
    )


RULE = Rule(
    id="BIL-ANO-METHODES",
    name="anonymisation.taps-without-a-whole-procedure",
    family="anonymisation",
    title=said("Les 3 procédés de l’AU-015", "The three techniques of AU-015"),
    severity=Severity.BLOCKING,
    sources=(legal.CNIL_2011_107_ART_4,),
    reading=Reading.VERIFIED,
    needs=("validations.tapped_at", "validations.card"),
    parameters={"term": "PT48H"},
    query=taps_without_a_whole_procedure,
    message=said(
        "{table} (magasin {store}) garde au-delà de {term} des validations qu’aucun procédé complet n’a rendues anonymes : "
        "{rows} lignes, {cards} cartes.",
        "{table} (store {store}) keeps past {term} taps that no whole procedure made anonymous: {rows} rows, {cards} cards.",
    ),
    messages={
        "number-kept": said(
            "{table} (magasin {store}) garde le numéro de carte, en clair, de validations de plus de {term} : {rows} lignes, "
            "{cards} cartes.",
            "{table} (store {store}) keeps the card number in clear on taps older than {term}: {rows} rows, {cards} cards.",
        ),
        "place-removed": said(
            "{table} (magasin {store}) n’a retiré que le lieu de validations de plus de {term}, le numéro de carte est resté : "
            "{rows} lignes, {cards} cartes.",
            "{table} (store {store}) removed only the place of taps older than {term}; the card number is still there: "
            "{rows} rows, {cards} cards.",
        ),
        "subscriber-kept": said(
            "{table} (magasin {store}) n’a retiré que le numéro de carte de validations de plus de {term}, le numéro d’abonné est resté : "
            "{rows} lignes.",
            "{table} (store {store}) removed only the card number of taps older than {term}; the subscriber number is still there: "
            "{rows} rows.",
        ),
        HASHED: said(
            "{table} (magasin {store}) remplace la carte par un jeton au-delà de {term} : {rows} lignes, {cards} jetons. "
            "Le procédé (c) de l’AU-015 l’admet si le hachage est réputé fort ; au sens du RGPD, la donnée reste personnelle.",
            "{table} (store {store}) replaces the card with a token past {term}: {rows} rows, {cards} tokens. "
            "Procedure (c) of AU-015 allows it if the hash is reputed strong; under the GDPR the data stay personal.",
        ),
    },
    remediation=said(
        "Appliquer un procédé complet : de préférence supprimer le numéro de carte et d’abonné, et agréger.",
        "Apply one whole procedure: preferably remove the card and subscriber numbers, and aggregate.",
    ),
    rationale=said(
        "Le repère de la CNIL laisse le choix entre trois procédés : supprimer tout numéro de carte ; supprimer ensemble la date, l’heure "
        "et le lieu ; ou hacher le numéro par une fonction publique réputée forte. Retirer le lieu seul, ou l’heure seule, n’en "
        "est pas un. "
        "Le troisième procédé satisfait ce repère et non le RGPD : les deux verdicts sont donnés. Une heure ramenée à minuit ne se "
        "distingue pas d’un passage à minuit : cette règle la compte comme conservée.",
        "The CNIL’s benchmark offers three techniques: remove every card number; remove date, hour and place together; or hash the "
        "number with a public function reputed strong. Removing the place alone, or the hour alone, is none of them. The third meets "
        "this benchmark and not the GDPR: both verdicts are given. An hour set to midnight cannot be told from a tap at midnight: this "
        "rule counts it as kept.",
    ),
    conflicts=(legal.CONFLICT_HASH,),
)
