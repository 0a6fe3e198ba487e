from dataclasses import replace
from datetime import datetime

import pyarrow as pa
import pytest

from anonymise.aggregate import make_counts
from anonymise.generalise import Calendar, References
from anonymise.utility import utility_answers
from auditor.engine.duckdb import DuckDBEngine
from auditor.vocabulary.errors import DeclarationProblem, ReleaseRefused
from auditor.vocabulary.releases import RecipientClass, ReleaseColumn, ReleasePlan, ReleaseRecipient, UtilityQuestion

LINE = ReleaseColumn(name="ligne", source="line", hierarchy="line", finest="line", coarsest="line")
HOUR = ReleaseColumn(name="heure", source="tapped_at", hierarchy="time", finest="hour")
PLAN = ReleasePlan(
    id="essai",
    title="Essai",
    kind="counts",
    purpose="statistiques",
    recipient=ReleaseRecipient(name="public", recipient_class=RecipientClass.A),
    columns=(LINE,),
    margins=((),),
    k=11,
)
SEVEN = datetime(2026, 10, 29, 6, 30)


@pytest.fixture
def engine():
    with DuckDBEngine(memory_limit="500MB") as opened:
        yield opened


def _rows(engine, *groups):
    """Each group is (line, boardings, distinct persons); persons None: nobody is named."""
    found = []
    for line, boardings, persons in groups:
        found += [(line, None if persons is None else f"{line}-{rank % persons}", SEVEN) for rank in range(boardings)]
    lines, units, times = zip(*found, strict=True) if found else ((), (), ())
    table = {"line": pa.array(lines, pa.string()), "unit": pa.array(units, pa.string()), "tapped_at": pa.array(times, pa.timestamp("us"))}
    return engine.load("rows", pa.table(table))


def _made(engine, rows, plan=PLAN):
    made = make_counts(engine, rows, plan, References(), Calendar())
    return made, {tuple(row[column.name] for column in plan.columns): row for row in made.lines.to_pylist()}


@pytest.mark.parametrize(("persons", "masked"), [(11, False), (10, True)])
def test_a_cell_is_shown_from_the_threshold_on(engine, persons, masked):
    _, lines = _made(engine, _rows(engine, ("L1", 60, 60), ("L2", 50, 50), ("N1", 40, persons)))
    assert lines[("N1",)]["masked"] is masked
    assert lines[("N1",)]["boardings"] == (None if masked else 40)
    assert lines[("*",)]["boardings"] == 150


def test_boardings_without_a_person_count_as_boardings_and_as_nobody(engine):
    made, lines = _made(engine, _rows(engine, ("L1", 60, 60), ("L2", 50, 50), ("N1", 40, None)))
    assert lines[("N1",)]["masked"] is True
    assert made.made.rows_in == 150
    assert made.made.units_in == 110


def test_what_leaves_never_tells_the_number_of_persons(engine):
    made, _ = _made(engine, _rows(engine, ("L1", 60, 20), ("L2", 50, 20)))
    assert made.lines.column_names == ["ligne", "boardings", "masked"]


def test_an_empty_label_is_a_cell_of_its_own(engine):
    _, lines = _made(engine, _rows(engine, (None, 30, 30), ("L1", 60, 60)))
    assert lines[("?",)]["boardings"] == 30


def test_cells_that_do_not_occur_are_not_listed(engine):
    _, lines = _made(engine, _rows(engine, ("L1", 60, 60)))
    assert set(lines) == {("L1",), ("*",)}


def test_a_plan_below_its_class_is_held_to_the_class(engine):
    _, lines = _made(engine, _rows(engine, ("L1", 60, 60), ("L2", 50, 50), ("N1", 40, 10)), replace(PLAN, k=5))
    assert lines[("N1",)]["masked"] is True


def test_nothing_to_show_is_a_refusal(engine):
    with pytest.raises(ReleaseRefused, match="No cell may be shown"):
        _made(engine, _rows(engine, ("L1", 60, 10), ("L2", 60, 10)))
    with pytest.raises(ReleaseRefused, match="no row"):
        _made(engine, _rows(engine))


@pytest.mark.parametrize(
    "column",
    [
        replace(LINE, finest="network", coarsest="network"),
        replace(LINE, name="boardings"),
        replace(LINE, name="unit"),
        replace(LINE, name="masked"),
    ],
)
def test_a_column_that_could_be_taken_for_something_else_is_not_accepted(engine, column):
    with pytest.raises(DeclarationProblem):
        make_counts(engine, _rows(engine, ("L1", 60, 60)), replace(PLAN, columns=(column,), margins=()), References(), Calendar())


def test_questions_are_answered_before_and_after(engine):
    rows = _rows(engine, ("L1", 60, 60), ("L2", 50, 50), ("N1", 40, 10), ("N2", 20, 20))
    questions = (
        UtilityQuestion(id="line", title="Par ligne", by=("ligne",), tolerance=0.1),
        UtilityQuestion(id="band", title="Par tranche", by=("ligne", "heure"), level={"heure": "band"}),
        UtilityQuestion(id="minute", title="Par minute", by=("heure",), level={"heure": "minute"}),
    )
    plan = replace(PLAN, columns=(LINE, HOUR), margins=(), utility=questions)
    made, _ = _made(engine, rows, plan)
    lines = engine.load("lines", made.lines)
    line, band, minute = utility_answers(engine, plan, rows, lines, made.made.levels, References(), Calendar())
    # Without a published total the two night lines are told apart only as far as N2 is shown.
    assert (line.original_total, line.released_total, line.cells) == (170.0, 130.0, 4)
    assert line.weighted_error == pytest.approx(40 / 170, abs=1e-6)
    assert line.median_error == 0.0
    assert band.weighted_error == line.weighted_error
    assert minute.released_total == 130.0
