"""Files that hold card or customer numbers and lie about, outside the register."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import ibis

from auditor.engine.base import Relation
from auditor.rules import NotConcerned, Rule, TableAbsent, Tables
from auditor.vocabulary.errors import CouldNotCheck
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import as_far_as_known


def orphan_exports(t: Tables) -> list[dict[str, Any]]:
    """Return the files with personal numbers that nobody declared, the declared ones open to all, and the export stores of no activity.

    Raises:
        NotConcerned: nobody designated a folder, no list of files is held, and no store is an export.
        CouldNotCheck: some files could not be read, and the others are clean.
    """
    found = as_far_as_known(partial(_stores, t), partial(_files, t))
    if not found and "observed_files" not in t and "files" not in t and not _export_stores(t):
        raise NotConcerned(
            said("aucun dossier n’est désigné et aucun export n’est déclaré", "no folder is named and no export is declared")
        )
    return found


def _files(t: Tables) -> Iterator[dict[str, Any]]:
    if "observed_files" not in t and "files" not in t:
        if "files" in t.absent:
            return
        raise TableAbsent("observed_files")
    lying = [_kind(row) for part in (_searched(t), _listed(t)) if part is not None for row in t.ask(part)]
    unread = _unread(t)
    if unread and not lying:
        raise CouldNotCheck(
            f"{unread} files of the folders searched could not be read.",
            "What they hold is unknown, and an export that cannot be opened is still an export.",
            "Give this account the right to read them, open the protected ones, or remove them.",
        )
    yield from lying
    if unread:
        yield {"kind": "files-not-read", "entries": unread}


def _searched(t: Tables) -> Relation | None:
    if "observed_files" not in t:
        return None
    files = t["observed_files"]
    cards, customers = files.card_numbers.fill_null(0), files.customer_numbers.fill_null(0)
    told = files.mutate(cards=cards, customers=customers, open_to_all=files.readable_by_all.fill_null(False))
    return _at_fault(t, told.mutate(declared=files.declared.fill_null(False)).filter(cards + customers > 0))


def _listed(t: Tables) -> Relation | None:
    if "files" not in t:
        return None
    files = t["files"]
    holding = files.filter(files.holds_card_numbers.fill_null(False) | files.holds_customer_numbers.fill_null(False))
    nothing = ibis.literal(None, type="int64")
    told = holding.mutate(cards=nothing, customers=nothing, open_to_all=holding.readable_by_all.fill_null(False), declared=False)
    if "observed_files" in t:
        told = told.anti_join(t["observed_files"], "path")
    return _at_fault(t, told)


def _at_fault(t: Tables, files: Relation) -> Relation:
    old = (files.modified_at < t.limit("term")).fill_null(False)
    wrong = files.filter(~files.declared | files.open_to_all)
    return wrong.select("declared", "open_to_all", "cards", "customers", file=wrong.path, oldest=wrong.modified_at, old=old)


def _kind(row: dict[str, Any]) -> dict[str, Any]:
    kinds = (
        ("export-open-to-all", row["open_to_all"]),
        ("export-past-its-term", row["old"]),
        ("export-not-declared", True),
    )
    told = {name: row[name] for name in ("file", "cards", "customers", "oldest") if row[name] is not None}
    return {**told, "kind": next(kind for kind, true in kinds if true)}


def _unread(t: Tables) -> int:
    if "observed_files" not in t:
        return 0
    files = t["observed_files"]
    closed = files.filter(files.unread.fill_null("") != "")
    return int(t.ask(closed.aggregate(closed=closed.count()))[0]["closed"])


def _stores(t: Tables) -> list[dict[str, Any]]:
    stores = t["observed_stores"]
    columns = t["observed_columns"]
    numbered = columns.filter(columns.mapped.re_search(r"\.(card|customer|subscriber|payer)$"))
    exports = stores.filter(stores.store_role == "export", stores.rows > 0, stores.card_form.fill_null("number") == "number")
    orphans = exports.semi_join(numbered, "table").anti_join(t["declared_tables"], "table")
    counted = orphans.group_by(["table", "store"]).agg(rows=orphans["rows"].max())
    return t.ask(counted.mutate(kind=ibis.literal("export-store-not-declared")))


def _export_stores(t: Tables) -> bool:
    stores = t["observed_stores"]
    return bool(t.ask(stores.filter(stores.store_role == "export").limit(1)))


RULE = Rule(
    id="SEC-EXPORTS",
    name="security.orphan-exports",
    family="securite",
    title=said("Exports bureautiques orphelins", "Orphan spreadsheet exports"),
    severity=Severity.BLOCKING,
    sources=(legal.CNIL_SAN_2021_019,),
    reading=Reading.PARTIAL,
    frames=frozenset({Frame.GDPR}),
    needs=("observed_stores", "observed_columns", "declared_tables"),
    parameters={"term": "P18M"},
    query=orphan_exports,
    message=said("{file} contient des numéros de carte ou d’abonné.", "{file} holds card or subscriber numbers."),
    messages={
        "export-not-declared": said(
            "Le fichier {file}, du {oldest}, contient des numéros de carte ou d’abonné et n’est déclaré nulle part.",
            "The file {file}, of {oldest}, holds card or subscriber numbers and is declared nowhere.",
        ),
        "export-past-its-term": said(
            "Le fichier {file}, qui contient des numéros de carte ou d’abonné et n’est déclaré nulle part, date du {oldest} : plus que "
            "la "
            "durée retenue.",
            "The file {file}, which holds card or subscriber numbers and is declared nowhere, dates from {oldest}: more than the term set.",
        ),
        "export-open-to-all": said(
            "Le fichier {file}, du {oldest}, contient des numéros de carte ou d’abonné et tout compte de la machine peut le lire.",
            "The file {file}, of {oldest}, holds card or subscriber numbers and any account of the machine may read it.",
        ),
        "export-store-not-declared": said(
            "L’export {table} (magasin {store}) porte des numéros de carte ou d’abonné et aucune fiche ne le déclare : {rows} lignes.",
            "The export {table} (store {store}) bears card or subscriber numbers and no record declares it: {rows} rows.",
        ),
        "files-not-read": said(
            "{entries} autres fichiers des dossiers parcourus n’ont pas pu être lus : ce qu’ils contiennent est inconnu.",
            "{entries} other files of the folders searched could not be read: what they hold is unknown.",
        ),
        "part-not-checked": said(
            "Les dossiers d’échange n’ont pas été parcourus : {missing} manque à l’audit.",
            "The exchange folders were not searched: the audit lacks {missing}.",
        ),
    },
    remediation=said(
        "Supprimer ces fichiers ou les déplacer sous une fiche du registre ; interdire par défaut l’export nominatif.",
        "Delete these files or move them under a record; forbid nominative exports by default.",
    ),
    rationale=said(
        "En 2021, la CNIL a sanctionné la RATP de 400 000 euros, notamment pour des extractions gardées au-delà de la durée fixée (18 "
        "mois) "
        "et un accès indifférencié. La décision, lue dans des synthèses, portait sur des données de personnel et non de billettique : "
        "elle "
        "n’oblige que son destinataire, mais le défaut est partout le même. Un fichier oublié survit à toutes les purges.",
        "In 2021 the CNIL fined RATP 400 000 euros, among others for extractions kept beyond the term set (18 months) and "
        "undifferentiated "
        "access. The decision, read in summaries, was about staff data and not ticketing: it binds its addressee only, but the fault is "
        "the "
        "same everywhere. A forgotten file outlives every purge.",
    ),
    judgement=said(
        "Une personne doit encore dire si les dossiers parcourus sont bien tous ceux où l’on dépose des fichiers, postes et messageries "
        "compris.",
        "A person must still say whether the folders searched are all those where files are left, workstations and mailboxes included.",
    ),
)
