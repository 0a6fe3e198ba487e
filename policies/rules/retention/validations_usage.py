"""Readings of the 48-hour table, and rights to read it, outside the fight against technological fraud."""

from typing import Any

from auditor.engine.base import Relation
from auditor.rules import NotConcerned, Rule, Tables
from auditor.vocabulary.errors import CouldNotCheck
from auditor.vocabulary.law import Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known, speaks_of_no_known_table, tables_of_identifying_taps

ROLES = ("active", "relay")
READINGS = ("read", "share", "export")
FRAUD = "fraude"


def uses_of_the_48_hours_outside_fraud(t: Tables) -> list[dict[str, Any]]:
    """List, per table of identifying taps and role, the readings logged and the rights granted outside the fraud cell.

    The fraud cell of a table is made of the accounts that an activity covering this table, with a purpose of the family
    « fraude », declares for its recipients. A reading of the cell for a declared purpose of another family counts too.

    Raises:
        NotConcerned: no active or relay table holds taps that name someone.
        CouldNotCheck: the network holds neither a log nor rights, or they name no table that the mapping knows.
    """
    tables = sorted(tables_of_identifying_taps(t, *ROLES))
    if not tables:
        raise NotConcerned(
            said("aucune table active ne rattache de validation à une personne", "no active table links taps to a person"),
        )
    if {"access_log", "grants"} <= t.absent:
        raise CouldNotCheck(
            "The network holds neither an access log nor a table of privileges.",
            "Nobody can tell who reads the 48-hour table.",
            "Map `grants`, and `access_log` where the log is kept.",
        )
    deaf = [name for name in ("grants", "access_log") if name in t and speaks_of_no_known_table(t, t[name])]
    parts = {"grants": lambda: _granted(t, tables), "access_log": lambda: _read(t, tables)}
    found = as_far_as_known(*(part for name, part in parts.items() if name not in deaf))
    if deaf and not found:
        raise CouldNotCheck(
            f"Table {deaf[0]} names no table that the mapping knows.",
            "Who reads the 48-hour table cannot be told.",
            "Translate the names with `values`, so that it says `source.table` as the mapping does.",
        )
    return [*found, *({"kind": "part-not-checked", "missing": f"{name}.table"} for name in deaf)]


def _cell(t: Tables, tables: list[str]) -> Relation:
    """Return the accounts entitled to each table: `held_table`, `account`."""
    purposes = t["declared_purposes"]
    against_fraud = purposes.filter(purposes.family == FRAUD)
    covered = t["declared_tables"].filter(t["declared_tables"].table.isin(tables)).semi_join(against_fraud, "activity")
    named = t["declared_recipients"].filter(t["declared_recipients"].account.notnull())
    cell = covered.join(named, "activity")
    return cell.select(held_table=cell.table, account=cell.account).distinct()


def _granted(t: Tables, tables: list[str]) -> list[dict[str, Any]]:
    grants = t.held("grants", "role", "table", "privilege")
    if grants is None:
        return []
    rights = grants.filter(grants.table.isin(tables), grants.privilege.lower() == "select")
    cell = _cell(t, tables)
    beyond = rights.anti_join(cell, [rights.table == cell.held_table, rights.role == cell.account])
    named = beyond.filter(beyond.role.notnull()).select(table=beyond.table, recipient=beyond.role).distinct()
    return [{**row, "kind": "granted-outside-fraud"} for row in t.ask(named)]


def _read(t: Tables, tables: list[str]) -> list[dict[str, Any]]:
    log = t.held("access_log", "role", "table")
    if log is None:
        return []
    of_taps = log.filter(log.table.isin(tables), log.operation.isnull() | log.operation.isin(READINGS))
    cell = _cell(t, tables)
    beyond = of_taps.anti_join(cell, [of_taps.table == cell.held_table, of_taps.role == cell.account])
    nameless = _told(beyond.filter(beyond.role.isnull()), ["table"])
    found = [{**row, "kind": "read-without-a-role"} for row in t.ask(nameless)]
    by_role = _told(beyond.filter(beyond.role.notnull()).mutate(recipient=beyond.role), ["table", "recipient"])
    found += [{**row, "kind": "read-outside-fraud"} for row in t.ask(by_role)]
    return found + _for_another_purpose(t, of_taps.semi_join(cell, [of_taps.table == cell.held_table, of_taps.role == cell.account]))


