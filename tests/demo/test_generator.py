"""The generator itself: determinism, habits close to what was measured, bounded memory."""

import hashlib
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.demo import DemoOptions, clock, habits, journeys, lille, numbering, recording
from auditor.demo.habits import DayType
from auditor.demo.population import Medium, settle
from auditor.demo.tally import ClassCounts
from auditor.vocabulary.errors import UsageProblem
from auditor.vocabulary.numbers import luhn_valid

ROOT = Path(__file__).resolve().parents[2]


def content(folder):
    digests = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".sqlite":
            digests[path.relative_to(folder).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return digests


def test_one_seed_one_network_and_another_seed_another(maker, tmp_path):
    first, second, third = (maker(tmp_path / name, cards=300, days=7, seed=seed) for name, seed in (("a", 1), ("b", 1), ("c", 2)))
    assert content(first.folder) == content(second.folder)
    assert first.truth == second.truth
    assert content(first.folder)["mapping.yml"] == content(third.folder)["mapping.yml"]
    assert content(first.folder) != content(third.folder)


@pytest.fixture(scope="module")
def town():
    return lille.load()


@pytest.fixture(scope="module")
def month(town):
    """Thirty days of twelve thousand travellers, boardings and recorded taps."""
    options = DemoOptions(cards=12_000, days=30)
    people = settle(options, town, np.random.default_rng(5))
    faults = recording.clock_faults(town, options, np.random.default_rng(6))
    everyone, days = np.arange(people.size), []
    for index, day in enumerate(options.service_days):
        rng = np.random.default_rng([7, index])
        boardings = journeys.of_day(people, everyone, day, town, rng)
        days.append((day, boardings, recording.record(boardings, people, day, index, town, faults, rng)))
    return people, days


def test_shares_of_travellers_and_media(month):
    people, _ = month
    kinds = np.bincount(people.kind) / people.size
    media = np.bincount(people.medium) / people.size
    assert kinds == pytest.approx([0.38, 0.27, 0.35], abs=0.015)
    assert media[Medium.NOMINATIVE] == pytest.approx(0.62, abs=0.015)
    assert media[Medium.DECLARATIVE] == pytest.approx(0.05, abs=0.01)
    assert media[Medium.ANONYMOUS] == pytest.approx(0.33, abs=0.015)


def test_shares_of_products_and_modes_among_taps(month, town):
    people, days = month
    used = np.concatenate([people.usage[boardings.traveller] for _, boardings, _ in days])
    groups = np.array([one.group for one in town.usages])[used]
    measured = {group: float((groups == group).mean()) for group in set(groups)}
    expected = {"abonne": 0.45, "gratuit": 0.14, "social": 0.12, "carnet": 0.11, "unitaire": 0.12, "journee": 0.03, "liberte": 0.02}
    for group, share in expected.items():
        assert measured[group] == pytest.approx(share, abs=0.02), group
    rail = np.mean(np.concatenate([~town.bus_point[boardings.point] for _, boardings, _ in days]))
    assert rail == pytest.approx(0.62, abs=0.03)


def test_weights_of_the_days(month):
    _, days = month
    totals = {kind: np.mean([len(b.point) for day, b, _ in days if habits.day_type(day) is kind]) for kind in DayType}
    assert totals[DayType.SATURDAY] / totals[DayType.WEEKDAY] == pytest.approx(0.72, abs=0.04)
    assert totals[DayType.SUNDAY] / totals[DayType.WEEKDAY] == pytest.approx(0.43, abs=0.04)
    weekdays = [len(b.point) for day, b, _ in days if habits.day_type(day) is DayType.WEEKDAY]
    assert max(weekdays) / min(weekdays) < 1.08


def test_weekday_peaks_at_eight_and_seventeen(month):
    _, days = month
    seconds = np.concatenate([b.second for day, b, _ in days if habits.day_type(day) is DayType.WEEKDAY])
    share = np.bincount(seconds // 3600, minlength=28) / len(seconds)
    assert int(share[:13].argmax()) == 8
    assert 13 + int(share[13:].argmax()) == 17
    assert share[8] == pytest.approx(0.105, abs=0.015)
    assert share[17] == pytest.approx(0.095, abs=0.015)
    assert share[10:13].max() < share[8] / 2
    assert share[26:].sum() == 0


def test_taps_per_card_and_transfer_gaps(month):
    people, days = month
    total = sum(len(taps.usage) for _, _, taps in days)
    assert total / people.size == pytest.approx(26, abs=2)
    assert DemoOptions(rows=1_000_000).sized().cards * 30 * 0.88 == pytest.approx(1_000_000, rel=0.01)


def test_shares_of_refusals_missing_stops_and_delays(month, town):
    _, days = month
    whole = {name: np.concatenate([getattr(taps, name) for _, _, taps in days]) for name in recording.Taps.__slots__}
    results = np.bincount(whole["result"], minlength=5) / len(whole["result"])
    assert results[recording.NO_BALANCE] == pytest.approx(0.016, abs=0.003)
    assert results[recording.DOUBLE] == pytest.approx(0.0084, abs=0.001)
    assert 1e-4 <= results[recording.BLOCKED] <= 4e-4
    bus = town.bus_line[whole["line"]]
    assert (whole["stop"][bus] < 0).mean() == pytest.approx(0.03, abs=0.003)
    assert not (whole["stop"][~bus] < 0).any()
    delay = whole["received_at"] - whole["happened_at"]
    assert delay[~bus].max() < 15 * 60
    assert (delay[bus] > 48 * 3600).mean() == pytest.approx(0.005, abs=0.0015)
    assert delay.max() <= 7 * 86_400


def test_clock_faults_are_rare_and_of_three_kinds(month):
    _, days = month
    shown = np.concatenate([taps.tapped_at - taps.happened_at for _, _, taps in days])
    stuck = np.concatenate([taps.tapped_at == recording.STUCK_AT for _, _, taps in days])
    assert 0 < stuck.mean() < 1e-3
    assert 0 < (np.abs(shown[~stuck]) == 3600).mean() < 5e-3
    assert 0 < ((shown != 0) & ~stuck & (np.abs(shown) <= 600)).mean() < 1e-2
    before = np.concatenate([taps.tapped_at - taps.happened_at for day, _, taps in days if day < date(2026, 10, 25)])
    assert not (before == 3600).any()


def test_regular_travellers_keep_their_hour_and_their_stop(month):
    people, days = month
    regulars = np.flatnonzero(people.kind == habits.Kind.REGULAR)[:400]
    homes = np.concatenate([b.point[np.isin(b.traveller, regulars)] == people.home[b.traveller[np.isin(b.traveller, regulars)]]
                            for day, b, _ in days if habits.day_type(day) is DayType.WEEKDAY])  # fmt: skip
    assert homes.mean() > 0.35


@given(st.integers(0, numbering.SPACE - 1), st.integers(0, 2**31))
def test_every_number_has_ten_digits_and_its_check_digit(rank, seed):
    (number,) = numbering.numbers(numbering.sequences(np.array([rank]), seed))
    assert str(number).startswith("250")
    assert luhn_valid(str(number))


def test_two_ranks_never_share_a_number():
    assert len(np.unique(numbering.sequences(np.arange(numbering.SPACE), 20261030))) == numbering.SPACE


@given(st.datetimes(datetime(1997, 1, 1), datetime(2028, 12, 31)))
def test_the_local_clock_is_that_of_the_time_zone_database(moment):
    utc = moment.replace(microsecond=0, tzinfo=ZoneInfo("UTC"))
    wall = utc.astimezone(ZoneInfo("Europe/Paris")).replace(tzinfo=None)
    assert clock.iso(clock.local(np.array([int(utc.timestamp())]))) == [wall.isoformat(sep=" ")]


@pytest.mark.parametrize(
    ("day", "midnight"),
    [
        (date(2026, 10, 24), "2026-10-23T22:00:00"),
        (date(2026, 10, 25), "2026-10-24T23:00:00"),
        (date(2026, 10, 26), "2026-10-25T23:00:00"),
        (date(2026, 3, 29), "2026-03-28T22:00:00"),
    ],
)
def test_a_service_day_counts_from_noon_less_twelve_hours(day, midnight):
    assert clock.iso_instant(clock.service_day_zero(day)) == midnight


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 40)), max_size=80), st.integers(1, 39))
def test_classes_counted_in_slices_are_those_counted_at_once(rows, border):
    counts = ClassCounts()
    for part in ([row for row in rows if row[1] < border], [row for row in rows if row[1] >= border]):
        counts.add(np.array([key for key, _ in part], dtype=np.int64), np.array([card for _, card in part], dtype=np.int64))
    keys, cards, total = counts.close()
    expected = sorted({key for key, _ in rows})
    assert keys.tolist() == expected
    assert cards.tolist() == [len({card for key, card in rows if key == one}) for one in expected]
    assert total.tolist() == [sum(key == one for key, _ in rows) for one in expected]


