"""Access requests whose short-lived data were not set apart in time, or whose copy outlived them."""

from typing import Any

from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.droits.desk import asked, counted
from policies.rules.questions import later, today


def requests_not_set_apart(t: Tables) -> list[dict[str, Any]]:
    """Count the access requests without a copy set apart, with one set apart late, or with one kept past closing.

    A request received today still has its day. A copy set apart before the request would describe another moment, and is not judged.
    """
    now = today(t).cast("timestamp")
    requests = asked(t, "access")
    due = later(requests.received_on.cast("timestamp"), t.duration("freeze_within"))
    frozen = requests.frozen_on.notnull() & (requests.frozen_on <= today(t))
    unfrozen = requests.filter(~frozen, due < now)
    late = requests.filter(frozen, requests.frozen_on.cast("timestamp") > due)
    end = later(requests.closed_on.cast("timestamp"), t.duration("destroy_within"))
    gone = requests.copy_destroyed_on.notnull() & (requests.copy_destroyed_on.cast("timestamp") <= end)
    kept = requests.filter(frozen, requests.closed_on.notnull(), end < now, ~gone)
    return [*counted(t, unfrozen, "not-frozen"), *counted(t, late, "frozen-late"), *counted(t, kept, "copy-kept")]


RULE = Rule(
    id="DROIT-ACC-GEL",
    name="rights.requests-not-set-apart",
    family="droits",
    title=said("Geler les données très brèves dès la demande", "Freeze short-lived data on request"),
    severity=Severity.MAJOR,
    sources=(legal.EDPB_01_2022,),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("requests.kind", "requests.received_on", "requests.frozen_on", "requests.closed_on", "requests.copy_destroyed_on"),
    parameters={"freeze_within": "PT0S", "destroy_within": "PT0S"},
    query=requests_not_set_apart,
    message=said(
        "{table} : {requests} demandes d’accès dont les données brèves n’ont pas été mises de côté, la plus ancienne reçue le {oldest}.",
        "{table}: {requests} access requests whose short-lived data were not set apart, the earliest received on {oldest}.",
    ),
    messages={
        "frozen-late": said(
            "{table} : {requests} demandes d’accès dont les données ont été mises de côté après le jour de la réception, la plus ancienne "
            "reçue le {oldest}.",
            "{table}: {requests} access requests whose data were set apart after the day of reception, the earliest received on {oldest}.",
        ),
        "copy-kept": said(
            "{table} : {requests} demandes closes dont la copie mise de côté n’a pas été détruite à la clôture, la plus ancienne reçue le "
            "{oldest}.",
            "{table}: {requests} closed requests whose copy set apart was not destroyed at closing, the earliest received on {oldest}.",
        ),
    },
    remediation=said(
        "Extraire les données de la personne dès la réception, puis laisser courir la purge ; détruire la copie à la clôture.",
        "Extract the person’s data on reception, then let the purge run; destroy the copy at closing.",
    ),
    rationale=said(
        "La situation s’apprécie à la réception de la demande. Des validations effacées à 48 heures auraient disparu avant la réponse : "
        "il faut donc les mettre de côté, y compris celles que l’on tenait à tort, puis détruire cette copie. Agir le jour même est la "
        "lecture du projet : le texte demande des mesures, sans fixer d’heure.",
        "The situation is assessed when the request is received. Taps erased at 48 hours would be gone before the answer: they must be "
        "set apart, even those wrongly kept, and that copy destroyed afterwards. To act on the very day is the project’s reading: the "
        "text asks for measures and sets no hour.",
    ),
    judgement=said(
        "Si la copie contenait bien toutes les données de la personne au jour de la réception, dans chaque magasin.",
        "Whether the copy held all the person’s data on the day of reception, in each store.",
    ),
)
