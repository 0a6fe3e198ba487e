"""The register group as a user types it: show, export, import, merge, and what each refuses."""

import json
import shutil
from pathlib import Path

import pytest

from policies.registry import load_register, write_starter

SHARED = Path(__file__).resolve().parents[3] / "shared"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the shared reference data is not beside the project")


@pytest.fixture
def home(tmp_path):
    """A folder that holds a register and nothing else: these commands need no source."""
    write_starter(tmp_path / "net")
    return tmp_path


def _activities(folder):
    return [declared.activity for declared in load_register(folder).activities]


def test_the_list_then_one_sheet_are_shown(poincon, home):
    listed = poincon("-n", "net", "registry", "show", cwd=home)
    assert listed.returncode == 0, listed.stderr
    assert "validations-fraude" in listed.stdout
    shown = poincon("-n", "net", "registry", "show", "validations-fraude", cwd=home)
    assert "48\N{NO-BREAK SPACE}heures (PT48H)" in shown.stdout
    assert "Purposes" in poincon("-n", "net", "--lang", "en", "registry", "show", "postpaiement", cwd=home).stdout


def test_an_unknown_activity_is_refused_with_the_known_ones(poincon, home):
    done = poincon("-n", "net", "registry", "show", "nope", cwd=home)
    assert done.returncode == 2
    assert "validations-fraude" in done.stderr


def test_the_register_goes_to_the_workbook_and_back_without_loss(poincon, home):
    for name in ("a.ods", "b.ods"):
        assert poincon("-n", "net", "registry", "export", "--format", "ods", "-o", name, cwd=home).returncode == 0
    assert (home / "a.ods").read_bytes() == (home / "b.ods").read_bytes()
    assert (home / "a.ods").stat().st_mode & 0o777 == 0o600
    done = poincon("registry", "import", "a.ods", "new", cwd=home)
    assert done.returncode == 0, done.stderr
    assert _activities(home / "new") == _activities(home / "net")
    assert poincon("-n", "new", "registry", "check", cwd=home).returncode == 0


def test_an_import_never_overwrites(poincon, home):
    poincon("-n", "net", "registry", "export", "--format", "ods", "-o", "a.ods", cwd=home)
    before = {path.name: path.read_bytes() for path in (home / "net" / "registre").iterdir()}
    done = poincon("registry", "import", "a.ods", "net", cwd=home)
    assert done.returncode == 2
    assert "already exists" in done.stderr
    assert {path.name: path.read_bytes() for path in (home / "net" / "registre").iterdir()} == before


@needs_shared
def test_the_official_workbook_is_imported_and_its_gaps_are_told(poincon, home):
    done = poincon("registry", "import", str(SHARED / "formats" / "cnil" / "registre-traitement-simplifie.ods"), "cnil", cwd=home)
    assert done.returncode == 0, done.stderr
    assert "E21" in done.stdout
    assert "Louise" not in done.stdout + done.stderr
    check = poincon("-n", "cnil", "registry", "check", cwd=home)
    assert check.returncode == 1
    assert "30(1)(f)" in check.stdout


def test_one_activity_goes_to_the_pia_tool(poincon, home):
    done = poincon("--now", "2026-10-31T05:00:00Z", "-n", "net", "registry", "export", "--format", "pia", "postpaiement", cwd=home)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["pia"]["updated_at"] == "2026-10-31T05:00:00.000Z"
    missing = poincon("-n", "net", "registry", "export", "--format", "pia", cwd=home)
    assert missing.returncode == 2
    assert "ACTIVITY" in missing.stderr


@needs_shared
def test_an_assessment_is_shown_then_written_when_asked(poincon, home):
    real = str(SHARED / "formats" / "pia" / "2018-02-21-pia-example.json")
    before = _activities(home / "net")
    shown = poincon("-n", "net", "registry", "import", real, "--into", "postpaiement", cwd=home)
    assert shown.returncode == 0, shown.stderr
    assert "--write" in shown.stdout
    assert _activities(home / "net") == before
    assert poincon("-n", "net", "registry", "import", real, "--into", "postpaiement", "--write", cwd=home).returncode == 0
    after = {one.id: one for one in _activities(home / "net")}
    changed = [one.id for one in before if after[one.id] != one]
    assert changed == ["postpaiement"]
    assert "Cloisonnement des données" in after["postpaiement"].security
    text = (home / "net" / "registre" / "postpaiement.yml").read_text(encoding="utf-8")
    assert "EXEMPLE À ADAPTER" in text


@needs_shared
def test_merging_into_a_file_twice_gives_the_same_bytes(poincon, home):
    shutil.copy(SHARED / "formats" / "pia" / "2018-02-21-pia-example.json", home / "real.json")
    arguments = ("--now", "2026-10-31T05:00:00Z", "-n", "net", "registry", "export", "--format", "pia", "postpaiement")
    assert poincon(*arguments, "--merge", "real.json", "-o", "m1.json", cwd=home).returncode == 0
    assert poincon(*arguments, "--merge", "m1.json", "-o", "m2.json", cwd=home).returncode == 0
    assert (home / "m1.json").read_bytes() == (home / "m2.json").read_bytes()


@needs_shared
def test_a_template_is_refused_as_one(poincon, home):
    done = poincon(
        "-n", "net", "registry", "import", str(SHARED / "formats" / "pia" / "pia_architecture.json"), "--into", "postpaiement", cwd=home
    )
    assert done.returncode == 2
    assert "template" in done.stderr


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("x.ods", b"PK\x03\x04content.xml", "cannot be read"),
        ("x.json", b'{"pia": {"name": "x"', "cut short"),
        ("x.pdf", b"%PDF-1.7", "no form"),
        ("empty", b"", "no form"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_nothing_is_written(poincon, home, name, content, told):
    (home / name).write_bytes(content)
    target = ("--into", "postpaiement") if name.endswith("json") else ("new",)
    done = poincon("-n", "net", "registry", "import", name, *target, cwd=home)
    assert done.returncode == 2
    assert told in done.stderr
    assert not (home / "new").exists()


def test_the_right_target_is_asked_for(poincon, home):
    poincon("-n", "net", "registry", "export", "--format", "ods", "-o", "a.ods", cwd=home)
    assert "DIR" in poincon("registry", "import", "a.ods", cwd=home).stderr
    (home / "p.json").write_text('{"pia": {"name": "x"}}', encoding="utf-8")
    assert "--into" in poincon("-n", "net", "registry", "import", "p.json", cwd=home).stderr