def _for_another_purpose(t: Tables, by_the_cell: Relation) -> list[dict[str, Any]]:
    purposes = t["declared_purposes"]
    against_fraud = purposes.filter(purposes.family == FRAUD).select("purpose")
    others = purposes.filter(purposes.family.fill_null("") != FRAUD).anti_join(against_fraud, "purpose").select("purpose").distinct()
    strayed = by_the_cell.semi_join(others, "purpose")
    told = _told(strayed.mutate(recipient=strayed.role, value=strayed.purpose), ["table", "recipient", "value"])
    return [{**row, "kind": "read-for-another-purpose"} for row in t.ask(told)]


def _told(readings: Relation, by: list[str]) -> Relation:
    return readings.group_by(by).agg(rows=readings.count(), oldest=readings.accessed_at.min(), newest=readings.accessed_at.max())


RULE = Rule(
    id="BIL-RET-VALID-USAGE",
    name="retention.48-hour-taps-used-beyond-fraud",
    family="retention",
    title=said("48 h réservées à la fraude technologique", "The 48 hours serve technological fraud only"),
    severity=Severity.BLOCKING,
    sources=(legal.CNIL_2011_107_ART_4, legal.CNIL_03_008, legal.CNIL_04_020),
    reading=Reading.VERIFIED,
    needs=("observed_columns", "observed_stores", "declared_tables", "declared_purposes", "declared_recipients"),
    query=uses_of_the_48_hours_outside_fraud,
    message=said(
        "Le rôle {recipient} accède à {table}, table des validations identifiantes, sans relever de la lutte contre la fraude.",
        "The role {recipient} reaches {table}, a table of identifying taps, without belonging to the fight against fraud.",
    ),
    messages={
        "granted-outside-fraud": said(
            "Le rôle {recipient} a le droit de lire {table}, table des validations identifiantes, sans être déclaré dans un traitement de "
            "lutte contre la fraude qui couvre cette table.",
            "The role {recipient} may read {table}, a table of identifying taps, without being declared by an activity against fraud that "
            "covers it.",
        ),
        "read-outside-fraud": said(
            "Le rôle {recipient}, étranger à la cellule fraude, a lu {rows} fois {table}, table des validations identifiantes, du {oldest} "
            "au {newest}.",
            "The role {recipient}, outside the fraud cell, read {table}, a table of identifying taps, {rows} times, from {oldest} to "
            "{newest}.",
        ),
        "read-without-a-role": said(
            "{table}, table des validations identifiantes, a été lue {rows} fois sans que le journal dise par quel rôle, du {oldest} au "
            "{newest}.",
            "{table}, a table of identifying taps, was read {rows} times without the log saying by which role, from {oldest} to {newest}.",
        ),
        "read-for-another-purpose": said(
            "Le rôle {recipient} a lu {rows} fois {table} pour la finalité déclarée « {value} », étrangère à la fraude, du {oldest} au "
            "{newest}.",
            "The role {recipient} read {table} {rows} times for the declared purpose “{value}”, not fraud, from {oldest} to {newest}.",
        ),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Retirer les droits des autres rôles ; servir le service après-vente, les études et le marketing depuis la table anonymisée.",
        "Withdraw the rights of the other roles; serve after-sales, studies and marketing from the anonymised table.",
    ),
    rationale=said(
        "Les 48 heures pendant lesquelles un passage reste lié à une carte ne sont admises que pour déceler la fraude technologique. Une "
        "table qui existe attire d’autres usages : compter, relancer, dépanner. Chacun de ces usages détourne la seule raison qui "
        "permettait de garder le lien.",
        "The 48 hours during which a tap stays linked to a card are allowed only to detect technological fraud. A table that exists "
        "attracts other uses: counting, chasing, helping out. Each of them diverts the only reason that allowed the link to be kept.",
    ),
    judgement=said(
        "Un humain vérifie que la finalité déclarée « fraude » est bien la fraude technologique, et non le contrôle des titres. Un "
        "journal déclaré absent ne laisse voir que les droits, non les lectures.",
        "A person checks that the purpose declared as “fraude” really is technological fraud, not ticket inspection. Where the log is "
        "declared absent, only rights are seen, not readings.",
    ),
)
