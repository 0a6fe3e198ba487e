"""Numbers that carry their own check: card serials, NIR, SIREN and SIRET, IBAN, payment cards.

The checksums are python-stdnum's. A number is looked for inside longer texts too, between characters that are neither
digits nor letters.
"""

import re
from collections.abc import Callable
from typing import Final

from stdnum import iban as stdnum_iban
from stdnum import luhn
from stdnum.fr import nir as stdnum_nir
from stdnum.fr import siren as stdnum_siren
from stdnum.fr import siret as stdnum_siret

from auditor.scan.detectors.base import FOUND, OTHER, SHAPED, Detector, Sign
from auditor.vocabulary.network import CardGrammar
from auditor.vocabulary.text import said

_LUHN: Final = 0.1
_MOD_97: Final = 1 / 97
_APART: Final = re.compile(r"[ \u00a0\u202f.\-]")
_BEFORE, _AFTER = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"

_NIR: Final = re.compile(
    _BEFORE + r"[1-478][ .]?[0-9]{2}[ .]?(?:0[1-9]|1[0-2]|[2-3][0-9]|4[0-2]|[5-9][0-9])[ .]?"
    r"(?:0[1-9]|[1-8][0-9]|9[0-9]|2[ABab])[ .]?[0-9]{3}[ .]?[0-9]{3}[ .]?[0-9]{2}" + _AFTER
)
_SIREN: Final = re.compile(_BEFORE + r"[0-9]{3} ?[0-9]{3} ?[0-9]{3}" + _AFTER)
_SIRET: Final = re.compile(_BEFORE + r"[0-9]{3} ?[0-9]{3} ?[0-9]{3} ?[0-9]{5}" + _AFTER)
_IBAN: Final = re.compile(_BEFORE + r"[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?" + _AFTER)
_PAN: Final = re.compile(_BEFORE + r"[0-9](?:[ -]?[0-9]){12,18}" + _AFTER)
_ISSUERS: Final = (
    # (first digits from, to, lengths): ISO/IEC 7812 ranges as the schemes publish them.
    ("4", "4", (13, 16, 19)),
    ("51", "55", (16,)),
    ("2221", "2720", (16,)),
    ("34", "34", (15,)),
    ("37", "37", (15,)),
    ("300", "305", (14, 16, 19)),
    ("36", "36", (14, 16, 19)),
    ("38", "39", (14, 16, 19)),
    ("3528", "3589", (16, 17, 18, 19)),
    ("6011", "6011", (16, 17, 18, 19)),
    ("644", "659", (16, 17, 18, 19)),
    ("62", "62", (16, 17, 18, 19)),
    ("50", "50", (13, 14, 15, 16, 17, 18, 19)),
    ("56", "58", (13, 14, 15, 16, 17, 18, 19)),
    ("6304", "6304", (13, 14, 15, 16, 17, 18, 19)),
    ("67", "67", (13, 14, 15, 16, 17, 18, 19)),
)
_SIRET_LENGTH: Final = 14
_INSTANT: Final = re.compile(
    r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[01][0-9]|2[0-3])(?:[0-5][0-9]){1,2}[0-9]{0,6}"
)


def in_text(pattern: re.Pattern[str], passes: Callable[[str], bool], relevant: Callable[[str], bool] = bool) -> Callable[[str], Sign]:
    """Make the test of a value: found when one candidate passes, shaped when there are only others."""

    def test(value: str) -> Sign:
        sign = OTHER
        for candidate in pattern.finditer(value):
            plain = _APART.sub("", candidate.group())
            if not relevant(plain):
                continue
            if passes(plain):
                return FOUND
            sign = SHAPED
        return sign

    return test


def card_number(grammar: CardGrammar) -> Detector | None:
    """Return the detector of the network's own serials; None when the grammar has no check digit to recognise them by."""
    if grammar.check_digit != "luhn" or grammar.length is None:
        return None
    length, prefixes = grammar.length, grammar.prefixes or ("",)
    pattern = re.compile(_BEFORE + rf"[0-9](?:[ -]?[0-9]){{{length - 1}}}" + _AFTER)

    def relevant(plain: str) -> bool:
        return len(plain) == length and plain.startswith(prefixes)

    return Detector(
        name="card-number",
        coarse=rf"[0-9]([ -]?[0-9]){{{length - 1}}}",
        test=in_text(pattern, _is_luhn, relevant),
        chance=_LUHN,
        said=said(
            f"numéros de la grammaire déclarée ({length} chiffres, préfixe d’émetteur) dont la clé de Luhn est juste : un nombre sur dix "
            "l’est par accident",
            f"numbers of the declared grammar ({length} digits, issuer prefix) whose Luhn digit is right: one number in ten is, by "
            "accident",
        ),
        hints=frozenset({"carte", "card", "support", "passe", "serie", "serial"}),
    )


