"""What stands around the commands: the steps of a demonstration, the files it leaves, the state of the sources."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.rule import Rule as Divider

from auditor.vocabulary.reading import AbsentSource, ReadingReport
from auditor.vocabulary.releases import Published
from reports import typography as typo
from reports import values
from reports.terminal.drawing import Line, bullets, colon, new_table, said_in, title


def print_step(console: Console, rank: int, title: str, command: str, lang: str = "fr") -> None:
    """Print the heading of one step and the command that runs it alone."""
    console.print()
    console.print(Divider(Line(f"{rank}. {typo.spaced(title) if lang == 'fr' else title}", style="bold"), align="left", style="dim"))
    console.print(Line(f"$ {command}", style="dim"), soft_wrap=True)
    console.print()


def print_written(console: Console, files: Iterable[Path], lang: str = "fr") -> None:
    """Print the files that a command has just written, one a line."""
    console.print(Line(said_in(lang, "Fichiers écrits :", "Files written:"), style="bold"))
    for file in files:
        console.print(Line(f"  {file}"), soft_wrap=True)


def print_published(console: Console, published: Published, lang: str = "fr") -> None:
    """Print where the release and its signed receipt are."""
    console.print(Line(said_in(lang, "Publié, avec son reçu signé :", "Published, with its signed receipt:"), style="bold"))
    for file in (published.file, published.receipt_file):
        console.print(Line(f"  {file}"), soft_wrap=True)


def print_network(console: Console, name: str, as_of: datetime, *, activities: int, plans: int, lang: str = "fr") -> None:
    """Print what a network folder declares, and the clock of the run."""
    console.print(title(f"{name} {typo.DASH} {typo.moment(as_of, lang)}"))
    counted = (
        typo.count(activities, *_pair(lang, ("fiche au registre", "fiches au registre"), ("activity", "activities")), lang),
        typo.count(plans, *_pair(lang, ("plan de diffusion", "plans de diffusion"), ("release plan", "release plans")), lang),
    )
    console.print(Line(" · ".join(counted)))


def print_files(console: Console, files: Sequence[Path], lang: str = "fr") -> None:
    """Print the files to open, one a line."""
    console.print()
    console.print(Line(said_in(lang, "À ouvrir :", "To open:"), style="bold"))
    for file in files:
        console.print(Line(f"  {file}"), soft_wrap=True)


@contextmanager
def progress_bars(console: Console) -> Iterator[Callable[[str, float], None]]:
    """Show one bar per step, with the time that remains; nothing when nobody watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=console.quiet or not console.is_terminal) as bars:
        tasks = {}

        def advance(step: str, done: float) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=1.0)
            bars.update(tasks[step], completed=done)

        yield advance


def print_readings(console: Console, readings: Sequence[ReadingReport], absent: Sequence[AbsentSource], lang: str = "fr") -> None:
    """Print, per source, the rows read, kept and left out with the reasons, and the columns nobody mapped."""
    table = new_table()
    table.add_column(said_in(lang, "Source", "Source"), no_wrap=True)
    table.add_column(said_in(lang, "Table", "Table"), overflow="fold")
    for heading in (said_in(lang, "Lues", "Read"), said_in(lang, "Retenues", "Kept")):
        table.add_column(heading, justify="right", no_wrap=True)
    for heading in (said_in(lang, "Du", "From"), said_in(lang, "Au", "To")):
        table.add_column(heading, no_wrap=True)
    for reading in readings:
        days = (Line(typo.short_day(when, lang) if when else typo.DASH) for when in (reading.oldest, reading.newest))
        counts = (Line(typo.whole(number, lang)) for number in (reading.rows_read, reading.rows_kept))
        table.add_row(Line(typo.plain(reading.physical)), Line(reading.table), *counts, *days)
    console.print(table)
    bullets(console, said_in(lang, "Ce qui n’a pas été lu", "What was not read"), list(_not_read(readings, absent, lang)))


def _pair(lang: str, french: tuple[str, str], english: tuple[str, str]) -> tuple[str, str]:
    return english if lang == "en" else french


def _not_read(readings: Sequence[ReadingReport], absent: Sequence[AbsentSource], lang: str) -> Iterator[str]:
    for source in absent:
        yield f"{typo.plain(source.source)}{colon(lang)}{values.reason(source.reason, lang)[0]}"
    for reading in readings:
        for reason, rows in (*reading.rejected.items(), *reading.passed_over.items(), *reading.unreadable.items()):
            yield f"{typo.plain(reading.physical)}{colon(lang)}{values.reason(reason, lang)[0]} ({typo.whole(rows, lang)})"
        if reading.unmapped:
            said = said_in(lang, "colonnes ni reprises ni écartées", "columns neither mapped nor ignored")
            yield f"{typo.plain(reading.physical)}{colon(lang)}{said} ({', '.join(typo.plain(name) for name in reading.unmapped)})"
