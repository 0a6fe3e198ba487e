import json
import multiprocessing
import os
import stat
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from anonymise.keys import KeyStore, RootKey, signature_holds
from auditor.vocabulary.errors import SecretMisuse

ROOT = RootKey("test", bytes(range(32)))
AT = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)
CARD = "2500000018"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cles"


@pytest.fixture
def store(folder):
    return KeyStore.open(folder, ROOT)


def test_the_store_is_for_its_owner_only(store, folder):
    store.pseudonym_key("statistiques", "2026-10")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_a_key_is_made_once_and_found_again(store, folder):
    made = store.pseudonym_key("statistiques", "2026-10").pseudonym(CARD)
    assert KeyStore.open(folder, ROOT).pseudonym_key("statistiques", "2026-10").pseudonym(CARD) == made


def test_purposes_periods_and_stores_give_unrelated_pseudonyms(store, tmp_path):
    other = KeyStore.open(tmp_path / "autre", ROOT)
    keys = [
        store.pseudonym_key("statistiques", "2026-10"),
        store.pseudonym_key("statistiques", "2026-11"),
        store.pseudonym_key("facturation", "2026-10"),
        other.pseudonym_key("statistiques", "2026-10"),
    ]
    assert len({key.pseudonym(CARD) for key in keys}) == 4


def test_no_file_holds_a_key_in_clear(store, folder, monkeypatch):
    drawn = []

    def draw(size):
        drawn.append(os.urandom(size))
        return drawn[-1]

    monkeypatch.setattr("anonymise.keys.store.secrets.token_bytes", draw)
    store.pseudonym_key("statistiques", "2026-10")
    store.signing_key()
    store.sealing_key("coffre", "permanent")
    content = (folder / "keys.json").read_bytes()
    keys = [secret for secret in drawn if len(secret) >= 32]
    assert len(keys) == 3
    assert not any(secret in content or secret.hex().encode() in content for secret in keys)


@pytest.mark.parametrize(("purpose", "period"), [("", "2026-10"), ("statistiques", "")])
def test_a_key_without_purpose_or_period_is_refused(store, purpose, period):
    with pytest.raises(SecretMisuse, match="purpose and a period"):
        store.pseudonym_key(purpose, period)


def test_one_key_serves_one_use(store):
    store.pseudonym_key("statistiques", "2026-10")
    with pytest.raises(SecretMisuse, match="pseudonym key, not a sealing key"):
        store.sealing_key("statistiques", "2026-10")


def test_a_change_that_cannot_be_written_leaves_the_store_as_it_was(store, folder, monkeypatch):
    made = store.pseudonym_key("statistiques", "2026-10").pseudonym(CARD)

    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("anonymise.keys.private.os.fsync", full)
        with pytest.raises(OSError, match="No space left"):
            store.pseudonym_key("statistiques", "2026-11")
    assert KeyStore.open(folder, ROOT).pseudonym_key("statistiques", "2026-10").pseudonym(CARD) == made
    assert sorted(file.name for file in folder.iterdir()) == [".lock", "keys.json"]
    assert len(store.status()) == 1


class TestShredding:
    def test_is_certified(self, store, folder):
        store.pseudonym_key("statistiques", "2026-10")
        entry = json.loads((folder / "keys.json").read_text())["keys"][0]
        certificate = store.shred("statistiques", "2026-10", at=AT)
        assert certificate.key_id == entry["id"]
        assert certificate.wrapped_digest == sha256(bytes.fromhex(entry["wrapped"])).hexdigest()
        assert certificate.shredded_at == "2026-11-01T04:00:00+00:00"
        assert store.certificates() == [certificate]

    def test_leaves_no_trace_of_the_wrapped_key(self, store, folder):
        store.pseudonym_key("statistiques", "2026-10")
        wrapped = json.loads((folder / "keys.json").read_text())["keys"][0]["wrapped"]
        with (folder / "keys.json").open("rb") as before:
            store.shred("statistiques", "2026-10", at=AT)
            assert set(before.read()) == {0}
        assert all(wrapped not in file.read_text() for file in folder.iterdir())

    def test_is_final(self, store, folder):
        store.pseudonym_key("statistiques", "2026-10")
        store.shred("statistiques", "2026-10", at=AT)
        for reopened in (store, KeyStore.open(folder, ROOT)):
            with pytest.raises(SecretMisuse, match="destroyed on 2026-11-01"):
                reopened.pseudonym_key("statistiques", "2026-10")
            with pytest.raises(SecretMisuse, match="destroyed"):
                reopened.sealing_key("statistiques", "2026-10")
            with pytest.raises(SecretMisuse, match="destroyed"):
                reopened.shred("statistiques", "2026-10")

    def test_spares_every_other_key(self, store):
        kept = store.pseudonym_key("statistiques", "2026-11").pseudonym(CARD)
        store.pseudonym_key("statistiques", "2026-10")
        store.shred("statistiques", "2026-10", at=AT)
        assert store.pseudonym_key("statistiques", "2026-11").pseudonym(CARD) == kept

    def test_of_nothing_is_not_certified(self, store):
        with pytest.raises(SecretMisuse, match="There is no key"):
            store.shred("statistiques", "2026-10")
        assert store.certificates() == []

    def test_interrupted_before_the_replacement_loses_nothing(self, store, folder):
        made = store.pseudonym_key("statistiques", "2026-10").pseudonym(CARD)
        os.link(folder / "keys.json", folder / "keys.json.old.cafe")
        assert KeyStore.open(folder, ROOT).pseudonym_key("statistiques", "2026-10").pseudonym(CARD) == made
        assert not (folder / "keys.json.old.cafe").exists()

    def test_interrupted_after_the_replacement_is_finished_at_the_next_opening(self, store, folder):
        store.pseudonym_key("statistiques", "2026-10")
        (folder / "keys.json.old.cafe").write_bytes((folder / "keys.json").read_bytes())
        store.shred("statistiques", "2026-10", at=AT)
        KeyStore.open(folder, ROOT)
        assert not (folder / "keys.json.old.cafe").exists()


