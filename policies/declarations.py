"""Declared files as frozen values, strictly: an unknown key, a wrong type or a misspelt choice is an error with its line.

The types of `auditor.vocabulary` are the schema: a field's annotation says what the file may hold. Nothing is
converted in silence, and every fault of a file is told at once.
"""

import dataclasses
import re
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final, Generic, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from auditor.vocabulary.durations import Duration
from policies.documents import Entries, Items, Node, Scalar, Unreadable, read
from policies.faults import Fault, did_you_mean, refuse, shown

T = TypeVar("T")

_WHOLE: Final = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_NUMBER: Final = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOST_DIGITS: Final = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded(Generic[T]):
    """A declared value and where each part of it was written."""

    value: T
    lines: Mapping[str, int]
    """Line by dotted path (`retention.0.duration`); the empty path is the top of the file."""


def load(path: Path, type_: type[T], root: Path) -> Loaded[T]:
    """Read one declared file into a value of `type_`. Raise DeclarationProblem listing every fault with its line.

    Args:
        path: A `.yml`, `.yaml` or `.toml` file.
        type_: A frozen dataclass of the vocabulary.
        root: Network folder; errors name the file relative to it.
    """
    loaded, faults = attempt(path, type_, root)
    if loaded is None:
        raise refuse(faults)
    return loaded


def attempt(path: Path, type_: type[T], root: Path) -> tuple[Loaded[T] | None, list[Fault]]:
    """Do as `load`, but return the faults, so that those of several files can be told together."""
    file = named(path, root)
    try:
        node = read(path, file)
    except Unreadable as unreadable:
        return None, unreadable.faults
    reader = _Reader(file)
    value = reader.read(type_, node, "")
    if reader.faults:
        return None, reader.faults
    return Loaded(value=value, lines=reader.lines), []


def understood(type_: type[T], node: Node, file: str) -> tuple[T | None, list[Fault]]:
    """Read a located node into a value of `type_`, as strictly as a declared file; None with the faults when it has some."""
    reader = _Reader(file)
    value = reader.read(type_, node, "")
    return (None if reader.faults else value), reader.faults


