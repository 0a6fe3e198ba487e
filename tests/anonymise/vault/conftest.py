import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from anonymise.keys import RootKey
from anonymise.vault import Vault, database
from auditor.vocabulary.aftersales import BlockEntry, CardState, ContractState, CounterState, SaleProof, Warrant

NOW = datetime(2026, 10, 31, 5, 0, tzinfo=UTC)
ROOT = RootKey("test", bytes(range(32)))
CARD, NEW, THIRD = "2500000018", "2500000026", "2500000034"
LOSS = BlockEntry(reason="loss", starts_on=date(2026, 10, 30), author="guichet République")


def witness(card=CARD, **changes):
    state = CardState(
        card=card,
        printed_number="P2500000018",
        medium="nominative",
        holder="CLIENT-77",
        contracts=(
            ContractState(contract="1", product="ABO-ANNUEL", status="active", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31)),
            ContractState(contract="2", product="CARNET-10", status="active", starts_on=date(2026, 9, 1)),
        ),
        counters=(CounterState(contract="2", remaining=6, counted_on=date(2026, 10, 29)),),
        sales=(SaleProof(sale="5", product="CARNET-10", sold_on=date(2026, 9, 1), amount=14.5, pay_method="carte bancaire"),),
    )
    return replace(state, **changes)


def warrant(**changes):
    held = Warrant(case="SAV-12", clerk="agent-3", reason="perte déclarée au guichet", granted_at=NOW, until=NOW + timedelta(hours=2))
    return replace(held, **changes)


SETTINGS = database._SETTINGS


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    """Leave out the wait for the disk: most tests are about what is decided and written, not about power cuts."""
    monkeypatch.setattr("anonymise.keys.private.os.fsync", lambda _: None)
    monkeypatch.setattr(database, "_SETTINGS", SETTINGS.replace("synchronous = extra", "synchronous = off"))


@pytest.fixture
def durable(monkeypatch, fast):  # noqa: ARG001 - comes after it, and undoes it
    """Wait for the disk as the program does; return what was put on disk, in order."""
    synced = []
    monkeypatch.setattr("anonymise.keys.private.os.fsync", lambda descriptor: synced.append(descriptor) or os.fdatasync(descriptor))
    monkeypatch.setattr(database, "_SETTINGS", SETTINGS)
    return synced


@pytest.fixture
def kit():
    """Constants and makers of the witness card."""
    return SimpleNamespace(NOW=NOW, ROOT=ROOT, CARD=CARD, NEW=NEW, THIRD=THIRD, LOSS=LOSS, witness=witness, warrant=warrant)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "coffre"


@pytest.fixture
def vault(folder):
    with Vault.open(folder, ROOT) as opened:
        yield opened


@pytest.fixture
def lost(vault):
    """A vault where the witness card is sealed and declared lost."""
    vault.seal([witness()], NOW)
    vault.block(CARD, LOSS, warrant(), NOW)
    return vault
