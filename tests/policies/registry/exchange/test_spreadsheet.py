"""A workbook comes from anyone: what it shows is read, what would exhaust or deceive is refused with a clear message."""

from datetime import date

import pytest

from auditor.vocabulary.errors import UsageProblem
from policies.registry.exchange import detect, spreadsheet
from policies.registry.exchange.spreadsheet import place, read_sheets


def _content(rows, before=""):
    names = (
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
    )
    return f'{before}<office:document-content {names}><table:table table:name="F">{rows}</table:table></office:document-content>'


def test_cells_are_read_as_they_show(packed):
    text = '<text:p>a<text:s text:c="2"/>b<text:span>c</text:span></text:p><text:p>d</text:p>'
    dated = 'office:value-type="date" office:date-value="2026-03-10T00:00:00"'
    rows = (
        '<table:table-row><table:table-cell table:number-columns-repeated="2"/>'
        f"<table:table-cell><office:annotation><text:p>comment</text:p></office:annotation>{text}</table:table-cell></table:table-row>"
        '<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>'
        '<table:table-row><table:table-cell office:value-type="float" office:value="1000"><text:p>01000</text:p></table:table-cell>'
        f"<table:covered-table-cell/><table:table-cell {dated}><text:p>10/03/26</text:p></table:table-cell></table:table-row>"
    )
    (sheet,) = read_sheets(packed(_content(rows)))
    assert sheet.cells == {(0, 2): "a  bc\nd", (4, 0): "01000", (4, 2): date(2026, 3, 10)}
    assert sheet.height == 5


def test_places_are_named_as_a_spreadsheet_does():
    assert place("Paie", 20, 4) == "Paie, E21"
    assert place("Paie", 0, 27) == "Paie, AB1"


def test_an_entity_bomb_is_refused_in_any_encoding(packed):
    bomb = '<?xml version="1.0" encoding="{}"?><!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>'
    for encoding in ("UTF-8", "UTF-16"):
        content = _content("<table:table-row/>", bomb.format(encoding)).encode(encoding)
        with pytest.raises(UsageProblem, match="document type"):
            read_sheets(packed(content))


def test_a_zip_bomb_is_refused_while_it_is_read(packed, monkeypatch):
    monkeypatch.setattr(spreadsheet, "MOST_CONTENT", 1_000_000)
    with pytest.raises(UsageProblem, match="once decompressed"):
        read_sheets(packed(_content(" " * 2_000_000)))


@pytest.mark.parametrize("repeat", ["table:number-columns-repeated", "table:number-rows-repeated"])
def test_a_value_repeated_without_end_is_refused(packed, repeat):
    rows, columns = (f'{repeat}="999999999"' if repeat.count(kind) else "" for kind in ("rows", "columns"))
    cells = f"<table:table-row {rows}><table:table-cell {columns}><text:p>x</text:p></table:table-cell></table:table-row>"
    with pytest.raises(UsageProblem, match="filled cells"):
        read_sheets(packed(_content(cells)))


def test_spaces_without_end_are_refused(packed):
    cells = '<table:table-row><table:table-cell><text:p><text:s text:c="999999999"/></text:p></table:table-cell></table:table-row>'
    with pytest.raises(UsageProblem, match="filled cells"):
        read_sheets(packed(_content(cells)))


def test_what_is_not_a_workbook_is_refused(packed):
    whole = packed(_content("<table:table-row/>"))
    for content in (b"", b"not a zip", whole[: len(whole) // 2], packed("<not xml"), packed(_content("<table:table-row>"))):
        with pytest.raises(UsageProblem, match="cannot be read"):
            read_sheets(content)
    with pytest.raises(UsageProblem, match="without a content"):
        read_sheets(packed("", name="other.xml"))


def test_a_file_too_large_is_not_opened(monkeypatch):
    monkeypatch.setattr(spreadsheet, "MOST_BYTES", 10)
    with pytest.raises(UsageProblem, match="larger than"):
        read_sheets(b"x" * 11)


def test_forms_are_known_by_their_content(packed):
    assert detect(packed(_content(""))) == "ods"
    assert detect(b'\xef\xbb\xbf{"pia": {}}') == "pia"
    assert detect(b'{"structure": {}}') == "pia"
    with pytest.raises(UsageProblem, match="Excel"):
        detect(packed("", mime="", name="[Content_Types].xml"))
    for content in (b"", b"[]", b"%PDF-1.7", b'{"schema": "poincon-audit/1"}'):
        with pytest.raises(UsageProblem, match="no form"):
            detect(content)
