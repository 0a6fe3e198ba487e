"""A week of London: 3.3 million taps in a compressed file, days by name and hours past 24:00."""

import csv
import lzma
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest

from auditor.engine.duckdb import DuckDBEngine
from auditor.sources import open_network
from policies.network import open_folder

HERE = Path(__file__).resolve().parent
SHARED = Path(__file__).resolve().parents[2].parent / "shared"
FILE = SHARED / "data" / "tfl_oyster_2009" / "taps_events_full_week.csv.xz"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FILE.exists(), reason="the shared reference data is not beside the project"),
]
DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")


@pytest.fixture(scope="module")
def written():
    """Count the file once, line by line, in plain Python."""
    counted = Counter()
    journeys = set()
    with lzma.open(FILE, "rt", encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        rank = {name: place for place, name in enumerate(next(lines))}
        for line in lines:
            station = line[rank["station"]].strip()
            counted["rows"] += 1
            counted["past midnight"] += line[rank["time"]] >= "24:00"
            counted["at a station"] += station not in {"", "Bus"}
            counted["padded"] += station != line[rank["station"]]
            counted[line[rank["day"]]] += 1
            journeys.add(line[rank["journey_no"]])
    counted["journeys"] = len(journeys)
    return counted


@pytest.fixture(scope="module")
def network():
    with DuckDBEngine(memory_limit="2GB") as engine:
        yield open_network(open_folder(HERE / "tfl_oyster_2009").place, engine)


def one(network, **measures):
    (row,) = network.engine.rows(network.relations["validations"].aggregate(**measures))
    return row


def test_every_tap_is_read_and_every_column_spoken_for(network, written):
    taps, stops = network.reports
    assert taps.rows_read == taps.rows_kept == written["rows"] == 3_298_730
    assert (taps.rejected, taps.unreadable, taps.unmapped, taps.ambiguous) == ({}, {}, (), 0)
    assert (stops.rejected, stops.unmapped) == ({}, ())


def test_a_journey_is_one_key_and_no_card(network, written):
    taps = network.relations["validations"]
    row = one(network, journeys=taps.card.nunique(), form=taps.card_form.min(), highest=taps.card.max())
    assert (row["journeys"], row["form"]) == (written["journeys"], "journey")
    assert row["highest"] < 0


def test_the_night_after_24_00_is_the_next_morning_of_the_same_service_day(network, written):
    taps = network.relations["validations"]
    # In November London keeps UTC: the wall clock is the instant.
    row = one(
        network, after=taps.count(where=taps.tapped_at.date() > taps.service_day), first=taps.tapped_at.min(), last=taps.tapped_at.max()
    )
    assert row["after"] == written["past midnight"]
    assert row["first"] >= datetime(2009, 11, 15, 4)
    assert row["last"] <= datetime(2009, 11, 22, 4, 30)


def test_each_named_day_is_its_day_of_the_week_published(network, written):
    taps = network.relations["validations"]
    found = {row["service_day"]: row["n"] for row in network.engine.rows(taps.group_by("service_day").aggregate(n=taps.count()))}
    assert found == {date(2009, 11, 15 + rank): written[day] for rank, day in enumerate(DAYS)}


def test_stops_lose_their_padding_and_buses_have_none(network, written):
    taps = network.relations["validations"]
    row = one(network, held=taps.count(where=taps.stop.notnull()), padded=taps.count(where=taps.stop != taps.stop.strip()))
    assert row == {"held": written["at a station"], "padded": 0}
    assert written["padded"] > 0
