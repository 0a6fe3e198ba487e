"""Identifying taps that backups keep alive, and restorations after which nothing was erased again."""

from typing import Any

import ibis

from auditor.rules import Rule, Tables
from auditor.vocabulary.errors import CouldNotCheck
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.pieces import shown, worded
from policies.rules.questions import (
    PART_NOT_CHECKED,
    as_far_as_known,
    counted,
    later,
    names_someone,
    source_of,
    standing,
    tables_of_identifying_taps,
)

REPLAY = "purge-replay"
"""Heading of a backup policy that says erasures are replayed after a restoration."""
ROLES = ("active", "relay")


def backups_that_outlive_erasure(t: Tables) -> list[dict[str, Any]]:
    """List the backup tables of taps past the term, the backups of the 48-hour tables kept too long, the restorations not purged.

    The limit is the term plus the margin the network documents. A network without a catalogue of backups shows its policy.

    Raises:
        CouldNotCheck: nothing was found, and the catalogue speaks of tables that the mapping does not know.
    """
    found = as_far_as_known(lambda: _copies(t), lambda: _catalogue(t))
    if not _names_other_tables(t):
        return found
    if not found:
        raise CouldNotCheck(
            "The catalogue of backups names no table and no source that the mapping knows.",
            "Backups of the 48-hour table cannot be told from the others.",
            "Translate the names with `values`, so that it says `source.table`, or `source`, as the mapping does.",
        )
    return [*found, {"kind": "part-not-checked", "missing": "backups.table"}]


def _names_other_tables(t: Tables) -> bool:
    if "backups" not in t:
        return False
    named = {row["table"] for row in t.ask(t["backups"].select("table").distinct())}
    tables = {row["table"] for row in t.ask(t["observed_stores"].select("table").distinct())}
    return bool(named) and not named & (tables | {source_of(table) for table in tables})


def _copies(t: Tables) -> list[dict[str, Any]]:
    taps = t["validations"]
    backed = taps.filter(taps.store_role == "backup", names_someone(taps))
    limit = t.duration("term").before(t.duration("margin").before(t.as_of))
    aged = backed.filter(backed.tapped_at < ibis.literal(limit, type="timestamp"))
    return t.ask(counted(aged, "row-past-its-term", since="tapped_at", term=t.parameter("term")))


def _catalogue(t: Tables) -> list[dict[str, Any]]:
    backups = t.held("backups", "table", "taken_at", "expires_at", "restored_at")
    if backups is None:
        return shown(t, "backup-policy", holds=(REPLAY,))
    tables = tables_of_identifying_taps(t, *ROLES)
    # A backup of a whole source holds its tables.
    concerned = sorted(tables | {source_of(table) for table in tables})
    of_taps = backups.filter(backups.table.isin(concerned), standing(backups.destroyed_at, t))
    due = later(later(of_taps.taken_at, t.duration("term")), t.duration("margin"))
    now = ibis.literal(t.as_of, type="timestamp")
    replayed = backups.purged_again_at.notnull() & (backups.purged_again_at >= backups.restored_at)
    parts = (
        (of_taps.filter(due < now), "backup-past-its-term", "taken_at"),
        (of_taps.filter(due >= now, of_taps.expires_at.isnull() | (of_taps.expires_at > due)), "backup-due-too-late", "taken_at"),
        (backups.filter(backups.restored_at <= now, ~replayed), "restored-without-purge", "restored_at"),
    )
    found = []
    for rows, kind, since in parts:
        told = rows.group_by("table").agg(rows=rows.count(), oldest=rows[since].min())
        found += [{**row, "kind": kind, "term": t.parameter("term")} for row in t.ask(told)]
    return found


RULE = Rule(
    id="BIL-RET-SAUVEGARDES",
    name="retention.backups-that-outlive-erasure",
    family="retention",
    title=said("Effacement jusque dans les sauvegardes", "Erasure reaches backups"),
    severity=Severity.MAJOR,
    sources=(legal.CNIL_DEVELOPPEUR_13, legal.CNIL_SECURITE_2024_17),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("validations.tapped_at", "validations.card", "observed_columns", "observed_stores"),
    parameters={"term": "PT48H", "margin": "PT0S"},
    query=backups_that_outlive_erasure,
    message=said("{table} survit dans des sauvegardes au-delà de {term}.", "{table} lives on in backups past {term}."),
    messages={
        "row-past-its-term": said(
            "La sauvegarde {table} (magasin {store}) garde des validations identifiantes au-delà de {term} et de la marge déclarée : "
            "{rows} lignes, {cards} cartes, la plus ancienne du {oldest}.",
            "The backup {table} (store {store}) keeps identifying taps past {term} and the declared margin: {rows} rows, {cards} cards, "
            "the oldest of {oldest}.",
        ),
        "backup-past-its-term": said(
            "Le catalogue garde {rows} sauvegardes de {table}, table des validations identifiantes, au-delà de {term} et de la marge "
            "déclarée, la plus ancienne du {oldest}.",
            "The catalogue keeps {rows} backups of {table}, a table of identifying taps, past {term} and the declared margin, the oldest "
            "of {oldest}.",
        ),
        "backup-due-too-late": said(
            "{rows} sauvegardes de {table}, table des validations identifiantes, seront détruites trop tard, ou n’ont pas d’échéance "
            "(durée admise : {term} et la marge déclarée).",
            "{rows} backups of {table}, a table of identifying taps, are due to be destroyed too late, or have no end (term allowed: "
            "{term} and the declared margin).",
        ),
        "restored-without-purge": said(
            "{table} a été restaurée {rows} fois sans que les effacements aient été rejoués, la première fois le {oldest}.",
            "{table} was restored {rows} times without the erasures being replayed, first on {oldest}.",
        ),
        **worded("Politique de sauvegarde", "Backup policy"),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Exclure la table des 48 heures des sauvegardes longues ; rejouer les purges après chaque restauration et en garder la trace.",
        "Exclude the 48-hour table from long backups; replay the purges after each restoration and keep a trace of it.",
    ),
    rationale=said(
        "Une donnée effacée qui revient d’une sauvegarde n’a jamais été effacée. La CNIL demande de prévoir l’effacement jusque dans les "
        "sauvegardes, ou un moyen d’empêcher qu’une restauration le défasse. Aucune marge n’est fixée : celle d’un réseau se déclare, "
        "avec sa raison.",
        "Erased data that come back from a backup were never erased. The CNIL asks that erasure reach the backups, or that something keep "
        "a restoration from undoing it. No margin is set: a network declares its own, with the reason.",
    ),
    judgement=said(
        "Un humain juge si la marge déclarée est utile, et si le catalogue dit toutes les sauvegardes, celles du prestataire comprises.",
        "A person judges whether the declared margin is needed, and whether the catalogue tells every backup, the provider’s included.",
    ),
)
