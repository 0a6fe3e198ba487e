from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.vocabulary.errors import DeclarationProblem
from auditor.vocabulary.network import ColumnMap

AT = "tapped_at"
DAYS = {"Sun": "2009-11-15", "Mon": "2009-11-16"}


def clock(**more):
    return ColumnMap(date="jour", clock="heure", **more)


def test_a_local_time_becomes_utc_and_the_hour_told_twice_takes_its_earlier_instant(taps):
    text = "quand\n2026-10-25 01:59:59\n2026-10-25 02:30:00\n2026-10-25 02:30:00\n2026-10-25 03:00:00\n"
    _, report, rows = taps(text, {AT: "quand"})
    assert [row[AT].hour for row in rows] == [23, 0, 0, 2]
    assert report.ambiguous == 2


def test_a_local_time_that_does_not_exist_is_rejected_under_its_own_reason(taps):
    _, report, rows = taps("quand\n2026-03-29 01:59:59\n2026-03-29 02:00:00\n2026-03-29 02:59:59\n2026-03-29 03:00:00\n", {AT: "quand"})
    assert report.rejected == {"tapped_at: a local time that does not exist": 2}
    assert len(rows) == 2


def test_a_local_time_that_does_not_exist_is_only_lost_where_it_is_not_required(taps):
    _, report, rows = taps("quand,recu\n2026-03-29 04:00:00,2026-03-29 02:30:00\n", {AT: "quand", "received_at": "recu"})
    assert report.unreadable == {"received_at": 1}
    assert rows[0]["received_at"] is None


def test_a_source_in_utc_is_taken_as_it_stands(taps):
    _, report, rows = taps("quand\n2026-10-25 02:30:00\n2026-03-29 02:30:00\n", {AT: ColumnMap(column="quand", timezone="UTC")})
    assert [row[AT] for row in rows] == [datetime(2026, 3, 29, 2, 30), datetime(2026, 10, 25, 2, 30)]
    assert report.ambiguous == 0


def test_a_time_that_states_its_offset_is_not_moved_again(taps):
    _, _, rows = taps("quand\n2026-10-30T23:10:00+01:00\n2026-10-30 22:11:00Z\n2026-10-30T23:12\n", {AT: "quand"})
    assert [row[AT] for row in rows] == [datetime(2026, 10, 30, 22, minute) for minute in (10, 11, 12)]


def test_an_offset_in_a_declared_format_counts_too(taps):
    _, _, rows = taps("quand\n30/10/2026 23:10 +0100\n", {AT: ColumnMap(column="quand", formats=("%d/%m/%Y %H:%M %z",))})
    assert rows[0][AT] == datetime(2026, 10, 30, 22, 10)


@pytest.mark.parametrize(("unit", "value"), [("s", "1793401800"), ("ms", "1793401800000")])
def test_seconds_and_milliseconds_since_1970_are_utc(taps, unit, value):
    _, report, rows = taps(f"quand\n{value}\nsoon\n9e99\n", {AT: ColumnMap(column="quand", epoch=unit)})
    assert [row[AT] for row in rows] == [datetime(2026, 10, 30, 23, 10)]
    assert report.rejected == {"tapped_at: not a date": 2}


def test_a_clock_past_midnight_is_the_next_morning(taps):
    text = "jour,heure\n2026-10-30,23:59\n2026-10-30,24:00\n2026-10-30,25:30:15\n2026-10-31,4:05\n"
    _, _, rows = taps(text, {AT: clock()}, zone="UTC")
    assert [row[AT] for row in rows] == [
        datetime(2026, 10, 30, 23, 59),
        datetime(2026, 10, 31, 0, 0),
        datetime(2026, 10, 31, 1, 30, 15),
        datetime(2026, 10, 31, 4, 5),
    ]


def test_a_clock_past_midnight_meets_the_change_of_hour_on_the_wall_clock(taps):
    _, report, rows = taps("jour,heure\n2026-10-24,26:30\n2026-03-28,26:30\n", {AT: clock()})
    assert [row[AT] for row in rows] == [datetime(2026, 10, 25, 0, 30)]
    assert (report.ambiguous, report.rejected) == (1, {"tapped_at: a local time that does not exist": 1})


def test_a_day_that_is_a_name_is_translated_and_a_name_not_listed_is_unreadable(taps):
    columns = {AT: clock(values=DAYS, only_listed=True), "service_day": ColumnMap(column="jour", values=DAYS, only_listed=True)}
    _, report, rows = taps(
        "jour,heure\nSun,25:30\nMon,01:30\nTue,01:30\n,01:30\nMon,\nMon,48:00\nMon,12:60\nMon,midi\n", columns, zone="UTC"
    )
    assert {row[AT] for row in rows} == {datetime(2009, 11, 16, 1, 30)}
    assert sorted(row["service_day"] for row in rows) == [date(2009, 11, 15), date(2009, 11, 16)]
    assert report.rejected == {"tapped_at: empty": 2, "tapped_at: not a date": 4}


def test_days_in_declared_formats(taps):
    _, report, rows = taps(
        "jour,heure\n30/10/2026,07:00\n31-10-2026,07:00\n", {AT: clock(date_formats=("%d/%m/%Y", "%d-%m-%Y"))}, zone="UTC"
    )
    assert [row[AT].day for row in rows] == [30, 31]
    assert report.rejected == {}


def test_an_unknown_zone_is_a_fault_of_the_mapping(taps):
    with pytest.raises(DeclarationProblem, match="'Europe/Lille' is not a time zone"):
        taps("quand\n2026-10-30 07:00:00\n", {AT: ColumnMap(column="quand", timezone="Europe/Lille")})


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moments=st.lists(st.datetimes(datetime(2026, 3, 28), datetime(2026, 10, 26)), min_size=1, max_size=8))
def test_every_local_time_is_read_rejected_or_counted_as_python_does(taps, moments):
    moments = [moment.replace(microsecond=0) for moment in moments]
    paris = ZoneInfo("Europe/Paris")
    utc = [moment.replace(tzinfo=paris).astimezone(UTC) for moment in moments]
    real = [
        read.replace(tzinfo=None)
        for read, moment in zip(utc, moments, strict=True)
        if read.astimezone(paris).replace(tzinfo=None) == moment
    ]
    twice = sum(
        (read + timedelta(hours=1)).astimezone(paris).replace(tzinfo=None) == moment for read, moment in zip(utc, moments, strict=True)
    )
    _, report, rows = taps("quand\n" + "".join(f"{moment}\n" for moment in moments), {AT: "quand"})
    assert [row[AT] for row in rows] == sorted(real)
    assert report.rows_read == len(moments)
    assert report.ambiguous == twice
