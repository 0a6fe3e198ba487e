import json
import sqlite3
import stat
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from anonymise.keys import KeyStore, RootKey
from anonymise.vault import Vault
from auditor.vocabulary.aftersales import BlockEntry
from auditor.vocabulary.errors import SecretMisuse, WarrantRefused


def rebuild(vault, kit, card=None, new=None, **options):
    return vault.reconstruct(card or kit.CARD, new or kit.NEW, kit.warrant(), kit.NOW, **options)


class TestSealing:
    def test_is_idempotent(self, vault, kit, folder):
        first = vault.seal([kit.witness()], kit.NOW)
        sealed = sqlite_value(folder, "select sealed from record")
        assert vault.seal([kit.witness()], kit.NOW) == first
        assert sqlite_value(folder, "select sealed from record") == sealed
        assert vault.status().records == 1

    def test_replaces_what_the_back_office_changed(self, vault, kit):
        vault.seal([kit.witness()], kit.NOW)
        vault.seal([kit.witness(contracts=kit.witness().contracts[:1], counters=(), sales=())], kit.NOW)
        vault.block(kit.CARD, kit.LOSS, kit.warrant(), kit.NOW)
        assert [contract.contract for contract in rebuild(vault, kit).contracts] == ["1"]

    def test_leaves_out_and_removes_cards_whose_own_term_is_over(self, vault, kit):
        ended = date(2024, 10, 31)
        vault.seal([kit.witness()], kit.NOW)
        on_the_last_day = kit.NOW.replace(hour=0)
        assert vault.seal([kit.witness(relation_ended_on=ended)], on_the_last_day).past_term == 0
        report = vault.seal([kit.witness(relation_ended_on=ended)], on_the_last_day + timedelta(seconds=1))
        assert (report.sealed, report.past_term) == (0, 1)
        assert not vault.holds(kit.CARD)

    def test_does_not_undo_a_block_nor_a_replacement(self, lost, kit):
        lost.seal([kit.witness()], kit.NOW)
        rebuild(lost, kit)
        lost.seal([kit.witness()], kit.NOW)
        with pytest.raises(WarrantRefused, match="already replaced"):
            rebuild(lost, kit, new=kit.THIRD)

    def test_follows_a_block_lifted_after_it_was_declared(self, lost, kit):
        lifted = replace(kit.LOSS, ends_on=date(2026, 10, 31))
        lost.seal([kit.witness(blocked=lifted)], kit.NOW)
        with pytest.raises(WarrantRefused, match="not on the block list"):
            rebuild(lost, kit)

    def test_keeps_the_titles_of_a_rebuilt_card_until_the_back_office_knows_them(self, lost, kit):
        made = rebuild(lost, kit)
        lost.seal([kit.witness(kit.NEW, contracts=(), counters=(), sales=())], kit.NOW)
        lost.block(kit.NEW, kit.LOSS, kit.warrant(), kit.NOW)
        assert rebuild(lost, kit, card=kit.NEW, new=kit.THIRD).contracts == made.contracts
        lost.seal([kit.witness(kit.THIRD, contracts=kit.witness().contracts[:1])], kit.NOW)
        lost.seal([kit.witness(kit.THIRD, contracts=())], kit.NOW)
        lost.block(kit.THIRD, kit.LOSS, kit.warrant(), kit.NOW)
        assert rebuild(lost, kit, card=kit.THIRD, new="2500000042").contracts == ()

    def test_of_fifty_thousand_cards_takes_seconds(self, vault, kit):
        cards = (kit.witness(f"{number:010d}") for number in range(50_000))
        began = time.process_time()
        assert vault.seal(cards, kit.NOW).sealed == 50_000
        assert time.process_time() - began < 15

    def test_interrupted_keeps_nothing(self, vault, kit):
        def states():
            yield kit.witness()
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            vault.seal(states(), kit.NOW)
        assert vault.status().records == vault.status().journal_entries == 0


