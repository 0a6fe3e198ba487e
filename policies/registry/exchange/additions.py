"""The additions under the official part of a sheet of ours, read back into the activity they hold."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from auditor.vocabulary.cnil_additions import (
    ADDED_DIGEST,
    COMPUTED,
    MEASURED,
    OFFICIAL_DIGEST,
    SECTIONS,
    SINGLE,
    TITLE,
    Section,
    Value,
    digest,
    recovered,
)
from auditor.vocabulary.interchange import Remark
from auditor.vocabulary.register import Activity
from auditor.vocabulary.register_words import folded
from auditor.vocabulary.text import Text, said
from policies.registry.exchange.official import day
from policies.registry.exchange.spreadsheet import Sheet, place

_WIDEST: Final = 40
_UNKNOWN_ROW: Final = said("ligne que les ajouts ne connaissent pas", "a row the additions do not know")
_UNKNOWN_COLUMN: Final = said("colonne que les ajouts ne connaissent pas", "a column the additions do not know")
_OTHER_FORMAT: Final = said(
    "ajouts d’un autre format que celui-ci : lus au mieux, à relire",
    "additions of another format than this one: read as far as possible, to be reviewed",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Additions:
    """What the additions of one sheet hold."""

    activity: Activity
    remarks: tuple[Remark, ...]
    official_digest: str
    """Digest of the official part when the sheet was written."""
    untouched: bool
    """The additions are as they were written."""


@dataclass(slots=True)
class _Reading:
    sheet: Sheet
    singles: dict[str, Value] = field(default_factory=dict)
    tables: dict[str, list[list[Value]]] = field(default_factory=dict)
    computed: dict[str, str] = field(default_factory=dict)
    places: dict[tuple[str, int, int], tuple[int, int]] = field(default_factory=dict)
    """Cell of each value, for the remarks."""
    remarks: list[Remark] = field(default_factory=list)

    def note(self, row: int, column: int, why: Text) -> None:
        self.remarks.append(Remark(place=place(self.sheet.name, row, column), said=why, quoted=self.sheet.text(row, column)))

    def unread(self, name: str, row: int, column: int, why: Text) -> None:
        self.note(*self.places.get((name, row, column), (0, 0)), why)


def read_additions(sheet: Sheet, begins: int, bare: Activity) -> Additions:
    """Read the additions that begin at a row; `bare` carries what the official part alone holds: id, title and dates."""
    reading = _Reading(sheet)
    if folded(sheet.text(begins, 0)) != folded(TITLE):
        reading.note(begins, 0, _OTHER_FORMAT)
    row = begins + 1
    while row < sheet.height:
        section = next((one for one in SECTIONS if folded(one.title) == folded(sheet.text(row, 0))), None)
        row = _table(reading, section, row) if section else _single(reading, row)
    activity = recovered(bare, reading.singles, reading.tables, reading.unread)
    return Additions(
        activity=activity,
        remarks=tuple(reading.remarks),
        official_digest=reading.computed.get(OFFICIAL_DIGEST, ""),
        untouched=digest(reading.singles, reading.tables) == reading.computed.get(ADDED_DIGEST),
    )


def _single(reading: _Reading, row: int) -> int:
    label = folded(reading.sheet.text(row, 0))
    column = next((one for one in SINGLE if folded(one.label) == label), None)
    known = next((one for one in COMPUTED if folded(one) == label), None)
    if column:
        reading.singles[column.name] = _value(reading.sheet, row, 1, column.kind)
        reading.places[column.name, 0, 0] = (row, 1)
    elif known:
        reading.computed[known] = reading.sheet.text(row, 1)
    elif any((row, at) in reading.sheet.cells for at in range(_WIDEST)):
        reading.note(row, 0, _UNKNOWN_ROW)
    return row + 1


def _table(reading: _Reading, section: Section, row: int) -> int:
    """Read one table and return the row after it. Columns are found by their headings, in whatever order."""
    sheet = reading.sheet
    headings = {folded(sheet.text(row, at)): at for at in range(1, _WIDEST) if sheet.text(row, at)}
    known = [headings.get(folded(column.label)) for column in section.columns]
    others = [at for heading, at in headings.items() if at not in known and not heading.endswith(folded(MEASURED))]
    rows = reading.tables.setdefault(section.name, [])
    row += 1
    while row < sheet.height and (sheet.text(row, 0) or any(at is not None and sheet.text(row, at) for at in known)):
        rank = len(rows)
        reading.places |= {(section.name, rank, column): (row, at) for column, at in enumerate(known) if at is not None}
        kinds = [column.kind for column in section.columns]
        rows.append([_value(sheet, row, at, kind) if at is not None else "" for at, kind in zip(known, kinds, strict=True)])
        for at in others:
            if sheet.text(row, at):
                reading.note(row, at, _UNKNOWN_COLUMN)
        row += 1
    return row


def _value(sheet: Sheet, row: int, column: int, kind: str) -> Value:
    value = sheet.cells.get((row, column), "")
    if kind == "date":
        return day(value) or value if value != "" else ""
    return value.isoformat() if isinstance(value, date) else value
