"""Workbooks made for the tests: the form as a person fills it, without anything of ours."""

import io
import zipfile
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest

from auditor.vocabulary import cnil

SHARED = Path(__file__).resolve().parents[5] / "shared"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the shared reference data is not beside the project")
NAMES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
)


def packed(content, *, mime="application/vnd.oasis.opendocument.spreadsheet", name="content.xml"):
    """Zip one content as a workbook."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), mime)
        archive.writestr(name, content)
    return written.getvalue()


def workbook(sheets):
    """Write a workbook from sheets: name, then values by row and column."""
    tables = "".join(f"<table:table table:name={quoteattr(name)}>{_rows(cells)}</table:table>" for name, cells in sheets.items())
    body = f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
    return packed(f"<office:document-content {NAMES}>{body}</office:document-content>")


def _rows(cells):
    height = max(row for row, _ in cells) + 1
    width = max(column for _, column in cells) + 1
    return "".join(
        "<table:table-row>" + "".join(_cell(cells.get((row, column), "")) for column in range(width)) + "</table:table-row>"
        for row in range(height)
    )


def _cell(value):
    if isinstance(value, date):
        typed = f'office:value-type="date" office:date-value="{value.isoformat()}"'
        return f"<table:table-cell {typed}><text:p>{value:%d/%m/%Y}</text:p></table:table-cell>"
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in value.split("\n")) if value else ""
    return f"<table:table-cell>{lines}</table:table-cell>"


def form(**values):
    """Return the official form with values at places such as `B4`."""
    cells = {(row, 0): label for row, label in cnil.ROWS.items()}
    for row, labels in cnil.HEADINGS.items():
        cells |= {(row, column): label for column, label in labels.items()}
    return cells | {(int(place[1:]) - 1, ord(place[0]) - 65): value for place, value in values.items()}


@pytest.fixture(name="form")
def _form():
    return form


@pytest.fixture(name="workbook")
def _workbook():
    return workbook


@pytest.fixture(name="packed")
def _packed():
    return packed