class TestTheFiles:
    def test_hold_no_card_no_holder_and_no_title_in_clear(self, lost, kit, folder):
        rebuild(lost, kit)
        lost.close()
        held = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
        for secret in (kit.CARD, kit.NEW, "P2500000018", "CLIENT-77", "ABO-ANNUEL", "CARNET-10", "guichet République"):
            assert secret.encode() not in held
        assert b"SAV-12" in held

    def test_are_for_their_owner_only(self, lost, folder):
        assert lost.status().records == 1
        for path in [folder, *folder.rglob("*")]:
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path.name

    def test_that_others_can_read_are_refused(self, vault, kit, folder):
        vault.close()
        (folder / "vault.sqlite").chmod(0o640)
        with pytest.raises(SecretMisuse, match="other users"):
            Vault.open(folder, kit.ROOT)

    @pytest.mark.usefixtures("vault")
    def test_of_another_root_are_refused(self, folder):
        with pytest.raises(SecretMisuse, match="root key does not open"):
            Vault.open(folder, RootKey("autre", bytes(32)))

    @pytest.mark.usefixtures("vault")
    def test_without_their_keys_are_refused_rather_than_given_new_ones(self, kit, folder):
        (folder / "keys" / "keys.json").unlink()
        with pytest.raises(SecretMisuse, match="not those of this vault"):
            Vault.open(folder, kit.ROOT)

    @pytest.mark.usefixtures("vault")
    def test_with_the_keys_of_another_vault_are_refused(self, kit, folder, tmp_path):
        KeyStore.open(tmp_path / "autres", kit.ROOT)
        (tmp_path / "autres" / "keys.json").replace(folder / "keys" / "keys.json")
        with pytest.raises(SecretMisuse, match="not those of this vault"):
            Vault.open(folder, kit.ROOT)

    def test_that_are_not_a_database_are_refused(self, vault, kit, folder):
        vault.close()
        (folder / "vault.sqlite").write_bytes(b"not a database, but long enough to be read as one" * 40)
        with pytest.raises(SecretMisuse, match="cannot be used"):
            Vault.open(folder, kit.ROOT)

    def test_with_two_records_exchanged_do_not_open(self, lost, kit, folder):
        lost.seal([kit.witness(kit.THIRD)], kit.NOW)
        with sqlite3.connect(folder / "vault.sqlite") as connection:
            (one, first), (other, second) = connection.execute("select id, sealed from record").fetchall()
            connection.execute("update record set sealed = ? where id = ?", (second, one))
            connection.execute("update record set sealed = ? where id = ?", (first, other))
        connection.close()
        with pytest.raises(SecretMisuse, match="does not open"):
            rebuild(lost, kit)


class TestBlocking:
    @pytest.mark.parametrize(
        "author", ["", " ", "automatic", "Automatique", "traitement automatique", "SYSTÈME", "system", "batch-nuit", "cron"]
    )
    def test_needs_a_person(self, vault, kit, author):
        vault.seal([kit.witness()], kit.NOW)
        with pytest.raises(WarrantRefused, match="No person"):
            vault.block(kit.CARD, replace(kit.LOSS, author=author), kit.warrant(), kit.NOW)
        with pytest.raises(WarrantRefused, match="not on the block list"):
            rebuild(vault, kit)

    @pytest.mark.parametrize("author", ["agent-3", "guichet République", "administrateur système"])
    def test_takes_a_role(self, vault, kit, author):
        vault.seal([kit.witness()], kit.NOW)
        vault.block(kit.CARD, replace(kit.LOSS, author=author), kit.warrant())
        assert vault.journal_entries()[-1].content["why"] == "loss"

    def test_an_unknown_card_is_refused(self, vault, kit):
        with pytest.raises(WarrantRefused, match="does not know this card"):
            vault.block(kit.CARD, kit.LOSS, kit.warrant(), kit.NOW)

    def test_a_card_blocked_already_or_replaced_is_refused(self, lost, kit):
        with pytest.raises(WarrantRefused, match="already on the block list"):
            lost.block(kit.CARD, kit.LOSS, kit.warrant(), kit.NOW)
        rebuild(lost, kit)
        with pytest.raises(WarrantRefused, match="already replaced"):
            lost.block(kit.CARD, kit.LOSS, kit.warrant(), kit.NOW)

    def test_a_card_blocked_for_abuse_cannot_be_declared_lost_instead(self, vault, kit):
        vault.seal([kit.witness(blocked=replace(kit.LOSS, reason="abuse"))], kit.NOW)
        with pytest.raises(WarrantRefused, match="already on the block list"):
            vault.block(kit.CARD, kit.LOSS, kit.warrant(), kit.NOW)

    def test_a_reason_can_be_stated_for_a_block_that_had_none(self, vault, kit):
        vault.seal([kit.witness(blocked=replace(kit.LOSS, reason="unstated"))], kit.NOW)
        with pytest.raises(WarrantRefused, match="without a stated reason"):
            rebuild(vault, kit)
        with pytest.raises(WarrantRefused, match="no stated reason"):
            vault.block(kit.CARD, replace(kit.LOSS, reason="unstated"), kit.warrant(), kit.NOW)
        vault.block(kit.CARD, kit.LOSS, kit.warrant(), kit.NOW)
        assert rebuild(vault, kit).case == "SAV-12"


