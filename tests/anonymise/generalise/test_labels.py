"""Labels: levels, shapes and parents, without any engine."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymise.labels import LEVELS, TOP, UNKNOWN, Calendar, band_label, clock_label, label_pattern, levels, span, time_parent
from auditor.vocabulary.errors import DeclarationProblem
from auditor.vocabulary.releases import ReleaseColumn

CALENDAR = Calendar()
STARTS = st.sampled_from(["00:00", "03:30", "04:00", "06:59"])


def column(**more: object) -> ReleaseColumn:
    return ReleaseColumn(**({"name": "heure", "source": "tapped_at", "hierarchy": "time"} | more))


@given(start=STARTS, offset=st.integers(0, 24 * 60 - 1), days=st.integers(0, 20_000))
def test_every_minute_climbs_to_the_top_through_labels_of_the_right_shape(start, offset, days):
    calendar = Calendar(service_day_start=start)
    minute = calendar.start + offset
    label = f"{date(1990, 1, 1) + timedelta(days=days)} {clock_label(minute)}"
    for level in LEVELS["time"][:-1]:
        assert re.fullmatch(label_pattern("time", level), label)
        assert [other for other in LEVELS["time"] if re.fullmatch(label_pattern("time", other), label)] in (
            [level],
            ["minute", "hour"],  # a minute that is a whole hour looks like the hour
        )
        label = time_parent(label, level, calendar)
    assert label == TOP


@pytest.mark.parametrize(
    ("label", "level", "parent"),
    [
        ("2026-10-30 06:59", "minute", "2026-10-30 06:00"),
        ("2026-10-30 06:00", "hour", "2026-10-30 04:00-07:00"),
        ("2026-10-30 07:00", "hour", "2026-10-30 07:00-09:00"),
        ("2026-10-30 08:00", "hour", "2026-10-30 07:00-09:00"),
        ("2026-10-30 09:00", "hour", "2026-10-30 09:00-12:00"),
        ("2026-10-30 11:00", "hour", "2026-10-30 09:00-12:00"),
        ("2026-10-30 12:00", "hour", "2026-10-30 12:00-16:00"),
        ("2026-10-30 27:00", "hour", "2026-10-30 22:00-28:00"),
        ("2026-10-30 09:00-12:00", "band", "2026-10-30 AM"),
        ("2026-10-30 12:00-16:00", "band", "2026-10-30 PM"),
        ("2026-10-30 22:00-28:00", "band", "2026-10-30 PM"),
        ("2026-10-30 AM", "half-day", "2026-10-30"),
        ("2026-10-30", "day", "semaine"),
        ("2026-10-31", "day", "week-end"),
        ("2026-11-01", "day", "week-end"),
        ("2026-11-02", "day", "semaine"),
        ("week-end", "week-part", "*"),
        ("?", "minute", "?"),
        ("?", "week-part", "*"),
    ],
)
def test_parents_on_both_sides_of_every_edge(label, level, parent):
    assert time_parent(label, level, CALENDAR) == parent


def test_labels_of_an_hour_sort_as_they_follow_each_other():
    hours = [f"2026-10-30 {clock_label(hour * 60)}" for hour in range(4, 28)]
    assert hours == sorted(hours)


@pytest.mark.parametrize("label", ["2026-10-30 31:00", "2026-13-01 07:00", "2026-10-32 07:00", "07:00", "2026-10-30 07:30", "", "*"])
def test_a_label_of_another_shape_is_not_an_hour(label):
    assert not re.fullmatch(label_pattern("time", "hour"), label)
    with pytest.raises(ValueError, match="level hour"):
        time_parent(label, "hour", CALENDAR)


@pytest.mark.parametrize(
    ("label", "fits"), [("M1", True), ("Gare Lille Flandres", True), (UNKNOWN, True), (TOP, False), ("", False), ("a\nb", False)]
)
def test_a_code_is_plain_text_that_is_not_a_reserved_label(label, fits):
    assert bool(re.fullmatch(label_pattern("place", "stop"), label)) is fits


def test_the_last_level_has_one_label():
    assert re.fullmatch(label_pattern("line", "network"), TOP)
    assert not re.fullmatch(label_pattern("line", "network"), UNKNOWN)


def test_the_last_band_takes_what_comes_after_it():
    assert band_label(28 * 60 + 59, CALENDAR) == "22:00-28:00"


def test_a_time_column_starts_at_the_hour_unless_the_minute_is_asked_for():
    assert span(column()) == ("hour", "band", "half-day", "day", "week-part", "all")
    assert span(column(finest="minute", coarsest="hour")) == ("minute", "hour")
    assert span(column(), dates=True) == ("day", "week-part", "all")
    assert span(column(hierarchy="product", finest="family", sensitive=True)) == ("family",)
    assert span(column(hierarchy="none")) == ("value",)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"finest": "quarter"}, "cannot be at level 'quarter'"),
        ({"finest": "day", "coarsest": "hour"}, "which is finer"),
        ({"hierarchy": "weather"}, "no hierarchy 'weather'"),
    ],
)
def test_a_level_that_cannot_be_is_refused(wrong, message):
    with pytest.raises(DeclarationProblem, match=message):
        span(column(**wrong))


def test_dates_have_no_hour():
    with pytest.raises(DeclarationProblem, match="cannot be at level 'hour'"):
        span(column(finest="hour"), dates=True)


@pytest.mark.parametrize("start", ["4:00", "07:00", "12:00", "matin", "04:60"])
def test_a_service_day_starts_before_the_first_band_ends(start):
    with pytest.raises(DeclarationProblem, match="service day"):
        Calendar(service_day_start=start)


@pytest.mark.parametrize("zone", ["Europe/Lille", "", "../etc/passwd"])
def test_an_unknown_zone_is_refused(zone):
    with pytest.raises(DeclarationProblem, match="time zone"):
        Calendar(zone=zone)


def test_levels_are_listed_finest_first():
    assert levels("place") == ("stop", "station", "zone", "network")
