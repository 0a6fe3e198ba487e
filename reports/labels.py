"""The names of columns in plain words, for a person who reads their own data.

A mapped column is named after its canonical one. Any other keeps the name its base gives it, with its words apart and
the accents that databases leave out.
"""

import re
from collections.abc import Mapping
from typing import Final

from auditor.vocabulary.text import Text
from reports import typography as typo


def _t(fr: str, en: str) -> Text:
    return Text(typo.spaced(fr), en)


COLUMNS: Final[Mapping[str, Text]] = {
    "tapped_at": _t("Date et heure du passage", "Date and time of the tap"),
    "received_at": _t("Reçu par la base le", "Received by the base on"),
    "service_day": _t("Jour de service", "Service day"),
    "card": _t("Numéro de carte", "Card number"),
    "card_form": _t("Nature de l’identifiant", "Kind of identifier"),
    "subscriber": _t("Numéro d’abonné", "Subscriber number"),
    "stop": _t("Arrêt", "Stop"),
    "line": _t("Ligne", "Line"),
    "vehicle": _t("Véhicule", "Vehicle"),
    "validator": _t("Valideur", "Validator"),
    "product": _t("Titre de transport", "Ticket"),
    "profile": _t("Profil", "Profile"),
    "result": _t("Résultat du passage", "Result of the tap"),
    "amount": _t("Montant", "Amount"),
    "printed_number": _t("Numéro imprimé sur la carte", "Number printed on the card"),
    "medium": _t("Type de carte", "Kind of card"),
    "customer": _t("Numéro de client", "Customer number"),
    "issued_on": _t("Émise le", "Issued on"),
    "expires_on": _t("Valable jusqu’au", "Valid until"),
    "status": _t("État", "Status"),
    "replaced_by": _t("Remplacée par", "Replaced by"),
    "name": _t("Nom", "Name"),
    "birth_date": _t("Date de naissance", "Date of birth"),
    "email": _t("Adresse électronique", "E-mail address"),
    "phone": _t("Téléphone", "Telephone"),
    "address": _t("Adresse postale", "Postal address"),
    "opened_on": _t("Ouvert le", "Opened on"),
    "closed_on": _t("Clos le", "Closed on"),
    "closing_reason": _t("Motif de clôture", "Reason for closing"),
    "comment": _t("Commentaire", "Comment"),
    "contract": _t("Numéro de contrat", "Contract number"),
    "payer": _t("Payeur", "Payer"),
    "starts_on": _t("Début de validité", "Valid from"),
    "ends_on": _t("Fin de validité", "Valid to"),
    "serial": _t("Numéro de série du titre", "Serial number of the title"),
    "remaining": _t("Voyages restants", "Journeys left"),
    "counted_on": _t("Relevé le", "Counted on"),
    "sale": _t("Numéro de vente", "Sale number"),
    "sold_at": _t("Date et heure de la vente", "Date and time of the sale"),
    "pay_method": _t("Moyen de paiement", "Means of payment"),
    "reason": _t("Motif", "Reason"),
    "starts_at": _t("Début", "Start"),
    "ends_at": _t("Fin", "End"),
    "author": _t("Auteur de la décision", "Who decided"),
    "notified_at": _t("Vous en avez été informé le", "You were told on"),
    "incident": _t("Numéro d’incident", "Incident number"),
    "occurred_on": _t("Survenu le", "Occurred on"),
    "settled_on": _t("Réglé le", "Settled on"),
    "alert": _t("Numéro d’alerte", "Alert number"),
    "raised_at": _t("Alerte émise le", "Alert raised on"),
    "case_number": _t("Numéro de dossier", "Case number"),
    "proceedings": _t("Procédure judiciaire", "Judicial proceedings"),
    "notice": _t("Numéro de procès-verbal", "Notice number"),
    "recorded_on": _t("Constaté le", "Recorded on"),
    "paid_on": _t("Payé le", "Paid on"),
    "user": _t("Compte de l’agent", "Agent’s account"),
    "role": _t("Fonction de l’agent", "Agent’s role"),
    "accessed_at": _t("Date et heure de la consultation", "Date and time of the consultation"),
    "table": _t("Données consultées", "Data consulted"),
    "purpose": _t("But indiqué", "Purpose given"),
    "ticket": _t("Dossier concerné", "Case concerned"),
    "latitude": _t("Latitude du passage", "Latitude of the tap"),
    "longitude": _t("Longitude du passage", "Longitude of the tap"),
    "analyst": _t("Fonction de la personne qui a examiné le dossier", "Role of whoever examined the case"),
    "observations": _t("Vos observations", "Your observations"),
    "transmitted_on": _t("Transmis au parquet le", "Sent to the prosecutor on"),
    "archived_on": _t("Archivé le", "Archived on"),
    "birth_place": _t("Lieu de naissance", "Place of birth"),
    "operation": _t("Opération", "Operation"),
    "rows": _t("Lignes concernées", "Rows concerned"),
    "digest": _t("Empreinte de l’écriture du journal", "Digest of the log entry"),
    "previous": _t("Empreinte de l’écriture précédente", "Digest of the previous log entry"),
    "read_at": _t("Date et heure de la lecture de la carte", "Date and time the card was read"),
    "events": _t("Évènements copiés depuis la carte", "Events copied from the card"),
    "pseudonym": _t("Pseudonyme", "Pseudonym"),
    "made_on": _t("Créé le", "Made on"),
    "request": _t("Numéro de demande", "Request number"),
    "erased_on": _t("Effacé le", "Erased on"),
}
"""Canonical columns of the tables that hold personal data."""
_TOKEN: Final = _t("Pseudonyme de votre carte", "Pseudonym of your card")

