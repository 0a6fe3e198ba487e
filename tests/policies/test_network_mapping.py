"""A mapping names only what exists and fills each column from one origin."""

from pathlib import Path

import pytest

from auditor.vocabulary.network import DataMap
from policies.declarations import load
from policies.faults import Notebook
from policies.mapping import mapping_faults

MAPPING = """\
sources:
  taps:
    path: taps.csv
  office:
    url: sqlite:///office.sqlite
tables:
  validations:
    - store: base
      source: taps
      columns:
        tapped_at: {column: t}
        card: {column: c}
  cards:
    - store: office
      source: office.supports
      columns:
        card: {column: n}
      ignore:
        note: technical marker
absent:
  files: no shared folder
"""


def _faults(tmp_path: Path, text: str) -> list[str]:
    (tmp_path / "mapping.yml").write_text(text, encoding="utf-8")
    loaded = load(tmp_path / "mapping.yml", DataMap, tmp_path)
    return [str(fault) for fault in mapping_faults(loaded.value, Notebook(file="mapping.yml", lines=loaded.lines))]


def test_a_sound_mapping_has_no_fault(tmp_path):
    assert _faults(tmp_path, MAPPING) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("path: taps.csv", "optional: true", 2, "source “taps” needs exactly one of path and url"),
        ("path: taps.csv", "path: taps.csv\n    url: sqlite://", 2, "source “taps” needs exactly one of path and url"),
        ("sqlite:///office.sqlite", "'env:'", 5, "env: is not followed by the name of a variable"),
        ("path: taps.csv", "path: taps.csv\n    csv: {encoding: utf-9}", 4, "“utf-9” is not a known encoding"),
        ("path: taps.csv", "path: taps.csv\n    csv: {separator: ';;'}", 4, "the separator is not one character"),
        ("path: taps.csv", "path: taps.csv\n    csv: {decimal: ';'}", 4, "the decimal mark “;” cannot be used"),
        ("path: taps.csv", "path: taps.csv\n    csv: {header: false}", 4, "no header and no column is named"),
        ("path: taps.csv", "path: taps.csv\n    csv: {columns: [a]}", 4, "although the file has a header"),
        ("source: taps", "source: tapes", 9, "“tapes” is not a declared source — did you mean “taps”?"),
        ("source: taps", "source: taps.t", 9, "is made of files and has no table “t”"),
        ("source: office.supports", "source: office", 15, "is a database and no table is named — write office.TABLE"),
        ("  validations:", "  validation:", 7, "“validation” is not a canonical table — did you mean “validations”?"),
        ("card: {column: c}", "carte: {column: c}", 12, "validations has no canonical column “carte” — did you mean “card”?"),
        ("tapped_at: {column: t}", "stop: {column: t}", 10, "validations.tapped_at is not mapped"),
        ("{column: c}", "{}", 12, "no origin is given for one column"),
        ("{column: c}", "{column: c, constant: 1}", 12, "several origins are given for one column"),
        ("{column: t}", "{date: d}", 11, "`date` and `clock` go together"),
        ("{column: t}", "{clock: d}", 11, "`date` and `clock` go together"),
        ("{column: c}", "{date: d, clock: h}", 12, "makes an instant, and this column holds a key"),
        ("{column: c}", "{column: c, epoch: s}", 12, "`epoch` is for instants and dates"),
        ("{column: t}", "{column: t, epoch: s, formats: ['%Y']}", 11, "`epoch` and `formats` contradict"),
        ("{column: t}", "{column: t, formats: [DD/MM/YYYY]}", 11, "“DD/MM/YYYY” is not a strptime format"),
        ("{column: t}", "{column: t, date_formats: ['%Y']}", 11, "`date_formats` has no `date` column"),
        ("{column: t}", "{column: t, timezone: Paris}", 11, "“Paris” is not a known time zone"),
        ("{column: c}", "{column: c, only_listed: true}", 12, "`only_listed` has no list"),
        ("{column: c}", "{column: c, decimal: ';'}", 12, "the decimal mark"),
        ("source: taps\n", "source: taps\n      ignore: {c: x}\n", 10, "column “c” is both mapped and ignored"),
        ("technical marker", "' '", 19, "column “note” is ignored without a reason"),
        ("  files:", "  file:", 21, "“file” is not a canonical table — did you mean “files”?"),
        ("  files:", "  cards:", 21, "cards is declared absent and is fed"),
        ("no shared folder", "' '", 21, "files is absent without a reason"),
        ("  cards:\n", "  products: []\n  cards:\n", 13, "nothing feeds products"),
        ("source: taps\n", "source: taps\n      card_form: token\n      ignore: {}\n", None, None),
        ("card: {column: c}", "line: {column: l}\n      card_form: token", 13, "said to hold tokens and no column is mapped to `card`"),
        ("  taps:\n", "  stray: {path: x.csv}\n  taps:\n", 2, "source “stray” feeds no table"),
        ("  taps:\n", "  a b: {path: x.csv}\n  taps:\n", 2, "the source name “a b” cannot be used"),
    ],
)
def test_each_fault_is_told_at_its_line(tmp_path, old, new, line, said):
    assert old in MAPPING
    faults = _faults(tmp_path, MAPPING.replace(old, new, 1))
    if said is None:
        assert faults == []
    else:
        assert any(said in fault and fault.startswith(f"mapping.yml:{line}:") for fault in faults), faults


def test_a_store_cannot_feed_one_table_twice_from_one_source(tmp_path):
    feed = "    - store: base\n      source: taps\n      columns: {tapped_at: {column: t}}\n"
    faults = _faults(tmp_path, MAPPING.replace("  cards:\n", f"{feed}  cards:\n", 1))
    assert any("taps feeds validations twice for store “base”" in fault for fault in faults)


def test_several_stores_may_feed_one_table(tmp_path):
    feed = "    - store: relay\n      role: relay\n      source: taps\n      columns: {tapped_at: {column: t}}\n"
    assert _faults(tmp_path, MAPPING.replace("  cards:\n", f"{feed}  cards:\n", 1)) == []


def test_a_form_of_card_is_refused_on_a_table_without_cards(tmp_path):
    extra = "  lines:\n    - {store: ref, source: taps, card_form: token, columns: {line: {column: l}}}\n"
    faults = _faults(tmp_path, MAPPING.replace("  cards:\n", f"{extra}  cards:\n", 1))
    assert any("lines has no card column" in fault for fault in faults)
