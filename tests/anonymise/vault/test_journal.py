import json
import sqlite3

import pytest

from anonymise.vault import Vault
from anonymise.vault.vault import conditions
from auditor.vocabulary.chain import GENESIS, sealed
from auditor.vocabulary.errors import SecretMisuse, WarrantRefused


def tamper(folder, *statements):
    connection = sqlite3.connect(folder / "vault.sqlite", isolation_level=None)
    try:
        for name in ("journal_is_not_altered", "journal_is_not_dropped", "journal_is_in_order"):
            connection.execute(f"drop trigger if exists {name}")
        for statement, *values in statements:
            connection.execute(statement, values)
    finally:
        connection.close()


@pytest.fixture
def busy(lost, kit):
    """A vault whose journal has six entries: seal, block, blocked, reconstruct, reconstructed, and one more seal."""
    lost.reconstruct(kit.CARD, kit.NEW, kit.warrant(), kit.NOW)
    lost.seal([], kit.NOW)
    assert lost.status().journal_entries == 6
    assert lost.check_journal() is None
    return lost


def test_an_entry_is_on_disk_before_any_record_is_opened(lost, kit, folder, monkeypatch):
    seen = []

    def look(*_, **__):
        connection = sqlite3.connect(folder / "vault.sqlite")
        (content,) = connection.execute("select content from journal order by sequence desc limit 1").fetchone()
        connection.close()
        seen.append(json.loads(content))
        raise KeyboardInterrupt

    monkeypatch.setattr(conditions, "check_can_be_rebuilt", look)
    with pytest.raises(KeyboardInterrupt):
        lost.reconstruct(kit.CARD, kit.NEW, kit.warrant(), kit.NOW)
    assert seen[0]["act"] == "reconstruct"
    assert (seen[0]["case"], seen[0]["clerk"], seen[0]["reason"]) == ("SAV-12", "agent-3", "perte déclarée au guichet")
    assert lost.journal_entries()[-1].content == seen[0]


def test_an_entry_and_its_head_wait_for_the_disk(durable, lost, kit):
    with lost._database.reading() as rows:
        assert rows.execute("pragma synchronous").fetchone() == (3,)
    before = len(durable)
    lost.reconstruct(kit.CARD, kit.NEW, kit.warrant(), kit.NOW)
    assert len(durable) - before == 4, "the head and its folder, for the question and for the answer"


def test_an_opening_that_cannot_be_journaled_is_not_answered(lost, kit, folder):
    (folder / "journal.head").unlink()
    with pytest.raises(SecretMisuse, match="cannot be continued"):
        lost.reconstruct(kit.CARD, kit.NEW, kit.warrant(), kit.NOW)
    assert not lost.holds(kit.NEW)


def test_a_refusal_is_journaled_with_its_reason(lost, kit):
    with pytest.raises(WarrantRefused):
        lost.reconstruct(kit.CARD, kit.NEW, kit.warrant(until=kit.NOW), kit.NOW)
    asked, refused = lost.journal_entries()[-2:]
    assert asked.content["act"] == "reconstruct"
    assert refused.content == {
        "act": "refused",
        "at": "2026-10-31T05:00:00+00:00",
        "of": asked.sequence,
        "why": "The warrant has expired.",
    }


def test_the_answer_names_its_entry(lost, kit):
    made = lost.reconstruct(kit.CARD, kit.NEW, kit.warrant(), kit.NOW)
    entry = lost.journal_entries()[made.journal_entry - 1]
    assert (entry.sequence, entry.content["act"]) == (made.journal_entry, "reconstruct")


def test_cards_appear_as_pseudonyms_that_are_not_the_record_ids(busy, kit, folder):
    told = [entry.content for entry in busy.journal_entries()]
    named = {content["card"] for content in told if "card" in content}
    assert len(named) == 1
    connection = sqlite3.connect(folder / "vault.sqlite")
    records = {record for (record,) in connection.execute("select id from record")}
    connection.close()
    assert not named & records
    assert kit.CARD not in json.dumps([dict(content) for content in told])


@pytest.mark.parametrize(
    "statement",
    [
        "update journal set content = '{}' where sequence = 2",
        "delete from journal where sequence = 6",
        "insert or replace into journal select sequence, '{}', previous, digest, signature from journal where sequence = 3",
        "insert into journal select 9, content, previous, digest, signature from journal where sequence = 3",
    ],
)
def test_the_file_itself_refuses_to_alter_or_drop(busy, folder, statement):
    connection = sqlite3.connect(folder / "vault.sqlite")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()
    assert busy.check_journal() is None


