"""Activities where nobody, or not everybody, is told to be controller, joint controller or processor."""

from collections.abc import Iterator
from typing import Any, Final

from ibis import _

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.asked import holds_of
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.pieces import once, shown, worded
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known

AGREEMENT: Final = "joint-controllers-agreement"


def roles_left_unsaid(t: Tables) -> list[dict[str, Any]]:
    """Return the gaps in who is responsible for each activity, then what the agreement between joint controllers lacks.

    Raises:
        TableAbsent: controllers are joint, nothing else is wrong, and the network has no evidence folder.
    """
    counted = t.ask(_by_activity(t))
    joint = [row for row in counted if row["joint"]]
    return as_far_as_known(lambda: _gaps(counted), lambda: _unreferenced(t), lambda: once(_agreements(t, joint)))


def _by_activity(t: Tables) -> Relation:
    """Count, per activity, the actors of each role and the recipients said to be processors."""
    activities, actors, recipients = t["declared_activities"], t["declared_actors"], t["declared_recipients"]
    told = actors.group_by([actors.activity.name("told")]).agg(
        controllers=(actors.role == "controller").sum(),
        joint=(actors.role == "joint-controller").sum(),
        processors=(actors.role == "processor").sum(),
    )
    processing = recipients.filter(recipients.kind == "processor")
    named = processing.group_by([processing.activity.name("used")]).agg(hands=processing.recipient.nunique())
    whole = activities.left_join(told, activities.activity == told.told)
    joined = whole.left_join(named, whole.activity == named.used)
    counts = {name: joined[name].fill_null(0).cast("int64") for name in ("controllers", "joint", "processors", "hands")}
    return joined.select("activity", "file", "line", **counts).order_by(_.activity)


def _gaps(counted: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in counted:
        place = {name: row[name] for name in ("activity", "file", "line")}
        if not row["controllers"] and not row["joint"]:
            yield {**place, "kind": "activity-without-controller"}
        if row["controllers"] > 1 or (row["controllers"] and row["joint"]):
            yield {**place, "kind": "several-controllers", "measured": row["controllers"] + row["joint"]}
        if row["joint"] == 1 and not row["controllers"]:
            yield {**place, "kind": "joint-controller-alone"}
        if row["hands"] and not row["processors"]:
            yield {**place, "kind": "processor-not-qualified", "measured": row["hands"]}


def _unreferenced(t: Tables) -> Iterator[dict[str, Any]]:
    actors = t["declared_actors"]
    silent = actors.filter(actors.role == "joint-controller", actors.agreement.fill_null("") == "")
    for row in t.ask(silent.select("activity", "file", "line", recipient=_.name)):
        yield {**row, "kind": "joint-controller-without-agreement"}


def _agreements(t: Tables, joint: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in joint:
        place = {name: row[name] for name in ("activity", "file", "line")}
        for fault in shown(t, AGREEMENT, activity=row["activity"], holds=holds_of(AGREEMENT)):
            yield {**place, **fault}


RULE = Rule(
    id="GOUV-ROLES",
    name="governance.roles-left-unsaid",
    family="gouvernance",
    title=said("Rôles de l’autorité, de l’exploitant et des partenaires", "Roles of authority, operator and partners"),
    severity=Severity.MAJOR,
    sources=(legal.GDPR_ART_26, legal.GDPR_ART_28_3, legal.CNIL_COMMANDE_PUBLIQUE),
    reading=Reading.PARTIAL,
    frames=frozenset({Frame.GDPR}),
    needs=("declared_activities", "declared_actors", "declared_recipients"),
    query=roles_left_unsaid,
    message=said("La fiche {activity} ne désigne aucun responsable de traitement.", "The record {activity} names no controller."),
    messages={
        "several-controllers": said(
            "La fiche {activity} désigne {measured} responsables sans les dire conjoints.",
            "The record {activity} names {measured} controllers without saying they are joint.",
        ),
        "joint-controller-alone": said(
            "La fiche {activity} désigne un responsable conjoint et aucun autre responsable avec lui.",
            "The record {activity} names a joint controller and no other controller beside it.",
        ),
        "processor-not-qualified": said(
            "La fiche {activity} remet des données à des sous-traitants ({measured}) et n’en qualifie aucun parmi les acteurs.",
            "The record {activity} hands data to processors ({measured}) and qualifies none among its actors.",
        ),
        "joint-controller-without-agreement": said(
            "La fiche {activity} désigne {recipient} responsable conjoint sans citer l’accord qui répartit les obligations.",
            "The record {activity} names {recipient} as joint controller without citing the arrangement that shares the obligations.",
        ),
        **worded("Accord entre responsables conjoints", "Arrangement between joint controllers"),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Qualifier chaque acteur, traitement par traitement, au contrat de concession et au registre ; conclure l’accord de l’article 26 "
        "et en publier les grandes lignes.",
        "Qualify each actor, activity by activity, in the concession contract and in the register; conclude the arrangement of article 26 "
        "and publish its essence.",
    ),
    rationale=said(
        "Dans un réseau de transport, trois montages existent : l’autorité responsable et l’exploitant sous-traitant, l’exploitant seul "
        "responsable, ou des responsables conjoints. La qualification se fait traitement par traitement, d’après les faits : sans elle, "
        "personne ne sait qui informe, qui répond et qui notifie. Le guide de la CNIL n’a été lu qu’en partie.",
        "In a transport network three arrangements exist: the authority is controller and the operator its processor, the operator alone "
        "is controller, or they are joint controllers. The qualification is made activity by activity, from the facts: without it nobody "
        "knows who informs, who answers and who notifies. The CNIL’s guide was read in part only.",
    ),
    judgement=said(
        "Si la qualification retenue correspond à qui décide vraiment des finalités et des moyens ; elle se tire des faits et non du "
        "contrat.",
        "Whether the qualification matches who truly decides purposes and means; it follows from the facts, not from the contract.",
    ),
)
