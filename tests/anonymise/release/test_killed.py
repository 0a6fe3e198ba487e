"""Whatever kills the run, the publication folder holds the whole release or nothing of it, and the next run works."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from anonymise.release import build
from anonymise.verify.reading import digest

ROOT = Path(__file__).resolve().parents[3]
WHOLE = {f"frequentation-lignes.csv{suffix}" for suffix in ("", ".dcat.jsonld", ".receipt.json", ".schema.json")}

SCRIPT = """
import importlib.util, os, signal, sys
from dataclasses import replace
from pathlib import Path

folder, stage, conftest = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
spec = importlib.util.spec_from_file_location("release_case", conftest)
case = importlib.util.module_from_spec(spec)
spec.loader.exec_module(case)

import anonymise.export
from anonymise.keys import KeyStore, RootKey
from anonymise.ledger import Ledger
from anonymise.release import build
from auditor.engine.duckdb import DuckDBEngine


def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)


if stage == "flushing":
    anonymise.export._flush = die
keys = KeyStore.open(folder / "keys", RootKey.from_file(folder / "root.key"))
ledger = Ledger(folder / "ledger" / "ledger.sqlite", signer=keys.signing_key())
request = case.request_in(folder, DuckDBEngine(memory_limit="1GB"), keys, ledger, case.COUNTS, case.taps())
build(replace(request, progress=lambda said: die() if said == stage else None))
"""


def _published(folder):
    return {
        file.name for file in (folder / "published").rglob("*") if file.is_file() and ".staging-" not in str(file) and file.name != ".lock"
    }


@pytest.mark.parametrize("stage", ["anonymise", "verify", "receipt", "ledger", "publish", "flushing", "published"])
def test_a_run_killed_at_any_stage_leaves_all_or_nothing(tmp_path, request_for, counts, stage):
    conftest = Path(__file__).with_name("conftest.py")
    killed = subprocess.run([sys.executable, "-c", SCRIPT, str(tmp_path), stage, str(conftest)], cwd=ROOT, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert _published(tmp_path) == (WHOLE if stage == "published" else set())
    request = request_for(counts)
    again = build(request)
    assert _published(tmp_path) == WHOLE
    assert again.receipt.file_digest == digest(again.file)
    assert not list((tmp_path / "published").glob(".staging-*"))
    assert not list((tmp_path / "private").glob(".staging-*"))
    assert request.ledger.check() is None
    assert any(entry.content.get("file_digest") == again.receipt.file_digest for entry in request.ledger.entries())
