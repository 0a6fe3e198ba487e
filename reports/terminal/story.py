"""What stands around the commands: the steps of a demonstration, the files it leaves, the state of the sources."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.rule import Rule as Divider
from rich.text import Text as Line

from auditor.vocabulary.reading import AbsentSource, ReadingReport
from reports import typography as typo
from reports.terminal.drawing import bullets, colon, new_table, said_in


def print_step(console: Console, rank: int, title: str, command: str, lang: str = "fr") -> None:
    """Print the heading of one step and the command that runs it alone."""
    console.print()
    console.print(Divider(Line(f"{rank}. {typo.spaced(title) if lang == 'fr' else title}", style="bold"), align="left", style="dim"))
    console.print(Line(f"$ {command}", style="dim"), soft_wrap=True)
    console.print()


def print_files(console: Console, files: Sequence[Path], lang: str = "fr") -> None:
    """Print the files to open, one a line."""
    console.print()
    console.print(Line(said_in(lang, "À ouvrir :", "To open:"), style="bold"))
    for file in files:
        console.print(Padding(Line(str(file)), (0, 0, 0, 2), expand=False), soft_wrap=True)


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
    table = new_table(
        said_in(lang, "Source", "Source"),
        said_in(lang, "Table", "Table"),
        said_in(lang, "Lignes lues", "Rows read"),
        said_in(lang, "Retenues", "Kept"),
        said_in(lang, "Du", "From"),
        said_in(lang, "Au", "To"),
    )
    for column in table.columns[2:4]:
        column.justify = "right"
    for reading in readings:
        days = (reading.oldest.isoformat() if reading.oldest else "", reading.newest.isoformat() if reading.newest else "")
        counts = (typo.whole(reading.rows_read, lang), typo.whole(reading.rows_kept, lang))
        table.add_row(Line(typo.plain(reading.physical)), Line(reading.table), *counts, *days)
    console.print(table)
    bullets(console, said_in(lang, "Ce qui n’a pas été lu", "What was not read"), list(_not_read(readings, absent, lang)))


def _not_read(readings: Sequence[ReadingReport], absent: Sequence[AbsentSource], lang: str) -> Iterator[str]:
    for source in absent:
        yield f"{typo.plain(source.source)}{colon(lang)}{typo.plain(source.reason)}"
    for reading in readings:
        for reason, rows in (*reading.rejected.items(), *reading.unreadable.items()):
            yield f"{typo.plain(reading.physical)}{colon(lang)}{typo.plain(reason)} ({typo.whole(rows, lang)})"
        if reading.unmapped:
            said = said_in(lang, "colonnes ni reprises ni écartées", "columns neither mapped nor ignored")
            yield f"{typo.plain(reading.physical)}{colon(lang)}{said} ({', '.join(typo.plain(name) for name in reading.unmapped)})"
