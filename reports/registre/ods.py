"""The register as the CNIL's simplified workbook: its five sheets, then one sheet per activity.

Official labels stand where the official file has them, to the letter (`auditor.vocabulary.cnil` says so, and why one of its
faults is kept). Everything of ours is beyond: columns to the right of the list, rows under the official part of a sheet,
on another ground and under a title that says it is not the CNIL's. Measured facts, when an audit is given, have their own
columns, which an import never reads.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from auditor.vocabulary import cnil, cnil_additions
from auditor.vocabulary.cnil_additions import Section
from auditor.vocabulary.cnil_sheet import contact_parts, fingerprint, official, overflow, special, term_in_words, unplaced
from auditor.vocabulary.register import Activity, Register
from auditor.vocabulary.register_words import ASSESSMENTS, BASES, word
from auditor.vocabulary.text import spaced
from reports import typography as typo
from reports.registre.measured import Measured
from reports.registre.workbook import Choices, Look, Page, render

ADDED: Final = "Ajout de Poinçon"
_FICHE_WIDTHS: Final = (7.5, 6.5, 5.5, 4.5, 5.5, 5.5, 4.5, 5.5, 4.5, 5.0, 4.5, 4.5, 4.5, 6.5)
_LIST_WIDTHS: Final = (11.0, 5.0, 3.6, 3.6, 4.5, 4.0, 4.0, 3.2, 4.5, 1.2, 6.5, 1.2, 6.5, 7.5, 4.0, 3.6, 3.6, 3.6)
_SPANS: Final[Mapping[int, int]] = {1: 3, 4: 4}
_TABLE_SPANS: Final[Mapping[int, int]] = {3: 2, 5: 3}
_INTRODUCTION: Final = """\
Ce classeur suit le modèle de registre simplifié que la CNIL a publié le 17/09/2019 : mêmes onglets, mêmes libellés, mêmes
listes, aux mêmes places. Il est produit par Poinçon à partir du registre déclaré du réseau.

Onglet 2 : la liste des traitements. Onglet 3 : le modèle de fiche, vierge. Onglet 4 : l’exemple de la CNIL (fictif).
Onglet 5 : les listes. Puis une fiche par traitement.

Ce que le modèle ne prévoit pas (base légale, condition de l’article 9, point de départ et sort final des durées, AIPD,
source des données, décision automatisée, droits, rôles et accords, tables couvertes) est ajouté sous chaque fiche et à
droite de la liste, sur un fond différent et sous le titre « Ajouts de Poinçon ». Ces ajouts ne sont pas de la CNIL.

Corrigez librement les cellules : l’import relit la partie officielle et les ajouts, et signale ce qu’il ne comprend pas.
Les colonnes « mesuré » ne sont pas relues : elles viennent d’un audit des données, à la date indiquée.

