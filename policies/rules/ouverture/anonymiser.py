"""Data sets put online without having passed verification, or that still tell people apart."""

from collections.abc import Iterator
from typing import Any

import ibis

from auditor.engine.base import Relation
from auditor.rules import NotConcerned, Rule, Tables
from auditor.vocabulary.asked import holds_of
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.pieces import once, shown, worded
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known, some, today
from policies.rules.statut.finalites import PERSONAL

PASSED = "PASS_FOR_SCOPE"
PUBLIC = "A"


def data_sets_opened_without_proof(t: Tables) -> list[dict[str, Any]]:
    """Return the public releases that did not pass, the exports to the public that hold identifiers, and the reviews that are missing.

    Raises:
        NotConcerned: nothing is published: no public plan, no public release, no export with the public among its recipients.
        TableAbsent: a public plan exists, nothing is known wrong, and nobody kept the ledger or the reviews.
    """
    if not _anything_public(t):
        raise NotConcerned(said("rien n’est publié", "nothing is published"))
    return as_far_as_known(lambda: _unproven(t), lambda: _identifying(t), lambda: once(_reviews(t)))


def published(t: Tables) -> Relation:
    """Return the releases put online by the day of the audit."""
    made = t["recorded_releases"]
    return made.filter(made.recipient_class == PUBLIC, made.published_on.notnull(), made.published_on <= today(t))


def _anything_public(t: Tables) -> bool:
    plans = t["declared_plans"]
    planned = some(t, plans.filter(plans.recipient_class == PUBLIC))
    return planned or ("recorded_releases" in t and some(t, published(t))) or some(t, _to_the_public(t))


def _unproven(t: Tables) -> list[dict[str, Any]]:
    online = published(t)
    unproven = online.filter(online.verdict.fill_null("") != PASSED)
    counted = unproven.group_by("release").agg(entries=unproven.count(), oldest=unproven.published_on.min())
    return t.ask(counted.select("entries", "oldest", reference=counted.release, kind=ibis.literal("published-without-passing")))


def _to_the_public(t: Tables) -> Relation:
    """Return the tables of export stores that an activity covers whose recipients include the public."""
    stores, recipients, tables = t["observed_stores"], t["declared_recipients"], t["declared_tables"]
    exports = stores.filter(stores.store_role == "export", stores.rows > 0).select("table", "store").distinct()
    open_to_all = recipients.filter(recipients.kind == "public").select("activity").distinct()
    covered = tables.semi_join(open_to_all, "activity").select("activity", "table", "file", "line")
    return covered.join(exports, "table")


def _identifying(t: Tables) -> list[dict[str, Any]]:
    seen = t["observed_columns"]
    naming = seen.filter(seen.mapped.isin(PERSONAL)).group_by("table").agg(columns=seen.column.nunique())
    found = _to_the_public(t).join(naming, "table")
    return t.ask(found.mutate(kind=ibis.literal("export-to-the-public-identifies")))


def _reviews(t: Tables) -> Iterator[dict[str, Any]]:
    for row in t.ask(published(t).select("release").distinct().order_by("release")):
        for fault in shown(t, "open-data-review", release=row["release"], holds=holds_of("open-data-review")):
            yield {**fault, "reference": row["release"]}


RULE = Rule(
    id="OD-ANONYMISER",
    name="opening.data-sets-opened-without-proof",
    family="ouverture",
    title=said("Anonymiser avant mise en ligne", "Anonymise before publication"),
    severity=Severity.BLOCKING,
    sources=(legal.CRPA_L312_1_2,),
    reading=Reading.PARTIAL,
    frames=frozenset({Frame.GDPR}),
    needs=("declared_plans", "declared_recipients", "declared_tables", "observed_stores", "observed_columns"),
    query=data_sets_opened_without_proof,
    message=said("Un jeu de données est publié sans preuve d’anonymisation.", "A data set is published without proof of anonymisation."),
    messages={
        "published-without-passing": said(
            "Le jeu « {reference} » a été publié {entries} fois sans vérification réussie, la première le {oldest}.",
            "The data set “{reference}” was published {entries} times without passing verification, first on {oldest}.",
        ),
        "export-to-the-public-identifies": said(
            "{table} est un export destiné au public (fiche {activity}) et contient {columns} colonnes qui identifient des personnes ou "
            "des cartes.",
            "{table} is an export meant for the public (record {activity}) and holds {columns} columns that identify persons or cards.",
        ),
        **worded("Revue avant mise en ligne du jeu « {reference} »", "Review before publication of the data set “{reference}”"),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Retirer le jeu, appliquer les seuils, vérifier le fichier tel qu’un inconnu le lirait, puis republier.",
        "Withdraw the data set, apply the thresholds, verify the file as a stranger would read it, then publish again.",
    ),
    rationale=said(
        "Un jeu qui contient des données personnelles n’est mis en ligne qu’après un traitement rendant impossible l’identification, sauf "
        "texte contraire, accord ou liste réglementaire ; l’ouverture par défaut vise les collectivités de plus de 3 500 habitants et "
        "d’au moins 50 agents. Ce qui est publié ne se reprend pas. Les articles ont été lus en partie. Le verdict attendu, "
        "PASS_FOR_SCOPE, est celui du projet.",
        "A data set that holds personal data is put online only after processing that makes identification impossible, unless a text, an "
        "agreement or a regulatory list says otherwise; opening by default concerns authorities of more than 3,500 inhabitants and at "
        "least 50 staff. What is published cannot be taken back. The articles were read in part. The verdict expected, PASS_FOR_SCOPE, is "
        "the project’s.",
    ),
    judgement=said(
        "Si une loi, un accord des personnes ou une liste réglementaire permettait de publier tel quel, et si d’autres jeux en ligne, "
        "d’autres organismes, permettent un recoupement.",
        "Whether a law, the persons’ agreement or a regulatory list allowed publishing as is, and whether other bodies’ data sets online "
        "allow cross-checking.",
    ),
)