class TestReconstruction:
    def test_gives_the_titles_and_the_counters_and_nothing_of_the_person(self, lost, kit):
        made = rebuild(lost, kit)
        assert made.contracts == kit.witness().contracts
        assert made.counters == kit.witness().counters
        assert (made.case, made.new_card, made.medium, made.made_at) == ("SAV-12", kit.NEW, "nominative", kit.NOW)
        assert kit.NEW not in repr(made)
        assert not hasattr(made, "holder")

    @pytest.mark.parametrize("reason", ["loss", "theft", "defect"])
    def test_follows_a_loss_a_theft_or_a_defect(self, vault, kit, reason):
        vault.seal([kit.witness(blocked=replace(kit.LOSS, reason=reason))], kit.NOW)
        assert rebuild(vault, kit).new_card == kit.NEW

    @pytest.mark.parametrize(("reason", "law"), [("abuse", "blocked for abuse"), ("unpaid", "blocked for an unpaid sum")])
    def test_never_undoes_an_invalidation(self, vault, kit, reason, law):
        vault.seal([kit.witness(blocked=replace(kit.LOSS, reason=reason))], kit.NOW)
        with pytest.raises(WarrantRefused, match=law) as refused:
            rebuild(vault, kit)
        assert "AU-015" in refused.value.why

    def test_needs_a_standing_block(self, vault, kit):
        vault.seal([kit.witness()], kit.NOW)
        with pytest.raises(WarrantRefused, match="not on the block list"):
            rebuild(vault, kit)
        for ends_on, match in ((date(2026, 10, 31), "not on the block list"), (date(2026, 11, 1), None)):
            vault.seal([kit.witness(blocked=replace(kit.LOSS, ends_on=ends_on))], kit.NOW)
            if match:
                with pytest.raises(WarrantRefused, match=match):
                    rebuild(vault, kit)
        assert rebuild(vault, kit)

    def test_leaves_expired_titles_and_keeps_those_of_the_last_day(self, vault, kit):
        running, carnet = kit.witness().contracts
        titles = (
            replace(running, contract="9", ends_on=date(2026, 10, 30)),
            replace(running, contract="8", ends_on=date(2026, 10, 31)),
            replace(running, contract="7", status="cancelled"),
            carnet,
        )
        counters = (replace(kit.witness().counters[0], contract="9"), replace(kit.witness().counters[0], contract="2"))
        vault.seal([kit.witness(contracts=titles, counters=counters, blocked=kit.LOSS)], kit.NOW)
        made = rebuild(vault, kit)
        assert [contract.contract for contract in made.contracts] == ["8", "2"]
        assert [counter.contract for counter in made.counters] == ["2"]

    def test_happens_once_per_card_and_again_for_the_new_one(self, lost, kit):
        made = rebuild(lost, kit)
        with pytest.raises(WarrantRefused, match="already replaced"):
            rebuild(lost, kit, new=kit.THIRD)
        lost.block(kit.NEW, kit.LOSS, kit.warrant(), kit.NOW)
        assert rebuild(lost, kit, card=kit.NEW, new=kit.THIRD).counters == made.counters

    def test_never_overwrites_another_card(self, lost, kit):
        lost.seal([kit.witness(kit.THIRD)], kit.NOW)
        for number in (kit.THIRD, kit.CARD):
            with pytest.raises(WarrantRefused, match="already in use"):
                rebuild(lost, kit, new=number)
        assert rebuild(lost, kit)

    def test_of_an_anonymous_card_needs_a_proof_of_possession(self, vault, kit):
        vault.seal([kit.witness(medium="anonymous", holder="", blocked=kit.LOSS)], kit.NOW)
        with pytest.raises(WarrantRefused, match="proof of possession"):
            rebuild(vault, kit)
        assert rebuild(vault, kit, proof_of_possession=True).counters == kit.witness().counters

    def test_of_a_declarative_card_makes_no_customer(self, vault, kit):
        vault.seal([kit.witness(medium="declarative", holder="", blocked=kit.LOSS)], kit.NOW)
        assert rebuild(vault, kit).contracts == kit.witness().contracts
        sealing = vault._sealing()
        with vault._database.reading() as rows:
            assert vault._find(rows, sealing, kit.NEW)[0].holder == ""

    def test_of_an_unknown_card_is_refused(self, vault, kit):
        with pytest.raises(WarrantRefused, match="does not know"):
            rebuild(vault, kit)

    @pytest.mark.parametrize("new", ["", "25 00", "2500:0000"])
    def test_on_something_that_is_no_card_number_is_refused(self, lost, kit, new):
        with pytest.raises(SecretMisuse):
            lost.reconstruct(kit.CARD, new, kit.warrant(), kit.NOW)
        assert rebuild(lost, kit)

    def test_goes_on_after_every_pseudonym_key_was_destroyed(self, lost, kit, tmp_path):
        analytics = KeyStore.open(tmp_path / "cles", kit.ROOT)
        for period in ("2026-09", "2026-10"):
            analytics.pseudonym_key("statistiques", period)
            analytics.shred("statistiques", period, at=kit.NOW)
        assert rebuild(lost, kit).contracts == kit.witness().contracts

    def test_ends_for_good_when_the_vaults_own_key_is_destroyed(self, lost, kit, folder):
        certificate = lost.destroy_key(kit.NOW)
        assert certificate.shredded_at.startswith("2026-10-31")
        lost.close()
        with Vault.open(folder, kit.ROOT) as reopened:
            for act in (lambda: rebuild(reopened, kit), lambda: reopened.seal([kit.witness()], kit.NOW)):
                with pytest.raises(SecretMisuse, match="destroyed on 2026-10-31"):
                    act()
            assert reopened.check_journal() is None


