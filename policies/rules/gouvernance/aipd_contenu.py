"""Impact assessments that lack a part, describe an older system, or leave a high risk that nobody was consulted on."""

from collections.abc import Iterator
from typing import Any

import ibis
from ibis import _

from auditor.engine.base import Relation
from auditor.rules import NotConcerned, Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known, latest_of, today

SECTIONS = ("description", "necessity", "risks", "measures")
"""The four elements of article 35(7)."""
HIGH = ("significant", "maximal")
"""The two upper levels of the CNIL’s scale: a residual risk there is to be submitted (art. 36)."""


def assessments_incomplete_or_outdated(t: Tables) -> list[dict[str, Any]]:
    """Return what is checkably wrong with the assessments said to be done.

    Raises:
        NotConcerned: no assessment is said to be done; `AIPD-OBLIG` tells where one is required.
        TableAbsent: nothing is wrong on paper, and nobody recorded when the tables changed.
    """
    activities = t["declared_activities"]
    done = activities.filter(activities.dpia_status == "done").order_by("activity")
    assessments = t.ask(done)
    if not assessments:
        raise NotConcerned(said("aucune analyse d’impact n’est dite réalisée", "no impact assessment is said to be done"))
    return as_far_as_known(lambda: _on_paper(t, assessments), lambda: t.ask(_older_than_the_tables(t, done)))


def _on_paper(t: Tables, assessments: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in assessments:
        place = {name: row[name] for name in ("activity", "file", "line")}
        held = (row["dpia_sections"] or "").split()
        for section in SECTIONS:
            if section not in held:
                yield {**place, "kind": "assessment-section-missing", "missing": section}
        risk, consulted = row["dpia_residual_risk"], row["dpia_consulted_on"]
        if not risk:
            yield {**place, "kind": "residual-risk-not-said"}
        elif risk in HIGH and (consulted is None or consulted > t.as_of.date()):
            yield {**place, "kind": "high-risk-not-consulted", "value": risk}


def _older_than_the_tables(t: Tables, done: Relation) -> Relation:
    covered, changes, now = t["declared_tables"], t["recorded_schemas"], today(t)
    known = [ibis.ifelse(day <= now, day, None) for day in (done.dpia_validated_on, done.dpia_reviewed_on)]
    dated = done.mutate(oldest=latest_of(*known)).select("activity", "oldest", "file", "line")
    tables = covered.select("activity", "table").distinct()
    changed = tables.join(changes.filter(changes.changed_on <= now), "table")
    held = dated.join(changed, "activity")
    outdated = held.filter(held.changed_on > held.oldest, held.oldest > ibis.date(1, 1, 1))
    return outdated.select(
        "activity", "table", "file", "line", "oldest", newest=_.changed_on, kind=ibis.literal("assessment-older-than-the-table")
    )


RULE = Rule(
    id="AIPD-CONTENU",
    name="governance.assessments-incomplete-or-outdated",
    family="gouvernance",
    title=said("AIPD : contenu, réexamen et consultation préalable", "DPIA: content, review and prior consultation"),
    severity=Severity.MAJOR,
    sources=(legal.GDPR_ART_35_7, legal.GDPR_ART_35_11, legal.GDPR_ART_36, legal.CNIL_PIA_MODELES),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("declared_activities", "declared_tables"),
    query=assessments_incomplete_or_outdated,
    message=said(
        "L’analyse d’impact de la fiche {activity} ne contient pas la partie « {missing} ».",
        "The impact assessment of the record {activity} does not hold the part “{missing}”.",
    ),
    messages={
        "assessment-older-than-the-table": said(
            "L’analyse d’impact de la fiche {activity} est du {oldest}, avant le changement de {table} le {newest}.",
            "The impact assessment of the record {activity} is of {oldest}, before {table} changed on {newest}.",
        ),
        "residual-risk-not-said": said(
            "L’analyse d’impact de la fiche {activity} ne dit pas quel risque demeure après les mesures.",
            "The impact assessment of the record {activity} does not say what risk remains after the measures.",
        ),
        "high-risk-not-consulted": said(
            "L’analyse d’impact de la fiche {activity} laisse un risque élevé ({value}) et la CNIL n’a pas été consultée.",
            "The impact assessment of the record {activity} leaves a high risk ({value}) and the supervisory authority was not consulted.",
        ),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Compléter l’analyse et la réexaminer à chaque changement ; réduire le risque qui demeure, ou consulter la CNIL avant de "
        "poursuivre.",
        "Complete the assessment and review it at each change; reduce the remaining risk, or consult the supervisory authority before "
        "going on.",
    ),
    rationale=said(
        "L’article 35(7) demande quatre éléments : la description et les finalités, la nécessité et la proportionnalité, les risques, les "
        "mesures. L’analyse se réexamine au moins quand le risque change, et une colonne nouvelle peut suffire. Si un risque élevé "
        "demeure, la CNIL est consultée avant ; elle rend son avis sous 8 semaines, prolongées de 6 au besoin.",
        "Article 35(7) asks for four elements: description and purposes, necessity and proportionality, risks, measures. The assessment "
        "is reviewed at least when the risk changes, and one new column may be enough. Where a high risk remains, the supervisory "
        "authority is consulted first; it gives its opinion within 8 weeks, 6 more if need be.",
    ),
    judgement=said(
        "La valeur de l’analyse : si les risques sont bien estimés, si les mesures suffisent, et si un changement de table change le "
        "risque.",
        "The worth of the assessment: whether risks are well estimated, measures sufficient, and whether a change of table changes the "
        "risk.",
    ),
)
