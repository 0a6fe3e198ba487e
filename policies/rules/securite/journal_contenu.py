"""Logs that leave readings out, can be rewritten, say too much, or show uses that nothing justifies."""

from collections.abc import Callable, Iterator
from datetime import time
from functools import partial
from typing import Any, Final

import ibis

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.errors import CouldNotCheck
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules import uses
from policies.rules.pieces import shown
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known, some, today

_STANDS_FOR: Final = {"share": ("share", "export")}
"""Operations that a log may tell under another word."""


def logs_at_fault(t: Tables) -> list[dict[str, Any]]:
    """Return what the logs leave out, what lets them be rewritten, what they should not say, and the uses nothing justifies."""
    log = t["access_log"]
    if not some(t, log):
        return [{"kind": "log-empty"}]
    parts = (_operations, _incomplete, _sealing, _writable, _beside, _quoting, _traces, _purposes, _tickets, _volumes)
    return as_far_as_known(*(partial(_asked, part, t) for part in parts))


def _asked(part: Callable[[Tables], Iterator[tuple[str, Relation]]], t: Tables) -> list[dict[str, Any]]:
    return [row for kind, found in part(t) for row in t.ask(found.mutate(kind=ibis.literal(kind)))]


def _operations(t: Tables) -> Iterator[tuple[str, Relation]]:
    log = t["access_log"]
    for operation in t.parameter("operations").split():
        told = log.filter(log.operation.isin(_STANDS_FOR.get(operation, (operation,))))
        counted = log.aggregate(rows=log.count()).mutate(missing=ibis.literal(operation))
        if not some(t, told):
            yield "operation-not-logged", counted


def _incomplete(t: Tables) -> Iterator[tuple[str, Relation]]:
    log = t["access_log"]
    lacks = {"author": log.user.isnull() & log.role.isnull(), "operation": log.operation.isnull(), "table": log["table"].isnull()}
    for missing, lacking in lacks.items():
        bare = log.filter(lacking)
        counted = bare.group_by([bare.physical.name("table")]).agg(rows=bare.count(), newest=bare.accessed_at.max())
        yield "entry-incomplete", counted.mutate(missing=ibis.literal(missing))


def _sealing(t: Tables) -> Iterator[tuple[str, Relation]]:
    log = t["access_log"]
    yield "log-chain-broken", uses.broken_links(log)
    sealed_elsewhere = "declared_pieces" in t and not shown(t, "log-policy", holds=("tamper-evidence",))
    if not sealed_elsewhere:
        yield "log-not-sealed", uses.unchained_logs(log)


def _writable(t: Tables) -> Iterator[tuple[str, Relation]]:
    granted = uses.rights(t)
    if granted is None:
        return
    log = t["access_log"]
    logged = log.select("role").distinct()
    writing = granted.filter(granted.privilege.lower().isin(t.parameter("writing").split()))
    over = writing.semi_join(log.select(table=log.physical).distinct(), "table").semi_join(logged, "role")
    yield "log-writable-by-its-subjects", over.select("table", recipient=over.role, value=over.privilege.lower()).distinct()


def _beside(t: Tables) -> Iterator[tuple[str, Relation]]:
    stores = t["observed_stores"]
    housed = stores.filter(stores["table"].contains(".")).mutate(database=stores["table"].split(".")[0])
    logs = housed.filter(housed.canonical == "access_log").select("table", "database").distinct()
    others = housed.filter(housed.canonical != "access_log").group_by("database").agg(beside=housed["table"].min())
    yield "log-beside-its-data", logs.join(others, "database").select("table", "beside")


def _quoting(t: Tables) -> Iterator[tuple[str, Relation]]:
    yield "log-quotes-card-and-stop", uses.quoting_card_and_stop(t["access_log"])


def _traces(t: Tables) -> Iterator[tuple[str, Relation]]:
    granted, log = uses.rights(t), uses.consultations(t, "operation")
    if granted is not None and log is not None:
        yield "right-without-trace", uses.rights_without_trace(t, _of_accounts_in_use(t, granted), log)


def _of_accounts_in_use(t: Tables, granted: Relation) -> Relation:
    """Leave aside the accounts known to be closed, or never used since the log begins: they read nothing that could be logged."""
    if "accounts" not in t:
        return granted
    log, accounts = t["access_log"], t["accounts"]
    begins = t.ask(log.aggregate(begins=log.accessed_at.min()))[0]["begins"]
    unused = (accounts.last_used_on < ibis.literal(begins.date(), type="date")).fill_null(False)
    idle = accounts.filter(unused | (accounts.closed_on <= today(t)).fill_null(False))
    return granted.anti_join(idle, granted.role == idle.account)


