"""Data sets that fail a criterion of anonymisation, without the documented analysis that must then be made."""

from collections.abc import Iterator

from ibis import _

from auditor.engine.base import Row
from auditor.rules import NotConcerned, Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.releases import ReleaseVerdict
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.anonymisation.groups import STATISTICS, WHERE, kept_for_statistics, sized
from policies.rules.anonymisation.individualisation import QUASI_IDENTIFIERS
from policies.rules.pieces import faults_of, pieces_of, worded
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known, some

PIECE = "reidentification-analysis"


def data_sets_without_their_analysis(t: Tables) -> list[Row]:
    """List the tables kept for statistics, then the releases, that fail a criterion and that no current analysis names.

    A table fails when it names someone, or when one of its classes is below the threshold. A published release fails when it
    was not verified with success, or when it was verified with a smaller k.
    """
    _concerned(t)
    return as_far_as_known(lambda: _tables(t), lambda: _releases(t))


def _concerned(t: Tables) -> None:
    stores = t["observed_stores"]
    tables = stores.filter(stores.canonical == "validations", stores.store_role.isin(STATISTICS), stores.rows > 0)
    released = "recorded_releases" in t and some(t, t["recorded_releases"])
    if not released and not some(t, tables) and not some(t, t["declared_plans"]):
        raise NotConcerned(
            said("aucun jeu de données n’est tenu pour la statistique ni publié", "no data set is kept for statistics or released")
        )


def _tables(t: Tables) -> Iterator[Row]:
    if "validations" in t.absent:
        return
    t.require("validations.tapped_at", "validations.card")
    taps, threshold = kept_for_statistics(t), int(t.parameter("threshold"))
    tables = {row["table"]: row for row in t.ask(taps.group_by(list(WHERE)).agg(named=taps.person.count()).order_by(list(WHERE)))}
    unnamed = sorted(table for table, row in tables.items() if not row["named"])
    # A table that names someone has failed already: its classes, the costly part, need not be counted.
    classes = sized(t, "statistics", taps, QUASI_IDENTIFIERS, threshold).filter(_.table.isin(unnamed)) if unnamed else None
    small = {} if classes is None else {row["table"] for row in t.ask(classes.filter(_.people < threshold).select("table").distinct())}
    for table, row in tables.items():
        if row["named"] or table in small:
            for fault in _unanalysed(t, table=table):
                yield {**fault, **{name: row[name] for name in WHERE}}


def _releases(t: Tables) -> Iterator[Row]:
    if "recorded_releases" not in t and not some(t, t["declared_plans"]):
        return
    threshold = int(t.parameter("threshold"))
    recorded = t["recorded_releases"]
    verified = (recorded.verdict == ReleaseVerdict.PASS_FOR_SCOPE.value).fill_null(False)
    sound = verified & (recorded.k >= threshold).fill_null(False)
    failing = recorded.filter(recorded.published_on.notnull(), ~sound).select("release").distinct()
    for row in t.ask(failing.order_by(_.release)):
        yield from _unanalysed(t, release=row["release"])


def _unanalysed(t: Tables, *, table: str = "", release: str = "") -> Iterator[Row]:
    """Yield the faults of the best analysis that names the data set; that there is none, when no piece names it."""
    pieces = [piece for piece in pieces_of(t, PIECE) if _names(t, piece, table, release)]
    candidates = [list(faults_of(t, piece, age=t.duration("review"))) for piece in pieces]
    for fault in min(candidates, key=len) if candidates else [{"kind": "piece-missing", "missing": PIECE}]:
        yield {**fault, "dataset": table or release}


def _names(t: Tables, piece: Row, table: str, release: str) -> bool:
    if release:
        return bool(piece["release"] == release)
    described = t["declared_piece_tables"]
    return some(t, described.filter(described.piece == piece["piece"], described.table == table))


RULE = Rule(
    id="RGPD-ANO-ANALYSE",
    name="anonymisation.data-sets-without-their-analysis",
    family="anonymisation",
    title=said("Analyse de réidentification si un critère échoue", "Documented risk analysis when a criterion fails"),
    severity=Severity.MAJOR,
    sources=(legal.G29_05_2014, legal.CNIL_PIA),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("observed_stores", "declared_plans"),
    parameters={"threshold": "11", "review": "P1Y"},
    query=data_sets_without_their_analysis,
    message=said(
        "{dataset} ne satisfait pas aux trois critères de l’anonymisation et aucune analyse de réidentification à jour ne le couvre.",
        "{dataset} does not meet the three criteria of anonymisation and no current re-identification analysis covers it.",
    ),
    messages={
        **worded("{dataset} ne satisfait pas aux trois critères de l’anonymisation", "{dataset} does not meet the three criteria"),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Bloquer l’export tant que l’analyse manque ; la verser au dossier avec le nom de la table ou de la publication, et la revoir "
        "chaque année.",
        "Block the export while the analysis is missing; put it on file with the name of the table or release, and review it every year.",
    ),
    rationale=said(
        "Un jeu où nul n’est isolable, reliable ni devinable est à première vue anonyme. Dès qu’un des trois critères échoue, l’avis du "
        "groupe de l’article 29 demande une analyse détaillée du risque de réidentification, revue régulièrement : les moyens de "
        "recouper des fichiers progressent. Le délai de revue d’un an et le seuil de 11 personnes sont des propositions de ce projet : "
        "les textes disent « régulièrement » et ne fixent pas d’effectif.",
        "A data set where nobody can be singled out, linked or inferred is anonymous on the face of it. As soon as one of the three "
        "criteria fails, the Article 29 group asks for a detailed analysis of the risk of re-identification, reviewed regularly, since "
        "the means of joining files progress. The yearly review and the threshold of 11 persons are this project’s proposals: the texts "
        "say “regularly” and set no size.",
    ),
    judgement=said(
        "Dire si l’analyse est bonne : ce programme vérifie qu’elle existe, qu’elle nomme le jeu et qu’elle est à jour, non ce qu’elle "
        "vaut.",
        "Whether the analysis is sound: this program checks that it exists, names the data set and is current, not what it is worth.",
    ),
)
