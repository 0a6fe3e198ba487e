"""Words that come with the data of a finding: kinds of gap, store roles, register fields, reasons of a reader.

A word that is not listed is shown as it is, so that a new rule is never silent; a test holds the list to the rules.
"""

import re
from collections.abc import Mapping
from typing import Final

from auditor.vocabulary.asked import MISSING
from auditor.vocabulary.text import Text
from auditor.vocabulary.words import DETECTORS, KINDS, PROCEDURES
from reports import typography as typo


def _t(fr: str, en: str) -> Text:
    return Text(typo.spaced(fr), en)


STORE_ROLES: Final[Mapping[str, Text]] = {
    "active": _t("base active", "active base"),
    "relay": _t("concentrateur", "relay server"),
    "archive": _t("archive", "archive"),
    "warehouse": _t("entrepôt statistique", "warehouse"),
    "postpaid": _t("facturation du post-paiement", "post-payment billing"),
    "test": _t("copie de test", "test copy"),
    "backup": _t("sauvegarde", "backup"),
    "export": _t("fichier exporté", "exported file"),
}
CATEGORIES: Final[Mapping[str, Text]] = {
    "direct-identifier": _t("identifiant direct", "direct identifier"),
    "pseudonym": _t("pseudonyme", "pseudonym"),
    "quasi-identifier": _t("quasi-identifiant", "quasi-identifier"),
    "sensitive": _t("donnée sensible", "sensitive"),
    "free-text": _t("texte libre", "free text"),
    "technical": _t("donnée technique", "technical"),
    "none": _t("aucune", "none"),
}
CONTENTS: Final[Mapping[str, Text]] = {
    "anonymous": _t("anonyme", "anonymous"),
    "declarative": _t("déclaratif", "declarative"),
    "nominative": _t("nominatif", "nominative"),
    "name": _t("nom", "name"),
    "email": _t("adresse électronique", "e-mail address"),
    "phone": _t("téléphone", "telephone"),
    "birth-date": _t("date de naissance", "date of birth"),
    "postal-address": _t("adresse postale", "postal address"),
}
"""Kinds of card and of content that findings name as a category."""
FIELDS: Final[Mapping[str, Text]] = {
    "controller": _t("responsable de traitement", "controller"),
    "actors": _t("acteurs et leurs rôles", "actors and their roles"),
    "dpo": _t("délégué à la protection des données", "data-protection officer"),
    "purposes": _t("finalités", "purposes"),
    "persons": _t("personnes concernées", "persons concerned"),
    "data_categories": _t("catégories de données", "categories of data"),
    "recipients": _t("destinataires", "recipients"),
    "transfers": _t("transferts hors de l’Union européenne", "transfers outside the European Union"),
    "retention": _t("durées de conservation", "retention terms"),
    "security": _t("mesures de sécurité", "security measures"),
    "author": _t("auteur", "author"),
    "operation": _t("nature de l’opération", "kind of operation"),
    "table": _t("table", "table"),
    "create": _t("création", "creation"),
    "read": _t("consultation", "reading"),
    "share": _t("partage", "sharing"),
    "update": _t("modification", "change"),
    "delete": _t("suppression", "deletion"),
    "key-management": _t("gestion des clés", "key management"),
    "keys_permissions": _t("droits sur les fichiers de clés", "permissions of the key files"),
    "keys_rotated_on": _t("date du dernier renouvellement des clés", "day of the last renewal of keys"),
    "entropy_bits": _t("entropie en bits", "entropy in bits"),
    "lockout": _t("blocage après échecs", "lockout after failures"),
    "second_factor": _t("second facteur", "second factor"),
    "periodic_renewal": _t("renouvellement périodique", "periodic renewal"),
    "contracts": _t("contrats", "contracts"),
    "counters": _t("compteurs", "counters"),
    "anonymous": _t("titre anonyme", "anonymous card"),
    "declarative": _t("titre déclaratif", "declarative card"),
    "nominative": _t("titre nominatif", "nominative card"),
}
INVOKED: Final[Mapping[str, Text]] = {
    "benchmark": Text("repère", "benchmark"),
    "legal-basis": Text("base légale", "legal basis"),
    "authorisation": Text("autorisation", "authorisation"),
}
"""As what an activity invokes a text."""

WORDS: Final[Mapping[str, Mapping[str, Text]]] = {
    "store_role": STORE_ROLES,
    "category": {**CATEGORIES, **CONTENTS},
    "kind": KINDS,
    "procedure": PROCEDURES,
    "missing": {**MISSING, **FIELDS},
    "detector": DETECTORS,
    "value": INVOKED,
}
"""By name of evidence: what its values mean."""

