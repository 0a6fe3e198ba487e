"""Gaps between the register and what the databases hold, in both directions."""

from functools import reduce

import ibis
from ibis import _

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import REFERENCE_TABLES

_SHAPE = {
    "activity": "string",
    "table": "string",
    "column": "string",
    "file": "string",
    "line": "int64",
    "kind": "string",
    "category": "string",
    "columns": "int64",
    "oldest": "timestamp",
    "declared": "string",
    "recipient": "string",
}


def gaps_between_register_and_facts(t: Tables) -> Relation:
    """List the tables, columns, terms and accounts that the register and the databases do not tell alike."""
    gaps = [
        _tables_not_declared(t),
        _columns_not_declared(t),
        _tables_gone(t),
        _columns_gone(t),
        _older_than_declared(t),
        _terms_not_measured(t),
        *_accounts_not_declared(t),
    ]
    return reduce(lambda one, other: one.union(other), gaps)


def _observed(t: Tables) -> Relation:
    """Columns of the tables that hold personal data: tables of codes are left aside."""
    stores = t["observed_stores"]
    codes = stores.filter(stores.canonical.isin(REFERENCE_TABLES)).select("table")
    return t["observed_columns"].anti_join(codes, "table")


def _tables_not_declared(t: Tables) -> Relation:
    unknown = _observed(t).anti_join(t["declared_tables"], "table")
    return _told(unknown.group_by("table").agg(columns=unknown.column.nunique()), "table-not-declared")


def _columns_not_declared(t: Tables) -> Relation:
    covered = _observed(t).semi_join(t["declared_tables"], "table")
    unknown = covered.anti_join(t["declared_columns"], ["table", "column"])
    return _told(unknown.select("table", "column").distinct(), "column-not-declared")


def _tables_gone(t: Tables) -> Relation:
    declared = t["declared_tables"]
    source = declared.table.split(".")[0]
    unknown = sorted(t.absent_sources)
    readable = declared.filter(~source.isin(unknown) & ~declared.table.isin(unknown)) if unknown else declared
    return _told(readable.anti_join(t["observed_columns"], "table"), "table-gone")


def _columns_gone(t: Tables) -> Relation:
    seen = t["observed_columns"]
    still_there = t["declared_columns"].semi_join(seen, "table")
    return _told(still_there.anti_join(seen, ["table", "column"]), "column-gone")


def _older_than_declared(t: Tables) -> Relation:
    seen = t["observed_extremes"]
    measured = seen.select("table", "column", oldest_of_all=seen.oldest, oldest_identified=seen.oldest_identified)
    terms = t["declared_retention"].filter(_.oldest_allowed.notnull())
    held = terms.join(measured, ["table", "column"])
    oldest = ibis.ifelse(held.applies_to == "identified", held.oldest_identified, held.oldest_of_all).cast("timestamp")
    dated = held.mutate(oldest=oldest, declared=held.term)
    return _told(dated.filter(dated.oldest < dated.oldest_allowed), "older-than-declared")


def _terms_not_measured(t: Tables) -> Relation:
    terms = t["declared_retention"].filter(_.oldest_allowed.notnull())
    there = terms.semi_join(t["observed_columns"], ["table", "column"])
    unmeasured = there.anti_join(t["observed_extremes"], ["table", "column"])
    return _told(unmeasured.mutate(declared=unmeasured.term), "term-not-measured")


def _accounts_not_declared(t: Tables) -> list[Relation]:
    grants = t.held("grants", "role", "table")
    if grants is None:
        return []
    accounts = t["declared_recipients"].filter(_.account.notnull()).select(role=_.account)
    stores = t["observed_stores"]
    codes = stores.filter(stores.canonical.isin(REFERENCE_TABLES)).select("table")
    undeclared = grants.anti_join(codes, "table").anti_join(accounts, "role").filter(_.role.notnull())
    return [_told(undeclared.select("table", recipient=undeclared.role).distinct(), "recipient-not-declared")]


def _told(gaps: Relation, kind: str) -> Relation:
    told = gaps.mutate(kind=ibis.literal(kind))
    absent = {name: ibis.literal(None, type=type_) for name, type_ in _SHAPE.items() if name not in told.columns}
    whole = told.mutate(**absent)
    return whole.select(*(whole[name].cast(type_).name(name) for name, type_ in _SHAPE.items()))


RULE = Rule(
    id="REG-CONCORDANCE",
    name="governance.register-and-facts-differ",
    family="gouvernance",
    title=said("Registre conforme à la réalité", "The record matches the databases"),
    severity=Severity.MAJOR,
    sources=(legal.GDPR_ART_5_2, legal.CNIL_REGISTRE),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=(
        "observed_columns",
        "observed_stores",
        "observed_extremes",
        "declared_tables",
        "declared_columns",
        "declared_retention",
        "declared_recipients",
    ),
    query=gaps_between_register_and_facts,
    message=said("Le registre et les bases ne concordent pas : {table}.", "The register and the databases differ: {table}."),
    messages={
        "table-not-declared": said(
            "{table} ({columns} colonnes) existe et aucune fiche ne la déclare.",
            "{table} ({columns} columns) exists and no activity declares it.",
        ),
        "column-not-declared": said(
            "{table}.{column} existe et aucune fiche ne la déclare.", "{table}.{column} exists and no activity declares it."
        ),
        "table-gone": said(
            "La fiche {activity} déclare {table}, qui est introuvable.", "The record {activity} declares {table}, which was not found."
        ),
        "column-gone": said(
            "La fiche {activity} déclare {table}.{column}, qui est introuvable.",
            "The record {activity} declares {table}.{column}, which was not found.",
        ),
        "older-than-declared": said(
            "{table}.{column} remonte au {oldest}, alors que la fiche {activity} déclare une conservation de {declared}.",
            "{table}.{column} goes back to {oldest}, though the record {activity} declares a retention of {declared}.",
        ),
        "term-not-measured": said(
            "La fiche {activity} déclare une conservation de {declared} sur {table}.{column}, que la correspondance des données ne lit pas "
            "comme une date : la durée n’a pas pu être mesurée.",
            "The record {activity} declares a retention of {declared} on {table}.{column}, which the mapping does not read as a date: "
            "the term could not be measured.",
        ),
        "recipient-not-declared": said(
            "Le compte {recipient} a des droits sur {table} et n’est déclaré chez aucun destinataire.",
            "The account {recipient} has privileges on {table} and belongs to no declared recipient.",
        ),
    },
    remediation=said(
        "Corriger la base ou la fiche, et dater la correction.",
        "Correct the database or the record, and date the correction.",
    ),
    rationale=said(
        "Un registre qui ne reflète pas la réalité ne prouve rien. L’écart se lit dans les deux sens : ce que les bases contiennent sans "
        "l’avoir déclaré, et ce que le registre promet sans que les bases le tiennent. Les tables de codes (titres, arrêts, lignes, "
        "profils, tarifs) ne portent pas de donnée personnelle et ne sont pas concernées.",
        "A record that does not reflect the facts proves nothing. The gap is read both ways: what the databases hold without saying so, "
        "and what the record promises and the databases do not keep. Tables of codes (products, stops, lines, profiles, fares) hold no "
        "personal data and are not concerned.",
    ),
)
