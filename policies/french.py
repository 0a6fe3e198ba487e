"""French as an administration sets it, so that the sources of this package stay typable on any keyboard."""

import re
from typing import Final

from auditor.vocabulary.text import Text

_NBSP: Final = "\N{NO-BREAK SPACE}"
_SPACING: Final = (
    (re.compile(r" (?=[:;?!»%])"), _NBSP),
    (re.compile(r"(?<=«) "), _NBSP),
    (re.compile(r"(?<=n°) "), _NBSP),
    (re.compile(r"(?<=\bart\.) (?=\d)"), _NBSP),
    (re.compile(r"(?<=\d) (?=(?:heures|jours|mois|ans|cartes|caractères|symboles)\b)"), _NBSP),
    (re.compile(r"(?<=\w)'(?=\w)"), "\N{RIGHT SINGLE QUOTATION MARK}"),
)


def french(sentence: str) -> str:
    """Set the no-break spaces and apostrophes of a French sentence."""
    for pattern, replacement in _SPACING:
        sentence = pattern.sub(replacement, sentence)
    return sentence


def said(fr: str, en: str) -> Text:
    """Return a sentence in both languages, the French one set with its no-break spaces."""
    return Text(french(fr), en)
