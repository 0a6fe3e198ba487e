"""PostgreSQL's own audit log: the entries of pgaudit in csvlog files, as raw columns that feed `access_log`.

The text of a statement may quote a card or a name, so it never goes further than the line it was read from: only what is derived
from it is kept. The purpose and the case of a consultation are read from a comment at the head of the statement,
`/* purpose=… ticket=… */`, else from the application name (`sav purpose=… ticket=…`).

A csvlog holds more than the audit (connections, errors): those lines are passed over and counted. Columns of a csvlog: 23 up to
PostgreSQL 12, 24 with 13, 26 from 14 on; the first 23 keep their place.
"""

import csv
import io
import re
import sys
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa

from auditor.engine.base import Engine
from auditor.sources.delimited import codec_of, unpacked
from auditor.sources.files import Located
from auditor.sources.raw import UNREAD, RawTable
from auditor.vocabulary.errors import SourceProblem
from auditor.vocabulary.network import CsvDialect

COLUMNS: Final = (
    "logged_at",
    "database_role",
    "database",
    "audit",
    "class",
    "command",
    "operation",
    "object_type",
    "object",
    "rows",
    "application",
    "purpose",
    "ticket",
)
"""Raw columns handed over, all as text. `logged_at` is UTC, ISO 8601; `operation` is a word of `access_log.operation`."""

_TIME, _USER, _DATABASE, _SESSION, _MESSAGE, _APPLICATION, _LEAST = 0, 1, 2, 5, 13, 22, 23
_STATEMENT, _PARAMETER, _ROWS = 7, 8, 9
_HEAD: Final = "AUDIT: "
_KINDS: Final = ("SESSION", "OBJECT")
_CATALOGUE: Final = ("pg_catalog.", "information_schema.", "pg_toast.")
_OPERATIONS: Final[Mapping[str, str]] = {
    "SELECT": "read",
    "INSERT": "create",
    "UPDATE": "update",
    "DELETE": "delete",
    "TRUNCATE": "delete",
    "TRUNCATE TABLE": "delete",
    "MERGE": "update",
}
_OF_CLASS: Final[Mapping[str, str]] = {"READ": "read", "WRITE": "update", "ROLE": "share"}
_COMMENT: Final = re.compile(r"\s*/\*(.*?)\*/", re.DOTALL)
_SAID: Final = re.compile(r"\b(purpose|ticket)\s*=\s*([A-Za-z0-9][A-Za-z0-9._:#/-]{0,63})(?![A-Za-z0-9._:#/-])")
_INSTANT: Final = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?) ?([A-Z]{2,5}|[+-]\d\d(?::?\d\d)?)")
_ZONES: Final[Mapping[str, int]] = {
    "UTC": 0,
    "GMT": 0,
    "WET": 0,
    "WEST": 60,
    "BST": 60,
    "CET": 60,
    "CEST": 120,
    "EET": 120,
    "EEST": 180,
    "AST": -240,
}
"""Minutes east of Greenwich: abbreviations that have one meaning on a server of France and its neighbours."""
_BATCH: Final = 50_000
_SESSIONS: Final = 10_000
_SCHEMA: Final = pa.schema([(name, pa.string()) for name in COLUMNS])

Said = tuple[str | None, str | None]


def read_pgaudit(engine: Engine, name: str, located: Located, dialect: CsvDialect) -> RawTable:
    """Turn csvlog files into one raw table of audit entries, in bounded memory.

    In a folder only `.csv` files (compressed or not) are read: PostgreSQL writes the same lines beside them in other forms.

    Raises:
        SourceProblem: a file is cut short, or none of its lines is one of a csvlog.
        DeclarationProblem: the encoding of the dialect does not exist.
    """
    log = _Log(name=name, encoding=codec_of(name, dialect))
    batches = _batches(log.entries(_csvlogs(located.paths)))
    relation = engine.load(f"pgaudit_{name}", pa.RecordBatchReader.from_batches(_SCHEMA, batches))
    if log.problem is not None:
        raise log.problem
    return RawTable(physical=name, relation=relation, refused=dict(log.refused), passed_over=dict(log.passed_over))


