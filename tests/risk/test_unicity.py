"""Uniqueness of traces: published vectors, an oracle in Python that makes the same draws, and the laws of the measure."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.engine.duckdb import DuckDBEngine
from auditor.risk.unicity import SIZES, Unicity, unicity, wilson

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
VECTORS = SHARED / "vectors" / "science_unicity.json"
NEEDS_SHARED = pytest.mark.skipif(not VECTORS.exists(), reason="the shared reference data is not beside the project")
PATIENT = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

Taps = list[tuple[int | None, str | None, int | None]]


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine(threads=2) as opened:
        yield opened


def measured(engine, taps: Taps, *, drawn=1000, seed="seed", sizes=SIZES) -> tuple[Unicity, ...]:
    columns = {name: [tap[place] for tap in taps] for place, name in enumerate(("card", "stop", "hour"))}
    types = {"card": pa.int64(), "stop": pa.string(), "hour": pa.int64()}
    points = engine.load("taps", pa.table({name: pa.array(column, types[name]) for name, column in columns.items()}))
    return unicity(engine.rows, points, trace="card", by=["stop", "hour"], drawn=drawn, seed=seed, sizes=sizes)


def oracle(taps: Taps, *, drawn: int, seed: str, sizes=SIZES) -> list[tuple[int, int, int, int]]:
    traces = defaultdict(set)
    for card, stop, hour in taps:
        if card is not None and stop is not None and hour is not None:
            traces[card].add((stop, hour))
    chosen = sorted(traces, key=lambda card: (_digest(seed, card), card))[:drawn]
    found = []
    for size in sizes:
        unique = 0
        for card in chosen:
            ordered = sorted(traces[card], key=lambda point: (_digest(seed, card, *point), *point))
            known = set(ordered[:size])
            unique += len(ordered) >= size and sum(known <= trace for trace in traces.values()) == 1
        enough = sum(len(traces[card]) >= size for card in chosen)
        found.append((size, enough, unique, len(chosen) - enough))
    return found


def _digest(*parts: object) -> str:
    return hashlib.md5(":".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()


CARD, STOP, HOUR = st.one_of(st.none(), st.integers(-4, 8)), st.sampled_from(["a", "b", "c", None]), st.sampled_from([7, 8, 9, None])


@PATIENT
@given(taps=st.lists(st.tuples(CARD, STOP, HOUR), max_size=50), drawn=st.integers(1, 12), seed=st.sampled_from(["one", "two"]))
def test_every_figure_equals_the_oracle(engine, taps, drawn, seed):
    found = measured(engine, taps, drawn=drawn, seed=seed)

    assert [(one.points, one.traces, one.unique, one.short) for one in found] == oracle(taps, drawn=drawn, seed=seed)
    known = {card for card, stop, hour in taps if None not in (card, stop, hour)}
    assert {one.population for one in found} == {len(known)}


@PATIENT
@given(taps=st.lists(st.tuples(CARD, STOP, HOUR), max_size=40))
def test_knowing_more_points_never_makes_a_trace_less_unique(engine, taps):
    two, three, four = measured(engine, taps)

    # The draws are nested: a trace that two points single out stays alone when a third is known.
    assert two.unique - three.unique <= two.traces - three.traces
    assert three.unique - four.unique <= three.traces - four.traces


def vector() -> dict:
    return json.loads(VECTORS.read_text(encoding="utf-8"))


def numbered(traces) -> Taps:
    names, moments = sorted(traces), sorted({str(point[1]) for trace in traces.values() for point in trace})
    return [(names.index(name), stop, moments.index(str(moment))) for name in names for stop, moment in traces[name]]


@NEEDS_SHARED
def test_the_mean_over_draws_is_the_published_exact_share(engine):
    book = vector()["unicity"]
    taps = numbered(book["traces"])
    turns = 60
    totals = {size: [0, 0] for size in (1, 2, 3)}
    for turn in range(turns):
        for one in measured(engine, taps, seed=f"turn {turn}", sizes=(1, 2, 3)):
            totals[one.points][0] += one.unique
            totals[one.points][1] += one.traces
    for exact in book["fine"]:
        unique, tried = totals[exact["p"]]
        assert tried == exact["eligible_cards"] * turns
        assert unique / tried == pytest.approx(exact["mean_over_subsets"]["float"], abs=0.08)


@NEEDS_SHARED
def test_a_pseudonym_that_lasts_a_week_is_unique_and_one_that_lasts_a_day_is_not(engine):
    book = vector()["unicity"]["rotation"]
    taps = numbered(book["traces"])
    (weekly,) = measured(engine, taps, sizes=(2,))
    daily = [(card * 10 + day, stop, day) for card, stop, day in taps]
    (single,) = measured(engine, daily, sizes=(1,))

    assert (weekly.share, weekly.traces) == (1.0, 4)
    assert (single.share, single.traces) == (0.0, 8)


@NEEDS_SHARED
def test_the_interval_is_wilsons():
    for case in vector()["intervals"]:
        assert wilson(case["k"], case["n"]) == pytest.approx(tuple(case["wilson95"]), abs=2e-6)


def test_nothing_tried_leaves_the_whole_range():
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 10)[0] == 0.0
    assert wilson(10, 10)[1] == 1.0


def test_traces_too_short_are_counted_and_not_dropped(engine):
    two, three, four = measured(engine, [(1, "a", 7), (1, "b", 8), (2, "a", 7)])

    assert (two.traces, two.unique, two.short, two.population) == (1, 1, 1, 2)
    assert (three.traces, three.short, three.share) == (0, 2, 0.0)
    assert four.interval == (0.0, 1.0)


def test_the_same_point_twice_is_one_point(engine):
    (two,) = measured(engine, [(1, "a", 7), (1, "a", 7)], sizes=(2,))

    assert (two.traces, two.short) == (0, 1)


def test_a_sample_is_stable_and_bounded(engine):
    taps = [(card, stop, card % 5) for card in range(60) for stop in "abc"]

    assert measured(engine, taps, drawn=10) == measured(engine, list(reversed(taps)), drawn=10)
    assert measured(engine, taps, drawn=10)[0].traces == 10


def test_an_empty_table_has_no_trace(engine):
    assert [(one.traces, one.unique, one.population) for one in measured(engine, [])] == [(0, 0, 0)] * 3
