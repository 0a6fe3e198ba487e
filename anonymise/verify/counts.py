"""Tests of a count table: person threshold of every line shown (H4), and what the masked ones give away (H5)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from anonymise.disclosure import TOTAL, WORK, Disclosure, Key, PublishedTable, disclosure
from anonymise.labels import label_pattern
from anonymise.verify.claim import claim_of
from anonymise.verify.reading import OpenedFile
from auditor.engine import Engine, Relation
from auditor.vocabulary.releases import Criterion, ReleasePlan, TestResult, VerificationTest

BOARDINGS, MASKED, UNIT = "boardings", "masked", "unit"
_FLOOR = 1
"""A listed cell counts at least one boarding (published policy)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountsFound:
    """Tests of a count table, and what they measured."""

    tests: list[VerificationTest]
    figures: Mapping[str, int | float]
    worst: Mapping[str, str]
    """Labels of the shown line of fewest persons, when it meets the threshold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    persons: int
    boardings: int


def counts_tests(
    engine: Engine,
    opened: OpenedFile,
    plan: ReleasePlan,
    k: int,
    witness: Relation | None,
    *,
    attested: int | None = None,
    work: int = WORK,
) -> CountsFound:
    """Test a published count table against its plan and, when there is one, the rows it comes from.

    `witness` holds one row per boarding: released labels and `unit`. `attested` is the person threshold that a valid
    receipt vouches for, used when there is no witness.
    """
    names = [column.name for column in plan.columns]
    table, faults = _published(engine, opened, names)
    tests = [_form(faults, table, plan, names)]
    figures: dict[str, int | float] = _sizes(table)
    if tests[0].result is TestResult.FAILED:
        return CountsFound(tests=tests, figures=figures, worst={})
    tests.append(_grid(table, plan))
    found = disclosure(table, k, floor=_FLOOR, work=work)
    figures |= {"linear_programs": found.programs, "components": found.components, "cells_exposed": len(found.exposed)}
    tests.append(_disclosed(found, k))
    if witness is None:
        return _without_witness(tests, figures, table, k, attested)
    persons = _persons(engine, witness, table, names)
    shown = [
        (persons[key].persons, key) for key, value in zip(table.keys, table.values, strict=True) if value is not None and key in persons
    ]
    figures["person_k"], worst = min(shown, default=(0, None))
    tests += [_agreement(table, persons), _threshold(figures["person_k"], sum(count < k for count, _ in shown), len(shown), k)]
    tests.append(_remainders(engine, witness, table, names, k))
    labels = dict(zip(names, worst, strict=True)) if worst is not None and figures["person_k"] >= k else {}
    return CountsFound(tests=tests, figures=figures, worst=labels)


def _published(engine: Engine, opened: OpenedFile, names: Sequence[str]) -> tuple[PublishedTable, list[str]]:
    """Read the lines; say what is not as the published form requires."""
    if any(name not in opened.columns for name in (*names, BOARDINGS, MASKED)):
        return PublishedTable(columns=tuple(names), keys=[], values=[]), ["colonnes de la forme publiée absentes"]
    relation = opened.relation
    said = relation.select(
        **{f"label{place}": relation[name].cast("string").fill_null("") for place, name in enumerate(names)},
        number=relation[BOARDINGS].cast("string").try_cast("int64"),
        stated=relation[BOARDINGS].cast("string").fill_null(""),
        hidden=relation[MASKED].cast("string").lower(),
    )
    found = engine.arrow(said).to_pydict()
    keys: list[Key] = list(zip(*(found[f"label{place}"] for place in range(len(names))), strict=True))
    faults = []
    lines = zip(found["number"], found["stated"], found["hidden"], strict=True)
    if any((number is None) != (hidden == "true") or (stated != "") != (number is not None) for number, stated, hidden in lines):
        faults.append("une ligne masquée porte un nombre, ou une ligne montrée n’en porte pas")
    if any(number is not None and number < _FLOOR for number in found["number"]):
        faults.append("une ligne ne compte rien")
    if len(set(keys)) < len(keys):
        faults.append("une ligne est donnée deux fois")
    return PublishedTable(columns=tuple(names), keys=keys, values=found["number"]), faults


def _form(faults: list[str], table: PublishedTable, plan: ReleasePlan, names: Sequence[str]) -> VerificationTest:
    declared = {frozenset(margin) for margin in plan.margins}
    present = {frozenset(name for name, label in zip(names, key, strict=True) if label != TOTAL) for key in table.keys}
    totals = present - {frozenset(names)}
    faults += ["totaux que le plan ne déclare pas"] if totals - declared else []
    faults += ["totaux du plan absents"] if declared - present else []
    faults += [] if table.keys else ["aucune ligne"]
    return VerificationTest(
        id="FORM",
        title="Cellules et totaux tels que déclarés",
        criterion=Criterion.CONTAINER,
        result=TestResult.FAILED if faults else TestResult.PASSED,
        measured=f"{len(faults)} défaut(s)",
        limit="0",
        detail=" ; ".join(faults) or f"{len(table.keys)} lignes, chacune une fois, nombre entier positif ou masquée.",
    )


def _sizes(table: PublishedTable) -> dict[str, int | float]:
    cells = [value for key, value in zip(table.keys, table.values, strict=True) if TOTAL not in key]
    shown = [value for value in table.values if value is not None]
    return {
        "cells": len(cells),
        "cells_masked": sum(value is None for value in cells),
        "totals": len(table.values) - len(cells),
        "totals_masked": sum(value is None for value in table.values) - sum(value is None for value in cells),
        "row_k": min(shown, default=0),
    }


def _grid(table: PublishedTable, plan: ReleasePlan) -> VerificationTest:
    claim = claim_of((), plan)
    strays = []
    for place, column in enumerate(plan.columns):
        shape = re.compile(label_pattern(column.hierarchy, claim.allowed(column)[0]))
        if any(not shape.search(label) for label in {key[place] for key in table.keys} - {TOTAL}):
            strays.append(column.name)
    return VerificationTest(
        id="H6",
        title="Grille de temps et de lieu respectée",
        criterion=Criterion.SINGLING_OUT,
        result=TestResult.FAILED if strays else TestResult.PASSED,
        measured=f"{len(strays)} colonnes hors grille",
        limit="100 % des valeurs, au niveau déclaré",
        detail=", ".join(strays),
    )


def _disclosed(found: Disclosure, k: int) -> VerificationTest:
    result = TestResult.INCONCLUSIVE if found.unsolved else TestResult.PASSED
    return VerificationTest(
        id="H5",
        title="Aucune cellule masquée ne se déduit des totaux",
        criterion=Criterion.INFERENCE,
        result=TestResult.FAILED if found.exposed or found.contradictions else result,
        measured=f"{len(found.exposed)} ligne(s) déductible(s) sur {found.masked} masquées, {found.unsolved} non bornée(s), "
        f"{found.contradictions} total(aux) incohérent(s)",
        limit=f"0 ; chaque intervalle large d’au moins {k}",
        detail=f"Plus petite et plus grande valeur possibles de chaque ligne masquée, d’après les seuls nombres publiés de ce fichier "
        f"({found.programs} programmes linéaires, HiGHS).",
    )


def _without_witness(
    tests: list[VerificationTest], figures: dict[str, int | float], table: PublishedTable, k: int, attested: int | None
) -> CountsFound:
    below = sum(value is not None and value < k for value in table.values)
    if below:
        result, detail = TestResult.FAILED, "Une ligne de moins de montées que le seuil ne peut pas réunir assez de personnes."
    elif attested is not None and attested >= k:
        result, detail = (
            TestResult.PASSED,
            "Les personnes ne se comptent pas dans une table publiée : seuil attesté par le reçu signé de ce fichier même.",
        )
        figures["person_k"] = attested
    else:
        result, detail = (
            TestResult.INCONCLUSIVE,
            "Des montées ne sont pas des personnes : rien ici ne dit combien de personnes réunit chaque ligne.",
        )
    measured = f"{below} ligne(s) sous {k} montées" if below else "inconnu" if attested is None else f"{attested} attestées"
    tests.append(_h4("Cartes distinctes par ligne montrée", result, measured, f"≥ {k} cartes par ligne", detail))
    return CountsFound(tests=tests, figures=figures, worst={})


def _h4(title: str, result: TestResult, measured: str, limit: str, detail: str) -> VerificationTest:
    name = "H4" if title.endswith("montrée") else "H4-RESTE"
    return VerificationTest(
        id=name, title=title, criterion=Criterion.SINGLING_OUT, result=result, measured=measured, limit=limit, detail=detail
    )


def _persons(engine: Engine, witness: Relation, table: PublishedTable, names: Sequence[str]) -> dict[Key, _Line]:
    """Count boardings and distinct persons of every cell and of every total that the file tells."""
    found: dict[Key, _Line] = {}
    for fixed in dict.fromkeys(tuple(label != TOTAL for label in key) for key in table.keys):
        by = [name for name, kept in zip(names, fixed, strict=True) if kept]
        measures = {"counted": witness.count(), "persons": witness[UNIT].nunique()}
        sizes = witness.group_by(by).agg(**measures) if by else witness.aggregate(**measures)
        for row in engine.rows(sizes):
            key = tuple(row[name] if kept else TOTAL for name, kept in zip(names, fixed, strict=True))
            found[key] = _Line(persons=row["persons"], boardings=row["counted"])
    return found


def _agreement(table: PublishedTable, persons: Mapping[Key, _Line]) -> VerificationTest:
    listed = set(table.keys)
    invented, left_out = len(listed - persons.keys()), len(persons.keys() - listed)
    wrong = sum(
        value is not None and key in persons and persons[key].boardings != value
        for key, value in zip(table.keys, table.values, strict=True)
    )
    return VerificationTest(
        id="AGREEMENT",
        title="Le fichier dit ce que disent les lignes témoins",
        criterion=Criterion.CONTAINER,
        result=TestResult.FAILED if invented or left_out or wrong else TestResult.PASSED,
        measured=f"{invented} ligne(s) sans origine, {left_out} cellule(s) omise(s), {wrong} nombre(s) différent(s)",
        limit="0",
        detail="Chaque ligne a été recomptée sur le témoin.",
    )


def _threshold(person_k: float, below: int, shown: int, k: int) -> VerificationTest:
    return _h4(
        "Cartes distinctes par ligne montrée",
        TestResult.FAILED if below or not shown else TestResult.PASSED,
        f"plus petite : {person_k} cartes ; {below} ligne(s) sur {shown} sous le seuil",
        f"≥ {k} cartes par ligne, totaux compris",
        "Cartes distinctes de chaque cellule et total, recomptées sur le témoin ; une ligne sans carte ne compte personne.",
    )


def _remainders(engine: Engine, witness: Relation, table: PublishedTable, names: Sequence[str], k: int) -> VerificationTest:
    """What a shown total leaves once its shown cells are taken away is a number told too: it must hold enough persons."""
    masked = [key for key, value in zip(table.keys, table.values, strict=True) if value is None and TOTAL not in key]
    told = {key for key, value in zip(table.keys, table.values, strict=True) if value is not None and TOTAL in key}
    below = 0
    if masked:
        rows = _rows_of(engine, witness, masked, names)
        for fixed in dict.fromkeys(tuple(label != TOTAL for label in key) for key in told):
            by = [name for name, kept in zip(names, fixed, strict=True) if kept]
            sizes = rows.group_by(by).agg(persons=rows[UNIT].nunique()) if by else rows.aggregate(persons=rows[UNIT].nunique())
            for row in engine.rows(sizes):
                key = tuple(row[name] if kept else TOTAL for name, kept in zip(names, fixed, strict=True))
                below += key in told and row["persons"] < k
    return _h4(
        "Cartes distinctes de ce que chaque total laisse deviner",
        TestResult.FAILED if below else TestResult.PASSED,
        f"{below} total(aux) dont les cellules masquées réunissent trop peu de cartes",
        f"0 sous {k} cartes",
        "Total moins ses cellules montrées, pour chaque total montré.",
    )


def _rows_of(engine: Engine, witness: Relation, cells: Sequence[Key], names: Sequence[str]) -> Relation:
    import pyarrow as pa

    columns = [pa.array(labels, pa.string()) for labels in zip(*cells, strict=True)]
    return witness.semi_join(engine.load("masked_cells", pa.table(columns, names=list(names))), list(names))
