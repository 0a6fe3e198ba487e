"""Access requests answered without looking for the person behind the pseudonyms."""

from typing import Any

from auditor.rules import NotConcerned, Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.droits.desk import answered, counted
from policies.rules.questions import some


def answers_that_pass_over_pseudonyms(t: Tables) -> list[dict[str, Any]]:
    """Count the access requests answered without a search of the pseudonymised tables.

    Raises:
        NotConcerned: no access request was answered, or no table is pseudonymised, by what it holds or by what the register says.
    """
    requests = answered(t, "access")
    stores, tables = t["observed_stores"], t["declared_tables"]
    seen = some(t, stores.filter(stores.card_form == "token", stores.rows > 0))
    if not seen and not some(t, tables.filter(tables.state == "pseudonymised")):
        raise NotConcerned(said("aucune table n’est pseudonymisée", "no table is pseudonymised"))
    return counted(t, requests.filter(~requests.pseudonyms_searched.fill_null(False)), "pseudonyms-not-searched")


RULE = Rule(
    id="DROIT-ACC-PSEUDO",
    name="rights.answers-that-pass-over-pseudonyms",
    family="droits",
    title=said("Droits sur les données pseudonymisées", "Rights cover pseudonymised data"),
    severity=Severity.MAJOR,
    sources=(legal.EDPB_01_2022, legal.EDPB_01_2025),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=(
        "requests.kind",
        "requests.answered_on",
        "requests.received_on",
        "requests.pseudonyms_searched",
        "observed_stores",
        "declared_tables",
    ),
    query=answers_that_pass_over_pseudonyms,
    message=said(
        "{table} : {requests} réponses d’accès n’ont pas cherché la personne dans les tables pseudonymisées, la plus ancienne demande "
        "reçue le {oldest}.",
        "{table}: {requests} access answers did not look for the person in the pseudonymised tables, the earliest request received on "
        "{oldest}.",
    ),
    remediation=said(
        "Recalculer le pseudonyme de la personne et interroger les tables d’analyse, ou rendre ces jeux réellement anonymes.",
        "Compute the person’s pseudonym again and search the analytical tables, or make those data sets truly anonymous.",
    ),
    rationale=said(
        "Une donnée pseudonymisée reste une donnée personnelle tant que le responsable peut en retrouver la personne : elle fait partie "
        "de ce qu’on lui communique. L’entrepôt que l’on croit anonyme est souvent le plus gros oubli d’une réponse. Les lignes "
        "directrices de 2025 ont été lues dans leur version soumise à consultation.",
        "Pseudonymised data remain personal data as long as the controller can find the person again: they are part of what is "
        "communicated. The warehouse believed to be anonymous is often the largest omission of an answer. The 2025 guidelines were read "
        "in their consultation version.",
    ),
    judgement=said(
        "Si le responsable peut encore relier ces données à la personne, la clé ayant pu être détruite.",
        "Whether the controller can still link these data to the person, as the key may have been destroyed.",
    ),
)