_FROM: Final = r"(?:source \S+: )?"
_REASONS: Final = (
    (re.compile(r"table (\S+) is not mapped"), "la table {} n’est pas décrite dans la correspondance des données"),
    (re.compile(r"column (\S+) is not mapped"), "la colonne {} n’est pas décrite dans la correspondance des données"),
    (re.compile(r"the rule stopped on (\S+)"), "la règle s’est arrêtée sur une erreur interne ({})"),
    (re.compile(r"(\S+): empty"), "{} : valeur absente"),
    (re.compile(r"(\S+): not a (?:date|time|date or time|moment|instant)"), "{} : date illisible"),
    (re.compile(r"(\S+): not a (?:whole )?number"), "{} : nombre illisible"),
    (re.compile(r"line with too many columns"), "ligne avec trop de colonnes"),
    (re.compile(r"line with a stray quote"), "ligne avec un guillemet mal placé"),
    (re.compile(r"(\S+): not a listed value"), "{} : valeur hors liste"),
    (re.compile(r"(\S+): not an identifier of the declared form"), "{} : identifiant hors de la forme déclarée"),
    (re.compile(r"line with too few columns"), "ligne avec trop peu de colonnes"),
    (re.compile(r"line that is not one of a csvlog"), "ligne qui n’est pas celle d’un journal csvlog"),
    (re.compile(r"line of the log that is not an audit entry"), "ligne du journal qui n’est pas une écriture d’audit"),
    (re.compile(r"audit entry that cannot be cut into fields"), "écriture d’audit mal formée"),
    (re.compile(r"audit entry about the catalogue of the database"), "écriture d’audit sur le catalogue de la base"),
    (re.compile(r"audit entry whose time or time zone cannot be read"), "écriture d’audit dont l’heure ou le fuseau est illisible"),
    (re.compile(r"the signed head of the journal is missing or was altered"), "la tête signée du journal manque ou a été altérée"),
    (re.compile(r"the journal does not contain its signed head.*"), "le journal ne contient pas sa tête signée"),
    (re.compile(r"the journal does not contain the head noted elsewhere.*"), "le journal ne contient pas la tête notée ailleurs"),
    (re.compile(rf"{_FROM}Source (\S+): this account has no right to read it\."), "source {} : ce compte n’a pas le droit de la lire"),
    (re.compile(rf"{_FROM}Source (\S+) is locked by another program\."), "source {} : verrouillée par un autre programme"),
    (
        re.compile(rf"{_FROM}Source (\S+) stopped answering while it was read \((\S+)\)\."),
        "source {} : ne répond plus en cours de lecture ({})",
    ),
    (re.compile(r"entry (\d+) was not signed by this vault"), "l’écriture {} n’a pas été signée par ce coffre"),
    (re.compile(r"entry (\d+) was altered"), "l’écriture {} a été altérée"),
    (re.compile(r"entry (\d+) does not follow the entry before it"), "l’écriture {} ne suit pas la précédente"),
    (re.compile(r"entry (\d+) is missing or out of order.*"), "l’écriture {} manque ou n’est pas à sa place"),
    (re.compile(r"entry (\d+) is not the one that was signed"), "l’écriture {} n’est pas celle qui a été signée"),
    (re.compile(r"the chain ends before, or elsewhere than, the head known.*"), "la chaîne s’arrête avant la tête connue, ou ailleurs"),
    (re.compile(r"the signed head file is missing"), "le fichier de la tête signée manque"),
    (re.compile(r"the ledger was cut short: (\d+) entries left of (\d+)"), "le journal a été tronqué : {} écritures restent sur {}"),
    (re.compile(r"(\d+) entries were added after the signed head"), "{} écritures ont été ajoutées après la tête signée"),
)
_ENGLISH: Final = re.compile(r"\b(?:the|is|not|cannot|was|were|of|with|no)\b")


def reason(text: str, lang: str) -> tuple[str, str]:
    """Say why something was left out, with the language of the words when it is not the report's (else empty)."""
    clean = typo.plain(text)
    if lang == "en":
        return clean, ""
    head, colon, tail = clean.partition(": ")
    for pattern, french in _REASONS:
        if found := pattern.fullmatch(clean):
            return typo.spaced(french.format(*found.groups())), ""
        if colon and (found := pattern.fullmatch(tail)):
            return typo.spaced(f"{head} : " + french.format(*found.groups())), ""
    return clean, "en" if _ENGLISH.search(clean) else ""
