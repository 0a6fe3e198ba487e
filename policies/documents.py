"""YAML and TOML files as located nodes: every value keeps its line, and no value is guessed.

A plain YAML scalar stays the text that was typed until the field it fills says what it must be: `no` is a word,
`22:30` is not a number of minutes, `0250` keeps its zero. Tags are refused, so no file can name a Python object.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

import yaml

from policies.faults import Fault, shown
from policies.lines import toml_lines

MOST_BYTES: Final = 2_000_000
MOST_NODES: Final = 100_000
"""Nodes once aliases are followed: a few nested aliases can stand for billions."""
_MOST_DEPTH: Final = 40

_PLAIN: Final = "plain"
_NULLS: Final = frozenset({"", "~", "null"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """One value. `raw` is text in YAML; TOML has typed values of its own."""

    line: int
    raw: object
    quoted: bool
    """Written as text: in quotes or as a block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """A list."""

    line: int
    items: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One key of a mapping, with its own line."""

    key: str
    line: int
    node: "Node"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """A mapping; keys are text and distinct."""

    line: int
    entries: tuple[Entry, ...]


Node = Scalar | Items | Entries


class Unreadable(Exception):
    """The file has faults that leave no document to look at."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


def read(path: Path, shown_as: str) -> Node:
    """Read a `.yml`, `.yaml` or `.toml` file. Raise Unreadable with every fault of form found in it."""
    text = _text(path, shown_as)
    return _toml(text, shown_as) if path.suffix == ".toml" else _yaml(text, shown_as)


def read_bytes(content: bytes, shown_as: str, *, most_bytes: int = MOST_BYTES, most_nodes: int = MOST_NODES) -> Node:
    """Read YAML that is no file of a network folder, just as strictly. Raise Unreadable with every fault of form found in it."""
    return _yaml(_decoded(content, shown_as, most_bytes), shown_as, most_nodes)


def _text(path: Path, file: str) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _unreadable(file, None, f"the file cannot be read ({reason})", "check that it exists and may be read") from None
    return _decoded(content, file, MOST_BYTES)


def _decoded(content: bytes, file: str, most: int) -> str:
    if len(content) > most:
        raise _unreadable(file, None, f"the file is larger than {most:,} bytes", "a declaration is written by hand: split it")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _unreadable(file, line, "the file is not written in UTF-8", "save it again as UTF-8") from None


def _unreadable(file: str, line: int | None, what: str, fix: str) -> Unreadable:
    return Unreadable([Fault(file=file, line=line, what=what, fix=fix)])


class _Loader(yaml.SafeLoader):
    """Leaves every value unresolved: no boolean, number, date or object is made here."""

    def resolve(self, kind: type[yaml.Node], value: str | None, implicit: Any) -> str:  # noqa: ARG002 - PyYAML's own signature
        return _PLAIN


def _yaml(text: str, file: str, most: int = MOST_NODES) -> Node:
    loader: _Loader | None = None
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise _unreadable(file, line, "a control character stands in the file", "delete it and type the line again") from None
    except yaml.MarkedYAMLError as error:
        raise Unreadable([_yaml_fault(error, file)]) from None
    except RecursionError:
        raise _unreadable(file, None, "values are nested too deeply", "write fewer levels of indentation") from None
    finally:
        if loader is not None:
            loader.dispose()
    if root is None:
        raise _unreadable(file, 1, "the file is empty", "write the declaration, or delete the file")
    walk = _Walk(file, most)
    node = walk.node(root, 0)
    if walk.faults:
        raise Unreadable(walk.faults)
    return node


def _yaml_fault(error: yaml.MarkedYAMLError, file: str) -> Fault:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else None
    problem = error.problem or "the file is not valid YAML"
    if "'\\t'" in problem:
        return Fault(file=file, line=line, what="a tab is used where YAML wants spaces", fix="indent with spaces only")
    if "single document" in (error.context or ""):
        return Fault(file=file, line=line, what="the file holds several documents (---)", fix="keep one document per file")
    fix = "check the indentation, the colon after the key (followed by a space) and the quotes on this line and the one before"
    return Fault(file=file, line=line, what=f"the file is not valid YAML ({problem})", fix=fix)


@dataclass(slots=True)
class _Walk:
    """From PyYAML's nodes to ours, counting them so that aliases cannot multiply without end."""

    file: str
    most: int = MOST_NODES
    faults: list[Fault] = field(default_factory=list)
    seen: int = 0

    def node(self, source: yaml.Node, depth: int) -> Node:
        self.seen += 1
        line = source.start_mark.line + 1
        if self.seen > self.most or depth > _MOST_DEPTH:
            what = "aliases or nesting make the file stand for more values than a declaration can hold"
            raise _unreadable(self.file, line, what, "write the values out")
        if source.tag != _PLAIN:
            self._fault(line, f"the tag {shown(source.tag)} is refused", "delete it: the program knows the type of every field")
        if isinstance(source, yaml.SequenceNode):
            return Items(line=line, items=tuple(self.node(item, depth + 1) for item in source.value))
        if isinstance(source, yaml.MappingNode):
            return Entries(line=line, entries=tuple(self._entries(source, depth)))
        quoted = getattr(source, "style", None) is not None
        raw = None if not quoted and source.value in _NULLS else source.value
        return Scalar(line=line, raw=raw, quoted=quoted)

    def _entries(self, source: yaml.MappingNode, depth: int) -> Iterator[Entry]:
        lines: dict[str, int] = {}
        for key, value in source.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self._fault(line, "a key is a list or a mapping", "write the key as a word")
            elif key.value == "<<" and key.style is None:
                self._fault(line, "merge keys (<<) are not read", "repeat the lines, or alias a whole value")
            elif key.value in lines:
                what = f"the key {shown(key.value)} was already given on line {lines[key.value]}"
                self._fault(line, what, "keep one of the two")
            else:
                lines[key.value] = line
                yield Entry(key=key.value, line=line, node=self.node(value, depth + 1))

    def _fault(self, line: int, what: str, fix: str) -> None:
        self.faults.append(Fault(file=self.file, line=line, what=what, fix=fix))


def _toml(text: str, file: str) -> Node:
    if not text.strip():
        raise _unreadable(file, 1, "the file is empty", "write the declaration, or delete the file")
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", str(error))
        problem = str(error)[: found.start()] if found else str(error)
        line = int(found[1]) if found and found[1] else len(text.splitlines())
        fix = "check the quotes, the brackets and that no key is given twice"
        raise _unreadable(file, line, f"the file is not valid TOML ({problem})", fix) from None
    except RecursionError:
        raise _unreadable(file, None, "values are nested too deeply", "write fewer levels") from None
    return _located(content, "", toml_lines(text), 1)


def _located(value: object, path: str, lines: dict[str, int], line: int) -> Node:
    here = lines.get(path, line)
    if isinstance(value, dict):
        entries = []
        for key, inner in value.items():
            below = f"{path}.{key}" if path else key
            entries.append(Entry(key=key, line=lines.get(below, here), node=_located(inner, below, lines, here)))
        return Entries(line=here, entries=tuple(entries))
    if isinstance(value, list):
        return Items(line=here, items=tuple(_located(item, f"{path}.{rank}", lines, here) for rank, item in enumerate(value)))
    if isinstance(value, str | bool | int | float | date | datetime | time):
        return Scalar(line=here, raw=value, quoted=isinstance(value, str))
    message = f"TOML has no value of type {type(value).__name__}"
    raise TypeError(message)
