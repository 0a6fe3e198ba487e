"""Text that is safe to publish in a cell: no control character, no stray space, nothing a spreadsheet would run.

A cell that starts with `=`, `+`, `-` or `@` is a live formula in most spreadsheets; unless it is a plain number it is
published behind an apostrophe, which spreadsheets hide and every other reader shows.
"""

from collections.abc import Sequence
from typing import Final

import ibis.expr.types as ir

from anonymise.labels import UNKNOWN
from auditor.engine import Relation

FORMULA: Final = r"^[=+\-@]"
NUMBER: Final = r"^[+-]?[0-9]+([.,][0-9]+)?$"
CONTROL: Final = r"[\x00-\x1F\x7F-\x{9F}\x{2028}\x{2029}\x{FEFF}\x{200B}-\x{200F}]+"
"""Control characters, line separators and characters that show nothing: they could hide a mark in a label."""

SPACE: Final = r"^[\s\x{A0}]+|[\s\x{A0}]+$"


def neutral(relation: Relation, columns: Sequence[str]) -> Relation:
    """Make the text of the columns safe; two labels that differ only by what nobody sees become one."""
    return relation.mutate(**{name: _neutral(relation[name]) for name in columns})


def _neutral(column: ir.Column) -> ir.StringValue:
    plain = column.cast("string").re_replace(CONTROL, " ").re_replace(SPACE, "")
    seen = plain.nullif("").fill_null(UNKNOWN)
    live = seen.re_search(FORMULA) & ~seen.re_search(NUMBER)
    return live.ifelse("'" + seen, seen)
