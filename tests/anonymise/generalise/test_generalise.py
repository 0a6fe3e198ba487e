"""Generalisation in the engine: the same labels as a plain Python clock, and no value lost on the way up."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anonymise.generalise import Calendar, References, at_level, at_levels, check_hierarchies, column_levels, ladder
from anonymise.labels import LEVELS
from auditor.engine.duckdb import DuckDBEngine
from auditor.vocabulary.errors import DeclarationProblem
from auditor.vocabulary.releases import RecipientClass, ReleaseColumn, ReleasePlan, ReleaseRecipient

PARIS = ZoneInfo("Europe/Paris")
TIME = ReleaseColumn(name="moment", source="tapped_at", hierarchy="time")
PLACE = ReleaseColumn(name="lieu", source="stop", hierarchy="place")


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine(threads=2) as opened:
        yield opened


def stops(engine: DuckDBEngine, *lines: tuple[str | None, ...]) -> References:
    names = ("stop", "station", "zone")
    data = pa.table({name: pa.array([line[place] for line in lines], pa.string()) for place, name in enumerate(names)})
    return References(stops=engine.load("stops", data))


def taps(engine: DuckDBEngine, **columns: list[object]):
    return engine.load("taps", pa.table({name: pa.array(values, *KINDS.get(name, ())) for name, values in columns.items()}))


KINDS = {"tapped_at": (pa.timestamp("us"),), "stop": (pa.string(),), "service_day": (pa.date32(),), "card": (pa.int64(),)}


def plan(*columns: ReleaseColumn) -> ReleasePlan:
    recipient = ReleaseRecipient(name="étude", recipient_class=RecipientClass.B)
    return ReleasePlan(id="p", title="p", kind="records", purpose="statistiques", recipient=recipient, columns=columns, k=5)


def labels(engine: DuckDBEngine, instants: list[datetime | None], level: str, calendar: Calendar) -> list[str]:
    relation = taps(engine, tapped_at=instants, row=list(range(len(instants))))
    return engine.arrow(at_level(relation, TIME, level, References(), calendar).order_by("row"))["moment"].to_pylist()


def clock(instant: datetime, calendar: Calendar) -> tuple[date, int]:
    """Return the service day and the minute of its clock, as a person reading a watch would."""
    local = instant.replace(tzinfo=UTC).astimezone(ZoneInfo(calendar.zone))
    minute = local.hour * 60 + local.minute
    before = minute < calendar.start
    return local.date() - timedelta(days=before), minute + 24 * 60 * before


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    instants=st.lists(
        st.one_of(
            st.datetimes(datetime(2009, 1, 1), datetime(2035, 1, 1)),
            st.datetimes(datetime(2026, 3, 28, 22), datetime(2026, 3, 29, 6)),
            st.datetimes(datetime(2026, 10, 24, 22), datetime(2026, 10, 25, 6)),
        ),
        min_size=1,
        max_size=30,
    ),
    start=st.sampled_from(["00:00", "03:30", "04:00"]),
    zone=st.sampled_from(["Europe/Paris", "Europe/London", "Asia/Shanghai"]),
)
def test_the_minute_is_that_of_the_service_day_on_a_local_watch(engine, instants, start, zone):
    calendar = Calendar(zone=zone, service_day_start=start)
    expected = [f"{day} {minute // 60:02d}:{minute % 60:02d}" for day, minute in (clock(instant, calendar) for instant in instants)]

    assert labels(engine, instants, "minute", calendar) == expected


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    instants=st.lists(st.one_of(st.none(), st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1))), min_size=1, max_size=40),
    start=st.sampled_from(["00:00", "03:30", "04:00"]),
)
def test_the_engine_and_the_ladder_climb_to_the_same_labels(engine, instants, start):
    calendar = Calendar(service_day_start=start)
    steps = LEVELS["time"]
    climbed = ladder(engine, TIME, steps, labels(engine, instants, "minute", calendar), References(), calendar)

    chosen = [(replace(TIME, name=level), level) for level in steps]
    relation = taps(engine, tapped_at=instants, row=list(range(len(instants))))
    found = engine.arrow(at_levels(relation, chosen, References(), calendar, keep=("row",)).order_by("row"))
    assert [found[level].to_pylist() for level in steps] == climbed


def test_half_past_one_belongs_to_the_day_before(engine):
    night = [datetime(2026, 10, 30, 23, 30), datetime(2026, 10, 31, 2, 59), datetime(2026, 10, 31, 3, 0)]

    assert labels(engine, night, "minute", Calendar()) == ["2026-10-30 24:30", "2026-10-30 27:59", "2026-10-31 04:00"]


def test_the_hour_told_twice_bears_one_label(engine):
    told_twice = [datetime(2026, 10, 25, 0, 30), datetime(2026, 10, 25, 1, 30)]

    assert labels(engine, told_twice, "hour", Calendar()) == ["2026-10-24 26:00", "2026-10-24 26:00"]


def test_an_absent_value_is_a_question_mark_until_the_last_level(engine):
    references = stops(engine, ("A", "SA", "Z1"))
    relation = taps(engine, tapped_at=[None, None], stop=[None, "A"])

    for level, expected in (("stop", "?"), ("station", "?"), ("zone", "?"), ("network", "*")):
        found = engine.rows(at_level(relation, PLACE, level, references, Calendar()))
        assert {row["stop"]: row["lieu"] for row in found}[None] == expected
    assert labels(engine, [None], "week-part", Calendar()) == ["?"]
    assert labels(engine, [None], "all", Calendar()) == ["*"]


def test_places_climb_their_reference_table(engine):
    references = stops(engine, ("A1", "A", "Z1"), ("A2", "A", "Z1"), ("B1", "B", "Z1"))
    relation = taps(engine, stop=["A1", "A2", "B1", "A1"])

    for level, expected in (("stop", ["A1", "A1", "A2", "B1"]), ("station", ["A", "A", "A", "B"]), ("zone", ["Z1"] * 4)):
        assert sorted(row["lieu"] for row in engine.rows(at_level(relation, PLACE, level, references, Calendar()))) == expected
    assert ladder(engine, PLACE, ("stop", "station", "zone", "network"), ["?", "A1", "B1"], references, Calendar()) == [
        ["?", "A1", "B1"],
        ["?", "A", "B"],
        ["?", "Z1", "Z1"],
        ["*", "*", "*"],
    ]


def test_a_repeated_reference_line_multiplies_no_row(engine):
    references = stops(engine, ("A1", "A", "Z1"), ("A1", "A", "Z1"))

    assert len(engine.rows(at_level(taps(engine, stop=["A1", "A1"]), PLACE, "station", references, Calendar()))) == 2


def test_a_column_may_bear_the_name_of_another_s_source(engine):
    references = stops(engine, ("A1", "A", "Z1"))
    chosen = [(ReleaseColumn(name="stop", source="stop", hierarchy="place"), "station"), (PLACE, "zone")]

    found = engine.rows(at_levels(taps(engine, stop=["A1"], card=[7]), chosen, references, Calendar(), keep=("card",)))

    assert found == [{"card": 7, "stop": "A", "lieu": "Z1"}]


def test_a_service_day_climbs_from_the_day(engine):
    column = ReleaseColumn(name="jour", source="service_day", hierarchy="time")
    relation = taps(engine, service_day=[date(2026, 10, 31), None])

    assert column_levels(plan(column), column) == ("day", "week-part", "all")
    found = [row["jour"] for row in engine.rows(at_level(relation, column, "week-part", References(), Calendar()))]
    assert sorted(found) == ["?", "week-end"]
    assert sorted(row["jour"] for row in engine.rows(at_level(relation, column, "day", References(), Calendar()))) == ["2026-10-31", "?"]


def check(engine, relation, references, *columns):
    check_hierarchies(engine, relation, plan(*columns), references)


def test_complete_hierarchies_are_accepted(engine):
    references = stops(engine, ("A1", "A", "Z1"), ("B1", "B", "Z1"), ("unused", None, None))

    check(engine, taps(engine, tapped_at=[None] * 3, stop=["A1", "B1", None]), references, TIME, PLACE)


def test_a_value_absent_from_the_reference_is_counted_and_named(engine):
    relation = taps(engine, stop=["A1", *(f"X{number}" for number in range(7)), None])

    with pytest.raises(DeclarationProblem, match=r"7 stop codes \(of 8 .*absent from `stops`.*: X0, X1, X2, X3, X4, …") as caught:
        check(engine, relation, stops(engine, ("A1", "A", "Z1")), PLACE)
    assert caught.value.next_step


def test_a_value_without_parent_is_refused_only_where_the_parent_is_needed(engine):
    references = stops(engine, ("A1", "A", None))
    relation = taps(engine, stop=["A1"])

    check(engine, relation, references, ReleaseColumn(name="lieu", source="stop", hierarchy="place", coarsest="station"))
    with pytest.raises(DeclarationProblem, match="have no station or zone"):
        check(engine, relation, references, PLACE)


def test_a_value_with_two_parents_is_refused(engine):
    with pytest.raises(DeclarationProblem, match="have several station values"):
        check(engine, taps(engine, stop=["A1"]), stops(engine, ("A1", "A", "Z1"), ("A1", "B", "Z1")), PLACE)


def test_a_level_that_does_not_nest_is_refused(engine):
    references = stops(engine, ("A1", "A", "Z1"), ("A2", "A", "Z2"))

    with pytest.raises(DeclarationProblem, match=r"1 station codes .* have several zone values in `stops`: A"):
        check(engine, taps(engine, stop=["A1", "A2"]), references, PLACE)
    check(engine, taps(engine, stop=["A1"]), references, PLACE)


def test_a_hierarchy_without_its_reference_table_is_refused(engine):
    with pytest.raises(DeclarationProblem, match="needs the reference table `stops`"):
        check(engine, taps(engine, stop=["A1"]), References(), PLACE)
    check(engine, taps(engine, stop=["A1"]), References(), ReleaseColumn(name="lieu", source="stop", hierarchy="place", coarsest="stop"))


@pytest.mark.parametrize("code", ["*", "?", ""])
def test_a_code_written_like_a_reserved_label_is_refused(engine, code):
    with pytest.raises(DeclarationProblem, match="reserved label"):
        check(engine, taps(engine, stop=["A1", code]), stops(engine, ("A1", "A", "Z1")), PLACE)


def test_an_identifier_is_never_a_released_column_and_never_quoted(engine):
    with pytest.raises(DeclarationProblem, match="an identifier") as caught:
        check(engine, taps(engine, card=[2_500_000_017]), References(), ReleaseColumn(name="c", source="card"))
    assert "2500000017" not in str(caught.value)


def test_an_unknown_source_is_refused(engine):
    with pytest.raises(DeclarationProblem, match="does not exist"):
        check(engine, taps(engine, stop=["A1"]), References(), ReleaseColumn(name="x", source="weather"))


def test_a_level_that_needs_a_table_is_not_told_without_it(engine):
    with pytest.raises(DeclarationProblem, match="does not map"):
        at_level(taps(engine, stop=["A1"]), PLACE, "zone", References(), Calendar())
