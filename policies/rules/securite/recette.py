"""Cards and customers of production found in a test copy."""

from functools import reduce

import ibis

from auditor.engine.base import Relation
from auditor.rules import NotConcerned, Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.schema import TABLES
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import some

_CARDS = tuple(name for name, table in TABLES.items() if "card" in table.columns)
_CUSTOMERS = tuple(name for name, table in TABLES.items() if "customer" in table.columns)


def production_numbers_in_tests(t: Tables) -> Relation:
    """Count, per table of a test store, the card and customer numbers that production holds too. Exact, token by token.

    Raises:
        NotConcerned: no store is said to be a test copy, or none holds a row.
    """
    stores = t["observed_stores"]
    if not some(t, stores.filter(stores.store_role == "test", stores.rows > 0)):
        raise NotConcerned(said("aucun magasin n’est déclaré comme copie de test", "no store is declared as a test copy"))
    tested = {row["canonical"] for row in t.ask(stores.filter(stores.store_role == "test").select("canonical").distinct())}
    found = [
        _shared(t, [name for name in tables if name in t], tested, column, kind)
        for tables, column, kind in (
            (_CARDS, "card", "production-cards-in-tests"),
            (_CUSTOMERS, "customer", "production-customers-in-tests"),
        )
    ]
    return reduce(lambda one, other: one.union(other), (relation for relation in found if relation is not None), _nothing(t))


def _shared(t: Tables, tables: list[str], tested: set[str], column: str, kind: str) -> Relation | None:
    held = [name for name in tables if name in tested]
    if not held:
        return None
    real = _numbers(t, tables, column, tests=False).select("number").distinct()
    tests = _numbers(t, held, column, tests=True)
    production = real.select(of_production=real.number)
    known = tests.left_join(production, tests.number == production.of_production)
    met = known.of_production.notnull()
    counted = known.group_by(["table", "store"]).agg(
        rows=met.sum().cast("int64"),
        shared=known.number.nunique(where=met),
        numbers=known.number.nunique(),
    )
    told = counted.filter(counted.shared > 0)
    persons = {name: told.shared if name == f"{column}s" else ibis.literal(None, type="int64") for name in ("cards", "customers")}
    return told.select("table", "store", "rows", **persons, share=told.shared / told.numbers, kind=ibis.literal(kind))


def _numbers(t: Tables, tables: list[str], column: str, *, tests: bool) -> Relation:
    parts = []
    for name in tables:
        rows = t[name]
        of_tests = rows.store_role == "test"
        kept = rows.filter(of_tests if tests else ~of_tests, rows[column].notnull())
        if column == "card" and "card_form" in kept.columns:
            kept = kept.filter(~kept.card_form.fill_null("number").isin(["token", "journey"]))
        parts.append(kept.select(kept.physical.name("table"), "store", number=kept[column]))
    return reduce(lambda one, other: one.union(other), parts)


def _nothing(t: Tables) -> Relation:
    stores = t["observed_stores"].limit(0)
    none = ibis.literal(None, type="int64")
    return stores.select(
        "table", "store", rows=none, cards=none, customers=none, share=ibis.literal(None, type="float64"), kind=ibis.literal("")
    )


RULE = Rule(
    id="SEC-TESTS",
    name="security.production-data-in-tests",
    family="securite",
    title=said("Pas de données réelles en recette", "No production data in tests"),
    severity=Severity.MAJOR,
    sources=(legal.CNIL_SECURITE_2024_11,),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("observed_stores",),
    query=production_numbers_in_tests,
    message=said(
        "{table} (magasin {store}) est une copie de test et contient des données de production : {rows} lignes.",
        "{table} (store {store}) is a test copy and holds production data: {rows} rows.",
    ),
    messages={
        "production-cards-in-tests": said(
            "{table} (magasin {store}), copie de test, contient {cards} cartes de la production : {rows} lignes.",
            "{table} (store {store}), a test copy, holds {cards} cards of production: {rows} rows.",
        ),
        "production-customers-in-tests": said(
            "{table} (magasin {store}), copie de test, contient {customers} clients de la production : {rows} lignes.",
            "{table} (store {store}), a test copy, holds {customers} customers of production: {rows} rows.",
        ),
    },
    remediation=said(
        "Engendrer un jeu fictif (`poincon demo` en donne un), purger la recette, et séparer les deux environnements.",
        "Make a synthetic data set (`poincon demo` gives one), purge the test copy, and separate the two environments.",
    ),
    rationale=said(
        "Le guide de la sécurité de la CNIL demande que les tests se fassent sur des données fictives ou anonymisées, dans un "
        "environnement "
        "séparé. Une recette est moins gardée que la production, ouverte à plus de monde, et personne n’y purge rien. La fiche qui le "
        "dit "
        "n’a été lue qu’en partie.",
        "The CNIL’s security guide asks that tests run on synthetic or anonymised data, in a separate environment. A test copy is less "
        "guarded than production, open to more people, and nobody purges it. The sheet that says so was read in part only.",
    ),
    judgement=said(
        "Un jeu fictif tiré dans la même numérotation peut tomber sur quelques numéros réels : une personne doit dire si le nombre "
        "trouvé "
        "s’explique ainsi. Des numéros changés sur des lignes réelles ne se voient pas ici.",
        "A synthetic set drawn from the same numbering may hit a few real numbers: a person must say whether the count is explained that "
        "way. Numbers changed on real rows do not show here.",
    ),
)