class TestTheWarrant:
    @pytest.mark.parametrize("field", ["case", "clerk", "reason"])
    @pytest.mark.parametrize("text", ["", "  "])
    def test_names_its_case_its_clerk_and_its_reason(self, lost, kit, field, text):
        with pytest.raises(WarrantRefused, match=f"no {field}"):
            lost.reconstruct(kit.CARD, kit.NEW, kit.warrant(**{field: text}), kit.NOW)

    def test_holds_until_its_end_excluded(self, lost, kit):
        with pytest.raises(WarrantRefused, match="expired"):
            lost.reconstruct(kit.CARD, kit.NEW, kit.warrant(until=kit.NOW), kit.NOW)
        assert lost.reconstruct(kit.CARD, kit.NEW, kit.warrant(until=kit.NOW + timedelta(seconds=1)), kit.NOW)

    def test_does_not_hold_before_it_is_granted(self, lost, kit):
        with pytest.raises(WarrantRefused, match="not valid yet"):
            lost.reconstruct(kit.CARD, kit.NEW, kit.warrant(granted_at=kit.NOW + timedelta(seconds=1)), kit.NOW)

    def test_is_read_in_utc_when_it_has_no_offset(self, lost, kit):
        naive = datetime(2026, 10, 31, 5, 0)
        assert lost.reconstruct(kit.CARD, kit.NEW, kit.warrant(granted_at=naive, until=naive + timedelta(hours=1)), naive)

    @pytest.mark.parametrize("reason", ["perte de 2500000018", "perte de 2500 0000-18", "nouvelle : 2500000026"])
    def test_that_quotes_a_card_is_refused_and_the_number_stays_out_of_the_journal(self, lost, kit, folder, reason):
        with pytest.raises(WarrantRefused, match="quotes the card number") as refused:
            lost.reconstruct(kit.CARD, kit.NEW, kit.warrant(reason=reason), kit.NOW)
        assert "2500" not in str(refused.value)
        assert reason not in json.dumps([dict(entry.content) for entry in lost.journal_entries()], ensure_ascii=False)
        assert b"2500000018" not in (folder / "vault.sqlite").read_bytes()

    def test_is_needed_to_block_as_well(self, vault, kit):
        vault.seal([kit.witness()], kit.NOW)
        with pytest.raises(WarrantRefused, match="expired"):
            vault.block(kit.CARD, kit.LOSS, kit.warrant(until=kit.NOW), kit.NOW)


def test_the_status_counts_and_says_nothing_of_cards(lost, kit):
    rebuild(lost, kit)
    status = lost.status()
    assert (status.records, status.changed_here) == (2, 2)
    assert status.journal_head == lost.journal_entries()[-1].digest
    assert kit.CARD not in repr(status)


def test_two_openings_of_one_vault_take_turns(lost, kit, folder):
    with Vault.open(folder, kit.ROOT) as other:
        rebuild(other, kit)
        with pytest.raises(WarrantRefused, match="already replaced"):
            rebuild(lost, kit, new=kit.THIRD)
        assert lost.check_journal() is None


def test_a_block_that_ended_can_be_followed_by_another(vault, kit):
    past = BlockEntry(reason="loss", starts_on=date(2026, 1, 1), ends_on=date(2026, 2, 1), author="agent")
    vault.seal([kit.witness(blocked=past)], kit.NOW)
    vault.block(kit.CARD, kit.LOSS, kit.warrant(), kit.NOW)
    assert rebuild(vault, kit)


def test_importing_anonymise_leaves_the_vault_closed():
    code = "import sys, anonymise, anonymise.keys, anonymise.pseudonymise; print('anonymise.vault' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def sqlite_value(folder, question):
    connection = sqlite3.connect(folder / "vault.sqlite")
    try:
        return connection.execute(question).fetchone()[0]
    finally:
        connection.close()
