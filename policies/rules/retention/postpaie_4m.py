"""Post-payment billing that is kept too long, or that tells where people travelled."""

from functools import reduce

import ibis
from ibis import _

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import PLACES, concerns_stores


def billing_rows_too_old_or_placed(t: Tables) -> Relation:
    """Count, per billing table, the rows past the term, and for each column that tells a place the rows that fill it."""
    concerns_stores(t, "postpaid")
    taps = t["validations"]
    billed = taps.filter(taps.store_role == "postpaid")
    placed = [_holding(billed, billed[place].notnull(), t, "place-held", place) for place in PLACES]
    overdue = _holding(billed, billed.tapped_at < t.limit("term"), t, "row-past-its-term", None)
    return reduce(lambda one, other: one.union(other), placed, overdue)


def _holding(billed: Relation, breach: ibis.expr.types.BooleanValue, t: Tables, kind: str, place: str | None) -> Relation:
    counted = billed.group_by([billed.physical.name("table"), billed.store, billed.store_role]).agg(
        total=billed.count(),
        rows=breach.sum().cast("int64"),
        cards=billed.card.nunique(where=breach),
        oldest=billed.tapped_at.min(where=breach),
    )
    found = counted.filter(_.rows > 0).mutate(
        share=_.rows / _.total,
        kind=ibis.literal(kind),
        term=ibis.literal(t.parameter("term") if place is None else None, type="string"),
    )
    return _at_raw_column(found, t, place).drop("total")


def _at_raw_column(found: Relation, t: Tables, place: str | None) -> Relation:
    """Name the source's own column; the canonical name where the source was not looked at."""
    if place is None:
        return found.mutate(column=ibis.literal(None, type="string"))
    seen = t["observed_columns"]
    raw = seen.filter(seen.mapped == f"validations.{place}").group_by([seen.table.name("raw_table")]).agg(raw=seen.column.min())
    named = found.left_join(raw, found.table == raw.raw_table)
    return named.mutate(column=named.raw.fill_null(place)).drop("raw", "raw_table")


RULE = Rule(
    id="BIL-RET-POSTPAIE-4M",
    name="retention.postpaid-past-4-months-or-with-place",
    family="retention",
    title=said("Post-paiement : 4 mois, sans le lieu", "Post-payment: 4 months, place excluded"),
    severity=Severity.BLOCKING,
    sources=(legal.CNIL_2011_107_ART_4, legal.CNIL_QUESTIONS),
    reading=Reading.VERIFIED,
    needs=("validations.tapped_at",),
    parameters={"term": "P4M"},
    query=billing_rows_too_old_or_placed,
    message=said(
        "{table} (magasin {store}) garde des données de facturation au-delà de ce qui est admis : {rows} lignes, {cards} cartes.",
        "{table} (store {store}) keeps billing data beyond what is allowed: {rows} rows, {cards} cards.",
    ),
    messages={
        "row-past-its-term": said(
            "{table} (magasin {store}) garde des données de post-paiement de plus de {term} : "
            "{rows} lignes, {cards} cartes, la plus ancienne du {oldest}.",
            "{table} (store {store}) keeps post-payment data older than {term}: {rows} rows, {cards} cards, the oldest of {oldest}.",
        ),
        "place-held": said(
            "{table} (magasin {store}) garde dans la colonne {column} le lieu du passage, ou de quoi le déduire : {rows} lignes, "
            "{cards} cartes.",
            "{table} (store {store}) keeps in column {column} the place of the tap, or what tells it: {rows} rows, {cards} cards.",
        ),
    },
    remediation=said(
        "Purger à 4 mois ; retirer le lieu et ce qui permet de le déduire (arrêt, ligne, véhicule, valideur) ; facturer sur des "
        "tranches tarifaires.",
        "Purge at 4 months; remove the place and what tells it (stop, line, vehicle, validator); bill on fare bands.",
    ),
    rationale=said(
        "Facturer après coup demande de garder la trace des voyages plus longtemps que 48 heures : le repère de la CNIL l’admet 4 mois, "
        "à condition que le lieu n’y soit pas. Un numéro de valideur ou de véhicule dit le lieu aussi sûrement que le nom de l’arrêt.",
        "Billing afterwards means keeping a trace of journeys longer than 48 hours: the CNIL’s benchmark allows 4 months, provided "
        "the place is left out. A validator or a vehicle number tells the place as surely as the name of the stop.",
    ),
)
