"""Fraud alarms that led to no case, and proven frauds outside any proceedings, kept past their terms."""

from typing import Any

from auditor.engine.base import Relation
from auditor.rules import NotConcerned, Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known, counted, past, some


def alarms_and_cases_past_their_terms(t: Tables) -> list[dict[str, Any]]:
    """Count, per table, the alarms without a case and the cases without proceedings past their terms, or without a date.

    An alarm that names a case which is no longer held is an alarm without a case.

    Raises:
        NotConcerned: the network keeps neither alarms nor cases.
    """
    stores = t["observed_stores"]
    if {"fraud_alerts", "fraud_cases"} <= t.absent and not some(t, stores.filter(stores.canonical.isin(["fraud_alerts", "fraud_cases"]))):
        raise NotConcerned(
            said("le réseau ne tient ni alarme ni dossier de fraude", "the network keeps neither fraud alarms nor fraud cases"),
        )
    return as_far_as_known(lambda: _alarms(t), lambda: _cases(t))


def _alarms(t: Tables) -> list[dict[str, Any]]:
    alerts = t.held("fraud_alerts", "raised_at", "case_number")
    if alerts is None:
        return []
    alone = _without_a_case(alerts, t)
    overdue = counted(alone.filter(past(alone.raised_at, t, "alarm")), "alarm-without-case", since="raised_at", term=t.parameter("alarm"))
    return [*t.ask(overdue), *t.ask(counted(alone.filter(alone.raised_at.isnull()), "not-dated"))]


def _without_a_case(alerts: Relation, t: Tables) -> Relation:
    if "fraud_cases" in t.absent:
        return alerts.filter(alerts.case_number.isnull())
    cases = t.held("fraud_cases", "case_number")
    return alerts if cases is None else alerts.anti_join(cases, "case_number")


def _cases(t: Tables) -> list[dict[str, Any]]:
    cases = t.held("fraud_cases", "opened_on", "proceedings")
    if cases is None:
        return []
    outside = cases.filter(cases.proceedings.fill_null("") == "")
    term = t.parameter("case")
    overdue = counted(outside.filter(past(outside.opened_on, t, "case")), "case-without-proceedings", since="opened_on", term=term)
    return [*t.ask(overdue), *t.ask(counted(outside.filter(outside.opened_on.isnull()), "not-dated"))]


RULE = Rule(
    id="BIL-RET-FRAUDE-ALARME",
    name="retention.fraud-alarms-and-cases-past-their-terms",
    family="retention",
    title=said("Alarmes et dossiers de fraude", "Fraud alarms and proven cases"),
    severity=Severity.MAJOR,
    sources=(legal.CNIL_03_008,),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("observed_stores",),
    parameters={"alarm": "P14D", "case": "P6M"},
    query=alarms_and_cases_past_their_terms,
    message=said(
        "{table} (magasin {store}) garde des alarmes ou des dossiers de fraude au-delà de leur durée : {rows} lignes, {cards} cartes.",
        "{table} (store {store}) keeps fraud alarms or cases past their term: {rows} rows, {cards} cards.",
    ),
    messages={
        "alarm-without-case": said(
            "{table} (magasin {store}) garde depuis plus de {term} des alarmes restées sans dossier : {rows} alarmes, {cards} cartes, la "
            "plus ancienne du {oldest}.",
            "{table} (store {store}) keeps alarms that led to no case for more than {term}: {rows} alarms, {cards} cards, the oldest of "
            "{oldest}.",
        ),
        "case-without-proceedings": said(
            "{table} (magasin {store}) garde depuis plus de {term} des dossiers de fraude sans procédure judiciaire : {rows} dossiers, "
            "{cards} cartes, le plus ancien du {oldest}.",
            "{table} (store {store}) keeps fraud cases without judicial proceedings for more than {term}: {rows} cases, {cards} cards, "
            "the oldest of {oldest}.",
        ),
        "not-dated": said(
            "{table} (magasin {store}) garde {rows} alarmes ou dossiers sans date : leur durée ne peut pas courir.",
            "{table} (store {store}) keeps {rows} alarms or cases without a date: their term cannot run.",
        ),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Purger les alarmes et les dossiers échus, ou ouvrir un dossier motivé, en accès restreint, avec la référence de la procédure.",
        "Purge the alarms and cases past their term, or open a reasoned case, with restricted access and the reference of proceedings.",
    ),
    rationale=said(
        "Une alarme est un soupçon : une machine a cru voir une anomalie. La garder sans suite transforme le soupçon en fichier. "
        "L’avis de la CNIL sur Navigo laisse 14 jours pour l’analyser et 6 mois à une fraude avérée hors procédure. Il visait la RATP ; "
        "aucune durée générale n’a été lue, et ces valeurs se règlent.",
        "An alarm is a suspicion: a machine thought it saw an anomaly. Keeping it without follow-up turns suspicion into a file. The "
        "CNIL’s opinion on Navigo leaves 14 days to analyse it and 6 months to a proven fraud outside proceedings. It addressed the "
        "RATP; no general term was read, and these values can be set.",
    ),
    judgement=said(
        "Un humain vérifie que la référence de procédure désigne une procédure réelle, et que le dossier est motivé.",
        "A person checks that the reference of proceedings designates real proceedings, and that the case is reasoned.",
    ),
)
