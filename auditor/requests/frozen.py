"""The frozen copy: one person's rows as they stood at reception, so that the purge does not defeat the request.

EDPB guidelines 01/2022 (right of access): the situation is appreciated at reception, and data held unlawfully are
part of it. The copy is destroyed when the request is closed.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenTable:
    """Rows of one physical table that concern the person."""

    physical: str
    canonical: str
    """Canonical table the physical one is mapped onto."""
    store_role: str
    token: bool
    """The rows carry a pseudonym that the controller can still link to the card."""
    columns: tuple[str, ...]
    """Raw column names, in the source's order."""
    mapped: tuple[str, ...]
    """Canonical column of each raw one, or nothing."""
    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    events: tuple[datetime | None, ...] = field(repr=False)
    """Instant (UTC) of the event each row tells of, where it has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenCopy:
    """Everything held about one card at one instant."""

    frozen_at: datetime
    """UTC, without an offset."""
    medium: str
    tables: tuple[FrozenTable, ...]
    meanings: Mapping[str, Mapping[str, str]] = field(repr=False)
    """Label of each code, by canonical column (`product`, `stop`…)."""
    not_read: Mapping[str, str] = field(default_factory=dict)
    """Tables that could not be read, and why: the answer must say so."""
    own_customer: tuple[str, ...] = field(default=(), repr=False)
    """Raw customer references that are the person's own; any other one in the copy is a third party's."""

    def to_json(self) -> str:
        """Serialise for the desk's own folder."""
        return json.dumps(asdict(self), ensure_ascii=False, default=lambda value: value.isoformat(), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read back what `to_json` wrote."""
        raw: dict[str, Any] = json.loads(text)
        tables = tuple(
            FrozenTable(
                **{
                    **table,
                    "columns": tuple(table["columns"]),
                    "mapped": tuple(table["mapped"]),
                    "rows": tuple(tuple(row) for row in table["rows"]),
                    "events": tuple(None if event is None else datetime.fromisoformat(event) for event in table["events"]),
                }
            )
            for table in raw.pop("tables")
        )
        frozen_at = datetime.fromisoformat(raw.pop("frozen_at"))
        return cls(frozen_at=frozen_at, tables=tables, own_customer=tuple(raw.pop("own_customer")), **raw)
