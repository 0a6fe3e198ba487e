"""`registre/*.yml` into a Register, one processing activity per file."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from auditor.vocabulary.register import Activity, Declared, Register
from policies.declarations import attempt, named
from policies.faults import Fault, Notebook, refuse, shown

FOLDER: Final = "registre"
SUFFIXES: Final = frozenset({".yml", ".yaml"})

_ID = re.compile(r"[a-z0-9][a-z0-9-]*")
_EMPTY = "without a register nothing is declared, and no rule can compare the data with anything"
_NO_BASIS = "one legal basis per purpose (GDPR art. 5(1)(a) and 6) cannot be told when two purposes share a name"


def load_register(folder: Path) -> Register:
    """Read the register of a network folder. Raise DeclarationProblem listing every fault, with file and line."""
    register, faults = attempt_register(folder)
    if faults:
        raise refuse(faults)
    return register


def attempt_register(folder: Path) -> tuple[Register, list[Fault]]:
    """Read the register of a network folder; return what could be read and every fault."""
    place = folder / FOLDER
    files = declared_files(place)
    if not files:
        what = "no processing activity is declared" if place.is_dir() else "the folder does not exist"
        fix = "run `poincon init` on an empty folder and copy its registre/ here, then adapt it"
        return Register(), [Fault(file=named(place, folder), line=None, what=what, fix=fix, why=_EMPTY)]
    read: list[Declared] = []
    faults: list[Fault] = []
    for path in files:
        loaded, found = attempt(path, Activity, folder)
        faults += found
        if loaded is not None:
            read.append(Declared(activity=loaded.value, file=named(path, folder), lines=loaded.lines))
    return Register(tuple(read)), faults + _contradictions(read)


def declared_files(folder: Path) -> list[Path]:
    """Return the YAML files of a folder in name order; hidden files (an editor's copies) are left out."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES and not path.name.startswith(".") and path.is_file())


def _contradictions(read: Iterable[Declared]) -> list[Fault]:
    faults: list[Fault] = []
    activities: dict[str, str] = {}
    purposes: dict[str, str] = {}
    for declared in read:
        notes = Notebook(file=declared.file, lines=declared.lines)
        _named_once("id", declared.activity.id, activities, notes, "two activities under one name cannot be told apart in a report")
        for rank, purpose in enumerate(declared.activity.purposes):
            _named_once(f"purposes.{rank}.id", purpose.id, purposes, notes, _NO_BASIS)
        _measured(declared.activity, notes)
        _covered_once(declared.activity, notes)
        faults += notes.faults
    return faults


def _named_once(path: str, name: str, met: dict[str, str], notes: Notebook, why: str) -> None:
    if not _ID.fullmatch(name):
        notes.note(path, f"the id {shown(name)} cannot be used", "use small letters without accents, digits and -")
    elif name in met:
        notes.note(path, f"the id {shown(name)} is already used at {met[name]}", "rename one of the two", why)
    else:
        met[name] = f"{notes.file}:{notes.line(path)}"


def _measured(activity: Activity, notes: Notebook) -> None:
    for rank, term in enumerate(activity.retention):
        if bool(term.table) != bool(term.column):
            why = "a term is measured on a column of a table: half of it measures nothing"
            notes.note(f"retention.{rank}", "`table` and `column` go together", "give both, or neither", why)


def _covered_once(activity: Activity, notes: Notebook) -> None:
    tables = [coverage.table for coverage in activity.covers]
    for rank, table in enumerate(tables):
        if table in tables[:rank]:
            notes.note(f"covers.{rank}.table", f"the table {shown(table)} is covered twice", "write its columns under one entry")
