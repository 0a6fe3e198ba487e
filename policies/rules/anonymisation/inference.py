"""Groups large enough to hide a person, where everyone has the same revealing product or profile."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import add, or_

import ibis
import ibis.expr.types as ir
from ibis import _

from auditor.engine.base import Relation, Row
from auditor.rules import Rule, TableAbsent, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.anonymisation.groups import STATISTICS, WHERE, kept_for_statistics
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known, concerns_stores

KNOWN = ("stop", "line", "hour")
"""What someone who saw a traveller is taken to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Value:
    """A value that reveals something of who shows it."""

    attribute: str
    shown: str | None
    """The profile; None for « a sensitive product »."""
    overall: float
    """Its share of the rows of the table."""


def groups_that_give_an_attribute_away(t: Tables) -> list[Row]:
    """Count, per table kept for statistics, the classes of place and hour that tell a sensitive product or a profile.

    Only classes of at least `threshold` persons: smaller ones are already singled out (RGPD-ANO-INDIV). A class tells for
    certain when all its persons share the value, and as good as tells when their share exceeds the value's share of the table's
    rows by more than `gap`. The most frequent profile of a table is the ordinary one and reveals nothing; a person who shows
    two profiles in one class shows none.
    """
    concerns_stores(t, *STATISTICS)
    return as_far_as_known(lambda: _by_table(t), lambda: _products_known(t))


def _products_known(t: Tables) -> list[Row]:
    t.held("products", "product", "sensitive")
    return []


def _sensitive_products(t: Tables) -> list[str]:
    try:
        products = t.held("products", "product", "sensitive")
    except TableAbsent:
        # Profiles can still be judged; `_products_known` tells what is lacking.
        return []
    if products is None:
        return []
    return sorted(
        row["product"] for row in t.ask(products.filter(products.sensitive, products["product"].notnull()).select("product").distinct())
    )


def _by_table(t: Tables) -> Iterator[Row]:
    """Ask each table once, and only when it holds a value that reveals something."""
    kept = kept_for_statistics(t)
    sold = kept["product"].isin(_sensitive_products(t) or [""]).fill_null(False)
    taps = kept.mutate(sold=sold.cast("int64"))
    tables: dict[tuple[str, ...], list[Row]] = {}
    for row in t.ask(taps.group_by([*WHERE, "profile", "sold"]).agg(rows=taps.count())):
        tables.setdefault(tuple(row[name] for name in WHERE), []).append(row)
    for place, rows in sorted(tables.items()):
        values = _telling(rows)
        if values:
            named = dict(zip(WHERE, place, strict=True))
            here = taps.filter(*(taps[name] == where for name, where in named.items()))
            yield from ({**named, **row} for row in _told(t, here, values))


def _telling(rows: list[Row]) -> list[_Value]:
    total = sum(row["rows"] for row in rows)
    profiles: Counter[str | None] = Counter()
    for row in rows:
        profiles[row["profile"]] += row["rows"]
    ordinary = max(profiles, key=lambda profile: (profiles[profile], str(profile)))
    sold = sum(row["rows"] for row in rows if row["sold"])
    told = [_Value(attribute="sensitive-product", shown=None, overall=sold / total)] if sold else []
    others = sorted(profile for profile in profiles if profile is not None and profile != ordinary)
    return [*told, *(_Value(attribute="profile", shown=profile, overall=profiles[profile] / total) for profile in others)]


def _told(t: Tables, taps: Relation, values: list[_Value]) -> Iterator[Row]:
    threshold, gap = int(t.parameter("threshold")), float(t.parameter("gap"))
    classes = _classes(taps, values).filter(_.people >= threshold)
    marks: dict[str, list[tuple[int, ir.BooleanValue]]] = {}
    for rank, value in enumerate(values):
        inside = classes[f"people{rank}"]
        every = inside == classes.people
        marks.setdefault(f"{value.attribute}-certain", []).append((rank, every))
        marks.setdefault(f"{value.attribute}-likely", []).append((rank, ~every & (inside / classes.people - value.overall > gap)))
    measures: dict[str, ir.Scalar] = {}
    for kind, ranked in marks.items():
        measures[f"{kind} classes"] = reduce(or_, (mark for _rank, mark in ranked)).sum().cast("int64")
        for unit in ("people", "rows"):
            summed = reduce(add, (ibis.ifelse(mark, classes[f"{unit}{rank}"], 0) for rank, mark in ranked))
            measures[f"{kind} {unit}"] = summed.sum().cast("int64")
    (found,) = t.ask(classes.aggregate(**measures))
    for kind in marks:
        if found[f"{kind} classes"]:
            told = {"classes_telling": found[f"{kind} classes"], "cards": found[f"{kind} people"], "rows": found[f"{kind} rows"]}
            yield {"kind": kind, **told, "threshold": threshold}


