"""The canonical tables: what every network is mapped onto before anything is judged.

Instants are UTC without an offset (`timestamp` columns that hold UTC); dates are the network's service days.
Identifiers (`KEY`) become whole numbers at the door: strings cost ten times the processor and must not travel.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """Type of a canonical column."""

    KEY = "key"
    """A personal identifier, replaced by a 64-bit whole number when the source is read."""
    TEXT = "text"
    CODE = "code"
    """A code of a reference table (stop, product), kept as text."""
    INSTANT = "instant"
    DATE = "date"
    NUMBER = "number"
    WHOLE = "whole"
    FLAG = "flag"


class Domain(StrEnum):
    """Identifier spaces: two keys are comparable only inside one of them."""

    CARD = "card"
    CUSTOMER = "customer"
    CONTRACT = "contract"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One canonical column."""

    kind: Kind
    doc: str
    domain: Domain = Domain.OTHER
    required: bool = False
    """A row whose value is empty or unreadable is rejected, and counted."""
    place: bool = False
    """Tells where the traveller was, or lets one deduce it (vehicle, validator)."""


@dataclass(frozen=True, slots=True)
class Table:
    """One canonical table."""

    name: str
    doc: str
    columns: Mapping[str, Column]


def _card(doc: str = "Card (support), as a whole number.", *, required: bool = False) -> Column:
    return Column(kind=Kind.KEY, domain=Domain.CARD, doc=doc, required=required)


def _customer(doc: str = "Customer record, as a whole number.", *, required: bool = False) -> Column:
    return Column(kind=Kind.KEY, domain=Domain.CUSTOMER, doc=doc, required=required)


def _contract(*, required: bool = False) -> Column:
    return Column(kind=Kind.KEY, domain=Domain.CONTRACT, doc="Contract (titre chargé), as a whole number.", required=required)


def _instant(doc: str, *, required: bool = False) -> Column:
    return Column(kind=Kind.INSTANT, doc=doc, required=required)


def _date(doc: str, *, required: bool = False) -> Column:
    return Column(kind=Kind.DATE, doc=doc, required=required)


def _code(doc: str, *, place: bool = False) -> Column:
    return Column(kind=Kind.CODE, doc=doc, place=place)


def _text(doc: str) -> Column:
    return Column(kind=Kind.TEXT, doc=doc)


def _number(doc: str) -> Column:
    return Column(kind=Kind.NUMBER, doc=doc)


STORE_ROLES: Final = ("active", "relay", "archive", "warehouse", "postpaid", "test", "backup", "export")
"""What a store is for. Obligations follow every copy: the relay queue and the stray export count too."""

ROW_COLUMNS: Final = ("store", "store_role")
"""Added to every canonical table: which store the row came from and what that store is for."""

CARD_FORMS: Final = ("number", "token", "journey")
"""What identifies the person in a store: a card number, a pseudonym, or only one isolated journey."""

