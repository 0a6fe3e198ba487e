"""Storage conditions and impact assessments of the Data Privacy Vocabulary, read into terms and assessments of the register."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from auditor.vocabulary import register_words as words
from auditor.vocabulary.durations import Duration
from auditor.vocabulary.interchange import unpacked
from auditor.vocabulary.register import Dpia, Retention
from auditor.vocabulary.text import said
from policies.registry.exchange.dpv_graph import Source, compact, is_text, local, uri

_UNITS: Final[Mapping[str, Duration]] = {
    "time:unitYear": Duration(months=12),
    "time:unitMonth": Duration(months=1),
    "time:unitWeek": Duration(seconds=7 * 86_400),
    "time:unitDay": Duration(seconds=86_400),
    "time:unitHour": Duration(seconds=3_600),
    "time:unitMinute": Duration(seconds=60),
}
_AUDITS: Final[Mapping[str, str]] = {
    "dpv:AuditApproved": "done",
    "dpv:AuditConditionallyApproved": "done",
    "dpv:AuditRequested": "in-progress",
    "dpv:AuditRequired": "in-progress",
}

_NO_FATE: Final = said(
    "la durée est dite, pas le sort final : elle n’est pas inscrite au registre, à compléter",
    "a term without its final fate: not entered in the register, to be completed",
)
_NO_LENGTH: Final = said(
    "condition de conservation dont la durée n’est pas lisible : elle n’est pas inscrite au registre",
    "a storage condition whose length cannot be read: not entered in the register",
)
_NO_DATA: Final = said("la durée ne dit pas à quelles données elle s’applique", "the term does not say which data it is of")
_NOT_A_DATE: Final = said("ce n’est pas une date", "this is not a date")
_NOT_A_DURATION: Final = said("ce n’est pas une durée ISO 8601", "this is not an ISO 8601 duration")
_UNKNOWN_CODE: Final = said("ce mot n’est pas dans la liste admise", "the word is not on the list")
_NO_STATE: Final = said(
    "analyse d’impact dont l’état n’est pas dit : à reporter à la main",
    "an impact assessment whose state is not said: to be carried over by hand",
)
_LATEST: Final = said(
    "plusieurs états de l’analyse : le plus récent est retenu, à confirmer",
    "several states of the assessment: the latest is taken, to be confirmed",
)


def code(source: Source, node: Any, name: str, known: Mapping[str, Any]) -> str | None:
    """Return a code of a closed list, written as a concept of ours; None when absent or, once remarked, not on the list."""
    if is_text(node):
        return None
    for held in source.objects(node, name):
        found = compact(held).removeprefix("poincon:")
        if found in known:
            return found
        source.note(f"{compact(node) or 'nœud sans nom'}, {name}", _UNKNOWN_CODE, compact(held) or held)
    return None


def day(source: Source, node: Any, *names: str) -> date | None:
    """Return a day; None when absent or, once remarked, no day."""
    for name in names:
        for held in source.objects(node, name):
            try:
                return date.fromisoformat(str(held)[:10])
            except ValueError:
                source.note(f"{compact(node) or 'nœud sans nom'}, {name}", _NOT_A_DATE, held)
    return None


def duration(source: Source, node: Any, name: str) -> Duration | None:
    """Return the duration that a literal states; None when absent or, once remarked, none."""
    for held in source.objects(node, name):
        read = _stated(held)
        if read is None:
            source.note(f"{compact(node) or 'nœud sans nom'}, {name}", _NOT_A_DURATION, held)
        return read
    return None


def _stated(held: Any) -> Duration | None:
    try:
        return Duration.parse(str(held)) if is_text(held) else None
    except ValueError:
        return None


def terms(source: Source, node: Any) -> Iterator[Retention]:
    """Yield the storage conditions that say a length and a fate; each other one is remarked."""
    for held in source.objects(node, "dpv:hasStorageCondition"):
        if is_text(held):
            source.read.discard((node, uri("dpv:hasStorageCondition"), held))
            continue
        term = _term(source, held)
        if term:
            yield term


def _term(source: Source, node: Any) -> Retention | None:
    place = compact(node) or "nœud sans nom, dpv:hasStorageCondition"
    kinds = source.kinds(node)
    length = _length(source, node)
    if length is None:
        # A place of storage has no length: what it says is remarked statement by statement.
        if not source.has(node, "dpv:hasLocation") or source.has(node, "dpv:hasDuration"):
            source.note(place, _NO_LENGTH)
        return None
    fate = code(source, node, "poincon:fate", words.FATES) or ("delete" if "dpv:StorageDeletion" in kinds else None)
    if fate is None:
        source.note(place, _NO_FATE, length)
        return None
    data = source.text(node, "dct:title", "rdfs:label", "skos:prefLabel")
    if not data and not source.has(node, "dct:title"):
        source.note(place, _NO_DATA, kind="note")
    return Retention(
        data=data,
        duration=length,
        starts=source.text(node, "poincon:startingEvent"),
        fate=fate,  # type: ignore[arg-type]
        table=source.text(node, "poincon:table"),
        column=source.text(node, "poincon:column"),
        applies_to=code(source, node, "poincon:appliesTo", words.APPLIES) or "all",  # type: ignore[arg-type]
        condition=source.text(node, "poincon:condition"),
        archives_agreement=source.text(node, "poincon:archivesAgreement"),
        purpose=source.text(node, "poincon:servesPurpose"),
        justification=source.text(node, "poincon:justification"),
    )


def _length(source: Source, node: Any) -> Duration | None:
    """Return the length of a condition: a literal, the value of a duration of DPV, or a number and a unit of OWL-Time."""
    for held in source.objects(node, "dpv:hasDuration"):
        if is_text(held):
            return _stated(held)
        source.kinds(held)
        for value in source.objects(held, "rdf:value"):
            return _stated(value)
        return _counted(source, held)
    return None


def _counted(source: Source, node: Any) -> Duration | None:
    number = source.text(node, "time:numericDuration")
    units = source.codes(node, "time:unitType")
    unit = _UNITS.get(units[0]) if len(units) == 1 else None
    whole, _, fraction = number.partition(".")
    if unit is None or not (whole.isascii() and whole.isdecimal()) or fraction.strip("0") or len(whole) > 6:  # noqa: PLR2004 - centuries of minutes
        return None
    return Duration(unit.months * int(whole), unit.seconds * int(whole))


def assessment(source: Source, node: Any) -> Dpia | None:
    """Return the impact assessment of a process when its state can be told; what is said of it otherwise is remarked."""
    for held in source.objects(node, "dpv:hasAssessment", "dpv:hasImpactAssessment"):
        if not is_text(held):
            return _dpia(source, held)
    return None


def _dpia(source: Source, node: Any) -> Dpia | None:
    place = compact(node) or "nœud sans nom, dpv:hasAssessment"
    source.kinds(node)
    reference = source.text(node, "dpv:hasIdentifier", "dct:identifier", "dct:title")
    status, validated = code(source, node, "poincon:assessmentStatus", words.ASSESSMENTS), day(source, node, "poincon:validatedOn")
    required = source.codes(node, "dpv:hasStatus")
    ours = status is not None
    if status is None:
        status, validated = _audited(source, node, place)
    elif source.has(node, "dpv:hasAuditStatus"):
        source.objects(node, "dpv:hasAuditStatus")
    if status is None and "eu-gdpr:DPIANotRequired" in required:
        status = "not-required"
    if status is None:
        source.note(place, _NO_STATE, reference or local(node))
        return None
    packed = next((str(held) for held in source.objects(node, "poincon:sections") if is_text(held)), "")
    return Dpia(
        status=status,  # type: ignore[arg-type]
        reference=reference if ours else reference or local(node),
        validated_on=validated,
        reviewed_on=day(source, node, "poincon:reviewedOn"),
        reason=source.text(node, "poincon:reason"),
        sections=tuple(one for one in unpacked(packed) if one in words.PARTS),  # type: ignore[misc]
        residual_risk=_risk(source, node),  # type: ignore[arg-type]
        consulted_on=day(source, node, "poincon:consultedOn"),
    )


def _risk(source: Source, node: Any) -> str:
    written = source.text(node, "poincon:residualRisk")
    return written if written in words.LEVELS else ""


def _audited(source: Source, node: Any, place: str) -> tuple[str | None, date | None]:
    """Return the state that the latest audit status gives, with its day; a status without a day is earlier than any other."""
    found: list[tuple[date, str, date | None]] = []
    for held in source.objects(node, "dpv:hasAuditStatus"):
        if is_text(held):
            continue
        when = day(source, held, "dct:date")
        kinds = [compact(held), *source.kinds(held)]
        found += [(when or date.min, _AUDITS[kind], when) for kind in kinds if kind in _AUDITS]
    if not found:
        return None, None
    if len({status for _, status, _ in found}) > 1:
        source.note(place, _LATEST, kind="note")
    _, status, when = max(found, key=lambda one: (one[0], one[1] == "done"))
    return status, when if status == "done" else None
