"""A retention written in French by a person, as duration, starting event and fate: what is said, and nothing that is not."""

import re
from dataclasses import dataclass
from typing import Final

from auditor.vocabulary.durations import Duration
from auditor.vocabulary.register import Fate
from auditor.vocabulary.register_words import folded

_DAY: Final = 86_400
_UNITS: Final = {
    "an": Duration(months=12), "ans": Duration(months=12), "annee": Duration(months=12), "annees": Duration(months=12),
    "mois": Duration(months=1), "semaine": Duration(seconds=7 * _DAY), "semaines": Duration(seconds=7 * _DAY),
    "jour": Duration(seconds=_DAY), "jours": Duration(seconds=_DAY), "j": Duration(seconds=_DAY),
    "heure": Duration(seconds=3_600), "heures": Duration(seconds=3_600), "h": Duration(seconds=3_600),
    "minute": Duration(seconds=60), "minutes": Duration(seconds=60),
}  # fmt: skip
_NUMBERS: Final = {
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "neuf": 9, "dix": 10,
    "douze": 12, "treize": 13, "quinze": 15, "dix huit": 18, "vingt": 20, "vingt quatre": 24, "trente": 30,
}  # fmt: skip
_AMOUNT, _UNIT = ("|".join(sorted(words, key=len, reverse=True)) for words in (_NUMBERS, _UNITS))
_LENGTH: Final = re.compile(rf"(?<![\w.,/])(\d{{1,4}}|{_AMOUNT}) ?({_UNIT})(?![\w])")
_ISO: Final = re.compile(r"(?<!\w)P(?:\d+[YMWD])*(?:T(?:\d+[HMS])+)?(?!\w)")
_OF: Final = r"(?:de\s+la\s+|de\s+l['’]\s*|des\s+|du\s+|de\s+|d['’]\s*)?"
_START: Final = re.compile(
    rf"(?:[àa] compter|[àa] partir)\s+{_OF}:?\s*|(?:apr[èe]s|suivant|depuis|dès)\s+:?\s*(?:la\s+|le\s+|les\s+|l['’]\s*)?",
    re.IGNORECASE,
)
_THEN: Final = re.compile(
    r"\s*(?:,\s*puis\b|\bpuis\b|,\s*ensuite\b|\bensuite\b|;|\.\s|\.$|,\s*avant\b|\bavant\s+(?=suppr|destr|efface|archiv|anonym))",
    re.IGNORECASE,
)
_FATES: Final[tuple[tuple[Fate, tuple[str, ...]], ...]] = (
    ("delete", ("suppr", "effac", "destruct", "detrui", "purg")),
    ("anonymise", ("anonym",)),
    ("archive", ("archiv", "versement aux archives")),
)
_OPEN: Final = re.compile(r"\+|\bduree (?:du|de la|de l'|d'|des)|\btant que\b|\bjusqu|\btemps (?:de|du)\b|\bminimum\b|\bau moins\b")
"""What makes a length depend on something else, or only bounds it from below."""
_AT_ONCE: Final = ("immediat", "sans conservation", "aucune conservation", "non conserve", "pas de conservation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """What a sentence says of a term; what it does not say is absent."""

    duration: Duration | None
    starts: str
    fate: Fate | None
    condition: str


def read_term(text: str) -> Term:
    """Read one sentence. Two durations or two fates in it are no duration and no fate: a human will say which is which."""
    said = " ".join(text.split())
    said, condition = _condition(said)
    begun = _START.search(said)
    then = _THEN.search(said, begun.end() if begun else 0)
    head = said[: begun.start()] if begun else said[: then.start()] if then else said
    starts = said[begun.end() : then.start() if then else len(said)].strip(" .;:") if begun else ""
    tail = said[then.start() :] if then else "" if begun else said
    return Term(duration=_duration(head, said), starts=starts, fate=_fate(tail), condition=condition)


def _condition(said: str) -> tuple[str, str]:
    """Take a parenthesis that ends the sentence apart."""
    found = re.search(r" \(([^()]*)\)$", said)
    return (said[: found.start()], found[1]) if found else (said, "")


def _duration(head: str, said: str) -> Duration | None:
    """Return the one length that the head of the sentence states, and no other part of it contradicts."""
    if _OPEN.search(folded(head)):
        return None
    iso = [found[0] for found in _ISO.finditer(said) if len(found[0]) > 1]
    lengths = _LENGTH.findall(folded(said))
    if iso:
        return _iso(iso[0]) if len(iso) == 1 and not lengths else None
    if len(lengths) != len(_LENGTH.findall(folded(head))):
        return None
    if not lengths:
        return Duration() if any(word in folded(head) for word in _AT_ONCE) else None
    return _added(lengths, folded(head))


def _iso(text: str) -> Duration | None:
    try:
        return Duration.parse(text)
    except ValueError:
        return None


def _added(lengths: list[tuple[str, str]], head: str) -> Duration | None:
    """Add lengths up: « 1 an et 6 mois » is one duration; « 2 ans, 3 ans » is two."""
    units = [unit for _, unit in lengths]
    if len(set(units)) != len(units) or (len(units) > 1 and not re.search(r"\bet\b", head)):
        return None
    counts = [(_NUMBERS.get(number) or int(number), _UNITS[unit]) for number, unit in lengths]
    return Duration(sum(count * unit.months for count, unit in counts), sum(count * unit.seconds for count, unit in counts))


def _fate(tail: str) -> Fate | None:
    # An intermediate archive is a stage: what becomes of the data after it is not said.
    plain = folded(tail).replace("archivage intermediaire", "").replace("archive intermediaire", "")
    found: list[Fate] = [fate for fate, words in _FATES if any(word in plain for word in words)]
    return found[0] if len(found) == 1 else None
