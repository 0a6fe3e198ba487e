"""A fideslang file as plain lists and mappings whose places are known, with the remarks made while it is read.

fideslang ignores a field it does not know and coerces what it can; here each of those is a remark with its line.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from auditor.vocabulary.errors import UsageProblem
from auditor.vocabulary.fides_keys import KINDS, Answer, Kind, answer
from auditor.vocabulary.interchange import Remark
from auditor.vocabulary.text import Text, said
from policies.documents import Entries, Items, Node, Unreadable, read_bytes
from policies.faults import refuse

MOST_BYTES: Final = 5_000_000
MOST_NODES: Final = 600_000
MOST_ENTRIES: Final = 3_000
"""Entries of one list: no data map has more systems, nor a table more columns."""
TOP: Final = ("organization", "data_category", "data_use", "data_subject", "dataset", "system", "policy")
_FLAGS: Final = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}

_WRONG: Final = said(
    "valeur d’un autre type que celui attendu : elle n’est pas reprise", "a value of another type than expected: not taken"
)
_IGNORED: Final = said(
    "champ que fideslang ne connaît pas, et qu’il ignore sans le dire", "a field that fideslang does not know, and ignores without a word"
)
_NO_PLACE: Final = said("le registre n’a pas de place pour ce champ de Fides", "the register has no place for this field of Fides")
_NO_KEY: Final = said("ressource sans fides_key : elle n’est pas reprise", "a resource without a fides_key: not taken")
_TWICE: Final = said("nom ou clé donné deux fois : seul le premier est repris", "a name or key given twice: only the first is taken")
_UNKNOWN_KEY: Final = said(
    "clé inconnue de la taxonomie fideslang 3.1.4 et du fichier", "a key that neither the fideslang 3.1.4 taxonomy nor the file knows"
)
_RENAMED_KEY: Final = said("clé d’une ancienne taxonomie, lue comme « {} »", "a key of an older taxonomy, read as “{}”")


@dataclass(slots=True)
class Source:
    """A file being read: its content, the line of each place, and the remarks."""

    content: Any
    lines: Mapping[str, int] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    activity: str = ""
    """Activity being read, by id."""
    declared: dict[Kind, dict[str, str]] = field(default_factory=dict)
    """Keys that the file adds to the taxonomy, with their names."""
    ours: set[str] = field(default_factory=set)
    """Those that stand for a free text of a register of ours."""

    def note(self, path: str, why: Text, quoted: object = "", kind: Literal["note", "gap"] = "gap") -> None:
        """Remark on one place."""
        line = self.lines.get(path)
        place = f"ligne {line}, {path}" if line else path
        self.remarks.append(Remark(place=place, said=why, kind=kind, quoted=_quoted(quoted), activity=self.activity))

    def text(self, holder: Mapping[str, Any], name: str, path: str) -> str:
        """Return a text; empty when absent or, once remarked, of another type."""
        value = holder.get(name)
        if value is None or isinstance(value, str):
            return value or ""
        if isinstance(value, bool | int | float):
            return str(value)
        self.note(f"{path}.{name}", _WRONG, value)
        return ""

    def texts(self, holder: Mapping[str, Any], name: str, path: str) -> list[str]:
        """Return a list of texts; what is no text in it is remarked."""
        found = []
        for rank, value in enumerate(self.items(holder, name, path)):
            if isinstance(value, str):
                found.append(value)
            else:
                self.note(f"{path}.{name}.{rank}", _WRONG, value)
        return found

    def items(self, holder: Mapping[str, Any], name: str, path: str) -> list[Any]:
        """Return a list; empty when absent or, once remarked, of another type."""
        value = holder.get(name)
        place = f"{path}.{name}" if path else name
        if value is None or isinstance(value, list):
            if value and len(value) > MOST_ENTRIES:
                raise UsageProblem(
                    f"The list {place} of the Fides file holds more than {MOST_ENTRIES:,} entries.",
                    "A register file is read from anyone's mail: what could exhaust the machine is not read.",
                    "Split the file.",
                )
            return value or []
        self.note(place, _WRONG, value)
        return []

    def entries(self, holder: Mapping[str, Any], name: str, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the mappings of a list, each with its place."""
        for rank, value in enumerate(self.items(holder, name, path)):
            place = f"{path}.{name}.{rank}" if path else f"{name}.{rank}"
            if isinstance(value, dict):
                yield place, value
            else:
                self.note(place, _WRONG, value)

    def keyed(self, holder: Mapping[str, Any], name: str, path: str, key: str = "fides_key") -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield the mappings of a list that have a name of their own: the name, the place, the mapping."""
        met: set[str] = set()
        for place, value in self.entries(holder, name, path):
            known = self.text(value, key, place)
            if not known:
                self.note(place, _NO_KEY, value.get("name", ""))
            elif known in met:
                self.note(f"{place}.{key}", _TWICE, known)
            else:
                met.add(known)
                yield known, place, value

    def mapping(self, holder: Mapping[str, Any], name: str, path: str) -> dict[str, Any]:
        """Return a mapping; empty when absent or, once remarked, of another type."""
        value = holder.get(name)
        if value is None or isinstance(value, dict):
            return value or {}
        self.note(f"{path}.{name}", _WRONG, value)
        return {}

    def flag(self, holder: Mapping[str, Any], name: str, path: str) -> bool | None:
        """Return a flag as YAML 1.1 reads it; None when absent or, once remarked, something else."""
        value = holder.get(name)
        if value is None or isinstance(value, bool):
            return value
        found = _FLAGS.get(value.lower()) if isinstance(value, str) else None
        if found is None:
            self.note(f"{path}.{name}", _WRONG, value)
        return found

    def rest(self, holder: Mapping[str, Any], path: str, read: Iterable[str], known: Mapping[str, str]) -> None:
        """Remark on every field that was not read; `known` are the other fields of fideslang, with the value that says nothing."""
        for name, value in holder.items():
            if name in read:
                continue
            if name not in known:
                self.note(f"{path}.{name}", _IGNORED, value)
            elif value not in (None, "", [], {}) and str(value).lower() != known[name]:
                self.note(f"{path}.{name}", _NO_PLACE, value)

    def key(self, kind: Kind, written: str, path: str) -> Answer:
        """Answer for one key of the taxonomy, remarking on what was renamed or is unknown."""
        found = answer(kind, written, self.declared.get(kind, {}))
        if found.state == "unknown":
            self.note(path, _UNKNOWN_KEY, written)
        elif found.state == "renamed":
            self.note(path, Text(_RENAMED_KEY.fr.format(found.key), _RENAMED_KEY.en.format(found.key)), written, "note")
        return found

    def keys(self, kind: Kind, holder: Mapping[str, Any], name: str, path: str) -> list[Answer]:
        """Answer for each key of a list."""
        return [self.key(kind, one, f"{path}.{name}") for one in self.texts(holder, name, path)]


def opened(content: bytes) -> Source:
    """Read the bytes of a fideslang file.

    Raises:
        DeclarationProblem: it is not YAML, is too large, or stands for more values than a data map can hold.
        UsageProblem: it is YAML of another kind.
    """
    try:
        node = read_bytes(content, "the Fides file", most_bytes=MOST_BYTES, most_nodes=MOST_NODES)
    except Unreadable as unreadable:
        raise refuse(unreadable.faults) from None
    if not isinstance(node, Entries) or not any(entry.key in TOP for entry in node.entries):
        raise UsageProblem(
            "The file is not a fideslang file: it has none of its top-level keys.",
            "A register read as something else than it is would declare what nobody decided.",
            f"A fideslang file has at least one of: {', '.join(TOP)}.",
        )
    lines: dict[str, int] = {}
    return Source(_plain(node, "", lines), lines)


def declare(source: Source) -> None:
    """Take the keys that the file adds to the taxonomy, and remark on what they say beyond their name."""
    known = dict.fromkeys(("description", "parent_key", "organization_fides_key", "version_added", "version_deprecated"), "")
    known |= {"replaced_by": "", "is_default": "", "rights": "", "automated_decisions_or_profiling": "false"}
    for kind in KINDS:
        for key, place, value in source.keyed(source.content, kind, ""):
            source.declared.setdefault(kind, {})[key] = source.text(value, "name", place)
            if "poincon" in source.texts(value, "tags", place):
                source.ours.add(key)
            passed = {"fides_key", "name", "tags", "parent_key", "organization_fides_key", "is_default", "version_added"}
            source.rest(value, place, passed, known)


def _plain(node: Node, path: str, lines: dict[str, int]) -> Any:
    lines[path] = node.line
    if isinstance(node, Entries):
        found = {}
        for entry in node.entries:
            below = f"{path}.{entry.key}" if path else entry.key
            found[entry.key] = _plain(entry.node, below, lines)
            lines[below] = entry.line
        return found
    if isinstance(node, Items):
        return [_plain(item, f"{path}.{rank}", lines) for rank, item in enumerate(node.items)]
    return node.raw


def _quoted(value: object) -> str:
    if isinstance(value, list):
        return " ; ".join(_quoted(one) for one in value[:20])
    if isinstance(value, dict):
        return " ; ".join(f"{name} : {_quoted(held)}" for name, held in list(value.items())[:20])
    return "" if value is None else str(value)[:500]
