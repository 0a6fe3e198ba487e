import itertools
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anonymise.disclosure import TOTAL, PublishedTable, _Component, _Equation, _Meter, disclosure, intervals

SHARED = Path(__file__).resolve().parents[3].parent / "shared"
VECTOR = SHARED / "vectors" / "science_sdc.json"
needs_vectors = pytest.mark.skipif(not VECTOR.exists(), reason="the shared reference data is not beside the project")
several = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _vector():
    return json.loads(VECTOR.read_text())["complementary_suppression"]


def _named(table):
    return {"".join(table.keys[line]): bounds for line, bounds in intervals(table, floor=0).items()}


@needs_vectors
def test_primary_suppression_alone_gives_the_exact_value(two_way):
    vector = _vector()
    table = two_way(vector["table"], ["r2c2"])
    assert _named(table)["r2c2"] == tuple(vector["attack_primary_only"]["r2c2"])
    assert [exposure.low for exposure in disclosure(table, 5, floor=0).exposed] == [2.0]


@needs_vectors
def test_a_partner_in_the_same_column_still_gives_the_exact_value(two_way):
    vector = _vector()
    found = _named(two_way(vector["table"], ["r2c2", "r1c2"]))
    assert {name: list(bounds) for name, bounds in found.items()} == vector["attack_column_partner_only"]


@needs_vectors
def test_every_candidate_rectangle_has_the_interval_of_the_vector(two_way):
    vector = _vector()
    for candidate in vector["candidate_rectangles"]:
        table = two_way(vector["table"], candidate["set"])
        assert _named(table)["r2c2"] == tuple(candidate["interval_r2c2"])
        assert disclosure(table, int(candidate["width"]), floor=0).safe
        assert not disclosure(table, int(candidate["width"]) + 1, floor=0).safe


def test_a_listed_cell_counts_at_least_one():
    table = PublishedTable(columns=("line",), keys=[("a",), ("b",), (TOTAL,)], values=[None, None, 20])
    assert intervals(table, floor=1) == {0: (1.0, 19.0), 1: (1.0, 19.0)}
    assert disclosure(table, 18).safe
    assert not disclosure(table, 19).safe


def test_a_masked_total_whose_cells_are_shown_is_exposed():
    table = PublishedTable(columns=("line",), keys=[("a",), ("b",), (TOTAL,)], values=[12, 30, None])
    assert [exposure.line for exposure in disclosure(table, 11).exposed] == [2]


def test_without_any_total_nothing_bounds_a_masked_cell():
    table = PublishedTable(columns=("line",), keys=[("a",), ("b",)], values=[None, 30])
    found = disclosure(table, 11)
    assert found.safe
    assert found.masked == 1


def test_a_masked_day_is_found_from_the_grand_total_and_the_other_days():
    keys = [("a", "1"), ("b", "1"), ("a", "2"), ("b", "2"), (TOTAL, "1"), (TOTAL, "2"), (TOTAL, TOTAL)]
    values = [None, None, None, None, None, 60, 75]
    found = disclosure(PublishedTable(columns=("line", "day"), keys=keys, values=values), 11)
    assert 4 in {exposure.line for exposure in found.exposed}


@pytest.mark.parametrize("total", [41, 43])
def test_a_total_that_its_shown_cells_do_not_make_is_a_contradiction(total):
    table = PublishedTable(columns=("line",), keys=[("a",), ("b",), (TOTAL,)], values=[12, 30, total])
    assert disclosure(table, 11).contradictions == 1


def test_a_total_too_small_for_its_masked_cells_is_a_contradiction():
    table = PublishedTable(columns=("line",), keys=[("a",), ("b",), (TOTAL,)], values=[None, None, 1])
    assert not disclosure(table, 1).safe
    assert disclosure(table, 1).contradictions == 1


def test_a_spent_budget_leaves_the_question_open(two_way):
    table = two_way([[40, 50, 60], [70, 80, 90], [30, 20, 99]], ["r0c0", "r0c1", "r1c0", "r1c1"])
    assert disclosure(table, 11, floor=0).safe
    spent = disclosure(table, 11, floor=0, work=0)
    assert spent.unsolved == 4
    assert not spent.safe


@given(values=st.lists(st.integers(1, 50), min_size=2, max_size=6), chosen=st.integers(1, 6), floor=st.integers(0, 1))
@several
def test_the_closed_form_of_one_equation_is_what_the_linear_program_finds(values, chosen, floor):
    members = list(range(len(values)))
    equation = _Equation(tuple(members), sum(values))
    rank = {member: member for member in members}
    target = members[: min(chosen, len(members))]
    closed = _Component(members, [equation], floor, rank=rank)
    solved = _Component(members, [equation, equation], floor, rank=dict(rank))
    enough = float("inf")
    assert closed.bounds(target, _Meter(left=enough), enough) == pytest.approx(solved.bounds(target, _Meter(left=enough), enough), abs=1e-6)


def _brute_force(table, floor):
    """Try every whole-number filling of the masked cells of a small two-way table."""
    cells = [line for line, key in enumerate(table.keys) if TOTAL not in key]
    hidden = [line for line in cells if table.values[line] is None]
    most = 9 if hidden else 0
    found = []
    for filling in itertools.product(range(floor, most + 1), repeat=len(hidden)):
        value = {**{line: table.values[line] for line in cells}, **dict(zip(hidden, filling, strict=True))}
        sums = {}
        for line, key in enumerate(table.keys):
            matching = [cell for cell in cells if all(label in (TOTAL, own) for label, own in zip(key, table.keys[cell], strict=True))]
            sums[line] = sum(value[cell] for cell in matching)
        if all(said is None or said == sums[line] for line, said in enumerate(table.values)):
            found.append(sums)
    return {
        line: (min(sums[line] for sums in found), max(sums[line] for sums in found)) for line, v in enumerate(table.values) if v is None
    }


@given(data=st.data(), floor=st.integers(0, 1))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_program_finds_exactly_what_trying_every_filling_finds(two_way, data, floor):
    rows = data.draw(st.lists(st.lists(st.integers(floor, 3), min_size=3, max_size=3), min_size=2, max_size=2))
    names = [f"r{r}c{c}" for r in range(2) for c in range(3)]
    hidden = data.draw(st.sets(st.sampled_from([*names, "r0*", "*c1"]), max_size=4))
    table = two_way(rows, hidden)
    expected = _brute_force(table, floor)
    exact = intervals(table, floor=floor)
    for line, (low, high) in expected.items():
        if TOTAL in table.keys[line]:
            # The interval of a masked total is that of its masked part: same width, shifted by its shown cells.
            assert exact[line][1] - exact[line][0] == pytest.approx(high - low, abs=1e-6)
        else:
            assert exact[line] == pytest.approx((low, high), abs=1e-6)
    for protection in (1, 2, 4):
        narrow = {line for line, (low, high) in expected.items() if high - low < protection}
        assert {exposure.line for exposure in disclosure(table, protection, floor=floor).exposed} == narrow
