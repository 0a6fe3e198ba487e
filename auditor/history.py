"""What each run leaves for the next: audits, drills, and the columns of the sources. One JSON object a line, appended.

The file is private (0600) and holds verdicts, counts, days and digests, never a value of the data. A line that was cut
short by a kill is passed over and counted, so that the history says what it lost.
"""

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from auditor.vocabulary.errors import CouldNotCheck
from auditor.vocabulary.outcomes import Verdict
from auditor.vocabulary.trend import AuditRecord, RuleRecord

FILE: Final = "history.jsonl"
VERSION: Final = 1


class History:
    """The history of one network, in its private folder. Nothing is created before the first line is written."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.unreadable = 0
        """Lines that could not be read."""
        self._lines = tuple(self._read())

    def audits(self) -> tuple[AuditRecord, ...]:
        """Return every audit, in the order they were recorded."""
        return tuple(_audit(line) for line in self._lines if line["kind"] == "audit")

    def last_unlike(self, now: AuditRecord) -> AuditRecord | None:
        """Return the last audit that differs from this one, so that the same audit run twice gives the same report.

        One that asked every rule asked now is preferred: an audit of a few rules says nothing of the others.
        """
        unlike = [earlier for earlier in reversed(self.audits()) if earlier != now]
        whole = (earlier for earlier in unlike if now.rules.keys() <= earlier.rules.keys())
        return next(whole, unlike[0] if unlike else None)

    def add_audit(self, now: AuditRecord) -> None:
        """Append an audit, unless it repeats the last one."""
        if self.audits()[-1:] != (now,):
            self._append({"kind": "audit", **_said(now)})

    def drills(self) -> list[dict[str, Any]]:
        """Return the rebuilding drills, as rows of `recorded_drills`."""
        return [
            {"held_on": date.fromisoformat(line["held_on"]), "passed": line["passed"], "steps": line["steps"], "failed": line["failed"]}
            for line in self._lines
            if line["kind"] == "drill"
        ]

    def add_drill(self, held_on: date, steps: int, failed: int) -> None:
        """Append the outcome of a rebuilding drill. A drill without a step proves nothing: it did not pass."""
        passed = steps > 0 and failed == 0
        self._append({"kind": "drill", "held_on": held_on.isoformat(), "passed": passed, "steps": steps, "failed": failed})

    def schemas(self, observed: Mapping[str, str], today: date) -> list[dict[str, Any]]:
        """Return, for tables observed now, the day their columns last changed, as rows of `recorded_schemas`.

        A table whose columns differ from those on record changed today, as far as anybody knows.
        """
        known, changed = self._digests(), self._changes()
        return [
            {"table": table, "changed_on": today if known.get(table, digest) != digest else changed.get(table)}
            for table, digest in sorted(observed.items())
        ]

    def add_schemas(self, observed: Mapping[str, str], on: date) -> None:
        """Append the columns of the tables, by digest, when one is new or has changed."""
        known = self._digests()
        moved = {table: digest for table, digest in sorted(observed.items()) if known.get(table) != digest}
        if moved:
            self._append({"kind": "schemas", "on": on.isoformat(), "tables": moved})

    def _digests(self) -> dict[str, str]:
        known: dict[str, str] = {}
        for line in self._lines:
            if line["kind"] == "schemas":
                known |= line["tables"]
        return known

    def _changes(self) -> dict[str, date]:
        """Day of the last recorded change, by table; nothing for a table never seen otherwise."""
        known: dict[str, str] = {}
        days: dict[str, date] = {}
        for line in self._lines:
            for table, digest in line.get("tables", {}).items() if line["kind"] == "schemas" else ():
                if table in known and known[table] != digest:
                    days[table] = date.fromisoformat(line["on"])
                known[table] = digest
        return days

    def _read(self) -> Iterator[dict[str, Any]]:
        try:
            content = self._file.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return
        except OSError as error:
            raise _closed(error) from None
        for written in content.splitlines():
            line = _line(written)
            if line is None:
                self.unreadable += 1
            else:
                yield line

    def _append(self, said: Mapping[str, Any]) -> None:
        line = {"v": VERSION, **said}
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(self._file, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600), "r+b", buffering=0) as stream:
                fcntl.flock(stream, fcntl.LOCK_EX)
                os.fchmod(stream.fileno(), 0o600)
                cut = stream.seek(0, os.SEEK_END) and not _ends_whole(stream.fileno())
                stream.write(b"\n" * bool(cut) + json.dumps(line, ensure_ascii=False, sort_keys=True).encode() + b"\n")
        except OSError as error:
            raise _closed(error) from None
        self._lines = (*self._lines, line)


def digests(columns: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the digest of the sorted columns, with their types, of each physical table.

    Args:
        columns: Rows with `table`, `column` and `type`.
    """
    found: dict[str, set[tuple[str, str]]] = {}
    for row in columns:
        found.setdefault(row["table"], set()).add((row["column"], row["type"] or ""))
    return {table: hashlib.sha256(json.dumps(sorted(held)).encode()).hexdigest() for table, held in sorted(found.items())}


def _ends_whole(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    return os.pread(descriptor, 1, size - 1) == b"\n"


def _line(written: str) -> dict[str, Any] | None:
    with contextlib.suppress(ValueError, KeyError, TypeError):
        line = json.loads(written)
        if line["v"] == VERSION:
            _CHECKED.get(line["kind"], dict)(line)
            return dict(line)
    return None


def _said(audit: AuditRecord) -> dict[str, Any]:
    return asdict(audit) | {"as_of": audit.as_of.isoformat(), "rules": {rule: asdict(found) for rule, found in audit.rules.items()}}


def _audit(line: Mapping[str, Any]) -> AuditRecord:
    rules = {rule: RuleRecord(**(found | {"verdict": Verdict(found["verdict"])})) for rule, found in line["rules"].items()}
    return AuditRecord(
        as_of=datetime.fromisoformat(line["as_of"]),
        tool_version=line["tool_version"],
        input_digest=line["input_digest"],
        rules=rules,
    )


def _drill(line: Mapping[str, Any]) -> None:
    date.fromisoformat(line["held_on"])
    _ = line["passed"], line["steps"], line["failed"]


def _schemas(line: Mapping[str, Any]) -> None:
    date.fromisoformat(line["on"])
    dict(line["tables"])


_CHECKED: Final[Mapping[str, Any]] = {"audit": _audit, "drill": _drill, "schemas": _schemas}


def _closed(error: OSError) -> CouldNotCheck:
    return CouldNotCheck(
        f"The history of audits cannot be read or written ({error.strerror or type(error).__name__}).",
        "Without it an audit cannot say what changed since the last one.",
        "Check the owner of the state folder, or run with --no-history.",
    )
