"""The closed lists of words that findings carry as evidence, said in French and in English."""

from collections.abc import Mapping
from typing import Final

from auditor.vocabulary.text import Text

KINDS: Final[Mapping[str, Text]] = {
    "activity-without-purpose": Text("fiche sans finalité", "activity without a purpose"),
    "purpose-without-family": Text("finalité sans famille", "purpose without a family"),
    "purpose-family-unknown": Text("famille de finalités inconnue", "unknown purpose family"),
    "own-purpose-without-basis": Text("finalité propre sans base légale", "own purpose without a legal basis"),
    "table-without-activity": Text("table rattachée à aucune fiche", "table covered by no activity"),
    "linked-on-the-card": Text("lien inscrit sur la carte", "link held on the card"),
    "linked-by-a-contract": Text("lien par un contrat", "link through a contract"),
    "linked-by-a-sale": Text("lien par une vente", "link through a sale"),
    "bears-a-subscription": Text("porte un abonnement", "bears a subscription"),
    "row-past-its-term": Text("ligne au-delà de sa durée", "row past its term"),
    "place-held": Text("lieu conservé", "place held"),
    "hash-reversed": Text("hachage inversé", "hash reversed"),
    "hash-not-searched": Text("empreinte non éprouvée en entier", "digest not tested in full"),
    "number-in-disguise": Text("numéro de carte à peine réécrit", "card number barely rewritten"),
    "letters-for-digits": Text("substitution de symboles aux chiffres", "symbols standing for digits"),
    "declared-not-personal": Text("jeton déclaré comme non personnel", "token declared as not personal"),
    "counted-in-cards": Text("effectifs comptés en cartes", "sizes counted in cards"),
    "counted-in-rows": Text("effectifs comptés en lignes", "sizes counted in rows"),
    "column-not-declared": Text("colonne non déclarée", "column not declared"),
    "column-gone": Text("colonne déclarée introuvable", "declared column not found"),
    "table-not-declared": Text("table non déclarée", "table not declared"),
    "table-gone": Text("table déclarée introuvable", "declared table not found"),
    "older-than-declared": Text("donnée plus ancienne que déclaré", "data older than declared"),
    "term-not-measured": Text("durée déclarée non mesurable", "declared term cannot be measured"),
    "recipient-not-declared": Text("destinataire non déclaré", "recipient not declared"),
    "piece-missing": Text("pièce absente", "piece missing"),
    "piece-not-dated": Text("pièce sans date", "piece without a date"),
    "piece-not-in-force": Text("pièce hors de sa période de validité", "piece not in force"),
    "piece-changed": Text("document modifié depuis son acceptation", "document changed since it was accepted"),
    "piece-out-of-date": Text("pièce trop ancienne", "piece out of date"),
    "piece-incomplete": Text("pièce incomplète", "piece incomplete"),
    "assessment-not-done": Text("AIPD non réalisée", "DPIA not done"),
    "assessment-not-referenced": Text("AIPD sans référence", "DPIA without a reference"),
    "assessment-not-dated": Text("AIPD sans date de validation", "DPIA without a validation date"),
}
"""Values of the evidence `kind`."""

PROCEDURES: Final[Mapping[str, Text]] = {
    "number-kept": Text("aucun : numéro de carte conservé", "none: card number kept"),
    "subscriber-kept": Text("partiel : numéro d’abonné conservé", "partial: subscriber number kept"),
    "place-removed": Text("partiel : lieu supprimé, numéro conservé", "partial: place removed, number kept"),
    "hash": Text("(c) hachage du numéro de carte", "(c) hash of the card number"),
}
"""Values of the evidence `procedure`: what was done to a tap past its term."""
