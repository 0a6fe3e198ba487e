"""How a person is reached or found: telephone, e-mail, postal address, plate, driving licence, network address."""

import ipaddress
import re
from typing import Final

import phonenumbers

from auditor.scan.detectors.base import FOUND, OTHER, SHAPED, Detector, Sign
from auditor.scan.detectors.lexicon import folded
from auditor.vocabulary.text import said

_PHONE: Final = re.compile(
    r"(?<![0-9A-Za-z+])(?:(?:\+|00) ?33 ?(?:\(0\))?[ .-]?[1-9]|[0-9]{2})(?:[ .\u00a0\u202f-]?[0-9]{2}){4}(?![0-9A-Za-z])"
)
_FICTION: Final = ("019900", "026191", "035301", "046571", "053649", "063998")
"""Blocks that Arcep keeps for works of fiction: what test data holds, and written as telephones are."""

_EMAIL: Final = re.compile(r"(?<![\w.+-])[\w.+'-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}(?![\w@-])")
_URL: Final = re.compile(r"[a-z][a-z0-9+]*://")

_STREETS: Final = (
    r"(?:rue|avenue|av|boulevard|bd|bld|place|pl|allees?|chemin|che|impasse|imp|route|rte|quai|square|cours|residence|res|lotissement|"
    r"sentier|passage|ruelle|esplanade|venelle|faubourg|fbg|cite|hameau|clos|villa)"
)
_STREET: Final = re.compile(rf"(?<![a-z]){_STREETS}(?![a-z])")
_ADDRESS: Final = re.compile(rf"(?<![0-9a-z])[0-9]{{1,4}} ?(?:bis|ter|quater|[a-d])?[ ,]+{_STREETS}(?![a-z])[ .]+[a-z]")

_SIV: Final = re.compile(r"([A-Z]{2})[ -]?([0-9]{3})[ -]?([A-Z]{2})")
_FNI: Final = re.compile(r"([0-9]{1,4})[ -]?([A-Z]{1,3})[ -]?([0-9]{2,3}|2[AB])")
_OLD_CORSICA: Final = 20
_DEPARTMENTS: Final = frozenset(
    {*(f"{number:02d}" for number in range(1, 96) if number != _OLD_CORSICA), "2A", "2B", *(str(n) for n in range(971, 979))}
)

_LICENCE: Final = re.compile(r"[0-9]{2}[ -]?[A-Z]{2}[ -]?[0-9]{5}|[0-9]{12}")
_LICENCE_SINCE, _LICENCE_UNTIL = 13, 40
"""Years (within the century) of the numbers delivered since 2013."""
_CLOCK: Final = re.compile(r"[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]")
_LONG_CLOCK: Final = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[01][0-9]|2[0-3])[0-5][0-9]")

_V4: Final = re.compile(r"(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9.])")
_V6: Final = re.compile(r"(?<![0-9A-Za-z:])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![0-9A-Za-z:])")
_FIRST_HOST_BYTE: Final = 10
_WIDE_BYTE: Final = 32


def _phone(value: str) -> Sign:
    sign = OTHER
    for candidate in _PHONE.finditer(value):
        digits = re.sub(r"[^0-9+]", "", candidate.group()).replace("+33", "0").replace("0033", "0")
        digits = digits[1:] if digits.startswith("00") else digits
        if digits.startswith(_FICTION) or (digits.startswith("0") and _is_assigned(digits)):
            return FOUND
        sign = SHAPED
    return sign


def _is_assigned(digits: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(digits, "FR"))
    except phonenumbers.NumberParseException:
        return False


def _email(value: str) -> Sign:
    if "@" not in value:
        return OTHER
    return FOUND if _EMAIL.search(value) and not _URL.match(value) else SHAPED


def _address(value: str) -> Sign:
    plain = folded(value)
    if _ADDRESS.search(plain):
        return FOUND
    return SHAPED if _STREET.search(plain) else OTHER


def _plate(value: str) -> Sign:
    plain = value.upper()
    new = _SIV.fullmatch(plain)
    if new:
        letters = new[1] + new[3]
        return SHAPED if set(letters) & set("IOU") or "SS" in (new[1], new[3]) or new[2] == "000" else FOUND
    old = _FNI.fullmatch(plain)
    if not old:
        return OTHER
    return FOUND if not set(old[2]) & set("IO") and old[3] in _DEPARTMENTS and old[1][0] != "0" else SHAPED


def _licence(value: str) -> Sign:
    if not _LICENCE.fullmatch(value.upper()):
        return OTHER
    plain = re.sub("[ -]", "", value.upper())
    if not plain.isdigit():
        return FOUND if _LICENCE_SINCE <= int(plain[:2]) <= _LICENCE_UNTIL else SHAPED
    if _CLOCK.fullmatch(plain) or _LONG_CLOCK.fullmatch(plain):
        return SHAPED
    return FOUND if "01" <= plain[2:4] <= "12" and plain[4:6] in _DEPARTMENTS else SHAPED