« adress IP » est écrit ainsi dans le modèle officiel : le libellé est repris tel quel. La liste des garanties et celle des
pays adéquats sont celles de 2019 ; le « Privacy shield » y figure encore alors qu’il est invalidé depuis le
16 juillet 2020 : ne le choisissez pas."""
"""Words of the first sheet, one paragraph per row."""


def render_ods(register: Register, *, scores: Mapping[str, str] | None = None, measured: Measured | None = None) -> bytes:
    """Write the workbook of a register.

    Args:
        register: The activities, each of which becomes a sheet.
        scores: Completeness by activity id, in words (« 7/7 »); absent, the column stays empty.
        measured: An audit of the same register; absent, the measured columns stay empty.
    """
    activities = [declared.activity for declared in register.activities]
    names = sheet_names(activities)
    pages = [
        _tutorial(),
        _listing(activities, names, scores or {}, measured),
        _model(),
        _example(),
        _lists(),
        *(_fiche(one, name, measured) for one, name in zip(activities, names, strict=True)),
    ]
    return render(pages, _choices(), title="Registre des activités de traitement")


def sheet_names(activities: Sequence[Activity]) -> list[str]:
    """Name the sheet of each activity after its id, within the 31 characters that other programs allow."""
    taken = set(cnil.SHEETS)
    names: list[str] = []
    for activity in activities:
        base, rank = activity.id[:31], 2
        name = base
        while name in taken:
            ending = f"-{rank}"
            name, rank = base[: 31 - len(ending)] + ending, rank + 1
        taken.add(name)
        names.append(name)
    return names


def _choices() -> tuple[Choices, ...]:
    columns = {"val1": ("F", cnil.PERSONS), "val2": ("H", cnil.RECIPIENTS), "val3": ("J", cnil.MEASURES)}
    columns |= {"val5": ("C", cnil.COUNTRIES), "val6": ("A", cnil.GUARANTEES)}
    return tuple(
        Choices(name=name, sheet=cnil.LISTS, column=column, first=2, last=len(values) + 2) for name, (column, values) in columns.items()
    )


def _tutorial() -> Page:
    page = Page(name=cnil.TUTORIAL, widths=(24.0,))
    page.put(0, 0, "Registre des traitements - Fiche tutorielle", "title")
    for row, paragraph in enumerate(_INTRODUCTION.split("\n\n"), 2):
        page.put(row, 0, spaced(" ".join(paragraph.split())), "plain")
    return page


def _listing(activities: Sequence[Activity], names: Sequence[str], scores: Mapping[str, str], measured: Measured | None) -> Page:
    page = Page(name=cnil.LIST, widths=_LIST_WIDTHS)
    for block, (heading, *rows) in enumerate(cnil.COVER):
        page.put(2 * block, 0, heading, "label", down=2)
        for line, labels in enumerate(rows):
            for column, label in labels:
                page.put(2 * block + line, column, label, "label")
                page.put(2 * block + line, column + 1, "")
    _cover(page, activities)
    for column, group in cnil.GROUPS.items():
        page.put(6, column, group, "heading", across={0: 4, 4: 3, 7: 2}[column])
    for column, label in cnil.LIST_COLUMNS.items():
        page.put(7, column, label, "label", across=2 if column == 7 else 1)  # noqa: PLR2004 - the official merged cell
    page.put(7, 4, "", "label", across=3)
    page.put(0, 10, cnil.GUIDES_HEADING, "note")
    for row, guide in enumerate(cnil.LIST_GUIDES, 1):
        page.put(row, 10, cnil.GUIDES[guide][0], "link", link=cnil.GUIDES[guide][1])
    page.put(6, 12, cnil_additions.TITLE, "added-heading", across=6)
    for column, label in enumerate(_LIST_ADDED, 12):
        page.put(7, column, label, "added-heading")
    for row, (activity, name) in enumerate(zip(activities, names, strict=True), cnil.FIRST_LISTED):
        _listed(page, row, activity, name)
        _listed_more(page, row, activity, scores.get(activity.id, ""), measured)
    return page


_LIST_ADDED: Final = (
    "Bases légales",
    "Durées de conservation",
    "AIPD",
    "AIPD validée le",
    "Points de l’art. 30(1) renseignés",
    "Vérifié sur les données le (mesuré)",
)


def _cover(page: Page, activities: Sequence[Activity]) -> None:
    """Fill the blocks of the head with what every activity says alike; a cell on which they differ stays empty."""
    controllers = {
        next(((one.name, one.contact) for one in activity.actors if one.role == "controller"), ("", "")) for activity in activities
    }
    officers = {activity.dpo for activity in activities}
    if len(controllers) == 1:
        name, contact = controllers.pop()
        for place, value in zip(((0, 6), (1, 2), (1, 4), None, (1, 6), (0, 8)), contact_parts(contact), strict=True):
            if place:
                page.put(*place, value)
        page.put(0, 2, name)
    if len(officers) == 1:
        for place, value in zip(((4, 2), (5, 2), (5, 4), None, (5, 6), (5, 8)), contact_parts(officers.pop()), strict=True):
            if place:
                page.put(*place, value)


def _listed(page: Page, row: int, activity: Activity, sheet: str) -> None:
    page.put(row, 0, activity.title)
    page.put(row, 1, activity.id, link=f"#'{sheet}'.A1")
    page.put(row, 2, activity.created_on or "")
    page.put(row, 3, activity.updated_on or "")
    page.put(row, 4, ", ".join(purpose.title for purpose in activity.purposes), across=3)
    page.put(row, 7, special(activity), across=2)


def _listed_more(page: Page, row: int, activity: Activity, score: str, measured: Measured | None) -> None:
    bases = dict.fromkeys(word(BASES, purpose.basis) if purpose.basis else "non dite" for purpose in activity.purposes)
    page.put(row, 12, " ; ".join(bases), "added")
    page.put(row, 13, "\n".join(f"{term.data}{typo.NBSP}: {term_in_words(term)}" for term in activity.retention), "added")
    page.put(row, 14, word(ASSESSMENTS, activity.dpia.status) if activity.dpia else "", "added")
    page.put(row, 15, (activity.dpia.validated_on if activity.dpia else None) or "", "added")
    page.put(row, 16, score, "added")
    page.put(row, 17, measured.as_of if measured else "", "measured")


def _model() -> Page:
    page = _labels(
        cnil.MODEL, spaced("À dupliquer et à compléter pour chaque traitement. Les cellules à liste proposent les choix de l’onglet 5.")
    )
    page.put(0, 0, cnil.ROWS[0], "title")
    page.put(0, 7, cnil.MODEL_REFERENCE, "note")
    page.put(4, 1, cnil.MODEL_REFERENCE, across=7)
    for row, column in ((43, 1), (47, 1), (53, 1), (58, 2), (58, 3)):
        cell = page.cells[row, column]
        page.put(row, column, cnil.EMPTY, across=cell.across, choices=cell.choices)
    return page


def _example() -> Page:
    """Draw the CNIL's fictional entry (payroll) on the rows that the official example keeps."""
    whole = _labels("", "")
    for (row, column), value in _EXAMPLE.items():
        cell = whole.cells[row, column]
        whole.put(row, column, value, across=cell.across, choices=cell.choices)
    page = Page(name=cnil.EXAMPLE, widths=_FICHE_WIDTHS)
    for drawn, row in enumerate(cnil.EXAMPLE_ROWS):
        page.cells |= {(drawn, column): cell for (at, column), cell in whole.cells.items() if at == row}
    page.put(0, 0, "Exemple de fiche de registre", "title")
    page.put(0, 7, cnil.EXAMPLE_REFERENCE, "note")
    page.put(1, 0, spaced("Exemple fictif de la CNIL, à ne pas reprendre tel quel."), "note", across=8)
    return page


