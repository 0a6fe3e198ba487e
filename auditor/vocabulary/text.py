"""Words shown to people, in both languages of the program, and the spaces that French sets around them."""

import re
from dataclasses import dataclass
from typing import Final, Literal

Lang = Literal["fr", "en"]
LANGS: Final = ("fr", "en")


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in French and in English. French is the language of record."""

    fr: str
    en: str

    def __call__(self, lang: str = "fr") -> str:
        """Return the sentence in one language; anything but `en` is French."""
        return self.en if lang == "en" else self.fr


_NBSP: Final = "\N{NO-BREAK SPACE}"
_SPACING: Final = (
    (re.compile(r" (?=[:;?!»%])"), _NBSP),
    (re.compile(r"(?<=«) "), _NBSP),
    (re.compile(r"(?<=n°) "), _NBSP),
    (re.compile(r"(?<=\d) (?=[^\W\d])"), _NBSP),
    (re.compile(r"(?<=\bart\.) (?=\d)"), _NBSP),
    (re.compile(r"(?<=\w)'(?=\w)"), "\N{RIGHT SINGLE QUOTATION MARK}"),
)


def spaced(sentence: str) -> str:
    """Set the no-break spaces and apostrophes of a French sentence of the program; never applied to data.

    The rules of the Imprimerie nationale: a no-break space before « : ; ? ! % », inside guillemets, and between a number
    and what it counts.
    """
    for pattern, replacement in _SPACING:
        sentence = pattern.sub(replacement, sentence)
    return sentence


def said(fr: str, en: str) -> Text:
    """Return a sentence in both languages, the French one set with its no-break spaces: sources stay typable on any keyboard."""
    return Text(spaced(fr), en)
