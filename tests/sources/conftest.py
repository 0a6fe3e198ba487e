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
        return open_network(place_of(folder, sources, tables, cards=cards, zone=zone), engine)

    return opened


@pytest.fixture
def taps(folder, engine):
    """Open one CSV of taps: `taps(text, columns, encoding=…, **feed)` returns (network, report, rows)."""

    def opened(content, columns, *, dialect=None, cards=None, zone="Europe/Paris", name="taps.csv", **feed):
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        sources = {"taps": Source(path=name, csv=dialect or CsvDialect())}
        tables = {"validations": (Feed(store="base", source="taps", columns=mapped(columns), **feed),)}
        network = open_network(place_of(folder, sources, tables, cards=cards, zone=zone), engine)
        rows = engine.rows(network.relations["validations"].order_by("tapped_at", "card"))
        return network, network.reports[0], rows

    return opened


def place_of(folder: Path, sources, tables, *, cards=None, zone="Europe/Paris"):
    config = NetworkConfig(network=Identity(name="Essai", authority="AOM", timezone=zone), cards=cards or CardGrammar())
    return NetworkPlace(folder=folder, config=config, mapping=DataMap(sources=sources, tables=tables))


def mapped(columns):
    return {name: ColumnMap(column=how) if isinstance(how, str) else how for name, how in columns.items()}


def accounted(report):
    return report.rows_read == report.rows_kept + sum(report.rejected.values())
