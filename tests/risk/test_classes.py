"""Classes counted in persons: published tables, an exact oracle in Python, and the laws the measure must keep."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.engine.base import Relation
from auditor.engine.duckdb import DuckDBEngine
from auditor.risk.classes import class_sizes, measure
from auditor.vocabulary.errors import UsageProblem

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
NEEDS_SHARED = pytest.mark.skipif(not SHARED.exists(), reason="the shared reference data is not beside the project")
PATIENT = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine(threads=2) as opened:
        yield opened


def table(engine: DuckDBEngine, columns: Sequence[str], rows: Sequence[Sequence[object]], **types: pa.DataType) -> Relation:
    values = {name: [row[place] for row in rows] for place, name in enumerate(columns)}
    fields = {name: pa.array(column, types.get(name, pa.string())) for name, column in values.items()}
    return engine.load("given", pa.table(fields))


def vectors() -> list[dict[str, object]]:
    path = SHARED / "vectors" / "anon" / "tables.json"
    return json.loads(path.read_text())["cases"] if path.exists() else []


@NEEDS_SHARED
@pytest.mark.parametrize("case", vectors(), ids=lambda case: case["id"])
def test_published_tables_have_their_exact_k_and_l(engine, case):
    with (SHARED / "vectors" / "anon" / case["file"]).open(newline="") as file:
        header, *lines = list(csv.reader(file))
    given_table = table(engine, header, [[cell or None for cell in line] for line in lines])
    by, sensitive, exact = case["qi"], case["sensitive"], case["exact"]

    found = measure(engine, given_table, by, case.get("entity"), 2, [sensitive])

    assert found.row_k == exact["k"]
    assert found.person_k == exact.get("k_entity", exact["k"])
    assert found.classes == exact["classes"]
    assert found.rows == exact["n"]
    assert found.distinct_l == {sensitive: exact["l_distinct"]}
    sizes = engine.rows(class_sizes(given_table, by, None))
    assert sorted(size["rows"] for size in sizes) == exact["sizes"]


@NEEDS_SHARED
def test_row_k_three_is_person_k_one(engine):
    case = json.loads((SHARED / "vectors" / "science_kanonymity.json").read_text())["person_vs_row"]
    rows = [[str(cell) for cell in row] for row in case["rows"]]
    given_table = table(engine, ["card", *case["quasi_identifiers"]], rows)

    found = measure(engine, given_table, case["quasi_identifiers"], "card", 3)

    assert (found.row_k, found.person_k) == (case["row_k"], case["person_k"])
    sizes = {tuple(size.values()) for size in engine.rows(class_sizes(given_table, case["quasi_identifiers"], "card"))}
    expected = {(*map(str, each["key"]), each["row_count"], each["distinct_cards"]) for each in case["classes"]}
    assert sizes == expected


CELL = st.sampled_from(["a", "b", "c", None])
PERSON = st.one_of(st.none(), st.integers(min_value=-3, max_value=8))
ROWS = st.lists(st.tuples(CELL, CELL, st.sampled_from(["x", "y", None]), PERSON), max_size=40)
COLUMNS = ["q", "r", "s", "person"]


def oracle(rows: Sequence[tuple[object, ...]], k: int, l: int) -> dict[str, object]:  # noqa: E741
    classes = defaultdict(list)
    for row in rows:
        classes[row[:2]].append(row)
    persons = {key: {row[3] for row in held if row[3] is not None} for key, held in classes.items()}
    diverse = {key: len({row[2] for row in held}) for key, held in classes.items()}
    below = [key for key in classes if len(persons[key]) < k]
    return {
        "person_k": min(map(len, persons.values()), default=0),
        "row_k": min(map(len, classes.values()), default=0),
        "classes": len(classes),
        "classes_below": len(below),
        "rows": len(rows),
        "rows_below": sum(len(classes[key]) for key in below),
        "rows_alone": sum(len(held) == 1 for held in classes.values()),
        "cards": len({row[3] for row in rows if row[3] is not None}),
        "cards_below": len(set().union(*(persons[key] for key in below))),
        "distinct_l": {"s": min(diverse.values(), default=0)},
        "classes_below_l": {"s": sum(number < l for number in diverse.values())} if classes else {},
    }


@pytest.mark.parametrize("kind", [pa.int64(), pa.string()], ids=str)
def test_a_row_without_a_person_adds_nobody_to_its_class(engine, kind):
    rows = [("a", "a", "x", None), ("a", "b", "x", None), ("a", "a", "x", 0)]
    told = [(*row[:3], row[3] if row[3] is None or kind == pa.int64() else f"p{row[3]}") for row in rows]

    found = measure(engine, table(engine, COLUMNS, told, person=kind), ["q", "r"], "person", 2, ["s"])

    assert (found.person_k, found.classes_below, found.rows_below, found.cards_below) == (0, 2, 3, 1)


@PATIENT
@given(rows=ROWS, k=st.integers(1, 5), l=st.integers(1, 3))
def test_every_figure_equals_the_oracle(engine, rows, k, l):  # noqa: E741
    for kind in (pa.int64(), pa.string()):
        told = rows if kind == pa.int64() else [(*row[:3], None if row[3] is None else f"p{row[3]}") for row in rows]
        found = measure(engine, table(engine, COLUMNS, told, person=kind), ["q", "r"], "person", k, ["s"], l=l)

        expected = oracle(told, k, l)
        assert {name: getattr(found, name) for name in expected} == expected


@PATIENT
@given(rows=ROWS.filter(bool))
def test_the_smallest_class_named_is_one_of_the_smallest(engine, rows):
    found = measure(engine, table(engine, COLUMNS, rows, person=pa.int64()), ["q", "r"], "person", 2)

    held = [row for row in rows if row[:2] == (found.worst["q"], found.worst["r"])]
    assert len({row[3] for row in held} - {None}) == found.person_k
    assert len(held) == found.worst_rows


@PATIENT
@given(rows=ROWS.filter(bool))
def test_a_coarser_column_never_makes_the_smallest_class_smaller(engine, rows):
    coarser = [("ab" if row[0] in ("a", "b") else row[0], *row[1:]) for row in rows]

    fine = measure(engine, table(engine, COLUMNS, rows, person=pa.int64()), ["q", "r"], "person", 2, ["s"])
    coarse = measure(engine, table(engine, COLUMNS, coarser, person=pa.int64()), ["q", "r"], "person", 2, ["s"])

    assert coarse.person_k >= fine.person_k
    assert coarse.row_k >= fine.row_k
    assert coarse.distinct_l["s"] >= fine.distinct_l["s"]
    assert coarse.classes_below <= fine.classes_below


@pytest.mark.parametrize("smallest", [1, 10, 11, 62, 63, 64, 65, 200])
def test_the_smallest_class_is_exact_however_large_it_is(engine, smallest):
    rows = [(name, str(person)) for name, size in (("a", smallest), ("b", smallest + 150), ("c", smallest + 1)) for person in range(size)]

    found = measure(engine, table(engine, ["q", "person"], rows), ["q"], "person", 11)

    assert found.person_k == smallest
    assert found.worst == {"q": "a"}
    assert found.classes_below == sum(size < 11 for size in (smallest, smallest + 1))


def test_a_class_of_exactly_k_is_not_below_k(engine):
    rows = [("a", person) for person in range(11)] + [("b", person) for person in range(10)]

    found = measure(engine, table(engine, ["q", "person"], rows, person=pa.int64()), ["q"], "person", 11)

    assert (found.classes_below, found.rows_below, found.cards_below) == (1, 10, 10)
    assert found.share_below == pytest.approx(10 / 11)
    assert found.prosecutor_risk == pytest.approx(1 / 10)


def test_an_absent_value_is_a_class_of_its_own(engine):
    found = measure(engine, table(engine, ["q"], [("x",), ("x",), ("x",), (None,)]), ["q"], None, 2)

    assert (found.person_k, found.classes, found.worst) == (1, 2, {"q": None})


def test_rows_that_name_nobody_never_enlarge_a_class(engine):
    found = measure(engine, table(engine, ["q", "person"], [("x", "p"), ("x", None), ("x", None), ("y", None)]), ["q"], "person", 2)

    assert (found.person_k, found.row_k, found.cards) == (0, 1, 1)


def test_without_quasi_identifier_the_table_is_one_class(engine):
    found = measure(engine, table(engine, ["person"], [("p",), ("q",), ("q",)]), [], "person", 2)

    assert (found.person_k, found.row_k, found.classes) == (2, 3, 1)


def test_an_empty_table_has_no_class(engine):
    found = measure(engine, table(engine, ["q", "person"], []), ["q"], "person", 2)

    assert (found.person_k, found.classes, found.rows) == (0, 0, 0)


def test_the_smallest_class_is_not_printed(engine):
    found = measure(engine, table(engine, ["q", "person"], [("Gare 07:42", "p")]), ["q"], "person", 2)

    assert "Gare" not in repr(found)


def test_a_column_named_like_a_measure_is_refused(engine):
    with pytest.raises(UsageProblem, match="cards"):
        class_sizes(table(engine, ["cards"], [("x",)]), ["cards"], None)
