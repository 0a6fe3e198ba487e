"""A workbook of the CNIL's simplified register, from anyone, read into activities.

Three kinds are told apart sheet by sheet: the official form filled by hand; ours, with its additions, where nothing is lost;
and ours edited since, where the changes of the official part are carried into the additions (`merging`). The CNIL's own
fictional example (sheet 4, payroll) is imported only when the workbook holds nothing else: in a register in use it would
be an activity that does not exist.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from auditor.vocabulary import cnil
from auditor.vocabulary.cnil_sheet import fingerprint, official
from auditor.vocabulary.interchange import Imported, Remark
from auditor.vocabulary.register import Activity, Purpose
from auditor.vocabulary.register_words import folded
from auditor.vocabulary.text import Text, said
from policies.registry.exchange import listing, merging
from policies.registry.exchange.additions import read_additions
from policies.registry.exchange.official import additions_row, distinct, empty, is_activity_sheet, official_cells, read_official, slug
from policies.registry.exchange.spreadsheet import Sheet, read_sheets

_RENAMED: Final = said("la référence a été récrite pour servir d’identifiant", "the reference was rewritten to serve as an id")
_NO_NAME: Final = said("la fiche n’a pas de nom de traitement", "the sheet has no activity name")
_EXAMPLE_ALONE: Final = said(
    "exemple fictif de la CNIL, repris parce que le classeur ne contient rien d’autre : à supprimer d’un vrai registre",
    "the CNIL’s fictional example, taken because the workbook holds nothing else: not for a real register",
)
_EXAMPLE_LEFT: Final = said("exemple fictif de la CNIL : laissé de côté", "the CNIL’s fictional example: left out")
_UNREAD: Final = said("onglet non reconnu : il n’est pas lu", "sheet not recognised: it is not read")
_BLANK: Final = said("fiche vierge : laissée de côté", "blank sheet: left out")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """One activity sheet, read."""

    sheet: Sheet
    activity: Activity
    remarks: tuple[Remark, ...]
    ours: bool = False
    """Poinçon wrote it: the additions are there."""

    @property
    def example(self) -> bool:
        return self.sheet.name == cnil.EXAMPLE or folded(self.activity.id) == folded(cnil.EXAMPLE_REFERENCE)


def read_ods(content: bytes) -> Imported:
    """Read a workbook. Raise UsageProblem when it is not one; a workbook without any activity gives none."""
    sheets = read_sheets(content)
    forms = [_read_form(sheet) for sheet in sheets if is_activity_sheet(sheet)]
    filled = [form for form in forms if not empty(form.activity)]
    listed = next((sheet for sheet in sheets if listing.is_listing(sheet)), None)
    lines = listing.lines(listed) if listed else ()
    real = [form for form in filled if not form.example]
    chosen = real or ([] if lines else filled)
    aside = _EXAMPLE_ALONE if chosen and not real else _EXAMPLE_LEFT
    remarks = [
        Remark(place=form.sheet.name, said=_BLANK, kind="note") for form in forms if form not in filled and form.sheet.name != cnil.MODEL
    ]
    if not any(form.ours for form in forms):
        remarks += [Remark(place=form.sheet.name, said=aside, kind="note") for form in filled if form.example]
    activities, noted = _identified(chosen)
    if listed:
        activities, more = listing.completed(listed, lines, activities)
        noted += more
    known = {cnil.TUTORIAL, cnil.LISTS, *(form.sheet.name for form in forms)}
    remarks += [
        Remark(place=sheet.name, said=_UNREAD) for sheet in sheets if sheet.name not in known and sheet is not listed and sheet.cells
    ]
    return Imported(activities=tuple(_own_purposes(activities)), remarks=(*remarks, *noted))


def _read_form(sheet: Sheet) -> _Form:
    begins = additions_row(sheet)
    activity, remarks = read_official(sheet)
    if begins >= sheet.height:
        numbered = folded(activity.id) != folded(cnil.MODEL_REFERENCE)
        return _Form(sheet=sheet, activity=activity if numbered else replace(activity, id=""), remarks=tuple(remarks))
    bare = Activity(id=activity.id, title=activity.title, created_on=activity.created_on, updated_on=activity.updated_on)
    added = read_additions(sheet, begins, bare)
    if fingerprint(official_cells(sheet)) == added.official_digest:
        return _Form(sheet=sheet, activity=added.activity, remarks=added.remarks, ours=True)
    after, remarks = read_official(sheet, ours=True)
    before, already = read_official(_as_written(sheet.name, added.activity), ours=True)
    # What was already said more poorly in the official part when it was written is no gap: the additions hold it whole.
    known = {(one.said, one.quoted) for one in already}
    fresh = [one for one in remarks if (one.said, one.quoted) not in known]

    def note(name: str, why: Text, words: str) -> None:
        fresh.append(Remark(place=f"{sheet.name}, {_WHERE[name]}", said=why, kind="note", quoted=words))

    merged = merging.carried(added.activity, before, after, note, additions_edited=not added.untouched)
    return _Form(sheet=sheet, activity=merged, remarks=(*fresh, *added.remarks), ours=True)


_WHERE: Final[Mapping[str, str]] = {
    "dpo": cnil.ACTORS[1],
    "transfers": cnil.TRANSFER_HEADING,
    "purposes": cnil.PURPOSE_HEADING,
    "persons": cnil.PERSON_HEADING,
    "recipients": cnil.RECIPIENT_HEADING,
    "security": cnil.MEASURE_HEADING,
    "data_categories": cnil.DATA_HEADING,
    "retention": "Durée de conservation",
    "actors": cnil.ROWS[8],
}


def _as_written(name: str, activity: Activity) -> Sheet:
    """Return the official part as it was when this activity was written, to be read the same way."""
    cells: dict[tuple[int, int], str | date] = {(row, 0): label for row, label in cnil.ROWS.items()}
    return Sheet(name=name, cells=cells | official(activity))


def _identified(forms: Iterable[_Form]) -> tuple[list[Activity], list[Remark]]:
    """Give each activity an id of its own: its reference when that can serve, else a name made from it or from its title."""
    activities: list[Activity] = []
    remarks: list[Remark] = []
    for form in forms:
        written = form.activity.id
        wanted = slug(written) or slug(form.activity.title) or slug(form.sheet.name) or "fiche"
        name = distinct(wanted, (one.id for one in activities))
        noted = list(form.remarks)
        if written and name != written:
            noted.append(Remark(place=form.sheet.name, said=_RENAMED, kind="note", quoted=written))
        if not form.activity.title:
            noted.append(Remark(place=form.sheet.name, said=_NO_NAME))
        activities.append(replace(form.activity, id=name))
        remarks += [replace(one, activity=name) for one in noted]
    return activities, remarks


def _own_purposes(activities: Sequence[Activity]) -> Iterator[Activity]:
    """Number the ids of purposes that two sheets share: an id names one purpose of the whole register."""
    taken: list[str] = []
    for activity in activities:
        purposes: list[Purpose] = []
        for purpose in activity.purposes:
            name = (
                purpose.id if purpose.id and purpose.id not in taken else distinct(slug(purpose.id or purpose.title) or "finalite", taken)
            )
            taken.append(name)
            purposes.append(replace(purpose, id=name))
        renamed = {old.id: new.id for old, new in zip(activity.purposes, purposes, strict=True) if old.id != new.id}
        terms = tuple(replace(term, purpose=renamed.get(term.purpose, term.purpose)) for term in activity.retention)
        yield replace(activity, purposes=tuple(purposes), retention=terms)
