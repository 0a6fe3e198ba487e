"""Columns that name or tell of a person and that the register presents as something else."""

from typing import Any, Final

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import PART_NOT_CHECKED, REFERENCE_TABLES, as_far_as_known
from policies.rules.statut.finalites import PERSONAL

HARMLESS: Final = ("technical", "none")
"""Categories of the register that say a column tells nothing of anyone."""

NAMES: Final = (
    *PERSONAL,
    *(f"penalty_notices.{column}" for column in ("name", "birth_date", "birth_place", "address")),
    "correspondences.pseudonym",
)
"""Canonical columns that name or tell of a person."""
NAMING: Final = ("card-number", "nir", "iban", "pan", "phone", "email", "name", "licence")
"""Contents that name a person by themselves."""
DESCRIBING: Final = ("birth-date", "postal-address", "plate", "ip-address", "coordinates")
"""Contents that describe a person without naming them alone."""
NAMED_AS: Final = ("direct-identifier", "sensitive", "free-text")
"""Categories that admit a naming content."""


def columns_declared_as_something_else(t: Tables) -> list[dict[str, Any]]:
    """List the declared columns whose mapping or contents contradict their category.

    Columns that no activity declares belong to REG-CONCORDANCE, tokens to BIL-ANO-HASH. Only certain recognitions convict, and
    a column already told by its mapping is not told again by its contents.
    """
    by_mapping: list[dict[str, Any]] = []

    def mapped() -> list[dict[str, Any]]:
        by_mapping.extend(_identifiers_said_harmless(t))
        return by_mapping

    def read() -> list[dict[str, Any]]:
        told = {(row["activity"], row["table"], row["column"]) for row in by_mapping}
        return [row for row in _contradicted_by_contents(t) if (row["activity"], row["table"], row["column"]) not in told]

    return as_far_as_known(mapped, read)


def _declared(t: Tables) -> Relation:
    """Columns declared with a category, tables of codes left aside."""
    stores, columns = t["observed_stores"], t["declared_columns"]
    codes = stores.filter(stores.canonical.isin(REFERENCE_TABLES)).select("table")
    return columns.filter(columns.category.notnull()).anti_join(codes, "table")


def _identifiers_said_harmless(t: Tables) -> list[dict[str, Any]]:
    stores, seen = t["observed_stores"], t["observed_columns"]
    not_numbers = stores.filter(stores.canonical == "validations", stores.card_form.isin(["token", "journey"])).select("table")
    personal = seen.filter(seen.mapped.isin(NAMES))
    cards_in_clear = personal.filter(personal.mapped == "validations.card").anti_join(not_numbers, "table")
    named = personal.filter(personal.mapped != "validations.card").union(cards_in_clear).select("table", "column").distinct()
    declared = _declared(t)
    contradicted = declared.filter(declared.category.isin(HARMLESS)).semi_join(named, ["table", "column"])
    return [{**row, "kind": "identifier-said-harmless"} for row in t.ask(contradicted)]


def _contradicted_by_contents(t: Tables) -> list[dict[str, Any]]:
    values = t["detected_values"]
    certain = values.filter(values.certain, values.detector.isin([*NAMING, *DESCRIBING]))
    found = certain.group_by([certain.table.name("of"), certain.column.name("at"), "detector"]).agg(
        rows=certain.rows.sum(), share=certain.share.max()
    )
    declared = _declared(t)
    both = declared.join(found, [declared.table == found.of, declared.column == found["at"]])
    admitted = both.category.isin(NAMED_AS) | (both.detector.isin(DESCRIBING) & ~both.category.isin(HARMLESS))
    told = both.filter(~admitted).drop("of", "at")
    return [{**row, "kind": "content-contradicts-category"} for row in t.ask(told)]


RULE = Rule(
    id="BIL-DON-CATEGORIES",
    name="status.columns-declared-as-something-else",
    family="statut",
    title=said("Catégories de données par famille", "Data categories per purpose family"),
    severity=Severity.MAJOR,
    sources=(legal.CNIL_2008_161_ART_2,),
    reading=Reading.PARTIAL,
    needs=("declared_columns", "observed_columns", "observed_stores"),
    query=columns_declared_as_something_else,
    message=said(
        "La fiche {activity} déclare {table}.{column} sous une catégorie qui ne lui convient pas ({category}).",
        "The record {activity} declares {table}.{column} under a category that does not suit it ({category}).",
    ),
    messages={
        "identifier-said-harmless": said(
            "La fiche {activity} déclare {table}.{column} « {category} », alors que cette colonne désigne une personne, une carte ou un "
            "contrat.",
            "The record {activity} declares {table}.{column} as “{category}”, though this column names a person, a card or a contract.",
        ),
        "content-contradicts-category": said(
            "La fiche {activity} déclare {table}.{column} « {category} », et son contenu dit autre chose ({detector}) : {rows} lignes, "
            "{share}.",
            "The record {activity} declares {table}.{column} as “{category}”, and its contents tell otherwise ({detector}): {rows} rows, "
            "{share}.",
        ),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Déclarer la colonne sous sa vraie catégorie, ou la supprimer si aucune finalité ne la demande (RGPD, article 5(1)(c)).",
        "Declare the column under its true category, or remove it if no purpose needs it (GDPR, article 5(1)(c)).",
    ),
    rationale=said(
        "Le repère de 2008 attache des données à chaque famille de finalités ; sa liste détaillée n’a pas pu être lue. Reste le principe : "
        "un registre qui range un identifiant parmi les données techniques cache ce qu’il devrait protéger. Les colonnes que rien ne "
        "déclare relèvent de la concordance du registre.",
        "The 2008 benchmark attaches data to each family of purposes; its detailed list could not be read. The principle remains: a record "
        "that files an identifier among technical data hides what it should protect. Columns that nothing declares belong to the record’s "
        "concordance.",
    ),
    judgement=said(
        "Un humain juge si chaque colonne est nécessaire à la finalité de sa fiche : un programme ne lit que sa catégorie.",
        "A person judges whether each column is needed for the purpose of its record: a program only reads its category.",
    ),
)
