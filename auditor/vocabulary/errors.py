"""Errors written for the person who will act on them: what happened, why it matters, what to do next.

PoinconError            exit 2
├── UsageProblem        exit 2   a command, an option or a value given on the command line
├── DeclarationProblem  exit 2   a network file (TOML, YAML, reference table) that cannot be accepted
├── SourceProblem       exit 3   a source that cannot be opened or read
├── CouldNotCheck       exit 3   a question the program was unable to answer
├── ReleaseRefused      exit 4   a release that must not leave
├── WarrantRefused      exit 4   the vault will not open for this request
└── SecretMisuse        exit 2   a secret used for something other than its purpose
"""

from pathlib import Path


class PoinconError(Exception):
    """Base of every error shown to a person. Holds no personal value: the caller must not pass one."""

    exit_code = 2

    def __init__(self, what: str, why: str = "", next_step: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.next_step = next_step

    def __str__(self) -> str:
        lines = [self.what]
        if self.why:
            lines.append(f"Why it matters: {self.why}")
        if self.next_step:
            lines.append(f"Next: {self.next_step}")
        return "\n".join(lines)


class UsageProblem(PoinconError):
    """A command, an option or a value given on the command line cannot be used."""


class DeclarationProblem(PoinconError):
    """A declared file cannot be accepted; says which file and which line."""

    def __init__(self, what: str, why: str = "", next_step: str = "", *, file: Path | None = None, line: int | None = None) -> None:
        place = "" if file is None else f"{file}:{line}: " if line else f"{file}: "
        super().__init__(place + what, why, next_step)
        self.file = file
        self.line = line


class SourceProblem(PoinconError):
    """A source cannot be opened or read: nothing can be said of what it holds."""

    exit_code = 3


class CouldNotCheck(PoinconError):
    """A question could not be answered. Never to be read as a clean result."""

    exit_code = 3


class ReleaseRefused(PoinconError):
    """A release must not leave; says which test refused it."""

    exit_code = 4


class WarrantRefused(PoinconError):
    """The vault does not open for this request."""

    exit_code = 4


class SecretMisuse(PoinconError):
    """A secret was asked to do something other than its purpose (be printed, pickled, copied)."""
