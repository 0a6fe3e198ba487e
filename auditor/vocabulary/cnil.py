"""The CNIL's simplified register: the labels, the places and the closed lists of its official workbook (17 September 2019).

The wording is the CNIL's to the letter: apostrophes, double spaces, capitals, and its fault of typing « adress IP ». The
fault is kept, openly: labels are the keys of this exchange, and a program or a macro written for the official file looks
for the exact text. The tutorial sheet of what we write says that the fault is the CNIL's; the reader accepts both
spellings, and wherever the program speaks for itself it writes « adresse IP ». « Privacy shield », void since 16 July 2020
(CJEU, C-311/18), stays in the list for the same reason; it is never chosen by the program. The column of adequacy is that
of 2019 and says so.
"""

from collections.abc import Mapping
from typing import Final

EDITION: Final = "17/09/2019"
TUTORIAL: Final = "Tutoriel"
LIST: Final = "2_-_Liste_des_traitements"
MODEL: Final = "3_-_Modèle_de_fiche_de_registre"
EXAMPLE: Final = "4_-_Exemple_de_fiche"
LISTS: Final = "5_-_Listes"
SHEETS: Final = (TUTORIAL, LIST, MODEL, EXAMPLE, LISTS)
"""The five official sheets, in order."""

EMPTY: Final = "Sélectionnez un élément dans cette liste déroulante ►"
"""What an official list cell shows while nothing is chosen: no value."""
MODEL_REFERENCE: Final = "ref-001"
"""Reference printed on the model: a sheet that still bears it was never numbered."""
EXAMPLE_REFERENCE: Final = "1 - Exemple"

GUARANTEES: Final = (
    "Clauses contractuelles types (CCT)",
    "Règles d'entreprise contraignantes (BCR)",
    "Pays adéquat",
    "Privacy shield",
    "Code de conduite",
    "Certification",
    "Dérogations (art 49)",
)
PERSONS: Final = (
    "Salariés",
    "Services Internes",
    "Clients",
    "Fournisseurs",
    "Prestataires",
    "Prospects",
    "Candidats",
    "Autres (préciser)",
)
RECIPIENTS: Final = (
    "Service interne qui traite les données",
    "Sous-traitants",
    "Destinataires dans des pays tiers ou organisations internationales",
    "Partenaires institutionnels ou commerciaux",
    "Autre (Préciser)",
)
MEASURES: Final = (
    "Mesures de traçabilité",
    "Mesures de protection des logiciels",
    "Sauvegarde des données",
    "Chiffrement des données",
    "Contrôle d'accès des utilisateurs",
    "Contrôle des sous-traitants",
    "Autres mesures (à préciser)",
)


def _each(names: str) -> tuple[str, ...]:
    return tuple(names.split(", "))


ADEQUATE: Final = _each(
    "Andorre, Argentine, Canada, Etats-Unis, Guernesey, Ile de Man, Iles FEROE, Israël, Jersey, Nouvelle-Zélande, Suisse, Uruguay"
)
"""Countries the list of 2019 calls adequate; not the law of today (the United States then stood for the Privacy Shield)."""
NOT_ADEQUATE: Final = _each(
    "Afghanistan, Afrique du Sud, Albanie, Algérie, Angola, Antigua-et-Barbuda, Arabie saoudite, Arménie, Australie, "
    "Azerbaïdjan, Bahamas, Bahreïn, Bangladesh, Barbade, Belize, Bénin, Bermudes, Bhoutan, Biélorussie, Birmanie, Bolivie, "
    "Bosnie-Herzégovine, Botswana, Brésil, Brunei, Burkina Faso, Burundi, Cambodge, Cameroun, Cap-Vert, Chili, Chine, "
    "Colombie, Comores, Congo, Corée du Nord, Corée du Sud, Costa Rica, Côte d'Ivoire, Cuba, Djibouti, Dominique, Egypte, "
    "Emirats arabes unis, Equateur, Erythrée, Éthiopie, Fidji, Gabon, Gambie, Géorgie, Ghana, Gibraltar, Grenade, "
    "Groenland, Guatemala, Guinée, Guinée équatoriale, Guinée-Bissau, Guyana, Haïti, Honduras, Hong-Kong, Inde, Indonésie, "
    "Iraq, Iran, Jamaïque, Japon, Jordanie, Kazakhstan, Kenya, Kirghizstan, Kiribati, Kosovo, Koweït, Laos, Lesotho, Liban, "
    "Liberia, Libye, Macédoine, Madagascar, Malaisie, Malawi, Maldives, Mali, Maroc, Marshall, Maurice, Mauritanie, "
    "Mexique, Micronésie, Moldavie, Monaco, Mongolie, Monténégro, Mozambique, Namibie, Nauru, Népal, Nicaragua, Niger, "
    "Nigeria, Oman, Ouganda, Ouzbékistan, Pakistan, Palaos, Palestine, Panama, Papouasie-Nouvelle-Guinée, Paraguay, Pérou, "
    "Philippines, Porto Rico, Qatar, Rép. dém. du Congo, République Centrafricaine, République Dominicaine, Russie, Rwanda, "
    "Sahara Occidental, Saint-Christophe-et-Niévès, Sainte-Lucie, Saint-Marin, Saint-Vincent-et-les Grenadines, Salomon, "
    "Salvador, Samoa, Sao Tomé-et-Principe, Sénégal, Serbie, Seychelles, Sierra Leone, Singapour, Somalie, Soudan, Soudan "
    "du Sud, Sri Lanka, Suriname, Swaziland, Syrie, Tadjikistan, Taiwan, Tanzanie, Tchad, Thaïlande, Timor oriental, Togo, "
    "Tonga, Trinité-et-Tobago, Tunisie, Turkménistan, Turquie, Tuvalu, Ukraine, Vanuatu, Venezuela, Viêt Nam, Yémen, "
    "Zambie, Zimbabwe"
)
COUNTRIES: Final = (*ADEQUATE, *NOT_ADEQUATE)
ZONES: Final = (*("adéquat" for _ in ADEQUATE), *("Non adéquat" for _ in NOT_ADEQUATE))
LIST_HEADINGS: Final[Mapping[int, str]] = {
    0: "Garanties",
    2: "Pays",
    3: "Zone",
    5: "Catégories de personnes",
    7: "Destinataires",
    9: "Mesures de sécurité techniques",
}
"""Columns of the sheet of lists."""
LIST_VALUES: Final[Mapping[int, tuple[str, ...]]] = {
    0: (EMPTY, *GUARANTEES),
    2: (EMPTY, *COUNTRIES),
    3: ("", *ZONES),
    5: (EMPTY, *PERSONS),
    7: (EMPTY, *RECIPIENTS),
    9: (EMPTY, *MEASURES),
}