_FIVE_YEARS: Final = "5 ans à compter du versement de la paie"
_EXAMPLE: Final[Mapping[tuple[int, int], str | date]] = {
    (3, 1): "Gestion de la paie", (4, 1): cnil.EXAMPLE_REFERENCE, (5, 1): date(2018, 5, 26), (6, 1): date(2019, 5, 13),
    (9, 1): "Louise DUPONT", (9, 2): "1 rue Rivoli", (9, 3): "75001", (9, 4): "Paris", (9, 5): "France", (9, 6): "01 xx xx xx xx",
    (9, 7): "exemple1@ets.com", (10, 1): "Martin HENRI", (10, 2): "1 rue Rivoli", (10, 3): "75001", (10, 4): "Paris", (10, 5): "France",
    (10, 6): "01 xx xx xx xx", (10, 7): "exemple2@ets.com", (11, 1): "N/A",
    (16, 1): "Gestion de la paie", (17, 1): "Calcul des rémunérations",
    (18, 1): "Calcul du montant des versements adressés aux organismes sociaux", (19, 1): "Ordre de virement à la banque",
    (24, 1): "Noms, prénoms, adresses", (24, 4): _FIVE_YEARS, (26, 1): "RIB", (26, 4): _FIVE_YEARS,
    (29, 1): "Numéros de sécurité sociale des salariés", (29, 4): _FIVE_YEARS, (43, 1): cnil.PERSONS[0],
    (47, 1): cnil.RECIPIENTS[0], (47, 4): "Dir. Administrative et Financière", (48, 1): cnil.RECIPIENTS[3], (48, 4): "Organismes sociaux",
    (49, 1): cnil.RECIPIENTS[2], (49, 4): "Banque d'Andorre", (53, 1): cnil.MEASURES[1],
    (54, 1): cnil.MEASURES[2], (55, 1): cnil.MEASURES[4],
    (58, 1): "Banque d'Andorre", (58, 2): "Andorre", (58, 3): cnil.GUARANTEES[0], (58, 5): "Contrat en date du 23/01/2018",
}  # fmt: skip


def _lists() -> Page:
    page = Page(name=cnil.LISTS, widths=(8.0, 1.0, 6.0, 3.0, 1.0, 6.0, 1.0, 9.0, 1.0, 6.5))
    for column, heading in cnil.LIST_HEADINGS.items():
        page.put(0, column, heading, "heading")
        for row, value in enumerate(cnil.LIST_VALUES[column], 1):
            page.put(row, column, value)
    return page


def _labels(name: str, instruction: str) -> Page:
    """Draw the official labels and empty cells of an activity sheet."""
    page = Page(name=name, widths=_FICHE_WIDTHS)
    page.put(1, 0, instruction, "note", across=8)
    for row, label in cnil.ROWS.items():
        if row:
            page.put(row, 0, label, "heading" if row in cnil.HEADINGS or row in (2, 15) else "label")
    for row, labels in cnil.HEADINGS.items():
        for column, label in labels.items():
            page.put(row, column, label, "heading", across=_across(row, column))
    for row in cnil.ROWS:
        if row > 2 and row not in cnil.HEADINGS and row != 15:  # noqa: PLR2004 - the rows that hold values
            _values(page, row)
    page.put(0, 9, cnil.GUIDES_HEADING, "note")
    for row, (label, link) in enumerate(cnil.GUIDES, 1):
        page.put(row, 9, label, "link", link=link)
    return page


