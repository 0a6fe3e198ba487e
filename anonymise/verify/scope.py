"""For whom, under which knowledge and until when a verdict holds, and what was not looked at."""

from collections.abc import Mapping
from typing import Final

from auditor.vocabulary.releases import PERSON_THRESHOLD, RecipientClass, ReleasePlan

NOT_RUN: Final = (
    "Unicité des traces (S1, S1’) : sans objet pour des lignes non reliables ; non mesurée ici.",
    "Réidentification entre périodes (S2) et recoupement de contenu avec d’autres publications (S3).",
    "Inférence d’attributs et de domicile (S4, S6), appartenance (S7), reconstitution de trajets (S8).",
    "Soustraction entre publications de colonnes différentes (H5 au-delà des publications de même forme).",
    "Confidentialité différentielle (H8) : aucune garantie de ce type n’est revendiquée.",
    "Déplacements en groupe : plusieurs cartes peuvent être une seule famille.",
    "Données auxiliaires du destinataire : non prises en compte.",
)
"""Attacks and checks that were not run: they arrive in a later version."""

_CLASSES: Final[Mapping[RecipientClass, str]] = {
    RecipientClass.A: "classe A (public)",
    RecipientClass.B: "classe B (destinataire contractuel, environnement maîtrisé)",
    RecipientClass.C: "classe C (interne) : les données restent personnelles, le verdict dit seulement que les mesures de "
    "pseudonymisation sont en place",
}


def scope_of(plan: ReleasePlan | None, k: int, *, ledger_known: bool) -> str:
    """Say the scope in sentences, the one that must always be there last."""
    said = [_recipient(plan, k)]
    if plan is not None and plan.unit == "journey":
        said.append(
            "L’unité est le trajet, faute de carte dans la source : une même personne peut être plusieurs trajets, et le seuil vaut "
            "pour des trajets."
        )
    else:
        said.append("Une personne est une carte : plusieurs cartes peuvent appartenir à une même personne, ou une carte à plusieurs.")
    said.append(
        "Comparé aux publications antérieures de même forme inscrites au registre des publications."
        if ledger_known and plan is not None
        else "Aucune publication antérieure n’a été prise en compte."
    )
    said.append("Valable douze mois au plus, ou jusqu’à la publication suivante des mêmes données.")
    said.append("L’absence d’attaque trouvée n’est pas une preuve ; seuls H4 et H5 sont des garanties, pour la connaissance énoncée.")
    return " ".join(said)


def _recipient(plan: ReleasePlan | None, k: int) -> str:
    if plan is None:
        return f"Fichier sans plan, jugé comme une publication de classe A (public), seuil de {k} personnes."
    limit = PERSON_THRESHOLD[plan.recipient.recipient_class]
    raised = f" (le plan demandait {plan.k})" if plan.k < limit else ""
    return (
        f"Destinataire : {plan.recipient.name}, {_CLASSES[plan.recipient.recipient_class]} ; seuil de {max(plan.k, limit)} "
        f"personnes{raised}."
    )