DATA: Final = (
    "État civil, identité, données d'identification, images…",
    "Vie personnelle (habitudes de vie, situation familiale, etc.)",
    "Informations d'ordre économique et financier (revenus, situation financière, situation fiscale, etc.)",
    "Données de connexion (adress IP, logs, etc.)",
    "Données de localisation (déplacements, données GPS, GSM, etc.)",
    "Numéro de Sécurité Sociale (ou NIR)",
)
"""The six fixed rows; the fault in the fourth is the CNIL's."""
MISPRINTS: Final[Mapping[str, str]] = {"adress IP": "adresse IP"}
"""What the official wording gets wrong, and the right spelling: both are read."""


def rightly_spelt(label: str) -> str:
    """Return an official label without its fault of typing, as the register writes it."""
    for wrong, right in MISPRINTS.items():
        label = label.replace(wrong, right)
    return " ".join(label.split())


SENSITIVE: Final = (
    "Données révélant l'origine raciale ou ethnique",
    "Données révélant les opinions politiques",
    "Données révélant les convictions religieuses ou philosophiques\N{NO-BREAK SPACE}",
    "Données révélant l'appartenance syndicale",
    "Données génétiques",
    "Données biométriques aux fins d'identifier une personne physique de manière unique",
    "Données concernant la santé",
    "Données concernant la vie sexuelle ou l'orientation sexuelle",
    "Données relatives à des condamnations pénales ou  infractions",
)
"""The nine fixed rows: GDPR art. 9(1), and art. 10 for the last."""

ACTOR_COLUMNS: Final = ("Nom", "Adresse", "Code Postal", "Ville", "Pays", "Téléphone", "Adresse mél")
ACTORS: Final = (
    "Responsable du traitement",
    "Délégué à la protection des données",
    "Société du DPO (si celui-ci est externe)",
    "Représentant",
    "Responsable(s) conjoint(s)",
)
TITLE, REFERENCE, CREATED, UPDATED = ("Nom du traitement", "N° / RÉF", "Date de création du traitement", "Mise à jour du traitement")
PURPOSES: Final = ("Finalité principale", *(f"Sous-finalité {rank}" for rank in range(1, 6)))
PERSON_ROWS: Final = tuple(f"Catégorie de personnes {rank}" for rank in (1, 2))
RECIPIENT_ROWS: Final = tuple(f"Destinataire {rank}" for rank in range(1, 5))
MEASURE_ROWS: Final = tuple(f"Mesure de sécurité {rank}" for rank in range(1, 4))
TRANSFER_ROWS: Final = tuple(f"Organisme destinataire {rank}" for rank in range(1, 5))

PURPOSE_HEADING: Final = "Finalité(s) du traitement effectué"
DATA_HEADING: Final = "Catégories de données personnelles concernées"
SENSITIVE_HEADING: Final = "Données sensibles"
PERSON_HEADING: Final = "Catégories de personnes concernées"
RECIPIENT_HEADING: Final = "Destinataires"
MEASURE_HEADING: Final = "Mesures de sécurité"
TRANSFER_HEADING: Final = "Transferts hors UE"

