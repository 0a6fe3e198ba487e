"""Verify unlinked records from the written file alone.

Nothing is shared with the maker but the published labels: classes, persons, levels and totals are found again in the rows
as they will be read. Persons are counted on a witness (the same rows with a random ordinal of the person), after proof
that it holds exactly the rows of the release. What tests say is for the report: French, counts and column names, never a
value.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final

import ibis

from anonymise.labels import LEVELS, label_pattern, minute_forbidden
from anonymise.made import UNIT
from anonymise.verify.claim import Claim, claim_of
from auditor.engine.base import Engine, Relation
from auditor.risk.classes import ClassRisk, measure
from auditor.vocabulary.releases import Criterion, ReleaseColumn, TestResult, VerificationTest
from auditor.vocabulary.schema import Kind

__all__ = ["Claim", "claim_of", "records_tests"]

_INSTANT: Final = r"\d[ T]\d{2}:[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$"
_WHOLE_HOUR: Final = r"[ T]\d{2}:00$"
_BANDS_A_DAY: Final = 7


def records_tests(
    engine: Engine, released: Relation, claim: Claim, witness: Relation | None = None
) -> tuple[list[VerificationTest], dict[str, int | float], dict[str, str]]:
    """Test a file of unlinked records; return the tests, the figures, and the smallest class when it meets the threshold.

    Without a witness and without a column that names the person, person-k cannot be known: too few rows in a class is a
    failure, enough of them is inconclusive and never a pass.
    """
    columns = _columns(released, claim)
    if columns.result is TestResult.FAILED and not set(claim.quasi_identifiers) | set(claim.sensitive) <= set(released.columns):
        return [columns], {}, {}
    found = _levels_found(engine, released, claim)
    tests = [columns, _linkable(released, claim)]
    persons, unit = (released, claim.unit_column) if claim.unit_column in released.columns else (None, None)
    if witness is not None:
        matching = _witness(engine, released, witness, claim)
        tests.append(matching)
        persons, unit = (witness, UNIT) if matching.result is TestResult.PASSED else (persons, unit)
    rows = released if persons is None else persons
    risk = measure(engine, rows, claim.quasi_identifiers, unit, claim.k, claim.sensitive, l=claim.distinct)
    known = unit is not None
    tests += [_person_k(risk, claim, found, known=known), _alone(risk), _diversity(risk, claim)]
    tests += [
        _grid(claim, found, _instants(engine, released, claim)),
        _absent(engine, released, claim),
        _coherence(engine, released, claim, found),
    ]
    worst = {name: str(value) for name, value in risk.worst.items()} if known and risk.person_k >= claim.k else {}
    return tests, _figures(risk, known=known), worst


def _figures(risk: ClassRisk, *, known: bool) -> dict[str, int | float]:
    figures: dict[str, int | float] = {
        "row_k": risk.row_k,
        "classes": risk.classes,
        "rows": risk.rows,
        "rows_alone": risk.rows_alone,
        **{f"distinct_l_{name}": least for name, least in risk.distinct_l.items()},
    }
    if known:
        figures |= {
            "person_k": risk.person_k,
            "classes_below": risk.classes_below,
            "rows_below": risk.rows_below,
            "cards": risk.cards,
            "cards_below": risk.cards_below,
            "prosecutor_risk": risk.prosecutor_risk,
        }
    return figures


def _columns(released: Relation, claim: Claim) -> VerificationTest:
    expected = tuple(column.name for column in claim.plan.columns) if claim.plan else claim.quasi_identifiers + claim.sensitive
    allowed = {*expected, claim.unit_column} if claim.plan is None else set(expected)
    missing = [name for name in expected if name not in released.columns]
    # A column beyond those declared is how a row number, an index or a pseudonym leaves: its name is not trusted.
    extra = [name for name in released.columns if name not in allowed]
    ordered = claim.plan is None or tuple(released.columns) == expected
    faults = [f"{len(missing)} absente(s) : {', '.join(missing)}"] if missing else []
    faults += [f"{len(extra)} non déclarée(s)"] if extra else []
    faults += ["ordre différent de celui du plan"] if not ordered and not missing and not extra else []
    return VerificationTest(
        id="COLUMNS",
        title="Colonnes déclarées, et elles seules",
        criterion=Criterion.CONTAINER,
        result=TestResult.FAILED if faults else TestResult.PASSED,
        measured=" ; ".join(faults) or f"{len(released.columns)} colonnes",
        limit="exactement celles du plan, dans l’ordre" if claim.plan else "celles annoncées",
        detail="Une colonne de plus peut porter un numéro de ligne, un index ou un identifiant." if extra else "",
    )


def _linkable(released: Relation, claim: Claim) -> VerificationTest:
    present = claim.unit_column in released.columns
    keyed = [column.name for column in claim.plan.columns if claim.kind(column) is Kind.KEY] if claim.plan else []
    result = TestResult.PASSED if claim.plan else TestResult.INCONCLUSIVE
    return VerificationTest(
        id="H7",
        title="Lignes reliables entre elles",
        criterion=Criterion.LINKABILITY,
        result=TestResult.FAILED if keyed or (present and claim.plan) else TestResult.INCONCLUSIVE if present else result,
        measured="colonne qui désigne la personne" if present or keyed else "aucune colonne déclarée ne désigne la personne",
        limit="aucune",
        detail="La colonne sert ici à compter les personnes : elle doit être retirée avant toute diffusion." if present else "",
    )


def _witness(engine: Engine, released: Relation, witness: Relation, claim: Claim) -> VerificationTest:
    names = list(claim.quasi_identifiers + claim.sensitive)
    complete = {*names, UNIT} <= set(witness.columns)
    differing = engine.rows(_differences(released, witness, names))[0]["classes"] if complete else -1
    return VerificationTest(
        id="WITNESS",
        title="Le témoin contient exactement les lignes diffusées",
        criterion=Criterion.SINGLING_OUT,
        result=TestResult.FAILED if differing else TestResult.PASSED,
        measured=f"{differing} combinaisons différentes" if complete else "témoin incomplet",
        limit="0",
        detail="Sans témoin identique, les personnes de chaque classe ne peuvent pas être comptées." if differing else "",
    )


def _differences(released: Relation, witness: Relation, names: Sequence[str]) -> Relation:
    sides = [
        side.select(*[side[name].cast("string").name(name) for name in names], _side=sign) for side, sign in _signed(released, witness)
    ]
    both = ibis.union(*sides)
    balance = both.group_by(list(names)).agg(_left=both["_side"].sum())
    unequal = balance.filter(balance["_left"] != 0)
    return unequal.aggregate(classes=unequal.count())


def _signed(released: Relation, witness: Relation) -> Iterator[tuple[Relation, ibis.Value]]:
    yield released, ibis.literal(1, type="int64")
    yield witness, ibis.literal(-1, type="int64")


def _person_k(risk: ClassRisk, claim: Claim, found: Mapping[str, str], *, known: bool) -> VerificationTest:
    smallest = risk.person_k if known else risk.row_k
    enough = smallest >= claim.k
    detail = "" if enough else _which_to_coarsen(risk, claim, found, known=known)
    if enough and not known:
        detail = (
            "Rien dans le fichier ne dit à quelle personne appartient une ligne : une classe de plusieurs lignes peut être une seule carte."
        )
    passed = TestResult.PASSED if known else TestResult.INCONCLUSIVE
    return VerificationTest(
        id="H4",
        title="Cartes distinctes par classe",
        criterion=Criterion.SINGLING_OUT,
        result=passed if enough else TestResult.FAILED,
        measured=f"{_cards(risk.person_k)} ({_rows(risk.row_k)})" if known else f"cartes inconnues ({_rows(risk.row_k)})",
        limit=f"≥ {claim.k} cartes dans chaque classe",
        detail=detail,
    )


def _which_to_coarsen(risk: ClassRisk, claim: Claim, found: Mapping[str, str], *, known: bool) -> str:
    """Say what fails and which columns can still be coarsened, the finest level first."""
    if not risk.rows:
        return "Le fichier ne contient aucune ligne."
    counted = (
        f"{risk.classes_below} classes sur {risk.classes} comptent moins de {_cards(claim.k)} : {_rows(risk.rows_below)}, "
        f"{_cards(risk.cards_below)} sur {risk.cards}."
        if known
        else f"{risk.classes} classes ; la plus petite compte {_rows(risk.row_k)}, donc au plus {_cards(risk.row_k)}, et "
        f"{_rows(risk.rows_alone)} sans autre dans leur classe."
    )
    told = [(name, found[name]) for name in claim.quasi_identifiers if name in found]
    open_columns = [(name, level, coarser) for name, level in told if (coarser := _coarser(claim, name, level))]
    advice = ", ".join(f"{name} (niveau {level} : passer à {coarser} ou plus grossier)" for name, level, coarser in open_columns)
    return f"{counted} Colonnes à regrouper : {advice or ', '.join(claim.quasi_identifiers)}."


def _coarser(claim: Claim, name: str, level: str) -> str:
    column = claim.column(name)
    known = LEVELS[column.hierarchy] if column else LEVELS["time"]
    return known[known.index(level) + 1] if level in known[:-1] else ""


def _alone(risk: ClassRisk) -> VerificationTest:
    return VerificationTest(
        id="ALONE",
        title="Lignes seules dans leur classe",
        criterion=Criterion.SINGLING_OUT,
        result=TestResult.FAILED if risk.rows_alone or not risk.rows else TestResult.PASSED,
        measured=f"{risk.rows_alone} sur {risk.rows}",
        limit="0",
    )


def _diversity(risk: ClassRisk, claim: Claim) -> VerificationTest:
    least = min(risk.distinct_l.values(), default=0)
    below = {name: number for name, number in risk.classes_below_l.items() if number}
    failed = bool(claim.sensitive) and (least < claim.distinct or not risk.rows)
    return VerificationTest(
        id="S5",
        title="Valeurs sensibles distinctes par classe",
        criterion=Criterion.INFERENCE,
        result=TestResult.NOT_APPLICABLE if not claim.sensitive else TestResult.FAILED if failed else TestResult.PASSED,
        measured=str(least) if claim.sensitive else "",
        limit=f"≥ {claim.distinct}",
        detail=" ".join(f"{number} classes sont sous le seuil pour {name} : regrouper davantage." for name, number in below.items()),
    )


def _levels_found(engine: Engine, released: Relation, claim: Claim) -> dict[str, str]:
    """Return the level at which every label of a column stands; a column missing from the answer stands at none."""
    found = {}
    for column in claim.columns:
        announced = claim.levels.get(column.name)
        allowed = claim.allowed(column)
        # The minute is recognised even where the plan does not allow it, so that the refusal can name it.
        tried = [announced] if announced else [*allowed, *({"minute"} - set(allowed) if column.hierarchy == "time" else ())]
        level = next((level for level in tried if _all_match(engine, released, column, level)), None)
        if level is not None:
            found[column.name] = level
    return found


def _all_match(engine: Engine, released: Relation, column: ReleaseColumn, level: str) -> bool:
    if level not in LEVELS[column.hierarchy]:
        return False
    labels = released.select(label=released[column.name].cast("string")).distinct()
    matching = labels.label.re_search(label_pattern(column.hierarchy, level)).fill_null(False)
    strays = labels.filter(~matching)
    return not engine.rows(strays.aggregate(strays=strays.count()))[0]["strays"]


def _grid(claim: Claim, found: Mapping[str, str], instants: Sequence[str]) -> VerificationTest:
    faults = []
    for column in claim.columns:
        level = found.get(column.name)
        if level == "minute" and minute_forbidden(claim.recipient):
            faults.append(
                f"{column.name} donne la minute : le passage d’un véhicule et une présence observée suffisent à retrouver un voyageur"
            )
        elif level is None or level not in claim.allowed(column):
            announced = claim.levels.get(column.name)
            faults.append(
                f"{column.name} n’est pas tout entière à un niveau {f'{announced} annoncé' if announced else 'permis par le plan'}"
            )
    faults += [f"{name} donne des instants exacts" for name in instants if name not in found]
    result = TestResult.FAILED if faults else TestResult.PASSED if claim.plan else TestResult.NOT_APPLICABLE
    return VerificationTest(
        id="H6",
        title="Grille de temps et de lieu respectée",
        criterion=Criterion.SINGLING_OUT,
        result=result,
        measured=f"{len(faults)} colonnes hors grille" if claim.plan or faults else "aucun plan : grille inconnue",
        limit="100 % des valeurs, un seul niveau par colonne",
        detail=" ; ".join(faults) + (". Regrouper au moins à l’heure." if any("minute" in fault for fault in faults) else ""),
    )


def _instants(engine: Engine, released: Relation, claim: Claim) -> list[str]:
    """Return the columns that hold instants finer than the hour although no level of a plan says so."""
    if claim.plan is not None:
        return [name for name in released.columns if released[name].type().is_timestamp() or released[name].type().is_time()]
    found = []
    for name in claim.quasi_identifiers:
        kind = released[name].type()
        if kind.is_timestamp() or kind.is_time():
            found.append(name)
        elif kind.is_string():
            labels = released.select(label=released[name]).distinct()
            fine = labels.filter(labels.label.re_search(_INSTANT) & ~labels.label.re_search(_WHOLE_HOUR))
            found += [name] if engine.rows(fine.aggregate(fine=fine.count()))[0]["fine"] else []
    return found


def _absent(engine: Engine, released: Relation, claim: Claim) -> VerificationTest:
    names = claim.quasi_identifiers + claim.sensitive
    counts = engine.rows(released.aggregate(**{f"n{place}": released[name].isnull().sum() for place, name in enumerate(names)}))[0]
    empty = {name: int(counts[f"n{place}"] or 0) for place, name in enumerate(names)}
    faults = {name: number for name, number in empty.items() if number}
    return VerificationTest(
        id="NULLS",
        title="Valeurs absentes",
        criterion=Criterion.SINGLING_OUT,
        result=TestResult.FAILED if faults and claim.plan else TestResult.PASSED,
        measured=", ".join(f"{name} : {number}" for name, number in faults.items()) or "0",
        limit="0 : une valeur absente s’écrit « ? » et forme sa propre classe"
        if claim.plan
        else "une valeur absente forme sa propre classe",
    )


def _coherence(engine: Engine, released: Relation, claim: Claim, found: Mapping[str, str]) -> VerificationTest:
    faults = []
    for finer, coarser in _nested(claim, found):
        pairs = released.select(finer=released[finer], coarser=released[coarser]).distinct()
        parents = pairs.group_by("finer").agg(parents=pairs.count())
        torn = parents.filter(parents.parents > 1)
        number = engine.rows(torn.aggregate(torn=torn.count()))[0]["torn"]
        faults += [f"{number} valeurs de {finer} ont plusieurs {coarser}"] if number else []
    for name in (name for name, level in found.items() if level == "band"):
        bands = released.select(band=released[name].substr(len("2026-10-30"))).distinct()
        number = engine.rows(bands.filter(bands.band != "").aggregate(bands=bands.band.nunique()))[0]["bands"]
        faults += [f"{name} compte {number} tranches par jour au lieu de {_BANDS_A_DAY}"] if number > _BANDS_A_DAY else []
    return VerificationTest(
        id="COHERENCE",
        title="Colonnes tirées de la même donnée cohérentes entre elles",
        criterion=Criterion.SINGLING_OUT,
        result=TestResult.FAILED if faults else TestResult.PASSED if claim.plan else TestResult.NOT_APPLICABLE,
        measured=" ; ".join(faults) or "0 écart",
        limit="une valeur fine n’a qu’une valeur grossière",
        detail="Un même fait dit à deux niveaux qui ne s’emboîtent pas se recoupe en classes plus petites." if faults else "",
    )


def _nested(claim: Claim, found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield (finer, coarser) for each pair of columns computed from the same source along the same hierarchy."""
    for one, other in combinations(claim.columns, 2):
        if (one.source, one.hierarchy) == (other.source, other.hierarchy) and {one.name, other.name} <= set(found):
            known = LEVELS[one.hierarchy]
            finer, coarser = sorted((one, other), key=lambda column: known.index(found[column.name]))
            yield finer.name, coarser.name


def _cards(number: int) -> str:
    return f"{number} carte{'s' if number > 1 else ''}"


def _rows(number: int) -> str:
    return f"{number} ligne{'s' if number > 1 else ''}"
