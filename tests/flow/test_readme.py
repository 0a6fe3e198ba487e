"""The sessions of the README are run, in order, and must print what the README shows.

`POINCON_UPDATE_README=1` writes what was printed back into the README, to be read before it is committed.
A line holding only `[…]` stands for any lines.
"""

import os
import re
import shlex
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ANY = "[…]"


def sessions(text):
    """Yield (command, expected lines) of every console block, in order."""
    for block in BLOCK.findall(text):
        command, expected = None, []
        for line in block.splitlines():
            if line.startswith("$ "):
                if command is not None:
                    yield command, expected
                command, expected = line[2:], []
            else:
                expected.append(line)
        yield command, expected


def matches(expected, printed):
    pattern = "".join("(?:.*\n)*?" if line.strip() == ANY else re.escape(line) + "\n" for line in expected)
    return re.fullmatch(pattern, "".join(line + "\n" for line in printed)) is not None


@pytest.fixture(scope="module")
def printed(poincon, tmp_path_factory):
    """What each command of the README prints, run one after the other in one empty folder."""
    folder, code, told = tmp_path_factory.mktemp("readme"), 0, []
    for command, expected in sessions(README.read_text(encoding="utf-8")):
        words = shlex.split(command)
        if words == ["echo", "$?"]:
            lines = [str(code)]
        else:
            assert words[0] == "poincon", command
            done = poincon(*words[1:], cwd=folder)
            code = done.returncode
            assert "Traceback" not in done.stderr
            lines = [line.rstrip() for line in done.stdout.splitlines()]
        told.append((command, expected, lines))
    return told


def test_every_session_prints_what_the_readme_shows(printed):
    if os.environ.get("POINCON_UPDATE_README"):
        README.write_text(_rewritten(README.read_text(encoding="utf-8"), printed), encoding="utf-8")
        pytest.skip("the README was rewritten from what was printed: read it, then run again")
    wrong = [command for command, expected, lines in printed if not matches(expected, lines)]
    assert not wrong, "\n\n".join("\n".join([f"$ {command}", *lines]) for command, _, lines in printed if command in wrong)


def _rewritten(text, printed):
    replies = iter(printed)

    def block(found):
        lines = []
        for line in found.group(1).splitlines():
            if line.startswith("$ "):
                _, expected, told = next(replies)
                kept = expected if ANY in [one.strip() for one in expected] and matches(expected, told) else told
                lines += [line, *kept]
        return "```console\n" + "\n".join(lines) + "\n```"

    return BLOCK.sub(block, text)


def test_the_readme_runs_at_least_one_session_for_each_reader(printed):
    commands = " ".join(command for command, _, _ in printed)
    for wanted in ("demo", "audit", "explain", "release build", "release verify", "card drill", "request open"):
        assert wanted in commands


def test_every_command_named_in_the_readme_exists(poincon):
    text = README.read_text(encoding="utf-8")
    named = {match.group(1) for match in re.finditer(r"`poincon (?:-n \S+ )?([a-z]+)", text)}
    listed = poincon("--help", cwd=ROOT).stdout
    assert named
    assert all(re.search(rf"^  {name}\b", listed, re.MULTILINE) for name in named), sys.executable
