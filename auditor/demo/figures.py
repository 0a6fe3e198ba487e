"""From what was counted while writing to the list of planted violations."""

from collections.abc import Iterator, Mapping

from auditor.demo import active, backoffice, billing, clock, stray
from auditor.demo.options import DemoOptions
from auditor.demo.register import Observed
from auditor.demo.routing import TERM_SECONDS
from auditor.demo.tally import Tallies, Tally
from auditor.demo.troubles import PlantedInOffice
from auditor.demo.truth import Figure, Planted
from auditor.demo.warehouse import CLEAN_SCHEMA, HASHED_SCHEMA, THRESHOLD, Hashed, SmallClasses

_CODES = ("tarifs",)
"""Tables of codes: nothing personal, so the register does not cover them."""


def columns(options: DemoOptions) -> Mapping[str, tuple[str, ...]]:
    """Return the raw columns of every table that holds personal data."""
    bill = billing.HEADER if options.clean else (*billing.HEADER, billing.PLACE_COLUMN)
    return {
        "valideurs": tuple(active.SCHEMA.names),
        "statistiques": tuple((CLEAN_SCHEMA if options.clean else HASHED_SCHEMA).names),
        "relais": active.RELAY_HEADER if options.clean else (*active.RELAY_HEADER, *active.POSITION),
        "postpaiement": bill,
        **({} if options.clean else {"portail": stray.ONLINE_HEADER}),
        **{
            backoffice.physical(name): backoffice.names(said)
            for name, said in backoffice.tables(clean=options.clean).items()
            if name not in _CODES
        },
    }


def observed(options: DemoOptions, tallies: Tallies, office: Mapping[tuple[str, str], str | None]) -> Observed:
    """Return what was written, in the form the register is compared with."""
    instants = {
        ("valideurs", "horodatage"): tallies["valideurs/all"].oldest,
        ("relais", "horodatage"): tallies["relais/all"].oldest,
        ("relais", "recu_le"): tallies["relais/received"].oldest,
        ("postpaiement", "Date et heure"): tallies["postpaiement/all"].oldest,
    }
    oldest = {pair: clock.iso_instant(seconds) for pair, seconds in instants.items()}
    return Observed(columns=columns(options), oldest={**oldest, **office})


def rows(tallies: Tallies, office: Mapping[str, int]) -> Mapping[str, int]:
    """Return the rows of every physical table."""
    taps = {name: tallies[f"{name}/all"].rows for name in ("valideurs", "statistiques", "postpaiement", "relais")}
    return {**taps, **office}


def planted_in_taps(tallies: Tallies, store: Hashed) -> tuple[Planted, ...]:
    """List what was planted in the stores of taps and of bills."""
    hashed = tallies["statistiques/all"]
    return (
        *(_cards("BIL-RET-VALID-48H", "past-48h", table, tallies[f"{table}/old"]) for table in ("valideurs", "relais")),
        _cards("BIL-RET-VALID-48H", "past-48h", "statistiques", hashed),
        _cards("BIL-RET-CONCENTRATEUR", "row-past-its-term", "relais", tallies["relais/waiting"]),
        Planted(
            rule="RGPD-MIN-LOCALISATION",
            kind="position-finer-than-the-stop",
            table="relais",
            figures={"rows": tallies["relais/all"].rows, "cards": tallies["relais/all"].cards},
        ),
        Planted(rule="RGPD-ANO-ANALYSE", kind="piece-missing", table="statistiques", figures={}),
        _cards("BIL-RET-VALID-TARDIVE", "late-upload", "valideurs", tallies["valideurs/late"]),
        _cards("BIL-RET-POSTPAIE-4M", "row-past-its-term", "postpaiement", tallies["postpaiement/old"]),
        _cards("BIL-RET-POSTPAIE-4M", "place-held", "postpaiement", tallies["postpaiement/all"], column=billing.PLACE_COLUMN),
        _cards(
            "BIL-ANO-METHODES",
            "number-kept",
            "valideurs",
            tallies["valideurs/number-kept"],
            stop_removed=tallies["valideurs/stop-removed"].rows,
        ),
        _cards("BIL-ANO-METHODES", "place-removed", "valideurs", tallies["valideurs/place-removed"]),
        _cards("BIL-ANO-METHODES", "number-kept", "relais", tallies["relais/old"]),
        _cards("BIL-ANO-METHODES", "hash", "statistiques", hashed),
        _hash(hashed),
        _small(store.small, hashed),
        *_followed(store, hashed),
        *_given_away(store),
    )


