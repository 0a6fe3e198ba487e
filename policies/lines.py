"""Where each key of a TOML file stands. The standard reader gives values without their lines."""

import re
import tomllib
from typing import Final

_TOKEN: Final = re.compile(
    r'(?P<long>"""(?:[^\\]|\\.)*?"""|\'\'\'.*?\'\'\')'
    r'|(?P<text>"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\')'
    r"|(?P<comment>#[^\n]*)"
    r"|(?P<open>[\[{])|(?P<close>[\]}])|(?P<line>\n)|(?P<other>[^\"'#\[\]{}\n]+)",
    re.DOTALL,
)


def toml_lines(text: str) -> dict[str, int]:
    """Return the line of each key written at the start of a line, by dotted path (`network.name`, `feeds.0.store`).

    Keys of inline tables are left out: the closest ancestor says where they are. The text must be valid TOML.
    """
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    prefix: list[str] = []
    for number, statement in _statements(text.replace("\r\n", "\n")):
        if statement.startswith("["):
            prefix = _header(_keys(statement.strip("[]")), counts, array=statement.startswith("[["))
            _note(lines, prefix, number)
        else:
            _note(lines, [*prefix, *_keys(statement)], number)
    return lines


def _statements(text: str) -> list[tuple[int, str]]:
    """Split into logical lines: brackets and long strings may run over several."""
    found: list[tuple[int, str]] = []
    number, depth, start, kept = 1, 0, 1, ""
    for token in _TOKEN.finditer(text + "\n"):
        kind, value = token.lastgroup, token[0]
        depth += (kind == "open") - (kind == "close")
        if kind == "line" and depth == 0:
            if kept.strip():
                found.append((start, kept.strip()))
            kept, start = "", number + 1
        elif kind != "comment":
            kept += value
        number += value.count("\n")
    return found


def _keys(statement: str) -> list[str]:
    """Read the dotted key that opens a statement."""
    opening = re.match(r"""(?:\s*(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)\s*(?:\.|(?==|$)))+""", statement)
    if opening is None:
        return []
    parts = re.findall(r""""(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+""", opening[0])
    return [_plain(part) for part in parts]


def _plain(part: str) -> str:
    return str(tomllib.loads(f"key = {part}")["key"]) if part[0] in "\"'" else part


def _header(keys: list[str], counts: dict[str, int], *, array: bool) -> list[str]:
    """Return the path a header opens; each `[[…]]` of the same name is the next item of its list."""
    path: list[str] = []
    for rank, key in enumerate(keys):
        path.append(key)
        name = ".".join(path)
        if array and rank == len(keys) - 1:
            counts[name] = counts.get(name, -1) + 1
        if name in counts:
            path.append(str(counts[name]))
    return path


def _note(lines: dict[str, int], path: list[str], number: int) -> None:
    """Keep the line of a path and of the ancestors not met before."""
    for length in range(1, len(path) + 1):
        lines.setdefault(".".join(path[:length]), number)
