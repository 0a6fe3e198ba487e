"""A release is published whole or not at all, whatever kills the run, and the next run completes it."""

import base64
import json
import os
import random
import shutil
import signal
import sqlite3
import stat
import time
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pytest

BUILD = ("release", "build", "frequentation-lignes")
PLACE = "published/frequentation-lignes"
WHOLE = {f"frequentation-lignes.csv{suffix}" for suffix in ("", ".receipt.json", ".schema.json", ".dcat.jsonld")}
PATIENCE_SECONDS = 60

STRIKE = '''
"""Kills its own program, without warning, when it does what KILL_AT tells."""

import os
import re
import signal
import sys

EVENT, WHERE = os.environ["KILL_AT"].split(" ", 1)


def strike(event, arguments):
    if event == EVENT and re.search(WHERE, str(arguments[0])):
        os.kill(os.getpid(), signal.SIGKILL)


sys.addaudithook(strike)
'''

STRUCK = {
    "as the receipt is being written": r"open /out/.*\.receipt\.json$",
    "once the ledger knows and nothing is in place": "os.chmod /out/",
    "just after it was moved into place": f"open {PLACE}$",
}
UNSETTLED = ("as the receipt is being written", "once the ledger knows and nothing is in place")
"""Where the ledger and the folder say different things, or could have begun to."""
WATCHED = {"as soon as a private folder appears": 0.0, "some time later": random.Random(20_261_030).uniform(0.1, 1.2)}


def _struck(runs, network, moment, folder):
    folder.joinpath("sitecustomize.py").write_text(STRIKE, encoding="utf-8")
    return runs.ended("-n", network, *BUILD, cwd=network, env={"PYTHONPATH": str(folder), "KILL_AT": moment}).code


def _watched(runs, network, seconds):
    with runs.started("-n", network, *BUILD, cwd=network) as process:
        until = time.monotonic() + PATIENCE_SECONDS
        while not list(network.glob("published/.staging-*")):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until
            time.sleep(0.001)
        time.sleep(seconds)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    return process.returncode


@pytest.fixture(scope="module", params=[*STRUCK, *WATCHED])
def killed(request, small, narrowed, runs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("killed")
    network = narrowed(Path(shutil.copytree(small, folder / "lille")), ("validations",))
    name = request.param
    code = _struck(runs, network, STRUCK[name], folder) if name in STRUCK else _watched(runs, network, WATCHED[name])
    return SimpleNamespace(name=name, network=network, code=code)


def _published(network):
    """Return what anyone sees in the publication folder: neither the lock, nor the key, nor what is private."""
    root = network / "published"
    return sorted(path for path in root.rglob("*") if path.is_file() and not path.relative_to(root).parts[0].startswith((".", "signature")))


def _check_whole(network):
    files = {path.name: path for path in _published(network)}
    assert set(files) == WHOLE
    assert len({path.parent for path in files.values()}) == 1
    release = files["frequentation-lignes.csv"]
    digest = sha256(release.read_bytes()).hexdigest()
    statement = json.loads(base64.b64decode(json.loads(files[f"{release.name}.receipt.json"].read_bytes())["payload"]))
    assert statement["subject"] == [{"name": release.name, "digest": {"sha256": digest}}]
    assert statement["predicate"]["rows_out"] > 0
    schema = json.loads(files[f"{release.name}.schema.json"].read_bytes())
    described = json.loads(files[f"{release.name}.dcat.jsonld"].read_bytes())
    assert [field["name"] for field in schema["fields"]] == release.read_text(encoding="utf-8").split("\n")[0].split(",")
    assert digest in json.dumps(described)
    with closing(sqlite3.connect(f"file:{network}/state/ledger.sqlite?mode=ro", uri=True)) as ledger:
        entries = [json.loads(content) for (content,) in ledger.execute("select content from release_ledger order by sequence")]
    receipt = sha256(files[f"{release.name}.receipt.json"].read_bytes()).hexdigest()
    assert (entries[-1]["file_digest"], entries[-1]["receipt_digest"]) == (digest, receipt)


def test_a_killed_build_leaves_the_whole_release_or_nothing_of_it(killed):
    if killed.code == 0:
        assert killed.name == "some time later", "this moment was never reached"
    else:
        assert killed.code == -signal.SIGKILL
    assert bool(_published(killed.network)) == (killed.code == 0 or killed.name == "just after it was moved into place")
    if _published(killed.network):
        _check_whole(killed.network)


def test_what_a_killed_build_leaves_is_its_owners_alone(killed):
    left = [path for path in killed.network.rglob(".staging-*") if path.is_dir()]
    assert killed.code == 0 or left
    assert {stat.S_IMODE(path.stat().st_mode) for path in left} <= {0o700}


@pytest.mark.parametrize("killed", UNSETTLED, indirect=True)
def test_the_run_after_a_kill_succeeds_and_leaves_nothing_of_the_killed_one(killed, runs):
    again = runs.ended("-n", killed.network, *BUILD, cwd=killed.network)
    assert again.code == 0, again.said
    _check_whole(killed.network)
    assert list(killed.network.rglob(".staging-*")) == []
    ledger = runs.ended("-n", killed.network, "release", "ledger", cwd=killed.network)
    assert ledger.code == 0, ledger.said