def _across(row: int, column: int) -> int:
    if row in range(8, 14):
        return 1
    if row in range(57, 62):
        return _TABLE_SPANS.get(column, 1)
    return 7 if row < 23 else _SPANS.get(column, 1)  # noqa: PLR2004 - single values span the sheet


def _values(page: Page, row: int) -> None:
    choices = {range(43, 45): "val1", range(47, 51): "val2", range(53, 56): "val3"}
    chosen = next((name for rows, name in choices.items() if row in rows), "")
    columns = {range(8, 14): tuple(range(1, 8)), range(57, 62): (1, 2, 3, 5), range(23): (1,), range(23, 57): (1, 4)}
    for column in next(held for rows, held in columns.items() if row in rows):
        name = {2: "val5", 3: "val6"}.get(column, "") if row in range(57, 62) else chosen if column == 1 else ""
        page.put(row, column, "", across=_across(row, column), choices=name)


def _fiche(activity: Activity, name: str, measured: Measured | None) -> Page:
    page = _labels(name, spaced("Partie officielle : modèle de la CNIL. Sous elle : ce que le modèle ne prévoit pas."))
    page.put(0, 0, "Fiche de registre", "title")
    page.put(0, 7, activity.id, "note")
    filled = official(activity)
    for (row, column), value in filled.items():
        cell = page.cells[row, column]
        page.put(row, column, value, across=cell.across, choices=cell.choices)
    for row, more in overflow(activity):
        page.put(row, 0, spaced(f"+ {more} : voir les ajouts, ligne {cnil_additions.FIRST_ROW + 1} et suivantes"), "note")
    _additions(page, activity, fingerprint(filled), measured)
    return page


def _additions(page: Page, activity: Activity, official_digest: str, measured: Measured | None) -> None:
    singles, tables = cnil_additions.added(activity)
    own_digest = cnil_additions.digest({field.name: value for field, value in singles}, tables)
    row = cnil_additions.FIRST_ROW
    page.put(row, 0, cnil_additions.TITLE, "added-heading", across=8)
    for field, value in singles:
        row += 1
        _one(page, row, field.label, value, "added")
    for label, value in _about(activity, (official_digest, own_digest), measured):
        row += 1
        _one(page, row, label, value, "measured")
    row += 2
    for section in cnil_additions.SECTIONS:
        measures = _measures(activity, measured) if section.name == "retention" else []
        row = _section(page, row, section, tables[section.name], measures) + 1


def _section(page: Page, row: int, section: Section, rows: Sequence[Sequence[str | date]], measures: Sequence[Sequence[str | date]]) -> int:
    """Draw one table and return the row after it."""
    headings = [field.label for field in section.columns]
    page.put(row, 0, section.title, "added-heading")
    for column, heading in enumerate([*headings, *(_MEASURED if measures else ())], 1):
        page.put(row, column, heading, "added-heading")
    for rank, values in enumerate(rows):
        row += 1
        page.put(row, 0, f"{section.row} {rank + 1}", "label")
        for column, value in enumerate(values, 1):
            page.put(row, column, value, "added")
        for column, value in enumerate(measures[rank] if measures else (), len(values) + 1):
            page.put(row, column, value, "measured")
    return row + 1


def _one(page: Page, row: int, label: str, value: str | date, look: Look) -> None:
    page.put(row, 0, label, "label")
    page.put(row, 1, value, look, across=7)


_MEASURED: Final = tuple(f"{label} {cnil_additions.MEASURED}" for label in ("Lignes lues", "Plus ancienne", "Au-delà de la durée"))


def _about(activity: Activity, digests: tuple[str, str], measured: Measured | None) -> Sequence[tuple[str, str | date]]:
    aside = "\n".join(term or description for description, term in unplaced(activity))
    checked: str | date = measured.as_of if measured else ""
    return tuple(zip(cnil_additions.COMPUTED, (aside, checked, measured.digest if measured else "", *digests), strict=True))


def _measures(activity: Activity, measured: Measured | None) -> list[tuple[str | date, ...]]:
    if measured is None:
        return []
    return [(measured.held(term), measured.oldest(term) or "", "\n".join(measured.beyond(term))) for term in activity.retention]
