"""Answers to access requests that leave out a heading of article 15, or the copy of the data."""

from typing import Any

import ibis

from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.droits.desk import answered, counted


def answers_that_leave_something_out(t: Tables) -> list[dict[str, Any]]:
    """Count the access requests answered with fewer headings than due, and those answered without a copy.

    A number of headings, or a copy, that nobody recorded is taken as missing: the controller must be able to show it.

    Raises:
        NotConcerned: no access request was answered.
    """
    requests = answered(t, "access")
    due = int(t.parameter("sections"))
    short = requests.filter(requests.sections.fill_null(0) < due)
    uncopied = requests.filter(~requests.copy_given.fill_null(False))
    fewest = short.sections.fill_null(0).min()
    return [
        *counted(t, short, "answer-incomplete", measured=fewest, threshold=ibis.literal(due)),
        *counted(t, uncopied, "copy-not-given"),
    ]


RULE = Rule(
    id="DROIT-ACC-CONTENU",
    name="rights.answers-that-leave-something-out",
    family="droits",
    title=said("Contenu de la réponse d’accès", "Access answer content"),
    severity=Severity.BLOCKING,
    sources=(legal.GDPR_ART_15,),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("requests.kind", "requests.answered_on", "requests.received_on", "requests.sections", "requests.copy_given"),
    parameters={"sections": "9"},
    query=answers_that_leave_something_out,
    message=said(
        "{table} : {requests} réponses à des demandes d’accès sont incomplètes, la plus ancienne demande reçue le {oldest}.",
        "{table}: {requests} answers to access requests are incomplete, the earliest request received on {oldest}.",
    ),
    messages={
        "answer-incomplete": said(
            "{table} : {requests} réponses d’accès remplissent moins de {threshold} rubriques (au moins une en remplit {measured}), la "
            "plus ancienne demande reçue le {oldest}.",
            "{table}: {requests} access answers fill fewer than {threshold} headings (one at least fills {measured}), the earliest request "
            "received on {oldest}.",
        ),
        "copy-not-given": said(
            "{table} : {requests} réponses d’accès sont parties sans la copie des données, la plus ancienne demande reçue le {oldest}.",
            "{table}: {requests} access answers left without the copy of the data, the earliest request received on {oldest}.",
        ),
    },
    remediation=said(
        "Régénérer le rapport d’accès, rubriques et copie comprises, et l’adresser aux personnes concernées.",
        "Produce the access report again, headings and copy included, and send it to the persons concerned.",
    ),
    rationale=said(
        "La réponse dit tout ce que l’article 15 demande : huit informations, de a) à h), les garanties d’un transfert s’il y en a, et la "
        "copie gratuite des données. Une rubrique sans objet se dit, elle ne s’omet pas : la personne ne peut pas deviner si l’on a oublié "
        "ou s’il n’y avait rien.",
        "The answer says everything article 15 asks for: eight points, a) to h), the safeguards of a transfer if there is one, and the "
        "free copy of the data. A heading with nothing to report says so and is not left out: the person cannot guess whether it was "
        "forgotten or empty.",
    ),
    judgement=said(
        "Si chaque rubrique est compréhensible et vraie, et si la copie contient toutes les données, même tenues à tort.",
        "Whether each heading is intelligible and true, and whether the copy holds all the data, even those wrongly kept.",
    ),
)
