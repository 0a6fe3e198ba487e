"""Small groups in the data kept for statistics: someone can be singled out."""

import ibis
from ibis import _

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.anonymisation.groups import STATISTICS, kept_for_statistics, sized
from policies.rules.questions import concerns_stores

QUASI_IDENTIFIERS = ("stop", "line", "hour", "product", "profile")


def classes_below_the_threshold(t: Tables) -> Relation:
    """Measure, per table kept for statistics, the classes of place, hour, product and profile below the threshold.

    A class is counted in distinct cards where the table bears a card or a token, and in rows elsewhere: a row that names
    nobody can only make a class look larger, so the finding says which. An absent value is a value. The hour is the UTC hour.
    """
    concerns_stores(t, *STATISTICS)
    threshold = int(t.parameter("threshold"))
    return _measured(sized(t, "statistics", kept_for_statistics(t), QUASI_IDENTIFIERS, threshold), threshold)


def _measured(classes: Relation, threshold: int) -> Relation:
    below = classes.people < threshold
    measured = classes.group_by(["table", "store", "store_role"]).agg(
        rows=classes.rows.sum(),
        classes=classes.count(),
        classes_below=below.sum().cast("int64"),
        rows_below=classes.rows.sum(where=below),
        smallest_class=classes.people.min(),
        named=classes.named.any(),
    )
    told = measured.filter(_.classes_below > 0).mutate(
        share=_.rows_below / _.rows,
        threshold=ibis.literal(threshold),
        kind=ibis.ifelse(_.named, "counted-in-cards", "counted-in-rows"),
    )
    return told.drop("named")


RULE = Rule(
    id="RGPD-ANO-INDIV",
    name="anonymisation.classes-below-the-threshold",
    family="anonymisation",
    title=said("Critère d’individualisation", "Singling out"),
    severity=Severity.BLOCKING,
    sources=(legal.G29_05_2014, legal.CNIL_DEVELOPPEUR_1, legal.CNIL_PIA),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("validations.tapped_at",),
    parameters={"threshold": "11"},
    query=classes_below_the_threshold,
    message=said(
        "{table} (magasin {store}) : {classes_below} combinaisons de lieu, d’heure, de titre et de profil sur {classes} "
        "comptent moins de {threshold} unités ; la plus petite en compte {smallest_class} ({share} des lignes).",
        "{table} (store {store}): {classes_below} combinations of place, hour, product and profile out of {classes} "
        "hold fewer than {threshold} units; the smallest holds {smallest_class} ({share} of the rows).",
    ),
    messages={
        "counted-in-cards": said(
            "{table} (magasin {store}) : {classes_below} combinaisons de lieu, d’heure, de titre et de profil sur {classes} "
            "comptent moins de {threshold} cartes distinctes ; la plus petite en compte {smallest_class} ({share} des lignes).",
            "{table} (store {store}): {classes_below} combinations of place, hour, product and profile out of {classes} "
            "hold fewer than {threshold} distinct cards; the smallest holds {smallest_class} ({share} of the rows).",
        ),
        "counted-in-rows": said(
            "{table} (magasin {store}) : {classes_below} combinaisons de lieu, d’heure, de titre et de profil sur {classes} "
            "comptent moins de {threshold} lignes, faute de pouvoir compter des cartes ; la plus petite en compte {smallest_class} "
            "({share} des lignes).",
            "{table} (store {store}): {classes_below} combinations of place, hour, product and profile out of {classes} "
            "hold fewer than {threshold} rows, since cards cannot be counted; the smallest holds {smallest_class} ({share} of the rows).",
        ),
    },
    remediation=said(
        "Généraliser l’heure (tranche) et le lieu (zone, ligne), ou supprimer et fusionner les cases sous le seuil.",
        "Generalise the hour (band) and the place (zone, line), or remove and merge the cells below the threshold.",
    ),
    rationale=said(
        "Une personne seule à valider à tel arrêt, à telle heure, avec tel titre, est reconnaissable sans son nom : quiconque l’a vue "
        "passer apprend le reste de la ligne. Les autorités demandent qu’aucun enregistrement ne soit isolable, sans fixer d’effectif "
        "minimal : le seuil de 11 cartes est une proposition de ce projet, empruntée à l’usage des données de santé publiées, et se règle.",
        "A person alone to tap at a stop, at an hour, with a product, can be recognised without a name: whoever saw them pass learns "
        "the rest of the row. The authorities ask that no record can be isolated, and set no smallest size: the threshold of 11 cards "
        "is this project’s proposal, borrowed from the practice of published health data, and can be changed.",
    ),
)
