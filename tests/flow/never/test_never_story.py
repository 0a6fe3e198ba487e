"""The whole story told once on a hostile network: sources untouched, nothing exposed, nothing asked of the network."""

import base64
import csv
import io
import json
import re
import sqlite3
import stat
from contextlib import closing
from datetime import timedelta

import pyarrow.compute as pc
import pytest

SIDE_FILES = ("-wal", "-shm", "-journal")


def _mode(path):
    return stat.S_IMODE(path.lstat().st_mode)


# --- 1. a source is written to ------------------------------------------------------------------------------------------


def test_no_command_changes_a_byte_nor_a_date_of_a_source_it_could_write(story):
    assert len(story.before) > 25
    changed = {step.name: sorted(set(story.before.items()) ^ set(step.sources.items())) for step in story.told}
    assert {name: files for name, files in changed.items() if files} == {}


def test_no_command_leaves_a_file_of_its_own_beside_a_database(story):
    beside = [path.name for path in story.network.glob("data/**/*") if path.name.endswith(SIDE_FILES)]
    assert beside == []


def test_the_connection_to_a_database_refuses_to_write(hostile):
    from sqlalchemy import text
    from sqlalchemy.exc import OperationalError

    from auditor.sources.sqlite import opened

    with opened("gestion", hostile / "data" / "gestion.sqlite") as connection:
        held = connection.execute(text("select count(*) from supports")).scalar_one()
        for statement in ("delete from supports", "update clients set nom = ''", "create table x (y)", "drop table ventes"):
            with pytest.raises(OperationalError, match="readonly"):
                connection.execute(text(statement))
        assert connection.execute(text("select count(*) from supports")).scalar_one() == held > 0


# --- 5. a journey enters the vault, or a key leaves it ------------------------------------------------------------------


def _vault_bytes(network):
    files = [path for path in (network / "state" / "vault").rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"vault.sqlite", "journal.head", "keys.json"}
    return b"".join(path.read_bytes() for path in files)


def test_no_stop_line_or_validator_enters_the_vault(story, active):
    held = _vault_bytes(story.network)
    codes = {code for name in ("code_arret", "code_ligne", "code_valideur") for code in pc.unique(active[name]).to_pylist() if code}
    assert len(codes) > 100
    assert [code for code in sorted(codes) if code.encode() in held] == []


