"""Suites as the files that a data team puts in its own Great Expectations project, with a word on how."""

import json
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from typing import Any, Final
from uuid import UUID, uuid5

from auditor.quality.planned import Expected, Suite
from auditor.vocabulary.text import Lang, said

README: Final = "README.md"
_SPACE: Final = UUID("6f1c9e0e-5d0f-5c59-9a55-2f7a4f1d7f2c")
"""Of the identifiers: the same suite has the same ones every time it is written."""


def files(suites: Iterable[Suite], zone: str, lang: Lang = "fr") -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each file: one suite per physical table, and the words that go with them.

    Args:
        suites: As planned for the network.
        zone: Time zone of the network, which sessions have to speak.
        lang: Language of the words; the suites have none.
    """
    written = list(suites)
    for suite in written:
        yield f"{suite.table}.json", json.dumps(_suite(suite), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    yield README, _words(written, zone, lang)


def _suite(suite: Suite) -> dict[str, Any]:
    return {
        "name": suite.table,
        "id": str(uuid5(_SPACE, suite.table)),
        "expectations": [_expectation(suite.table, expected) for expected in suite.expectations],
        "meta": {"great_expectations_version": version("great_expectations"), "not_compared": list(suite.untold)},
        "notes": None,
    }


def _expectation(table: str, expected: Expected) -> dict[str, Any]:
    arguments = dict(expected.arguments)
    return {
        "type": expected.type,
        "id": str(uuid5(_SPACE, f"{table} {expected.type} {json.dumps(arguments, sort_keys=True)}")),
        "kwargs": arguments,
        "meta": {"declared_by": expected.why},
        "severity": "critical",
    }


def _words(suites: list[Suite], zone: str, lang: Lang) -> str:
    tables = "\n".join(f"- `{suite.table}.json` ({len(suite.expectations)})" for suite in suites)
    words = said(_FRENCH, _ENGLISH)
    return words(lang).replace("@TABLES", tables).replace("@ZONE", zone).replace("@CODE", _CODE)


_CODE: Final = """```python
import json
from pathlib import Path

import auditor.quality.expectations as poincon  # registers the expectations, and turns the telemetry off
import great_expectations as gx

context = gx.get_context()
written = json.loads(Path("gestion.clients.json").read_text(encoding="utf-8"))
suite = context.suites.add_or_update(gx.ExpectationSuite(**written))

source = context.data_sources.add_sql("gestion", connection_string="postgresql+psycopg://…")
table = source.add_table_asset("clients", table_name="clients").add_batch_definition_whole_table("all")
result = table.get_batch().validate(suite)
undecided = poincon.undecided(result)
```"""

_FRENCH: Final = """# Contrôle de qualité des tables

Une suite Great Expectations 1.x par table reliée, déduite de la correspondance des données et du registre :

@TABLES

Ce qui est attendu : des colonnes présentes et lisibles, des identifiants renseignés et uniques, des codes de la liste, des
références qui existent, un temps qui ne recule pas, rien de futur, rien qui ait passé sa durée déclarée, aucun numéro de
carte là où il n’en faut pas, et assez de personnes dans chaque classe de ce qui est analysé ou exporté.

## Dans votre projet

Installez poincon dans le même environnement, puis :

@CODE

- pandas : prêtez d’abord les autres tables, `poincon.lend("gestion.supports", tableau)`, pour les références.
- PostgreSQL : réglez le fuseau de la session sur @ZONE, et ouvrez-la en lecture seule.
- Spark : réglez `spark.sql.session.timeZone` sur @ZONE ; les autres tables se lisent par leur nom.

Un résultat est un nombre de lignes : aucune valeur n’en sort, quel que soit le format de résultat. Une attente qui lève
une exception n’est pas un écart : elle n’a pas pu être vérifiée. `success` seul ne les distingue pas.
L’horloge est celle de la machine ; `as_of` dans une attente en fixe une autre.
"""

_ENGLISH: Final = """# Quality gate of the tables

One Great Expectations 1.x suite per mapped table, told from the mapping and the register:

@TABLES

What is expected: columns that are there and readable, identifiers given and unique, codes of the list, references that
exist, time that runs forwards, nothing from the future, nothing past its declared term, no card number where none should
be, and enough persons in each class of what is analysed or exported.

## In your own project

Install poincon in the same environment, then:

@CODE

- pandas: first lend the other tables, `poincon.lend("gestion.supports", frame)`, for the references.
- PostgreSQL: set the session's time zone to @ZONE, and open it read-only.
- Spark: set `spark.sql.session.timeZone` to @ZONE; the other tables are read by their names.

A result is a number of rows: no value leaves, whatever the result format. An expectation that raises an exception is not
a finding: it could not be checked. `success` alone does not tell them apart.
The clock is the machine's; `as_of` in an expectation sets another.
"""
