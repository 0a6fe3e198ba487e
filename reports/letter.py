"""An access answer as an ordered view, for the person it is about: by activity, in plain words, constants told once. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from auditor.vocabulary.access import AccessAnswer, ActivityNotice, DataSet, Explained
from reports import labels
from reports import typography as typo

MAX_COLUMNS: Final = 7
"""Columns that a table can hold on a printed page; beyond, each row is a list of its own."""
_INSTANT: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|\+00:00)?)?")
_FRENCH_INSTANT: Final = re.compile(r"(\d\d)/(\d\d)/(\d{4})(?: (\d\d):(\d\d)(?::(\d\d))?)?")
_DIGEST: Final = re.compile(r"[0-9A-Za-z+/=_-]{24,}")
_DECIMAL: Final = re.compile(r"-?\d+[.,]\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class CellView:
    """One value as a person reads it."""

    text: str = field(repr=False)
    """Empty when nothing is recorded."""
    code: str = field(default="", repr=False)
    """The code behind the words, when there is one."""
    raw: str = field(default="", repr=False)
    long: bool = False
    """A digest or another long mark: not words."""
    clock: bool = False
    """Tells an hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A column and its value, for all the rows of a copy."""

    label: str
    cell: CellView = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """One row: a cell for each header of its copy."""

    cells: tuple[CellView, ...] = field(repr=False)
    past: bool
    """Held past its term."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One table of the copy: what every row says told once, then what varies, row by row."""

    anchor: str
    """Unique in the answer."""
    dataset: DataSet
    size: int
    """Rows of the table."""
    common: tuple[Fact, ...]
    empty: tuple[str, ...]
    """Columns where nothing is recorded, in any row."""
    headers: tuple[str, ...]
    rows: tuple[RowView, ...] = field(repr=False)
    """Empty when a single row says everything in `common`."""
    tabular: bool
    """The rows fit a table; else each is a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """What one processing activity does, and what it holds about the person."""

    title: str
    """Empty for tables that no activity of the register declares."""
    notice: ActivityNotice | None
    copies: tuple[Copy, ...]


def chapters(answer: AccessAnswer, lang: str = "fr") -> tuple[Chapter, ...]:
    """Group the copy by activity in the answer's order; undeclared tables come last, under no title."""
    notices = {notice.title: notice for notice in answer.activities}
    titles = list(dict.fromkeys([*notices, *(dataset.activity for dataset in answer.datasets if dataset.activity)]))
    return tuple(
        Chapter(title=title, notice=notices.get(title), copies=_copies(answer, title, lang))
        for title in [*titles, ""]
        if title or any(not dataset.activity for dataset in answer.datasets)
    )


def past_term(answer: AccessAnswer) -> int:
    """Count the rows still held past their term, over the whole copy."""
    return sum(dataset.past_term for dataset in answer.datasets)


def tells_hours(told: Sequence[Chapter]) -> bool:
    """Tell whether any value of the copy is an hour, whose zone the reader must be told."""
    copies = [copy for chapter in told for copy in chapter.copies]
    return any(fact.cell.clock for copy in copies for fact in copy.common) or any(
        cell.clock for copy in copies for row in copy.rows for cell in row.cells
    )


def cell_view(cell: Explained | None, lang: str) -> CellView:
    """Say one value in words: a code by its meaning, a date as one is written, an amount with its decimals."""
    if cell is None or not cell.value.strip():
        return CellView(text="")
    raw, known = typo.plain(cell.value), labels.canonical(cell.label, cell.column)
    if cell.meaning:
        return CellView(text=typo.plain(cell.meaning), code=raw, raw=raw)
    told = labels.CODES.get(known, {}).get(raw)
    if told is not None:
        return CellView(text=told(lang), code=raw, raw=raw)
    if (said := _instant(raw, lang)) is not None:
        return CellView(text=said, raw=raw, clock=":" in raw)
    if known == "amount" and _DECIMAL.fullmatch(raw):
        return CellView(text=typo.fixed(float(raw.replace(",", ".")), lang), raw=raw)
    return CellView(text=raw, raw=raw, long=_DIGEST.fullmatch(raw) is not None)


def _copies(answer: AccessAnswer, activity: str, lang: str) -> tuple[Copy, ...]:
    ranked = enumerate(answer.datasets, start=1)
    return tuple(_copy(dataset, rank, lang) for rank, dataset in ranked if dataset.activity == activity)


def _copy(dataset: DataSet, rank: int, lang: str) -> Copy:
    names = tuple(dict.fromkeys(cell.label for row in dataset.rows for cell in row))
    columns = {name: tuple(_find(row, name) for row in dataset.rows) for name in names}
    titles = _titles(columns, dataset, lang)
    empty = tuple(titles[name] for name, cells in columns.items() if not any(cell and cell.value.strip() for cell in cells))
    filled = {name: cells for name, cells in columns.items() if titles[name] not in empty}
    same = {name for name, cells in filled.items() if len({cell and cell.value for cell in cells}) == 1}
    varying = {name: cells for name, cells in filled.items() if name not in same}
    return Copy(
        anchor=f"copie-{rank}",
        dataset=dataset,
        size=len(dataset.rows),
        common=tuple(Fact(label=titles[name], cell=cell_view(cells[0], lang)) for name, cells in filled.items() if name in same),
        empty=empty,
        headers=tuple(titles[name] for name in varying),
        rows=_rows(list(varying.values()), dataset, lang) if varying or dataset.past_rows else (),
        tabular=len(varying) <= MAX_COLUMNS,
    )


def _rows(columns: Sequence[Sequence[Explained | None]], dataset: DataSet, lang: str) -> tuple[RowView, ...]:
    return tuple(
        RowView(cells=tuple(cell_view(column[at], lang) for column in columns), past=at in dataset.past_rows)
        for at in range(len(dataset.rows))
    )


def _titles(columns: dict[str, tuple[Explained | None, ...]], dataset: DataSet, lang: str) -> dict[str, str]:
    """Name each raw column; two columns that would bear one name keep their raw names beside it."""
    found = {name: next(cell.column for cell in cells if cell) for name, cells in columns.items()}
    named = {name: labels.column_label(name, column, lang, token=bool(dataset.note)) for name, column in found.items()}
    shared = {label for label in named.values() if list(named.values()).count(label) > 1}
    return {name: f"{label} ({typo.plain(name)})" if label in shared else label for name, label in named.items()}


def _find(row: Sequence[Explained], label: str) -> Explained | None:
    return next((cell for cell in row if cell.label == label), None)


def _instant(raw: str, lang: str) -> str | None:
    """Write a recorded date in words; None when it is not one."""
    if found := _INSTANT.fullmatch(raw):
        year, month, day, hour, minute, second, zone = found.groups()
    elif found := _FRENCH_INSTANT.fullmatch(raw):
        (day, month, year, hour, minute, second), zone = found.groups(), None
    else:
        return None
    try:
        when = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))  # noqa: DTZ001 - as recorded
    except ValueError:
        return None
    return typo.clock(when, lang, seconds=bool(second and int(second))) + (" (UTC)" if zone else "") if hour else typo.day(when, lang)
