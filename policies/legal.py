"""Every legal source the rules stand on, once: what it is, how much it weighs, how far it was read, and when.

Titles are those of the texts, in French as they are quoted. An address is the official one when the text was found at an
official address; it is left empty where only a copy or a secondary account was read, and `reading` says so.
"""

from datetime import date
from typing import Final

from auditor.vocabulary.law import Conflict, Force, LegalSource, Reading
from auditor.vocabulary.text import said, spaced

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
CNIL_2008_161_ART_2: Final = _source(
    "S02-2",
    "CNIL, délibération n° 2008-161 du 3 juin 2008 (autorisation unique AU-015), art. 2",
    Force.REFERENCE,
    Reading.PARTIAL,
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
CNIL_QUESTIONS_190: Final = _source(
    "S06-190",
    "CNIL, questions-réponses de l’assistant, Q190 (inscription sur une liste d’opposition)",
    Force.GUIDANCE,
    Reading.VERIFIED,
    "https://github.com/LINCnil/mon_assistant_cnil",
)
CNIL_QUESTION_1359: Final = _source(
    "S06-Q1359",
    "CNIL, questions-réponses de l’assistant (Q1359, communication du registre)",
    Force.GUIDANCE,
    Reading.VERIFIED,
    "https://github.com/LINCnil/mon_assistant_cnil",
)
CNIL_QUESTION_1363: Final = _source(
    "S06-Q1363",
    "CNIL, questions-réponses de l’assistant (Q1363, désignation du délégué)",
    Force.GUIDANCE,
    Reading.VERIFIED,
    "https://github.com/LINCnil/mon_assistant_cnil",
)
CNIL_QUESTION_1399: Final = _source(
    "S06-Q1399",
    "CNIL, questions-réponses de l’assistant (Q1399, violation de données)",
    Force.GUIDANCE,
    Reading.VERIFIED,
    "https://github.com/LINCnil/mon_assistant_cnil",
)
CNIL_QUESTION_1435: Final = _source(
    "S06-Q1435",
    "CNIL, questions-réponses de l’assistant (Q1435, délai de réponse)",
    Force.GUIDANCE,
    Reading.VERIFIED,
    "https://github.com/LINCnil/mon_assistant_cnil",
)
CNIL_03_008: Final = _source(
    "S07",
    "CNIL, délibération n° 03-008 du 27 février 2003 (passe Navigo)",
    Force.DECISION,
    Reading.VERIFIED,
    dated=date(2003, 2, 27),
)
CNIL_04_020: Final = _source(
    "S08",
    "CNIL, délibération n° 04-020 du 8 avril 2004 (passe Navigo)",
    Force.DECISION,
    Reading.VERIFIED,
    dated=date(2004, 4, 8),
)
CNIL_COMUTITRES: Final = _source(
    "S09",
    "CNIL, délibérations n° 2013-129, n° 2013-248 et n° 2017-266 (Comutitres)",
    Force.DECISION,
    Reading.VERIFIED,
    dated=date(2017, 10, 5),
)
GDPR_ART_4_5: Final = _source(
    "S13-4(5)",
    "Règlement (UE) 2016/679 (RGPD), art. 4(5) et considérant 29",
    Force.STATUTE,
    Reading.VERIFIED,
    "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
    date(2016, 4, 27),
)
CNIL_2013_129: Final = _source(
    "S09-2013-129",
    "CNIL, délibération n° 2013-129 du 16 mai 2013 (Comutitres)",
    Force.DECISION,
    Reading.VERIFIED,
    dated=date(2013, 5, 16),
)
CNIL_2013_248: Final = _source(
    "S09-2013-248",
    "CNIL, délibération n° 2013-248 du 12 septembre 2013 (Comutitres)",
    Force.DECISION,
    Reading.VERIFIED,
    dated=date(2013, 9, 12),
)
CNIL_2017_266: Final = _source(
    "S09-2017-266",
    "CNIL, délibération n° 2017-266 du 5 octobre 2017 (Comutitres)",
    Force.DECISION,
    Reading.VERIFIED,
    dated=date(2017, 10, 5),
)
CNIL_2013_275: Final = _source(
    "S10",
    "CNIL, délibération n° 2013-275 du 26 septembre 2013 (autorisation unique AU-012), préambule et art. 4",
    Force.REFERENCE,
    Reading.PARTIAL,
    dated=date(2013, 9, 26),
)
CNIL_2009_002: Final = _source(
    "S11",
    "CNIL, délibération n° 2009-002 du 20 janvier 2009 (Keolis Rennes), lue par ses visas et des comptes rendus",
    Force.DECISION,
    Reading.PARTIAL,
    dated=date(2009, 1, 20),
)
NAVIGO_DECOUVERTE: Final = _source(
    "S12",
    "CNIL, tests du passe Navigo Découverte (2008-2010), d’après la presse",
    Force.DECISION,
    Reading.PARTIAL,
)
GDPR_ART_5_1_C: Final = _source(
    "S13-5(1)(c)",
    "Règlement (UE) 2016/679 (RGPD), art. 5(1)(c)",
    Force.STATUTE,
    Reading.VERIFIED,
    "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
    date(2016, 4, 27),
)
GDPR_ART_5_2: Final = _source(
    "S13-5(2)",
    "Règlement (UE) 2016/679 (RGPD), art. 5(2)",
    Force.STATUTE,
    Reading.VERIFIED,
    "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
    date(2016, 4, 27),
)
GDPR_ART_22: Final = _source(
    "S13-22",
    "Règlement (UE) 2016/679 (RGPD), art. 22",
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
GDPR_ART_5_1_A: Final = _source(
    "S13-5(1)(a)",
    "Règlement (UE) 2016/679 (RGPD), art. 5(1)(a)",
    Force.STATUTE,
    Reading.VERIFIED,
    "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
    date(2016, 4, 27),
)
GDPR_ART_6: Final = _source(
    "S13-6",
    "Règlement (UE) 2016/679 (RGPD), art. 6",
    Force.STATUTE,
    Reading.VERIFIED,
    "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
    date(2016, 4, 27),
)
GDPR_ART_11: Final = _source(
    "S13-11",
    "Règlement (UE) 2016/679 (RGPD), art. 11",
    Force.STATUTE,
    Reading.VERIFIED,
    "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
    date(2016, 4, 27),
)
GDPR_ART_12_3: Final = _source(
    "S13-12(3)",
    "Règlement (UE) 2016/679 (RGPD), art. 12(3)",
    Force.STATUTE,
    Reading.VERIFIED,
    "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
    date(2016, 4, 27),
)
GDPR_ART_12_4: Final = _source(
    "S13-12(4)",
    "Règlement (UE) 2016/679 (RGPD), art. 12(4)",
    Force.STATUTE,
    Reading.VERIFIED,
    "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
    date(2016, 4, 27),
)
GDPR_ART_12_6: Final = _source(
    "S13-12(6)",
    "Règlement (UE) 2016/679 (RGPD), art. 12(6)",
    Force.STATUTE,
    Reading.VERIFIED,
    "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
    date(2016, 4, 27),
)
GDPR_ART_13: Final = _source(
    "S13-13",
    "Règlement (UE) 2016/679 (RGPD), art. 13",
    Force.STATUTE,
    Reading.VERIFIED,
    "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
    date(2016, 4, 27),
)
GDPR_ART_15: Final = _source(
    "S13-15",
    "Règlement (UE) 2016/679 (RGPD), art. 15",
    Force.STATUTE,
    Reading.VERIFIED,
    "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
    date(2016, 4, 27),
)
GDPR_ART_17: Final = _source(
    "S13-17",
    "Règlement (UE) 2016/679 (RGPD), art. 17",
    Force.STATUTE,
    Reading.VERIFIED,
    "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
    date(2016, 4, 27),
)
GDPR_ART_20: Final = _source(
    "S13-20",
    "Règlement (UE) 2016/679 (RGPD), art. 20",
    Force.STATUTE,
    Reading.VERIFIED,
    "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
    date(2016, 4, 27),
)
GDPR_ART_26: Final = _source(
    "S13-26",
    "Règlement (UE) 2016/679 (RGPD), art. 26",
    Force.STATUTE,
    Reading.VERIFIED,
    "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
    date(2016, 4, 27),
)
GDPR_ART_28_3: Final = _source(
    "S13-28(3)",
    "Règlement (UE) 2016/679 (RGPD), art. 28(3)",
    Force.STATUTE,
    Reading.VERIFIED,
    "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
    date(2016, 4, 27),
)
GDPR_ART_30_2: Final = _source(
    "S13-30(2)",
    "Règlement (UE) 2016/679 (RGPD), art. 30(2)",
    Force.STATUTE,
    Reading.VERIFIED,
    "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
    date(2016, 4, 27),
)
GDPR_ART_33: Final = _source(
    "S13-33",
    "Règlement (UE) 2016/679 (RGPD), art. 33",
    Force.STATUTE,
    Reading.VERIFIED,
    "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
    date(2016, 4, 27),
)
GDPR_ART_34: Final = _source(
    "S13-34",
    "Règlement (UE) 2016/679 (RGPD), art. 34",
    Force.STATUTE,
    Reading.VERIFIED,
    "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
    date(2016, 4, 27),
)
GDPR_ART_35_7: Final = _source(
    "S13-35(7)",
    "Règlement (UE) 2016/679 (RGPD), art. 35(7)",
    Force.STATUTE,
    Reading.VERIFIED,
    "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
    date(2016, 4, 27),
)
GDPR_ART_35_11: Final = _source(
    "S13-35(11)",
    "Règlement (UE) 2016/679 (RGPD), art. 35(11)",
    Force.STATUTE,
    Reading.VERIFIED,
    "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
    date(2016, 4, 27),
)
GDPR_ART_36: Final = _source(
    "S13-36",
    "Règlement (UE) 2016/679 (RGPD), art. 36",
    Force.STATUTE,
    Reading.VERIFIED,
    "https://eur-lex.europa.eu/eli/reg/2016/679/oj",
    date(2016, 4, 27),
)
GDPR_ART_37: Final = _source(
    "S13-37",
    "Règlement (UE) 2016/679 (RGPD), art. 37",
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
LOI_78_17_ART_19: Final = _source(
    "S14-19",
    "Loi n° 78-17 (Informatique et Libertés), art. 19",
    Force.STATUTE,
    Reading.VERIFIED,
)
LOI_78_17_ART_48: Final = _source(
    "S14-48",
    "Loi n° 78-17 (Informatique et Libertés), art. 48",
    Force.STATUTE,
    Reading.VERIFIED,
)
LOI_78_17_ART_51: Final = _source(
    "S14-51",
    "Loi n° 78-17 (Informatique et Libertés), art. 51",
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
CNIL_SECURITE_2024_4: Final = _source(
    "S16-04",
    "CNIL, guide de la sécurité des données personnelles, édition 2024, fiche 4",
    Force.GUIDANCE,
    Reading.VERIFIED,
)
CNIL_SECURITE_2024_5: Final = _source(
    "S16-05",
    "CNIL, guide de la sécurité des données personnelles, édition 2024, fiche 5",
    Force.GUIDANCE,
    Reading.VERIFIED,
)
CNIL_SECURITE_2024_11: Final = _source(
    "S16-11",
    "CNIL, guide de la sécurité des données personnelles, édition 2024, fiche 11",
    Force.GUIDANCE,
    Reading.PARTIAL,
)
CNIL_SECURITE_2024_16: Final = _source(
    "S16-16",
    "CNIL, guide de la sécurité des données personnelles, édition 2024, fiche 16",
    Force.GUIDANCE,
    Reading.VERIFIED,
)
CNIL_SECURITE_2024_17: Final = _source(
    "S16-17",
    "CNIL, guide de la sécurité des données personnelles, édition 2024, fiche 17",
    Force.GUIDANCE,
    Reading.PARTIAL,
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
CNIL_PIA_CHIFFREMENT: Final = _source(
    "S17-chiffrement",
    "CNIL, outil PIA, bases de connaissances (chiffrement, PIA_TEC_CHIF)",
    Force.GUIDANCE,
    Reading.VERIFIED,
    "https://github.com/LINCnil/pia",
)
CNIL_PIA_MODELES: Final = _source(
    "S17-2018",
    "CNIL, analyse d’impact relative à la protection des données : les modèles",
    Force.GUIDANCE,
    Reading.VERIFIED,
    "https://www.cnil.fr/sites/default/files/atoms/files/cnil-pia-2-fr-modeles.pdf",
    date(2018, 2, 1),
)
CNIL_DEVELOPPEUR_1: Final = _source(
    "S18",
    "CNIL, guide RGPD du développeur, fiche 1",
    Force.GUIDANCE,
    Reading.VERIFIED,
    "https://github.com/LINCnil/Guide-RGPD-du-developpeur",
)
EDPB_01_2025: Final = _source(
    "S20",
    "CEPD (EDPB), lignes directrices 01/2025 sur la pseudonymisation, version soumise à consultation",
    Force.GUIDANCE,
    Reading.PARTIAL,
    dated=date(2025, 1, 16),
)
CNIL_DEVELOPPEUR_13: Final = _source(
    "S18-13",
    "CNIL, guide RGPD du développeur, fiche 13",
    Force.GUIDANCE,
    Reading.VERIFIED,
    "https://github.com/LINCnil/Guide-RGPD-du-developpeur",
)
CNIL_DEVELOPPEUR_14: Final = _source(
    "S18-14",
    "CNIL, guide RGPD du développeur, fiche 14",
    Force.GUIDANCE,
    Reading.VERIFIED,
    "https://github.com/LINCnil/Guide-RGPD-du-developpeur",
)
EDPB_01_2022: Final = _source(
    "S19",
    "EDPB, lignes directrices 01/2022 sur le droit d’accès, version 2.1",
    Force.GUIDANCE,
    Reading.VERIFIED,
    "https://www.edpb.europa.eu/system/files/2024-04/edpb_guidelines_202201_data_subject_rights_access_v2_fr.pdf",
    date(2023, 3, 28),
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
CE_498628: Final = _source(
    "S23",
    "Conseil d’État, 13 février 2026, n° 498628, GERS et autres",
    Force.CASE_LAW,
    Reading.PARTIAL,
    "http://www.conseil-etat.fr/fr/arianeweb/CE/decision/2026-02-13/498628",
    date(2026, 2, 13),
)
CJUE_C_413_23_P: Final = _source(
    "S24",
    "CJUE, 4 septembre 2025, C-413/23 P, CEPD c/ CRU",
    Force.CASE_LAW,
    Reading.PARTIAL,
    dated=date(2025, 9, 4),
)
CJUE_C_154_21: Final = _source(
    "S25",
    "CJUE, 12 janvier 2023, C-154/21, Österreichische Post",
    Force.CASE_LAW,
    Reading.PARTIAL,
    "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX%3A62021CJ0154",
    date(2023, 1, 12),
)
CNIL_SAN_2024_013: Final = _source(
    "S30",
    "CNIL, délibération SAN-2024-013 du 5 septembre 2024, Cegedim Santé",
    Force.DECISION,
    Reading.PARTIAL,
    dated=date(2024, 9, 5),
)
TRANSPORTS_L2241_2_1: Final = _source(
    "S34",
    "Code des transports, art. L. 2241-2-1, et décret n° 2024-1086 du 2 décembre 2024",
    Force.STATUTE,
    Reading.PARTIAL,
    dated=date(2024, 12, 2),
)
CNIL_2021_122: Final = _source(
    "S26",
    "CNIL, délibération n° 2021-122 d’octobre 2021, recommandation relative à la journalisation",
    Force.GUIDANCE,
    Reading.PARTIAL,
)
CNIL_2022_100: Final = _source(
    "S27",
    "CNIL, délibération n° 2022-100, recommandation relative aux mots de passe",
    Force.GUIDANCE,
    Reading.PARTIAL,
)
CNIL_SAN_2021_019: Final = _source(
    "S28",
    "CNIL, délibération SAN-2021-019 du 29 octobre 2021 (RATP)",
    Force.DECISION,
    Reading.PARTIAL,
    dated=date(2021, 10, 29),
)
CNIL_SAN_2022_015: Final = _source(
    "S29-2022-015",
    "CNIL, délibération SAN-2022-015 du 7 juillet 2022 (UBEEQO)",
    Force.DECISION,
    Reading.PARTIAL,
    dated=date(2022, 7, 7),
)
CNIL_SAN_2023_003: Final = _source(
    "S29-2023-003",
    "CNIL, délibération SAN-2023-003 du 16 mars 2023 (Cityscoot)",
    Force.DECISION,
    Reading.PARTIAL,
    dated=date(2023, 3, 16),
)
CRPA_L312_1_2: Final = _source(
    "S31",
    "Code des relations entre le public et l’administration, art. L. 312-1-1 et L. 312-1-2 (loi n° 2016-1321)",
    Force.STATUTE,
    Reading.PARTIAL,
)
CRPA_L300_4: Final = _source(
    "S31-L300-4",
    "Code des relations entre le public et l’administration, art. L. 300-4",
    Force.STATUTE,
    Reading.PARTIAL,
)
LOI_2005_102_ART_47: Final = _source(
    "S32",
    "Loi n° 2005-102, art. 47, décret n° 2019-768 et RGAA 4",
    Force.STATUTE,
    Reading.PARTIAL,
    "https://www.legifrance.gouv.fr/affichTexte.do?cidTexte=JORFTEXT000038811937",
    date(2019, 7, 24),
)
RGI_V2: Final = _source(
    "S33",
    "Référentiel général d’interopérabilité, version 2 (arrêté du 20 avril 2016)",
    Force.STATUTE,
    Reading.PARTIAL,
    dated=date(2016, 4, 20),
)
TRANSPORTS_L1115_10: Final = _source(
    "S36",
    "Code des transports, art. L. 1115-10 et L. 1115-11 ; décret n° 2021-1595 ; avis de la CNIL n° 2021-091",
    Force.STATUTE,
    Reading.PARTIAL,
)
CODE_PATRIMOINE_L_212_3: Final = _source(
    "S37",
    "Code du patrimoine, art. L. 212-3",
    Force.STATUTE,
    Reading.VERIFIED,
)
CNIL_ARCHIVES: Final = _source(
    "S37-CNIL",
    "CNIL, « Comment concilier les durées de conservation et les archives ? »",
    Force.GUIDANCE,
    Reading.PARTIAL,
    "https://www.cnil.fr/fr/comment-concilier-les-durees-de-conservation-et-les-archives",
    date(2019, 9, 18),
)
CNIL_2021_130: Final = _source(
    "S38-2021-130",
    "CNIL, délibération n° 2021-130 du 23 septembre 2021, référentiel relatif aux impayés",
    Force.GUIDANCE,
    Reading.PARTIAL,
    dated=date(2021, 9, 23),
)
CNIL_2021_131: Final = _source(
    "S38-2021-131",
    "CNIL, délibération n° 2021-131 du 23 septembre 2021, référentiel relatif à la gestion commerciale",
    Force.GUIDANCE,
    Reading.PARTIAL,
    dated=date(2021, 9, 23),
)
CNIL_2016_264_ART_5: Final = _source(
    "S39",
    "CNIL, délibération n° 2016-264 du 21 juillet 2016 (norme simplifiée NS-048), art. 5",
    Force.REFERENCE,
    Reading.PARTIAL,
    "https://www.legifrance.gouv.fr/affichTexteArticle.do?cidTexte=JORFTEXT000033117877&idArticle=JORFARTI000033117901",
    date(2016, 7, 21),
)
CNIL_2018_303_ART_4: Final = _source(
    "S40-2018-303",
    "CNIL, délibération n° 2018-303 du 6 septembre 2018 (carte de paiement), art. 4",
    Force.GUIDANCE,
    Reading.VERIFIED,
    "https://www.legifrance.gouv.fr/affichTexteArticle.do?cidTexte=JORFTEXT000037477764&idArticle=JORFARTI000037477777",
    date(2018, 9, 6),
)
CNIL_2013_358_ART_3: Final = _source(
    "S40-2013-358",
    "CNIL, délibération n° 2013-358 du 14 novembre 2013 (carte de paiement), art. 3",
    Force.GUIDANCE,
    Reading.VERIFIED,
    dated=date(2013, 11, 14),
)
CNIL_COMMANDE_PUBLIQUE: Final = _source(
    "S41",
    "CNIL, guide « Commande publique : quel acteur est responsable au regard du RGPD ? »",
    Force.GUIDANCE,
    Reading.PARTIAL,
    "https://www.cnil.fr/fr/commande-publique-quel-acteur-est-responsable-au-regard-du-rgpd",
    date(2022, 6, 1),
)
CNIL_REGISTRE: Final = _source(
    "S42",
    "CNIL, « Le registre des activités de traitement » et ses modèles",
    Force.GUIDANCE,
    Reading.PARTIAL,
    "http://cnil.fr/RGDP-le-registre-des-activites-de-traitement",
)
CNIL_CONTROLES: Final = _source(
    "S43",
    "CNIL, charte des contrôles et pièces demandées lors d’un contrôle",
    Force.GUIDANCE,
    Reading.PARTIAL,
    dated=date(2020, 9, 1),
)
MOBILITY_UNICITY: Final = _source(
    "S45",
    "Myki (2019), Farzanehfar et al. (2021), de Montjoye et al. (2013) : unicité des traces de déplacement",
    Force.SCIENCE,
    Reading.VERIFIED,
    "https://pmc.ncbi.nlm.nih.gov/articles/PMC7961185",
)
PASS_PASS_ANNEXE_4: Final = _source(
    "S46",
    "Cahier des charges Pass Pass, annexe 4, p. 30, tel que le cite un tiers",
    Force.LOCAL,
    Reading.PARTIAL,
)
IDFM_SIDV: Final = _source(
    "S44",
    "Île-de-France Mobilités, « Le SIDV et les spécificités des données de validation »",
    Force.LOCAL,
    Reading.PARTIAL,
    "https://www.iledefrance-mobilites.fr/le-sidv-et-les-specificites-des-donnees-de-validation",
)

CONFLICT_HASH: Final = Conflict(
    id="hash",
    said=said(
        "L’AU-015 (2011, art. 4) admet un hachage public réputé fort ; les réponses de la CNIL (2017) parlent de hachage à clé et de "
        "données « pseudonymisées ou anonymisées » ; son guide de sécurité (2024) rappelle qu’un hachage sans clé se retrouve par "
        "énumération ; le Conseil d’État (2017) a refusé jusqu’à un code tronqué, salé et à clé.",
        "AU-015 (2011, art. 4) allows a public hash reputed strong; the CNIL’s answers (2017) speak of a keyed hash and of data "
        "“pseudonymised or anonymised”; its security guide (2024) recalls that an unkeyed hash is reversed by enumeration; the Conseil "
        "d’État (2017) refused even a truncated, salted and keyed code.",
    ),
    sources=(CE_393714, CNIL_SECURITE_2024_21, CNIL_QUESTIONS, CNIL_2011_107_ART_4),
)
"""Hash: what 2011 allowed, and what came after."""
CONFLICT_CLIENT_TERM: Final = Conflict(
    id="client-term",
    said=said(
        "Le repère de la billettique garde la fiche client deux ans après la fin du contrat (délibération 2011-107, art. 4) ; le repère "
        "général de la prospection va jusqu’à trois ans (NS-048). La durée du référentiel 2021-131 n’a pas été lue.",
        "The ticketing benchmark keeps the customer record two years after the contract ends (deliberation 2011-107, art. 4); the general "
        "marketing benchmark goes up to three years (NS-048). The term of reference 2021-131 was not read.",
    ),
    sources=(CNIL_2021_131, CNIL_2011_107_ART_4, CNIL_2016_264_ART_5),
)
"""Customer file: two years for the sector, three for marketing in general."""
CONFLICT_TRIP_HISTORY: Final = Conflict(
    id="trip-history",
    said=said(
        "Le repère de la billettique ne lie un trajet à une carte que 48 heures ; une décision de 2023 a jugé acceptables douze mois en "
        "base active puis douze en archive pour un loueur de scooters (SAN-2023-003). Elle tient aux finalités de cet opérateur et "
        "n’élargit pas le repère de la billettique.",
        "The ticketing benchmark links a trip to a card for 48 hours only; a decision of 2023 found twelve months active then twelve in "
        "archive acceptable for a scooter operator (SAN-2023-003). It rests on that operator’s purposes and does not widen the "
        "ticketing benchmark.",
    ),
    sources=(CNIL_2011_107_ART_4, CNIL_SAN_2023_003),
)
"""Trip history: forty-eight hours for ticketing, far longer for another trade."""
CONFLICT_STABLE_TOKEN: Final = Conflict(
    id="stable-token",
    said=said(
        "L’usage du secteur garde la date, l’heure et le lieu de chaque validation avec un « numéro de carte anonymisé » (Île-de-France "
        "Mobilités) ; au sens du Conseil d’État (2017, 2026), un jeton stable de cette sorte reste une donnée pseudonymisée.",
        "The trade keeps date, time and place of every tap with an “anonymised card number” (Île-de-France Mobilités); in the sense of "
        "the Conseil d’État (2017, 2026), a stable token of that kind is still pseudonymised data.",
    ),
    sources=(CE_498628, CE_393714, IDFM_SIDV),
)
"""Stable token: what the trade calls anonymised, and what the courts call pseudonymised."""