def _followed(store: Hashed, hashed: Tally) -> Iterator[Planted]:
    """Yield what the lasting token lets one do: follow a card, tell it apart, and call the result anonymous."""
    cards, rows = store.spans.met_on_several_days()
    told: tuple[tuple[str, str, dict[str, Figure]], ...] = (
        ("RGPD-ANO-CORR", "linked-across-days", {"cards": cards, "rows": rows}),
        ("RGPD-PSE-ROTATION", "token-outlives-its-period", {"tokens": store.spans.longer_than(TERM_SECONDS)}),
        ("RGPD-ANO-UNICITE", "unique-traces", {"points": 2}),
        ("RGPD-ANO-UNICITE", "unique-traces", {"points": 3}),
        ("RGPD-ANO-UNICITE", "unique-traces", {"points": 4}),
        ("RGPD-ANO-LIBELLE", "identifier-kept", {"rows": hashed.rows}),
        ("BIL-ANO-STAT-GRAIN", "identifier-in-statistics", {"rows": hashed.rows, "cards": hashed.cards}),
        ("BIL-ANO-STAT-GRAIN", "time-finer-than-admitted", {"rows": hashed.rows, "measured": "PT1M"}),
    )
    for rule, kind, figures in told:
        yield Planted(rule=rule, kind=kind, table="statistiques", figures=figures)


def _given_away(store: Hashed) -> Iterator[Planted]:
    for name, attribute, ordinary in (("sensitive-product", store.sensitive, False), ("profile", store.profile, True)):
        for kind, certain in ((f"{name}-certain", True), (f"{name}-likely", False)):
            told = attribute.told(certain=certain, ordinary=ordinary)
            if told.classes:
                figures: dict[str, Figure] = {"classes_telling": told.classes, "cards": told.cards, "rows": told.rows}
                yield Planted(rule="RGPD-ANO-INFER", kind=kind, table="statistiques", figures=figures)


def planted_in_office(counts: PlantedInOffice) -> tuple[Planted, ...]:
    """List what was planted in the back office."""
    closed, settled = counts.closed_but_named, counts.settled_but_blocked
    sold = counts.anonymous_sold
    linked, subscribed, declared = counts.anonymous_linked, counts.anonymous_subscribed, counts.declarative_linked
    told: tuple[tuple[str, str, str, Mapping[str, Figure]], ...] = (
        ("BIL-RET-CLIENT", "closed-2-years-still-named", "gestion.clients", {"rows": closed, "customers": closed}),
        ("BIL-RET-IMPAYE-REGUL", "settled-still-blocked", "gestion.opposition", {"entries": settled, "cards": settled}),
        ("BIL-TIT-ANONYME", "linked-on-the-card", "gestion.supports", {"rows": linked, "cards": linked}),
        ("BIL-TIT-ANONYME", "bears-a-subscription", "gestion.contrats", {"rows": subscribed, "cards": subscribed}),
        ("BIL-TIT-ANONYME", "linked-by-a-sale", "gestion.ventes", {"rows": sold, "cards": sold}),
        ("BIL-TIT-DECLARATIF", "linked-on-the-card", "gestion.supports", {"rows": declared, "cards": declared}),
        ("BIL-RET-MOTIF-FRAUDE-3Y", "row-past-its-term", "gestion.clients",
         {"rows": counts.fraud_reason_kept, "customers": counts.fraud_reason_kept, "oldest": counts.oldest_fraud_reason}),
        ("BIL-RET-IMPAYE-2Y", "row-past-its-term", "gestion.impayes", {"rows": counts.debts_past_term, "oldest": counts.oldest_debt}),
        ("BIL-RET-IMPAYE-2Y", "not-a-debt", "gestion.impayes", {"rows": counts.debts_of_another_kind}),
    )  # fmt: skip
    return tuple(Planted(rule=rule, kind=kind, table=table, figures=figures) for rule, kind, table, figures in told)


def _cards(rule: str, kind: str, table: str, tally: Tally, **more: Figure) -> Planted:
    oldest = (clock.iso_instant(tally.oldest) or "")[:10]
    figures: dict[str, Figure] = {"rows": tally.rows, "cards": tally.cards, "oldest": oldest, **more}
    return Planted(rule=rule, kind=kind, table=table, figures=figures)


def _hash(hashed: Tally) -> Planted:
    tokens = hashed.cards
    figures: dict[str, Figure] = {
        "column": "jeton_carte", "rows": hashed.rows, "tokens": tokens, "recovered": tokens, "algorithm": "sha256", "space": 1_000_000,
    }  # fmt: skip
    return Planted(rule="BIL-ANO-HASH", kind="unsalted-hash", table="statistiques", figures=figures)


def _small(small: SmallClasses, hashed: Tally) -> Planted:
    figures: dict[str, Figure] = {
        "by": ("code_arret", "code_ligne", "heure UTC", "code_titre", "code_profil"),
        "threshold": THRESHOLD,
        "classes": small.classes,
        "classes_below": small.below,
        "rows": small.rows,
        "rows_below": small.rows_below,
        "smallest_class": small.smallest,
        "cards": hashed.cards,
    }
    return Planted(rule="RGPD-ANO-INDIV", kind="small-classes", table="statistiques", figures=figures)
