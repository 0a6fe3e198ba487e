"""`poincon --help` answers at once: it may not load an engine, a driver or a report library."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("duckdb", "ibis", "pyarrow", "pandas", "numpy", "scipy", "sqlalchemy", "pydantic", "jinja2", "rich", "cryptography", "yaml")


@pytest.mark.parametrize("arguments", [["--help"], ["audit", "--help"], ["release", "build", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(arguments):
    code = (
        "import sys, runpy\n"
        f"sys.argv = ['poincon', *{arguments!r}]\n"
        "try:\n    runpy.run_path('cli.py', run_name='cli')['main']()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        f"loaded = sorted(set({HEAVY!r}) & set(sys.modules))\n"
        "print('LOADED', loaded, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "LOADED []" in done.stderr, done.stderr
    assert done.stdout


def test_importing_anonymise_leaves_the_vault_unloaded():
    code = "import sys, anonymise, anonymise.release, anonymise.verify; print('anonymise.vault' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
