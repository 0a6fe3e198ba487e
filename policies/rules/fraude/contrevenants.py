"""Identities of fare offenders kept beyond the legal list, tied to customers, or within reach of too many accounts."""

from collections.abc import Iterator
from typing import Final

import ibis
from ibis import _

from auditor.engine.base import Relation, Row
from auditor.rules import NotConcerned, Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.pieces import shown, worded
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known, some

LISTED: Final = ("name", "birth_date", "birth_place", "address")
"""Identity data that the law lists: name and first names, date and place of birth, address."""
HOLDS: Final = ("single-body", "agents-designated", "access-logged", "recovery-only")
"""What the procedure says: one legal person, agents designated, accesses logged, used for recovery only."""
_PERSONAL: Final = ("direct-identifier", "quasi-identifier", "sensitive", "free-text")
_OF_THE_NOTICE: Final = ("notice", "card", "customer", "recorded_on", "paid_on", "transmitted_on", "archived_on")
"""Columns of the offence itself, or of its links, which other checks judge."""
_NOTICES = "penalty_notices"


def identities_of_offenders_out_of_bounds(t: Tables) -> list[Row]:
    """List the columns beyond the legal list, the notices tied to a customer, the tables open to too many accounts; check the procedure.

    A raw column is beyond the list when the register gives it a personal category and the mapping does not read it as one of the
    listed data or as a column of the offence itself, or when nobody said what it is.
    """
    if not some(t, t[_NOTICES]):
        raise NotConcerned(said("aucune contravention n’est enregistrée", "no penalty notice is on record"))
    return as_far_as_known(
        lambda: _columns(t),
        lambda: t.ask(_tied_to_customers(t)),
        lambda: _accounts(t),
        lambda: _procedure(t),
    )


def _tables(t: Tables) -> Relation:
    stores = t["observed_stores"]
    return stores.filter(stores.canonical == _NOTICES).select("table").distinct()


def _columns(t: Tables) -> Iterator[Row]:
    declared = t["declared_columns"].select("table", "column", "category").distinct()
    raw = t["observed_columns"].semi_join(_tables(t), "table")
    told = raw.left_join(declared, ["table", "column"]).select("table", "column", "mapped", "ignored", "category")
    for row in t.ask(told.order_by(["table", "column", "category"])):
        read = str(row["mapped"] or "").removeprefix(f"{_NOTICES}.")
        personal = row["category"] in _PERSONAL and read not in (*LISTED, *_OF_THE_NOTICE)
        unknown = not row["mapped"] and not row["ignored"] and row["category"] is None
        if personal or unknown:
            yield {"table": row["table"], "column": row["column"], "category": row["category"], "kind": "column-beyond-the-list"}


def _tied_to_customers(t: Tables) -> Relation:
    notices = t[_NOTICES]
    identified = notices.filter(_identified(notices), notices.customer.notnull())
    counted = identified.group_by([identified.physical.name("table"), identified.store, identified.store_role]).agg(
        rows=identified.count(), customers=identified.customer.nunique()
    )
    return counted.mutate(kind=ibis.literal("offender-tied-to-customer"))


def _identified(notices: Relation) -> Relation:
    filled = [notices[name].notnull() for name in LISTED]
    return filled[0] | filled[1] | filled[2] | filled[3]


def _accounts(t: Tables) -> Iterator[Row]:
    grants = t.held("grants", "role", "table")
    if grants is None:
        return
    most = int(t.parameter("agents"))
    reached = grants.semi_join(_tables(t), "table").filter(_.role.notnull())
    for row in t.ask(reached.group_by("table").agg(accounts=_.role.nunique()).order_by("table")):
        if row["accounts"] > most:
            yield {**row, "threshold": most, "kind": "too-many-accounts"}


def _procedure(t: Tables) -> Iterator[Row]:
    notices = t[_NOTICES]
    if some(t, notices.filter(_identified(notices))):
        yield from shown(t, "fraud-identity-procedure", holds=HOLDS)


RULE = Rule(
    id="TRA-FRAUDE-L2241-2-1",
    name="fraud.identities-of-offenders-out-of-bounds",
    family="fraude",
    title=said("Fiabilisation d’identité des contrevenants", "Identity checks for fare offenders"),
    severity=Severity.BLOCKING,
    sources=(legal.TRANSPORTS_L2241_2_1,),
    reading=Reading.PARTIAL,
    frames=frozenset({Frame.GDPR}),
    needs=("penalty_notices.notice", "observed_stores", "observed_columns", "declared_columns"),
    parameters={"agents": "20"},
    query=identities_of_offenders_out_of_bounds,
    message=said("{table} sort du cadre légal des contraventions.", "{table} goes beyond the legal frame of penalty notices."),
    messages={
        "column-beyond-the-list": said(
            "{table}.{column} n’est pas au nombre des données admises : nom, prénoms, date et lieu de naissance, adresse.",
            "{table}.{column} is not among the data allowed: name, first names, date and place of birth, address.",
        ),
        "offender-tied-to-customer": said(
            "{table} (magasin {store}) rattache {rows} identités de contrevenants à {customers} fiches client : elles ne servent qu’au "
            "recouvrement.",
            "{table} (store {store}) ties {rows} identities of offenders to {customers} customer records: they serve recovery only.",
        ),
        "too-many-accounts": said(
            "{accounts} comptes ont des droits sur {table}, pour {threshold} agents au plus.",
            "{accounts} accounts have privileges on {table}, for {threshold} agents at most.",
        ),
        **worded("Procédure de fiabilisation des identités", "Procedure for identity checks"),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Cloisonner la base des contraventions, purger les données réutilisées et ramener le nombre d’habilités à 20 au plus.",
        "Set the penalty-notice database apart, purge the data reused, and bring the number of those allowed down to 20 at most.",
    ),
    rationale=said(
        "Depuis 2024, un organisme unique peut faire vérifier l’identité des contrevenants auprès d’administrations : nom, prénoms, date "
        "et lieu de naissance, adresse, et rien d’autre. Ces données ne servent qu’au recouvrement, vingt agents au plus y accèdent, et "
        "chaque accès est tracé. Les mêler au fichier client en ferait un outil commercial ou de surveillance. L’article a été lu cité par "
        "un cabinet et par un ministère.",
        "Since 2024, one single body may have the identity of offenders checked with administrations: name, first names, date and place of "
        "birth, address, and nothing else. These data serve recovery only, twenty agents at most have access, and each access is logged. "
        "Mixing them with the customer file would make them a tool of trade or surveillance. The article was read as quoted by a law firm "
        "and by a ministry.",
    ),
    judgement=said(
        "Dire combien d’agents se cachent derrière un compte, et si des données reçues d’une administration ont été recopiées ailleurs.",
        "How many agents stand behind an account, and whether data received from an administration were copied elsewhere.",
    ),
)
