from functools import partial
from pathlib import Path

import pytest

from auditor.engine.duckdb import DuckDBEngine
from auditor.sources import open_network
from auditor.vocabulary.network import CardGrammar, ColumnMap, CsvDialect, DataMap, Feed, Identity, NetworkConfig, NetworkPlace, Source


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """An engine whose private files are all under one folder, found empty at the end."""
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(private))
    with DuckDBEngine(memory_limit="500MB", threads=1) as opened:
        yield opened
    assert list(private.iterdir()) == [], "a temporary file outlives the run"


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "network"
    made.mkdir()
    return made


@pytest.fixture
def network(folder, engine):
    """Write files into a network folder, then open it: `network(sources, tables, **declared)`."""

    def opened(sources, tables, *, cards=None, zone="Europe/Paris"):
        made = open_network(_place(folder, sources, tables, cards=cards, zone=zone), engine)
        assert all(map(_accounted, made.reports))
        return made

    return opened


@pytest.fixture
def taps(folder, engine):
    """Open one CSV of taps: `taps(text, columns, encoding=…, **feed)` returns (network, report, rows)."""

    def opened(content, columns, *, dialect=None, cards=None, zone="Europe/Paris", name="taps.csv", **feed):
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        sources = {"taps": Source(path=name, csv=dialect or CsvDialect())}
        tables = {"validations": (Feed(store="base", source="taps", columns=_mapped(columns), **feed),)}
        network = open_network(_place(folder, sources, tables, cards=cards, zone=zone), engine)
        assert all(map(_accounted, network.reports)), "a row disappeared without a reason"
        rows = engine.rows(network.relations["validations"].order_by("tapped_at", "card"))
        return network, network.reports[0], rows

    return opened


@pytest.fixture
def mapped():
    """Declare columns: a name alone is a raw column taken as it is."""
    return _mapped


@pytest.fixture
def place_of(folder):
    """Declare a network in the test's folder, without opening it."""
    return partial(_place, folder)


def _place(folder: Path, sources, tables, *, cards=None, zone="Europe/Paris"):
    config = NetworkConfig(network=Identity(name="Essai", authority="AOM", timezone=zone), cards=cards or CardGrammar())
    return NetworkPlace(folder=folder, config=config, mapping=DataMap(sources=sources, tables=tables))


def _mapped(columns):
    return {name: ColumnMap(column=how) if isinstance(how, str) else how for name, how in columns.items()}


def _accounted(report):
    return report.rows_read == report.rows_kept + sum(report.rejected.values())
