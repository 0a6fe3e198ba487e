"""Names of persons, against a list of the most frequent ones."""

import re
from typing import Final

from auditor.scan.detectors.base import FOUND, OTHER, SHAPED, Detector, Sign
from auditor.scan.detectors.lexicon import FIRST_NAMES, PLACES, SURNAMES, folded
from auditor.vocabulary.text import said

_LETTERS: Final = re.compile(r"[a-z' .-]{2,60}")
_MOST_WORDS: Final = 4
_TITLES: Final = frozenset({"m", "mr", "mme", "mlle", "monsieur", "madame", "dr"})


def _name(value: str) -> Sign:
    plain = folded(value)
    if not _LETTERS.fullmatch(plain):
        return OTHER
    words = [word for word in re.split(r"[ .-]+", plain) if word and word not in _TITLES]
    if not 0 < len(words) <= _MOST_WORDS:
        return OTHER
    if PLACES.search(plain):
        return SHAPED
    if len(words) == 1:
        return FOUND if words[0] in SURNAMES or words[0] in FIRST_NAMES else SHAPED
    return FOUND if _whole(words) or _whole(words[::-1]) or ("-" in plain and all(word in FIRST_NAMES for word in words)) else SHAPED


def _whole(words: list[str]) -> bool:
    return words[0] in FIRST_NAMES and words[-1] in SURNAMES


NAME: Final = Detector(
    name="name",
    # Wide on purpose: a class of letters of every script takes a fifth of a second to compile, for each column.
    coarse=r"^[^0-9@_/<>=+*#%&;:!?(){}|~$]+$",
    test=_name,
    chance=0.01,
    said=said(
        "noms ou prénoms pris parmi les plus fréquents en France (liste tirée des statistiques publiques) ; les noms de lieux sont "
        "écartés, et par "
        "convention un mot sur cent y figurerait par homonymie",
        "surnames or first names among the most frequent in France (list drawn from public statistics); names of places are left out, "
        "and by "
        "convention one word in a hundred would be a namesake",
    ),
    least=5,
    majority=0.03,
    hints=frozenset({"nom", "prenom", "name", "porteur", "titulaire", "surname", "firstname", "lastname", "naissance", "usage"}),
    refused_by=frozenset({"arret", "station", "stop", "ville", "commune", "city", "libelle", "label"}),
    numbers=False,
)
