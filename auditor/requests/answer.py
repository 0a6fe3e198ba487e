"""Compose the answer a person receives: what is recorded, why, how long, who saw it, and the copy itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from auditor.requests.frozen import FrozenCopy, FrozenTable
from auditor.vocabulary.access import (
    AccessAnswer,
    AccessRequest,
    ActivityNotice,
    DataSet,
    Explained,
    NamedRecipient,
)
from auditor.vocabulary.durations import Duration
from auditor.vocabulary.network import Identity
from auditor.vocabulary.register import Activity, Declared, Register, Retention
from auditor.vocabulary.text import Lang, Text

IDENTIFIED_TAPS_TERM = Duration.parse("PT48H")
"""AU-015, art. 4: the term that applies to identifying taps when the register declares none."""

_BASES: Mapping[str, Text] = {
    "consent": Text("votre consentement (art. 6(1)(a) du RGPD)", "your consent (GDPR art. 6(1)(a))"),
    "contract": Text("l’exécution du contrat (art. 6(1)(b) du RGPD)", "performance of the contract (GDPR art. 6(1)(b))"),
    "legal-obligation": Text("une obligation légale (art. 6(1)(c) du RGPD)", "a legal obligation (GDPR art. 6(1)(c))"),
    "vital-interests": Text("la sauvegarde des intérêts vitaux (art. 6(1)(d) du RGPD)", "vital interests (GDPR art. 6(1)(d))"),
    "public-interest": Text("une mission d’intérêt public (art. 6(1)(e) du RGPD)", "a task in the public interest (GDPR art. 6(1)(e))"),
    "legitimate-interests": Text("l’intérêt légitime (art. 6(1)(f) du RGPD)", "legitimate interests (GDPR art. 6(1)(f))"),
}
_FATES: Mapping[str, Text] = {
    "delete": Text("puis suppression", "then erased"),
    "anonymise": Text("puis anonymisation", "then anonymised"),
    "archive": Text("puis archivage", "then archived"),
}
_TITLES: Mapping[str, Text] = {
    "validations": Text("Validations", "Taps"),
    "cards": Text("Carte", "Card"),
    "customers": Text("Dossier client", "Customer record"),
    "contracts": Text("Titres chargés sur la carte", "Titles loaded on the card"),
    "counters": Text("Compteurs de voyages", "Journey counters"),
    "sales": Text("Achats et rechargements", "Sales and reloads"),
    "block_list": Text("Liste d’opposition", "Block list"),
    "payment_incidents": Text("Incidents de paiement", "Payment incidents"),
    "fraud_alerts": Text("Alertes de fraude technologique", "Technological-fraud alerts"),
    "fraud_cases": Text("Dossiers de fraude", "Fraud cases"),
    "penalty_notices": Text("Procès-verbaux", "Penalty notices"),
    "access_log": Text("Consultations de vos données", "Consultations of your data"),
}
_MASKED = Text("masqué (concerne une autre personne)", "masked (about another person)")
_PSEUDONYM = Text(
    "Ces lignes portent un pseudonyme et non votre numéro de carte\N{NO-BREAK SPACE}; nous pouvons encore les relier à vous.",
    "These rows carry a pseudonym instead of your card number; we can still link them to you.",
)
_ROLES: Mapping[str, Text] = {
    "active": Text("base active", "active base"),
    "relay": Text("serveur relais", "relay server"),
    "archive": Text("archive", "archive"),
    "warehouse": Text("entrepôt statistique", "statistics warehouse"),
    "postpaid": Text("facturation du post-paiement", "post-payment billing"),
    "test": Text("copie de test", "test copy"),
    "backup": Text("sauvegarde", "backup"),
    "export": Text("fichier exporté", "exported file"),
}
_THIRD_PARTY = frozenset({"payer", "customer"})
_STAFF = frozenset({"user"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """Who answers, and what the network declares."""

    identity: Identity
    register: Register
    lang: Lang = "fr"
    released_to: tuple[NamedRecipient, ...] = field(default=())
    """Recipients of published releases, from the ledger: named, as CJEU C-154/21 asks."""


def compose(copy: FrozenCopy, request: AccessRequest, particulars: Particulars, made_on: date) -> AccessAnswer:
    """Compose the answer from the frozen copy and the register; reads no source and no clock."""
    identity, lang = particulars.identity, particulars.lang
    datasets = tuple(_dataset(table, copy, particulars) for table in copy.tables)
    concerned = {table.physical for table in copy.tables}
    activities = tuple(
        _notice(declared.activity, lang) for declared in particulars.register.activities if _concerns(declared.activity, concerned)
    )
    return AccessAnswer(
        request=request,
        authority=identity.authority,
        operator=identity.operator,
        dpo=identity.dpo,
        made_on=made_on,
        frozen_at=copy.frozen_at,
        processed=bool(datasets),
        activities=activities,
        datasets=datasets,
        not_given=_not_given(copy, lang),
    )


def _concerns(activity: Activity, physical: set[str]) -> bool:
    return any(coverage.table in physical for coverage in activity.covers)


def _notice(activity: Activity, lang: Lang) -> ActivityNotice:
    transfers = activity.transfers if isinstance(activity.transfers, tuple) else ()
    return ActivityNotice(
        title=activity.title,
        purposes=tuple(purpose.title for purpose in activity.purposes),
        legal_bases=tuple(dict.fromkeys(_BASES[purpose.basis](lang) for purpose in activity.purposes if purpose.basis)),
        data_categories=activity.data_categories,
        recipients=tuple(NamedRecipient(name=recipient.name, why=recipient.why) for recipient in activity.recipients),
        retention=tuple(_retention_words(retention, lang) for retention in activity.retention),
        transfers=tuple(f"{transfer.country} ({transfer.safeguards})" for transfer in transfers),
        source=activity.source_of_data,
        automated_decision=activity.automated_decision,
    )


def _retention_words(retention: Retention, lang: Lang) -> str:
    fate = _FATES[retention.fate](lang)
    if lang == "en":
        return f"{retention.data}: {retention.duration.in_words(lang)} (from: {retention.starts}), {fate}"
    duration = retention.duration.in_words(lang)
    return f"{retention.data}\N{NO-BREAK SPACE}: {duration} (point de départ\N{NO-BREAK SPACE}: {retention.starts}), {fate}"


def _dataset(table: FrozenTable, copy: FrozenCopy, particulars: Particulars) -> DataSet:
    lang = particulars.lang
    declared = _declared(particulars.register, table.physical)
    past = _past_rows(table, declared, copy.frozen_at)
    title = _TITLES[table.canonical](lang)
    if table.canonical == "validations":
        title = f"{title} ({_ROLES[table.store_role](lang)})"
    return DataSet(
        title=title,
        physical=table.physical,
        activity=declared[0].activity.title if declared else "",
        rows=tuple(_explained(row, table, copy, lang) for row in table.rows),
        past_term=len(past),
        past_rows=past,
        note=_PSEUDONYM(lang) if table.token else "",
    )


def _declared(register: Register, physical: str) -> list[Declared]:
    return [declared for declared in register.activities if _concerns(declared.activity, {physical})]


def _past_rows(table: FrozenTable, declared: Iterable[Declared], at: datetime) -> tuple[int, ...]:
    """Rank the rows held past a term the register declares on one of their columns, or, for identifying taps, past 48 hours."""
    terms = [
        (table.columns.index(retention.column), retention.duration.before(at))
        for one in declared
        for retention in one.activity.retention
        if retention.table == table.physical and retention.column in table.columns
    ]
    past = {rank for rank, row in enumerate(table.rows) for place, oldest in terms if _before(row[place], oldest)}
    if table.canonical == "validations" and table.store_role != "postpaid":
        oldest = IDENTIFIED_TAPS_TERM.before(at)
        past |= {rank for rank, event in enumerate(table.events) if event is not None and event < oldest}
    return tuple(sorted(past))


def _before(written: str, oldest: datetime) -> bool:
    # A moment written otherwise than in ISO 8601 is left to the audit, which reads it with its declared format.
    try:
        return datetime.fromisoformat(written).replace(tzinfo=None) < oldest
    except ValueError:
        return False


def _explained(row: tuple[str, ...], table: FrozenTable, copy: FrozenCopy, lang: Lang) -> tuple[Explained, ...]:
    values = []
    # A row found because the person pays for somebody else: the card is that other person's.
    holders = [value for column, value in zip(table.mapped, row, strict=True) if column == "customer" and value]
    own = all(holder in copy.own_customer for holder in holders) if copy.own_customer else True
    for raw, column, value in zip(table.columns, table.mapped, row, strict=True):
        shown = value
        if value and (column in _STAFF or (column in _THIRD_PARTY and value not in copy.own_customer) or (column == "card" and not own)):
            shown = _MASKED(lang)
        named = f"{table.canonical}.{column}" if column else ""
        values.append(Explained(label=raw, value=shown, meaning=copy.meanings.get(column, {}).get(value, ""), column=named))
    return tuple(values)


def _not_given(copy: FrozenCopy, lang: Lang) -> dict[str, str]:
    french = lang == "fr"
    reasons = {
        ("Validations déjà effacées ou rendues anonymes" if french else "Taps already erased or made anonymous"): (
            "Ce qui a été effacé ou anonymisé avant la réception de votre demande ne peut plus être relié à vous."
            if french
            else "What was erased or anonymised before your request was received can no longer be linked to you."
        )
    }
    if copy.medium in {"anonymous", "declarative", "unknown"}:
        reasons["Dossier client" if french else "Customer record"] = (
            "Votre carte n’est reliée à aucun dossier client\N{NO-BREAK SPACE}; nous avons cherché à partir du numéro de la carte "
            "que vous avez présentée (art. 11 du RGPD)."
            if french
            else "Your card is linked to no customer record; we searched from the number of the card you presented (GDPR art. 11)."
        )
    for table, reason in copy.not_read.items():
        title = _TITLES[table](lang) if table in _TITLES else table
        reasons[title] = (
            f"Cette source n’a pas pu être lue au moment de la copie ({reason}). Une réponse complémentaire vous est due."
            if french
            else f"This source could not be read when the copy was taken ({reason}). You are owed a further answer."
        )
    return reasons
