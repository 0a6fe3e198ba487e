"""A person's own copy as a table a spreadsheet can open without running anything in it."""

import csv
import io
from typing import Final

from auditor.vocabulary.access import AccessAnswer
from auditor.vocabulary.text import Text

_LIVE: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
_HEADERS: Final = (
    Text("traitement", "activity"),
    Text("ensemble", "data set"),
    Text("table", "table"),
    Text("ligne", "row"),
    Text("champ", "field"),
    Text("valeur", "value"),
    Text("signification", "meaning"),
)
_BOM: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"


def access_csv(answer: AccessAnswer, lang: str = "fr") -> str:
    """Write the copy of the data, one field per line, as UTF-8 with a byte-order mark (RFC 4180 quoting).

    Fields are separated by a semicolon in French and a comma in English, as spreadsheets of each language expect. A
    cell that a spreadsheet would run is preceded by an apostrophe, which it hides.
    """
    out = io.StringIO()
    out.write(_BOM)
    writer = csv.writer(out, delimiter="," if lang == "en" else ";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([header(lang) for header in _HEADERS])
    for dataset in answer.datasets:
        for rank, row in enumerate(dataset.rows, start=1):
            for field in row:
                cells = (dataset.activity, dataset.title, dataset.physical, str(rank), field.label, field.value, field.meaning)
                writer.writerow([harmless(cell) for cell in cells])
    return out.getvalue()


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet runs: an apostrophe stands before a sign that would start a formula."""
    return f"'{cell}" if cell.lstrip(" \N{NO-BREAK SPACE}").startswith(_LIVE) else cell
