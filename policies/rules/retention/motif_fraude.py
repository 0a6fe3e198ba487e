"""Customer records that still say « fraud » three years after the relation ended."""

from functools import reduce
from typing import Any

import ibis.expr.types as ir

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import counted, past


def fraud_flags_past_their_term(t: Tables) -> list[dict[str, Any]]:
    """Count, per table, the records closed for fraud before the term, and those whose closing is not dated.

    A reason tells of fraud when it contains one of the words of the parameter `reasons`, whatever its case.
    """
    flagged = _closed_for_fraud(t["customers"], t)
    overdue = counted(flagged.filter(past(flagged.closed_on, t)), "row-past-its-term", since="closed_on", term=t.parameter("term"))
    return [*t.ask(overdue), *t.ask(counted(flagged.filter(flagged.closed_on.isnull()), "not-dated"))]


def _closed_for_fraud(customers: Relation, t: Tables) -> Relation:
    reason = customers.closing_reason.lower()
    words = [reason.contains(word) for word in t.parameter("reasons").lower().split()]
    told: ir.BooleanValue = reduce(lambda one, other: one | other, words)
    return customers.filter(customers.closing_reason.notnull(), told)


RULE = Rule(
    id="BIL-RET-MOTIF-FRAUDE-3Y",
    name="retention.fraud-flags-past-3-years",
    family="retention",
    title=said("Motif de fraude au dossier client : 3 ans", "Fraud flag on the customer file: 3 years"),
    severity=Severity.MAJOR,
    sources=(legal.CNIL_2013_248, legal.CNIL_2017_266),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("customers.closing_reason", "customers.closed_on", "customers.customer"),
    parameters={"term": "P3Y", "reasons": "fraud"},
    query=fraud_flags_past_their_term,
    message=said(
        "{table} (magasin {store}) garde depuis plus de {term} le motif de fraude de {customers} clients, le plus ancien du {oldest}.",
        "{table} (store {store}) has kept the fraud flag of {customers} customers for more than {term}, the oldest of {oldest}.",
    ),
    messages={
        "not-dated": said(
            "{table} (magasin {store}) porte un motif de fraude sans date de clôture pour {customers} clients : sa durée ne peut pas "
            "courir.",
            "{table} (store {store}) bears a fraud flag without a closing date for {customers} customers: its term cannot run.",
        ),
    },
    remediation=said(
        "Effacer le motif ; garder le reste de la fiche selon sa propre durée.",
        "Erase the flag; keep the rest of the record according to its own term.",
    ),
    rationale=said(
        "Un motif de fraude suit la personne : il peut lui fermer un guichet des années après. Dans ses avis sur le fichier de Comutitres, "
        "la CNIL a admis 3 ans à compter de la résiliation, puis l’effacement. Ces avis visaient cet organisme : ils éclairent les autres "
        "sans les lier. Les mots qui disent la fraude se règlent.",
        "A fraud flag follows the person: it may close a counter to them years later. In its opinions on Comutitres’ file the CNIL "
        "allowed 3 years from the end of the contract, then erasure. Those opinions addressed that body: they enlighten the others "
        "without binding them. The words that tell of fraud can be set.",
    ),
)