def test_a_size_that_cannot_be_made_is_refused():
    for options in (DemoOptions(cards=199), DemoOptions(cards=600_001), DemoOptions(days=6), DemoOptions(days=731)):
        with pytest.raises(UsageProblem, match="cannot be made"):
            options.sized()
    assert DemoOptions(cards=200, days=7).sized().cards == 200


def test_two_hundred_million_rows_take_more_days_rather_than_more_numbers():
    sized = DemoOptions(rows=200_000_000).sized()
    assert sized.cards == 600_000
    assert sized.cards * sized.days * 0.88 == pytest.approx(200_000_000, rel=0.01)


def test_rows_asked_for_are_made_within_a_tenth(maker, tmp_path):
    rows = maker(tmp_path / "net", rows=60_000, days=30).truth.rows
    assert rows["valideurs"] + rows["statistiques"] == pytest.approx(60_000, rel=0.1)


_PEAK = """
import resource, sys, tempfile
from pathlib import Path
from auditor.demo import DemoOptions, generate
files = {p.name: p.read_text(encoding="utf-8") for p in Path("policies/registry/starter").glob("*.yml")}
with tempfile.TemporaryDirectory() as folder:
    generate(Path(folder) / "net", DemoOptions(cards=4000, days=int(sys.argv[1])), files, lambda step, done: None)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_does_not_grow_with_the_rows():
    peaks = [
        int(subprocess.run([sys.executable, "-c", _PEAK, str(days)], cwd=ROOT, capture_output=True, text=True, check=True).stdout)
        for days in (14, 84)
    ]
    assert peaks[1] < peaks[0] * 1.15


def test_rows_of_a_day_are_in_the_order_of_arrival(maker, tmp_path):
    folder = maker(tmp_path / "net", cards=400, days=7).folder
    table = pq.read_table(folder / "data" / "valideurs" / "valideurs_2026-10-30.parquet")
    received = table["recu_le"].to_pylist()
    assert received == sorted(received)
