import sqlite3
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from anonymise.keys import KeyStore, RootKey
from anonymise.ledger import Ledger
from auditor.vocabulary.chain import GENESIS, canonical, sealed
from auditor.vocabulary.errors import CouldNotCheck

NOW = datetime(2026, 10, 31, 5, tzinfo=UTC)


@pytest.fixture
def keys(tmp_path):
    return KeyStore.open(tmp_path / "keys", RootKey.from_file(tmp_path / "root.key"))


@pytest.fixture
def place(tmp_path):
    return tmp_path / "state" / "ledger.sqlite"


@pytest.fixture
def ledger(place, keys):
    opened = Ledger(place, signer=keys.signing_key())
    yield opened
    opened.close()


def _fill(ledger, entries=3):
    for number in range(entries):
        ledger.append("release-made", {"release": f"r{number}"}, NOW)


def _alter(place, *statements):
    connection = sqlite3.connect(place)
    for trigger in ("update", "delete"):
        connection.execute(f"drop trigger release_ledger_no_{trigger}")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_new_ledger_is_empty_and_whole(ledger):
    assert ledger.head() == GENESIS
    assert ledger.check() is None


def test_entries_are_kept_in_order_and_chained(ledger):
    _fill(ledger)
    entries = ledger.entries()
    assert [entry.content["release"] for entry in entries] == ["r0", "r1", "r2"]
    assert [entry.content["at"] for entry in entries] == [NOW.isoformat()] * 3
    assert entries[2].previous == entries[1].digest
    assert ledger.head() == entries[2].digest
    assert ledger.check() is None
    assert ledger.check(head=entries[2].digest) is None
    assert ledger.check(head=entries[1].digest) is not None


def test_the_file_its_head_and_its_folder_are_private(ledger, place):
    _fill(ledger, 1)
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in place.parent.iterdir()} == {0o600}


@pytest.mark.parametrize("statement", ["update release_ledger set content='{}'", "delete from release_ledger"])
def test_the_database_itself_refuses_changes(ledger, place, statement):
    _fill(ledger, 1)
    connection = sqlite3.connect(place)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()
    assert ledger.check() is None


def test_an_altered_entry_shows(ledger, place):
    _fill(ledger)
    _alter(place, "update release_ledger set content = replace(content, 'r1', 'rX') where sequence = 2")
    assert "entry 2 was altered" in ledger.check()


def test_an_entry_made_unreadable_shows(ledger, place):
    _fill(ledger)
    _alter(place, "update release_ledger set content = 'x' where sequence = 2")
    assert "entry 2 was altered" in ledger.check()


def test_a_dropped_entry_shows(ledger, place):
    _fill(ledger)
    _alter(place, "delete from release_ledger where sequence = 2")
    assert "entry 2 is missing" in ledger.check()


def test_a_ledger_cut_short_shows_against_its_signed_head_and_takes_no_more_entries(ledger, place):
    _fill(ledger)
    _alter(place, "delete from release_ledger where sequence = 3")
    assert "cut short" in ledger.check()
    with pytest.raises(CouldNotCheck, match="tampered"):
        _fill(ledger, 1)
    assert len(ledger.entries()) == 2


def test_a_ledger_rewritten_whole_shows_against_its_signed_head(ledger, place):
    _fill(ledger, 1)
    forged = sealed(1, {"kind": "release-made", "at": NOW.isoformat(), "release": "other"}, GENESIS)
    _alter(
        place,
        "delete from release_ledger",
        f"insert into release_ledger values (1, '{canonical(forged.content).decode()}', '{GENESIS}', '{forged.digest}')",
    )
    assert "not the one that was signed" in ledger.check()


def test_a_forged_head_file_shows(ledger, place, tmp_path):
    _fill(ledger, 2)
    other = Ledger(
        tmp_path / "other" / "ledger.sqlite", signer=KeyStore.open(tmp_path / "k2", RootKey.from_file(tmp_path / "r2")).signing_key()
    )
    _fill(other, 2)
    other.close()
    head = place.with_name("ledger.sqlite.head.json")
    head.write_bytes((tmp_path / "other" / "ledger.sqlite.head.json").read_bytes())
    assert "head file" in ledger.check()


def test_a_missing_head_file_shows(ledger, place):
    _fill(ledger, 2)
    place.with_name("ledger.sqlite.head.json").unlink()
    assert "missing" in ledger.check()
    with pytest.raises(CouldNotCheck, match="head file is missing"):
        _fill(ledger, 1)


def test_a_run_killed_between_the_entry_and_its_head_is_taken_up_again(ledger, place, keys):
    _fill(ledger, 2)
    head = place.with_name("ledger.sqlite.head.json")
    before = head.read_bytes()
    _fill(ledger, 1)
    head.write_bytes(before)
    assert "added after" in ledger.check()
    again = Ledger(place, signer=keys.signing_key())
    _fill(again, 1)
    assert again.check() is None
    again.close()


def test_a_file_that_is_not_a_database_is_said_to_be_unreadable(tmp_path, keys):
    place = tmp_path / "ledger.sqlite"
    place.write_bytes(b"not a database, at all" * 100)
    with pytest.raises(CouldNotCheck, match="cannot be read or written"):
        Ledger(place, signer=keys.signing_key())


def test_two_writers_never_write_the_same_entry(place, keys):
    one, two = Ledger(place, signer=keys.signing_key()), Ledger(place, signer=keys.signing_key())
    for writer in (one, two, one, two):
        _fill(writer, 1)
    assert [entry.sequence for entry in two.entries()] == [1, 2, 3, 4]
    assert two.check() is None
    one.close()
    two.close()


def test_the_ledger_also_opens_by_url(tmp_path: Path):
    opened = Ledger(f"sqlite:///{tmp_path / 'by-url.sqlite'}")
    _fill(opened, 1)
    assert "head file is missing" in opened.check()
    opened.close()
