"""Two days of Shenzhen: every figure is counted a second time from the file, by other means."""

import csv
from pathlib import Path

import pytest

from auditor.engine.clocks import utc_to_local
from auditor.engine.duckdb import DuckDBEngine
from auditor.sources import open_network
from policies.network import open_folder

HERE = Path(__file__).resolve().parent
SHARED = Path(__file__).resolve().parents[2].parent / "shared"
FILE = SHARED / "data" / "szt_shenzhen_2018" / "szt_first_10000.csv"
pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the shared reference data is not beside the project")


@pytest.fixture(scope="module")
def written():
    with FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def network():
    with DuckDBEngine(memory_limit="1GB", threads=1) as engine:
        yield open_network(open_folder(HERE / "szt_shenzhen_2018").place, engine)


def one(network, **measures):
    (row,) = network.engine.rows(network.relations["validations"].aggregate(**measures))
    return row


def test_every_row_is_read_and_every_column_spoken_for(network, written):
    (report,) = network.reports
    assert report.rows_read == report.rows_kept == network.counts["validations"] == len(written) == 10_000
    assert (report.rejected, report.unreadable, report.unmapped, report.ambiguous) == ({}, {}, (), 0)


def test_the_rows_without_a_stop_are_counted_exactly(network, written):
    taps = network.relations["validations"]
    stopless = sum(row["station"] in {"-", ""} for row in written)
    assert one(network, n=taps.count(where=taps.stop.isnull()))["n"] == stopless == 369


def test_the_rows_dated_the_day_before_they_were_settled_are_counted_exactly(network, written):
    taps = network.relations["validations"]
    late = sum(row["deal_date"][:10] < row["close_date"][:10] for row in written)
    local_day = utc_to_local(taps.tapped_at, "Asia/Shanghai").date()
    assert one(network, n=taps.count(where=local_day < taps.service_day))["n"] == late == 411


def test_instants_are_utc_and_come_back_as_they_were_written(network, written):
    taps = network.relations["validations"]
    local = utc_to_local(taps.tapped_at, "Asia/Shanghai")
    row = one(network, first=local.min(), last=local.max())
    stamps = sorted(row["deal_date"] for row in written)
    assert [str(row["first"]), str(row["last"])] == [stamps[0], stamps[-1]]


def test_card_numbers_stay_the_tokens_they_are(network, written):
    tokens = {row["card_no"] for row in written}
    taps = network.relations["validations"]
    row = one(network, cards=taps.card.nunique(), highest=taps.card.max(), forms=taps.card_form.max())
    assert (row["cards"], row["forms"]) == (len(tokens), "token")
    assert row["highest"] < 0
    observed = {row["token"] for row in network.engine.rows(network.relations["observed_tokens"])}
    assert observed == tokens
    assert set("".join(observed)) == set("ABCDEFGHIJ")


def test_one_traveller_gets_back_the_rows_of_the_file(network, written):
    token = max((row["card_no"] for row in written), key=lambda card: sum(row["card_no"] == card for row in written[:500]))
    (found,) = network.rows_about("validations", "card", [network.key_of("card", token)])
    expected = sorted(tuple(row.values()) for row in written if row["card_no"] == token)
    assert sorted(found.rows) == expected
