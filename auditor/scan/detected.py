"""What was recognised in the contents of the sources, as relations: counts and chances, never a value."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import ibis
import pyarrow as pa

from auditor.engine.base import Relation
from auditor.vocabulary.scanned import Detection, ObservedFile

SCHEMAS: Final[Mapping[str, "pa.Schema"]] = {
    "detected_values": pa.schema(
        [
            *((name, pa.string()) for name in ("table", "column", "store", "store_role", "detector")),
            ("values", pa.int64()),
            ("rows", pa.int64()),
            ("share", pa.float64()),
            ("chance", pa.float64()),
            ("certain", pa.bool_()),
        ]
    ),
    "observed_files": pa.schema(
        [
            *((name, pa.string()) for name in ("path", "format")),
            ("modified_at", pa.timestamp("us")),
            ("card_numbers", pa.int64()),
            ("customer_numbers", pa.int64()),
            ("readable_by_all", pa.bool_()),
            ("declared", pa.bool_()),
            ("unread", pa.string()),
        ]
    ),
}
"""Columns of each relation.

`detected_values`: one row per column of a source and detector that recognised something in it. `values` counts the distinct values
recognised, `rows` the rows that bear them, `share` their part of the rows that are not empty, `chance` the share that random values
of the same shape would reach, `certain` tells that the detector's own guard against false positives was passed.
`observed_files`: one row per file found in the folders that the network asks to be searched. `declared` tells a source of the mapping
or a published release; `unread` says why its content could not be read, and is empty when it was.
"""


def detected_tables(detections: Iterable[Detection]) -> dict[str, Relation]:
    """Return `detected_values`, one row per detection."""
    return {"detected_values": _relation("detected_values", detections)}


def observed_files(files: Iterable[ObservedFile]) -> dict[str, Relation]:
    """Return `observed_files`, one row per file."""
    return {"observed_files": _relation("observed_files", files)}


def _relation(name: str, found: Iterable[Detection | ObservedFile]) -> Relation:
    wanted = SCHEMAS[name].names
    rows: list[dict[str, Any]] = [{column: getattr(one, column) for column in wanted} for one in found]
    return ibis.memtable(pa.Table.from_pylist(rows, schema=SCHEMAS[name]))