def test_no_instant_of_a_tap_enters_the_vault(story, active):
    held = _vault_bytes(story.network).decode("latin-1")
    moments = [moment for name in ("horodatage", "recu_le") for moment in pc.unique(active[name]).to_pylist() if moment]
    local = [moment + timedelta(hours=shift) for moment in moments for shift in (0, 1, 2)]
    written = {form for moment in local for form in (moment.isoformat(), f"{moment:%Y-%m-%d %H:%M:%S}", f"{moment:%d/%m/%Y %H:%M}")}
    found = set(re.findall(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d|\d\d/\d\d/\d{4} \d\d:\d\d", held))
    assert found  # the journal dates its entries: the pattern can match
    assert found & written == set()


def test_what_the_vault_gives_back_has_no_journey_either(story, active):
    rebuilt = next(step.done.out for step in story.told if step.name == "card reconstruct")
    codes = {code for name in ("code_arret", "code_valideur") for code in pc.unique(active[name]).to_pylist() if code}
    assert [code for code in codes if code in rebuilt] == []


def test_no_key_leaves_the_state_folder(story):
    secret = bytes.fromhex((story.network / "state" / "root.key").read_text(encoding="ascii"))
    wrapped = [
        text.encode()
        for file in (story.network / "state").rglob("keys.json")
        for text in re.findall(r'"([A-Za-z0-9+/=_-]{40,})"', file.read_text(encoding="utf-8"))
    ]
    forms = [
        secret,
        secret.hex().encode(),
        secret.hex().upper().encode(),
        base64.b64encode(secret),
        base64.urlsafe_b64encode(secret),
        *wrapped,
    ]
    left = [path for folder in ("published", "rapports", "reponse") for path in (story.network / folder).rglob("*") if path.is_file()]
    assert len(left) > 10
    said = b"".join(step.done.said.encode() for step in story.told)
    public = (story.network / "published" / "signature.pem").read_bytes()
    assert b"PRIVATE" not in public
    for content in [said, *(path.read_bytes() for path in left)]:
        assert not any(form in content for form in forms)


# --- 6. the network is used ---------------------------------------------------------------------------------------------


def test_no_command_asks_for_the_network(story):
    assert story.told
    assert not story.asked.exists()


def test_the_watch_does_see_a_program_that_asks_for_the_network(watch, tmp_path, runs):
    asking = tmp_path / "asking.py"
    asking.write_text("import socket\nsocket.create_connection(('localhost', 9), timeout=1)\n", encoding="utf-8")
    seen = tmp_path / "asked.txt"
    done = runs.ended(cwd=tmp_path, env={**watch.env, "NETWORK_ASKED": str(seen)}, program=asking)
    assert done.code == 1
    assert seen.read_text(encoding="utf-8").split() == ["socket.getaddrinfo"]


# --- 7. live cells, unescaped names -------------------------------------------------------------------------------------


def _cells(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return [cell for row in csv.reader(stream) for cell in row]


def _live(cells):
    return [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not re.fullmatch(r"[+-]?\d+([.,]\d+)?", cell)]


def test_no_cell_of_a_release_is_live_in_a_spreadsheet(story, bait):
    files = sorted(story.network.glob("published/**/*.csv"))
    assert len(files) == 2
    for file in files:
        cells = _cells(file)
        assert _live(cells) == []
        assert {cell[1] for cell in cells if bait.raw in cell} & set(bait.starts), f"{file.name} holds no code to be afraid of"


def test_no_cell_of_a_citizens_answer_is_live_in_a_spreadsheet(story, bait):
    (file,) = (story.network / "reponse").glob("*.csv")
    text = file.read_text(encoding="utf-8-sig")
    separator = max(",;", key=text.split("\n")[0].count)
    cells = [cell for row in csv.reader(io.StringIO(text), delimiter=separator) for cell in row]
    assert sum(bait.raw in cell for cell in cells) > 2
    assert _live(cells) == []


@pytest.mark.parametrize("report", ["audit.html", "frequentation-lignes.html", "titres-par-zone.html", "exercice.html", "answer"])
def test_no_name_reaches_a_page_unescaped(story, bait, report):
    file = next((story.network / "reponse").glob("*.html")) if report == "answer" else story.reports / report
    page = file.read_text(encoding="utf-8")
    assert bait.raw not in page
    assert "alert(7)</script" not in page
    # The receipt of a release of records quotes no name.
    assert (bait.escaped in page) == (report != "titres-par-zone.html")


# --- 9. readable by another user ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["state", "reponse", "rapports"])
def test_what_is_private_is_its_owners_alone_even_without_a_mask(story, folder):
    root = story.network / folder
    found = {path.relative_to(story.network).as_posix(): _mode(path) for path in [root, *root.rglob("*")]}
    assert len(found) > 3
    open_to_others = {name: oct(mode) for name, mode in found.items() if mode not in (0o600, 0o700)}
    assert open_to_others == {}


def test_what_is_published_can_be_changed_by_its_owner_alone_even_without_a_mask(story):
    root = story.network / "published"
    written_by_others = {
        path.relative_to(story.network).as_posix(): oct(_mode(path)) for path in [root, *root.rglob("*")] if _mode(path) & 0o022
    }
    assert written_by_others == {}


def test_a_release_for_a_named_recipient_is_not_left_open_to_all(story):
    (file,) = story.network.glob("published/titres-par-zone/*/titres-par-zone.csv")
    assert (_mode(file), _mode(file.parent)) == (0o600, 0o700)


@pytest.mark.parametrize(
    ("place", "mode", "command"),
    [
        ("root.key", 0o640, ("vault", "status")),
        ("root.key", 0o604, ("release", "ledger")),
        ("vault/vault.sqlite", 0o644, ("vault", "status")),
        ("keys", 0o755, ("release", "ledger")),
    ],
)
def test_a_secret_that_others_can_reach_is_refused_and_the_way_out_is_said(story, runs, place, mode, command):
    path = story.network / "state" / place
    kept = _mode(path)
    path.chmod(mode)
    try:
        done = runs.ended("-n", story.network, *command, cwd=story.network)
    finally:
        path.chmod(kept)
    assert done.code not in (0, 1)
    assert "other users" in done.err
    assert f"chmod {kept:o}" in done.err
    assert "Traceback" not in done.err


# --- 2. a temporary file outlives the run -------------------------------------------------------------------------------


def test_no_command_leaves_a_temporary_file(story):
    assert {step.name: step.left for step in story.told if step.left} == {}
    assert [path for path in story.network.rglob("*") if path.name.startswith(".staging") or path.suffix in {".part", ".new"}] == []


def test_the_story_was_told_in_full(story):
    """The tests above would hold on an empty run: this one says that it was not."""
    audit = json.loads((story.reports / "audit.json").read_text(encoding="utf-8"))
    assert audit["summary"]["findings"] > 20
    with closing(sqlite3.connect(f"file:{story.network}/state/vault/vault.sqlite?mode=ro", uri=True)) as vault:
        assert vault.execute("select count(*) from record").fetchone()[0] > 100
    frozen = json.loads((story.network / "state" / "requests" / "2026-0001.frozen.json").read_text(encoding="utf-8"))
    assert sum(len(table["rows"]) for table in frozen["tables"]) > 4
