"""Roles and tables that bring who the customers are and where cards went together."""

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
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known

_NAMES = ("name", "email", "phone", "birth-date", "postal-address")
"""Detectors of contents that name somebody."""


def roles_and_tables_that_join_people_and_trips(t: Tables) -> list[dict[str, Any]]:
    """Return the roles that may read, or did read, both customers and taps, and the tables that hold both."""
    return as_far_as_known(partial(_rights, t), partial(_readings, t), partial(_joined_tables, t), partial(_names_beside_taps, t))


def _rights(t: Tables) -> list[dict[str, Any]]:
    granted = uses.rights(t)
    if granted is None:
        return []
    both = uses.both_held_by_one_role(uses.may_read(granted), uses.trip_tables(t), uses.nominative_tables(t))
    return _told(t, _not_exempt(t, both.rename(recipient="role")), "may-join-people-and-trips")


def _readings(t: Tables) -> list[dict[str, Any]]:
    log = uses.consultations(t, "operation")
    if log is None:
        return []
    return _told(t, _not_exempt(t, uses.joined_by_one_role(t, log)), "read-people-and-trips")


def _joined_tables(t: Tables) -> list[dict[str, Any]]:
    both = uses.trip_tables(t).semi_join(uses.nominative_tables(t), "table")
    return _told(t, both, "table-joins-people-and-trips")


def _names_beside_taps(t: Tables) -> list[dict[str, Any]]:
    seen = t["detected_values"]
    named = seen.filter(seen.detector.isin(_NAMES), seen.certain).semi_join(uses.trip_tables(t), "table")
    found = named.select("table", "column", category=named.detector, rows=named["rows"])
    return _told(t, found, "names-held-beside-trips")


def _not_exempt(t: Tables, found: Relation) -> Relation:
    exempt = t.parameter("exempt").split()
    return found.filter(found.recipient.notin(exempt)) if exempt else found


def _told(t: Tables, found: Relation, kind: str) -> list[dict[str, Any]]:
    return t.ask(found.mutate(kind=ibis.literal(kind)))


RULE = Rule(
    id="BIL-DEST-GUICHET",
    name="security.roles-that-join-people-and-trips",
    family="securite",
    title=said("Guichet sans corrélation carte-personne-trajet", "Counter staff cannot join trips to people"),
    severity=Severity.BLOCKING,
    sources=(legal.CNIL_03_008, legal.CNIL_04_020),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("observed_stores", "observed_columns"),
    parameters={"exempt": ""},
    query=roles_and_tables_that_join_people_and_trips,
    message=said(
        "{table} permet de rapprocher des personnes et leurs trajets.",
        "{table} lets people and their trips be brought together.",
    ),
    messages={
        "may-join-people-and-trips": said(
            "Le compte {recipient} peut lire à la fois les validations de {table} et l’identité des clients dans {beside}.",
            "The account {recipient} may read both the taps of {table} and who the customers are in {beside}.",
        ),
        "read-people-and-trips": said(
            "Le compte {recipient} a lu les validations de {table} et l’identité des clients dans {beside} : {entries} consultations des "
            "validations, la dernière du {newest}.",
            "The account {recipient} read the taps of {table} and who the customers are in {beside}: {entries} readings of the taps, the "
            "last on {newest}.",
        ),
        "table-joins-people-and-trips": said(
            "{table} réunit dans une même table, ou une même vue, l’identité des clients et leurs validations.",
            "{table} holds in one table, or one view, who the customers are and their taps.",
        ),
        "names-held-beside-trips": said(
            "La colonne {table}.{column} contient de quoi nommer des personnes ({category}) à côté de leurs validations : {rows} lignes.",
            "Column {table}.{column} holds what names people ({category}) beside their taps: {rows} rows.",
        ),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Ouvrir à chaque métier une vue qui lui est propre ; retirer l’un des deux droits et supprimer la vue jointe.",
        "Give each trade its own view; withdraw one of the two rights and drop the joined view.",
    ),
    rationale=said(
        "Dans ses avis sur le passe Navigo, la CNIL relève que l’agent de guichet ne voit que le numéro du passe et qu’aucun "
        "rapprochement "
        "des validations passées avec leur porteur n’est prévu. Ces avis visent un autre réseau : ils éclairent, ils n’obligent pas. Un "
        "compte qui lit les deux tables peut faire ce rapprochement sans que personne le voie. Le paramètre « exempt » (propre au "
        "projet) "
        "nomme les comptes admis, avec le motif que le rapport imprime.",
        "In its opinions on the Navigo pass the CNIL notes that counter staff see the number of the pass only, and that no past tap is "
        "to "
        "be matched with its holder. These opinions address another network: they enlighten, they do not bind. An account that reads "
        "both "
        "tables can do so unseen. The parameter “exempt” (the project’s own) names the accounts allowed, with the reason that the report "
        "prints.",
    ),
    judgement=said(
        "Une personne doit encore dire qui se sert de chaque compte, et si la lutte contre la fraude technologique justifie le "
        "rapprochement pendant 48 heures.",
        "A person must still say who uses each account, and whether the fight against technological fraud justifies the match for 48 "
        "hours.",
    ),
)
