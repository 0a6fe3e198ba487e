"""The observed schema, grants, files and contents, seen against what a register declares."""

from auditor.scan import compare
from auditor.scan.contents import SAMPLE, detect, unlooked
from auditor.scan.databases import inventory
from auditor.scan.detected import detected_tables, observed_files
from auditor.scan.files import observe
from auditor.scan.lazily import Deferred

__all__ = [
    "SAMPLE",
    "Deferred",
    "compare",
    "detect",
    "detected_tables",
    "inventory",
    "observe",
    "observed_files",
    "source_files",
    "unlooked",
]
