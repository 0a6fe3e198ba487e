"""Privacy declarations of a fideslang system: purposes, legal bases, kinds of data and of persons, retention."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from auditor.vocabulary.durations import Duration
from auditor.vocabulary.fides import BASES, FAMILY_USES, SEPARATOR
from auditor.vocabulary.fides_keys import KNOWN, Answer, Kind
from auditor.vocabulary.register import Invoked, Purpose, Retention
from auditor.vocabulary.register_words import FATES, code_of
from auditor.vocabulary.text import said
from policies.registry.exchange.fides_file import Source
from policies.registry.exchange.naming import identifier
from policies.registry.exchange.terms import read_term

Declarations = Sequence[tuple[str, Mapping[str, Any]]]
"""Place and content of each declaration of a system."""

_DECLARATION: Final = {
    **dict.fromkeys(("features", "impact_assessment_location", "shared_categories", "cookies"), ""),
    "flexible_legal_basis_for_processing": "true",
    "processes_special_category_data": "false",
    "data_shared_with_third_parties": "false",
}
_DECLARATION_READ: Final = frozenset({
    "name", "data_categories", "data_use", "data_subjects", "dataset_references", "egress", "ingress", "legal_basis_for_processing",
    "retention_period", "special_category_legal_basis", "third_parties",
})  # fmt: skip
_ARTICLE_9: Final = (
    "Explicit consent", "Employment, social security and social protection", "Vital interests", "Not-for-profit bodies",
    "Made public by the data subject", "Legal claims or judicial acts", "Reasons of substantial public interest (with a basis in law)",
    "Health or social care (with a basis in law)", "Public health (with a basis in law)",
    "Archiving, research and statistics (with a basis in law)",
)  # fmt: skip
"""The ten conditions of art. 9(2), points a to j in this order."""
_OURS: Final = re.compile(
    r"(?P<duration>P\S+?)(?: à compter de : (?P<starts>.*?))?, puis (?P<fate>[^\s(]+)(?: \((?P<condition>.*?)\))? — (?P<data>.*)"
)
_ENGLISH: Final = {"day": "jour", "week": "semaine", "month": "mois", "year": "an", "hour": "heure", "minute": "minute"}
_UNNAMED: Final = said("déclaration sans nom : l’usage sert de titre à la finalité", "a declaration without a name: its use is the title")
_NO_USE: Final = said("déclaration sans usage (data_use)", "a declaration without a data_use")
_FAMILY: Final = said(
    "famille de finalité déduite de l’usage Fides : à confirmer", "family of purpose deduced from the data_use: to be confirmed"
)
_USE_KEPT: Final = said(
    "usage Fides sans famille équivalente au registre : il n’est repris que par le titre de la finalité",
    "a data_use without an equivalent family in the register: only the title of the purpose says it",
)
_NO_BASIS: Final = said("base légale non dite", "legal basis not said")
_WRONG_BASIS: Final = said("ce n’est aucune des bases légales de fideslang", "this is none of the legal bases of fideslang")
_WRONG_CONDITION: Final = said("ce n’est aucune des dix conditions de l’article 9", "this is none of the ten conditions of article 9")
_TERM: Final = said(
    "durée dont le sort final, ou la durée même, n’est pas dit : elle n’est pas inscrite au registre, à compléter",
    "a retention whose fate, or length, is not said: not entered in the register, to be completed",
)
_NO_DATA: Final = said("la durée ne dit pas à quelles données elle s’applique", "the retention does not say which data it is of")


def read_purpose(source: Source, place: str, one: Mapping[str, Any], taken: list[str]) -> Purpose:
    """Read one declaration as a purpose, with an id of its own; `taken` holds those of the system, and receives it."""
    source.rest(one, place, _DECLARATION_READ, _DECLARATION)
    title, use = source.text(one, "name", place), source.text(one, "data_use", place)
    answer = source.key("data_use", use, f"{place}.data_use") if use else Answer(state="unknown", key="")
    if not use:
        source.note(f"{place}.data_use", _NO_USE)
    family = next((family for family, known in FAMILY_USES.items() if known == answer.key and family != "titres"), "")
    if use:
        source.note(f"{place}.data_use", _FAMILY if family else _USE_KEPT, use, "note")
    if not title:
        source.note(f"{place}.name", _UNNAMED, kind="note")
    written = source.text(one, "legal_basis_for_processing", place)
    basis = next((basis for basis, known in BASES.items() if known == written), None)
    if basis is None:
        source.note(f"{place}.legal_basis_for_processing", _WRONG_BASIS if written else _NO_BASIS, written)
    named = title or _words(source, "data_use", answer) or use
    purpose = identifier(named, "finalite", taken)
    taken.append(purpose)
    return Purpose(id=purpose, title=named, family=family, basis=basis)  # type: ignore[arg-type]


def named(source: Source, kind: Kind, name: str, declarations: Declarations) -> Iterator[str]:
    """Yield each kind of data or of persons once; where free texts of ours stand, the other keys are their detail."""
    answers = [one for place, held in declarations for one in source.keys(kind, held, name, place)]
    free = [one for one in answers if one.key in source.ours]
    yield from dict.fromkeys(_words(source, kind, one) for one in free or answers)


def conditions(source: Source, declarations: Declarations) -> Iterator[Invoked]:
    """Yield the condition of article 9 that each declaration rests on."""
    for place, held in declarations:
        written = source.text(held, "special_category_legal_basis", place)
        if written in _ARTICLE_9:
            letter = "abcdefghij"[_ARTICLE_9.index(written)]
            yield Invoked(text=f"RGPD, article 9(2)({letter})", invoked_as="legal-basis")
        elif written:
            source.note(f"{place}.special_category_legal_basis", _WRONG_CONDITION, written)


def retention(source: Source, declarations: Declarations, purposes: Sequence[Purpose]) -> Iterator[Retention]:
    """Yield the terms that the free strings say whole; a term that every declaration repeats serves every purpose."""
    stated: dict[str, list[str]] = {}
    places: dict[str, str] = {}
    for (place, held), purpose in zip(declarations, purposes, strict=True):
        for part in source.text(held, "retention_period", place).split(SEPARATOR):
            if part.strip():
                stated.setdefault(part.strip(), []).append(purpose.id)
                places.setdefault(part.strip(), f"{place}.retention_period")
    for part, serves in stated.items():
        term = _term(source, part, places[part])
        if term:
            yield replace(term, purpose=serves[0] if len(serves) == 1 and len(purposes) > 1 else "")


def _term(source: Source, part: str, place: str) -> Retention | None:
    ours = _OURS.fullmatch(part)
    fate = code_of(FATES, ours["fate"]) if ours else None
    if ours and fate:
        try:
            duration = Duration.parse(ours["duration"])
        except ValueError:
            duration = None
        if duration is not None:
            starts, condition = ours["starts"] or "", ours["condition"] or ""
            return Retention(data=ours["data"], duration=duration, starts=starts, fate=fate, condition=condition)  # type: ignore[arg-type]
    read = read_term(_in_french(part))
    if read.duration is None or read.fate is None:
        source.note(place, _TERM, part)
        return None
    source.note(place, _NO_DATA, part, "note")
    return Retention(data="", duration=read.duration, starts=read.starts, fate=read.fate, condition=read.condition)


def _words(source: Source, kind: Kind, answer: Answer) -> str:
    """Say a key in words: the name that the file gives it, else ours with the key, else the key alone."""
    declared = source.declared.get(kind, {}).get(answer.key)
    if declared and answer.key in source.ours:
        return declared
    words = declared or KNOWN[kind].get(answer.key)
    return f"{words} ({answer.key})" if words else answer.key


def _in_french(text: str) -> str:
    """Put an English duration and the words of deletion in French, for the one reader of terms: « 30 days » is « 30 jours »."""

    def unit(found: re.Match[str]) -> str:
        word = _ENGLISH[found[2].lower()]
        return f"{found[1]} {word if word == 'mois' else word + 's'}"

    said = re.sub(r"\b(?:delet|eras|destr|purg)\w*", "suppression", text, flags=re.IGNORECASE)
    return re.sub(rf"(\d+) ({'|'.join(_ENGLISH)})s?\b", unit, said, flags=re.IGNORECASE)
