"""The top level is a table of contents, and cli.py joins what nothing else may join."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("auditor", "policies", "anonymise", "reports")


def _modules():
    for package in PACKAGES:
        yield from (ROOT / package).rglob("*.py")


def test_the_top_level_holds_what_the_design_fixes():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split("\n")
    top = {name.split("/")[0] for name in tracked if name} or {path.name for path in ROOT.iterdir()}
    assert {"pyproject.toml", "auditor", "policies", "anonymise", "reports", "tests", "cli.py", "README.md"} <= top
    python_at_the_top = {name for name in top if name.endswith(".py")}
    assert python_at_the_top == {"cli.py"}


def test_nothing_imports_the_command_line():
    for path in _modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert "cli" not in names, f"{path.relative_to(ROOT)} imports the command line"


def test_the_command_line_imports_no_heavy_library_at_the_top():
    tree = ast.parse((ROOT / "cli.py").read_text(encoding="utf-8"))
    allowed = set(sys.stdlib_module_names) | {"click", "auditor"}
    for node in tree.body:
        if isinstance(node, ast.Import):
            assert {alias.name.split(".")[0] for alias in node.names} <= allowed
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] in allowed
            if (node.module or "").startswith("auditor"):
                assert (node.module or "").startswith("auditor.vocabulary")


def test_engine_words_stay_in_the_engine():
    """Only auditor.engine names a driver; the demonstration generator writes files and is the one exception."""
    for path in _modules():
        inside = path.relative_to(ROOT).as_posix()
        if inside.startswith(("auditor/engine/", "auditor/demo/")):
            continue
        imported = re.findall(r"^\s*(?:import|from)\s+(duckdb|pyspark|psycopg)\b", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert not imported, f"{inside} imports {imported}"


def test_locks_hold_hashes_and_no_address():
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        requirements = [line for line in text.split("\n") if line and not line.startswith((" ", "#"))]
        assert len(requirements) > 30
        assert text.count("--hash=sha256:") >= len(requirements)


def test_the_program_and_the_project_say_the_same_version():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f'VERSION = "{declared}"' in (ROOT / "cli.py").read_text(encoding="utf-8")
