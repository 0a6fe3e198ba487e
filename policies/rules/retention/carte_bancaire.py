"""Payment card numbers and security codes found in the contents of the sources."""

from typing import Any

import ibis

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.errors import CouldNotCheck
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.schema import TABLES, Kind
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import PART_NOT_CHECKED, past

_MOMENTS = tuple(
    f"{name}.{column}" for name, table in TABLES.items() for column, given in table.columns.items() if given.kind is Kind.INSTANT
)
"""Columns that date what a table tells, rather than a birth or an expiry."""


def payment_cards_held(t: Tables) -> list[dict[str, Any]]:
    """List the columns where security codes or payment card numbers were recognised beyond an accident.

    A number in an archive store is a proof of payment, admitted until the term when the table is dated; anywhere else it is
    told, with the oldest moment of its table. A security code is never admitted.

    Raises:
        CouldNotCheck: nothing is certain, and a column may hold such numbers: a person has to look.
    """
    values = t["detected_values"].filter(t["detected_values"].detector.isin(["pan", "cvv"]))
    held = _held(t, values.filter(values.certain))
    doubtful = {f"{row['table']}.{row['column']}" for row in t.ask(values.filter(~values.certain.fill_null(False)))}
    unsure = sorted(doubtful - {f"{row['table']}.{row['column']}" for row in held})
    if unsure and not held:
        raise CouldNotCheck(
            f"Column {unsure[0]} may hold payment card data, too few for certainty.",
            "A handful of payment card numbers cannot be told from an accident.",
            "Have a person look at the columns that `poincon scan` says are to be confirmed.",
        )
    return [*held, *({"kind": "part-not-checked", "missing": place} for place in unsure)]


def _held(t: Tables, found: Relation) -> list[dict[str, Any]]:
    first = _first_moments(t)
    placed = found.left_join(first, found.table == first.dated_table)
    told = placed.mutate(
        kind=ibis.cases(
            (placed.detector == "cvv", "cvv-held"),
            (placed.store_role != "archive", "pan-held"),
            (placed.oldest.isnull(), "not-dated"),
            (past(placed.oldest, t), "pan-past-its-term"),
        ),
        term=ibis.literal(t.parameter("term")),
    )
    columns = ("table", "column", "store", "store_role", "kind", "rows", "share", "oldest", "term")
    return t.ask(told.filter(told.kind.notnull()).select(*columns))


def _first_moments(t: Tables) -> Relation:
    seen = t["observed_extremes"]
    dated = seen.filter(seen.canonical.isin(_MOMENTS))
    return dated.group_by(dated.table.name("dated_table")).agg(oldest=dated.oldest.min())


RULE = Rule(
    id="BIL-RET-CB",
    name="retention.payment-card-data-held",
    family="retention",
    title=said("Données de carte bancaire", "Payment card data"),
    severity=Severity.BLOCKING,
    sources=(legal.CNIL_2018_303_ART_4, legal.CNIL_2013_358_ART_3, legal.CNIL_2013_129),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("detected_values", "observed_extremes"),
    parameters={"term": "P13M"},
    query=payment_cards_held,
    message=said(
        "{table}.{column} (magasin {store}) contient des numéros de carte bancaire : {rows} lignes.",
        "{table}.{column} (store {store}) holds payment card numbers: {rows} rows.",
    ),
    messages={
        "cvv-held": said(
            "{table}.{column} (magasin {store}) contient des cryptogrammes de carte bancaire : {rows} lignes ({share}).",
            "{table}.{column} (store {store}) holds payment card security codes: {rows} rows ({share}).",
        ),
        "pan-held": said(
            "{table}.{column} (magasin {store}) contient des numéros de carte bancaire hors de toute archive : {rows} lignes ({share}).",
            "{table}.{column} (store {store}) holds payment card numbers outside any archive: {rows} rows ({share}).",
        ),
        "pan-past-its-term": said(
            "{table}.{column} (magasin {store}) garde en archive des numéros de carte bancaire depuis plus de {term} : {rows} lignes, les "
            "plus anciennes du {oldest}.",
            "{table}.{column} (store {store}) keeps payment card numbers in archive for more than {term}: {rows} rows, the oldest of "
            "{oldest}.",
        ),
        "not-dated": said(
            "{table}.{column} (magasin {store}) garde en archive {rows} numéros de carte bancaire que rien ne date : leur durée ne peut "
            "pas courir.",
            "{table}.{column} (store {store}) keeps in archive {rows} payment card numbers that nothing dates: their term cannot run.",
        ),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Remplacer le numéro par un jeton du prestataire de paiement, ou le tronquer ; purger le cryptogramme sans délai.",
        "Replace the number with a token of the payment provider, or truncate it; purge the security code at once.",
    ),
    rationale=said(
        "Un numéro de carte bancaire volé sert à payer. La CNIL l’admet jusqu’au paiement effectif ou à la dernière échéance, puis 13 mois "
        "en archive comme preuve (15 mois en débit différé) ; le cryptogramme ne se garde jamais après la première transaction. Une "
        "reconnaissance incertaine ne condamne pas : la règle dit alors qu’elle n’a pas pu vérifier.",
        "A stolen payment card number is used to pay. The CNIL allows it until the actual payment or the last instalment, then 13 months "
        "in archive as proof (15 months for deferred debit); the security code is never kept after the first transaction. An uncertain "
        "recognition does not convict: the rule then says that it could not check.",
    ),
    judgement=said(
        "Un humain vérifie si un paiement encore dû justifie le numéro hors archive : le contenu ne dit pas si l’échéance est passée.",
        "A person checks whether a payment still due justifies the number outside the archive: contents do not tell if it is over.",
    ),
)
