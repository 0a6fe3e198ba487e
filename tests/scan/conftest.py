"""A network of one back office, made in the test's own folder, and an engine whose private files are gone at the end."""

import csv
import sqlite3

import pytest

from auditor.engine.duckdb import DuckDBEngine
from auditor.sources import open_network
from auditor.vocabulary.network import (
    CardGrammar,
    ColumnMap,
    DataMap,
    Feed,
    Identity,
    NetworkConfig,
    NetworkPlace,
    ScanSettings,
    Source,
)
from auditor.vocabulary.numbers import luhn_check_digit

GRAMMAR = CardGrammar(form="digits", length=10, prefixes=("250",), check_digit="luhn")


@pytest.fixture
def engine(tmp_path, monkeypatch):
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
def serials():
    """Invented card numbers of the grammar, spread over its space."""

    def made(count, start=0):
        return [payload + luhn_check_digit(payload) for payload in (f"250{(start + rank * 7919) % 1_000_000:06d}" for rank in range(count))]

    return made


@pytest.fixture
def place_of(folder, serials):
    """A network whose back office is one SQLite file: `place_of(tables)` adds tables that no feed maps."""

    def made(tables=None, *, grammar=GRAMMAR, folders=()):
        base = folder / "gestion.sqlite"
        with sqlite3.connect(base) as connection:
            connection.execute("create table supports (numero_carte integer, id_client integer)")
            rows = [(int(serial), 900_000 + rank * 37) for rank, serial in enumerate(serials(200))]
            connection.executemany("insert into supports values (?, ?)", rows)
            for name, columns in (tables or {}).items():
                connection.execute(f"create table {name} ({columns})")
        connection.close()
        feed = Feed(
            store="gestion",
            source="gestion.supports",
            columns={"card": ColumnMap(column="numero_carte"), "customer": ColumnMap(column="id_client")},
        )
        config = NetworkConfig(network=Identity(name="Essai", authority="AOM"), cards=grammar, scan=ScanSettings(folders=tuple(folders)))
        mapping = DataMap(sources={"gestion": Source(url="sqlite:///gestion.sqlite")}, tables={"cards": (feed,)})
        return NetworkPlace(folder=folder, config=config, mapping=mapping)

    return made


@pytest.fixture
def columns(folder, engine):
    """Write named columns to a CSV fed as customers, and open it: `columns({"nir": [...]})` returns the network."""

    def opened(given, *, grammar=GRAMMAR, mapped="numero", card_form="number", table="customers", column="customer"):
        height = max(len(values) for values in given.values())
        names = [mapped, *(name for name in given if name != mapped)]
        with (folder / "base.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(names)
            for rank in range(height):
                row = {name: values[rank] if rank < len(values) else "" for name, values in given.items()}
                writer.writerow([row.get(mapped, 700_001 + 13 * rank), *(row[name] for name in names[1:])])
        feeds = {column: ColumnMap(column=mapped)}
        if table == "validations":
            feeds["tapped_at"] = ColumnMap(column="quand")
        feed = Feed(store="base", source="base", card_form=card_form, columns=feeds)
        config = NetworkConfig(network=Identity(name="Essai", authority="AOM"), cards=grammar)
        mapping = DataMap(sources={"base": Source(path="base.csv")}, tables={table: (feed,)})
        return open_network(NetworkPlace(folder=folder, config=config, mapping=mapping), engine)

    return opened
