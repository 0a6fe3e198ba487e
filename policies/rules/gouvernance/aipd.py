"""Ticketing activities without a validated, referenced and dated impact assessment."""

import ibis

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.errors import CouldNotCheck
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal


def ticketing_without_an_assessment(t: Tables) -> Relation:
    """Return the ticketing activities whose impact assessment is not done, not referenced or not dated.

    Raises:
        CouldNotCheck: no activity says it belongs to the ticketing system.
    """
    activities = t["declared_activities"]
    ticketing = activities.filter(activities.ticketing)
    if not t.ask(ticketing.aggregate(activities=ticketing.count()))[0]["activities"]:
        raise CouldNotCheck(
            "No activity of the register is marked as ticketing.",
            "A ticketing system is being audited: at least one activity must describe it.",
            "Write `ticketing: true` in the activities of the register that belong to it.",
        )
    today = ibis.literal(t.as_of.date(), type="date")
    dated = ticketing.dpia_validated_on.notnull() & (ticketing.dpia_validated_on <= today)
    judged = ticketing.mutate(
        kind=ibis.cases(
            (ticketing.dpia_status.fill_null("missing") != "done", "assessment-not-done"),
            (ticketing.dpia_reference.fill_null("") == "", "assessment-not-referenced"),
            (~dated, "assessment-not-dated"),
        ),
        value=ticketing.dpia_status.fill_null("missing"),
    )
    return judged.filter(judged.kind.notnull()).select("activity", "file", "line", "kind", "value")


RULE = Rule(
    id="AIPD-OBLIG",
    name="governance.ticketing-without-an-impact-assessment",
    family="gouvernance",
    title=said("AIPD obligatoire pour la billettique", "DPIA required for ticketing"),
    severity=Severity.BLOCKING,
    sources=(legal.LOI_78_17_ART_62, legal.CNIL_2018_327),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("declared_activities",),
    query=ticketing_without_an_assessment,
    message=said(
        "La fiche {activity} relève de la billettique et son analyse d’impact n’est pas établie (état déclaré : {value}).",
        "The record {activity} belongs to ticketing and its impact assessment is not established (declared state: {value}).",
    ),
    messages={
        "assessment-not-referenced": said(
            "La fiche {activity} relève de la billettique et dit son analyse d’impact faite, sans en donner la référence.",
            "The record {activity} belongs to ticketing and says its impact assessment is done, without giving its reference.",
        ),
        "assessment-not-dated": said(
            "La fiche {activity} relève de la billettique et dit son analyse d’impact faite, sans date de validation passée.",
            "The record {activity} belongs to ticketing and says its impact assessment is done, without a past validation date.",
        ),
    },
    remediation=said(
        "Réaliser et faire valider l’AIPD avant toute poursuite ou évolution du traitement ; en porter la référence et la date au "
        "registre.",
        "Carry out the DPIA and have it validated before the processing goes on or changes; record its reference and date.",
    ),
    rationale=said(
        "La liste de la CNIL cite la billettique d’un opérateur de transport parmi les traitements qui exigent une analyse d’impact "
        "(localisation à large échelle). La dispense des traitements anciens a pris fin le 25 mai 2021. La liste a été lue dans une copie "
        "du document de la CNIL : le DPO la confirme avant d’en faire état.",
        "The CNIL’s list names a transport operator’s ticketing among the processing that requires an impact assessment (large-scale "
        "location). The exemption of older processing ended on 25 May 2021. The list was read in a copy of the CNIL’s document: the DPO "
        "confirms it before quoting it.",
    ),
)