def named(path: Path, root: Path) -> str:
    """Name a file relative to the network folder, with forward slashes."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


class _Invalid:
    """Stands for a value whose fault was noted."""


_INVALID: Final = _Invalid()


@dataclass(slots=True)
class _Reader:
    """Reads nodes against annotations; notes faults instead of stopping at the first."""

    file: str
    faults: list[Fault] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)

    def read(self, kind: Any, node: Node, path: str) -> Any:
        """Return the value a node declares for an annotation, or `_INVALID` once its fault is noted."""
        self.lines.setdefault(path, node.line)
        origin = get_origin(kind)
        if origin in {Union, types.UnionType}:
            return self._one_of(get_args(kind), node, path)
        if isinstance(node, Scalar) and node.raw is None:
            return self._fault(node, path, "nothing is written after the key", "write the value, or delete the line if there is none")
        if origin is tuple:
            return self._items(get_args(kind)[0], node, path)
        if origin is Mapping or _is_record(kind):
            return self._keyed(kind, node, path)
        if not isinstance(node, Scalar):
            written = "a list" if isinstance(node, Items) else "a mapping"
            return self._fault(node, path, f"{written} stands where {_said(kind)} is expected", f"write {_said(kind)}")
        return self._scalar(kind, node, path)

    def _one_of(self, kinds: tuple[Any, ...], node: Node, path: str) -> Any:
        if isinstance(node, Scalar) and node.raw is None and type(None) in kinds:
            return None
        fitting = [kind for kind in kinds if kind is not type(None) and _fits(kind, node)]
        if len(fitting) == 1:
            return self.read(fitting[0], node, path)
        expected = " or ".join(_said(kind) for kind in kinds if kind is not type(None))
        return self._fault(node, path, f"{expected} is expected", f"write {expected}")

    def _items(self, kind: Any, node: Node, path: str) -> Any:
        if not isinstance(node, Items):
            return self._fault(node, path, "a list is expected", "write one value per line, each after a dash (YAML) or in brackets")
        return _whole(tuple(self.read(kind, item, _below(path, rank)) for rank, item in enumerate(node.items)))

    def _keyed(self, kind: Any, node: Node, path: str) -> Any:
        if not isinstance(node, Entries):
            keys = f", with keys among: {', '.join(_fields(kind))}" if _is_record(kind) else ""
            return self._fault(node, path, "a mapping is expected", f"write `key: value`, one per line{keys}")
        if _is_record(kind):
            return self._record(kind, node, path)
        return self._known(dict.fromkeys((entry.key for entry in node.entries), get_args(kind)[1]), node, path)

    def _record(self, kind: type, node: Entries, path: str) -> Any:
        hints = _fields(kind)
        for entry in node.entries:
            if entry.key not in hints:
                where = f" in {path}" if path else ""
                self._note(entry.line, f"unknown key {shown(entry.key)}{where}", did_you_mean(entry.key, hints))
        read = self._known(hints, node, path)
        missing = [name for name in _required(kind) if name not in {entry.key for entry in node.entries}]
        for name in missing:
            self._note(node.line, f"{_below(path, name)} is missing", f"add `{name}: …`, {_said(hints[name])}")
        return _INVALID if missing or isinstance(read, _Invalid) else kind(**read)

    def _known(self, kinds: Mapping[str, Any], node: Entries, path: str) -> Any:
        read: dict[str, Any] = {}
        for entry in node.entries:
            if entry.key in kinds:
                below = _below(path, entry.key)
                self.lines[below] = entry.line
                read[entry.key] = self.read(kinds[entry.key], entry.node, below)
        return _INVALID if any(isinstance(value, _Invalid) for value in read.values()) else read

    def _scalar(self, kind: Any, node: Scalar, path: str) -> Any:
        if get_origin(kind) is Literal:
            return self._choice(get_args(kind), node, path)
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            chosen = self._choice(tuple(member.value for member in kind), node, path)
            return chosen if isinstance(chosen, _Invalid) else kind(chosen)
        try:
            return _CONVERTERS[kind](node)
        except ValueError as error:
            detail = f" ({error})" if str(error) else ""
            written = f"{shown(str(node.raw))} is not {_said(kind)}{detail}"
            return self._fault(node, path, written, _ADVICE[kind])

    def _choice(self, allowed: tuple[str, ...], node: Scalar, path: str) -> Any:
        if node.raw in allowed:
            return node.raw
        choices = ", ".join(allowed)
        close = did_you_mean(str(node.raw), allowed)
        fix = f"{close} Allowed: {choices}" if close.startswith("did") else f"allowed: {choices}"
        return self._fault(node, path, f"{shown(str(node.raw))} is not a value of this field", fix)

    def _fault(self, node: Node, path: str, what: str, fix: str) -> _Invalid:
        self._note(self.lines.get(path, node.line), f"{path}: {what}" if path else what, fix)
        return _INVALID

    def _note(self, line: int, what: str, fix: str) -> None:
        self.faults.append(Fault(file=self.file, line=line, what=what, fix=fix))


def _whole(values: tuple[Any, ...]) -> Any:
    return _INVALID if any(isinstance(value, _Invalid) for value in values) else values


def _below(path: str, key: str | int) -> str:
    return f"{path}.{key}" if path else str(key)


def _fits(kind: Any, node: Node) -> bool:
    """Tell by shape alone whether a node may be meant for one branch of a union."""
    is_list = get_origin(kind) is tuple
    is_mapping = get_origin(kind) is Mapping or _is_record(kind)
    if isinstance(node, Items):
        return is_list
    if isinstance(node, Entries):
        return is_mapping
    return not is_list and not is_mapping


def _is_record(kind: Any) -> bool:
    return kind is not Duration and isinstance(kind, type) and dataclasses.is_dataclass(kind)


@cache
def _fields(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {declared.name: hints[declared.name] for declared in dataclasses.fields(kind)}


@cache
def _required(kind: type) -> tuple[str, ...]:
    absent = dataclasses.MISSING
    return tuple(one.name for one in dataclasses.fields(kind) if one.default is absent and one.default_factory is absent)


def _as_text(node: Scalar) -> str:
    if not isinstance(node.raw, str):
        message = "it is a number, a date or a flag"
        raise ValueError(message)  # noqa: TRY004 - told to the author as a fault, like every other value refused
    return node.raw


def _as_flag(node: Scalar) -> bool:
    if isinstance(node.raw, bool):
        return node.raw
    if node.quoted or node.raw not in {"true", "false"}:
        raise ValueError
    return node.raw == "true"


def _as_whole(node: Scalar) -> int:
    if isinstance(node.raw, int) and not isinstance(node.raw, bool):
        return node.raw
    if node.quoted or not isinstance(node.raw, str) or not _WHOLE.fullmatch(node.raw) or len(node.raw) > _MOST_DIGITS:
        raise ValueError
    return int(node.raw)


def _as_number(node: Scalar) -> float:
    if isinstance(node.raw, int | float) and not isinstance(node.raw, bool) and abs(node.raw) < float("inf"):
        return float(node.raw)
    if node.quoted or not isinstance(node.raw, str) or not _NUMBER.fullmatch(node.raw) or len(node.raw) > _MOST_DIGITS:
        raise ValueError
    return float(node.raw)


def _as_date(node: Scalar) -> date:
    if isinstance(node.raw, date) and not isinstance(node.raw, datetime):
        return node.raw
    if not isinstance(node.raw, str) or not _DATE.fullmatch(node.raw):
        raise ValueError
    return date.fromisoformat(node.raw)


def _as_duration(node: Scalar) -> Duration:
    if not isinstance(node.raw, str):
        raise ValueError  # noqa: TRY004 - told to the author as a fault
    try:
        return Duration.parse(node.raw)
    except ValueError:
        raise ValueError from None


_CONVERTERS: Final[Mapping[Any, Callable[[Scalar], Any]]] = {
    str: _as_text,
    bool: _as_flag,
    int: _as_whole,
    float: _as_number,
    date: _as_date,
    Duration: _as_duration,
}
_ADVICE: Final[Mapping[Any, str]] = {
    str: "put it in quotes",
    bool: "write true or false, without quotes",
    int: "write a whole number, without quotes, spaces or leading zeros",
    float: "write a number with a point (0.05), without quotes",
    date: "write it as YYYY-MM-DD, an existing day",
    Duration: "write it in ISO 8601: PT48H (48 hours), P4M (4 months), P2Y (2 years)",
}
_NAMES: Final[Mapping[Any, str]] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    date: "a date",
    Duration: "a duration",
}


def _said(kind: Any) -> str:
    """Name an annotation for people."""
    origin = get_origin(kind)
    if origin is Literal:
        return "one of " + ", ".join(get_args(kind))
    if origin is tuple:
        return "a list"
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return "one of " + ", ".join(member.value for member in kind)
    if origin in {Union, types.UnionType}:
        return " or ".join(_said(part) for part in get_args(kind) if part is not type(None))
    return _NAMES.get(kind, "a mapping")