def test_the_status_lists_and_never_shows(store):
    store.pseudonym_key("statistiques", "2026-11")
    store.pseudonym_key("statistiques", "2026-10")
    store.shred("statistiques", "2026-10", at=AT)
    states = store.status()
    assert [(state.period, bool(state.shredded_at)) for state in states] == [("2026-10", True), ("2026-11", False)]
    assert "wrapped" not in repr(states)


def test_the_signing_key_is_one_key(store, folder):
    signature = store.signing_key().sign(b"receipt")
    assert signature_holds(KeyStore.open(folder, ROOT).signing_key().public, signature, b"receipt")


@pytest.mark.usefixtures("store")
class TestADamagedStore:
    def test_is_not_opened_by_another_root(self, folder):
        with pytest.raises(SecretMisuse, match="root key does not open"):
            KeyStore.open(folder, RootKey("autre", bytes(32)))

    @pytest.mark.parametrize("mode", [0o750, 0o705, 0o710])
    def test_is_refused_when_others_may_enter_its_folder(self, folder, mode):
        folder.chmod(mode)
        with pytest.raises(SecretMisuse, match="other users"):
            KeyStore.open(folder, ROOT)

    @pytest.mark.parametrize("mode", [0o640, 0o604])
    def test_is_refused_when_others_may_read_its_file(self, folder, mode):
        (folder / "keys.json").chmod(mode)
        with pytest.raises(SecretMisuse, match="other users"):
            KeyStore.open(folder, ROOT)

    @pytest.mark.parametrize("keep", [0, 1, 50, -2])
    def test_is_refused_when_truncated(self, folder, keep):
        content = (folder / "keys.json").read_bytes()
        (folder / "keys.json").write_bytes(content[:keep])
        with pytest.raises(SecretMisuse, match="cannot be used"):
            KeyStore.open(folder, ROOT)

    def test_is_refused_when_a_tombstone_was_removed(self, store, folder):
        store.pseudonym_key("statistiques", "2026-10")
        store.shred("statistiques", "2026-10", at=AT)
        content = json.loads((folder / "keys.json").read_text())
        content["shredded"].clear()
        (folder / "keys.json").write_text(json.dumps(content))
        with pytest.raises(SecretMisuse, match="altered or removed"):
            KeyStore.open(folder, ROOT)

    def test_is_refused_when_it_is_not_a_store(self, folder):
        (folder / "keys.json").write_text("[]")
        with pytest.raises(SecretMisuse, match="cannot be used"):
            KeyStore.open(folder, ROOT)

    def test_says_so_when_its_file_goes_away_meanwhile(self, store, folder):
        (folder / "keys.json").unlink()
        with pytest.raises(SecretMisuse, match="the file is gone"):
            store.pseudonym_key("statistiques", "2026-10")


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "fichier").write_text("")
    with pytest.raises(Exception, match="cannot be created"):
        KeyStore.open(tmp_path / "fichier" / "cles", ROOT)


@pytest.mark.usefixtures("store")
def test_a_folder_reached_through_a_link_is_refused(folder, tmp_path):
    (tmp_path / "lien").symlink_to(folder)
    with pytest.raises(SecretMisuse, match="ordinary folder"):
        KeyStore.open(tmp_path / "lien", ROOT)


def _make(folder, answers):
    answers.put(KeyStore.open(folder, ROOT).pseudonym_key("statistiques", "2026-10").pseudonym(CARD))


def test_processes_that_race_for_a_new_key_get_the_same_one(tmp_path):
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    runs = [context.Process(target=_make, args=(tmp_path / "cles", answers)) for _ in range(3)]
    for run in runs:
        run.start()
    pseudonyms = {answers.get(timeout=60) for _ in runs}
    for run in runs:
        run.join()
    answers.close()
    answers.join_thread()
    assert len(pseudonyms) == 1