def _purposes(t: Tables) -> Iterator[tuple[str, Relation]]:
    log = uses.consultations(t, "purpose")
    if log is None:
        return
    yield "use-without-purpose", uses.without_purpose(log)
    misused = uses.under_another_purpose(t, log)
    yield "use-under-another-purpose", misused.filter(misused.value.notnull())
    yield "use-under-an-unknown-purpose", misused.filter(misused.value.isnull())


def _tickets(t: Tables) -> Iterator[tuple[str, Relation]]:
    log = uses.consultations(t, "operation", "ticket")
    if log is not None:
        yield "use-outside-ticket", uses.outside_ticket(log, uses.tables_of(t, *t.parameter("ticketed").split()))


def _volumes(t: Tables) -> Iterator[tuple[str, Relation]]:
    log = uses.consultations(t, "operation", "rows")
    if log is None:
        return
    most, least = int(t.parameter("burst")), int(t.parameter("extraction"))
    yield "burst-of-readings", uses.bursts(log, most).mutate(threshold=ibis.literal(most))
    yield "extraction-outside-hours", uses.outside_hours(log, _time(t, "opens"), _time(t, "closes"), least)


def _time(t: Tables, parameter: str) -> time:
    try:
        return time.fromisoformat(t.parameter(parameter))
    except ValueError:
        raise CouldNotCheck(
            f"The parameter {parameter} is not a time of day.",
            "Nobody can tell a use outside hours that are not known.",
            f'Write it as "04:00", in UTC, under the parameters of SEC-JOURNAL-CONTENU ({parameter}).',
        ) from None


