"""Every legal source the rules stand on, once: what it is, how much it weighs, how far it was read, and when.

Titles are those of the texts, in French as they are quoted. An address is the official one when the text was found at an
official address; it is left empty where only a copy or a secondary account was read, and `reading` says so.
"""

from datetime import date
from typing import Final

from auditor.vocabulary.law import Force, LegalSource, Reading
from auditor.vocabulary.text import spaced

READ_ON: Final = date(2026, 11, 22)
"""Day the sources were last read, from public copies: a DPO checks each address before quoting it."""


def _source(ref: str, title: str, force: Force, reading: Reading, address: str = "", dated: date | None = None) -> LegalSource:
    return LegalSource(ref=ref, title=spaced(title), force=force, reading=reading, address=address, dated=dated, read_on=READ_ON)


CNIL_AU015_PAGE: Final = _source(
    "S01",
    "CNIL, page de l’autorisation unique AU-015 « Applications billettiques des transports publics »",
    Force.REFERENCE,
    Reading.VERIFIED,
    "https://www.cnil.fr/fr/declaration/au-015-applications-billettiques-des-transports-publics",
)
CNIL_2008_161_ART_1: Final = _source(
    "S02",
    "CNIL, délibération n° 2008-161 du 3 juin 2008 (autorisation unique AU-015), art. 1er",
    Force.REFERENCE,
    Reading.VERIFIED,
    dated=date(2008, 6, 3),
)
CNIL_2011_107_PREAMBLE: Final = _source(
    "S03",
    "CNIL, délibération n° 2011-107 du 28 avril 2011 (autorisation unique AU-015), préambule",
    Force.REFERENCE,
    Reading.PARTIAL,
    dated=date(2011, 4, 28),
)
CNIL_2011_107_ART_4: Final = _source(
    "S04",
    "CNIL, délibération n° 2011-107 du 28 avril 2011 (autorisation unique AU-015), art. 4",
    Force.REFERENCE,
    Reading.VERIFIED,
    dated=date(2011, 4, 28),
)
CNIL_BILLETTIQUE_2011: Final = _source(
    "S05",
    "CNIL, « Les systèmes billettiques évoluent… », 2011",
    Force.REFERENCE,
    Reading.PARTIAL,
    "http://www.cnil.fr/linstitution/actualite/article/article/les-systemes-billettiques-evoluent-lautorisation-unique-n15-aussi/",
)
CNIL_QUESTIONS: Final = _source(
    "S06",
    "CNIL, questions-réponses de l’assistant (Q300, Q303, Q304, Q527)",
    Force.REFERENCE,
    Reading.VERIFIED,
    "https://github.com/LINCnil/mon_assistant_cnil",
    date(2017, 11, 16),
)
GDPR_ART_5_2: Final = _source(
    "S13-5(2)",
    "Règlement (UE) 2016/679 (RGPD), art. 5(2)",
    Force.STATUTE,
    Reading.VERIFIED,
    "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
    date(2016, 4, 27),
)
GDPR_ART_30_1: Final = _source(
    "S13-30(1)",
    "Règlement (UE) 2016/679 (RGPD), art. 30(1)",
    Force.STATUTE,
    Reading.VERIFIED,
    "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
    date(2016, 4, 27),
)
LOI_78_17_ART_62: Final = _source(
    "S14",
    "Loi n° 78-17 (Informatique et Libertés), art. 62",
    Force.STATUTE,
    Reading.VERIFIED,
)
CNIL_2018_327: Final = _source(
    "S15",
    "CNIL, délibération n° 2018-327 du 11 octobre 2018, liste des traitements pour lesquels une AIPD est requise, type 14",
    Force.STATUTE,
    Reading.VERIFIED,
    "https://www.cnil.fr/sites/default/files/atoms/files/liste-traitements-aipd-requise.pdf",
    date(2018, 10, 11),
)
CNIL_SECURITE_2024_21: Final = _source(
    "S16",
    "CNIL, guide de la sécurité des données personnelles, édition 2024, fiche 21",
    Force.GUIDANCE,
    Reading.VERIFIED,
)
CNIL_PIA: Final = _source(
    "S17",
    "CNIL, outil PIA, bases de connaissances (définitions de la pseudonymisation et de l’anonymisation)",
    Force.GUIDANCE,
    Reading.VERIFIED,
    "https://github.com/LINCnil/pia",
)
CNIL_DEVELOPPEUR_1: Final = _source(
    "S18",
    "CNIL, guide RGPD du développeur, fiche 1",
    Force.GUIDANCE,
    Reading.VERIFIED,
    "https://github.com/LINCnil/Guide-RGPD-du-developpeur",
)
G29_05_2014: Final = _source(
    "S21",
    "Groupe de l’article 29, avis 05/2014 sur les techniques d’anonymisation (WP216)",
    Force.GUIDANCE,
    Reading.PARTIAL,
    dated=date(2014, 4, 10),
)
CE_393714: Final = _source(
    "S22",
    "Conseil d’État, 8 février 2017, n° 393714, JCDecaux",
    Force.CASE_LAW,
    Reading.PARTIAL,
    dated=date(2017, 2, 8),
)
CNIL_REGISTRE: Final = _source(
    "S42",
    "CNIL, « Le registre des activités de traitement » et ses modèles",
    Force.GUIDANCE,
    Reading.PARTIAL,
    "http://cnil.fr/RGDP-le-registre-des-activites-de-traitement",
)
