"""The command as people run it."""

import json
import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    folder = tmp_path_factory.mktemp("essai")
    run("demo", str(folder / "demo"), "--cards", "800", "--days", "7", "--data-only")
    return folder / "demo"


def run(*arguments):
    return subprocess.run([sys.executable, "-m", "cli", *arguments], capture_output=True, text=True, check=False, timeout=300)


def test_the_demo_is_scanned_and_no_value_of_it_is_told(network):
    done = run("-n", str(network), "scan", "-o", f"json={network / 'scan.json'}")
    assert done.returncode in {1, 3}, done.stderr
    said = json.loads((network / "scan.json").read_text(encoding="utf-8"))
    certain = {(one["column"], one["detector"]) for one in said["detections"] if one["certain"]}
    assert {("courriel", "email"), ("telephone", "phone"), ("date_naissance", "birth-date"), ("numero_carte", "card-number")} <= certain
    assert {gap["kind"] for gap in said["gaps"]} >= {"column-not-declared", "recipient-not-declared"}
    again = run("-n", str(network), "scan", "--format", "json")
    assert again.stdout == (network / "scan.json").read_text(encoding="utf-8"), "the same scan gives the same bytes"
    relay = (network / "data" / "relais" / "file_attente.csv").read_text(encoding="utf-8").splitlines()[1:]
    numbers = {line.split(",")[0] for line in relay}
    assert not [number for number in numbers if number in done.stdout or number in json.dumps(said)]


def test_contradictory_options_are_refused(network):
    done = run("-n", str(network), "scan", "--full", "--sample", "10")
    assert done.returncode == 2
    assert "contradict" in done.stderr


def test_scan_settings_are_checked(network):
    text = (network / "poincon.toml").read_text(encoding="utf-8")
    broken = network.parent / "broken"
    if not broken.exists():
        import shutil

        shutil.copytree(network, broken)
    settings = text.replace("[scan]", "[scan]\nsample = 0") if "[scan]" in text else text + "\n[scan]\nsample = 0\n"
    (broken / "poincon.toml").write_text(settings, encoding="utf-8")
    done = run("-n", str(broken), "scan")
    assert done.returncode == 2
    assert "poincon.toml" in done.stderr
