"""Unsettled debts kept past two years, and entries that are not debts."""

from typing import Any

from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import counted, past, today


def debts_past_their_term(t: Tables) -> list[dict[str, Any]]:
    """Count, per table, the unsettled incidents past the term or without a date, and the entries whose reason is no debt.

    A settlement dated in the future is no settlement yet. Where no reason is mapped every entry passes for a debt.
    """
    incidents = t["payment_incidents"]
    owed = incidents.filter(incidents.settled_on.isnull() | (incidents.settled_on > today(t)))
    overdue = counted(owed.filter(past(owed.occurred_on, t)), "row-past-its-term", since="occurred_on", term=t.parameter("term"))
    undated = counted(owed.filter(owed.occurred_on.isnull()), "not-dated")
    debts = t.parameter("reasons").lower().split()
    other = incidents.filter(incidents.reason.notnull(), ~incidents.reason.lower().isin(debts))
    no_debt = counted(other, "not-a-debt", since="occurred_on")
    return [*t.ask(overdue), *t.ask(undated), *t.ask(no_debt)]


RULE = Rule(
    id="BIL-RET-IMPAYE-2Y",
    name="retention.unsettled-debts-past-2-years",
    family="retention",
    title=said("Impayé non régularisé : 2 ans", "Unsettled debt: 2 years at most"),
    severity=Severity.MAJOR,
    sources=(legal.CNIL_QUESTIONS, legal.CNIL_2021_130),
    reading=Reading.VERIFIED,
    needs=("payment_incidents.occurred_on", "payment_incidents.settled_on"),
    parameters={"term": "P2Y", "reasons": "unpaid"},
    query=debts_past_their_term,
    message=said(
        "{table} (magasin {store}) garde des impayés non régularisés de plus de {term} : {rows} incidents, {cards} cartes, le plus ancien "
        "du {oldest}.",
        "{table} (store {store}) keeps unsettled debts older than {term}: {rows} incidents, {cards} cards, the oldest of {oldest}.",
    ),
    messages={
        "not-dated": said(
            "{table} (magasin {store}) garde {rows} impayés non régularisés sans date : leur durée ne peut pas courir.",
            "{table} (store {store}) keeps {rows} unsettled debts without a date: their term cannot run.",
        ),
        "not-a-debt": said(
            "{table} (magasin {store}) inscrit pour un autre motif qu’un impayé avéré : {rows} lignes, {cards} cartes.",
            "{table} (store {store}) records entries for another reason than a proven debt: {rows} rows, {cards} cards.",
        ),
    },
    remediation=said(
        "Supprimer l’inscription ; s’il y a procès, la garder dans une archive contentieuse séparée. Comparer la durée au référentiel "
        "2021-130.",
        "Remove the entry; where there is a lawsuit, keep it in a separate litigation archive. Compare the term with reference 2021-130.",
    ),
    rationale=said(
        "Une liste d’impayés prive de transport : elle ne peut contenir que des dettes avérées, et pas indéfiniment. Les réponses de la "
        "CNIL fixent 2 ans au plus ; un soupçon, une incivilité ou une note n’y ont pas leur place. Les durées du référentiel de 2021 "
        "sur les impayés n’ont pas été lues.",
        "A list of debts deprives people of transport: it may hold proven debts only, and not forever. The CNIL’s answers set 2 years at "
        "most; a suspicion, an incivility or a score have no place in it. The terms of the 2021 reference on debts were not read.",
    ),
    judgement=said(
        "Un humain vérifie que chaque inscription est une dette avérée, surtout si aucun motif n’est tenu, et si un procès justifie une "
        "archive.",
        "A person checks that each entry is a proven debt, above all where no reason is held, and whether a lawsuit justifies an archive.",
    ),
)
