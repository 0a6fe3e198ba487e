"""Two real networks, audited and released end to end: Shenzhen's weak pseudonyms, a week of London without cards."""

import json
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"

pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="the shared reference data is not beside the project")


def _copied(name, folder):
    """A copy with the real data at the same relative place: a build writes in the network's folder."""
    (folder / "shared").symlink_to(SHARED)
    return Path(shutil.copytree(ROOT / "tests" / "networks" / name, folder / "main" / "tests" / "networks" / name))


@pytest.fixture(scope="module")
def shenzhen(tmp_path_factory):
    return _copied("szt_shenzhen_2018", tmp_path_factory.mktemp("shenzhen"))


@pytest.fixture(scope="module")
def london(tmp_path_factory):
    return _copied("tfl_oyster_2009", tmp_path_factory.mktemp("london"))


def test_shenzhen_card_numbers_are_reported_as_a_reversible_substitution(shenzhen, poincon):
    done = poincon("-n", shenzhen, "audit", "--format", "json", cwd=shenzhen)
    rules = {rule["id"]: rule for rule in json.loads(done.stdout)["rules"]}
    assert done.returncode == 3, "the file has no reception time: one rule could not be checked"
    assert rules["BIL-RET-VALID-TARDIVE"]["verdict"] == "could-not-check"
    (finding,) = rules["BIL-ANO-HASH"]["findings"]
    assert finding["evidence"]["symbols"] == 10
    assert finding["evidence"]["tokens"] == 9_523
    assert rules["BIL-ANO-HASH"]["verdicts"] == {"au-015": "not-met", "gdpr": "not-met"}
    assert rules["RGPD-ANO-INDIV"]["verdict"] == "not-met"


def test_shenzhen_counts_leave_and_pass(shenzhen, poincon):
    done = poincon("-n", shenzhen, "release", "build", "lignes-heures", cwd=shenzhen)
    assert done.returncode == 0, done.stderr
    assert "PASS_FOR_SCOPE" in done.stdout


@pytest.mark.slow
def test_the_counts_of_three_million_london_taps_pass_verification(london, poincon):
    done = poincon("-n", london, "release", "build", "stations-heures", cwd=london)
    assert done.returncode == 0, done.stderr
    (file,) = (london / "published").rglob("stations-heures.csv")
    again = poincon(
        "-n", london, "release", "verify", file, "--plan", "stations-heures", "--key", london / "published" / "signature.pem", cwd=london
    )
    assert again.returncode == 0, again.stdout
    assert "plusieurs trajets" in again.stdout.replace("\n", " ")


@pytest.mark.slow
def test_london_records_at_the_minute_are_refused_with_the_reason(london, poincon):
    done = poincon("-n", london, "release", "build", "trajets-minute", cwd=london)
    assert done.returncode == 4
    assert "minute" in done.stderr
    assert "Next: " in done.stderr
    assert not list((london / "published").rglob("trajets-minute.csv"))
    ledger = poincon("-n", london, "release", "ledger", cwd=london)
    assert ledger.returncode == 0
    assert "trajets-minute" in ledger.stdout
