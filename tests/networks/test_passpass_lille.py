"""The product and stop tables of Pass Pass, read where they lie: codes, accents and a stop that is listed twice."""

import csv
from pathlib import Path

import pytest

from auditor.engine.duckdb import DuckDBEngine
from auditor.sources import open_network
from policies.network import open_folder

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parents[2] / "shared" / "data" / "passpass_lille"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the shared reference data is not beside the project")
TABLES = {
    "products": ("fares.csv", "product", "contract_tariff", "label", 170),
    "profiles": ("profiles.csv", "profile", "profile_number", "name", 20),
    "stops": ("stops.csv", "stop", "event_location_id", "name", 7_596),
    "lines": ("routes.csv", "line", "event_route_number", "name", 189),
}


@pytest.fixture(scope="module")
def network():
    with DuckDBEngine(memory_limit="1GB", threads=1) as engine:
        yield open_network(open_folder(HERE / "passpass_lille").place, engine)


@pytest.mark.parametrize("table", TABLES)
def test_every_code_comes_with_the_label_the_file_gives_it(network, table):
    name, code, raw_code, raw_label, rows = TABLES[table]
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        written = sorted((row[raw_code], row[raw_label].strip()) for row in csv.DictReader(file))
    relation = network.relations[table]
    read = sorted((row[code], row["label"] or "") for row in network.engine.rows(relation.select(code, "label")))
    assert read == written
    assert len(read) == rows == network.counts[table]


def test_nothing_was_lost_on_the_way(network):
    assert [(report.rejected, report.unreadable, report.unmapped) for report in network.reports] == [({}, {}, ())] * 4


def test_a_stop_listed_twice_is_kept_twice(network):
    stops = network.relations["stops"]
    (counted,) = network.engine.rows(stops.aggregate(rows=stops.count(), codes=stops.stop.nunique()))
    assert counted == {"rows": 7_596, "codes": 7_595}
