"""What an audit says: three answers, never two, and evidence that counts without quoting."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from auditor.vocabulary.law import Conflict, Force, Frame, LegalSource, Reading
from auditor.vocabulary.text import Text

EvidenceValue = int | float | str | bool | date | None


class Severity(StrEnum):
    """How bad a finding is; the legal scale of the rulebook (mineur, majeur, bloquant)."""

    MINOR = "minor"
    MAJOR = "major"
    BLOCKING = "blocking"

    @property
    def rank(self) -> int:
        """Position on the scale, 1 to 3."""
        return list(Severity).index(self) + 1


class Verdict(StrEnum):
    """The answer of one rule in one frame."""

    MET = "met"
    NOT_MET = "not-met"
    NOT_APPLICABLE = "not-applicable"
    COULD_NOT_CHECK = "could-not-check"


EVIDENCE: Final[Mapping[str, Text]] = {
    "rows": Text("lignes", "rows"),
    "cards": Text("cartes distinctes", "distinct cards"),
    "customers": Text("clients", "customers"),
    "entries": Text("inscriptions", "entries"),
    "requests": Text("demandes", "requests"),
    "share": Text("part de la table", "share of the table"),
    "oldest": Text("plus ancienne", "oldest"),
    "newest": Text("plus récente", "newest"),
    "term": Text("durée admise", "term allowed"),
    "measured": Text("mesuré", "measured"),
    "declared": Text("déclaré", "declared"),
    "delay": Text("délai constaté", "observed delay"),
    "store": Text("magasin de données", "store"),
    "store_role": Text("rôle du magasin", "role of the store"),
    "missing": Text("manquant", "missing"),
    "article": Text("article", "article"),
    "kind": Text("nature de l’écart", "kind of gap"),
    "category": Text("catégorie", "category"),
    "procedure": Text("procédé constaté", "procedure observed"),
    "algorithm": Text("algorithme reconnu", "algorithm recognised"),
    "tokens": Text("jetons distincts", "distinct tokens"),
    "recovered": Text("numéros retrouvés", "numbers recovered"),
    "candidates": Text("numéros essayés", "numbers tried"),
    "space": Text("taille de l’espace de numérotation", "size of the number space"),
    "symbols": Text("symboles distincts", "distinct symbols"),
    "classes": Text("classes d’équivalence", "equivalence classes"),
    "classes_below": Text("classes sous le seuil", "classes below the threshold"),
    "rows_below": Text("lignes sous le seuil", "rows below the threshold"),
    "smallest_class": Text("plus petite classe (cartes)", "smallest class (cards)"),
    "threshold": Text("seuil", "threshold"),
    "reference": Text("référence invoquée", "reference invoked"),
    "value": Text("valeur déclarée", "declared value"),
    "recipient": Text("destinataire", "recipient"),
    "columns": Text("colonnes", "columns"),
    "detector": Text("contenu reconnu", "contents recognised"),
    "beside": Text("table rapprochée", "table brought together"),
    "accounts": Text("comptes", "accounts"),
    "products": Text("titres de transport", "products"),
    "points": Text("points connus de l’observateur", "points known to the observer"),
    "traces": Text("traces essayées", "traces tried"),
    "traces_unique": Text("traces uniques", "unique traces"),
    "traces_short": Text("traces trop courtes", "traces too short"),
    "interval": Text("intervalle à 95 %", "interval at 95%"),
    "seed": Text("graine du tirage", "seed of the draw"),
    "classes_telling": Text("classes révélatrices", "classes that give an attribute away"),
    "dataset": Text("jeu de données", "data set"),
}
"""Every name that evidence may carry, with its label. A test refuses any other: a value not listed cannot leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a finding is: in the data, in the register, or both."""

    activity: str = ""
    table: str = ""
    """Physical table as the mapping names it: `source` or `source.table`."""
    column: str = ""
    file: str = ""
    """Path relative to the network folder."""
    line: int | None = None

    def __str__(self) -> str:
        data = ".".join(part for part in (self.table, self.column) if part)
        declared = f"{self.file}:{self.line}" if self.file and self.line else self.file
        return " · ".join(part for part in (data, declared or self.activity) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing the audit found: counted, placed, never quoted."""

    evidence: Mapping[str, EvidenceValue]
    """Names are keys of EVIDENCE; values are counts, shares, dates (to the day), durations and declared words."""
    place: Place = field(default_factory=Place)
    frames: frozenset[Frame] = frozenset(Frame)
    """The frames in which this finding is a breach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCard:
    """What a report needs to know of a rule, detached from its query."""

    id: str
    name: str
    family: str
    title: Text
    severity: Severity
    sources: tuple[LegalSource, ...]
    force: Force
    """Weight of the strongest source the rule stands on."""
    reading: Reading
    parameters: Mapping[str, str]
    """Value in use, as text."""
    overrides: Mapping[str, str] = field(default_factory=dict)
    """For each parameter the network changed, the reason it gave."""
    message: Text
    remediation: Text
    rationale: Text
    frames: frozenset[Frame]
    messages: Mapping[str, Text] = field(default_factory=dict)
    """The sentence for each `kind` (or `procedure`) of finding, where one does not fit all."""
    judgement: Text | None = None
    """What a human still has to judge."""
    conflicts: tuple[Conflict, ...] = ()
    """Sources that disagree on this obligation."""

    def sentence(self, finding: Finding) -> Text:
        """Return the sentence template that suits a finding."""
        told = (str(finding.evidence[name]) for name in ("kind", "procedure") if finding.evidence.get(name) is not None)
        return next((self.messages[word] for word in told if word in self.messages), self.message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The rule looked. No finding means met."""

    rows_examined: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotApplicable:
    """The rule has nothing to look at, and the network says so."""

    reason: str
    said: Text | None = None
    """The reason in both languages, when it does not come from the network's own files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotChecked:
    """The rule could not look. Never to be read as fine."""

    reason: str
    said: Text | None = None
    """The reason in both languages, when it is the program's own."""


Answer = Checked | NotApplicable | NotChecked


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One rule and its answer."""

    rule: RuleCard
    answer: Answer

    def verdict(self, frame: Frame | None = None) -> Verdict:
        """Return the verdict in one frame, or the overall one (worst of the frames) when none is named."""
        if isinstance(self.answer, NotChecked):
            return Verdict.COULD_NOT_CHECK
        if isinstance(self.answer, NotApplicable) or (frame is not None and frame not in self.rule.frames):
            return Verdict.NOT_APPLICABLE
        breached = any(frame is None or frame in finding.frames for finding in self.answer.findings)
        return Verdict.NOT_MET if breached else Verdict.MET

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings, empty when the rule did not look."""
        return self.answer.findings if isinstance(self.answer, Checked) else ()
