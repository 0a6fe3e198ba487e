"""The closed lists of the register said in French and in English, for every form it is shown or exchanged in."""

import unicodedata
from collections.abc import Mapping
from typing import Final

from auditor.vocabulary.text import Text, said

BASES: Final[Mapping[str, Text]] = {
    "consent": said("Consentement", "Consent"),
    "contract": said("Exécution d’un contrat", "Performance of a contract"),
    "legal-obligation": said("Obligation légale", "Legal obligation"),
    "vital-interests": said("Intérêts vitaux", "Vital interests"),
    "public-interest": said("Mission d’intérêt public", "Task in the public interest"),
    "legitimate-interests": said("Intérêts légitimes", "Legitimate interests"),
}
"""GDPR art. 6(1), points a to f in this order."""
BASIS_ARTICLES: Final[Mapping[str, str]] = {basis: f"6(1)({letter})" for basis, letter in zip(BASES, "abcdef", strict=True)}
FATES: Final[Mapping[str, Text]] = {
    "delete": said("Suppression", "Deletion"),
    "anonymise": said("Anonymisation", "Anonymisation"),
    "archive": said("Archivage", "Archiving"),
}
ROLES: Final[Mapping[str, Text]] = {
    "controller": said("Responsable du traitement", "Controller"),
    "joint-controller": said("Responsable conjoint", "Joint controller"),
    "processor": said("Sous-traitant", "Processor"),
    "partner": said("Partenaire", "Partner"),
}
RECIPIENTS: Final[Mapping[str, Text]] = {
    "internal": said("Service interne", "Internal department"),
    "processor": said("Sous-traitant", "Processor"),
    "partner": said("Partenaire", "Partner"),
    "authority": said("Autorité publique", "Public authority"),
    "public": said("Public", "Public"),
    "multimodal-service": said("Service de transport multimodal", "Multimodal transport service"),
}
CATEGORIES: Final[Mapping[str, Text]] = {
    "direct-identifier": said("Identifiant direct", "Direct identifier"),
    "pseudonym": said("Pseudonyme", "Pseudonym"),
    "quasi-identifier": said("Quasi-identifiant", "Quasi-identifier"),
    "sensitive": said("Sensible", "Sensitive"),
    "free-text": said("Texte libre", "Free text"),
    "technical": said("Technique", "Technical"),
    "none": said("Non personnelle", "Not personal"),
}
STATES: Final[Mapping[str, Text]] = {
    "identified": said("Identifiante", "Identified"),
    "pseudonymised": said("Pseudonymisée", "Pseudonymised"),
    "anonymous": said("Anonyme", "Anonymous"),
}
APPLIES: Final[Mapping[str, Text]] = {
    "all": said("Toutes les lignes", "All rows"),
    "identified": said("Lignes encore rattachées à une carte ou un abonné", "Rows still linked to a card or a subscriber"),
}
ASSESSMENTS: Final[Mapping[str, Text]] = {
    "done": said("Réalisée", "Done"),
    "in-progress": said("En cours", "In progress"),
    "not-required": said("Non requise", "Not required"),
    "missing": said("Absente", "Missing"),
}
PARTS: Final[Mapping[str, Text]] = {
    "description": said("Description", "Description"),
    "necessity": said("Nécessité", "Necessity"),
    "risks": said("Risques", "Risks"),
    "measures": said("Mesures", "Measures"),
}
"""The parts of an assessment that art. 35(7) names."""
LEVELS: Final[Mapping[str, Text]] = {
    "negligible": said("Négligeable", "Negligible"),
    "limited": said("Limité", "Limited"),
    "significant": said("Important", "Significant"),
    "maximal": said("Maximal", "Maximal"),
}
"""The CNIL's scale, 1 to 4 in this order."""
INVOKED: Final[Mapping[str, Text]] = {
    "benchmark": said("Repère", "Benchmark"),
    "legal-basis": said("Fondement", "Legal basis"),
    "authorisation": said("Autorisation", "Authorisation"),
}
FAMILIES: Final[Mapping[str, Text]] = {
    "titres": said("gestion des titres", "tickets"),
    "relation-commerciale": said("relation commerciale", "customer relations"),
    "fraude": said("lutte contre la fraude", "fraud"),
    "statistiques": said("statistiques", "statistics"),
    "qualite": said("qualité", "quality"),
    "propre": said("finalité propre", "purpose of its own"),
}
"""Purpose families; the first five are those of AU-015."""
FLAGS: Final[Mapping[str, Text]] = {"true": said("Oui", "Yes"), "false": said("Non", "No")}


def word(words: Mapping[str, Text], code: str, lang: str = "fr") -> str:
    """Say a code of a closed list; a code that is not on it is shown as it is."""
    known = words.get(code)
    return known(lang) if known else code


def code_of(words: Mapping[str, Text], written: str) -> str | None:
    """Return the code that a word stands for, in either language or as the code itself; None when nothing on the list matches."""
    wanted = folded(written)
    for code, text in words.items():
        if wanted in {folded(code), folded(text.fr), folded(text.en)}:
            return code
    return None


def folded(text: str) -> str:
    """Reduce a label to what makes it the same label: no case, no accents, one space, one kind of apostrophe and of dots."""
    plain = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace("\N{HORIZONTAL ELLIPSIS}", "...").replace("-", " ")
    bare = "".join(mark for mark in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(mark))
    return " ".join(bare.casefold().replace("œ", "oe").split())
