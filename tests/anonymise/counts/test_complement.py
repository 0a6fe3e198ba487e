import json
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anonymise.complement import protect
from anonymise.disclosure import disclosure

SHARED = Path(__file__).resolve().parents[3].parent / "shared"
VECTOR = SHARED / "vectors" / "science_sdc.json"


@pytest.mark.skipif(not VECTOR.exists(), reason="the shared reference data is not beside the project")
def test_the_pattern_of_least_cost_is_the_one_of_the_vector(count_table):
    vector = json.loads(VECTOR.read_text())["complementary_suppression"]
    cells = {(f"r{r}", f"c{c}"): value for r, row in enumerate(vector["table"]) for c, value in enumerate(row)}
    table = count_table(cells, [(0,), (1,), ()], vector["threshold"])
    assert protect(table, vector["threshold"], floor=0).safe
    hidden = {"".join(key): value for key, value, masked in zip(table.keys, table.boardings, table.masked, strict=True) if masked}
    assert set(hidden) == set(vector["least_cost"]["set"])
    assert sum(hidden.values()) == vector["least_cost"]["suppressed_total"]


def test_a_lone_small_cell_takes_the_cheapest_partner(count_table):
    table = count_table({("a",): 3, ("b",): 40, ("c",): 90}, [()], 11)
    assert protect(table, 11).safe
    assert table.masked == [True, True, False]


def test_no_total_published_means_no_partner_needed(count_table):
    table = count_table({("a",): 3, ("b",): 40, ("c",): 90}, [], 11)
    assert protect(table, 11).safe
    assert table.masked == [True, False, False]


def test_small_cells_that_hold_too_few_persons_together_take_a_partner(count_table):
    # Two frequent travellers: 60 boardings in each cell, so the interval alone would be wide enough.
    cells = {("a",): 60, ("b",): 60, ("c",): 200, ("d",): 300}
    persons = {("a",): 1, ("b",): 1, ("c",): 90, ("d",): 95}
    table = count_table(cells, [()], 11, persons)
    assert protect(table, 11).safe
    assert table.masked == [True, True, True, False]


def test_a_total_whose_cells_are_all_masked_is_masked_with_another_beside_it(count_table):
    cells = {("a", "1"): 2, ("b", "1"): 3, ("a", "2"): 40, ("b", "2"): 50, ("a", "3"): 60, ("b", "3"): 70}
    table = count_table(cells, [(1,), ()], 11)
    assert protect(table, 11).safe
    days = table.families[0]
    assert days.masked[0]
    assert sum(days.masked) > 1 or table.families[1].masked[0]


@pytest.mark.parametrize("margins", [[(0, 2)], [(0, 2), (2,), ()], [(0, 2), (1, 2)], [(0,), (1,), ()], [(0,), (1,), (2,)]])
def test_realistic_tables_end_safe(count_table, margins):
    draw = random.Random(3)
    cells = {}
    for line in range(8):
        for hour in range(9):
            for day in range(2):
                cells[f"l{line:02}", f"h{hour:02}", f"d{day}"] = 1 + int(draw.lognormvariate(3.5, 1.4))
    table = count_table(cells, margins, 11)
    report = protect(table, 11)
    assert report.safe
    # The proof is made again from what a stranger reads.
    assert disclosure(table.published(), 11).safe
    assert not all(table.masked)


@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_table_no_masked_line_is_left_exposed(count_table, data):
    rows, columns = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    sizes = data.draw(st.lists(st.integers(1, 60), min_size=rows * columns, max_size=rows * columns))
    cells = {(f"r{place // columns}", f"c{place % columns}"): size for place, size in enumerate(sizes)}
    margins = data.draw(st.lists(st.sampled_from([(0,), (1,), ()]), unique=True))
    table = count_table(cells, margins, 11)
    protect(table, 11)
    assert disclosure(table.published(), 11).safe
    assert all(hidden for hidden, small in zip(table.masked, table.primary, strict=True) if small)


def test_the_choice_does_not_depend_on_the_run(count_table):
    def masked():
        draw = random.Random(9)
        cells = {(f"r{r}", f"c{c}"): 1 + int(draw.lognormvariate(3, 1)) for r in range(8) for c in range(8)}
        table = count_table(cells, [(0,), (1,), ()], 11)
        protect(table, 11)
        return table.masked

    assert masked() == masked()
