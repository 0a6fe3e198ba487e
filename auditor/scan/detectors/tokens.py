"""What stands for a person and hides less than it seems: digests of known shape, and card numbers in another spelling."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from stdnum import luhn

from auditor.scan.detectors.base import FOUND, OTHER, SHAPED, Detector, Sign
from auditor.vocabulary.network import CardGrammar
from auditor.vocabulary.scanned import DetectorName
from auditor.vocabulary.text import Text, said

_ASCII_DIGIT: Final = 10 / 256
_HEX_LETTER: Final = 16 / 36
_UUID_4: Final = r"^[0-9a-fA-F]{12}4[0-9a-fA-F]{3}[89abAB]"
_HINTS: Final = frozenset({"hash", "jeton", "token", "empreinte", "digest", "pseudo", "pseudonyme", "anonyme", "chiffre", "crypte"})
_LUHN: Final = 0.1


def _digest(name: DetectorName, digits: int, but: str = "") -> Detector:
    return Detector(
        name=name,
        coarse=rf"^[0-9a-fA-F]{{{digits}}}$",
        but=but,
        chance=_HEX_LETTER**digits,
        said=said(
            f"{digits} chiffres hexadécimaux, la forme d’une empreinte {name.upper()} ; la forme ne dit ni de quoi, ni si une clé la "
            "protège",
            f"{digits} hexadecimal digits, the shape of a {name.upper()} digest; the shape tells neither of what, nor whether a key "
            "protects it",
        ),
        hints=_HINTS,
        numbers=False,
    )


def _password(name: DetectorName, coarse: str) -> Detector:
    return Detector(
        name=name,
        coarse=coarse,
        chance=64.0**-6,
        said=said(
            f"textes au format {name}, dont l’en-tête d’au moins six caractères ne s’écrit pas par accident",
            f"texts in the {name} format, whose header of six characters at least is not written by accident",
        ),
        hints=_HINTS,
        numbers=False,
    )


DIGESTS: Final = (
    _digest("md5", 32, _UUID_4),
    _digest("sha1", 40),
    _digest("sha256", 64),
    _digest("sha512", 128),
    _password("bcrypt", r"^\$2[abxy]\$[0-9]{2}\$[./A-Za-z0-9]{53}$"),
    _password("argon2", r"^\$argon2(id|i|d)\$"),
    _password("scrypt", r"^(\$scrypt\$|\$7\$|scrypt:[0-9]+:)"),
    _password("pbkdf2", r"(?i)^(\$?pbkdf2[-_:]|\$pbkdf2)"),
)


@dataclass(frozen=True, slots=True)
class _Serials:
    """The card numbers of a grammar, whatever the way they are written."""

    length: int
    prefixes: tuple[str, ...]
    checked: bool

    def shaped(self, text: str) -> bool:
        return len(text) == self.length and text.isascii() and text.isdigit() and text.startswith(self.prefixes)

    def right(self, text: str) -> bool:
        return self.shaped(text) and (not self.checked or bool(luhn.is_valid(text)))

    def sign(self, text: str) -> Sign:
        return FOUND if self.right(text) else SHAPED

    def in_base64(self, value: str) -> Sign:
        return self.sign(_from_base64(value))

    def in_hexadecimal(self, value: str) -> Sign:
        if len(value) == 2 * self.length:
            return self.sign(_from_hexadecimal(value))
        number = str(int(value, 16)).rjust(self.length, "0")
        return self.sign(number) if self.checked and self.shaped(number) else OTHER

    def backwards(self, value: str) -> Sign:
        turned = value.rjust(self.length, "0")[::-1]
        return self.sign(turned) if self.shaped(turned) and not self.right(value) else OTHER


def spelled(grammar: CardGrammar) -> Iterator[Detector]:
    """Yield the detectors of card numbers written otherwise; none when the grammar gives no length in digits."""
    if grammar.form != "digits" or grammar.length is None:
        return
    length = grammar.length
    serials = _Serials(length, grammar.prefixes or ("",), grammar.check_digit == "luhn")
    in_base64 = rf"^[A-Za-z0-9+/_-]{{{-(-length * 4 // 3)}}}={{0,2}}$"
    in_hexadecimal = rf"^([0-9a-fA-F]{{{_hex_width(length, serials.prefixes)}}}|[0-9a-fA-F]{{{2 * length}}})$"
    yield _spelling("base64", in_base64, serials.in_base64, _ASCII_DIGIT**length)
    yield _spelling("hexadecimal", in_hexadecimal, serials.in_hexadecimal, _LUHN)
    if serials.checked:
        yield _spelling("reversed-number", rf"^[0-9]{{{max(1, length - 3)},{length}}}$", serials.backwards, _LUHN, numbers=True)


_HOW: Final[Mapping[str, Text]] = {
    "base64": Text("base64", "base64"),
    "hexadecimal": Text("hexadécimal", "hexadecimal"),
    "reversed-number": Text("retourné", "backwards"),
}


def _spelling(name: DetectorName, coarse: str, test: Callable[[str], Sign], chance: float, *, numbers: bool = False) -> Detector:
    return Detector(
        name=name,
        coarse=coarse,
        test=test,
        chance=chance,
        said=said(
            f"numéros de carte de la grammaire déclarée, à peine réécrits ({_HOW[name].fr}) : quiconque connaît le procédé les relit",
            f"card numbers of the declared grammar, barely rewritten ({_HOW[name].en}): whoever knows how reads them back",
        ),
        hints=_HINTS,
        numbers=numbers,
    )


def _hex_width(length: int, prefixes: tuple[str, ...]) -> str:
    low = min(int(prefix.ljust(length, "0")) for prefix in prefixes)
    return f"{max(1, len(f'{low:x}'))},{len(f'{10**length - 1:x}')}"


def _from_base64(value: str) -> str:
    bare = re.sub("-", "+", value.rstrip("=")).replace("_", "/")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        return ""


def _from_hexadecimal(value: str) -> str:
    try:
        return bytes.fromhex(value).decode("ascii")
    except ValueError:
        return ""
