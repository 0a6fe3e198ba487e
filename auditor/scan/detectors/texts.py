"""What people write about people: free text, words that a file of travellers has no business holding, telling labels."""

import re
from typing import Final

from auditor.scan.detectors.base import FOUND, OTHER, SHAPED, Detector, Sign
from auditor.scan.detectors.lexicon import HEALTH, JUDGEMENT, OPINION, ORIGIN, PLACES, SENSITIVE_LABELS, SENTENCE, folded, words_of
from auditor.vocabulary.scanned import DetectorName
from auditor.vocabulary.text import Text, said

_WORDS_OF_TEXT: Final = 3
_WORDS_OF_SENTENCE: Final = 6
_SENTENCE_WORDS: Final = 2
_LABEL_LENGTH: Final = 80
_COARSE: Final = r"[^ ] +[^ ]+ +[^ ]"


def _free_text(value: str) -> Sign:
    plain = folded(value)
    words = words_of(plain)
    if len(words) < _WORDS_OF_TEXT:
        return OTHER
    sentence = len(words) >= _WORDS_OF_SENTENCE and len(SENTENCE.findall(plain)) >= _SENTENCE_WORDS
    return FOUND if sentence and not PLACES.match(plain) else SHAPED


def _risk(name: DetectorName, lexicon: re.Pattern[str], what: Text) -> Detector:
    def test(value: str) -> Sign:
        plain = folded(value)
        if not lexicon.search(plain):
            return OTHER
        return FOUND if len(words_of(plain)) >= _WORDS_OF_TEXT and not PLACES.match(plain) else SHAPED

    return Detector(
        name=name,
        coarse=_COARSE,
        test=test,
        chance=0.01,
        said=Text(
            f"{what.fr}, d’après un lexique court, accents et pluriels compris, mots entiers\N{NO-BREAK SPACE}; par convention, un texte "
            "sur cent "
            "qui porte un de ces mots parlerait d’autre chose",
            f"{what.en}, after a short lexicon, accents and plurals included, whole words; by convention, one text in a hundred that bears "
            "one of these words would speak of something else",
        ),
        majority=0.3,
        # One remark about someone's health is already one too many to keep silent about.
        suspect=0.01,
        numbers=False,
    )


def _label(value: str) -> Sign:
    plain = folded(value)
    if len(plain) > _LABEL_LENGTH or not SENSITIVE_LABELS.search(plain):
        return OTHER
    return SHAPED if PLACES.match(plain) else FOUND


FREE_TEXT: Final = Detector(
    name="free-text",
    coarse=_COARSE,
    test=_free_text,
    chance=0.1,
    said=said(
        "phrases (six mots au moins, dont des mots de liaison ou de récit), noms de lieux écartés ; par convention, un libellé sur dix "
        "en aurait l’air",
        "sentences (six words at least, some of them of narration), names of places left out; by convention, one label in ten would look "
        "like one",
    ),
    least=10,
    majority=0.3,
    hints=frozenset({"commentaire", "comment", "remarque", "note", "notes", "observation", "observations", "texte", "libre", "motif"}),
    numbers=False,
)
RISKS: Final = (
    _risk("risk-words-health", HEALTH, Text("textes qui parlent de la santé ou du handicap", "texts that speak of health or disability")),
    _risk("risk-words-origin", ORIGIN, Text("textes qui parlent de l’origine", "texts that speak of origin")),
    _risk(
        "risk-words-opinion",
        OPINION,
        Text(
            "textes qui parlent de religion, d’opinion, de syndicat ou d’orientation",
            "texts that speak of religion, opinion, union or orientation",
        ),
    ),
    _risk("risk-words-judgement", JUDGEMENT, Text("textes qui jugent la personne", "texts that judge the person")),
)
SENSITIVE_LABEL: Final = Detector(
    name="sensitive-label",
    coarse="[A-Za-z]",
    test=_label,
    chance=0.005,
    said=said(
        "libellés de tarif ou de profil qui disent un handicap, un revenu, un âge ou un employeur ; par convention, un libellé sur deux "
        "cents "
        "porterait un de ces mots en un autre sens",
        "labels of tariffs or profiles that tell a disability, an income, an age or an employer; by convention, one label in two hundred "
        "would bear one of these words in another sense",
    ),
    suspect=0.005,
    numbers=False,
)