def _csvlogs(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    if len(paths) == 1:
        return paths
    return tuple(path for path in paths if ".csv" in path.suffixes) or paths


def _batches(entries: Iterable[tuple[str | None, ...]]) -> Iterator["pa.RecordBatch"]:
    rows: list[tuple[str | None, ...]] = []
    for entry in entries:
        rows.append(entry)
        if len(rows) >= _BATCH:
            yield _batch(rows)
            rows = []
    if rows:
        yield _batch(rows)


def _batch(rows: list[tuple[str | None, ...]]) -> "pa.RecordBatch":
    columns = [pa.array(column, type=pa.string()) for column in zip(*rows, strict=True)]
    return pa.record_batch(columns, schema=_SCHEMA)


@dataclass(slots=True)
class _Log:
    """One source being read: what was left out so far, and what each session last said it was doing."""

    name: str
    encoding: str
    refused: Counter[str] = field(default_factory=Counter)
    passed_over: Counter[str] = field(default_factory=Counter)
    sessions: OrderedDict[str, tuple[str, Said]] = field(default_factory=OrderedDict, repr=False)
    problem: SourceProblem | None = None

    def entries(self, paths: Iterable[Path]) -> Iterator[tuple[str | None, ...]]:
        """Yield the audit entries of the files as rows of COLUMNS; stop at the first problem, which is kept.

        An error raised here would pass through the engine that pulls the rows, and come out without its words.
        """
        try:
            with _any_length():
                for path in paths:
                    yield from self._of_file(path)
        except SourceProblem as problem:
            self.problem = problem

    def _of_file(self, path: Path) -> Iterator[tuple[str | None, ...]]:
        lines = cut = 0
        try:
            # A cluster writes each database's text in that database's encoding: an odd byte in a statement is no reason to stop.
            with unpacked(path) as raw, io.TextIOWrapper(raw, self.encoding, errors="replace", newline="") as text:
                for line in csv.reader(text):
                    lines += 1
                    cut += len(line) < _LEAST
                    entry = self._entry(line)
                    if entry is not None:
                        yield entry
        except (OSError, EOFError, csv.Error) as error:
            what = f"Source {self.name}: {path.name} cannot be read to the end ({type(error).__name__})."
            raise SourceProblem(what, UNREAD, "Check that the log was copied whole, then run the command again.") from None
        if lines and cut == lines:
            raise SourceProblem(
                f"Source {self.name}: {path.name} is not a csvlog of PostgreSQL.",
                UNREAD,
                "Set log_destination = 'csvlog' on the server, and give the .csv files in mapping.yml (« format: pgaudit »).",
            )

    def _entry(self, line: list[str]) -> tuple[str | None, ...] | None:
        if len(line) < _LEAST:
            self.refused["line that is not one of a csvlog"] += 1
            return None
        if not line[_MESSAGE].startswith(_HEAD):
            self.passed_over["line of the log that is not an audit entry"] += 1
            return None
        audit = next(csv.reader(io.StringIO(line[_MESSAGE][len(_HEAD) :], newline="")), [])
        if len(audit) <= _STATEMENT or audit[0] not in _KINDS:
            self.refused["audit entry that cannot be cut into fields"] += 1
            return None
        said = self._said(line, audit)
        if audit[6].startswith(_CATALOGUE):
            self.passed_over["audit entry about the catalogue of the database"] += 1
            return None
        logged_at = _instant(line[_TIME])
        if logged_at is None:
            self.refused["audit entry whose time or time zone cannot be read"] += 1
            return None
        kind, class_, command, object_type, name = audit[0], audit[3], audit[4], audit[5], audit[6]
        rows = audit[_ROWS] if len(audit) > _ROWS and audit[_ROWS].isdigit() else ""
        derived = (
            logged_at, line[_USER], line[_DATABASE], kind, class_, command, _operation(class_, command), object_type, _plain(name), rows,
            line[_APPLICATION],
        )  # fmt: skip
        return (*(text or None for text in derived), *said)

    def _said(self, line: list[str], audit: list[str]) -> Said:
        """Return the purpose and the case of an entry; what one entry says holds for the others of its statement."""
        session, statement = line[_SESSION], audit[1]
        told = _told(audit[_STATEMENT], line[_APPLICATION])
        before, kept = self.sessions.get(session, ("", (None, None)))
        if before == statement:
            told = (told[0] or kept[0], told[1] or kept[1])
        self.sessions[session] = (statement, told)
        self.sessions.move_to_end(session)
        if len(self.sessions) > _SESSIONS:
            self.sessions.popitem(last=False)
        return told


@contextmanager
def _any_length() -> Iterator[None]:
    """Lift the csv module's limit on the length of a field: an INSERT of many rows is one field."""
    before = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _operation(class_: str, command: str) -> str:
    if command == "COPY":
        return "export" if class_ == "READ" else "create"
    return _OPERATIONS.get(command) or _OF_CLASS.get(class_, "other")


def _plain(name: str) -> str:
    """Take off the quotes that PostgreSQL sets around a name that needs them."""
    return name.replace('"', "")


def _told(statement: str, application: str) -> Said:
    comment = _COMMENT.match(statement)
    of_application = dict(_SAID.findall(application))
    said = {**of_application, **(dict(_SAID.findall(comment.group(1))) if comment else {})}
    return said.get("purpose"), said.get("ticket")


def _instant(text: str) -> str | None:
    found = _INSTANT.fullmatch(text.strip())
    if found is None:
        return None
    east = _minutes_east(found.group(2))
    if east is None:
        return None
    try:
        local = datetime.fromisoformat(found.group(1)).replace(tzinfo=UTC)
        return (local - timedelta(minutes=east)).isoformat(sep=" ")
    except (ValueError, OverflowError):
        return None


def _minutes_east(zone: str) -> int | None:
    if zone[0] not in "+-":
        return _ZONES.get(zone)
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return (-1 if zone[0] == "-" else 1) * (int(digits[:2]) * 60 + int(digits[2:]))
