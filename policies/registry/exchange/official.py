"""The official part of a sheet of the CNIL's register, filled by anyone, read into an activity.

Rows are found by their labels, so a sheet whose rows were removed (as in the CNIL's own example) or added (a fifth
recipient) is read all the same. A cell that cannot be understood is a remark with its place; a value the form does not
ask for is never made up: no legal basis, no fate, no role is guessed.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from auditor.vocabulary import cnil
from auditor.vocabulary.cnil_additions import TITLE
from auditor.vocabulary.cnil_sheet import labelled, named_and_why
from auditor.vocabulary.interchange import Remark
from auditor.vocabulary.register import Activity, Actor, Purpose, Recipient, Retention, Transfer
from auditor.vocabulary.register_words import folded
from auditor.vocabulary.text import Text, said
from policies.registry.exchange.spreadsheet import Sheet, place
from policies.registry.exchange.terms import read_term

_LAST_COLUMN: Final = 7
_NOTHING: Final = frozenset({"", "n/a", "na", "neant", "aucun", "aucune", "sans objet", "non applicable", "nd", "/", "."})
_NO_TRANSFER: Final = frozenset({"aucun", "aucune", "aucun transfert", "neant", "non", "pas de transfert", "n/a", "sans objet"})
_DATE: Final = re.compile(r"(\d{1,2})\s?[/.-]\s?(\d{1,2})\s?[/.-]\s?(\d{4})")
_KINDS: Final = {cnil.RECIPIENTS[0]: "internal", cnil.RECIPIENTS[1]: "processor", cnil.RECIPIENTS[3]: "partner"}
_OFFICIAL: Final = {
    folded(spelt): cnil.rightly_spelt(label) for label in (*cnil.DATA, *cnil.SENSITIVE) for spelt in (label, cnil.rightly_spelt(label))
}

_HEADINGS: Final = {
    folded(label): name
    for label, name in {
        cnil.ROWS[2]: "description",
        cnil.ROWS[8]: "actors",
        cnil.PURPOSE_HEADING: "purposes",
        cnil.DATA_HEADING: "data",
        cnil.SENSITIVE_HEADING: "data",
        cnil.PERSON_HEADING: "persons",
        cnil.RECIPIENT_HEADING: "recipients",
        cnil.MEASURE_HEADING: "security",
        cnil.TRANSFER_HEADING: "transfers",
    }.items()
}
_ROW_NAMES: Final = {
    "purposes": ("finalite", "sous finalite"),
    "persons": ("categorie de personnes", "categories de personnes"),
    "recipients": ("destinataire",),
    "security": ("mesure de securite", "mesures de securite"),
    "transfers": ("organisme destinataire",),
}

_NO_FATE: Final = said(
    "la durée est dite, pas le sort final (suppression, anonymisation, archivage) : elle n’est pas inscrite au registre",
    "a term without its final fate (deletion, anonymisation or archiving): not entered in the register, to be completed",
)
_NO_LENGTH: Final = said(
    "durée de conservation non comprise : elle n’est pas inscrite au registre ; l’écrire en clair (2 ans à compter de…, puis suppression)",
    "the retention was not understood: not entered in the register, to be written out",
)
_NO_START: Final = said("le point de départ de la durée n’est pas dit", "the starting event of the term is not said")
_NOT_A_DATE: Final = said("ce n’est pas une date JJ/MM/AAAA", "this is not a date (DD/MM/YYYY)")
_UNKNOWN: Final = said("texte à une place que le modèle ne prévoit pas", "words at a place the form does not have")
_NO_ROLE: Final = said(
    "le registre n’a pas de rôle « représentant » (art. 27) : à reporter au besoin dans les acteurs",
    "the register has no “representative” role (art. 27): to be carried over by hand if needed",
)
_KIND_CHOSEN: Final = said(
    "type de destinataire sans équivalent au registre : inscrit comme partenaire, à confirmer",
    "a type of recipient the register does not have: entered as a partner, to be confirmed",
)
_PRECISE: Final = said("« à préciser » est choisi sans précision", "“to be specified” is chosen and nothing is specified")
_SHIELD: Final = said(
    "« Privacy shield » est invalidé depuis le 16 juillet 2020 : une autre garantie est à trouver",
    "the Privacy Shield has been void since 16 July 2020: another safeguard is needed",
)


@dataclass(slots=True)
class Draft:
    """One sheet while it is read."""

    sheet: Sheet
    values: dict[str, list[Any]] = field(default_factory=dict)
    single: dict[str, Any] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)

    def note(self, row: int, column: int, why: Text, *, kind: Any = "gap", quoted: str = "") -> None:
        """Remark on one cell."""
        self.remarks.append(Remark(place=place(self.sheet.name, row, column), said=why, kind=kind, quoted=quoted))

    def add(self, name: str, value: Any) -> None:
        """Add an entry to a list of the activity."""
        self.values.setdefault(name, []).append(value)

    def shown(self, row: int, first: int, last: int) -> str:
        """Return what the cells of a row show between two columns; the official invitation to choose is nothing."""
        texts = (self.sheet.text(row, column) for column in range(first, last + 1))
        return " ".join(text for text in texts if text and folded(text) != folded(cnil.EMPTY))


def is_activity_sheet(sheet: Sheet) -> bool:
    """Tell a sheet of one activity by its labels, whatever its name."""
    labels = {folded(sheet.text(row, 0)) for row in range(min(sheet.height, 200))}
    return folded(cnil.TITLE) in labels and folded(cnil.PURPOSES[0]) in labels


def additions_row(sheet: Sheet) -> int:
    """Return the row where the additions begin, or the row after the last one."""
    start = folded(TITLE.partition("(")[0])
    return next((row for row in range(sheet.height) if folded(sheet.text(row, 0)).startswith(start)), sheet.height)


def official_cells(sheet: Sheet) -> dict[tuple[int, int], str | date]:
    """Return the values of the official part as its fingerprint sees them: what stands right of a label, invitations left out."""
    end = additions_row(sheet)
    return {
        (row, column): value
        for (row, column), value in sheet.cells.items()
        if 2 < row < end  # noqa: PLR2004 - title and instruction come before
        and 1 <= column <= _LAST_COLUMN
        and folded(sheet.text(row, 0)) not in _HEADINGS
        and folded(sheet.text(row, column)) != folded(cnil.EMPTY)
    }


def read_official(sheet: Sheet, *, ours: bool = False) -> tuple[Activity, list[Remark]]:
    """Read the official part of one sheet. The id is the reference as written; `ours` splits a recipient from its reason."""
    draft = Draft(sheet)
    section = ""
    for row in range(1, additions_row(sheet)):
        label = folded(sheet.text(row, 0))
        if label in _HEADINGS:
            section = _HEADINGS[label]
        elif label or draft.shown(row, 1, _LAST_COLUMN):
            _read_row(draft, section, row, label, ours=ours)
    _beside(draft)
    values: dict[str, Any] = {
        name: tuple(draft.values.get(name, ())) for name in ("actors", "purposes", "persons", "data_categories", "recipients")
    }
    values |= {name: tuple(draft.values.get(name, ())) for name in ("retention", "security")}
    transfers = tuple(draft.values.get("transfers", ())) or draft.single.pop("no_transfer", None)
    head = {"id": "", "title": "", **draft.single}
    head["dpo"] = ", ".join(draft.values.get("dpo", ()))
    return Activity(**head, **values, transfers=transfers), draft.remarks


def empty(activity: Activity) -> bool:
    """Tell a sheet that nobody filled: the model, or a copy of it."""
    return activity == Activity(id=activity.id, title="")


def _read_row(draft: Draft, section: str, row: int, label: str, *, ours: bool) -> None:
    reader = _SECTIONS.get(section)
    known = section not in _ROW_NAMES or label.startswith(_ROW_NAMES[section])
    if reader is not None and label and known:
        reader(draft, row, label, ours)
    elif draft.shown(row, 1, _LAST_COLUMN):
        draft.note(row, 0, _UNKNOWN, quoted=draft.shown(row, 0, _LAST_COLUMN))


def _description(draft: Draft, row: int, label: str, _: bool) -> None:
    names = {
        folded(cnil.TITLE): "title",
        folded(cnil.REFERENCE): "id",
        folded(cnil.CREATED): "created_on",
        folded(cnil.UPDATED): "updated_on",
    }
    name = names.get(label)
    text = draft.shown(row, 1, _LAST_COLUMN)
    if name is None or not text:
        if text:
            draft.note(row, 1, _UNKNOWN, quoted=text)
    elif name in ("title", "id"):
        draft.single[name] = text
    else:
        read = day(draft.sheet.cells.get((row, 1), text))
        if read is None:
            draft.note(row, 1, _NOT_A_DATE, quoted=text)
        else:
            draft.single[name] = read


def _actors(draft: Draft, row: int, label: str, _: bool) -> None:
    parts = [draft.shown(row, column, column) for column in range(1, _LAST_COLUMN + 1)]
    parts = ["" if folded(part) in _NOTHING else part for part in parts]
    name, address, code, town, country, phone, mail = parts
    contact = ", ".join(filter(None, (address, f"{code} {town}".strip(), country, phone, mail)))
    if not any(parts):
        return
    if label == folded(cnil.ACTORS[0]):
        draft.add("actors", Actor(name=name, role="controller", contact=contact))
    elif label == folded(cnil.ACTORS[4]):
        draft.add("actors", Actor(name=name, role="joint-controller", contact=contact))
    elif label in (folded(cnil.ACTORS[1]), folded(cnil.ACTORS[2])):
        draft.add("dpo", ", ".join(filter(None, (name, contact))))
    else:
        draft.note(row, 1, _NO_ROLE if label == folded(cnil.ACTORS[3]) else _UNKNOWN, quoted=", ".join(filter(None, (name, contact))))


def _purposes(draft: Draft, row: int, _: str, __: bool) -> None:
    if title := draft.shown(row, 1, _LAST_COLUMN):
        draft.add("purposes", Purpose(id=slug(title), title=title))


def _data(draft: Draft, row: int, label: str, _: bool) -> None:
    description, term = draft.shown(row, 1, 3), draft.shown(row, 4, _LAST_COLUMN)
    name = _OFFICIAL.get(label, " ".join(draft.sheet.text(row, 0).split()))
    if folded(description) in _NOTHING and folded(term) in _NOTHING:
        return
    draft.add("data_categories", labelled(name, description))
    if folded(term) in _NOTHING:
        return
    read = read_term(term)
    if read.duration is None or read.fate is None:
        draft.note(row, 4, _NO_LENGTH if read.duration is None else _NO_FATE, quoted=f"{description or name} : {term}")
        return
    if not read.starts:
        draft.note(row, 4, _NO_START, kind="note", quoted=term)
    draft.add(
        "retention",
        Retention(data=description or name, duration=read.duration, starts=read.starts, fate=read.fate, condition=read.condition),
    )


def _typed(name: str, other: str) -> Callable[[Draft, int, str, bool], None]:
    def read(draft: Draft, row: int, _: str, __: bool) -> None:
        kind, detail = draft.shown(row, 1, 3), draft.shown(row, 4, _LAST_COLUMN)
        if folded(kind) == folded(other):
            if not detail:
                draft.note(row, 4, _PRECISE, kind="note")
            draft.add(name, detail or kind)
        elif kind or detail:
            draft.add(name, labelled(kind, detail) if kind else detail)

    return read


def _recipients(draft: Draft, row: int, _: str, ours: bool) -> None:
    kind, detail = draft.shown(row, 1, 3), draft.shown(row, 4, _LAST_COLUMN)
    if not kind and not detail:
        return
    name, why = named_and_why(detail) if ours else (detail, "")
    known = next((code for label, code in _KINDS.items() if folded(label) == folded(kind)), None)
    if known is None:
        draft.note(row, 1, _KIND_CHOSEN, kind="note", quoted=kind)
    draft.add("recipients", Recipient(name=name or kind, kind=known or "partner", why=why))  # type: ignore[arg-type]


def _transfers(draft: Draft, row: int, _: str, __: bool) -> None:
    name, country, kind, documents = (draft.shown(row, *columns) for columns in ((1, 1), (2, 2), (3, 4), (5, 7)))
    if folded(name) in _NO_TRANSFER and not (country or kind or documents):
        draft.single["no_transfer"] = "none"
    elif name or country or kind or documents:
        if folded(kind) == folded("Privacy shield"):
            draft.note(row, 3, _SHIELD, kind="note")
        draft.add("transfers", Transfer(recipient=name, country=country, safeguards=kind, documents=documents))


_SECTIONS: Final[dict[str, Callable[[Draft, int, str, bool], None]]] = {
    "description": _description,
    "actors": _actors,
    "purposes": _purposes,
    "data": _data,
    "persons": _typed("persons", cnil.PERSONS[-1]),
    "recipients": _recipients,
    "security": _typed("security", cnil.MEASURES[-1]),
    "transfers": _transfers,
}


def _beside(draft: Draft) -> None:
    """Note what was written outside the form: to the right of it, or above its first section."""
    end = additions_row(draft.sheet)
    for (row, column), value in sorted(draft.sheet.cells.items()):
        text = draft.sheet.text(row, column)
        guide = text.startswith("►") or folded(text) == folded(cnil.GUIDES_HEADING)
        if column > _LAST_COLUMN and row < end and text and not guide:
            draft.note(row, column, _UNKNOWN, quoted=value.isoformat() if isinstance(value, date) else text)


def day(value: str | date) -> date | None:
    """Read a date: a real one, JJ/MM/AAAA, or ISO 8601; None for anything else."""
    if isinstance(value, date):
        return value
    text = value.strip()
    found = _DATE.fullmatch(text)
    try:
        return date(int(found[3]), int(found[2]), int(found[1])) if found else date.fromisoformat(text)
    except ValueError:
        return None


def slug(text: str, most: int = 60) -> str:
    """Return an id for a name: small letters without accents, digits and hyphens, cut at a word."""
    plain = re.sub(r"[^a-z0-9]+", "-", folded(text)).strip("-")
    return plain if len(plain) <= most else plain[:most].rpartition("-")[0] or plain[:most]


def distinct(name: str, taken: Iterable[str]) -> str:
    """Return the name, numbered when it is already taken."""
    used = set(taken)
    return next(one for one in _numbered(name) if one not in used)


def _numbered(name: str) -> Iterator[str]:
    yield name
    rank = 2
    while True:
        yield f"{name}-{rank}"
        rank += 1