def _address_of_network(value: str) -> Sign:
    sign = OTHER
    for candidate in (*_V4.finditer(value), *_V6.finditer(value)):
        if candidate.group().count(":") and candidate.group().count(":") < 3 and "::" not in candidate.group():  # noqa: PLR2004 - a clock
            continue
        sign = SHAPED
        try:
            address = ipaddress.ip_address(candidate.group())
        except ValueError:
            continue
        if address.version == 6 and address.packed[:2] != b"\0\0":  # noqa: PLR2004 - IPv6
            return FOUND
        # Version numbers have four small parts too.
        if address.version == 4 and address.packed[0] >= _FIRST_HOST_BYTE and max(address.packed) >= _WIDE_BYTE:  # noqa: PLR2004 - IPv4
            return FOUND
    return sign


PHONE: Final = Detector(
    name="phone",
    coarse=r"(\+|00) ?33|[0-9]{2}([ .\x{a0}\x{202f}-]?[0-9]{2}){4}",
    test=_phone,
    chance=0.084,
    said=said(
        "numéros de téléphone français attribués, indicatif compris : dix chiffres au hasard en donnent un dans 8 % des cas",
        "French telephone numbers in use, country code included: ten digits at random make one 8% of the time",
    ),
    hints=frozenset({"tel", "telephone", "phone", "portable", "mobile", "gsm", "fixe"}),
    numbers=False,
)
EMAIL: Final = Detector(
    name="email",
    coarse="@",
    test=_email,
    chance=0.01,
    said=said(
        "adresses électroniques complètes ; par convention, un texte à arobase sur cent aurait cette forme sans en être une",
        "whole e-mail addresses; by convention, one text with an at sign in a hundred would have that form without being one",
    ),
    hints=frozenset({"mail", "email", "courriel", "mel"}),
    numbers=False,
)
POSTAL_ADDRESS: Final = Detector(
    name="postal-address",
    coarse=r"(?i)\b"
    + _STREETS.replace("(?:", "(").replace("res", "r[eé]s").replace("cite", "cit[eé]").replace("allees?", "all[eé]es?")
    + r"\b",
    test=_address,
    chance=0.05,
    said=said(
        "un numéro suivi d’une voie et de son nom ; par convention, un nom de voie sur vingt en aurait la forme sans être une adresse",
        "a number followed by a street and its name; by convention, one street name in twenty would have that form without being an "
        "address",
    ),
    hints=frozenset({"adresse", "address", "rue", "voie", "domicile"}),
    refused_by=frozenset({"arret", "station", "stop"}),
    numbers=False,
)
PLATE: Final = Detector(
    name="plate",
    coarse=r"(?i)^([a-z]{2}[ -]?[0-9]{3}[ -]?[a-z]{2}|[0-9]{1,4}[ -]?[a-z]{1,3}[ -]?([0-9]{2,3}|2[ab]))$",
    test=_plate,
    chance=0.62,
    said=said(
        "plaques d’immatriculation (SIV ou FNI) sans lettre interdite : des lettres au hasard y passent dans 62 % des cas",
        "number plates (SIV or FNI) without a forbidden letter: letters at random pass 62% of the time",
    ),
    hints=frozenset({"immatriculation", "plaque", "plate", "vehicule"}),
    majority=0.9,
    numbers=False,
)
LICENCE: Final = Detector(
    name="licence",
    coarse=r"(?i)^([0-9]{2}[ -]?[a-z]{2}[ -]?[0-9]{5}|[0-9]{12})$",
    test=_licence,
    chance=0.28,
    said=said(
        "numéros de la forme d’un permis de conduire (année, mois et département plausibles, horodatages écartés) : sans clé de "
        "contrôle, au plus 28 % des nombres de cette longueur y passent par accident",
        "numbers shaped as a French driving licence (plausible year, month and department, timestamps left out): without a check "
        "digit, at most 28% of the numbers of that length pass by accident",
    ),
    hints=frozenset({"permis", "licence", "conduire"}),
    majority=0.9,
)
IP_ADDRESS: Final = Detector(
    name="ip-address",
    coarse=r"[0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){2,7}",
    test=_address_of_network,
    chance=0.02,
    said=said(
        "adresses IPv4 ou IPv6, numéros de version écartés : quatre nombres au hasard en donnent une dans moins de 2 % des cas",
        "IPv4 or IPv6 addresses, version numbers left out: four numbers at random make one less than 2% of the time",
    ),
    hints=frozenset({"ip", "host", "client"}),
    numbers=False,
)