RULE = Rule(
    id="SEC-JOURNAL-CONTENU",
    name="security.logs-incomplete-or-rewritable",
    family="securite",
    title=said("Journaliser aussi la consultation, journaux intègres", "Log reads too; logs isolated and tamper-evident"),
    severity=Severity.MAJOR,
    sources=(legal.CNIL_SECURITE_2024_16, legal.CNIL_2021_122, legal.CNIL_2013_248),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=(
        "access_log.accessed_at",
        "access_log.role",
        "access_log.table",
        "access_log.operation",
        "observed_stores",
        "observed_columns",
        "declared_purposes",
        "declared_tables",
    ),
    parameters={
        "operations": "create read share update delete",
        "writing": "insert update delete truncate all",
        "ticketed": "customers",
        "burst": "1000",
        "extraction": "100",
        "opens": "04:00",
        "closes": "21:00",
    },
    query=logs_at_fault,
    message=said("Les journaux d’accès sont en défaut : {table}.", "The access logs are at fault: {table}."),
    messages={
        "log-empty": said(
            "Le journal des accès ne contient aucune écriture : rien de ce qui a été consulté ne peut être retrouvé.",
            "The access log holds no entry: nothing of what was read can be traced.",
        ),
        "operation-not-logged": said(
            "Aucune des {rows} écritures du journal n’est de nature « {missing} » : ces opérations ne sont pas tracées, ou n’ont jamais "
            "lieu.",
            "None of the {rows} entries of the log is of the kind “{missing}”: these operations are not traced, or never happen.",
        ),
        "entry-incomplete": said(
            "{table} contient {rows} écritures où manque « {missing} », la dernière du {newest}.",
            "{table} holds {rows} entries that lack “{missing}”, the last of {newest}.",
        ),
        "log-chain-broken": said(
            "Le chaînage des écritures de {table} est rompu en {rows} points, sur {entries} écritures.",
            "The chain of the entries of {table} is broken in {rows} places, out of {entries} entries.",
        ),
        "log-not-sealed": said(
            "Aucune des {rows} écritures de {table} ne porte d’empreinte, et aucune pièce ne dit comment le journal est scellé : une "
            "suppression ne se verrait pas.",
            "None of the {rows} entries of {table} bears a digest, and no piece says how the log is sealed: a deletion would not show.",
        ),
        "log-writable-by-its-subjects": said(
            "Le compte {recipient}, dont {table} journalise les actes, y a le droit {value}.",
            "The account {recipient}, whose acts {table} records, has the {value} privilege on it.",
        ),
        "log-beside-its-data": said(
            "Le journal {table} est dans la même base que les données qu’il surveille ({beside}).",
            "The log {table} stands in the same database as the data it watches ({beside}).",
        ),
        "log-quotes-card-and-stop": said(
            "{table} cite à la fois la carte et l’arrêt dans {rows} écritures ({cards} cartes), la plus ancienne du {oldest} : le "
            "journal "
            "survit à la donnée qu’il recopie.",
            "{table} quotes both the card and the stop in {rows} entries ({cards} cards), the oldest of {oldest}: the log outlives the "
            "data "
            "it copies.",
        ),
        "right-without-trace": said(
            "Le compte {recipient} peut lire {table}, qui nomme des personnes, et le journal n’en montre aucune consultation : le droit "
            "est "
            "inutile, ou les lectures ne sont pas tracées.",
            "The account {recipient} may read {table}, which names people, and the log shows no reading of it: the right is useless, or "
            "readings are not traced.",
        ),
        "use-without-purpose": said(
            "Le compte {recipient} a utilisé {table} {entries} fois sans dire pour quelle finalité, la dernière le {newest}.",
            "The account {recipient} used {table} {entries} times without saying for which purpose, last on {newest}.",
        ),
        "use-under-another-purpose": said(
            "Le compte {recipient} a utilisé {table} {entries} fois pour la finalité « {value} », que le registre ne déclare pas pour "
            "cette "
            "table ; la dernière le {newest}.",
            "The account {recipient} used {table} {entries} times for the purpose “{value}”, which the register does not declare for "
            "that "
            "table; last on {newest}.",
        ),
        "use-under-an-unknown-purpose": said(
            "Le compte {recipient} a utilisé {table} {entries} fois pour une finalité inconnue du registre, la dernière le {newest}.",
            "The account {recipient} used {table} {entries} times for a purpose unknown to the register, last on {newest}.",
        ),
        "use-outside-ticket": said(
            "Le compte {recipient} a consulté {table} {entries} fois sans dossier qui le justifie, la dernière le {newest}.",
            "The account {recipient} read {table} {entries} times without a case to justify it, last on {newest}.",
        ),
        "burst-of-readings": said(
            "Le compte {recipient} a lu plus de {threshold} lignes en une heure, à {entries} reprises : jusqu’à {rows} lignes, la "
            "dernière "
            "fois le {newest}.",
            "The account {recipient} read more than {threshold} rows in one hour, {entries} times: up to {rows} rows, last on {newest}.",
        ),
        "extraction-outside-hours": said(
            "Le compte {recipient} a extrait {table} {entries} fois hors des heures de service, la dernière le {newest}.",
            "The account {recipient} extracted {table} {entries} times outside working hours, last on {newest}.",
        ),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Tracer aussi les lectures nominatives, avec leur auteur, leur finalité et leur dossier ; déporter le journal, le chaîner et le "
        "vérifier ; y remplacer la carte et le lieu par une référence.",
        "Trace nominative readings too, with their author, purpose and case; move the log away, chain it and verify it; replace the card "
        "and the place in it by a reference.",
    ),
    rationale=said(
        "Le guide de la CNIL demande de tracer création, consultation, partage, modification et suppression, avec l’auteur, la date, la "
        "nature et la référence, dans un journal à part que les personnes journalisées ne peuvent pas réécrire ; la CNIL a relevé "
        "l’absence de journal des consultations chez Comutitres. La délibération 2021-122 n’a été lue que dans des comptes rendus. La "
        "finalité, le dossier, les volumes (1000 lignes par heure, 100 par extraction) et les heures (4 h à 21 h, UTC) sont des seuils "
        "du "
        "projet : un dépassement est à expliquer, il n’est pas une faute en soi.",
        "The CNIL’s guide asks that creation, reading, sharing, change and deletion be traced, with author, date, kind and reference, "
        "in a "
        "separate log that those it watches cannot rewrite; the CNIL noted that Comutitres kept no log of readings. Deliberation "
        "2021-122 "
        "was read in secondary accounts only. The purpose, the case, the volumes (1000 rows an hour, 100 an extraction) and the hours "
        "(04:00 to "
        "21:00 UTC) are the project’s thresholds: going past them calls for an explanation, it is not a fault in itself.",
    ),
    judgement=said(
        "Le programme vérifie que les écritures se suivent, non que chacune dit vrai : il ne recalcule pas leurs empreintes. Une "
        "personne "
        "doit encore dire si un type d’opération absent n’a réellement pas eu lieu, et si les lectures en nombre ou tardives "
        "s’expliquent.",
        "The program checks that entries follow one another, not that each tells the truth: it does not compute their digests again. A "
        "person must still say whether an operation that is absent truly never happened, and whether large or late readings are "
        "explained.",
    ),
)
