"""Activities as the declared files that the program reads: strict YAML, one file per activity, never over an existing one."""

import dataclasses
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from auditor.vocabulary.durations import Duration
from auditor.vocabulary.errors import DeclarationProblem, UsageProblem
from auditor.vocabulary.interchange import Imported, Remark
from auditor.vocabulary.register import Activity, Declared
from policies.documents import Entries, read
from policies.registry.loading import FOLDER, load_register

_NBSP: Final = "\N{NO-BREAK SPACE}"
_WIDTH: Final = 118
_HEADER: Final = "Fiche du registre des activités de traitement (RGPD, article 30), reprise d’un autre fichier : à relire."
_TO_COMPLETE: Final = "À compléter ou à confirmer, avec la place d’où vient chaque remarque :"


def activity_yaml(activity: Activity, remarks: Iterable[Remark] = ()) -> str:
    """Write one activity as its declared file. Fields that say nothing are left out; remarks stand as comments at the top."""
    noted = list(remarks)
    lines = [_HEADER, *([_TO_COMPLETE] if noted else [])]
    for remark in noted:
        quoted = f" — «{_NBSP}{' '.join(remark.quoted.split())}{_NBSP}»" if remark.quoted else ""
        lines.append(f"- {remark.place}{_NBSP}: {remark.said.fr}{quoted}")
    head = "".join(f"# {_one_line(line)}\n" for line in lines)
    return head + "\n" + "\n".join(_dumped(name, value) for name, value in plain(activity).items())


def plain(value: Any) -> Any:
    """Turn a vocabulary value into what YAML writes; a field equal to its default says nothing and is left out."""
    if isinstance(value, Duration):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [(one, getattr(value, one.name)) for one in dataclasses.fields(value)]
        return {one.name: plain(held) for one, held in fields if not _silent(one, held)}
    if isinstance(value, Mapping):
        return {str(key): plain(held) for key, held in value.items()}
    return [plain(one) for one in value] if isinstance(value, tuple) else value


def write_register(folder: Path, imported: Imported) -> list[Path]:
    """Write `folder/registre/*.yml`, all or none, after reading them back strictly; return the files.

    Raises:
        UsageProblem: the folder already holds a register, or nothing was imported.
    """
    target = folder / FOLDER
    if target.exists():
        raise UsageProblem(
            f"{target} already exists.",
            "An imported register never replaces or mixes with another: the work of a person could be lost.",
            "Give a new folder, then compare the two.",
        )
    if not imported.activities:
        raise UsageProblem(
            "The file holds no processing activity.",
            "An empty register declares nothing, and would be read as one.",
            "Fill at least one activity sheet, with its name.",
        )
    folder.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=".registre-", dir=folder))
    try:
        place = stage / FOLDER
        place.mkdir()
        for activity in imported.activities:
            (place / f"{activity.id}.yml").write_text(activity_yaml(activity, imported.about(activity.id)), encoding="utf-8", newline="\n")
        read_back = load_register(stage)
        if {one.activity.id: one.activity for one in read_back.activities} != {one.id: one for one in imported.activities}:
            raise DeclarationProblem("The register read back from its files is not the one imported.", "", "Report this file.")
        place.rename(target)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return sorted(target.iterdir())


def rewrite(folder: Path, declared: Declared, activity: Activity) -> Path:
    """Write an activity over its own file, touching only the keys that change: comments and other keys stay as they are.

    Raise DeclarationProblem, having changed nothing, when the result would not load as `activity`.
    """
    path = folder / declared.file
    text = path.read_text(encoding="utf-8-sig")
    before, after = plain(declared.activity), plain(activity)
    for name in after:
        if before.get(name) != after[name]:
            text = _replaced(path, text, name, _dumped(name, after[name]))
    draft = path.with_name(f".{path.name}.part")
    try:
        descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        _check(path, text, activity)
        draft.chmod(path.stat().st_mode & 0o777)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def _check(path: Path, text: str, activity: Activity) -> None:
    with tempfile.TemporaryDirectory(prefix=".registre-", dir=path.parent) as stage:
        copy = Path(stage) / FOLDER / path.name
        copy.parent.mkdir()
        copy.write_text(text, encoding="utf-8", newline="\n")
        if load_register(Path(stage)).activities[0].activity != activity:
            raise DeclarationProblem("The file would not say what was merged.", "Nothing was written.", "Edit it by hand.", file=path)


def _replaced(path: Path, text: str, name: str, block: str) -> str:
    """Put a key's new lines where its old ones were, or at the end. The lines of a key run to the last one that is its own."""
    node = read(path, path.name)
    starts = [entry.line for entry in node.entries if entry.key == name] if isinstance(node, Entries) else []
    lines = text.splitlines(keepends=True)
    if not starts:
        return text + ("" if text.endswith("\n") else "\n") + "\n" + block
    composed = yaml.compose(text, Loader=yaml.SafeLoader)
    first, last = next((key.start_mark.line, _end(value)) for key, value in composed.value if key.value == name)  # type: ignore[union-attr]
    return "".join(lines[:first]) + block + "".join(lines[last + 1 :])


def _end(node: yaml.Node) -> int:
    """Return the last line a node stands on, comments after it left out."""
    if isinstance(node, yaml.MappingNode) and node.value and not node.flow_style:
        return max(_end(value) for _, value in node.value)
    if isinstance(node, yaml.SequenceNode) and node.value and not node.flow_style:
        return max(_end(value) for value in node.value)
    mark = node.end_mark
    return int(mark.line - 1 if mark.column == 0 and mark.line > node.start_mark.line else mark.line)


def _silent(declared: "dataclasses.Field[Any]", value: Any) -> bool:
    if declared.default is not dataclasses.MISSING:
        return bool(value == declared.default)
    return declared.default_factory is not dataclasses.MISSING and value == declared.default_factory()


def _dumped(name: str, value: Any) -> str:
    return str(yaml.dump({name: value}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=False))


class _Dumper(yaml.SafeDumper):
    """Indents lists under their key and never writes an alias: a declared file is read by people."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - PyYAML's own signature
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's own signature
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # PyYAML folds the line breaks that are not a line feed unless they are escaped.
    style = '"' if any(mark in text for mark in "\r\x85\u2028\u2029") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _one_line(text: str) -> str:
    return "".join(mark if mark.isprintable() or mark == "\N{NO-BREAK SPACE}" else " " for mark in text)
