"""What the verifier of releases writes, said well in both languages: its figures, its tests, its scope.

The verifier writes French sentences with numbers in them; they are signed as they are. Here « 3 ligne(s) » becomes
« 3 lignes », and the sentences are turned into English for an English report. A sentence that is not known stays in
French and is marked as such. A test holds the lists to what a real verification writes.
"""

import re
from collections.abc import Mapping
from typing import Final

from auditor.vocabulary.text import Text
from reports import typography as typo
from reports.verified_english import PHRASES, WHOLE


def _t(fr: str, en: str) -> Text:
    return Text(typo.spaced(fr), en)


FIGURES: Final[Mapping[str, Text]] = {
    "person_k": _t("plus petite classe, en cartes distinctes", "smallest class, in distinct cards"),
    "row_k": _t("plus petite classe, en lignes", "smallest class, in rows"),
    "rows": _t("lignes du fichier", "rows in the file"),
    "rows_below": _t("lignes sous le seuil", "rows below the threshold"),
    "rows_alone": _t("lignes seules dans leur classe", "rows alone in their class"),
    "cards": _t("cartes distinctes", "distinct cards"),
    "cards_below": _t("cartes sous le seuil", "cards below the threshold"),
    "classes": _t("classes d’équivalence", "equivalence classes"),
    "classes_below": _t("classes sous le seuil", "classes below the threshold"),
    "prosecutor_risk": _t(
        "plus grande probabilité de retrouver une personne connue pour être dans le fichier",
        "highest probability of finding a person known to be in the file",
    ),
    "cells": _t("cases", "cells"),
    "cells_masked": _t("cases masquées", "masked cells"),
    "cells_exposed": _t("cases masquées que les totaux trahissent", "masked cells given away by the totals"),
    "totals": _t("totaux", "totals"),
    "totals_masked": _t("totaux masqués", "masked totals"),
    "components": _t("groupes de cases masquées, étudiés séparément", "groups of masked cells, studied apart"),
    "linear_programs": _t("programmes linéaires résolus", "linear programs solved"),
}
"""Figures of a verification, in the order they are shown."""
_DIVERSITY: Final = "distinct_l_"
_DIVERSE: Final = _t("plus faible nombre de valeurs de « {} » dans une classe", "fewest values of “{}” in a class")
_NUMBERED: Final = re.compile(r"(?P<number>\d[\d\u202f,]*)|(?P<stem>\w+?)\((?P<ending>s|aux)\)")
_PLURAL: Final = re.compile(r"(?<![\d.,])[01][ \u00a0](?:colonne|combinaison|forme|classe|carte|ligne)s(?: différentes| reconnues)?\b")
"""What the verifier leaves in the plural after nought or one."""
_LONG: Final = re.compile(r"(?<![\w./:,-])\d{4,9}(?![\w./:-])")
_RECIPIENT: Final = re.compile(r"^Recipient: .*?, class ")
"""The name of a recipient is a name in any language."""
_FRENCH: Final = re.compile(r"\b(?:les?|la|des?|du|une?|sous|sur|dans|aucune?|chaque|lignes|cartes)\b")


def figure_label(name: str, lang: str) -> str:
    """Name a figure of a verification."""
    if name.startswith(_DIVERSITY):
        return _DIVERSE(lang).format(typo.plain(name.removeprefix(_DIVERSITY)))
    known = FIGURES.get(name)
    return known(lang) if known else name.replace("_", " ")


def figure_text(name: str, number: float, lang: str) -> str:
    """Write a figure: a probability as a share, anything else as a number."""
    return typo.percent(number, lang) if name == "prosecutor_risk" else typo.decimal(number, lang)


def figure_rank(name: str) -> tuple[int, str]:
    """Return where a figure stands in a list."""
    known = list(FIGURES)
    return (known.index(name) if name in FIGURES else len(known), name)


def said(text: str, lang: str) -> tuple[str, str]:
    """Say a text of the verifier, with the language of the words when it is not the report’s (else empty)."""
    clean = typo.plain(text)
    if lang != "en":
        return typo.spaced(agreed(clean, "fr")), ""
    told = [_in_english(sentence) for sentence in sentences(clean)]
    return agreed(" ".join(text for text, _ in told), "en"), "fr" if any(mark for _, mark in told) else ""


def sentences(text: str) -> tuple[str, ...]:
    """Cut a scope into its sentences."""
    return tuple(re.split(r"(?<=\.) (?=[A-ZÀ-Ý])", text)) if text else ()


def agreed(text: str, lang: str) -> str:
    """Write « 3 ligne(s) » as « 3 lignes », after the number before it, and set thousands apart."""
    number = 0

    def _agree(found: re.Match[str]) -> str:
        nonlocal number
        if found["number"]:
            number = int(re.sub(r"\D", "", found["number"]))
            return found[0]
        alone = number == 1 if lang == "en" else number < 2  # noqa: PLR2004 - French plural starts at two
        stem, ending = found["stem"], found["ending"]
        return stem if alone else stem + "s" if ending == "s" else stem.removesuffix("al") + "aux"

    text = _NUMBERED.sub(_agree, text)
    if lang != "en":
        text = _PLURAL.sub(lambda found: re.sub(r"s\b", "", found[0]), text)
    return _LONG.sub(lambda found: typo.whole(int(found[0]), lang), text)


def _in_english(sentence: str) -> tuple[str, str]:
    """Return a sentence in English; one that is not wholly known stays as it was, and says so."""
    english = _english(sentence)
    return (sentence, "fr") if _FRENCH.search(_RECIPIENT.sub("", english)) else (english, "")


def _english(text: str) -> str:
    text = text.replace(typo.NBSP, " ")
    if text in WHOLE:
        return WHOLE[text]
    for pattern, english in PHRASES:
        text = pattern.sub(english, text)
    return text.replace(" ; ", "; ").replace(" : ", ": ")
