"""The register of processing activities (GDPR art. 30) as values, with what an audit needs beyond it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from auditor.vocabulary.durations import Duration

Category = Literal["direct-identifier", "pseudonym", "quasi-identifier", "sensitive", "free-text", "technical", "none"]
LegalBasis = Literal["consent", "contract", "legal-obligation", "vital-interests", "public-interest", "legitimate-interests"]
Fate = Literal["delete", "anonymise", "archive"]
Role = Literal["controller", "joint-controller", "processor", "partner"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A body that takes part in an activity, by its public name."""

    name: str
    role: Role
    contact: str = ""
    agreement: str = ""
    """Reference of the art. 26 agreement or art. 28 contract."""
    public_body: bool = False
    """A public authority: legitimate interests cannot ground its missions (art. 6(1), last sentence)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """One purpose and its own legal basis."""

    id: str
    title: str
    family: str = ""
    """One of the five AU-015 families (titres, relation-commerciale, fraude, statistiques, qualite), or `propre`."""
    basis: LegalBasis | None = None
    basis_reference: str = ""
    """Text the basis rests on (article, contract)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long, from when, and what then. A duration without its starting event says nothing."""

    data: str
    duration: Duration
    starts: str
    """Starting event, in words."""
    fate: Fate
    table: str = ""
    """Physical table the term is measured on; empty: not measured."""
    column: str = ""
    """Raw column holding the starting event."""
    applies_to: Literal["all", "identified"] = "all"
    """`identified`: only rows that still carry a card or subscriber."""
    condition: str = ""
    archives_agreement: str = ""
    """Reference of the agreement with the public archives."""
    purpose: str = ""
    """Purpose (id) the term serves; empty: every purpose of the activity."""
    justification: str = ""
    """Why a term longer than the benchmark is necessary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who receives the data."""

    name: str
    kind: Literal["internal", "processor", "partner", "authority", "public", "multimodal-service"]
    """`multimodal-service`: sells or plans trips for others (code des transports, L. 1115-10 and L. 1115-11)."""
    why: str = ""
    accounts: tuple[str, ...] = ()
    """Database roles under which this recipient reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A transfer outside the European Union."""

    country: str
    recipient: str
    safeguards: str
    documents: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dpia:
    """Data-protection impact assessment."""

    status: Literal["done", "in-progress", "not-required", "missing"]
    reference: str = ""
    validated_on: date | None = None
    reviewed_on: date | None = None
    reason: str = ""
    sections: tuple[Literal["description", "necessity", "risks", "measures"], ...] = ()
    """The parts of art. 35(7) that the assessment holds."""
    residual_risk: Literal["", "negligible", "limited", "significant", "maximal"] = ""
    """On the CNIL's scale of four, after the measures."""
    consulted_on: date | None = None
    """Day the supervisory authority was consulted (art. 36)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoked:
    """A reference text the activity leans on, and as what."""

    text: str
    """AU-015, NS-048…"""
    invoked_as: Literal["benchmark", "legal-basis", "authorisation"] = "benchmark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """A physical table the activity declares, with the category of each column."""

    table: str
    columns: Mapping[str, Category]
    state: Literal["", "identified", "pseudonymised", "anonymous"] = ""
    """What the activity says the table is; the rules compare it with what it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pseudonymisation:
    """How the activity replaces identifiers, as declared (art. 4(5))."""

    algorithm: str
    """Standard name: HMAC-SHA-256, AES-SIV, random table, SHA-256…"""
    key_bits: int | None = None
    key_kept_in: str = ""
    """Where the additional information is kept apart: the vault, a KMS, a database."""
    period: Duration | None = None
    """How long one pseudonym lasts before it is renewed."""
    accounts: tuple[str, ...] = ()
    """Database roles that may attribute a pseudonym."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One processing activity: one file of `registre/`. Fields may be empty; the rules say what is missing."""

    id: str
    title: str
    created_on: date | None = None
    updated_on: date | None = None
    actors: tuple[Actor, ...] = ()
    dpo: str = ""
    purposes: tuple[Purpose, ...] = ()
    persons: tuple[str, ...] = ()
    data_categories: tuple[str, ...] = ()
    recipients: tuple[Recipient, ...] = ()
    transfers: tuple[Transfer, ...] | Literal["none"] | None = None
    """`none` says there is no transfer; absent says nothing, which is a gap."""
    retention: tuple[Retention, ...] = ()
    security: tuple[str, ...] = ()
    dpia: Dpia | None = None
    ticketing: bool = False
    """The activity belongs to the ticketing system: a DPIA is required (CNIL list, type 14)."""
    pseudonymisation_domain: str = ""
    pseudonymisation: Pseudonymisation | None = None
    references: tuple[Invoked, ...] = ()
    covers: tuple[Coverage, ...] = ()
    rights: str = ""
    source_of_data: str = ""
    automated_decision: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """An activity with the file and the lines it was read from."""

    activity: Activity
    file: str
    """Relative to the network folder."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """Line of each declared field, by dotted path (`retention.0.duration`)."""

    def line(self, *path: str | int) -> int | None:
        """Return the line of the closest declared ancestor of a path."""
        parts = [str(part) for part in path]
        while parts:
            found = self.lines.get(".".join(parts))
            if found is not None:
                return found
            parts.pop()
        return self.lines.get("")


@dataclass(frozen=True, slots=True)
class Register:
    """All activities, by id."""

    activities: tuple[Declared, ...] = ()

    def purpose_of(self, purpose: str) -> tuple[Declared, Purpose] | None:
        """Return the activity and the purpose that carry this purpose id."""
        for declared in self.activities:
            for candidate in declared.activity.purposes:
                if candidate.id == purpose:
                    return declared, candidate
        return None
