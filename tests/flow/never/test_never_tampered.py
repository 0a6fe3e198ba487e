"""An entry of the ledger or of the vault's journal that is altered, dropped or moved is seen, and said."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from auditor.vocabulary.chain import GENESIS, sealed

LEDGER = ("state/ledger.sqlite", "release_ledger", ("release", "ledger"))
JOURNAL = ("state/vault/vault.sqlite", "journal", ("vault", "journal"))


def _altered(rows):
    number, content, *rest = rows[0]
    said = json.loads(content)
    key = next(key for key, value in sorted(said.items()) if isinstance(value, str) and key != "at")
    return [(number, json.dumps({**said, key: "autre chose"}), *rest), *rows[1:]]


def _rewritten(rows):
    """An attacker who knows how the chain is made: the first entry altered, every digest after it made again."""
    previous, chain = GENESIS, []
    for number, content, _, _, *signature in _altered(rows):
        entry = sealed(number, json.loads(content), previous)
        chain.append((number, content, previous, entry.digest, *signature))
        previous = entry.digest
    return chain


def _dropped(rows):
    return [rows[0], *((number - 1, *rest) for number, *rest in rows[2:])]


def _reordered(rows):
    return [(1, *rows[1][1:]), (2, *rows[0][1:]), *rows[2:]]


def _truncated(rows):
    return rows[:-1]


def _emptied(_):
    return []


def _tamper(file, table, forge):
    """Change the rows as somebody would who holds the file: the triggers are in the way, so they go first."""
    with closing(sqlite3.connect(file)) as base:
        triggers = base.execute("select name, sql from sqlite_master where type = 'trigger' and tbl_name = ?", (table,)).fetchall()
        assert triggers
        for name, _ in triggers:
            base.execute(f"drop trigger {name}")
        rows = base.execute(f"select * from {table} order by 1").fetchall()
        assert len(rows) >= 2
        forged = forge(rows)
        assert forged != rows
        base.execute(f"delete from {table}")
        if rows:
            base.executemany(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", forged)
        for _, sql in triggers:
            base.execute(sql)
        base.commit()


@pytest.fixture
def written(story, tmp_path):
    """A copy of what the story left: a ledger of releases and a journal of openings."""
    return Path(shutil.copytree(story.network, tmp_path / "lille", ignore=shutil.ignore_patterns("data", "rapports", "reponse")))


def test_what_was_not_touched_holds(story):
    told = {step.name: step.done for step in story.told}
    assert [told[" ".join(command)].code for *_, command in (LEDGER, JOURNAL)] == [0, 0]
    assert "la chaîne est entière" in told["vault journal"].out


@pytest.mark.parametrize("forge", [_altered, _rewritten, _dropped, _reordered, _truncated, _emptied], ids=lambda forge: forge.__name__[1:])
@pytest.mark.parametrize(("place", "table", "command"), [LEDGER, JOURNAL], ids=["ledger", "journal"])
def test_what_was_touched_is_seen_and_said(written, runs, place, table, command, forge):
    _tamper(written / place, table, forge)
    done = runs.ended("-n", written, *command, cwd=written)
    assert done.code not in (0, 1), done.said
    assert "Traceback" not in done.err
    assert any(word in done.said for word in ("entry", "entrée", "écriture", "signed", "cut short", "head")), done.said
    assert "the chain holds" not in done.said


@pytest.mark.parametrize(("place", "table"), [LEDGER[:2], JOURNAL[:2]], ids=["ledger", "journal"])
@pytest.mark.parametrize("change", ["update {} set content = '{{}}'", "delete from {}"])
def test_the_database_itself_refuses_to_change_an_entry(written, place, table, change):
    with closing(sqlite3.connect(written / place)) as base, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        base.execute(change.format(table))


def test_the_vault_stays_shut_once_its_journal_was_cut_short_and_does_not_write_over_the_trace(written, runs):
    place, table, _ = JOURNAL
    _tamper(written / place, table, _truncated)
    lost = ("card", "lost", "--case", "SAV-0003", "--clerk", "guichet-01", "--reason", "carte perdue")
    before = (written / place).read_bytes()
    done = runs.ended("-n", written, *lost, cwd=written, stdin="2500000002\n")
    assert done.code not in (0, 1)
    assert "journal" in done.err
    assert (written / place).read_bytes() == before
