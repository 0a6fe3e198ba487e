"""The register of processing activities (GDPR art. 30) as declared files: read, judged complete, turned into tables."""

from policies.registry.completeness import Completeness, FieldState, completeness
from policies.registry.loading import load_register
from policies.registry.packaged import starter_files, starter_pieces, write_starter
from policies.registry.tables import declared_tables

__all__ = [
    "Completeness",
    "FieldState",
    "completeness",
    "declared_tables",
    "load_register",
    "starter_files",
    "starter_pieces",
    "write_starter",
]
