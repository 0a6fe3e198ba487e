"""What every print is made of: text that is never markup, tables that breathe, words in one language.

Lines break at ordinary spaces only: a no-break space keeps « : » with its word and a number with its unit. A path too
long for its room breaks after a separator; nothing is ever cut short with an ellipsis.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich import box
from rich.cells import cell_len, chop_cells
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.containers import Lines
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as RichText

from auditor.vocabulary.outcomes import Severity, Verdict
from reports import typography as typo
from reports import wording
from reports.wording import colon as colon  # noqa: PLC0414 - every print of this package takes its words here
from reports.wording import said_in as said_in  # noqa: PLC0414 - same

if TYPE_CHECKING:
    from rich.console import JustifyMethod, OverflowMethod

STYLES: Final = {Verdict.MET: "green", Verdict.NOT_MET: "bold red", Verdict.COULD_NOT_CHECK: "yellow", Verdict.NOT_APPLICABLE: "dim"}
SEVERITY_STYLES: Final = {Severity.BLOCKING: "bold red", Severity.MAJOR: "yellow", Severity.MINOR: ""}
_PIECES: Final = re.compile(r"[^/._:\-]*[/._:\-]+|[^/._:\-]+")


class Line(RichText):
    """Text that breaks as French asks: at ordinary spaces, else after a separator of a path."""

    def __rich__(self) -> "_Paragraph":
        """Stand as a renderable of its own: a console that prints a bare text makes another one of it, of rich's own kind."""
        return _Paragraph(self)

    def wrap(
        self,
        console: Console,
        width: int,
        *,
        justify: "JustifyMethod | None" = None,
        overflow: "OverflowMethod | None" = None,
        tab_size: int = 8,
        no_wrap: bool | None = None,
    ) -> Lines:
        """Break into lines no wider than `width`."""
        if no_wrap or self.no_wrap:
            return super().wrap(console, width, justify=justify, overflow=overflow, tab_size=tab_size, no_wrap=no_wrap)
        lines = Lines()
        for line in self.split(allow_blank=True):
            lines.extend(line.divide(_breaks(line.plain, width)))
        for line in lines:
            line.rstrip_end(width)
        if justify in ("right", "center", "full"):
            lines.justify(console, width, justify=justify, overflow="fold")
        return lines

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Say how narrow and how wide the text can be."""
        pieces = (piece for word in re.split(r"[ \n]", self.plain) for piece in _PIECES.findall(word))
        widest = max((cell_len(line) for line in self.plain.splitlines()), default=0)
        return Measurement(max((cell_len(piece) for piece in pieces), default=widest), widest)


@dataclass(frozen=True, slots=True)
class _Paragraph:
    line: Line

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from self.line.__rich_console__(console, options)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return self.line.__rich_measure__(console, options)


def new_table(*headings: str, expand: bool = False) -> Table:
    """Make a table without a frame, whose cells never touch and are never cut."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=expand, show_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def new_grid(*columns: int | None) -> Table:
    """Make a table without headings; a column of a given width never wraps."""
    table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    for width in columns:
        table.add_column(width=width, no_wrap=width is not None, overflow="fold")
    return table


def title(text: str) -> RenderableType:
    """Return a title with a line of air on each side; data is made plain."""
    return Line(f"\n{typo.plain(text)}\n", style="bold")


def section(console: Console, heading: str, text: str) -> None:
    """Print a heading and its text, indented."""
    console.print(Line(heading, style="bold"))
    for line in text.split("\n"):
        console.print(indented(line))


def bullets(console: Console, heading: str, lines: Sequence[str]) -> None:
    """Print a heading and a list; nothing when the list is empty."""
    if not lines:
        return
    console.print()
    console.print(Line(heading, style="bold"))
    for line in lines:
        item = new_grid(3, None)
        item.add_row(Line("  –"), Line(line))
        console.print(item)


def indented(text: str, style: str = "", by: int = 2) -> Padding:
    """Return text set in from the left."""
    return Padding(Line(text, style=style), (0, 0, 0, by), expand=False)


def verdict_line(verdict: Verdict, word: str) -> Line:
    """Return the sign and the word of a verdict."""
    return Line(f"{wording.SYMBOLS[verdict]} {word}", style=STYLES[verdict])


def severity_line(severity: Severity, lang: str) -> Line:
    """Return the word of a severity."""
    return Line(wording.SEVERITIES[severity](lang), style=SEVERITY_STYLES[severity])


def _breaks(text: str, width: int) -> Iterator[int]:
    """Yield the places where a line of text must be cut."""
    used = 0
    for found in re.finditer(r"[^ ]* *", text):
        word = found.group().rstrip(" ")
        if used and used + cell_len(word) > width:
            yield found.start()
            used = 0
        if cell_len(word) <= width:
            used += cell_len(found.group())
            continue
        at = found.start()
        for piece in _pieces(word, width):
            if used and used + cell_len(piece) > width:
                yield at
                used = 0
            used += cell_len(piece)
            at += len(piece)
        used += len(found.group()) - len(word)


def _pieces(word: str, width: int) -> Iterator[str]:
    for piece in _PIECES.findall(word):
        yield from chop_cells(piece, width) if cell_len(piece) > width else (piece,)
