"""The exchange folder: files that anyone may keep there, and exports that should never have been left behind."""

import os
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Final

import numpy as np

from auditor.demo import numbering
from auditor.demo.people import FIRST_CUSTOMER, Office
from auditor.demo.population import Medium
from auditor.demo.truth import Figure, Planted

FOLDER: Final = "partages"
_PRIVATE: Final = 0o640
_OPEN: Final = 0o644
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_PARTS: Final = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"'
    ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="Feuille1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship'
    ' Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
    "</Relationships>",
}
_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def write(folder: Path, office: Office) -> tuple[Planted, ...]:
    """Write the exchange folder of one twin; the same seed gives the same bytes and the same dates."""
    place = folder / FOLDER
    _harmless(place)
    return () if office.options.clean else _forgotten(place, office)


def _harmless(place: Path) -> None:
    timetable = [
        ["ligne", "sens", "premier départ", "dernier départ"],
        ["M1", "CHU – Eurasanté", "05:08", "00:24"],
        ["L1", "Gare", "05:30", "23:50"],
    ]
    _csv(place / "exploitation" / "horaires_2026.csv", timetable, ",", "utf-8")
    counts = [["mois", "montées"], ["2026-07", "10250000"], ["2026-08", "8430000"], ["2026-09", "12660000"]]
    _xlsx(place / "etudes" / "frequentation_2026_T3.xlsx", counts)
    _settle(place / "exploitation" / "horaires_2026.csv", datetime(2026, 8, 20, 8, tzinfo=UTC), _OPEN)
    _settle(place / "etudes" / "frequentation_2026_T3.xlsx", datetime(2026, 10, 5, 14, tzinfo=UTC), _PRIVATE)


def _forgotten(place: Path, office: Office) -> tuple[Planted, ...]:
    """Leave a workbook of customers, and a list of debtors that everybody can read."""
    people, size = office.people, max(12, office.people.size // 1000)
    who = np.flatnonzero(people.medium == Medium.NOMINATIVE)[:size]
    cards, customers = numbering.numbers(people.sequence[who]).tolist(), (FIRST_CUSTOMER + who).tolist()
    book, sheet = place / "commercial" / "export_clients_2024.xlsx", place / "recouvrement" / "relance_impayes.csv"
    _xlsx(
        book,
        [["N° de carte", "N° client", "Offre"], *([str(card), str(one), "relance"] for card, one in zip(cards, customers, strict=True))],
    )
    debtors = numbering.numbers(people.unpaid).tolist()
    _csv(sheet, [["Carte", "Montant dû"], *([str(card), "45,00"] for card in debtors)], ";", "cp1252")
    _settle(book, datetime(2024, 11, 18, 9, 30, tzinfo=UTC), _PRIVATE)
    _settle(sheet, datetime(2026, 9, 2, 16, tzinfo=UTC), _OPEN)
    told: tuple[tuple[str, Path, dict[str, Figure]], ...] = (
        ("export-past-its-term", book, {"cards": len(cards), "customers": len(customers), "oldest": "2024-11-18"}),
        ("export-open-to-all", sheet, {"cards": len(debtors), "oldest": "2026-09-02"}),
    )
    return tuple(
        Planted(rule="SEC-EXPORTS", kind=kind, figures={"file": f"{FOLDER}/{path.relative_to(place).as_posix()}", **figures})
        for kind, path, figures in told
    )


def _csv(path: Path, rows: Sequence[Sequence[str]], separator: str, encoding: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(separator.join(row) + "\r\n" for row in rows).encode(encoding))


def _xlsx(path: Path, rows: Sequence[Sequence[str]]) -> None:
    """Write a workbook of texts, with no date inside: a spreadsheet library would stamp the hour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = "".join(
        f'<row r="{place}">' + "".join(f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>' for text in row) + "</row>"
        for place, row in enumerate(rows, 1)
    )
    sheet = f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{cells}</sheetData></worksheet>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in {**_PARTS, "xl/worksheets/sheet1.xml": sheet}.items():
            book.writestr(zipfile.ZipInfo(name, _EPOCH), _XML + text)


def _settle(path: Path, moment: datetime, mode: int) -> None:
    stamp = moment.timestamp()
    path.chmod(mode)
    os.utime(path, (stamp, stamp))
