import bz2
import gzip
import lzma
from datetime import date, datetime

import pytest

from auditor.vocabulary.errors import DeclarationProblem, SourceProblem
from auditor.vocabulary.network import ColumnMap, CsvDialect, Feed, Source

AT, CARD, STOP = "tapped_at", "card", "stop"
COLUMNS = {AT: ColumnMap(column="quand", timezone="UTC"), CARD: "carte", STOP: "arrêt", "amount": "montant"}
TEXT = "carte;quand;arrêt;montant\n1;2026-10-30 07:00:00;Gare « Lille-Europe »;1,70\n2;2026-10-30 08:00:00;Hôtel de Ville;\n"
FRENCH = {"separator": ";", "decimal": ","}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16", "utf-16-le", "mac-roman"])
def test_any_encoding_reads_the_same(taps, encoding):
    network, report, rows = taps(TEXT.encode(encoding), COLUMNS, dialect=CsvDialect(encoding=encoding, **FRENCH))
    assert [(row[CARD], row[STOP], row["amount"]) for row in rows] == [(1, "Gare « Lille-Europe »", 1.7), (2, "Hôtel de Ville", None)]
    assert (report.rows_read, report.rows_kept, report.rejected, report.unreadable) == (2, 2, {}, {})
    assert network.counts == {"validations": 2}


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_compressed_file_reads_the_same(taps, suffix, pack, encoding):
    _, report, rows = taps(pack(TEXT.encode(encoding)), COLUMNS, dialect=CsvDialect(encoding=encoding, **FRENCH), name=f"taps.csv{suffix}")
    assert report.rows_kept == 2
    assert rows[0][STOP] == "Gare « Lille-Europe »"


def test_a_mark_at_the_head_of_an_utf8_file_is_not_part_of_the_first_column(taps):
    _, report, _ = taps(TEXT.encode("utf-8-sig"), COLUMNS, dialect=CsvDialect(**FRENCH))
    assert report.unmapped == ()


@pytest.mark.parametrize("where", ["header", "rows"])
def test_the_wrong_encoding_is_refused_without_a_value(taps, where):
    text = TEXT if where == "header" else TEXT.replace("arrêt", "arret")
    columns = {**COLUMNS, STOP: "arrêt" if where == "header" else "arret"}
    with pytest.raises(SourceProblem, match="is not written in utf-8") as problem:
        taps(text.encode("cp1252"), columns, dialect=CsvDialect(**FRENCH))
    assert "Hôtel" not in str(problem.value)
    assert problem.value.exit_code == 3


def test_bytes_that_the_declared_codec_has_no_letter_for_are_refused(taps):
    with pytest.raises(SourceProblem, match=r"taps\.csv is not written in cp1252"):
        taps(b"carte;quand;arr\x81t\n", COLUMNS, dialect=CsvDialect(encoding="cp1252", **FRENCH))


def test_an_encoding_that_does_not_exist_is_a_fault_of_the_mapping(taps):
    with pytest.raises(DeclarationProblem, match=r"mapping\.yml.*'cp-1253-fr' is not an encoding"):
        taps(TEXT, COLUMNS, dialect=CsvDialect(encoding="cp-1253-fr"))


