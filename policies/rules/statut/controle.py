"""Ticket inspection kept together with ticketing: same base, same key, same eyes, or one record for both."""

from typing import Any

from auditor.engine.base import Relation
from auditor.rules import Rule, TableAbsent, Tables
from auditor.vocabulary.law import Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known, bears_number, past, source_of


def inspection_tied_to_ticketing(t: Tables) -> list[dict[str, Any]]:
    """List the tables of offences in the source of the taps, the persons found in both, the accounts and records on both.

    Persons are those of the offences whose card, in clear, or whose customer number is still on a tap older than the term.
    """
    notices, taps = _tables(t, "penalty_notices"), _tables(t, "validations")
    return as_far_as_known(
        lambda: _same_source(notices, taps),
        lambda: _common_key(t, "card"),
        lambda: _common_key(t, "customer"),
        lambda: _same_accounts(t, notices, taps),
        lambda: _one_activity(t, notices, taps),
    )


def _tables(t: Tables, canonical: str) -> dict[str, str]:
    stores = t["observed_stores"]
    held = t.ask(stores.filter(stores.canonical == canonical).select("table", "store").distinct())
    return {row["table"]: row["store"] for row in held}


def _same_source(notices: dict[str, str], taps: dict[str, str]) -> list[dict[str, Any]]:
    sources, stores = {source_of(table) for table in taps}, set(taps.values())
    shared = sorted(table for table, store in notices.items() if source_of(table) in sources or store in stores)
    return [{"table": table, "store": notices[table], "kind": "same-source"} for table in shared]


def _common_key(t: Tables, key: str) -> list[dict[str, Any]]:
    try:
        t.require(f"penalty_notices.{key}")
    except TableAbsent:
        return []
    notices, taps = t["penalty_notices"], t["validations"]
    named = taps.filter(past(taps.tapped_at, t)).filter(bears_number if key == "card" else _by_subscriber)
    person = "card" if key == "card" else "subscriber"
    known = named.semi_join(notices, named[person] == notices[key]).select(known=person).distinct()
    common = notices.join(known, notices[key] == known.known)
    told = common.group_by([common.physical.name("table"), common.store, common.store_role]).agg(
        rows=common.count(), **{f"{key}s": common[key].nunique()}
    )
    return [{**row, "kind": f"common-{key}", "term": t.parameter("term")} for row in t.ask(told)]


def _by_subscriber(taps: Relation) -> Any:
    return taps.subscriber.notnull()


def _same_accounts(t: Tables, notices: dict[str, str], taps: dict[str, str]) -> list[dict[str, Any]]:
    grants = t.held("grants", "role", "table", "privilege")
    if grants is None:
        return []
    readers = grants.filter(grants.privilege.lower() == "select", grants.role.notnull())
    of_taps = readers.filter(readers.table.isin(sorted(taps))).select("role").distinct()
    both = readers.filter(readers.table.isin(sorted(notices))).semi_join(of_taps, "role")
    told = both.select("table", recipient=both.role).distinct()
    return [{**row, "kind": "account-on-both"} for row in t.ask(told)]


def _one_activity(t: Tables, notices: dict[str, str], taps: dict[str, str]) -> list[dict[str, Any]]:
    declared = t["declared_tables"]
    of_taps = declared.filter(declared.table.isin(sorted(taps))).select("activity").distinct()
    both = declared.filter(declared.table.isin(sorted(notices))).semi_join(of_taps, "activity")
    return [{**row, "kind": "one-activity-for-both"} for row in t.ask(both.select("activity", "table", "file", "line"))]


RULE = Rule(
    id="BIL-PERIM-CONTROLE",
    name="status.inspection-tied-to-ticketing",
    family="statut",
    title=said("Contrôle des titres hors AU-015", "Ticket inspection is outside AU-015"),
    severity=Severity.MAJOR,
    sources=(legal.CNIL_AU015_PAGE, legal.CNIL_2013_275),
    reading=Reading.VERIFIED,
    needs=("penalty_notices.notice", "validations.tapped_at", "observed_stores", "declared_tables"),
    parameters={"term": "PT48H"},
    query=inspection_tied_to_ticketing,
    message=said(
        "{table} tient des contraventions sans les séparer de la billettique.",
        "{table} holds fare offences without keeping them apart from ticketing.",
    ),
    messages={
        "same-source": said(
            "{table} (magasin {store}) tient des contraventions dans la même source, ou le même magasin, que des validations.",
            "{table} (store {store}) holds fare offences in the same source, or the same store, as taps.",
        ),
        "common-card": said(
            "{table} (magasin {store}) tient des contraventions dont la carte se retrouve sur des validations de plus de {term} : {rows} "
            "lignes, {cards} cartes.",
            "{table} (store {store}) holds fare offences whose card is also on taps older than {term}: {rows} rows, {cards} cards.",
        ),
        "common-customer": said(
            "{table} (magasin {store}) tient des contraventions dont le client se retrouve sur des validations de plus de {term} : {rows} "
            "lignes, {customers} clients.",
            "{table} (store {store}) holds fare offences whose customer is also on taps older than {term}: {rows} rows, {customers} "
            "customers.",
        ),
        "account-on-both": said(
            "Le compte {recipient} a le droit de lire les contraventions de {table} et des validations.",
            "The account {recipient} may read the fare offences of {table} and taps.",
        ),
        "one-activity-for-both": said(
            "La fiche {activity} couvre à la fois les contraventions de {table} et des validations.",
            "The record {activity} covers both the fare offences of {table} and taps.",
        ),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Séparer les bases et les comptes ; ouvrir pour les infractions une fiche de registre distincte (article 10 du RGPD).",
        "Keep bases and accounts apart; open for offences a distinct record of processing (article 10 GDPR).",
    ),
    rationale=said(
        "Vendre des titres et verbaliser sont deux métiers. L’AU-015 exclut le contrôle des titres ; les infractions relevaient d’un autre "
        "texte, l’AU-012, et relèvent aujourd’hui de l’article 10 du RGPD. Une clé commune suffit à chercher dans les trajets de quoi "
        "confondre quelqu’un.",
        "Selling tickets and fining are two trades. AU-015 excludes ticket inspection; offences belonged to another text, AU-012, and now "
        "fall under article 10 GDPR. A common key is enough to search someone’s journeys for proof against them.",
    ),
    judgement=said(
        "Un humain vérifie que deux sources différentes ne sont pas un même serveur, et qu’aucun échange manuel ne les relie.",
        "A person checks that two different sources are not one server, and that no manual exchange links them.",
    ),
)
