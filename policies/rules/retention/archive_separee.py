"""Archives that are one with the active base: same source, same accounts, or a mere label."""

from typing import Any

import ibis.expr.types as ir

from auditor.engine.base import Relation
from auditor.rules import NotConcerned, Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import PART_NOT_CHECKED, REFERENCE_TABLES, as_far_as_known, counted, source_of

LABELLED = ("cards", "contracts")
"""Canonical tables that bear a status."""
ADMINISTRATION = ("access_log", "accounts", "admin_events", "backups", "files", "grants")
"""Canonical tables that administrators read beside any archive: they make nobody operational."""


def archives_not_apart(t: Tables) -> list[dict[str, Any]]:
    """List the archive tables that share their source, or an account, with an active table, and the rows archived by a label.

    Tables of codes, rights and logs are left aside: whoever reads an archive reads them too.

    Raises:
        NotConcerned: no store is an archive, and no active row is labelled as archived.
    """
    active, archived = _tables(t, "active"), _tables(t, "archive")
    labelled = [row for name in LABELLED if name in t for row in t.ask(_labelled(t[name]))]
    if not archived and not labelled:
        raise NotConcerned(said("aucun magasin n’est une archive", "no store is an archive"))
    if not archived:
        return labelled
    return as_far_as_known(
        lambda: labelled,
        lambda: _same_source(active, archived),
        lambda: _same_accounts(t, active, archived),
        lambda: _read_by_the_same(t, active, archived),
    )


def _tables(t: Tables, role: str) -> dict[str, str]:
    stores = t["observed_stores"]
    stores = stores.filter(~stores.canonical.isin([*REFERENCE_TABLES, *ADMINISTRATION]))
    return {row["table"]: row["store"] for row in t.ask(stores.filter(stores.store_role == role).select("table", "store").distinct())}


def _labelled(table: Relation) -> Relation:
    called = table.filter(table.store_role == "active", table.status.lower().contains("archiv"))
    return counted(called, "archived-by-a-label")


def _same_source(active: dict[str, str], archived: dict[str, str]) -> list[dict[str, Any]]:
    sources = {source_of(table) for table in active}
    shared = sorted(table for table in archived if source_of(table) in sources)
    return [{"table": table, "store": archived[table], "kind": "same-source", "value": source_of(table)} for table in shared]


def _same_accounts(t: Tables, active: dict[str, str], archived: dict[str, str]) -> list[dict[str, Any]]:
    grants = t.held("grants", "role", "table", "privilege")
    return [] if grants is None else _on_both(t, grants, grants.privilege.lower() == "select", active, archived, "account-on-both")


def _read_by_the_same(t: Tables, active: dict[str, str], archived: dict[str, str]) -> list[dict[str, Any]]:
    log = t.held("access_log", "role", "table")
    if log is None:
        return []
    readings = log.operation.isnull() | log.operation.isin(["read", "share", "export"])
    return _on_both(t, log, readings, active, archived, "account-reads-both")


def _on_both(
    t: Tables, held: Relation, where: ir.BooleanValue, active: dict[str, str], archived: dict[str, str], kind: str
) -> list[dict[str, Any]]:
    kept = held.filter(where, held.role.notnull())
    daily = kept.filter(kept.table.isin(sorted(active))).select("role").distinct()
    both = kept.filter(kept.table.isin(sorted(archived))).semi_join(daily, "role")
    told = both.group_by(["table", both.role.name("recipient")]).agg(rows=both.count())
    return [{**row, "store": archived[row["table"]], "kind": kind} for row in t.ask(told)]


RULE = Rule(
    id="BIL-RET-ARCHIVE-SEP",
    name="retention.archives-not-apart-from-the-active-base",
    family="retention",
    title=said("Base active et archivage intermédiaire séparés", "Active base and intermediate archive kept apart"),
    severity=Severity.MAJOR,
    sources=(legal.CNIL_DEVELOPPEUR_14, legal.CNIL_ARCHIVES, legal.CNIL_QUESTIONS),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("observed_stores",),
    query=archives_not_apart,
    message=said(
        "{table} (magasin {store}) n’est pas une archive séparée de la base active.",
        "{table} (store {store}) is not an archive apart from the active base.",
    ),
    messages={
        "same-source": said(
            "{table} (magasin {store}) est déclarée archive et vit dans la même source que la base active ({value}).",
            "{table} (store {store}) is declared an archive and lives in the same source as the active base ({value}).",
        ),
        "account-on-both": said(
            "Le compte {recipient} a le droit de lire l’archive {table} et une table active.",
            "The account {recipient} may read the archive {table} and an active table.",
        ),
        "account-reads-both": said(
            "Le compte {recipient} a lu {rows} fois l’archive {table} et lit aussi une table active.",
            "The account {recipient} read the archive {table} {rows} times and also reads an active table.",
        ),
        "archived-by-a-label": said(
            "{table} (magasin {store}) garde dans la base active {rows} lignes que seul leur statut dit archivées.",
            "{table} (store {store}) keeps in the active base {rows} rows that only their status calls archived.",
        ),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Déplacer l’archive dans un schéma ou une instance distincte, avec ses propres comptes, un accès ponctuel et tracé.",
        "Move the archive to a distinct schema or instance, with its own accounts and occasional, traced access.",
    ),
    rationale=said(
        "Une donnée passe par trois âges : base active, archive intermédiaire, puis effacement ou archives définitives. Écrire « archivé » "
        "dans une colonne ne change rien : les mêmes personnes la lisent tous les jours. L’archive n’a de sens que lue par d’autres, "
        "rarement, et pour une raison.",
        "Data go through three ages: active base, intermediate archive, then erasure or final archives. Writing “archived” in a column "
        "changes nothing: the same people read it every day. An archive makes sense only when read by others, rarely, and for a reason.",
    ),
    judgement=said(
        "Un humain vérifie que deux sources différentes ne sont pas le même serveur, et que l’archive est réduite au nécessaire (pièces "
        "comptables : 10 ans).",
        "A person checks that two different sources are not one server, and that the archive is reduced to what is needed (10 years for "
        "accounting records).",
    ),
)
