"""A small demonstration network, made once, and the command line as a user types it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb", "LC_ALL": "C.UTF-8"}


def poincon(*arguments, cwd, stdin="", env=None):
    """Run the program in a process of its own; return what it said and how it ended."""
    return subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), *map(str, arguments)],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **ENVIRONMENT, **(env or {})},
    )


def _made(folder, *options):
    done = poincon("demo", folder.name, "--cards", "3000", "--days", "8", "--data-only", *options, cwd=folder.parent)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session", name="poincon")
def _poincon():
    return poincon


@pytest.fixture(scope="session")
def planted(tmp_path_factory):
    return _made(tmp_path_factory.mktemp("planted") / "lille")


@pytest.fixture(scope="session")
def clean(tmp_path_factory):
    return _made(tmp_path_factory.mktemp("clean") / "lille", "--clean")


@pytest.fixture
def network(clean, tmp_path):
    """A clean network one may break."""
    return Path(shutil.copytree(clean, tmp_path / "lille"))
