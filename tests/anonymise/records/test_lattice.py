"""The search: the published optimum on Adult, and a brute force over every node on small tables."""

import csv
from collections import defaultdict
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymise.lattice import MAX_NODES, Demand, Entries, Lattice, search
from auditor.vocabulary.errors import CouldNotCheck

SHARED = Path(__file__).resolve().parents[3].parent / "shared"
ADULT = SHARED / "data" / "adult"
NEEDS_ADULT = pytest.mark.skipif(not ADULT.exists(), reason="the shared reference data is not beside the project")
COLUMNS = ("age", "education", "marital-status", "occupation", "sex", "native-country")


def entries(ladders, rows: Sequence[tuple[Sequence[int], int, int]], sensitive: bool = False) -> Entries:
    """Build entries from (codes, sensitive code, unit) rows, one row each."""
    width = len(ladders)
    return Entries(
        codes=tuple(np.array([row[0][place] for row in rows], dtype=np.int32) for place in range(width)),
        sensitive=(np.array([row[1] for row in rows], dtype=np.int32),) if sensitive else (),
        unit=np.array([row[2] for row in rows], dtype=np.int32),
        rows=np.ones(len(rows), dtype=np.int32),
        ladders=tuple(tuple(np.array(level, dtype=np.int32) for level in ladder) for ladder in ladders),
    )


@pytest.fixture(scope="module")
def adult() -> Entries:
    with (ADULT / "adult.csv").open(newline="") as file:
        records = list(csv.DictReader(file))
    codes, ladders = [], []
    for column in COLUMNS:
        with (ADULT / "hierarchies" / f"{column}.csv").open(newline="") as file:
            chains = sorted([cell.strip() for cell in line] for line in csv.reader(file) if line)
        known = {chain[0]: code for code, chain in enumerate(chains)}
        codes.append([known[record[column].strip()] for record in records])
        levels = [list(range(len(chains)))]
        for level in range(1, len(chains[0])):
            names = sorted({chain[level] for chain in chains})
            levels.append([names.index(chain[level]) for chain in chains])
        ladders.append(levels)
    rows = [(tuple(column[place] for column in codes), 0, place) for place in range(len(records))]
    return entries(ladders, rows)


@NEEDS_ADULT
@pytest.mark.parametrize(
    ("limit", "node", "loss", "suppressed"),
    [
        (0.50, (3, 1, 0, 1, 0, 0), 0.218080, 3680),
        (0.20, (3, 1, 0, 1, 0, 0), 0.218080, 3680),
        (0.10, (3, 1, 0, 1, 0, 1), 0.223829, 2376),
        (0.05, (4, 2, 0, 1, 0, 1), 0.246233, 1380),
        (0.02, (4, 1, 0, 1, 0, 2), 0.292903, 604),
        (0.00, (6, 1, 2, 1, 0, 2), 0.521405, 0),
    ],
)
def test_adult_has_the_optimum_that_arx_proves(adult, limit, node, loss, suppressed):
    found = search(adult, Demand(k=10, limit=limit))

    assert found.nodes == 1512
    assert found.nodes_checked < found.nodes // 4
    assert found.best is not None
    assert found.best.score.node == node
    assert found.best.score.loss == pytest.approx(loss, abs=5e-7)
    assert found.best.rows_suppressed == suppressed


@NEEDS_ADULT
@pytest.mark.parametrize(("node", "discernibility"), [((0, 3, 2, 1, 1, 2), 11_640_659), ((1, 3, 2, 1, 1, 2), 38_446_277)])
def test_adult_has_the_discernibility_that_arx_finds(adult, node, discernibility):
    assert Lattice(entries=adult, demand=Demand(k=10)).count(node).score.discernibility == discernibility


LADDERS = (((0, 1, 2, 3), (0, 0, 1, 1), (0, 0, 0, 0)), ((0, 1, 2), (0, 0, 1), (0, 0, 0)), ((0, 1),))
ROW = st.tuples(
    st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 1)), st.integers(0, 2), st.one_of(st.just(-1), st.integers(0, 9))
)
ROWS = st.lists(ROW, min_size=1, max_size=40)


