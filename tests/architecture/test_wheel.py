"""A built wheel, installed elsewhere, works from any folder: templates, starter register and schemas travel with it."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    subprocess.run([*build, "-w", str(folder), str(ROOT)], check=True, capture_output=True)
    (built,) = folder.glob("poincon-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The wheel's content in a folder of its own, with the environment's libraries and without the checkout."""
    target = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    return target


def _run(installed, *arguments, cwd):
    code = f"import sys; sys.path.insert(0, {str(installed)!r}); import cli; sys.argv[0] = 'poincon'; cli.main()"
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COVERAGE"))}
    return subprocess.run([sys.executable, "-P", "-c", code, *arguments], cwd=cwd, capture_output=True, text=True, check=False, env=clean)


def test_the_wheel_holds_every_data_file_of_the_packages(wheel):
    held = set(zipfile.ZipFile(wheel).namelist())
    for package in ("auditor", "policies", "anonymise", "reports"):
        for path in (ROOT / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert path.relative_to(ROOT).as_posix() in held
    assert "cli.py" in held
    assert not any(name.startswith("tests/") for name in held)


def test_it_tells_the_whole_story_from_another_folder(installed, tmp_path):
    done = _run(installed, "demo", "lille", "--cards", "2000", "--days", "7", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "lille" / "registre").is_dir()
    for report in ("rapports/audit.html", "rapports/audit.json"):
        assert (tmp_path / "lille" / report).stat().st_size > 1000


def test_it_imports_from_the_installed_files(installed, tmp_path):
    code = f"import sys; sys.path.insert(0, {str(installed)!r}); import auditor, cli; print(auditor.__file__, cli.__file__)"
    done = subprocess.run([sys.executable, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert all(path.startswith(str(installed)) for path in done.stdout.split())
