"""Accounts, readers, partners and releases whose recipient the register does not list."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import ibis

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules import uses
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known, today


def recipients_not_declared(t: Tables) -> list[dict[str, Any]]:
    """Return the accounts with rights, the readers of the log, the partners and the releases that no declared recipient covers."""
    return as_far_as_known(partial(_accounts, t), partial(_readers, t), partial(_partners, t), partial(_releases, t))


def _accounts(t: Tables) -> list[dict[str, Any]]:
    granted = uses.rights(t)
    if granted is None:
        return []
    held = granted.select("table", recipient=granted.role).distinct()
    declared = _declared_accounts(t)
    strangers = held.anti_join(declared, held.recipient == declared.account)
    counted = strangers.group_by("recipient").agg(table=strangers.table.min(), entries=strangers.table.nunique())
    return t.ask(_told(counted, "account-not-declared")) + t.ask(_told(_beyond(t, held), "account-beyond-its-activity"))


def _beyond(t: Tables, held: Relation) -> Relation:
    """Keep what a declared account holds and none of its activities covers, where another activity does."""
    declared, tables = _declared_accounts(t), t["declared_tables"].select("activity", "table").distinct()
    allowed = declared.join(tables, "activity").select("account", "table").distinct()
    known = held.semi_join(declared, held.recipient == declared.account).semi_join(tables, "table")
    return known.anti_join(allowed, (known.recipient == allowed.account) & (known.table == allowed.table))


def _readers(t: Tables) -> list[dict[str, Any]]:
    log = uses.consultations(t, "operation")
    if log is None:
        return []
    declared = _declared_accounts(t)
    read = uses.by_role(uses.readings(log).filter(ibis._.role.notnull()))
    return t.ask(_told(read.anti_join(declared, read.recipient == declared.account), "reader-not-declared"))


def _partners(t: Tables) -> Iterator[dict[str, Any]]:
    actors = t["declared_actors"]
    listed = {(row["activity"], _name(row["recipient"])) for row in t.ask(t["declared_recipients"])}
    for actor in t.ask(actors.filter(actors.role == "partner")):
        if (actor["activity"], _name(actor["name"])) not in listed:
            place = {name: actor[name] for name in ("activity", "file", "line")}
            yield {**place, "kind": "partner-not-listed", "recipient": actor["name"]}


def _releases(t: Tables) -> Iterator[dict[str, Any]]:
    listed = {_name(row["recipient"]) for row in t.ask(t["declared_recipients"])}
    plans = t["declared_plans"]
    for plan in t.ask(plans.filter(plans.recipient_class != "A")):
        if _name(plan["recipient"]) not in listed:
            place = {"file": plan["file"], "line": plan["line"], "value": plan["release"]}
            yield {**place, "kind": "release-recipient-not-declared", "recipient": plan["recipient"]}
    if "recorded_releases" not in t:
        return
    made = t["recorded_releases"]
    gone = made.filter(made.published_on <= today(t), made.recipient_class != "A").anti_join(plans, "release")
    counted = gone.group_by(["recipient", gone.release.name("value")]).agg(entries=gone.count(), newest=gone.published_on.max())
    for row in t.ask(counted):
        if _name(row["recipient"]) not in listed:
            yield {**row, "kind": "released-to-undeclared"}


def _declared_accounts(t: Tables) -> Relation:
    recipients, attributors = t["declared_recipients"], t["declared_attributors"]
    both = recipients.select("activity", "account").union(attributors.select("activity", "account"))
    return both.filter(both.account.notnull()).distinct()


def _name(text: str | None) -> str:
    return " ".join((text or "").casefold().replace("\N{NO-BREAK SPACE}", " ").split())


def _told(found: Relation, kind: str) -> Relation:
    return found.mutate(kind=ibis.literal(kind))


RULE = Rule(
    id="BIL-DEST-LISTE",
    name="security.recipients-not-declared",
    family="securite",
    title=said("Destinataires limités et déclarés", "Recipients limited and declared"),
    severity=Severity.MAJOR,
    sources=(legal.GDPR_ART_30_1,),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=(
        "declared_recipients",
        "declared_attributors",
        "declared_actors",
        "declared_tables",
        "declared_plans",
        "observed_stores",
    ),
    query=recipients_not_declared,
    message=said("{recipient} reçoit des données et n’est pas déclaré.", "{recipient} receives data and is not declared."),
    messages={
        "account-not-declared": said(
            "Le compte {recipient} a des droits sur {entries} tables, dont {table}, et n’appartient à aucun destinataire déclaré.",
            "The account {recipient} has rights on {entries} tables, {table} among them, and belongs to no declared recipient.",
        ),
        "account-beyond-its-activity": said(
            "Le compte {recipient} a des droits sur {table}, qu’aucune des fiches où il est déclaré ne couvre.",
            "The account {recipient} has rights on {table}, which none of the activities that declare it covers.",
        ),
        "reader-not-declared": said(
            "Le journal montre que le compte {recipient} a consulté {table} {entries} fois, la dernière le {newest} : aucun destinataire "
            "déclaré ne lit sous ce compte.",
            "The log shows that the account {recipient} read {table} {entries} times, last on {newest}: no declared recipient reads "
            "under "
            "that account.",
        ),
        "partner-not-listed": said(
            "La fiche {activity} nomme {recipient} comme partenaire et ne le compte pas parmi ses destinataires.",
            "The record {activity} names {recipient} as a partner and does not list it among its recipients.",
        ),
        "release-recipient-not-declared": said(
            "La publication {value} est destinée à {recipient}, qui n’est destinataire déclaré d’aucune fiche.",
            "The release {value} is meant for {recipient}, which no record declares as a recipient.",
        ),
        "released-to-undeclared": said(
            "La publication {value} est partie {entries} fois vers {recipient}, la dernière le {newest} : ce destinataire n’est déclaré "
            "nulle part.",
            "The release {value} went {entries} times to {recipient}, last on {newest}: this recipient is declared nowhere.",
        ),
        **PART_NOT_CHECKED,
    },
    remediation=said("Déclarer le destinataire dans la fiche, ou couper le flux.", "Declare the recipient in the record, or cut the flow."),
    rationale=said(
        "L’article 30 du RGPD demande que le registre nomme les catégories de destinataires, y compris dans les pays tiers. Un compte, "
        "un "
        "partenaire ou une publication que personne n’a déclaré est un destinataire dont les personnes n’ont jamais entendu parler. "
        "L’article de l’AU-015 qui traite des destinataires n’a pas pu être lu et n’est donc pas cité.",
        "Article 30 GDPR asks the record to name the categories of recipients, third countries included. An account, a partner or a "
        "release that nobody declared is a recipient people never heard of. The article of AU-015 on recipients could not be read, so it "
        "is not cited.",
    ),
    judgement=said(
        "Une personne doit encore dire si chaque destinataire déclaré a besoin de ce qu’il reçoit, et si d’autres flux partent par des "
        "voies que ni les droits ni le journal ne montrent.",
        "A person must still say whether each declared recipient needs what it receives, and whether other flows leave by ways that "
        "neither the rights nor the log show.",
    ),
)
