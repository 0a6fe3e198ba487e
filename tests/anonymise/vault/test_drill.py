import itertools
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from anonymise.vault import drill
from anonymise.vault.vault import Vault, conditions
from auditor.vocabulary.errors import WarrantRefused

NOW = datetime(2026, 10, 31, 5, 0, tzinfo=UTC)


def run(folder, lang="fr"):
    ticks = itertools.count()
    return drill.run(now=NOW, clock=lambda: next(ticks), folder=folder, lang=lang)


def failed(folder):
    return {step.title for step in run(folder, "en") if not step.passed}


def test_every_step_passes_and_nothing_is_left(tmp_path):
    steps = run(tmp_path)
    assert [step.title for step in steps if not step.passed] == []
    assert len(steps) == 16
    assert {step.seconds for step in steps} == {1}
    assert list(tmp_path.iterdir()) == []


def test_the_same_exercise_says_the_same(tmp_path):
    assert run(tmp_path) == run(tmp_path)


def test_it_speaks_both_languages_and_quotes_no_card(tmp_path):
    french, english = run(tmp_path), run(tmp_path, "en")
    assert all(one.title != other.title for one, other in zip(french, english, strict=True))
    assert "99900000" not in repr(french) + repr(english)


def test_it_fails_when_a_counter_is_lost(tmp_path, monkeypatch):
    real = conditions.rebuilt
    monkeypatch.setattr(conditions, "rebuilt", lambda *args: replace(real(*args), counters=()))
    assert failed(tmp_path) >= {"Rebuild the carnet, same counter", "Anonymous card: rebuilt on proof"}


def test_it_fails_when_an_expired_title_is_copied(tmp_path, monkeypatch):
    monkeypatch.setattr(conditions, "_still_valid", lambda *_: True)
    assert failed(tmp_path) == {"Rebuild the subscription, same titles"}


def test_it_fails_when_the_vault_refuses_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(conditions, "check_can_be_rebuilt", lambda state, *_, **__: state)
    monkeypatch.setattr(conditions, "check_warrant", lambda *_: None)
    monkeypatch.setattr(conditions, "check_author", lambda *_: None)
    assert failed(tmp_path) >= {
        "Refuse a card that is not blocked",
        "Refuse a block that no person decided",
        "Anonymous card: refused without proof",
        "Refuse a second reconstruction",
        "Refuse an expired warrant",
    }


def test_it_fails_when_the_journal_is_not_kept_or_not_checked(tmp_path, monkeypatch):
    monkeypatch.setattr(Vault, "check_journal", lambda *_: None)
    assert failed(tmp_path) == {"Detect a tampered journal"}
    monkeypatch.setattr(Vault, "check_journal", lambda *_: "entry 1 was altered")
    assert failed(tmp_path) == {"Verify the journal"}


def test_it_fails_when_shredding_shreds_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(drill.KeyStore, "shred", lambda *_, **__: None)
    assert failed(tmp_path) == {"Destroy every pseudonym key"}


@pytest.mark.parametrize(
    ("error", "told"),
    [(RuntimeError("secret"), "the step stopped on RuntimeError"), (WarrantRefused("closed"), "error: closed")],
)
def test_a_step_that_breaks_is_a_step_that_fails(tmp_path, monkeypatch, error, told):
    def broken(*_, **__):
        raise error

    monkeypatch.setattr(Vault, "seal", broken)
    first = run(tmp_path, "en")[0]
    assert not first.passed
    assert first.detail == told
