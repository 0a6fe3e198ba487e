"""What a legal source is and how much it weighs; the sources themselves are listed once in `policies.legal`."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from auditor.vocabulary.text import Text


class Force(StrEnum):
    """How binding a source is."""

    STATUTE = "statute"
    CASE_LAW = "case-law"
    GUIDANCE = "guidance"
    REFERENCE = "reference"
    """Without legal value since 25 May 2018, kept as a benchmark (AU-015, AU-012, NS-048)."""
    DECISION = "decision"
    """Addressed to one body; persuasive only."""
    SCIENCE = "science"
    LOCAL = "local"


class Reading(StrEnum):
    """How far the source was read before it was quoted."""

    VERIFIED = "verified"
    """The passage carrying the figure was read."""
    PARTIAL = "partial"
    """Only an opening, an extract or a serious secondary account was read."""
    DEDUCTION = "deduction"
    """An inference of this project from a text that was read."""
    UNVERIFIED = "unverified"


class Frame(StrEnum):
    """The yardstick of a verdict. Retention and anonymisation carry two, since they differ on hashing."""

    AU015 = "au-015"
    """CNIL single authorisation AU-015 (deliberation 2011-107), a benchmark without legal force."""
    GDPR = "gdpr"
    """Regulation (EU) 2016/679 with the case law and guidance in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalSource:
    """One text that a rule relies on."""

    ref: str
    """Short key, unique (S04)."""
    title: str
    """Title in the language of the text, as it is to be quoted."""
    force: Force
    reading: Reading
    address: str = ""
    dated: date | None = None
    read_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Sources that say different things of one obligation. A report shows both sides; a DPO chooses and writes why."""

    id: str
    said: Text
    """Who says what, in two or three sentences."""
    sources: tuple[LegalSource, ...]
