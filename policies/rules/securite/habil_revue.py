"""Accounts nobody reviewed, left open after a departure, shared, or idle."""

from functools import partial
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.pieces import shown, worded
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known, today


def accounts_and_reviews_at_fault(t: Tables) -> list[dict[str, Any]]:
    """Return the faults of the yearly review, and count the accounts left open, shared, idle or not reviewed."""
    return as_far_as_known(partial(shown, t, "access-review", age=t.duration("review")), partial(_accounts, t))


def _accounts(t: Tables) -> list[dict[str, Any]]:
    accounts = t.held("accounts", "account", "left_on", "last_used_on", "shared")
    if accounts is None:
        return []
    open_ = accounts.filter(accounts.closed_on.isnull() | (accounts.closed_on > today(t)))
    idle_since, review_since = _day(t, "idle"), _day(t, "review")
    used = ibis.coalesce(open_.last_used_on, open_.created_on)
    found = [
        _counted(open_, open_.left_on < today(t), open_.left_on, "account-left-open"),
        _counted(open_, open_.shared.fill_null(False), open_.created_on, "account-shared"),
        _counted(open_, used < idle_since, used, "account-idle").mutate(term=ibis.literal(t.parameter("idle"))),
    ]
    if t.columns is None or "reviewed_on" in t.columns.get("accounts", frozenset()):
        reviewed = ibis.coalesce(open_.reviewed_on, open_.created_on)
        late = _counted(open_, (reviewed < review_since).fill_null(True), reviewed, "account-not-reviewed")
        found.append(late.mutate(term=ibis.literal(t.parameter("review"))))
    return [row for relation in found for row in t.ask(relation)]


def _day(t: Tables, parameter: str) -> ir.DateScalar:
    return ibis.literal(t.duration(parameter).before(t.as_of).date(), type="date")


def _counted(accounts: Relation, fault: ir.BooleanValue, since: ir.DateValue, kind: str) -> Relation:
    counted = accounts.mutate(faulty_since=since).filter(fault).group_by([_.physical.name("table")])
    return counted.agg(accounts=_.account.nunique(), oldest=_.faulty_since.min()).mutate(kind=ibis.literal(kind))


RULE = Rule(
    id="SEC-HABIL-REVUE",
    name="security.accounts-not-reviewed-or-left-open",
    family="securite",
    title=said("Revue annuelle des habilitations", "Yearly access review"),
    severity=Severity.MAJOR,
    sources=(legal.CNIL_SECURITE_2024_5,),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("observed_stores",),
    parameters={"review": "P1Y", "idle": "P90D"},
    query=accounts_and_reviews_at_fault,
    message=said("{table} montre {accounts} comptes à revoir.", "{table} shows {accounts} accounts to review."),
    messages={
        "account-left-open": said(
            "{table} garde ouverts {accounts} comptes dont le titulaire est parti, le plus ancien depuis le {oldest}.",
            "{table} keeps open {accounts} accounts whose holder has left, the earliest on {oldest}.",
        ),
        "account-shared": said(
            "{table} compte {accounts} comptes partagés par plusieurs personnes : leurs actes ne peuvent être attribués à personne.",
            "{table} has {accounts} accounts used by several people: what they do cannot be attributed to anyone.",
        ),
        "account-idle": said(
            "{table} garde ouverts {accounts} comptes qui n’ont pas servi depuis plus de {term}, le plus ancien depuis le {oldest}.",
            "{table} keeps open {accounts} accounts unused for more than {term}, the earliest since {oldest}.",
        ),
        "account-not-reviewed": said(
            "{table} compte {accounts} comptes dont les droits n’ont pas été revus depuis plus de {term}.",
            "{table} has {accounts} accounts whose rights were not reviewed for more than {term}.",
        ),
        **worded("Revue des habilitations", "Access review"),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Tenir une revue signée au moins une fois par an ; fermer les comptes des partants et les comptes inactifs ; donner à chacun le "
        "sien.",
        "Hold a signed review at least once a year; close the accounts of those who left and the idle ones; give each person their own.",
    ),
    rationale=said(
        "Le guide de la sécurité de la CNIL demande une revue des habilitations au moins annuelle, leur retrait dès qu’une personne "
        "part ou "
        "change de poste, et des comptes qui ne soient pas partagés. Un compte que plus personne n’utilise est une porte que plus "
        "personne "
        "ne surveille ; le délai de 90 jours est un seuil du projet, non de la CNIL.",
        "The CNIL’s security guide asks for a review of access rights at least yearly, for their withdrawal as soon as a person leaves "
        "or "
        "changes post, and for accounts that are not shared. An account nobody uses is a door nobody watches; the delay of 90 days is "
        "the "
        "project’s threshold, not the CNIL’s.",
    ),
    judgement=said(
        "Une personne doit encore dire si la revue a été faite pour de bon : signée, compte par compte, et suivie d’effet.",
        "A person must still say whether the review was truly held: signed, account by account, and acted upon.",
    ),
)
