"""Two runs on the same input agree to the byte, wherever the network stands and whatever else it maps."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

BUILDS = ("frequentation-lignes", "titres-par-zone")
NEEDED = ("validations", "stops", "lines", "products")


def _alone():
    """Return the words that put a program where there is no network at all, or none when this account may not."""
    probe = subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False) if shutil.which("unshare") else None
    return ("unshare", "-n") if probe is not None and probe.returncode == 0 else ()


@pytest.fixture(scope="module")
def again(hostile, narrowed, runs, tmp_path_factory):
    """The story's audit and releases on another copy, elsewhere, with other keys, another mask, and no network at all."""
    base = tmp_path_factory.mktemp("again")
    network = Path(shutil.copytree(hostile, base / "ailleurs"))
    options = {"cwd": base, "before": _alone(), "umask": 0o077, "env": {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}}
    outputs = ("-o", f"html={base / 'audit.html'}", "-o", f"json={base / 'audit.json'}")
    shutil.rmtree(network / "state")
    runs.ended("-n", network, "release", "ledger", **options)
    audit = runs.ended("-n", network, "audit", *outputs, **options)
    narrowed(network, NEEDED)
    builds = [runs.ended("-n", network, "release", "build", plan, **options) for plan in BUILDS]
    return SimpleNamespace(base=base, network=network, audit=audit, builds=builds)


def _only(network, name):
    (file,) = network.glob(f"published/**/{name}")
    return file.read_bytes()


def test_they_end_alike(story, again):
    first = next(step.done for step in story.told if step.name.startswith("audit"))
    assert (again.audit.code, again.audit.out) == (first.code, first.out)
    assert [done.code for done in again.builds] == [0, 0], [done.said for done in again.builds]


@pytest.mark.parametrize("form", ["audit.json", "audit.html"])
def test_two_audits_give_the_same_bytes(story, again, form):
    assert (again.base / form).read_bytes() == (story.reports / form).read_bytes()


@pytest.mark.parametrize(
    "name",
    [
        "frequentation-lignes.csv",
        "frequentation-lignes.csv.schema.json",
        "frequentation-lignes.csv.dcat.jsonld",
        "titres-par-zone.csv",
        "titres-par-zone.csv.schema.json",
    ],
)
def test_two_builds_give_the_same_bytes(story, again, name):
    assert _only(again.network, name) == _only(story.network, name)


def test_the_two_networks_do_have_keys_of_their_own(story, again):
    first, second = ((one.network / "state" / "root.key").read_bytes() for one in (story, again))
    assert first != second


def test_nothing_that_leaves_tells_where_it_was_made(again):
    files = [path for path in again.network.glob("published/**/*") if path.is_file()]
    assert len(files) > 7
    for content in [path.read_bytes() for path in files] + [(again.base / form).read_bytes() for form in ("audit.json", "audit.html")]:
        assert os.fsencode(again.base) not in content
    assert json.loads((again.base / "audit.json").read_bytes())["as_of"] == "2026-10-31T05:00:00Z"
