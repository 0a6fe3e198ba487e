"""Cells into an OpenDocument spreadsheet: every value is typed, nothing is live, and the same cells give the same bytes.

A text is written as text whatever it begins with: `=`, `+`, `-` or `@` at its head stay characters. Dates are real dates,
shown JJ/MM/AAAA. No formula, no macro, no external data; a link is a link a reader may choose to follow.
"""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal
from xml.sax.saxutils import escape, quoteattr

from odfdo import Document, Element

from auditor.vocabulary.interchange import writable

Look = Literal["plain", "title", "heading", "label", "value", "added", "added-heading", "measured", "note", "link"]

_GREY, _BLUE, _PALE, _WARM = "#404040", "#1f3a5f", "#e8eef6", "#fdf3dc"
_BORDER: Final = 'fo:border="0.5pt solid #8a94a3"'
_LOOKS: Final[Mapping[Look, tuple[str, str]]] = {
    "plain": ("", ""),
    "title": ("", f'fo:font-weight="bold" fo:font-size="14pt" fo:color="{_BLUE}"'),
    "heading": (f'fo:background-color="{_BLUE}" {_BORDER}', 'fo:font-weight="bold" fo:color="#ffffff"'),
    "label": (f'fo:background-color="{_PALE}" {_BORDER}', 'fo:font-weight="bold"'),
    "value": (_BORDER, ""),
    "added": (f'fo:background-color="{_WARM}" {_BORDER}', ""),
    "added-heading": (f'fo:background-color="#7a5200" {_BORDER}', 'fo:font-weight="bold" fo:color="#ffffff"'),
    "measured": (f'fo:background-color="#e6f2e6" {_BORDER}', 'fo:font-style="italic"'),
    "note": ("", f'fo:font-style="italic" fo:color="{_GREY}"'),
    "link": ("", f'fo:color="{_BLUE}"'),
}
"""Cell and text properties of each look; colour never carries meaning alone."""
_FIXED: Final = (1980, 1, 1, 0, 0, 0)
_NAMESPACES: Final = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0"'
)
_PRINTED: Final[Mapping[str, str]] = {
    "fo:page-width": "29.7cm",
    "fo:page-height": "21cm",
    "style:print-orientation": "landscape",
    "style:scale-to-X": "1",
    "style:scale-to-Y": "0",
}
"""A sheet is printed one page wide, as many pages long as it takes."""
_MANIFEST: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="{version}">'
    '<manifest:file-entry manifest:full-path="/" manifest:version="{version}" '
    'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
    + "".join(
        f'<manifest:file-entry manifest:full-path="{part}.xml" manifest:media-type="text/xml"/>' for part in ("content", "styles", "meta")
    )
    + "</manifest:manifest>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one cell holds and how it looks."""

    value: str | date = ""
    look: Look = "value"
    across: int = 1
    """Columns it spans."""
    down: int = 1
    """Rows it spans."""
    choices: str = ""
    """Name of the closed list it must be chosen from."""
    link: str = ""


@dataclass(slots=True, kw_only=True)
class Page:
    """One sheet being drawn."""

    name: str
    widths: Sequence[float]
    """Width of each column in centimetres; the last one holds for the rest."""
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)

    def put(self, row: int, column: int, value: str | date, look: Look = "value", **more: int | str) -> None:
        """Set one cell."""
        self.cells[row, column] = Cell(value=value, look=look, **more)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """A closed list: the cells of a sheet that hold it."""

    name: str
    sheet: str
    column: str
    first: int
    last: int


def render(pages: Sequence[Page], choices: Sequence[Choices], *, title: str) -> bytes:
    """Write the workbook. Sheet names must be distinct."""
    document = Document("spreadsheet")
    _styles(document, pages)
    for layout in document.styles.root.get_elements("//style:page-layout-properties"):
        for name, value in _PRINTED.items():
            layout.set_attribute(name, value)
    body = document.body
    body.clear()
    body.append(Element.from_tag(_validations(choices)))
    for page in pages:
        body.append(Element.from_tag(_table(page)))
    return _packed(document, title)


def _styles(document: Document, pages: Sequence[Page]) -> None:
    shown_as_date = (
        '<number:date-style style:name="jma"><number:day number:style="long"/><number:text>/</number:text>'
        '<number:month number:style="long"/><number:text>/</number:text><number:year number:style="long"/></number:date-style>'
    )
    aligned = 'style:text-align-source="fix"'
    made = [shown_as_date]
    for look, (cell, text) in _LOOKS.items():
        size = "" if "fo:font-size" in text else 'fo:font-size="10pt"'
        for name, shown in ((look, ""), (f"{look}-date", 'style:data-style-name="jma"')):
            made.append(
                f'<style:style style:name="{name}" style:family="table-cell" {shown}>'
                f'<style:table-cell-properties fo:wrap-option="wrap" style:vertical-align="top" fo:padding="0.07cm" {aligned} {cell}/>'
                f'<style:paragraph-properties fo:text-align="start"/>'
                f'<style:text-properties style:font-name="Liberation Sans" {size} {text}/></style:style>'
            )
    made += [
        f'<style:style style:name="{_column_style(width)}" style:family="table-column">'
        f'<style:table-column-properties style:column-width="{width}cm"/></style:style>'
        for width in sorted({width for page in pages for width in page.widths})
    ]
    for style in made:
        document.insert_style(style, automatic=True)


