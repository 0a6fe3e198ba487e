"""Where a code host should point for a finding: the line of the register that declares it, else the closest file."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from auditor.vocabulary.outcomes import Place
from auditor.vocabulary.register import Register

CONFIG = "poincon.toml"
MAPPING = "mapping.yml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A line of a file of the network folder."""

    file: str
    line: int = 1
    exact: bool = True
    """False when the finding names no file, and the closest declaration stands for it."""

    def under(self, folder: str) -> str:
        """Return the path from the folder the run was started in, with forward slashes."""
        return (PurePosixPath(folder) / self.file).as_posix()


def spot(place: Place, register: Register) -> Spot:
    """Return where to point for a finding. A code host shows nothing that has no file."""
    if place.file:
        return Spot(file=place.file, line=place.line or 1)
    for declared in register.activities:
        for rank, covered in enumerate(declared.activity.covers):
            if place.table and covered.table == place.table and place.activity in ("", declared.activity.id):
                return Spot(file=declared.file, line=declared.line("covers", rank, "columns", place.column) or 1, exact=False)
    for declared in register.activities:
        if declared.activity.id == place.activity:
            return Spot(file=declared.file, exact=False)
    return Spot(file=MAPPING if place.table else CONFIG, exact=False)
