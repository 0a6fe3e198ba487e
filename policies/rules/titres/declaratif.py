"""Declarative cards whose holder is in the customer file."""

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.titres.links import cards_tied_to_a_customer


def declarative_cards_in_the_customer_file(t: Tables) -> Relation:
    """Count the declarative cards tied to a customer record, by kind of tie. A payer is not the holder and is left aside."""
    return cards_tied_to_a_customer(t, "declarative")


RULE = Rule(
    id="BIL-TIT-DECLARATIF",
    name="cards.declarative-cards-in-the-customer-file",
    family="titres",
    title=said("Titre déclaratif : pas de fichier client", "Declarative card: no customer record"),
    severity=Severity.BLOCKING,
    sources=(legal.CNIL_QUESTIONS, legal.CNIL_BILLETTIQUE_2011),
    reading=Reading.VERIFIED,
    needs=("cards.medium", "cards.card", "cards.customer"),
    query=declarative_cards_in_the_customer_file,
    message=said(
        "{table} (magasin {store}) rattache des cartes déclaratives au fichier des clients : {cards} cartes, {customers} clients.",
        "{table} (store {store}) ties declarative cards to the customer file: {cards} cards, {customers} customers.",
    ),
    remediation=said(
        "Purger la fiche client ; servir les abonnements et le service après-vente sur le support déclaratif, le reçu de chargement "
        "faisant preuve.",
        "Purge the customer record; serve subscriptions and after-sales on the declarative card, the loading receipt being the proof.",
    ),
    rationale=said(
        "Le titre déclaratif porte un nom et une photographie sur la carte, et nulle part ailleurs : c’est ce qui permet un abonnement "
        "ou un tarif réduit sans figurer dans un fichier. Une fiche créée « pour le service après-vente » vide ce choix de son sens.",
        "A declarative card bears a name and a photograph on the card and nowhere else: this is what allows a subscription or a "
        "reduced fare without being in a file. A record created “for after-sales” empties that choice of meaning.",
    ),
)