def _classes(taps: Relation, values: list[_Value]) -> Relation:
    """One row per class: its `people`, and the people and rows of each value by rank (rows stand for people where nobody is named)."""
    # Rows that name nobody are grouped by what they show, so that none hides another; a person is one group, whatever they show.
    nobody = taps.person.isnull()
    apart = taps.mutate(profile_apart=ibis.ifelse(nobody, taps.profile, None), sold_apart=ibis.ifelse(nobody, taps.sold, None))
    persons = apart.group_by([*KNOWN, "person", "profile_apart", "sold_apart"]).agg(
        rows=_.count(), low=_.profile.min(), high=_.profile.max(), sold=_.sold.max()
    )
    alone = persons.low == persons.high
    counts = {"": ibis.literal(True)}
    for rank, value in enumerate(values):
        counts[str(rank)] = (persons.sold == 1) if value.shown is None else (alone & (persons.low == value.shown))
    measures = {f"named{name}": persons.person.count(where=which) for name, which in counts.items()}
    measures |= {f"rows{name}": persons.rows.sum(where=which).fill_null(0) for name, which in counts.items()}
    classes = persons.group_by(list(KNOWN)).agg(**measures)
    people = {f"people{name}": ibis.ifelse(classes.named > 0, classes[f"named{name}"], classes[f"rows{name}"]) for name in counts}
    return classes.mutate(**people)


RULE = Rule(
    id="RGPD-ANO-INFER",
    name="anonymisation.groups-that-give-an-attribute-away",
    family="anonymisation",
    title=said("Critère d’inférence", "Inference"),
    severity=Severity.MAJOR,
    sources=(legal.G29_05_2014, legal.CNIL_DEVELOPPEUR_1),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("validations.tapped_at",),
    parameters={"threshold": "11", "gap": "0.3"},
    query=groups_that_give_an_attribute_away,
    message=said(
        "{table} (magasin {store}) : {classes_telling} groupes d’au moins {threshold} personnes au même lieu et à la même heure laissent "
        "deviner un attribut de chacune.",
        "{table} (store {store}): {classes_telling} groups of at least {threshold} persons at one place and hour give away an attribute "
        "of each.",
    ),
    messages={
        "sensitive-product-certain": said(
            "{table} (magasin {store}) : dans {classes_telling} groupes d’au moins {threshold} personnes au même lieu et à la même heure, "
            "toutes ont un titre révélateur ({cards} personnes) ; qui sait qu’une personne y était sait son titre.",
            "{table} (store {store}): in {classes_telling} groups of at least {threshold} persons at one place and hour, all have a "
            "revealing product ({cards} persons); whoever knows that someone was there knows their product.",
        ),
        "sensitive-product-likely": said(
            "{table} (magasin {store}) : dans {classes_telling} groupes d’au moins {threshold} personnes, la part des titres révélateurs "
            "dépasse de loin celle de la table ({cards} personnes).",
            "{table} (store {store}): in {classes_telling} groups of at least {threshold} persons, the share of revealing products is far "
            "above that of the table ({cards} persons).",
        ),
        "profile-certain": said(
            "{table} (magasin {store}) : dans {classes_telling} groupes d’au moins {threshold} personnes au même lieu et à la même heure, "
            "toutes ont le même profil particulier ({cards} personnes).",
            "{table} (store {store}): in {classes_telling} groups of at least {threshold} persons at one place and hour, all have the same "
            "particular profile ({cards} persons).",
        ),
        "profile-likely": said(
            "{table} (magasin {store}) : dans {classes_telling} groupes d’au moins {threshold} personnes, la part d’un profil particulier "
            "dépasse de loin celle de la table ({cards} personnes).",
            "{table} (store {store}): in {classes_telling} groups of at least {threshold} persons, the share of a particular profile is "
            "far above that of the table ({cards} persons).",
        ),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Regrouper les titres et profils révélateurs en familles ordinaires, élargir le créneau ou la zone, ou bruiter les comptages.",
        "Merge the revealing products and profiles into ordinary families, widen the band or the zone, or add noise to the counts.",
    ),
    rationale=said(
        "Être caché parmi onze personnes ne protège pas si toutes ont le même titre social, scolaire ou réservé à un handicap : il suffit "
        "de savoir que quelqu’un était là pour apprendre ce qu’il tait. Les autorités demandent qu’aucun attribut ne se déduise de façon "
        "quasi certaine, sans donner de chiffre : le seuil de 11 personnes et l’écart de 0,3 entre la part du groupe et celle de la table "
        "sont des propositions de ce projet, et se règlent.",
        "Being hidden among eleven persons is no protection if all of them have the same social, school or disability product: knowing "
        "that someone was there is enough to learn what they keep to themselves. The authorities ask that no attribute can be deduced "
        "almost for certain, and give no figure: the threshold of 11 persons and the gap of 0.3 between the share of the group and that "
        "of the table are this project’s proposals, and can be changed.",
    ),
    judgement=said(
        "Dire quels titres et quels profils révèlent la santé, le revenu ou l’employeur : la table des titres le déclare, nul ne le "
        "mesure.",
        "Which products and profiles reveal health, income or employer: the table of products declares it, nothing can measure it.",
    ),
)
