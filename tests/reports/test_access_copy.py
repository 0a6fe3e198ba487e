import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.vocabulary.access import DataSet, Explained
from reports.csv import access_csv, harmless
from reports.letter import chapters, past_term


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


def test_a_row_without_a_field_leaves_an_empty_cell(make_answer):
    short = (Explained(label="a", value="1"),)
    full = (Explained(label="a", value="2"), Explained(label="b", value="3"))
    dataset = DataSet(title="T", physical="t", activity="x", rows=(short, full))
    copy = next(iter(chapters(make_answer(datasets=(dataset,), activities=())))).copies[0]
    assert copy.headers == ("a", "b")
    assert copy.rows[0][1] is None


def test_personal_values_stay_out_of_repr(access_answer):
    said = repr(chapters(access_answer))
    assert "2500001237" not in said
    assert "GARES" not in said
