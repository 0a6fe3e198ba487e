"""Free-text fields where anything may be written about a person, and what was found there."""

from typing import Any, Final

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import PART_NOT_CHECKED, REFERENCE_TABLES, as_far_as_known

FREE: Final = ("customers.comment",)
"""Canonical columns that are free text by nature."""
DUE: Final = ("breaches", "fraud_cases")
"""Tables where the law wants sentences: facts of a breach, observations of a person."""
RISKS: Final = ("risk-words-health", "risk-words-origin", "risk-words-opinion", "risk-words-judgement")


def fields_where_anything_may_be_written(t: Tables) -> list[dict[str, Any]]:
    """List the free-text columns, declared, mapped or recognised by their contents, and the words at risk found in any column.

    Tables of codes, of breaches and of fraud cases are left aside for free text, never for words at risk.
    """
    return as_far_as_known(lambda: _fields(t), lambda: _contents(t))


def _fields(t: Tables) -> list[dict[str, Any]]:
    columns, seen = t["declared_columns"], t["observed_columns"]
    declared = _concerned(t, columns.filter(columns.category == "free-text")).select("activity", "table", "column", "file", "line")
    mapped = seen.filter(seen.mapped.isin(FREE)).select("table", "column").distinct()
    alone = mapped.anti_join(declared, ["table", "column"])
    return [{**row, "kind": "free-text-field"} for relation in (declared, alone) for row in t.ask(relation)]


def _contents(t: Tables) -> list[dict[str, Any]]:
    values = t["detected_values"]
    certain = values.filter(values.certain).select("table", "column", "store", "store_role", "detector", "rows", "share")
    columns, seen = t["declared_columns"], t["observed_columns"]
    told = columns.filter(columns.category == "free-text").select("table", "column")
    known = told.union(seen.filter(seen.mapped.isin(FREE)).select("table", "column")).distinct()
    loose = _concerned(t, certain.filter(certain.detector == "free-text")).anti_join(known, ["table", "column"])
    found = [{**row, "kind": "free-text-found"} for row in t.ask(loose.drop("detector"))]
    return found + [{**row, "kind": "words-at-risk"} for row in t.ask(certain.filter(certain.detector.isin(RISKS)))]


def _concerned(t: Tables, columns: Relation) -> Relation:
    stores = t["observed_stores"]
    return columns.anti_join(stores.filter(stores.canonical.isin([*REFERENCE_TABLES, *DUE])).select("table"), "table")


RULE = Rule(
    id="BIL-DON-LIBRE",
    name="status.free-text-about-persons",
    family="statut",
    title=said("Zones de commentaire libre", "Free-text fields"),
    severity=Severity.MAJOR,
    sources=(legal.GDPR_ART_5_1_C, legal.CNIL_2009_002),
    reading=Reading.PARTIAL,
    frames=frozenset({Frame.GDPR}),
    needs=("declared_columns", "observed_columns", "observed_stores"),
    query=fields_where_anything_may_be_written,
    message=said("{table}.{column} est une zone de texte libre.", "{table}.{column} is a free-text field."),
    messages={
        "free-text-field": said(
            "{table}.{column} est une zone de texte libre, où tout peut s’écrire sur une personne.",
            "{table}.{column} is a free-text field, where anything may be written about a person.",
        ),
        "free-text-found": said(
            "{table}.{column} (magasin {store}) contient des phrases libres que le registre ne présente pas comme telles : {rows} lignes "
            "({share}).",
            "{table}.{column} (store {store}) holds free sentences that the register does not present as such: {rows} rows ({share}).",
        ),
        "words-at-risk": said(
            "{table}.{column} (magasin {store}) contient des mots à risque ({detector}) : {rows} lignes ({share}).",
            "{table}.{column} (store {store}) holds words at risk ({detector}): {rows} rows ({share}).",
        ),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Remplacer la zone par une liste fermée de valeurs ; purger les mentions excessives.",
        "Replace the field with a closed list of values; purge excessive remarks.",
    ),
    rationale=said(
        "Une zone de commentaire finit par contenir une maladie, une origine, un jugement, sans que personne l’ait décidé ni le relise. Le "
        "RGPD veut des données limitées au nécessaire. La liste fermée est la pratique adoptée à Rennes après l’avertissement de 2009, "
        "connue par la presse : elle se recommande, elle ne s’impose pas.",
        "A comment field ends up holding an illness, an origin, a judgement, though nobody decided it nor reads it again. The GDPR wants "
        "data limited to what is necessary. The closed list is the practice adopted in Rennes after the 2009 warning, known from the "
        "press: it is advised, not imposed.",
    ),
    judgement=said(
        "Un humain lit un échantillon des mentions signalées : un mot à risque peut être innocent, une phrase sans lui ne l’être pas.",
        "A person reads a sample of the remarks reported: a word at risk may be innocent, and a sentence without one may not be.",
    ),
)
