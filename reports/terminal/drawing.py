"""What every print is made of: text that is never markup, tables that breathe, words in one language."""

from collections.abc import Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Line

from auditor.vocabulary.outcomes import Severity, Verdict
from reports import typography as typo
from reports import wording

STYLES: Final = {Verdict.MET: "green", Verdict.NOT_MET: "bold red", Verdict.COULD_NOT_CHECK: "yellow", Verdict.NOT_APPLICABLE: "dim"}
SEVERITY_STYLES: Final = {Severity.BLOCKING: "bold red", Severity.MAJOR: "yellow", Severity.MINOR: ""}


def new_table(*headings: str, expand: bool = False) -> Table:
    """Make a table without a frame, whose cells never touch."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=expand, show_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading)
    return table


def title(text: str) -> Padding:
    """Return a title with air around it; data is made plain."""
    return Padding(Line(typo.plain(text), style="bold"), (1, 0), expand=False)


def section(console: Console, heading: str, text: str) -> None:
    """Print a heading and its text, indented."""
    console.print(Line(heading, style="bold"))
    for line in text.split("\n"):
        console.print(Padding(Line(line), (0, 0, 0, 2), expand=False))


def bullets(console: Console, heading: str, lines: Sequence[str]) -> None:
    """Print a heading and a list; nothing when the list is empty."""
    if not lines:
        return
    console.print()
    console.print(Line(heading, style="bold"))
    for line in lines:
        console.print(Padding(Line(f"– {line}"), (0, 0, 0, 2), expand=False))


def verdict_line(verdict: Verdict, word: str) -> Line:
    """Return the sign and the word of a verdict."""
    return Line(f"{wording.SYMBOLS[verdict]} {word}", style=STYLES[verdict])


def severity_line(severity: Severity, lang: str) -> Line:
    """Return the word of a severity."""
    return Line(wording.SEVERITIES[severity](lang), style=SEVERITY_STYLES[severity])


def colon(lang: str) -> str:
    """Return the colon of a language, spaced as it wants."""
    return ": " if lang == "en" else f"{typo.NBSP}: "


def said_in(lang: str, fr: str, en: str) -> str:
    """Return one of two sentences of the program, the French one spaced."""
    return en if lang == "en" else typo.spaced(fr)
