"""Terms of the Data Privacy Vocabulary (DPV 2.3) that stand for what a register says, and our own for what DPV lacks.

Only terms that were found in DPV 2.3 are named. A concept of ours stands where none is exact, and says the closest one:
the CNIL's scale of risk has four levels and DPV's have three, five or seven, so no level is rounded to another.
"""

from collections.abc import Mapping
from typing import Final

FORMAT: Final = "1"
OURS: Final = "poincon"
SHEET: Final = "fiche"
NAMESPACES: Final[Mapping[str, str]] = {
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "loc": "https://w3id.org/dpv/loc#",
    "risk": "https://w3id.org/dpv/risk#",
    "tech": "https://w3id.org/dpv/tech#",
    "dct": "http://purl.org/dc/terms/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "time": "http://www.w3.org/2006/time#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    OURS: "urn:poincon:registre:v1#",
    SHEET: "urn:poincon:fiche:",
}
"""Prefixes, ours last: terms of the register, and the sheets that an export names."""
REGISTER: Final = f"{OURS}:registre"
REGISTER_TITLE: Final = "Registre des activités de traitement"

PURPOSES: Final[Mapping[str, str]] = {
    "FraudPreventionAndDetection": "Prévention et détection de la fraude",
    "PaymentManagement": "Gestion des paiements",
    "CustomerManagement": "Gestion des clients",
    "CustomerClaimsManagement": "Gestion des réclamations des clients",
    "DirectMarketing": "Prospection directe",
    "ImproveTransportMobility": "Amélioration des transports et de la mobilité",
    "ProvideOfficialStatistics": "Statistique publique",
    "ServiceOptimisation": "Optimisation du service",
}
FAMILY_EXACT: Final[Mapping[str, str]] = {"fraude": "FraudPreventionAndDetection"}
"""Families of purpose for which DPV has the very concept."""
FAMILY_CLOSE: Final[Mapping[str, str]] = {
    "titres": "CustomerManagement",
    "relation-commerciale": "CustomerManagement",
    "statistiques": "ImproveTransportMobility",
    "qualite": "ServiceOptimisation",
}
"""Those for which a concept of DPV is only close."""
DATA: Final[Mapping[str, str]] = {
    "TravelHistory": "Historique des déplacements",
    "Location": "Localisation",
    "Identifier": "Identifiant",
    "AccountIdentifier": "Identifiant de compte",
    "Name": "Nom",
    "BirthDate": "Date de naissance",
    "EmailAddress": "Adresse électronique",
    "TelephoneNumber": "Numéro de téléphone",
    "PhysicalAddress": "Adresse postale",
    "Picture": "Photographie",
    "BankAccount": "Compte bancaire",
    "PaymentCardNumber": "Numéro de carte de paiement",
    "Disability": "Handicap",
    "PseudonymisedData": "Données pseudonymisées",
    "AnonymisedData": "Données anonymisées",
    "SpecialCategoryPersonalData": "Catégories particulières de données",
    "SensitivePersonalData": "Données sensibles",
}
PERSONS: Final[Mapping[str, str]] = {
    "Customer": "Clients",
    "Subscriber": "Abonnés",
    "User": "Usagers",
    "Child": "Enfants",
    "Citizen": "Citoyens",
    "Employee": "Salariés et agents",
}
PERSON_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "Customer": ("client", "payeur", "acheteur", "porteur"),
    "Subscriber": ("abonne",),
    "User": ("voyageur", "usager"),
    "Child": ("enfant", "mineur"),
    "Citizen": ("citoyen",),
    "Employee": ("agent", "salarie", "personnel"),
}
MEASURES: Final[Mapping[str, str]] = {
    "Pseudonymisation": "Pseudonymisation",
    "EncryptionAtRest": "Chiffrement des données au repos",
    "EncryptionInTransfer": "Chiffrement des échanges",
    "AccessControlMethod": "Contrôle des accès",
    "LoggingPolicy": "Journalisation",
    "DataBackupProtocols": "Sauvegardes",
}
MEASURE_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "Pseudonymisation": ("pseudonym",),
    "EncryptionAtRest": ("chiffrement des supports", "chiffrement des bases", "chiffrement des sauvegardes", "chiffrees au repos"),
    "EncryptionInTransfer": ("chiffrement des echanges", "chiffrement des flux", "tls"),
    "AccessControlMethod": ("habilitation", "controle des acces", "comptes nominatifs"),
    "LoggingPolicy": ("journalisation", "journal des acces"),
    "DataBackupProtocols": ("sauvegarde",),
}
RIGHTS: Final[Mapping[str, tuple[str, str]]] = {
    "A15": ("acces", "accès"),
    "A16": ("rectification", "rectification"),
    "A17": ("effacement", "effacement"),
    "A18": ("limitation", "limitation"),
    "A20": ("portabilite", "portabilité"),
    "A21": ("opposition", "opposition"),
    "A22": ("decision automatisee", "décision individuelle automatisée"),
    "A77": ("reclamation", "réclamation auprès de l’autorité de contrôle"),
}
"""Article: the word (without accents) that names the right in a text, and the words that name it in an import."""
SAFEGUARDS: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "A45-3": (("adequation", "adequat"), "Décision d’adéquation (art. 45(3))"),
    "A46-2-b": (("bcr", "regles d'entreprise contraignantes"), "Règles d’entreprise contraignantes (art. 46(2)(b))"),
    "A46-2-c": (("clauses contractuelles types", "cct", "scc"), "Clauses contractuelles types (art. 46(2)(c))"),
    "A49-1-a": (("consentement explicite",), "Consentement explicite (art. 49(1)(a))"),
}
RISK_LEVELS: Final[Mapping[str, str]] = {
    "negligible": "VeryLowRisk",
    "limited": "LowRisk",
    "significant": "HighRisk",
    "maximal": "VeryHighRisk",
}
"""Level of the CNIL's scale: the level of DPV's scale of five that is closest, and never the same."""
FATE_OPERATIONS: Final[Mapping[str, str]] = {"delete": "Erase", "anonymise": "Anonymise"}
DERIVED: Final = frozenset({"hasProcessing", "hasRight", "hasThirdCountry", "hasComplianceStatus", "hasLegalBasis", "hasRiskLevel"})
"""Properties of dpv that an export of ours writes beside its own terms, and computes from them."""