def pan(grammar: CardGrammar) -> Detector:
    """Return the detector of payment card numbers, the network's own serials and valid SIRET excepted."""
    foreign = _not_of(grammar)

    def relevant(plain: str) -> bool:
        if not issued(plain) or _INSTANT.fullmatch(plain):
            return False
        return foreign(plain) and not (len(plain) == _SIRET_LENGTH and stdnum_siret.is_valid(plain))

    return Detector(
        name="pan",
        coarse=r"[0-9]([ -]?[0-9]){12,18}",
        test=in_text(_PAN, _is_luhn, relevant),
        chance=_LUHN,
        said=said(
            "13 à 19 chiffres d’une plage d’émetteurs de cartes bancaires dont la clé de Luhn est juste : un nombre sur dix l’est par "
            "accident",
            "13 to 19 digits of a payment card issuer range whose Luhn digit is right: one number in ten is, by accident",
        ),
        hints=frozenset({"pan", "cb", "bancaire", "paiement", "creditcard"}),
    )


def siren(grammar: CardGrammar) -> Detector:
    """Return the detector of SIREN numbers, the network's own serials excepted."""
    return Detector(
        name="siren",
        coarse=r"[0-9]{3} ?[0-9]{3} ?[0-9]{3}",
        test=in_text(_SIREN, lambda plain: len(set(plain)) > 1 and bool(stdnum_siren.is_valid(plain)), _not_of(grammar)),
        chance=_LUHN,
        said=said(
            "9 chiffres dont la clé de Luhn est juste : un nombre sur dix l’est par accident",
            "9 digits whose Luhn digit is right: one number in ten is, by accident",
        ),
        hints=frozenset({"siren", "entreprise", "societe", "company"}),
    )


def siret(grammar: CardGrammar) -> Detector:
    """Return the detector of SIRET numbers, the network's own serials and timestamps excepted."""
    foreign = _not_of(grammar)
    return Detector(
        name="siret",
        coarse=r"[0-9]{3} ?[0-9]{3} ?[0-9]{3} ?[0-9]{5}",
        test=in_text(
            _SIRET,
            lambda plain: len(set(plain)) > 1 and bool(stdnum_siret.is_valid(plain)),
            lambda plain: foreign(plain) and not _INSTANT.fullmatch(plain),
        ),
        chance=_LUHN * _LUHN,
        said=said(
            "14 chiffres dont les clés du SIREN et du SIRET sont justes (règle de La Poste comprise) : un nombre sur cent l’est par "
            "accident",
            "14 digits whose SIREN and SIRET digits are right (La Poste’s own rule included): one number in a hundred is, by accident",
        ),
        hints=frozenset({"siret", "etablissement"}),
    )


def _not_of(grammar: CardGrammar) -> Callable[[str], bool]:
    prefixes = grammar.prefixes or ("",)
    own = grammar.form == "digits" and grammar.length is not None
    return lambda plain: not (own and len(plain) == grammar.length and plain.startswith(prefixes))


def issued(number: str) -> bool:
    """Tell whether a number starts and is as long as those of a payment card scheme."""
    return any(low <= number[: len(low)] <= high and len(number) in lengths for low, high, lengths in _ISSUERS)


def _is_luhn(number: str) -> bool:
    return len(set(number)) > 1 and bool(luhn.is_valid(number))


def _is_nir(number: str) -> bool:
    return number[7:10] != "000" and number[10:13] != "000" and bool(stdnum_nir.is_valid(number))


def _is_iban(number: str) -> bool:
    return bool(stdnum_iban.is_valid(number, check_country=False))


NIR: Final = Detector(
    name="nir",
    coarse=r"[1-478][ .]?[0-9]{2}[ .]?[0-9]{2}[ .]?([0-9]{2}|2[ABab])[ .]?[0-9]{3}[ .]?[0-9]{3}[ .]?[0-9]{2}",
    test=in_text(_NIR, _is_nir),
    chance=_MOD_97,
    said=said(
        "15 caractères de la forme d’un NIR (sexe, année, mois, département, Corse comprise) dont la clé est juste : un sur 97 l’est par "
        "accident",
        "15 characters shaped as a NIR (sex, year, month, department, Corsica included) whose key is right: one in 97 is, by accident",
    ),
    hints=frozenset({"nir", "secu", "securite", "sociale", "ssn", "insee"}),
)
IBAN: Final = Detector(
    name="iban",
    coarse=r"[A-Z]{2}[0-9]{2}([ -]?[A-Z0-9]{4}){2,7}([ -]?[A-Z0-9]{1,3})?",
    test=in_text(_IBAN, _is_iban),
    chance=_MOD_97,
    said=said(
        "longueur et structure du pays, clé modulo 97 juste : un texte de cette forme sur 97 l’est par accident",
        "length and structure of the country, modulo 97 key right: one text of that shape in 97 is, by accident",
    ),
    hints=frozenset({"iban", "rib", "compte", "bancaire"}),
    numbers=False,
)
