"""What earlier runs left on record, as relations: releases of the ledger, changes of the sources' schema, rebuilding drills."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import ibis
import pyarrow as pa

from auditor.engine.base import Relation

SCHEMAS: Final[Mapping[str, "pa.Schema"]] = {
    "recorded_releases": pa.schema(
        [
            *((name, pa.string()) for name in ("release", "kind", "recipient", "recipient_class", "purpose", "verdict", "file")),
            ("k", pa.int64()),
            ("published_on", pa.date32()),
        ]
    ),
    "recorded_schemas": pa.schema([("table", pa.string()), ("changed_on", pa.date32())]),
    "recorded_drills": pa.schema([("held_on", pa.date32()), ("passed", pa.bool_()), ("steps", pa.int64()), ("failed", pa.int64())]),
}
"""Columns of each recorded relation. A relation that nobody recorded is absent: rules then say they could not check.

`recorded_releases`: one row per release of the ledger, refusals included (`verdict`); `file` is relative to the network folder.
`recorded_schemas`: the day each physical table was first seen with the columns it has now; null when it was never seen otherwise.
`recorded_drills`: each rebuilding drill on witness cards.
"""


def recorded(**rows: Iterable[Mapping[str, Any]]) -> dict[str, Relation]:
    """Return the recorded relations among those given, by name (`releases`, `schemas`, `drills`)."""
    named = {f"recorded_{name}": list(found) for name, found in rows.items()}
    return {name: ibis.memtable(pa.Table.from_pylist(found, schema=SCHEMAS[name])) for name, found in named.items()}
