"""Registers and assessments kept elsewhere, read: bytes in, vocabulary values and remarks out.

A form is known by its content, never by the name of its file. A new form adds its test to `RECOGNISED`, most telling first.
"""

from collections.abc import Callable, Mapping
from typing import Final

from auditor.vocabulary.errors import UsageProblem
from auditor.vocabulary.pia import is_pia
from policies.registry.exchange.dpv import is_dpv, read_dpv
from policies.registry.exchange.fides import is_fides, read_fides
from policies.registry.exchange.ods_reader import read_ods
from policies.registry.exchange.pia_reader import Change, Merge, merge_pia
from policies.registry.exchange.spreadsheet import is_spreadsheet

__all__ = ["MOST_BYTES", "RECOGNISED", "Change", "Merge", "detect", "merge_pia", "read_dpv", "read_fides", "read_ods"]

MOST_BYTES: Final = 20_000_000
"""No register is larger: a file beyond it is not read into memory."""
RECOGNISED: Final[Mapping[str, Callable[[bytes], bool]]] = {
    "ods": is_spreadsheet,
    "pia": is_pia,
    "fides": is_fides,
    "dpv": is_dpv,
}
"""Name of each form, and what tells that a file is of it."""

_OTHER_ARCHIVE: Final = b"PK\x03\x04"


def detect(content: bytes) -> str:
    """Return the name of the form of a file. Raise UsageProblem when it is none of those that are read."""
    for name, recognises in RECOGNISED.items():
        if recognises(content):
            return name
    excel = content.startswith(_OTHER_ARCHIVE) and b"[Content_Types].xml" in content
    raise UsageProblem(
        "The file is an Excel workbook." if excel else "The file is of no form that is read here.",
        "A register read as something else than it is would declare what nobody decided.",
        "In Excel, use « Save as… OpenDocument spreadsheet (.ods) »." if excel else f"Forms read: {', '.join(RECOGNISED)}.",
    )
