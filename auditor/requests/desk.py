"""The desk's own record of requests: dates and states, never the number of the card they are about."""

import calendar
import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa

from auditor.requests.frozen import FrozenCopy
from auditor.vocabulary.access import AccessRequest, RequestState
from auditor.vocabulary.errors import UsageProblem

_METADATA = sa.MetaData()
_REQUESTS = sa.Table(
    "requests",
    _METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("received_on", sa.Date, nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("medium", sa.String, nullable=False),
    sa.Column("identity_check", sa.String, nullable=False),
    sa.Column("extended_on", sa.Date),
    sa.Column("answered_on", sa.Date),
    sa.Column("closed_on", sa.Date),
)


class Desk:
    """Requests and their frozen copies, in a folder nobody else can read."""

    def __init__(self, folder: Path, engine: sa.Engine) -> None:
        self._folder = folder
        self._engine = engine

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the desk in a folder, made private (0700, files 0600) if it is new."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        database = folder / "requests.sqlite"
        if not database.exists():
            os.close(os.open(database, os.O_CREAT | os.O_WRONLY, 0o600))
        engine = sa.create_engine(f"sqlite:///{database}")
        _METADATA.create_all(engine)
        return cls(folder, engine)

    def open_request(self, *, medium: str, identity_check: str, received_on: date) -> AccessRequest:
        """Record a request; the month of art. 12(3) runs from the day it was received."""
        if not identity_check.strip():
            raise UsageProblem(
                "A request needs to say how the person's right to ask was checked.",
                "An answer given to the wrong person is itself a breach (GDPR art. 12(6)).",
                "Give --identity, for example « carte présentée au guichet ».",
            )
        with self._engine.begin() as connection:
            taken = connection.scalar(sa.select(sa.func.count()).where(_REQUESTS.c.id.like(f"{received_on.year}-%"))) or 0
            request = AccessRequest(
                id=f"{received_on.year}-{taken + 1:04d}",
                state=RequestState.OPEN,
                received_on=received_on,
                due_on=month_after(received_on),
                medium=medium,
                identity_check=identity_check.strip(),
            )
            connection.execute(_REQUESTS.insert().values(_values(request)))
        return request

    def get(self, request_id: str) -> AccessRequest:
        """Return one request, or say which ones exist."""
        with self._engine.connect() as connection:
            row = connection.execute(_REQUESTS.select().where(_REQUESTS.c.id == request_id)).one_or_none()
        if row is None:
            known = ", ".join(request.id for request in self.list()[-5:]) or "none yet"
            raise UsageProblem(f"There is no request {request_id}.", "Nothing was done.", f"Latest requests: {known}.")
        return _request(row)

    def list(self) -> Sequence[AccessRequest]:
        """Return every request, oldest first."""
        with self._engine.connect() as connection:
            return [_request(row) for row in connection.execute(_REQUESTS.select().order_by(_REQUESTS.c.id))]

    def freeze(self, request_id: str, copy: FrozenCopy) -> AccessRequest:
        """Keep the copy taken at reception. A second freeze is refused: it would describe another moment."""
        request = self.get(request_id)
        if request.state is not RequestState.OPEN:
            raise UsageProblem(
                f"Request {request_id} is already {request.state}.",
                "The situation to describe is the one at reception; a second copy would describe another moment.",
                f"Answer it: poincon request answer {request_id}.",
            )
        path = self._frozen(request_id)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as stream:
            stream.write(copy.to_json())
            stream.flush()
            os.fsync(stream.fileno())
        return self._advance(request_id, state=RequestState.FROZEN)

    def frozen(self, request_id: str) -> FrozenCopy:
        """Return the frozen copy of a request."""
        request = self.get(request_id)
        path = self._frozen(request_id)
        if not path.exists():
            done = request.state is RequestState.CLOSED
            raise UsageProblem(
                f"Request {request_id} has no frozen copy{' any more: it was destroyed at closing' if done else ''}.",
                "An answer is composed from the copy taken at reception, not from what is left today.",
                "" if done else f"Freeze first: poincon request freeze {request_id}.",
            )
        return FrozenCopy.from_json(path.read_text(encoding="utf-8"))

    def answered(self, request_id: str, on: date) -> AccessRequest:
        """Record the day of the answer."""
        return self._advance(request_id, state=RequestState.ANSWERED, answered_on=on)

    def close(self, request_id: str, on: date) -> AccessRequest:
        """Destroy the frozen copy, then close. Overwritten before removal: a copy must not outlive its request."""
        request = self.get(request_id)
        if request.state is not RequestState.ANSWERED:
            raise UsageProblem(
                f"Request {request_id} is {request.state}, not answered.",
                "Closing destroys the frozen copy: a person who got no answer would lose the data they asked for.",
                f"Answer it first: poincon request answer {request_id}.",
            )
        path = self._frozen(request_id)
        with suppress(FileNotFoundError):
            size = path.stat().st_size
            with path.open("r+b") as stream:
                stream.write(b"\0" * size)
                stream.flush()
                os.fsync(stream.fileno())
            path.unlink()
        return self._advance(request_id, state=RequestState.CLOSED, closed_on=on)

    def dispose(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _frozen(self, request_id: str) -> Path:
        return self._folder / f"{request_id}.frozen.json"

    def _advance(self, request_id: str, **changes: Any) -> AccessRequest:
        with self._engine.begin() as connection:
            connection.execute(_REQUESTS.update().where(_REQUESTS.c.id == request_id).values(changes))
        return self.get(request_id)


def month_after(day: date) -> date:
    """Return the same day of the next month, or its last day (art. 12(3), Regulation 1182/71 art. 3)."""
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)  # noqa: PLR2004 - December
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def is_late(request: AccessRequest, now: datetime) -> bool:
    """Tell whether the month has passed without an answer or an announced extension."""
    return request.answered_on is None and request.extended_on is None and now.date() > request.due_on


def _values(request: AccessRequest) -> dict[str, Any]:
    return {column.name: getattr(request, column.name) for column in _REQUESTS.columns}


def _request(row: sa.Row[Any]) -> AccessRequest:
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to a mapping
    return AccessRequest(**{**fields, "state": RequestState(fields["state"])})