@pytest.mark.parametrize("suffix", [".gz", ".xz", ".bz2"])
def test_a_compressed_file_cut_short_is_refused(taps, suffix):
    pack = {".gz": gzip.compress, ".xz": lzma.compress, ".bz2": bz2.compress}[suffix]
    whole = pack("".join(f"{i};2026-10-30 07:00:00;A{i * 7919};1\n" for i in range(20_000)).encode())
    with pytest.raises(SourceProblem, match="cannot be read"):
        taps(
            whole[: len(whole) // 2],
            COLUMNS,
            dialect=CsvDialect(header=False, columns=("carte", "quand", "arrêt", "montant"), **FRENCH),
            name=f"taps.csv{suffix}",
        )


def test_an_empty_file_is_refused(taps):
    with pytest.raises(SourceProblem, match=r"taps\.csv is empty"):
        taps("", COLUMNS)


def test_a_file_with_only_its_header_is_a_table_without_rows(taps):
    network, report, rows = taps("carte,quand,arrêt,montant\n", COLUMNS)
    assert rows == []
    assert (report.rows_read, report.oldest, network.counts["validations"]) == (0, None, 0)


def test_lines_that_are_not_rows_are_rejected_with_their_reason(taps):
    lines = ["1,2026-10-30 07:00:00,A,1", "2,2026-10-30 07:00:00,A", "3,2026-10-30 07:00:00,A,1,2", "", '4,"2026-10-30 08:00:00",A,1']
    _, report, rows = taps("carte,quand,arrêt,montant\n" + "\n".join(lines), COLUMNS)
    assert report.rejected == {"line with too few columns": 1, "line with too many columns": 1}
    assert report.rows_read == 4
    assert [row[CARD] for row in rows] == [1, 4]


def test_a_line_break_inside_quotes_stays_inside_its_value(taps):
    _, report, rows = taps('carte,quand,arrêt,montant\n1,2026-10-30 07:00:00,"quai\nnord, ""A""",1\n', COLUMNS)
    assert report.rejected == {}
    assert rows[0][STOP] == 'quai\nnord, "A"'


def test_a_file_without_header_takes_its_columns_from_the_mapping(taps):
    dialect = CsvDialect(header=False, columns=("carte", "quand", "arrêt", "montant"))
    assert taps("1,2026-10-30 07:00:00,A,1\n", COLUMNS, dialect=dialect)[1].rows_kept == 1


def test_a_file_without_header_nor_columns_is_a_fault_of_the_mapping(taps):
    with pytest.raises(DeclarationProblem, match=r"no header and mapping\.yml names no columns"):
        taps("1,2\n", COLUMNS, dialect=CsvDialect(header=False))


def test_columns_of_the_same_or_of_no_name_are_told_apart(taps):
    _, report, _ = taps("carte,quand,arrêt,montant,Carte,\n1,2026-10-30 07:00:00,A,1,x,y\n", COLUMNS)
    assert report.unmapped == ("Carte_2", "column_6")


def test_a_folder_of_files_is_one_table_even_when_a_column_came_later(network, folder, engine, mapped):
    (folder / "taps").mkdir()
    (folder / "taps" / "1.csv").write_text("carte,quand\n1,2026-10-30 07:00:00\n")
    (folder / "taps" / "2.csv").write_text("quand,carte,arrêt\n2026-10-31 07:00:00,2,A\n")
    (folder / "taps" / ".hidden.csv").write_text("x")
    feed = Feed(store="base", source="taps", columns=mapped({AT: "quand", CARD: "carte", STOP: "arrêt"}))
    opened = network({"taps": Source(path="taps")}, {"validations": (feed,)}, zone="UTC")
    rows = engine.rows(opened.relations["validations"].order_by(AT))
    assert [(row[CARD], row[STOP]) for row in rows] == [(1, None), (2, "A")]


def test_a_glob_takes_the_files_it_names_and_no_other(network, folder, mapped):
    for name in ("a_1.csv", "a_2.csv", "b_1.csv"):
        (folder / name).write_text("carte,quand\n1,2026-10-30 07:00:00\n")
    feed = Feed(store="base", source="taps", columns=mapped({AT: "quand"}), ignore={"carte": "essai"})
    assert network({"taps": Source(path="a_*.csv")}, {"validations": (feed,)}).counts == {"validations": 2}


def test_several_formats_are_tried_in_order(taps):
    text = "quand\n03/04/2026 10:00\n2026-04-05T10:00:00\n20260406100000\nhier\n"
    formats = ("%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y%m%d%H%M%S")
    _, report, rows = taps(text, {AT: ColumnMap(column="quand", formats=formats, timezone="UTC")})
    assert [row[AT] for row in rows] == [datetime(2026, 4, 3, 10), datetime(2026, 4, 5, 10), datetime(2026, 4, 6, 10)]
    assert report.rejected == {"tapped_at: not a date": 1}
    assert (report.oldest, report.newest) == (date(2026, 4, 3), date(2026, 4, 6))


def test_nothing_mapped_to_the_words_of_an_engine_passes_for_a_date(taps):
    _, report, _ = taps("quand\ninfinity\nepoch\n-infinity\n10000-01-01 00:00:00\n", {AT: "quand"})
    assert report.rejected == {"tapped_at: not a date": 4}


@pytest.mark.parametrize(
    ("text", "amount", "lost"),
    [
        ("1,70", 1.7, 0),
        ("1 234,5", 1234.5, 0),
        ("1\u202f234,5", 1234.5, 0),
        ("-2", -2.0, 0),
        ("1.70", 1.7, 0),
        ("gratuit", None, 1),
        ("nan", None, 1),
        ("inf", None, 1),
    ],
)
def test_numbers_are_read_with_their_decimal_mark(taps, text, amount, lost):
    _, report, rows = taps(f"quand;montant\n2026-10-30 07:00:00;{text}\n", {AT: "quand", "amount": "montant"}, dialect=CsvDialect(**FRENCH))
    assert rows[0]["amount"] == amount
    assert report.unreadable == ({"amount": lost} if lost else {})
