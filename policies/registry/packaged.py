"""The starter register and evidence that ship with the program: examples of a ticketing authority, to be adapted."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from auditor.vocabulary.errors import UsageProblem
from policies.registry.loading import FOLDER


def starter_files() -> Mapping[str, str]:
    """Return the packaged register: file name to YAML text, in name order."""
    folder = files("policies.registry") / "starter"
    found = {entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name.endswith(".yml")}
    return dict(sorted(found.items()))


def starter_pieces() -> Mapping[str, str]:
    """Return the packaged evidence: path inside `evidence/` to text, pieces and the documents they seal, in path order."""
    folder = files("policies.registry") / "starter_pieces"
    pieces = {entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name.endswith(".yml")}
    documents = {f"documents/{entry.name}": entry.read_text(encoding="utf-8") for entry in (folder / "documents").iterdir()}
    return dict(sorted({**pieces, **documents}.items()))


def write_starter(folder: Path) -> list[Path]:
    """Copy the packaged register into `folder/registre` and return the files written.

    Raise UsageProblem, having written nothing, when one of them is already there.
    """
    register = folder / FOLDER
    wanted = {register / name: text for name, text in starter_files().items()}
    present = [path.name for path in wanted if path.exists()]
    if present:
        raise UsageProblem(
            f"{FOLDER}/ already holds {', '.join(present)}.",
            "A register someone has adapted must not be overwritten by the example.",
            "Choose an empty folder, or move these files away first.",
        )
    register.mkdir(parents=True, exist_ok=True)
    for path, text in wanted.items():
        path.write_text(text, encoding="utf-8", newline="\n")
    return list(wanted)
