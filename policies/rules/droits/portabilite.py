"""Portability requests answered in a form that no machine reads."""

import re
from typing import Any

from auditor.rules import NotConcerned, Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.droits.desk import answered, counted
from policies.rules.questions import some

PORTABLE = ("consent", "contract")
"""Legal bases that open the right (art. 20(1)); a public-interest task closes it."""


def answers_that_no_machine_reads(t: Tables) -> list[dict[str, Any]]:
    """Count the portability requests answered without a single structured format.

    Raises:
        NotConcerned: no purpose rests on consent or on a contract, or no portability request was answered.
    """
    purposes = t["declared_purposes"]
    if not some(t, purposes.filter(purposes.basis.isin(PORTABLE))):
        raise NotConcerned(
            said(
                "aucune finalité ne repose sur un consentement ou un contrat",
                "no purpose rests on consent or on a contract",
            )
        )
    requests = answered(t, "portability")
    structured = "|".join(re.escape(word) for word in t.parameter("formats").lower().split())
    given = requests.formats.fill_null("").lower()
    readable = given.re_search(rf"(^|[^a-z0-9])({structured})([^a-z0-9]|$)")
    return counted(t, requests.filter(~readable), "not-portable")


RULE = Rule(
    id="DROIT-PORTA",
    name="rights.answers-that-no-machine-reads",
    family="droits",
    title=said("Portabilité", "Portability"),
    severity=Severity.MINOR,
    sources=(legal.GDPR_ART_20,),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("requests.kind", "requests.answered_on", "requests.received_on", "requests.formats", "declared_purposes"),
    parameters={"formats": "csv json xml"},
    query=answers_that_no_machine_reads,
    message=said(
        "{table} : {requests} demandes de portabilité servies sans format structuré, la plus ancienne reçue le {oldest}.",
        "{table}: {requests} portability requests served without a structured format, the earliest received on {oldest}.",
    ),
    remediation=said(
        "Fournir à la personne l’export structuré (CSV, JSON ou XML) des données qu’elle a fournies.",
        "Give the person the structured export (CSV, JSON or XML) of the data they provided.",
    ),
    rationale=said(
        "Qui a fourni ses données sur la base d’un contrat ou d’un consentement peut les reprendre dans un format structuré, courant et "
        "lisible par machine, pour les porter ailleurs : un PDF ou une image n’en est pas un. Le droit ne joue pas pour une mission "
        "d’intérêt public.",
        "Whoever provided data under a contract or by consent may take them back in a structured, commonly used and machine-readable "
        "format, to carry them elsewhere: a PDF or an image is not one. The right does not apply to a public-interest task.",
    ),
    judgement=said(
        "Quelles données la personne a fournies, et si la finalité en cause ouvre bien ce droit.",
        "Which data the person provided, and whether the purpose at stake does open this right.",
    ),
)