CODES: Final[Mapping[str, Mapping[str, Text]]] = {
    "result": {"ok": _t("passage accepté", "tap accepted")},
    "medium": {
        "anonymous": _t("carte anonyme", "anonymous card"),
        "declarative": _t("carte déclarative", "declarative card"),
        "nominative": _t("carte nominative", "nominative card"),
    },
    "status": {
        "active": _t("en service", "in use"),
        "blocked": _t("en opposition", "blocked"),
        "replaced": _t("remplacé", "replaced"),
        "expired": _t("expiré", "expired"),
        "ended": _t("échu", "ended"),
        "suspended": _t("suspendu", "suspended"),
        "cancelled": _t("annulé", "cancelled"),
    },
    "reason": {
        "loss": _t("perte", "loss"),
        "theft": _t("vol", "theft"),
        "abuse": _t("abus", "abuse"),
        "unpaid": _t("impayé", "unpaid debt"),
    },
    "author": {"automatic": _t("décision automatique, sans intervention humaine", "automatic, no human decided")},
}
"""Codes of the canonical tables in words, by column."""
_RAW: Final = {"resultat": "result", "montant": "amount", "statut": "status", "motif": "reason", "auteur": "author", "prix": "amount"}
"""What a raw name stands for, when the answer does not say which canonical column it is."""
_ACCENTS: Final = {
    "annee": "année",
    "arret": "arrêt",
    "cloture": "clôture",
    "cree": "créé",
    "debut": "début",
    "declaratif": "déclaratif",
    "echeance": "échéance",
    "emis": "émis",
    "etat": "état",
    "id": "identifiant",
    "imprime": "imprimé",
    "no": "n°",
    "notifie": "notifié",
    "num": "numéro",
    "numero": "numéro",
    "prenom": "prénom",
    "qte": "quantité",
    "recu": "reçu",
    "regle": "réglé",
    "regularise": "régularisé",
    "releve": "relevé",
    "remplace": "remplacé",
    "resultat": "résultat",
    "serie": "série",
    "societe": "société",
    "telephone": "téléphone",
    "termine": "terminé",
    "tranche": "tranche",
    "unite": "unité",
    "vehicule": "véhicule",
}


def column_label(raw: str, column: str, lang: str, *, token: bool = False) -> str:
    """Name a column: after its canonical one when that is known, else after its raw name, made readable."""
    known = COLUMNS.get(column.rpartition(".")[2])
    if token and column.endswith(".card"):
        return _TOKEN(lang)
    if known is not None:
        return known(lang)
    return readable(raw)


def canonical(raw: str, column: str) -> str:
    """Return the canonical column a cell stands for, as far as it is known; empty otherwise."""
    return column.rpartition(".")[2] or _RAW.get(raw.casefold(), "")


def readable(raw: str) -> str:
    """Write `date_naissance` as « Date naissance » and `numero_serie` as « Numéro série »; other names stay as they are."""
    clean = typo.plain(raw)
    if not re.fullmatch(r"[a-zA-Z0-9]+(?:_[a-zA-Z0-9]+)*", clean) or not clean.islower():
        return clean
    words = " ".join(_ACCENTS.get(word, word) for word in clean.split("_"))
    return words[:1].upper() + words[1:]
