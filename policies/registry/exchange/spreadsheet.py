"""An OpenDocument spreadsheet as sheets of cells, read without trust.

A workbook comes from anyone's mail. It is read from memory, never unpacked on disk: the size once decompressed is counted
while reading, a document type (the door of XML bombs and external entities) is refused before anything else, repeated
cells are counted as what they stand for, formulas are never computed and links never followed.
"""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from xml.parsers import expat

from auditor.vocabulary.errors import UsageProblem
from auditor.vocabulary.interchange import original

MOST_BYTES: Final = 20_000_000
MOST_CONTENT: Final = 80_000_000
"""Bytes of content once decompressed: the official workbook holds half a million."""
MOST_CELLS: Final = 200_000
_MOST_PARTS: Final = 2_000
_BLOCK: Final = 1 << 16
_MIME: Final = b"application/vnd.oasis.opendocument.spreadsheet"

_URN: Final = "urn:oasis:names:tc:opendocument:xmlns:"
_TABLE, _TEXT, _OFFICE = (f"{_URN}{part}:1.0 " for part in ("table", "text", "office"))
_ASIDE: Final = frozenset({f"{_OFFICE}annotation", f"{_TABLE}tracked-changes", f"{_TABLE}shapes", f"{_TEXT}note"})
_DRAWING: Final = f"{_URN}drawing:1.0 "
_CELLS: Final = frozenset({f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"})
_UNSAFE: Final = "A register file is read from anyone's mail: what could exhaust or deceive the machine is not opened."


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet: what its cells show, by row and column counted from 0. Empty cells are absent."""

    name: str
    cells: Mapping[tuple[int, int], str | date]
    """Dates as dates when the cell is one; everything else as displayed."""

    def text(self, row: int, column: int) -> str:
        """Return what a cell shows, without outer spaces; a date in ISO form; empty when the cell is."""
        value = self.cells.get((row, column), "")
        return value.isoformat() if isinstance(value, date) else value.strip()

    @property
    def height(self) -> int:
        """Number of rows up to the last one that holds something."""
        return max((row for row, _ in self.cells), default=-1) + 1


def is_spreadsheet(content: bytes) -> bool:
    """Tell whether a file may be an OpenDocument spreadsheet: the type stands first, uncompressed, unless it was packed again."""
    return content[:4] == b"PK\x03\x04" and (_MIME in content[:200] or b"content.xml" in content)


def place(sheet: str, row: int, column: int) -> str:
    """Name a cell as a spreadsheet does: « Fiche paie, E21 »."""
    letters = ""
    rest = column + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(65 + digit) + letters
    return f"{sheet}, {letters}{row + 1}"


def read_sheets(content: bytes) -> tuple[Sheet, ...]:
    """Read every sheet of a workbook, in order.

    Raises:
        UsageProblem: it is not an OpenDocument spreadsheet, it is encrypted or damaged, or it stands for too much.
    """
    if len(content) > MOST_BYTES:
        raise UsageProblem(f"The workbook is larger than {MOST_BYTES:,} bytes.", _UNSAFE, "A register holds words: remove its pictures.")
    collector = _Collector()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = collector.start
    parser.EndElementHandler = collector.end
    parser.CharacterDataHandler = collector.words
    try:
        _feed(content, parser)
    except (expat.ExpatError, zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, OSError, ValueError, RuntimeError, NotImplementedError):
        # zlib's own error is an OSError or a ValueError by version; an encrypted entry is a RuntimeError.
        raise UsageProblem(
            "The workbook cannot be read: it is damaged, encrypted, or not an OpenDocument spreadsheet (.ods).",
            "Nothing was read from it, so nothing was imported.",
            "Open it in a spreadsheet program and save it again as .ods, without a password.",
        ) from None
    return tuple(collector.sheets)


def _feed(content: bytes, parser: expat.XMLParserType) -> None:
    import zlib

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if len(archive.infolist()) > _MOST_PARTS:
            raise UsageProblem(f"The workbook holds more than {_MOST_PARTS:,} parts.", _UNSAFE, "Save it again from a spreadsheet program.")
        try:
            part = archive.getinfo("content.xml")
        except KeyError:
            raise UsageProblem(
                "The file is an archive without a content.xml: it is not an OpenDocument spreadsheet.",
                "Only the CNIL's own format (.ods) is read here.",
                "In Excel, use « Save as… OpenDocument spreadsheet (.ods) ».",
            ) from None
        read = 0
        with archive.open(part) as stream:
            try:
                while block := stream.read(_BLOCK):
                    read += len(block)
                    if read > MOST_CONTENT:
                        what = f"The workbook holds more than {MOST_CONTENT:,} bytes once decompressed."
                        raise UsageProblem(what, _UNSAFE, "Remove what is not the register, then save it again.")
                    parser.Parse(block, False)
            except zlib.error:
                raise zipfile.BadZipFile from None
        parser.Parse(b"", True)


def _refuse_doctype(*_: object) -> None:
    raise UsageProblem(
        "The workbook declares a document type, which no spreadsheet program writes.",
        _UNSAFE,
        "Open it in a spreadsheet program and save it again as .ods.",
    )


@dataclass(slots=True)
class _Collector:
    """Follows the elements of content.xml; keeps the cells that show something."""

    sheets: list[Sheet] = field(default_factory=list)
    cells: dict[tuple[int, int], str | date] = field(default_factory=dict)
    row: int = 0
    column: int = 0
    aside: int = 0
    """Depth inside what is not the cell's own text: comments, drawings, tracked changes, nested tables."""
    tables: int = 0
    name: str = ""
    kept: int = 0
    repeated_row: int = 1
    attributes: dict[str, str] | None = None
    paragraphs: list[list[str]] = field(default_factory=list)
    text: bool = False
    row_cells: dict[int, str | date] = field(default_factory=dict)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if self.aside or tag in _ASIDE or tag.startswith(_DRAWING):
            self.aside += 1
        elif tag == f"{_TABLE}table":
            self._open_table(attributes)
        elif tag == f"{_TABLE}table-row":
            self.repeated_row, self.column, self.row_cells = _repeated(attributes, "rows"), 0, {}
        elif tag in _CELLS:
            self.attributes, self.paragraphs = attributes, []
        elif self.attributes is not None:
            self._inside(tag, attributes)

    def end(self, tag: str) -> None:
        if self.aside:
            self.aside -= 1
        elif tag == f"{_TABLE}table":
            self.tables -= 1
            self.sheets.append(Sheet(name=self.name, cells=self.cells))
        elif tag == f"{_TABLE}table-row":
            self._close_row()
        elif tag in _CELLS:
            self._close_cell()
        elif tag == f"{_TEXT}p":
            self.text = False

    def words(self, text: str) -> None:
        if self.text and not self.aside:
            self.paragraphs[-1].append(text)

    def _open_table(self, attributes: Mapping[str, str]) -> None:
        if self.tables:
            self.aside += 1
            return
        self.tables += 1
        self.name, self.cells, self.row = attributes.get(f"{_TABLE}name", ""), {}, 0

    def _inside(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == f"{_TEXT}p":
            self.paragraphs.append([])
            self.text = True
        elif not self.text:
            return
        elif tag == f"{_TEXT}s":
            self._count(spaces := _whole(attributes.get(f"{_TEXT}c", "1")))
            self.paragraphs[-1].append(" " * spaces)
        elif tag == f"{_TEXT}tab":
            self.paragraphs[-1].append("\t")
        elif tag == f"{_TEXT}line-break":
            self.paragraphs[-1].append("\n")

    def _close_cell(self) -> None:
        attributes = self.attributes or {}
        self.attributes, self.text = None, False
        value = _value(attributes, original("\n".join("".join(one) for one in self.paragraphs)))
        repeated = _repeated(attributes, "columns")
        if value != "":
            self._count(repeated)
            self.row_cells.update(dict.fromkeys(range(self.column, self.column + repeated), value))
        self.column += repeated

    def _close_row(self) -> None:
        if self.row_cells:
            self._count(self.repeated_row * len(self.row_cells))
            for row in range(self.row, self.row + self.repeated_row):
                self.cells.update({(row, column): value for column, value in self.row_cells.items()})
        self.row += self.repeated_row

    def _count(self, cells: int) -> None:
        self.kept += cells
        if self.kept > MOST_CELLS:
            raise UsageProblem(
                f"The workbook stands for more than {MOST_CELLS:,} filled cells.", _UNSAFE, "Remove what is not the register."
            )


def _repeated(attributes: Mapping[str, str], of: str) -> int:
    return max(1, _whole(attributes.get(f"{_TABLE}number-{of}-repeated", "1")))


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 1  # noqa: PLR2004 - more rows than any program holds


def _value(attributes: Mapping[str, str], shown: str) -> str | date:
    """Return what a cell holds: its date when it is one, else its text as shown, else the value it carries without showing it."""
    if attributes.get(f"{_OFFICE}value-type") == "date":
        try:
            return datetime.fromisoformat(attributes.get(f"{_OFFICE}date-value", "")).date()
        except ValueError:
            return shown
    if shown:
        return shown
    return attributes.get(f"{_OFFICE}string-value") or attributes.get(f"{_OFFICE}value") or ""
