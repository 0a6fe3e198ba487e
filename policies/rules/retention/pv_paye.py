"""Fare offences kept after they were paid, or past the year when they were not."""

from typing import Any

from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import counted, past, today


def notices_past_their_terms(t: Tables) -> list[dict[str, Any]]:
    """Count, per table, the notices paid and still in an active store, archived too long, or neither paid nor sent after a year.

    Only a store whose role is « archive » is an archive: a date of archiving in the active table archives nothing.
    """
    notices = t["penalty_notices"]
    paid = notices.paid_on.notnull() & (notices.paid_on <= today(t))
    sent = notices.transmitted_on.notnull() & (notices.transmitted_on <= today(t))
    archived = notices.store_role == "archive"
    stale = paid & archived & past(notices.paid_on, t, "archive")
    owed = notices.filter(~paid, ~sent)
    parts = (
        counted(notices.filter(paid, ~archived), "paid-and-kept", since="paid_on", who=()),
        counted(notices.filter(stale), "archived-too-long", since="paid_on", who=(), term=t.parameter("archive")),
        counted(
            owed.filter(past(owed.recorded_on, t, "unpaid")), "unsettled-too-long", since="recorded_on", who=(), term=t.parameter("unpaid")
        ),
        counted(owed.filter(owed.recorded_on.isnull()), "not-dated", who=()),
    )
    return [row for part in parts for row in t.ask(part)]


RULE = Rule(
    id="BIL-RET-PV-PAYE",
    name="retention.fare-offences-past-payment-or-12-months",
    family="retention",
    title=said("Contraventions : suppression au paiement, 12 mois sinon", "Fare offences: deleted when paid, else after 12 months"),
    severity=Severity.MAJOR,
    sources=(legal.CNIL_2013_275,),
    reading=Reading.PARTIAL,
    frames=frozenset({Frame.GDPR}),
    needs=("penalty_notices.recorded_on", "penalty_notices.paid_on"),
    parameters={"archive": "P2Y", "unpaid": "P12M"},
    query=notices_past_their_terms,
    message=said(
        "{table} (magasin {store}) garde des contraventions au-delà de leur durée : {rows} lignes.",
        "{table} (store {store}) keeps fare offences past their term: {rows} rows.",
    ),
    messages={
        "paid-and-kept": said(
            "{table} (magasin {store}) garde hors archive des contraventions payées : {rows} lignes, la plus ancienne payée le {oldest}.",
            "{table} (store {store}) keeps paid fare offences outside an archive: {rows} rows, the earliest paid on {oldest}.",
        ),
        "archived-too-long": said(
            "{table} (magasin {store}) archive depuis plus de {term} des contraventions payées : {rows} lignes, la plus ancienne payée le "
            "{oldest}.",
            "{table} (store {store}) has archived paid fare offences for more than {term}: {rows} rows, the earliest paid on {oldest}.",
        ),
        "unsettled-too-long": said(
            "{table} (magasin {store}) garde depuis plus de {term} des contraventions ni payées ni transmises : {rows} lignes, la plus "
            "ancienne du {oldest}.",
            "{table} (store {store}) keeps fare offences neither paid nor sent for more than {term}: {rows} rows, the oldest of {oldest}.",
        ),
        "not-dated": said(
            "{table} (magasin {store}) garde {rows} contraventions impayées sans date : leur durée ne peut pas courir.",
            "{table} (store {store}) keeps {rows} unpaid fare offences without a date: their term cannot run.",
        ),
    },
    remediation=said(
        "Supprimer la contravention au paiement ; si une preuve est nécessaire, la déplacer dans une archive externe indépendante, 2 ans "
        "au plus.",
        "Delete the offence when it is paid; where a proof is needed, move it to an independent external archive, for 2 years at most.",
    ),
    rationale=said(
        "Une contravention payée est close : la garder ferait un casier privé des voyageurs. L’ancienne AU-012, sans valeur juridique "
        "depuis 2018 et lue en partie, admettait une archive à part de 2 ans ; non payée, 12 mois, le temps du délit d’habitude, dont le "
        "seuil actuel (code des transports, L. 2242-6) n’a pas été vérifié.",
        "A paid offence is closed: keeping it would make a private criminal record of travellers. The former AU-012, without legal value "
        "since 2018 and read in part, allowed a separate archive for 2 years; unpaid, 12 months, the time of the habitual offence, whose "
        "present threshold (code des transports, L. 2242-6) was not verified.",
    ),
    judgement=said(
        "Un humain vérifie que l’archive est externe et indépendante, et le sort des contraventions transmises au parquet.",
        "A person checks that the archive is external and independent, and what becomes of offences sent to the prosecutor.",
    ),
)
