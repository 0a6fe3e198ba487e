from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.engine.clocks import changes, local_to_utc, utc_to_local
from auditor.engine.duckdb import DuckDBEngine

ZONES = ("Europe/Paris", "Europe/London", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "UTC")


@pytest.fixture(scope="module")
def engine():
    with DuckDBEngine(memory_limit="500MB", threads=1) as opened:
        yield opened


def read_local(engine, zone, *moments):
    table = engine.load("moments", pa.table({"rank": range(len(moments)), "at": pa.array(moments, pa.timestamp("us"))}))
    read = local_to_utc(table["at"], zone)
    asked = table.select("rank", utc=read.utc, skipped=read.skipped, told_twice=read.told_twice).order_by("rank")
    return [(row["utc"], row["skipped"], row["told_twice"]) for row in engine.rows(asked)]


def test_the_hour_told_twice_takes_its_earlier_instant_and_says_so(engine):
    before, first, last, after = (
        datetime(2026, 10, 25, 1, 59, 59),
        datetime(2026, 10, 25, 2, 0),
        datetime(2026, 10, 25, 2, 59, 59),
        datetime(2026, 10, 25, 3, 0),
    )
    assert read_local(engine, "Europe/Paris", before, first, last, after) == [
        (datetime(2026, 10, 24, 23, 59, 59), False, False),
        (datetime(2026, 10, 25, 0, 0), False, True),
        (datetime(2026, 10, 25, 0, 59, 59), False, True),
        (datetime(2026, 10, 25, 2, 0), False, False),
    ]


def test_an_hour_that_is_skipped_does_not_exist(engine):
    before, first, last, after = (
        datetime(2026, 3, 29, 1, 59, 59),
        datetime(2026, 3, 29, 2, 0),
        datetime(2026, 3, 29, 2, 59, 59),
        datetime(2026, 3, 29, 3, 0),
    )
    assert read_local(engine, "Europe/Paris", before, first, last, after) == [
        (datetime(2026, 3, 29, 0, 59, 59), False, False),
        (None, True, False),
        (None, True, False),
        (datetime(2026, 3, 29, 1, 0), False, False),
    ]


def test_nothing_stays_nothing(engine):
    assert read_local(engine, "Europe/Paris", None) == [(None, False, False)]


def test_a_zone_that_has_never_moved_since_1970_has_no_change():
    assert changes("UTC") == ()
    assert [change.at.year for change in changes("Europe/Paris")][:2] == [1976, 1976]


@settings(max_examples=40, deadline=None)
@given(zone=st.sampled_from(ZONES), moment=st.datetimes(datetime(1971, 1, 1), datetime(2069, 1, 1)))
def test_reading_a_clock_agrees_with_the_zone_data_of_python(engine, zone, moment):
    moment = moment.replace(microsecond=0)
    aware = moment.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)
    exists = aware.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == moment
    ((utc, skipped, _),) = read_local(engine, zone, moment)
    assert skipped is not exists
    assert utc == (aware.replace(tzinfo=None) if exists else None)


@pytest.mark.parametrize("zone", ZONES)
def test_every_second_around_every_change_comes_back_to_the_same_wall_clock(engine, zone):
    moments = [change.at + timedelta(seconds=shift) for change in changes(zone) for shift in (-3601, -1, 0, 1, 3600)] or [
        datetime(2026, 1, 1)
    ]
    table = engine.load("instants", pa.table({"utc": pa.array(moments, pa.timestamp("us"))}))
    shown = engine.rows(table.select("utc", local=utc_to_local(table.utc, zone)))
    for row in shown:
        assert row["local"] == row["utc"].replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def test_an_unknown_zone_is_an_error_of_the_zone_data():
    with pytest.raises((LookupError, ValueError)):
        local_to_utc(ibis.literal("2026-01-01", type="timestamp"), "Europe/Lille")
