"""The verifier’s French sentences in English: whole texts, and phrases that hold numbers or names."""

import re
from collections.abc import Mapping
from typing import Final

WHOLE: Final[Mapping[str, str]] = {
    # Titles of tests.
    "Aucun identifiant, brut ou dérivable": "No identifier, raw or derivable",
    "Cellules et totaux tels que déclarés": "Cells and totals as declared",
    "Grille de temps et de lieu respectée": "Time and place grid respected",
    "Aucune cellule masquée ne se déduit des totaux": "No masked cell can be deduced from the totals",
    "Le fichier dit ce que disent les lignes témoins": "The file says what the witness rows say",
    "Cartes distinctes par ligne montrée": "Distinct cards per line shown",
    "Cartes distinctes de ce que chaque total laisse deviner": "Distinct cards of what each total leaves to be guessed",
    "Colonnes déclarées, et elles seules": "Declared columns, and no other",
    "Lignes reliables entre elles": "Rows that can be linked together",
    "Le témoin contient exactement les lignes diffusées": "The witness holds exactly the released rows",
    "Cartes distinctes par classe": "Distinct cards per class",
    "Lignes seules dans leur classe": "Rows alone in their class",
    "Valeurs sensibles distinctes par classe": "Distinct sensitive values per class",
    "Valeurs absentes": "Missing values",
    "Colonnes tirées de la même donnée cohérentes entre elles": "Columns made from the same item agree with each other",
    "Contenant propre": "Clean container",
    "Toutes les lignes ont pu être lues": "Every row could be read",
    "Aucune cellule qu’un tableur exécuterait, aucun caractère invisible": "No cell a spreadsheet would run, no invisible character",
    "Ordre des lignes tiré des seules valeurs diffusées": "Order of rows drawn from the released values alone",
    "Registre des publications entier": "Ledger of releases whole",
    "Différences avec les publications antérieures": "Differences with earlier releases",
    "Reçu signé de ce fichier": "Signed receipt of this file",
    "Fichier inchangé pendant la vérification": "File unchanged while it was verified",
    # Limits and measures without a number.
    "100 % des valeurs, au niveau déclaré": "100% of values, at the declared level",
    "100 % des valeurs, un seul niveau par colonne": "100% of values, one level per column",
    "aucune": "none",
    "aucune entrée modifiée ni manquante": "no entry altered or missing",
    "autre fichier": "another file",
    "celles annoncées": "those announced",
    "chaîne entière": "chain whole",
    "chaîne rompue": "chain broken",
    "colonne qui désigne la personne": "a column names the person",
    "colonnes absentes": "columns missing",
    "aucun plan : grille inconnue": "no plan: grid unknown",
    "aucune colonne déclarée ne désigne la personne": "no declared column names the person",
    "exactement celles du plan, dans l’ordre": "exactly those of the plan, in order",
    "inconnu": "unknown",
    "l’empreinte a changé": "the digest changed",
    "même empreinte avant et après": "same digest before and after",
    "ordre différent de celui du plan": "order differs from the plan",
    "reçu invalide": "invalid receipt",
    "signature et empreinte vérifiées": "signature and digest verified",
    "signature non vérifiée": "signature not verified",
    "signature valide, même empreinte": "valid signature, same digest",
    "témoin incomplet": "witness incomplete",
    "une valeur absente forme sa propre classe": "a missing value forms a class of its own",
    "0 : une valeur absente s’écrit « ? » et forme sa propre classe": "0: a missing value is written “?” and forms a class of its own",
    "une valeur fine n’a qu’une valeur grossière": "a fine value has one coarse value only",
    # Attacks that were not tried.
    "Unicité des traces (S1, S1’) : sans objet pour des lignes non reliables ; non mesurée ici.": "Uniqueness of traces (S1, S1’): "
    "does not apply to rows that cannot be linked; not measured here.",
    "Réidentification entre périodes (S2) et recoupement de contenu avec d’autres publications (S3).": "Re-identification across "
    "periods (S2) and matching of content with other releases (S3).",
    "Inférence d’attributs et de domicile (S4, S6), appartenance (S7), reconstitution de trajets (S8).": "Inference of attributes and "
    "of home (S4, S6), membership (S7), reconstruction of journeys (S8).",
    "Soustraction entre publications de colonnes différentes (H5 au-delà des publications de même forme).": "Subtraction between "
    "releases of different columns (H5 beyond releases of the same form).",
    "Confidentialité différentielle (H8) : aucune garantie de ce type n’est revendiquée.": "Differential privacy (H8): no guarantee of "
    "that kind is claimed.",
    "Déplacements en groupe : plusieurs cartes peuvent être une seule famille.": "Travelling in groups: several cards may be one family.",
    "Données auxiliaires du destinataire : non prises en compte.": "Auxiliary data of the recipient: not taken into account.",
}