@pytest.mark.parametrize("sequence", range(1, 7))
def test_an_altered_entry_is_detected_wherever_it_is(busy, folder, sequence):
    tamper(folder, ("update journal set content = replace(content, 'act', 'ACT') where sequence = ?", sequence))
    assert f"entry {sequence} was altered" in busy.check_journal()


@pytest.mark.parametrize("content", ["", "not json", "[1]", "null"])
def test_an_entry_that_is_no_longer_readable_is_detected(busy, folder, content):
    tamper(folder, ("update journal set content = ? where sequence = 3", content))
    assert "entry 3 was altered" in busy.check_journal()


@pytest.mark.parametrize("sequence", range(1, 6))
def test_a_dropped_entry_is_detected(busy, folder, sequence):
    tamper(folder, ("delete from journal where sequence = ?", sequence))
    assert f"entry {sequence} is missing" in busy.check_journal()


def test_a_dropped_entry_with_the_next_ones_renumbered_is_detected(busy, folder):
    tamper(folder, ("delete from journal where sequence = 3",), ("update journal set sequence = sequence - 1 where sequence > 3",))
    assert "entry 3 does not follow" in busy.check_journal()


def test_two_entries_exchanged_are_detected(busy, folder):
    moves = [("update journal set sequence = ? where sequence = ?", *pair) for pair in ((-1, 3), (3, 4), (4, -1))]
    tamper(folder, *moves)
    assert "entry 3" in busy.check_journal()


@pytest.mark.parametrize("kept", [0, 1, 5])
def test_entries_dropped_from_the_end_are_detected(busy, folder, kept):
    tamper(folder, ("delete from journal where sequence > ?", kept))
    assert "does not contain its signed head" in busy.check_journal()


def test_a_chain_rewritten_whole_without_the_key_is_detected(busy, folder):
    entries, previous = [], GENESIS
    for entry in busy.journal_entries():
        forged = sealed(entry.sequence, {**entry.content, "clerk": "autre"}, previous)
        entries.append((json.dumps(dict(forged.content)), forged.previous, forged.digest, forged.sequence))
        previous = forged.digest
    tamper(folder, *[("update journal set content = ?, previous = ?, digest = ? where sequence = ?", *entry) for entry in entries])
    assert "entry 1 was not signed by this vault" in busy.check_journal()


def test_an_entry_forged_at_the_end_is_detected_and_not_built_upon(busy, kit, folder):
    forged = sealed(7, {"act": "seal"}, busy.journal_entries()[-1].digest)
    tamper(folder, ("insert into journal values (?, ?, ?, ?, ?)", 7, json.dumps(forged.content), forged.previous, forged.digest, b"x" * 64))
    assert "entry 7 was not signed" in busy.check_journal()
    with pytest.raises(SecretMisuse, match="last entry was not signed"):
        busy.seal([], kit.NOW)


def test_a_truncated_journal_is_not_built_upon(busy, kit, folder):
    tamper(folder, ("delete from journal where sequence > 4",))
    with pytest.raises(SecretMisuse, match="does not contain its signed head"):
        busy.seal([], kit.NOW)


@pytest.mark.parametrize("content", ["", "{}", '{"sequence": 0, "digest": "0", "signature": "00"}'])
def test_a_head_that_was_altered_is_detected(busy, folder, content):
    (folder / "journal.head").write_text(content)
    assert "signed head" in busy.check_journal()


def test_a_head_noted_elsewhere_shows_an_old_vault_put_back(lost, kit, folder, tmp_path):
    lost.close()
    (tmp_path / "copie").mkdir()
    for name in ("vault.sqlite", "journal.head"):
        (tmp_path / "copie" / name).write_bytes((folder / name).read_bytes())
    with Vault.open(folder, kit.ROOT) as vault:
        vault.seal([], kit.NOW)
        noted = vault.status().journal_head
        assert vault.check_journal(noted) is None
    for name in ("vault.sqlite", "journal.head"):
        (folder / name).write_bytes((tmp_path / "copie" / name).read_bytes())
    with Vault.open(folder, kit.ROOT) as old:
        assert old.check_journal() is None
        assert "noted elsewhere" in old.check_journal(noted)


def test_a_head_noted_long_ago_is_still_good(busy):
    first = busy.journal_entries()[0].digest
    assert busy.check_journal(first) is None


def test_a_head_that_lags_after_a_crash_is_no_alarm(lost, kit, folder):
    before = (folder / "journal.head").read_bytes()
    lost.seal([], kit.NOW)
    (folder / "journal.head").write_bytes(before)
    assert lost.check_journal() is None
    lost.seal([], kit.NOW)
    assert lost.check_journal() is None
