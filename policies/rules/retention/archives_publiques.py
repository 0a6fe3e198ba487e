"""Data destroyed at term without an agreement with the public archives."""

from typing import Any

from auditor.rules import Rule, Tables
from auditor.vocabulary.errors import CouldNotCheck
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.pieces import once, shown, worded
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known

DESTROYED = ("delete", "anonymise")
"""Fates that destroy the record as it was: both are a disposal of public archives."""


def disposals_without_an_agreement(t: Tables) -> list[dict[str, Any]]:
    """List the declared terms without a final fate, those that destroy without naming an agreement, and the faults of its piece.

    Raises:
        CouldNotCheck: no activity declares a term.
        TableAbsent: every term names an agreement, and the network has no evidence folder to show it.
    """
    terms = t.ask(t["declared_retention"])
    if not terms:
        raise CouldNotCheck(
            "No activity of the register declares a retention term.",
            "Nobody can tell what is destroyed, nor under which agreement.",
            "Write `retention` in each activity.",
        )
    return as_far_as_known(lambda: [row for term in terms for row in _gaps(term)], lambda: _faults(t, terms))


def _gaps(term: dict[str, Any]) -> list[dict[str, Any]]:
    place = {name: term[name] for name in ("activity", "table", "file", "line")} | {"value": term["data"]}
    if not term["fate"]:
        return [{**place, "kind": "no-final-fate"}]
    if term["fate"] in DESTROYED and not (term["archives_agreement"] or "").strip():
        return [{**place, "kind": "no-archives-agreement"}]
    return []


def _faults(t: Tables, terms: list[dict[str, Any]]) -> list[dict[str, Any]]:
    relying = sorted({term["activity"] for term in terms if term["fate"] in DESTROYED and (term["archives_agreement"] or "").strip()})
    return once({"activity": one, **fault} for one in relying for fault in shown(t, "archives-agreement", activity=one))


RULE = Rule(
    id="BIL-RET-ARCH-PUB",
    name="retention.disposals-without-an-archives-agreement",
    family="retention",
    title=said("Archives publiques : tri avant destruction", "Public archives: agreed disposal"),
    severity=Severity.MAJOR,
    sources=(legal.CODE_PATRIMOINE_L_212_3, legal.CNIL_ARCHIVES),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("declared_retention",),
    query=disposals_without_an_agreement,
    message=said(
        "La fiche {activity} détruit « {value} » à l’échéance sans accord avec les archives publiques.",
        "The record {activity} destroys “{value}” at term without an agreement with the public archives.",
    ),
    messages={
        "no-final-fate": said(
            "La fiche {activity} ne dit pas le sort final de « {value} ».",
            "The record {activity} does not tell the final fate of “{value}”.",
        ),
        "no-archives-agreement": said(
            "La fiche {activity} détruit « {value} » à l’échéance sans référence d’accord ni de bordereau d’élimination.",
            "The record {activity} destroys “{value}” at term without the reference of an agreement or a disposal slip.",
        ),
        **worded("Accord avec les archives publiques", "Agreement with the public archives"),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Conclure avec les archives départementales un accord permanent qui couvre la purge quotidienne des validations ; en porter la "
        "référence au registre et verser l’accord dans le dossier evidence/.",
        "Conclude with the public archives a standing agreement that covers the daily purge of taps; write its reference in the record and "
        "put the agreement in the evidence/ folder.",
    ),
    rationale=said(
        "Les données d’une mission de service public sont des archives publiques : à l’échéance, elles se trient, et ce qui se détruit se "
        "détruit avec l’accord de l’administration des archives. La purge que demande le RGPD et le tri que demande le code du patrimoine "
        "se concilient par un accord permanent, signé une fois.",
        "The data of a public service are public archives: at term they are sorted, and what is destroyed is destroyed with the agreement "
        "of the archives administration. The purge the GDPR asks for and the sorting heritage law asks for are reconciled by a standing "
        "agreement, signed once.",
    ),
    judgement=said(
        "Un humain vérifie que l’accord couvre bien la catégorie détruite, et que l’organisme tient ces données d’une mission de service "
        "public.",
        "A person checks that the agreement covers the category destroyed, and that the body holds these data from a public service.",
    ),
)