_TABLES = (
    Table(
        "validations",
        "One tap of a card on a validator.",
        {
            "tapped_at": _instant("Moment of the tap, UTC.", required=True),
            "received_at": _instant("Moment the tap reached the store, UTC."),
            "service_day": _date("Service day of the network (a tap at 01:30 may belong to the day before)."),
            "card": _card("Card, or what stands for it; see card_form."),
            "card_form": _code("number, token or journey: what `card` is in this store."),
            "subscriber": _customer("Subscriber number."),
            "stop": _code("Stop where the tap was made.", place=True),
            "line": _code("Line.", place=True),
            "vehicle": _code("Vehicle.", place=True),
            "validator": _code("Validator.", place=True),
            "product": _code("Product (tariff) used."),
            "profile": _code("Holder profile."),
            "result": _code("Result of the tap: ok, or a refusal code."),
            "amount": _number("Amount charged, in the network's currency."),
            "latitude": Column(kind=Kind.NUMBER, doc="Position of the tap, degrees: finer than the stop.", place=True),
            "longitude": Column(kind=Kind.NUMBER, doc="Position of the tap, degrees: finer than the stop.", place=True),
        },
    ),
    Table(
        "cards",
        "One card (support).",
        {
            "card": _card(required=True),
            "printed_number": Column(kind=Kind.KEY, domain=Domain.OTHER, doc="Number printed on the card."),
            "medium": _code("anonymous, declarative or nominative."),
            "customer": _customer("Customer the card is linked to; empty unless nominative."),
            "issued_on": _date("Date of issue."),
            "expires_on": _date("Last day of technical validity."),
            "status": _code("active, blocked, replaced, expired."),
            "replaced_by": _card("Card that replaced this one."),
        },
    ),
    Table(
        "customers",
        "One customer record.",
        {
            "customer": _customer(required=True),
            "name": _text("Name; empty once erased."),
            "birth_date": _date("Date of birth."),
            "email": _text("E-mail address."),
            "phone": _text("Telephone number."),
            "address": _text("Postal address."),
            "opened_on": _date("Start of the relation."),
            "closed_on": _date("End of the relation; empty while it lasts."),
            "closing_reason": _code("Why the relation ended."),
            "comment": _text("Free-text comment."),
        },
    ),
    Table(
        "contracts",
        "One contract (title loaded on a card).",
        {
            "contract": _contract(required=True),
            "card": _card(),
            "customer": _customer(),
            "payer": _customer("Who pays, when not the holder."),
            "product": _code("Product (tariff)."),
            "starts_on": _date("First day of validity."),
            "ends_on": _date("Last day of validity; empty while it runs."),
            "status": _code("active, ended, suspended, cancelled."),
            "serial": _text("Contract serial number on the card."),
        },
    ),
    Table(
        "counters",
        "Remaining journeys of a contract, without the taps behind them.",
        {
            "card": _card(required=True),
            "contract": _contract(),
            "remaining": Column(kind=Kind.WHOLE, doc="Journeys left."),
            "counted_on": _date("Day of the last authenticated value."),
        },
    ),
    Table(
        "sales",
        "One sale or reload.",
        {
            "sale": Column(kind=Kind.KEY, doc="Sale number, as a whole number."),
            "card": _card(),
            "customer": _customer(),
            "contract": _contract(),
            "product": _code("Product (tariff)."),
            "sold_at": _instant("Moment of the sale, UTC."),
            "amount": _number("Amount paid."),
            "pay_method": _code("Means of payment."),
        },
    ),
    Table(
        "block_list",
        "One entry of the block list (liste d'opposition).",
        {
            "card": _card(required=True),
            "reason": _code("loss, theft, abuse, unpaid."),
            "starts_at": _instant("Moment of entry, UTC."),
            "ends_at": _instant("Moment of removal, UTC; empty while it stands."),
            "author": _code("Role of the author; automatic when no human decided."),
            "notified_at": _instant("Moment the holder was told, UTC."),
        },
    ),
    Table(
        "payment_incidents",
        "One unpaid debt.",
        {
            "incident": Column(kind=Kind.KEY, doc="Incident number, as a whole number."),
            "card": _card(),
            "customer": _customer(),
            "occurred_on": _date("Day of the incident."),
            "settled_on": _date("Day it was settled; empty while it is not."),
            "amount": _number("Amount due."),
            "reason": _code("Why it was recorded: unpaid, or anything that is not a debt."),
        },
    ),
    Table(
        "fraud_alerts",
        "One alert of the technological-fraud module.",
        {
            "alert": Column(kind=Kind.KEY, doc="Alert number.", required=True),
            "card": _card(),
            "raised_at": _instant("Moment of the alert, UTC."),
            "case_number": _code("Case opened on it; empty when none."),
        },
    ),
    Table(
        "fraud_cases",
        "One proven fraud.",
        {
            "case_number": _code("Case number."),
            "card": _card(),
            "opened_on": _date("Day the case was opened."),
            "proceedings": _code("Reference of judicial proceedings; empty when none."),
            "closed_on": _date("Day the case was closed."),
            "analyst": _code("Role of the analyst who examined it; empty when nobody did."),
            "observations": _text("Observations of the holder; empty when none were heard."),
        },
    ),
    Table(
        "penalty_notices",
        "One fare offence.",
        {
            "notice": Column(kind=Kind.KEY, doc="Notice number.", required=True),
            "card": _card(),
            "customer": _customer(),
            "recorded_on": _date("Day of the offence."),
            "paid_on": _date("Day of payment; empty while unpaid."),
            "transmitted_on": _date("Day it was sent to the prosecutor."),
            "archived_on": _date("Day it was moved to the separate archive."),
            "name": _text("Name and first names."),
            "birth_date": _date("Date of birth."),
            "birth_place": _text("Place of birth."),
            "address": _text("Postal address."),
        },
    ),
    Table(
        "access_log",
        "One consultation of personal data.",
        {
            "user": Column(kind=Kind.KEY, doc="Account of the agent, as a whole number."),
            "role": _code("Role of the agent."),
            "accessed_at": _instant("Moment of the access, UTC.", required=True),
            "table": _code("Table read."),
            "purpose": _code("Purpose given."),
            "ticket": _code("Case the access belongs to."),
            "card": _card("Card concerned, when the log names it."),
            "customer": _customer("Customer concerned."),
            "operation": _code("create, read, share, update, delete, export."),
            "rows": Column(kind=Kind.WHOLE, doc="Rows the operation touched."),
            "stop": _code("Stop quoted by the log, which should not quote any.", place=True),
            "digest": _text("Digest of this entry, chained to the one before."),
            "previous": _text("Digest of the entry before."),
        },
    ),
    Table(
        "requests",
        "One data-subject request.",
        {
            "request": Column(kind=Kind.KEY, doc="Request number.", required=True),
            "kind": _code("access, erasure, rectification, portability, objection."),
            "received_on": _date("Day of reception."),
            "extended_on": _date("Day the extension was announced."),
            "answered_on": _date("Day of the answer."),
            "card": _card("Card of the person, when the request names one."),
            "customer": _customer("Customer record of the person."),
            "medium": _code("anonymous, declarative or nominative."),
            "channel": _code("counter, mail, online."),
            "frozen_on": _date("Day the person's short-lived data was set apart."),
            "copy_destroyed_on": _date("Day the copy set apart was destroyed."),
            "closed_on": _date("Day the request was closed."),
            "refused": Column(kind=Kind.FLAG, doc="True when the request was refused."),
            "refusal_reasoned": Column(kind=Kind.FLAG, doc="True when the refusal gave its reasons and the remedies."),
            "sections": Column(kind=Kind.WHOLE, doc="Headings of art. 15(1) and 15(2) that the answer filled, out of nine."),
            "copy_given": Column(kind=Kind.FLAG, doc="True when a copy of the data was joined."),
            "recipients_named": Column(kind=Kind.FLAG, doc="True when the answer names the recipients, not their categories alone."),
            "pseudonyms_searched": Column(kind=Kind.FLAG, doc="True when pseudonymised tables were searched for the person."),
            "formats": _code("Formats given, separated by spaces (csv json)."),
        },
    ),
    Table(
        "fares",
        "Price of a product by kind of medium.",
        {
            "product": _code("Product (tariff)."),
            "medium": _code("anonymous, declarative or nominative."),
            "price": _number("Price."),
        },
    ),
    Table(
        "grants",
        "One privilege on a table.",
        {
            "role": _code("Account or role."),
            "table": _code("Physical table as the mapping names it."),
            "privilege": _code("select, insert, update, delete."),
        },
    ),
    Table(
        "accounts",
        "One account that may open a database.",
        {
            "account": _code("Account, as the grants and the log name it."),
            "shared": Column(kind=Kind.FLAG, doc="True when several people use it."),
            "admin": Column(kind=Kind.FLAG, doc="True when it administers the system."),
            "created_on": _date("Day of creation."),
            "last_used_on": _date("Day of the last use."),
            "left_on": _date("Day its holder left or changed post."),
            "closed_on": _date("Day it was closed."),
            "reviewed_on": _date("Day of the last review of its rights."),
        },
    ),
    Table(
        "admin_events",
        "One change of the system's protection, made by an administrator.",
        {
            "event": Column(kind=Kind.KEY, doc="Event number."),
            "kind": _code("protection-suspended, or another change."),
            "starts_at": _instant("Beginning, UTC.", required=True),
            "ends_at": _instant("End, UTC; empty while it lasts."),
            "reason": _code("go-live, major-change, serious-problem, massive-fraud."),
            "author": _code("Role of the author."),
        },
    ),
    Table(
        "breaches",
        "One personal data breach (art. 33(5)).",
        {
            "breach": Column(kind=Kind.KEY, doc="Breach number.", required=True),
            "known_at": _instant("Moment the controller became aware, UTC."),
            "notified_at": _instant("Moment the authority was told, UTC."),
            "persons_told_at": _instant("Moment the persons were told, UTC."),
            "risk": _code("none, risk or high."),
            "facts": _text("Facts."),
            "effects": _text("Effects."),
            "measures": _text("Measures taken."),
        },
    ),
    Table(
        "backups",
        "One backup of a table, from the catalogue of backups.",
        {
            "table": _code("Physical table as the mapping names it."),
            "taken_at": _instant("Moment of the backup, UTC.", required=True),
            "expires_at": _instant("Moment it is due to be destroyed, UTC."),
            "destroyed_at": _instant("Moment it was destroyed, UTC; empty while it exists."),
            "restored_at": _instant("Moment it was last restored, UTC."),
            "purged_again_at": _instant("Moment the erasures were replayed after that restoration, UTC."),
        },
    ),
    Table(
        "card_readings",
        "One reading of the journal on a card, kept off the card.",
        {
            "card": _card(),
            "read_at": _instant("Moment of the reading, UTC."),
            "events": Column(kind=Kind.WHOLE, doc="Events of the card's journal that were copied."),
        },
    ),
    Table(
        "correspondences",
        "One line of a table that attributes a pseudonym (additional information, art. 4(5)).",
        {
            "card": _card(),
            "customer": _customer(),
            "pseudonym": _text("Pseudonym."),
            "made_on": _date("Day the pseudonym was made."),
        },
    ),
    Table(
        "erasures",
        "One erasure carried out in one table.",
        {
            "request": Column(kind=Kind.KEY, doc="Request it answers; empty for a purge at term."),
            "table": _code("Physical table as the mapping names it."),
            "erased_on": _date("Day of the erasure."),
            "rows": Column(kind=Kind.WHOLE, doc="Rows erased."),
        },
    ),
    Table(
        "files",
        "One export file found lying about.",
        {
            "path": _code("Path, relative to the folder searched."),
            "modified_at": _instant("Last change, UTC."),
            "holds_card_numbers": Column(kind=Kind.FLAG, doc="True when card numbers were recognised in it."),
            "holds_customer_numbers": Column(kind=Kind.FLAG, doc="True when customer numbers were recognised in it."),
            "readable_by_all": Column(kind=Kind.FLAG, doc="True when any account of the machine may read it."),
        },
    ),
    Table(
        "products",
        "Reference table of products (tariffs).",
        {
            "product": _code("Code."),
            "label": _text("Label shown to people."),
            "family": _code("Family: subscription, carnet, single, pass, postpaid, staff, after-sales."),
            "category": _code("Public category (adult, youth, senior, reduced) used in statistics."),
            "sensitive": Column(kind=Kind.FLAG, doc="True when the label tells of health, income or employer."),
        },
    ),
    Table(
        "stops",
        "Reference table of stops.",
        {
            "stop": _code("Code."),
            "label": _text("Name shown to people."),
            "station": _code("Station or stop area."),
            "zone": _code("Zone."),
            "latitude": _number("Degrees."),
            "longitude": _number("Degrees."),
        },
    ),
    Table(
        "lines",
        "Reference table of lines.",
        {"line": _code("Code."), "label": _text("Name shown to people."), "mode": _code("metro, tram, bus, coach.")},
    ),
    Table(
        "profiles",
        "Reference table of holder profiles.",
        {"profile": _code("Code."), "label": _text("Name shown to people."), "category": _code("Public category.")},
    ),
)

TABLES: Final[Mapping[str, Table]] = {table.name: table for table in _TABLES}
"""Canonical tables by name."""

SUBSCRIPTION: Final = "subscription"
"""Value of `products.family` for a subscription (abonnement)."""
