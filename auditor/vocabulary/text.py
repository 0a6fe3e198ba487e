"""Words shown to people, in both languages of the program."""

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