_PHRASES: Final = (
    # Scope.
    ("Destinataire : ", "Recipient: "),
    (
        "Fichier sans plan, jugé comme une publication de classe A (public), seuil de # personnes",
        "File without a plan, judged as a class A (public) release, threshold of # persons",
    ),
    ("classe B (destinataire contractuel, environnement maîtrisé)", "class B (contractual recipient, controlled environment)"),
    (
        "classe C (interne) : les données restent personnelles, le verdict dit seulement que les mesures de pseudonymisation sont en place",
        "class C (internal): the data stay personal, the verdict only says that pseudonymisation is in place",
    ),
    ("classe A (public)", "class A (public)"),
    ("seuil de # personnes", "threshold of # persons"),
    ("(le plan demandait #)", "(the plan asked for #)"),
    (
        (
            "L’unité est le trajet, faute de carte dans la source : une même personne peut être plusieurs trajets, et le seuil vaut "
            "pour des trajets."
        ),
        (
            "The unit is the journey, for want of a card in the source: one person may be several journeys, and the threshold is one "
            "of journeys."
        ),
    ),
    (
        "Une personne est une carte : plusieurs cartes peuvent appartenir à une même personne, ou une carte à plusieurs.",
        "A person is a card: several cards may belong to one person, or one card to several.",
    ),
    (
        "Comparé aux publications antérieures de même forme inscrites au registre des publications.",
        "Compared with earlier releases of the same form in the ledger.",
    ),
    ("Aucune publication antérieure n’a été prise en compte.", "No earlier release was taken into account."),
    (
        "Valable douze mois au plus, ou jusqu’à la publication suivante des mêmes données.",
        "Valid for twelve months at most, or until the next release of the same data.",
    ),
    (
        "L’absence d’attaque trouvée n’est pas une preuve ; seuls H4 et H5 sont des garanties, pour la connaissance énoncée.",
        "That no attack was found is no proof; only H4 and H5 are guarantees, for the knowledge stated.",
    ),
    # Details that hold numbers or names.
    (
        "Chaque valeur distincte de # colonnes a été comparée aux formes d’identifiants.",
        "Each distinct value of # columns was compared with the shapes of identifiers.",
    ),
    ("# lignes, chacune une fois, nombre entier positif ou masquée.", "# lines, each once, a positive whole number or masked."),
    (
        "Plus petite et plus grande valeur possibles de chaque ligne masquée, d’après les seuls nombres publiés de ce fichier",
        "Least and greatest possible value of each masked line, from the published numbers of this file alone",
    ),
    ("# programmes linéaires", "# linear programs"),
    ("Chaque ligne a été recomptée sur le témoin.", "Each line was counted again on the witness."),
    (
        "Cartes distinctes de chaque cellule et total, recomptées sur le témoin ; une ligne sans carte ne compte personne.",
        "Distinct cards of each cell and total, counted again on the witness; a row without a card counts nobody.",
    ),
    ("Total moins ses cellules montrées, pour chaque total montré.", "Total less its cells shown, for each total shown."),
    (
        "Une ligne de moins de montées que le seuil ne peut pas réunir assez de personnes.",
        "A line of fewer boardings than the threshold cannot hold enough persons.",
    ),
    (
        "Les personnes ne se comptent pas dans une table publiée : seuil attesté par le reçu signé de ce fichier même.",
        "Persons cannot be counted in a published table: threshold attested by the signed receipt of this very file.",
    ),
    (
        "Des montées ne sont pas des personnes : rien ici ne dit combien de personnes réunit chaque ligne.",
        "Boardings are not persons: nothing here says how many persons each line holds.",
    ),
    ("Colonnes physiques du fichier comparées au plan.", "Physical columns of the file compared with the plan."),
    (
        "Octets autour des valeurs, métadonnées, dictionnaires et statistiques.",
        "Bytes around values, metadata, dictionaries and statistics.",
    ),
    ("Toutes les valeurs distinctes de toutes les colonnes de texte.", "Every distinct value of every text column."),
    ("Tri attendu, par octets : ", "Expected order, by bytes: "),
    ("Un ordre de fabrication ou de carte se verrait.", "An order of making or of cards would show."),
    ("Les publications antérieures ne peuvent pas être comparées.", "Earlier releases cannot be compared."),
    (
        "Publications de mêmes colonnes, table et magasins, dont la période recoupe celle-ci : elles doivent être identiques à l’octet.",
        "Releases of the same columns, table and stores whose period overlaps this one: they must be the same bytes.",
    ),
    ("Leur soustraction n’est pas calculée : la question reste ouverte.", "Their subtraction is not computed: the question stays open."),
    ("Le reçu est d’un autre fichier, ou le fichier a changé depuis.", "The receipt is of another file, or the file has changed since."),
    ("Aucune clé publique n’a été donnée.", "No public key was given."),
    ("Ed25519, enveloppe DSSE, déclaration in-toto.", "Ed25519, DSSE envelope, in-toto statement."),
    (
        "Une colonne de plus peut porter un numéro de ligne, un index ou un identifiant.",
        "A column too many may carry a row number, an index or an identifier.",
    ),
    (
        "La colonne sert ici à compter les personnes : elle doit être retirée avant toute diffusion.",
        "The column is used here to count persons: it must be removed before any release.",
    ),
    (
        "Sans témoin identique, les personnes de chaque classe ne peuvent pas être comptées.",
        "Without an identical witness, the persons of each class cannot be counted.",
    ),
    (
        "Rien dans le fichier ne dit à quelle personne appartient une ligne : une classe de plusieurs lignes peut être une seule carte.",
        "Nothing in the file says to whom a row belongs: a class of several rows may be a single card.",
    ),
    ("Le fichier ne contient aucune ligne.", "The file holds no row."),
    ("Colonnes à regrouper : ", "Columns to coarsen: "),
    ("(niveau * : passer à * ou plus grossier)", "(level *: go to * or coarser)"),
    ("# classes sur # comptent moins de # carte(s)", "# classes of # hold fewer than # card(s)"),
    (
        "# classes ; la plus petite compte # ligne(s), donc au plus # carte(s), et # ligne(s) sans autre dans leur classe.",
        "# classes; the smallest holds # row(s), hence # card(s) at most, and # row(s) alone in their class.",
    ),
    ("# classes sont sous le seuil pour * : regrouper davantage.", "# classes are below the threshold for *: coarsen further."),
    (
        "* donne la minute : le passage d’un véhicule et une présence observée suffisent à retrouver un voyageur",
        "* gives the minute: the passing of a vehicle and one sighting are enough to find a traveller",
    ),
    ("* n’est pas tout entière à un niveau permis par le plan", "* is not wholly at a level the plan allows"),
    ("* n’est pas tout entière à un niveau * annoncé", "* is not wholly at level *, as announced"),
    ("* donne des instants exacts", "* gives exact instants"),
    (" Regrouper au moins à l’heure.", " Coarsen to the hour at least."),
    (
        "Un même fait dit à deux niveaux qui ne s’emboîtent pas se recoupe en classes plus petites.",
        "One fact told at two levels that do not nest splits classes into smaller ones.",
    ),
    # Measures and limits.
    ("# forme(s) reconnues", "# shape(s) recognised"),
    ("# défaut(s)", "# fault(s)"),
    ("# colonne(s) hors grille", "# column(s) off the grid"),
    ("# ligne(s) déductible(s) sur # masquées", "# of # masked lines can be deduced"),
    ("# non bornée(s)", "# not bounded"),
    ("# total(aux) incohérent(s)", "# inconsistent total(s)"),
    ("chaque intervalle large d’au moins #", "each interval at least # wide"),
    ("# ligne(s) sous # montées", "# line(s) below # boardings"),
    ("plus petite : # carte(s)", "smallest: # card(s)"),
    ("# ligne(s) sur # sous le seuil", "# of # lines below the threshold"),
    ("# ligne(s) sans origine", "# line(s) without an origin"),
    ("# cellule(s) omise(s)", "# cell(s) left out"),
    ("# nombre(s) différent(s)", "# number(s) that differ"),
    ("# total(aux) dont les cellules masquées réunissent trop peu de cartes", "# total(s) whose masked cells hold too few cards"),
    ("# sous # cartes", "# below # cards"),
    ("# cartes, attestées par le reçu", "# cards, attested by the receipt"),
    ("# attestées", "# attested"),
    ("≥ # cartes par ligne, totaux compris", "≥ # cards per line, totals included"),
    ("≥ # cartes par ligne", "≥ # cards per line"),
    ("≥ # cartes dans chaque classe", "≥ # cards in each class"),
    ("cartes inconnues", "cards unknown"),
    ("# non déclarée(s)", "# undeclared"),
    ("# absente(s)", "# missing"),
    ("# ligne(s) illisible(s)", "# unreadable row(s)"),
    ("# valeur(s) active(s), # avec caractères invisibles", "# live value(s), # with invisible characters"),
    ("# ligne(s) hors d’ordre", "# row(s) out of order"),
    ("# publication(s) différente(s) sur # qui se recoupent", "# differing release(s) out of # that overlap"),
    ("# combinaison(s) différentes", "# differing combination(s)"),
    ("# valeurs (*)", "# values (*)"),
    ("# écart(s)", "# gap(s)"),
    ("# carte(s) sur #", "# card(s) of #"),
    ("# carte(s)", "# card(s)"),
    ("# ligne(s)", "# row(s)"),
    ("# colonne(s)", "# column(s)"),
    ("# sur #", "# of #"),
)
"""French, English. `#` stands for a number, `*` for a name; « ligne(s) » is read with or without its plural."""


def _compiled(french: str, english: str) -> tuple[re.Pattern[str], str]:
    shape = re.escape(french).replace(r"\#", r"(\d[\d\u202f]*)").replace(r"\*", r"([\w-]+)").replace("\\ ", "[ \u00a0]")
    shape = re.sub(r"\\\((s|aux)\\\)", lambda found: "(?:s|\\(s\\))?" if found[1] == "s" else r"(?:\(aux\))?", shape)
    rank = 0

    def _numbered(_: re.Match[str]) -> str:
        nonlocal rank
        rank += 1
        return f"\\g<{rank}>"

    return re.compile(shape), re.sub(r"[#*]", _numbered, english)


PHRASES: Final = tuple(_compiled(french, english) for french, english in _PHRASES)
"""In the order they are tried, the longest before those they hold."""