def _column_style(width: float) -> str:
    return f"w{width}".replace(".", "-")


def _validations(choices: Sequence[Choices]) -> str:
    lists = "".join(
        f'<table:content-validation table:name="{one.name}" table:allow-empty-cell="true" table:display-list="unsorted" table:condition='
        + quoteattr(f"of:cell-content-is-in-list([${_quoted(one.sheet)}.${one.column}${one.first}:.${one.column}${one.last}])")
        + '><table:error-message table:message-type="stop" table:display="true"/></table:content-validation>'
        for one in choices
    )
    return f"<table:content-validations>{lists}</table:content-validations>"


def _quoted(sheet: str) -> str:
    return "'" + sheet.replace("'", "''") + "'"


def _table(page: Page) -> str:
    height = max((row + cell.down for (row, _), cell in page.cells.items()), default=1)
    width = max((column + cell.across for (_, column), cell in page.cells.items()), default=1)
    widths = [page.widths[min(column, len(page.widths) - 1)] for column in range(max(width, len(page.widths)))]
    columns = "".join(f'<table:table-column table:style-name="{_column_style(width)}"/>' for width in widths)
    covered = set(_covered(page))
    rows = "".join(
        "<table:table-row>"
        + "".join(
            "<table:covered-table-cell/>" if (row, column) in covered else _cell(page.cells.get((row, column))) for column in range(width)
        )
        + "</table:table-row>"
        for row in range(height)
    )
    return f"<table:table table:name={quoteattr(page.name)}>{columns}{rows}</table:table>"


def _covered(page: Page) -> Sequence[tuple[int, int]]:
    return [
        (row + down, column + across)
        for (row, column), cell in page.cells.items()
        for down in range(cell.down)
        for across in range(cell.across)
        if down or across
    ]


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return "<table:table-cell/>"
    look = f"{cell.look}-date" if isinstance(cell.value, date) else cell.look
    attributes = f' table:style-name="{look}"'
    if cell.choices:
        attributes += f' table:content-validation-name="{cell.choices}"'
    if cell.across > 1 or cell.down > 1:
        attributes += f' table:number-columns-spanned="{cell.across}" table:number-rows-spanned="{cell.down}"'
    if isinstance(cell.value, date):
        attributes += f' office:value-type="date" office:date-value="{cell.value.isoformat()}"'
        return f"<table:table-cell{attributes}><text:p>{cell.value:%d/%m/%Y}</text:p></table:table-cell>"
    if not cell.value:
        return f"<table:table-cell{attributes}/>"
    lines = "".join(f"<text:p>{_words(line, cell.link)}</text:p>" for line in writable(cell.value).split("\n"))
    return f'<table:table-cell{attributes} office:value-type="string">{lines}</table:table-cell>'


def _words(line: str, link: str) -> str:
    """Write one line; spaces that a reader would fold and tabs are written as elements."""
    said = escape(line).replace("\t", "<text:tab/>")
    said = re.sub(r"^ +|(?<= ) +| +$", lambda found: f'<text:s text:c="{len(found[0])}"/>', said)
    return f'<text:a xlink:type="simple" xlink:href={quoteattr(link)}>{said}</text:a>' if link else said


def _packed(document: Document, title: str) -> bytes:
    """Zip the parts again with one date and one order, and a description that names neither a person nor a machine."""
    written = io.BytesIO()
    document.save(written)
    version = str(document.content.root.get_attribute("office:version"))
    about = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-meta {_NAMESPACES} office:version="{version}"><office:meta>'
        f"<meta:generator>Poinçon</meta:generator><dc:title>{escape(title)}</dc:title><dc:language>fr-FR</dc:language></office:meta></office:document-meta>"
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(packed, "w") as target:
        parts = {
            "mimetype": source.read("mimetype"),
            "META-INF/manifest.xml": _MANIFEST.format(version=version).encode(),
            "meta.xml": about.encode(),
        }
        parts |= {name: source.read(name) for name in ("content.xml", "styles.xml")}
        for name, part in parts.items():
            entry = zipfile.ZipInfo(name, _FIXED)
            # The type stands first and uncompressed, so that a file is known by its first bytes.
            entry.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            entry.create_system = 3
            target.writestr(entry, part)
    return packed.getvalue()