def brute_force(rows, node, demand):
    """Return what a plain reading of the definitions gives for one node: kept rows, persons losing a row, classes kept."""
    classes = defaultdict(list)
    for row in rows:
        classes[tuple(LADDERS[place][level][row[0][place]] for place, level in enumerate(node))].append(row)
    enough = {
        key
        for key, held in classes.items()
        if len({row[2] for row in held} - {-1}) >= demand.k and len({row[1] for row in held}) >= demand.distinct
    }
    losing = {row[2] for key, held in classes.items() if key not in enough for row in held} - {-1}
    return sum(len(classes[key]) for key in enough), len(losing), len(enough), len(classes)


@settings(max_examples=150, deadline=None)
@given(rows=ROWS, k=st.integers(1, 4), distinct=st.integers(1, 2), limit=st.sampled_from([0.0, 0.2, 0.5, 1.0]))
def test_every_node_counts_as_a_plain_reading_and_the_best_is_the_best_of_all(rows, k, distinct, limit):
    demand = Demand(k=k, distinct=distinct, limit=limit)
    given_entries = entries(LADDERS, rows, sensitive=True)
    lattice = Lattice(entries=given_entries, demand=demand)
    units = len({row[2] for row in rows} - {-1})
    allowed = []
    for node in product(range(3), range(3), range(1)):
        kept, losing, enough, classes = brute_force(rows, node, demand)
        counted = lattice.count(node)
        assert (len(rows) - counted.rows_suppressed, counted.units_losing_rows) == (kept, losing)
        assert (counted.classes - counted.classes_suppressed, counted.classes) == (enough, classes)
        assert counted.releasable == (kept > 0 and losing <= limit * units + 1e-9)
        assert lattice.bound(node) <= counted.score.loss + 1e-9
        allowed += [counted] if counted.releasable else []

    found = search(given_entries, demand)

    assert found.best == min(allowed, key=lambda counted: counted.score, default=None)


@settings(max_examples=80, deadline=None)
@given(rows=ROWS, k=st.integers(1, 4), distinct=st.integers(1, 2))
def test_a_coarser_node_never_loses_more_people_nor_has_a_smaller_smallest_class(rows, k, distinct):
    lattice = Lattice(entries=entries(LADDERS, rows, sensitive=True), demand=Demand(k=k, distinct=distinct))
    for node in product(range(3), range(3), range(1)):
        for place in (0, 1):
            if node[place] < 2:
                coarser = tuple(level + (other == place) for other, level in enumerate(node))
                assert lattice.count(coarser).units_losing_rows <= lattice.count(node).units_losing_rows
                assert lattice.persons(coarser).min() >= lattice.persons(node).min()
                assert lattice.bound(coarser) >= lattice.bound(node) - 1e-12


def test_without_any_column_to_coarsen_the_table_is_one_class():
    rows = [((), 0, person) for person in range(4)]

    assert search(entries((), rows), Demand(k=4)).best is not None
    assert search(entries((), rows), Demand(k=5)).best is None


def test_losing_exactly_the_limit_is_allowed():
    ladders = (((0, 1),),)
    rows = [((0,), 0, person) for person in range(19)] + [((1,), 0, 19)]

    assert search(entries(ladders, rows), Demand(k=2, limit=0.05)).best is not None
    assert search(entries(ladders, rows), Demand(k=2, limit=0.049)).best is None


def test_an_empty_release_is_never_the_answer():
    rows = [((0,), 0, 0), ((1,), 0, 1)]

    assert search(entries((((0, 1),),), rows), Demand(k=2, limit=1.0)).best is None


def test_a_plan_too_wide_to_prove_says_so():
    ladder = tuple((0,) for _ in range(60))

    with pytest.raises(CouldNotCheck, match=str(60**3)):
        search(entries((ladder, ladder, ladder), [((0, 0, 0), 0, 0)]), Demand(k=1))
    assert MAX_NODES < 60**3
