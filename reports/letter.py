"""An access answer as an ordered view: a person's data by processing activity, each table with its own columns. Pure."""

from dataclasses import dataclass, field

from auditor.vocabulary.access import AccessAnswer, ActivityNotice, DataSet, Explained


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One table of the copy: headers once, and for each row one cell per header."""

    anchor: str
    """Unique in the answer."""
    dataset: DataSet
    headers: tuple[str, ...]
    rows: tuple[tuple[Explained | None, ...], ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """What one processing activity does, and what it holds about the person."""

    title: str
    """Empty for tables that no activity of the register declares."""
    notice: ActivityNotice | None
    copies: tuple[Copy, ...]


def chapters(answer: AccessAnswer) -> tuple[Chapter, ...]:
    """Group the copy by activity in the answer's order; undeclared tables come last, under no title."""
    notices = {notice.title: notice for notice in answer.activities}
    titles = list(dict.fromkeys([*notices, *(dataset.activity for dataset in answer.datasets if dataset.activity)]))
    grouped = [
        Chapter(title=title, notice=notices.get(title), copies=_copies(answer, title))
        for title in [*titles, ""]
        if title or any(not dataset.activity for dataset in answer.datasets)
    ]
    return tuple(grouped)


def past_term(answer: AccessAnswer) -> int:
    """Count the rows still held past their term, over the whole copy."""
    return sum(dataset.past_term for dataset in answer.datasets)


def _copies(answer: AccessAnswer, activity: str) -> tuple[Copy, ...]:
    return tuple(_copy(dataset, rank) for rank, dataset in enumerate(answer.datasets, start=1) if dataset.activity == activity)


def _copy(dataset: DataSet, rank: int) -> Copy:
    headers = tuple(dict.fromkeys(cell.label for row in dataset.rows for cell in row))
    rows = tuple(_aligned(row, headers) for row in dataset.rows)
    return Copy(anchor=f"copie-{rank}", dataset=dataset, headers=headers, rows=rows)


def _aligned(row: tuple[Explained, ...], headers: tuple[str, ...]) -> tuple[Explained | None, ...]:
    by_label: dict[str, Explained] = {}
    for cell in row:
        by_label.setdefault(cell.label, cell)
    return tuple(by_label.get(header) for header in headers)