ROWS: Final[Mapping[int, str]] = {
    0: "Modèle de fiche de registre à compléter",
    2: "Description  du traitement  ",
    **dict(enumerate((TITLE, REFERENCE, CREATED, UPDATED), 3)),
    8: "Acteurs",
    **dict(enumerate(ACTORS, 9)),
    15: PURPOSE_HEADING,
    **dict(enumerate(PURPOSES, 16)),
    23: DATA_HEADING,
    **dict(enumerate(DATA, 24)),
    31: SENSITIVE_HEADING,
    **dict(enumerate(SENSITIVE, 32)),
    42: PERSON_HEADING,
    **dict(enumerate(PERSON_ROWS, 43)),
    46: RECIPIENT_HEADING,
    **dict(enumerate(RECIPIENT_ROWS, 47)),
    52: MEASURE_HEADING,
    **dict(enumerate(MEASURE_ROWS, 53)),
    57: TRANSFER_HEADING,
    **dict(enumerate(TRANSFER_ROWS, 58)),
}
"""Label of column A by row of the activity sheet, counted from 0."""
HEADINGS: Final[Mapping[int, Mapping[int, str]]] = {
    8: dict(enumerate(ACTOR_COLUMNS, 1)),
    23: {1: "Description", 4: "Durée de conservation"},
    31: {1: "Description", 4: "Durée de conservation"},
    42: {1: "Description", 4: "Précisions"},
    46: {1: "Type de destinataire", 4: "Précisions"},
    52: {1: "Type de mesure de sécurité", 4: "Précisions"},
    57: {1: "Destinataire", 2: "Pays", 3: "Type de Garanties", 5: "Liens vers la documentation"},
}
"""Labels of the other columns, on the rows that open a section."""
EXAMPLE_ROWS: Final = (
    *range(12), 14, *range(15, 20), 22, 23, 24, 26, 29, 30, 42, 43, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58,
)  # fmt: skip
"""Rows of the model that the official example keeps, in its order: the unused ones are not there."""
LAST_ROW: Final = 61
"""Last row of the official part of an activity sheet."""

_OUTSIDE: Final = "(responsable de traitement ou son représentant si le responsable est situé en dehors de l’UE)"
COVER: Final[tuple[tuple[str, tuple[tuple[int, str], ...], tuple[tuple[int, str], ...]], ...]] = (
    (
        f"Coordonnées du responsable de l’organisme\n{_OUTSIDE}",
        ((1, "Nom :"), (3, "Prénom :"), (5, "Adresse :"), (7, "Adresse mél :")),
        ((1, "Code postal :"), (3, "Ville :"), (5, "Téléphone :")),
    ),
    (
        f"Coordonnées du représentant\n{_OUTSIDE}",
        ((1, "Nom :"), (3, "Prénom :"), (5, "Adresse :"), (7, "Adresse mél :")),
        ((1, "Code postal :"), (3, "Ville :"), (5, "Téléphone :")),
    ),
    (
        "Coordonnées du délégué à la protection des données (DPO)",
        ((1, "Nom :"), (3, "Prénom :"), (5, "Société (si DPO externe) :"), (7, "Adresse :")),
        ((1, "Code postal :"), (3, "Ville :"), (5, "Téléphone :"), (7, "Adresse mél :")),
    ),
)
"""The three blocks at the top of the list, two rows each: heading, then the place of each label; the value is one cell right."""
GROUPS: Final[Mapping[int, str]] = {0: "Identification du traitement", 4: "Finalité du traitement", 7: "Données sensibles ?"}
LIST_COLUMNS: Final[Mapping[int, str]] = {
    0: TITLE,
    1: REFERENCE,
    2: "Date de création de la fiche",
    3: "Dernière mise à jour de la fiche",
    7: "Oui/non",
}
FIRST_LISTED: Final = 8
"""Row of the first activity of the list: the ninth."""

_SITE: Final = "https://www.cnil.fr/fr/"
GUIDES_HEADING: Final = "Consulter les guides et définitions sur le site de la CNIL"
GUIDES: Final = (
    ("► Traitement de données à caractère personnel", f"{_SITE}definition/traitement-de-donnees-caractere-personnel"),
    ("► Délégué à la protection des données (DPO)", f"{_SITE}definition/delegue-protection-donnees"),
    ("► Données personnelles", f"{_SITE}definition/donnee-personnelle"),
    ("► Responsable de traitement", f"{_SITE}definition/responsable-de-traitement"),
    ("► Données sensibles", f"{_SITE}definition/donnee-sensible"),
    ("► Finalité du traitement", f"{_SITE}definition/finalite-dun-traitement"),
    ("► Destinataires", f"{_SITE}definition/destinataire"),
    (
        "► Transfert de données",
        f"{_SITE}transferts-de-donnees-hors-ue-ce-qui-change-avec-le-reglement-general-sur-la-protection-des-donnees",
    ),
    ("► Durée de conservation de données", ""),
    ("► Sécurité des données", f"{_SITE}principes-cles/guide-de-la-securite-des-donnees-personnelles"),
)
"""Links of the tenth column of an activity sheet, one per row from the second, as the official file gives them.

The official link on retention leads to the page on transfers: that label stays without a link."""
LIST_GUIDES: Final = (1, 4, 5)
"""Which of them stand in the eleventh column of the list, from its second row."""
