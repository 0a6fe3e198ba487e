import csv
import io
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.vocabulary.access import DataSet, Explained
from auditor.vocabulary.schema import TABLES
from reports.csv import access_csv, harmless
from reports.html import render_access
from reports.labels import COLUMNS, column_label
from reports.letter import cell_view, chapters, past_term, tells_hours


def rows(text: str, delimiter: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=delimiter))


def test_every_field_of_every_row_is_copied(access_answer):
    copied = rows(access_csv(access_answer), ";")
    assert copied[0] == ["traitement", "ensemble", "table", "ligne", "champ", "valeur", "signification"]
    fields = sum(len(row) for dataset in access_answer.datasets for row in dataset.rows)
    assert len(copied) == fields + 1
    assert [
        "Validations et fraude technologique",
        "Validations (base active)",
        "valideurs",
        "2",
        "Arrêt",
        "REPUB",
        "République Beaux-Arts",
    ] in copied


def test_the_file_opens_in_a_spreadsheet_of_each_language(access_answer):
    assert access_csv(access_answer).startswith('\ufeff"traitement";"ensemble"')
    assert access_csv(access_answer, "en").startswith('\ufeff"activity","data set"')


@pytest.mark.parametrize("cell", ["=1+1", "+33612345678", "-2.50", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1", "%0A", "|cmd"])
def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(cell, make_answer):
    dataset = DataSet(title="T", physical="t", activity="a", rows=((Explained(label="x", value=cell, meaning=cell),),))
    copied = rows(access_csv(make_answer(datasets=(dataset,))), ";")[1]
    assert copied[5:] == [f"'{cell}", f"'{cell}"]


@pytest.mark.parametrize("cell", ["", "GARES", "12,50", "2026-10-30", "a=b", "'=1"])
def test_an_ordinary_cell_is_left_alone(cell):
    assert harmless(cell) == cell


@given(st.text())
def test_no_cell_leaves_live(cell):
    assert not harmless(cell).lstrip(" \N{NO-BREAK SPACE}").startswith(("=", "+", "-", "@", "\t", "\r"))
    assert harmless(cell).endswith(cell)


def test_tables_are_grouped_by_activity_and_undeclared_ones_come_last(access_answer):
    grouped = chapters(access_answer)
    assert [chapter.title for chapter in grouped] == ["Validations et fraude technologique", "Titres et service après-vente", ""]
    assert sum(len(chapter.copies) for chapter in grouped) == len(access_answer.datasets)


def test_rows_past_their_term_are_added_up(access_answer):
    assert past_term(access_answer) == 3


def only_copy(answer):
    return next(iter(chapters(answer))).copies[0]


def table(*rows, **more):
    return DataSet(title="T", physical="t", activity="x", rows=rows, **more)


def test_a_row_without_a_field_leaves_an_empty_cell(make_answer):
    short = (Explained(label="a", value="1"),)
    full = (Explained(label="a", value="2"), Explained(label="b", value="3"))
    copy = only_copy(make_answer(datasets=(table(short, full),), activities=()))
    assert copy.headers == ("A", "B")
    assert [cell.text for cell in copy.rows[0].cells] == ["1", ""]


def test_what_every_row_says_is_told_once_and_what_none_says_is_named(make_answer):
    rows = tuple(
        (Explained(label="numero_carte", value="25"), Explained(label="code_arret", value=stop), Explained(label="clos_le", value=" "))
        for stop in ("A", "B")
    )
    copy = only_copy(make_answer(datasets=(table(*rows),), activities=()))
    assert [(fact.label, fact.cell.text) for fact in copy.common] == [("Numéro carte", "25")]
    assert copy.headers == ("Code arrêt",)
    assert copy.empty == ("Clos le",)
    assert copy.tabular


def test_a_single_row_is_a_list_and_a_wide_table_is_one_list_a_row(make_answer):
    wide = tuple(tuple(Explained(label=f"c{at}", value=f"{rank}") for at in range(9)) for rank in range(2))
    assert not only_copy(make_answer(datasets=(table(*wide),), activities=())).tabular
    alone = only_copy(make_answer(datasets=(table(wide[0]),), activities=()))
    assert (len(alone.common), alone.rows) == (9, ())


def test_the_rows_past_their_term_are_marked_when_they_are_known(make_answer):
    rows = tuple((Explained(label="a", value=value),) for value in "123")
    copy = only_copy(make_answer(datasets=(table(*rows, past_term=1, past_rows=(1,)),), activities=()))
    assert [row.past for row in copy.rows] == [False, True, False]


@pytest.mark.parametrize(
    ("value", "column", "said"),
    [
        ("2026-10-29 16:07:36", "", "29 octobre 2026 à 16 h 07 min 36 s"),
        ("2026-10-29T16:07:00.000", "", "29 octobre 2026 à 16 h 07"),
        ("2026-10-29T16:07:00Z", "", "29 octobre 2026 à 16 h 07 (UTC)"),
        ("2026-10-01", "", "1er octobre 2026"),
        ("12/10/2026 18:41", "", "12 octobre 2026 à 18 h 41"),
        ("2026-02-30", "", "2026-02-30"),
        ("20261029", "", "20261029"),
        ("30.0", "sales.amount", "30,00"),
        ("-2,5", "sales.amount", "−2,50"),
        ("30.0", "", "30.0"),
        ("ok", "validations.result", "passage accepté"),
        ("E12", "validations.result", "E12"),
        ("nominative", "cards.medium", "carte nominative"),
        ("", "cards.medium", ""),
    ],
)
def test_a_value_is_written_as_a_person_reads_it(value, column, said):
    cell = cell_view(Explained(label="x", value=value, column=column), "fr")
    assert cell.text.replace("\N{NO-BREAK SPACE}", " ") == said
    assert cell.raw == value


def test_the_meaning_of_a_code_comes_before_the_code():
    cell = cell_view(Explained(label="code_arret", value="3199", meaning="Haubourdin Gare", column="validations.stop"), "fr")
    assert (cell.text, cell.code) == ("Haubourdin Gare", "3199")


@pytest.mark.parametrize(
    ("raw", "column", "said"),
    [
        ("horodatage", "validations.tapped_at", "Date et heure du passage"),
        ("numero_serie", "", "Numéro série"),
        ("recu_le", "", "Reçu le"),
        ("Code titre", "", "Code titre"),
        ("IdClient", "", "IdClient"),
        ("x", "unknown.nowhere", "X"),
    ],
)
def test_a_column_is_named_after_its_canonical_one_else_made_readable(raw, column, said):
    assert column_label(raw, column, "fr") == said


def test_two_columns_of_one_name_are_told_apart(make_answer):
    row = (Explained(label="debut", value="1", column="a.starts_on"), Explained(label="du", value="2", column="a.starts_on"))
    copy = only_copy(make_answer(datasets=(table(row),), activities=()))
    assert [fact.label for fact in copy.common] == ["Début de validité (debut)", "Début de validité (du)"]


def test_every_canonical_column_that_can_be_given_has_its_words():
    reference = {"products", "stops", "lines", "profiles", "fares", "grants", "files", "requests"}
    reference |= {"accounts", "admin_events", "breaches", "backups"}  # about the system, never about one traveller
    names = {column for table in TABLES.values() if table.name not in reference for column in table.columns}
    assert names - set(COLUMNS) == set()


def test_the_reader_is_told_about_hours_only_when_there_are_some(make_answer):
    clock = table((Explained(label="a", value="2026-10-29 16:07:36"),))
    assert tells_hours(chapters(make_answer(datasets=(clock,))))
    assert not tells_hours(chapters(make_answer(datasets=(table((Explained(label="a", value="2026-10-29"),)),))))


def test_personal_values_stay_out_of_repr(access_answer):
    said = repr(chapters(access_answer))
    assert "2500001237" not in said
    assert "GARES" not in said


@pytest.mark.parametrize("width", [3, 8])
def test_an_empty_field_never_shifts_the_ones_after_it(access_answer, width):
    """A table up to a few columns, a list beyond: in both, each value stands under its own name."""
    names = [f"champ_{rank}" for rank in range(width)]
    first = tuple(Explained(label=name, value="" if rank == 1 else f"a{rank}") for rank, name in enumerate(names))
    second = tuple(Explained(label=name, value=f"b{rank}") for rank, name in enumerate(names))
    page = render_access(replace(access_answer, datasets=(DataSet(title="Essai", physical="essai", activity="", rows=(first, second)),)))
    for row in (first, second):
        for cell in row:
            if not cell.value:
                continue
            before = page[: page.index(f">{cell.value}<")]
            named = re.findall(r"Champ \d", before) if width > 3 else re.findall(r'data-label="(Champ \d)', before)
            assert named[-1] == f"Champ {cell.label[-1]}"
