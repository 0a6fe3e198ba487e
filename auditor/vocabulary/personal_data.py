"""Kinds of personal data told from French words, for the taxonomies of others: a more precise word beside ours, never instead.

The register says its data in free words and its columns by five categories; fideslang and DPV have keys for kinds of data.
A kind is only ever added next to the register's own words, which stay whole. « Sans numéro de carte bancaire » names what is
not held: what follows « sans », « hors » or « aucun » is not read.
"""

import re
from dataclasses import dataclass
from typing import Final

from auditor.vocabulary.register_words import folded

TRANSPORT_CARD: Final = "user.unique_id.pseudonymous.transport_card"
JOURNEYS: Final = "user.location.journey_history"
"""What fideslang lacks: keys that an export declares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKind:
    """One kind of data."""

    words: tuple[str, ...]
    fides: str
    """Key of fideslang, or of the extension that an export declares."""
    pd: str = ""
    """Term of the personal-data extension of DPV 2.3; empty when none is close."""


DATA_KINDS: Final = (
    DataKind(words=("carte bancaire", "carte de paiement", "pan"), fides="user.financial.credit_card", pd="PaymentCardNumber"),
    DataKind(words=("iban", "rib", "compte bancaire", "coordonnees bancaires"), fides="user.financial.bank_account", pd="BankAccount"),
    DataKind(words=("adresse ip",), fides="user.device.ip_address"),
    DataKind(words=("courriel", "mel", "email", "adresse electronique"), fides="user.contact.email", pd="EmailAddress"),
    DataKind(words=("telephone", "portable"), fides="user.contact.phone_number", pd="TelephoneNumber"),
    DataKind(words=("carte", "support", "numero de serie", "numero serie", "numero imprime"), fides=TRANSPORT_CARD, pd="Identifier"),
    DataKind(words=("validation", "trajet", "deplacement", "valideur", "valide"), fides=JOURNEYS, pd="TravelHistory"),
    DataKind(words=("arret", "station", "ligne", "lieu", "vehicule"), fides=JOURNEYS, pd="Location"),
    DataKind(words=("naissance",), fides="user.demographic.date_of_birth", pd="BirthDate"),
    DataKind(words=("prenom",), fides="user.name.first", pd="Name"),
    DataKind(words=("nom",), fides="user.name.last", pd="Name"),
    DataKind(words=("identite", "etat civil"), fides="user.name", pd="Name"),
    DataKind(words=("adresse", "adresse postale"), fides="user.contact.address", pd="PhysicalAddress"),
    DataKind(words=("photo", "photographie"), fides="user.content.self_image", pd="Picture"),
    DataKind(words=("nir", "securite sociale"), fides="user.government_id.national_identification_number"),
    DataKind(words=("handicap", "invalidite"), fides="user.health_and_medical", pd="Disability"),
    DataKind(words=("genre", "sexe", "civilite"), fides="user.demographic.gender"),
    DataKind(words=("mot de passe",), fides="user.authorization.password"),
    DataKind(words=("achat", "vente", "rechargement"), fides="user.behavior.purchase_history"),
    DataKind(words=("paiement", "impaye"), fides="user.payment"),
    DataKind(words=("id client", "numero client", "numero abonne", "compte client"), fides="user.unique_id", pd="AccountIdentifier"),
    DataKind(words=("identifiant",), fides="user.unique_id", pd="Identifier"),
)
"""First match first; the words of a kind are removed once matched, so « carte bancaire » is not also a « carte »."""

_ABSENT: Final = re.compile(r"\b(?:sans|hors|aucune?|ni|non)\b[^,;:.()]*")


def kinds_in(text: str) -> tuple[DataKind, ...]:
    """Return the kinds of data that a text or a column name names, in the order of `DATA_KINDS`."""
    plain = _ABSENT.sub(" ", re.sub(r"[_/.]", " ", folded(text)))
    found = []
    for kind in DATA_KINDS:
        alternatives = "|".join(re.escape(word) for word in sorted(kind.words, key=len, reverse=True))
        plain, count = re.subn(rf"\b(?:{alternatives})(?:e?s|es)?\b", " ", plain)
        if count:
            found.append(kind)
    return tuple(found)
