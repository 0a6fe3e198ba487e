"""Answers to access requests that give categories of recipients though their names are known."""

from typing import Any

import ibis

from auditor.rules import NotConcerned, Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.droits.desk import answered, counted

OUTSIDE = ("processor", "partner", "authority", "multimodal-service")
"""Kinds of recipients outside the controller's own services."""


def answers_without_names_of_recipients(t: Tables) -> list[dict[str, Any]]:
    """Count the access requests answered without the names of the recipients that the register or the ledger of releases knows.

    Raises:
        NotConcerned: no access request was answered, or no recipient is known by name.
    """
    requests = answered(t, "access")
    known = _known(t)
    if not known:
        raise NotConcerned(
            said("aucun destinataire n’est connu par son nom", "no recipient is known by name"),
        )
    unnamed = requests.filter(~requests.recipients_named.fill_null(False))
    return counted(t, unnamed, "recipients-not-named", measured=ibis.literal(len(known)))


def _known(t: Tables) -> set[str]:
    recipients = t["declared_recipients"]
    names = {row["recipient"] for row in t.ask(recipients.filter(recipients.kind.isin(OUTSIDE)).select("recipient").distinct())}
    if "recorded_releases" in t:
        made = t["recorded_releases"]
        given = made.filter(made.recipient_class != "A", made.published_on.notnull())
        names |= {row["recipient"] for row in t.ask(given.select("recipient").distinct()) if row["recipient"]}
    return names


RULE = Rule(
    id="DROIT-ACC-DEST",
    name="rights.answers-without-names-of-recipients",
    family="droits",
    title=said("Nommer les destinataires réels", "Name the actual recipients"),
    severity=Severity.MAJOR,
    sources=(legal.CJUE_C_154_21,),
    reading=Reading.PARTIAL,
    frames=frozenset({Frame.GDPR}),
    needs=("requests.kind", "requests.answered_on", "requests.received_on", "requests.recipients_named", "declared_recipients"),
    query=answers_without_names_of_recipients,
    message=said(
        "{table} : {requests} réponses d’accès ne nomment pas les destinataires alors que {measured} sont connus par leur nom ; la plus "
        "ancienne demande a été reçue le {oldest}.",
        "{table}: {requests} access answers do not name the recipients though {measured} are known by name; the earliest request was "
        "received on {oldest}.",
    ),
    remediation=said(
        "Tirer la liste des destinataires du registre et du journal des transferts, et la joindre à chaque réponse.",
        "Take the list of recipients from the register and the log of transfers, and join it to each answer.",
    ),
    rationale=said(
        "La Cour de justice a jugé que la personne a le droit de savoir qui, précisément, a reçu ses données, sauf s’il est impossible de "
        "les identifier ou si la demande est abusive. Des catégories ne lui permettent pas d’exercer ses droits auprès d’eux. L’arrêt a "
        "été lu par ses visas et un résumé de son dispositif.",
        "The Court of Justice held that the person has the right to know who, precisely, received the data, unless they cannot be "
        "identified or the request is abusive. Categories do not let the person exercise rights with them. The ruling was read from its "
        "recitals and a summary of its operative part.",
    ),
    judgement=said(
        "Si les destinataires nommés sont bien ceux qui ont reçu les données de cette personne, et si une exception s’appliquait.",
        "Whether the recipients named are those that received this person’s data, and whether an exception applied.",
    ),
)
