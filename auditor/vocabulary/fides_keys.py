"""The default taxonomy of fideslang 3.1.4: its keys, said in French, and the keys of older generations with what they became.

Key names are facts of that taxonomy; the words beside them are ours. A key of a file is known, renamed or unknown:
`answer` says which, and never guesses. A key that the file itself declares is known with the meaning of its parent.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["data_category", "data_use", "data_subject"]
KINDS: Final[tuple[Kind, ...]] = ("data_category", "data_use", "data_subject")


def _table(lines: str) -> dict[str, str]:
    pairs = (line.split(maxsplit=1) for line in lines.strip().splitlines())
    return {key: words.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}") for key, words in pairs}


CATEGORIES: Final[Mapping[str, str]] = _table("""\
system Données du système
system.authentication Authentification au système
system.operations Exploitation du système
user Données de la personne
user.account Compte
user.account.settings Réglages du compte
user.account.username Nom de compte
user.authorization Droits d'accès
user.authorization.biometric Identifiants biométriques
user.authorization.credentials Identifiants de connexion
user.authorization.password Mot de passe
user.behavior Comportement observé
user.behavior.browsing_history Historique de navigation
user.behavior.media_consumption Contenus consultés
user.behavior.purchase_history Historique d'achats
user.behavior.search_history Historique de recherches
user.biometric Données biométriques
user.biometric.fingerprint Empreinte digitale
user.biometric.health Données biométriques de santé
user.biometric.retinal Empreinte rétinienne
user.biometric.voice Enregistrement de la voix
user.childrens Données d'enfants
user.contact Coordonnées
user.contact.address Adresse postale
user.contact.address.city Ville
user.contact.address.country Pays
user.contact.address.postal_code Code postal
user.contact.address.state Région ou État
user.contact.address.street Voie
user.contact.email Adresse électronique
user.contact.fax_number Numéro de télécopie
user.contact.organization Organisme de la personne
user.contact.phone_number Numéro de téléphone
user.contact.url Site ou profil en ligne
user.content Contenus
user.content.private Contenus privés
user.content.public Contenus publics
user.content.self_image Photographie de la personne
user.criminal_history Condamnations et infractions
user.demographic Données démographiques
user.demographic.age_range Tranche d'âge
user.demographic.date_of_birth Date de naissance
user.demographic.gender Genre
user.demographic.language Langue
user.demographic.marital_status Situation familiale
user.demographic.political_opinion Opinions politiques
user.demographic.profile Profil
user.demographic.race_ethnicity Origine raciale ou ethnique
user.demographic.religious_belief Convictions religieuses
user.demographic.sexual_orientation Orientation sexuelle
user.device Données de l'appareil
user.device.cookie Traceur
user.device.cookie_id Identifiant de traceur
user.device.device_id Identifiant d'appareil
user.device.ip_address Adresse IP
user.financial Données financières
user.financial.bank_account Compte bancaire
user.financial.credit_card Carte de paiement
user.government_id Identifiants officiels
user.government_id.birth_certificate Acte de naissance
user.government_id.drivers_license_number Numéro de permis de conduire
user.government_id.immigration Titre de séjour
user.government_id.national_identification_number Numéro national d'identification
user.government_id.passport_number Numéro de passeport
user.government_id.vehicle_registration Immatriculation
user.health_and_medical Données de santé
user.health_and_medical.genetic Données génétiques
user.health_and_medical.insurance_beneficiary_id Numéro d'assuré
user.health_and_medical.record_id Numéro de dossier médical
user.job_title Fonction
user.location Localisation
user.location.imprecise Localisation approchée
user.location.precise Localisation précise
user.name Nom et prénom
user.name.first Prénom
user.name.last Nom
user.payment Données de paiement
user.privacy_preferences Choix relatifs à la vie privée
user.sensor Mesures de capteurs
user.social Réseaux sociaux
user.telemetry Télémesure
user.unique_id Identifiant unique
user.unique_id.pseudonymous Pseudonyme
user.user_sensor Mesures de l'environnement de la personne
user.workplace Employeur
""")
USES: Final[Mapping[str, str]] = _table("""\
analytics Analyse
analytics.reporting Analyse et tableaux de bord
analytics.reporting.ad_performance Mesure de la publicité
analytics.reporting.campaign_insights Mesure des campagnes
analytics.reporting.content_performance Mesure des contenus
analytics.reporting.system Mesure de l'activité du système
analytics.reporting.system.performance Mesure des performances du système
collect Collecte et conservation
employment Emploi
employment.recruitment Recrutement
essential Fonctionnement indispensable
essential.fraud_detection Détection de la fraude
essential.legal_obligation Obligation légale
essential.service Fourniture du service
essential.service.authentication Authentification
essential.service.notifications Avis de service
essential.service.notifications.email Avis de service par courriel
essential.service.notifications.sms Avis de service par SMS
essential.service.operations Exploitation du service
essential.service.operations.improve Amélioration de l'assistance
essential.service.operations.support Assistance
essential.service.payment_processing Traitement des paiements
essential.service.security Sécurité du service
essential.service.upgrades Mise à niveau du service
finance Finances et comptabilité
functional Fonctions utiles
functional.service Fonctions du service
functional.service.improve Amélioration du service
functional.storage Stockage local
functional.storage.privacy_preferences Stockage des choix relatifs à la vie privée
marketing Promotion
marketing.advertising Publicité
marketing.advertising.first_party Publicité pour son propre compte
marketing.advertising.first_party.contextual Publicité contextuelle pour son propre compte
marketing.advertising.first_party.targeted Publicité ciblée pour son propre compte
marketing.advertising.frequency_capping Plafond de répétition
marketing.advertising.negative_targeting Exclusion de destinataires
marketing.advertising.profiling Profilage publicitaire
marketing.advertising.serving Diffusion d'annonces
marketing.advertising.third_party Publicité pour des tiers
marketing.advertising.third_party.targeted Publicité ciblée pour des tiers
marketing.communications Messages promotionnels
marketing.communications.email Messages promotionnels par courriel
marketing.communications.sms Messages promotionnels par SMS
operations Activités internes de l'organisme
personalize Personnalisation
personalize.content Personnalisation des contenus
personalize.content.limited Personnalisation limitée des contenus
personalize.content.profiled Personnalisation des contenus par profil
personalize.content.profiling Profilage pour la personnalisation
personalize.profiling Profilage pour la personnalisation
personalize.system Personnalisation du système
sales Ventes
third_party_sharing Communication à des tiers
third_party_sharing.legal_obligation Communication à des tiers imposée par la loi
train_ai_system Entraînement d'un modèle
""")
SUBJECTS: Final[Mapping[str, str]] = _table("""\
anonymous_user Utilisateurs anonymes
citizen_voter Citoyens électeurs
commuter Usagers réguliers des transports
consultant Consultants
customer Clients
employee Salariés et agents
job_applicant Candidats à un emploi
next_of_kin Proches
passenger Voyageurs
patient Patients
prospect Prospects
shareholder Actionnaires
supplier_vendor Fournisseurs
trainee Stagiaires
visitor Visiteurs
""")
KNOWN: Final[Mapping[Kind, Mapping[str, str]]] = {"data_category": CATEGORIES, "data_use": USES, "data_subject": SUBJECTS}

_ADDRESS: Final = ("city", "country", "postal_code", "state", "street")
_PROVIDED, _DERIVED = "user.provided.identifiable", "user.derived.identifiable"
_MOVED: Final = {
    "user.biometric_health": "user.biometric.health",
    "user.browsing_history": "user.behavior.browsing_history",
    "user.cookie_id": "user.device.cookie_id",
    "user.credentials": "user.authorization.credentials",
    "user.credentials.biometric_credentials": "user.authorization.biometric",
    "user.credentials.password": "user.authorization.password",
    "user.date_of_birth": "user.demographic.date_of_birth",
    "user.financial.account_number": "user.financial.bank_account",
    "user.gender": "user.demographic.gender",
    "user.genetic": "user.health_and_medical.genetic",
    "user.media_consumption": "user.behavior.media_consumption",
    "user.non_specific_age": "user.demographic.age_range",
    "user.observed": "user.behavior",
    "user.organization": "user.contact.organization",
    "user.political_opinion": "user.demographic.political_opinion",
    "user.profiling": "user.demographic.profile",
    "user.race": "user.demographic.race_ethnicity",
    "user.religious_belief": "user.demographic.religious_belief",
    "user.search_history": "user.behavior.search_history",
    "user.sensor_data": "user.sensor",
    "user.sexual_orientation": "user.demographic.sexual_orientation",
    **{f"user.contact.{part}": f"user.contact.address.{part}" for part in _ADDRESS},
}
RENAMED: Final[Mapping[Kind, Mapping[str, str]]] = {
    "data_category": {**_MOVED, _DERIVED: "user", _PROVIDED: "user"},
    "data_use": {
        "advertising": "marketing.advertising",
        "advertising.first_party.personalized": "marketing.advertising.first_party.targeted",
        "advertising.third_party": "marketing.advertising.third_party.targeted",
        "advertising.third_party.personalized": "marketing.advertising.third_party.targeted",
        "essential.service.fraud_detection": "essential.fraud_detection",
        "essential.service.operations.support.optimization": "essential.service.operations.improve",
        "improve": "functional",
        "improve.system": "functional.service.improve",
        "personalize.profiling": "personalize.content.profiling",
        "provide": "essential",
        "third_party_sharing.fraud_detection": "essential.fraud_detection",
        "third_party_sharing.payment_processing": "essential.service.payment_processing",
        "third_party_sharing.personalized_advertising": "marketing.advertising.third_party.targeted",
    },
    "data_subject": {},
}
"""Keys of fideslang 1.0 to 2.1 that were moved, with where the taxonomy put them; a key under one of them moves with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a key of a file is."""

    state: Literal["known", "renamed", "unknown"]
    key: str
    """The key of today; the one of the file when it is unknown."""
    parent: str = ""
    """Nearest ancestor of the default taxonomy, for a key that the file declares; the key itself otherwise."""


def answer(kind: Kind, key: str, declared: Collection[str] = ()) -> Answer:
    """Say whether a key is known, renamed or unknown. `declared`: keys that the file adds to the taxonomy."""
    default = KNOWN[kind]
    if key in declared:
        return Answer(state="known", key=key, parent=next((one for one in _ancestors(key) if one in default), ""))
    found = _today(kind, key)
    if found is None:
        return Answer(state="unknown", key=key)
    return Answer(state="known" if found == key else "renamed", key=found, parent=found)


def _today(kind: Kind, key: str) -> str | None:
    """Follow renamings, each of the nearest ancestor that moved, until a key that stays; None when there is none."""
    moved = RENAMED[kind]
    if key in (_DERIVED, _PROVIDED):
        return None
    for _ in range(3):
        old = next((one for one in _ancestors(key) if one in moved), None)
        if old is None:
            break
        key = moved[old] + key[len(old) :]
    return key if key in KNOWN[kind] and key not in moved else None


def _ancestors(key: str) -> list[str]:
    """Return the key, then its ancestors, nearest first."""
    parts = key.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
