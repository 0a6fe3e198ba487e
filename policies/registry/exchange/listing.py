"""The list of activities that opens the CNIL's workbook: what it says that no sheet says, and where the two differ."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from auditor.vocabulary import cnil
from auditor.vocabulary.interchange import Remark
from auditor.vocabulary.register import Activity, Actor, Purpose
from auditor.vocabulary.register_words import folded
from auditor.vocabulary.text import said
from policies.registry.exchange.official import day, distinct, slug
from policies.registry.exchange.spreadsheet import Sheet, place

_NO_SHEET: Final = said(
    "traitement listé sans fiche : seul ce que dit la liste est repris", "listed without a sheet: only what the list says is taken"
)
_DIFFERS: Final = said(
    "la liste et la fiche ne disent pas la même chose : la fiche est gardée", "the list and the sheet differ: the sheet is kept"
)
_NOT_NAMED: Final = said(
    "la liste dit « données sensibles : oui » et la fiche n’en nomme aucune",
    "the list says “sensitive data: yes” and the sheet names none",
)
_NOT_A_DATE: Final = said("ce n’est pas une date JJ/MM/AAAA", "this is not a date (DD/MM/YYYY)")
_FROM_HEAD: Final = said("repris de l’en-tête de la liste des traitements", "taken from the head of the list of activities")
_NO_PLACE: Final = said(
    "le registre n’a pas de place pour le représentant (art. 27)", "the register has no place for the representative (art. 27)"
)
_EXAMPLE: Final = folded("(EXEMPLE)")
_HEAD_ROWS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One activity of the list."""

    row: int
    title: str
    reference: str
    created: str
    updated: str
    purpose: str
    sensitive: str


def is_listing(sheet: Sheet) -> bool:
    """Tell the list of activities by its columns, whatever the name of its sheet."""
    return _headings(sheet) is not None


def lines(sheet: Sheet) -> tuple[Line, ...]:
    """Return the activities of the list; the CNIL's example is not one."""
    first = (_headings(sheet) or 0) + 1
    found = []
    for row in range(first, sheet.height):
        title, reference = (sheet.text(row, column) for column in (0, 1))
        if (title or reference) and not folded(title).startswith(_EXAMPLE) and folded(reference) != folded(cnil.EXAMPLE_REFERENCE):
            texts = [sheet.text(row, column) for column in (2, 3, 4, 7)]
            created, updated, purpose, sensitive = texts
            found.append(
                Line(row=row, title=title, reference=reference, created=created, updated=updated, purpose=purpose, sensitive=sensitive)
            )
    return tuple(found)


def completed(sheet: Sheet, listed: Sequence[Line], activities: Sequence[Activity]) -> tuple[list[Activity], list[Remark]]:
    """Add the activities that have no sheet, note where list and sheets differ, and give each the controller and DPO of the head."""
    known = list(activities)
    remarks: list[Remark] = []
    for line in listed:
        match = next((one for one in known if _same(line, one)), None)
        if match is None:
            known.append(_from_line(sheet, line, [one.id for one in known], remarks))
        else:
            remarks += _differences(sheet, line, match)
    return _with_head(sheet, known, remarks), remarks


def _headings(sheet: Sheet) -> int | None:
    wanted = (folded(cnil.TITLE), folded(cnil.REFERENCE))
    for row in range(min(sheet.height, _HEAD_ROWS)):
        if (folded(sheet.text(row, 0)), folded(sheet.text(row, 1))) == wanted:
            return row
    return None


def _same(line: Line, activity: Activity) -> bool:
    if line.reference and slug(line.reference) == activity.id:
        return True
    return bool(line.title) and folded(line.title) == folded(activity.title)


def _from_line(sheet: Sheet, line: Line, taken: Sequence[str], remarks: list[Remark]) -> Activity:
    name = distinct(slug(line.reference) or slug(line.title) or "traitement", taken)
    where = place(sheet.name, line.row, 0)
    remarks.append(Remark(place=where, said=_NO_SHEET, kind="note", activity=name))
    dates: dict[str, Any] = {}
    for column, (key, text) in enumerate((("created_on", line.created), ("updated_on", line.updated)), 2):
        dates[key] = day(text) if text else None
        if text and dates[key] is None:
            remarks.append(Remark(place=place(sheet.name, line.row, column), said=_NOT_A_DATE, quoted=text, activity=name))
    if folded(line.sensitive) == "oui":
        remarks.append(Remark(place=place(sheet.name, line.row, 7), said=_NOT_NAMED, activity=name))
    purposes = (Purpose(id=slug(line.purpose), title=line.purpose),) if line.purpose else ()
    return Activity(id=name, title=line.title or line.reference, purposes=purposes, **dates)


def _differences(sheet: Sheet, line: Line, activity: Activity) -> Iterator[Remark]:
    said_here: Mapping[int, tuple[str, str]] = {
        0: (line.title, activity.title),
        2: (line.created, activity.created_on.isoformat() if activity.created_on else ""),
        3: (line.updated, activity.updated_on.isoformat() if activity.updated_on else ""),
    }
    for column, (here, there) in said_here.items():
        read = day(here)
        if here and folded(read.isoformat() if read else here) != folded(there):
            yield Remark(place=place(sheet.name, line.row, column), said=_DIFFERS, kind="note", quoted=here, activity=activity.id)
    named = any(folded(category).startswith(tuple(map(folded, cnil.SENSITIVE))) for category in activity.data_categories)
    if folded(line.sensitive) == "oui" and not named and not activity.covers:
        yield Remark(place=place(sheet.name, line.row, 7), said=_NOT_NAMED, activity=activity.id)


def _with_head(sheet: Sheet, activities: Sequence[Activity], remarks: list[Remark]) -> list[Activity]:
    controller, representative, officer = (_block(sheet, block) for block in range(len(cnil.COVER)))
    if any(representative):
        remarks.append(Remark(place=place(sheet.name, 2, 0), said=_NO_PLACE, quoted=", ".join(filter(None, representative))))
    filled = []
    for activity in activities:
        known = activity
        if any(controller) and not any(actor.role == "controller" for actor in activity.actors):
            known = replace(known, actors=(Actor(name=controller[0], role="controller", contact=controller[1]), *known.actors))
            remarks.append(Remark(place=place(sheet.name, 0, 0), said=_FROM_HEAD, kind="note", activity=activity.id))
        if any(officer) and not activity.dpo:
            known = replace(known, dpo=", ".join(filter(None, officer)))
            remarks.append(Remark(place=place(sheet.name, 4, 0), said=_FROM_HEAD, kind="note", activity=activity.id))
        filled.append(known)
    return filled


def _block(sheet: Sheet, block: int) -> tuple[str, str]:
    """Return the name and the contact of one block of the head, wherever the value was typed: beside its label, or after it."""
    values: dict[str, str] = {}
    for line, labels in enumerate(cnil.COVER[block][1:]):
        row = 2 * block + line
        for column, label in labels:
            after = sheet.text(row, column)[len(label) :].strip() if folded(sheet.text(row, column)).startswith(folded(label)) else ""
            values[label] = sheet.text(row, column + 1) or after
    names = (values["Prénom :"], values["Nom :"], values.get("Société (si DPO externe) :", ""))
    town = f"{values['Code postal :']} {values['Ville :']}".strip()
    return " ".join(filter(None, names)), ", ".join(
        filter(None, (values["Adresse :"], town, values["Téléphone :"], values["Adresse mél :"]))
    )
