"""What can be recognised in a value, each with its exact test and its chance of accident."""

from auditor.scan.detectors import contact, numbers, people, texts, tokens
from auditor.scan.detectors.base import CONTRARY, FOUND, HINTED, OTHER, SHAPED, Detector, Sign, Tally
from auditor.scan.detectors.places import POSITION
from auditor.vocabulary.network import CardGrammar

__all__ = ["CONTRARY", "FOUND", "HINTED", "OTHER", "SHAPED", "Detector", "Sign", "Tally", "detectors"]


def detectors(grammar: CardGrammar) -> tuple[Detector, ...]:
    """Return every detector that looks at values one by one, for a network's card grammar."""
    own = numbers.card_number(grammar)
    return (
        *((own,) if own is not None else ()),
        numbers.NIR,
        numbers.siren(grammar),
        numbers.siret(grammar),
        numbers.IBAN,
        numbers.pan(grammar),
        contact.PHONE,
        contact.EMAIL,
        people.NAME,
        contact.POSTAL_ADDRESS,
        contact.PLATE,
        contact.LICENCE,
        contact.IP_ADDRESS,
        POSITION,
        texts.FREE_TEXT,
        *texts.RISKS,
        texts.SENSITIVE_LABEL,
        *tokens.DIGESTS,
        *tokens.spelled(grammar),
    )
