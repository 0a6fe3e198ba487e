"""Statistics kept with an identifier, or with a time finer than the day."""

from collections.abc import Iterator
from typing import Final

import ibis
import ibis.expr.types as ir
from ibis import _

from auditor.engine.base import Relation, Row
from auditor.rules import Rule, Tables
from auditor.vocabulary.durations import Duration
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import concerns_stores, names_someone

ROLE = "warehouse"
_DAY: Final = 86_400
_MINUTE: Final = 60
_SEASONS: Final = 2
"""Times of day of a table kept by the day: local midnight is two UTC times, one in winter and one in summer."""
_WHERE = ("table", "store", "store_role")


def statistics_finer_than_admitted(t: Tables) -> Iterator[Row]:
    """List the statistics stores whose rows name someone, and those whose time step is finer than `step`, as measured.

    The step is the smallest gap between two instants of one service day, counted in minutes; one second when some instant
    bears seconds. A table with one instant a day is kept by the day.
    """
    concerns_stores(t, ROLE)
    taps = t["validations"]
    kept = taps.filter(taps.store_role == ROLE).mutate(table=taps.physical)
    named = kept.filter(names_someone(kept))
    held = named.group_by(list(_WHERE)).agg(rows=named.count(), cards=named.card.nunique())
    yield from t.ask(held.mutate(kind=ibis.literal("identifier-in-statistics")))
    admitted = t.duration("step")
    for row in t.ask(_steps(kept)):
        measured = Duration(seconds=_step(row))
        if measured.approximate_seconds < admitted.approximate_seconds:
            place = {name: row[name] for name in _WHERE}
            told = {"rows": row["rows"], "measured": str(measured), "threshold": t.parameter("step")}
            yield {**place, **told, "kind": "time-finer-than-admitted"}


def _step(row: Row) -> int:
    if not row["several"] and row["times"] <= _SEASONS:
        return _DAY
    if row["seconds"]:
        return 1
    return min(int(row["gap"] or _MINUTE), _DAY)


def _steps(kept: Relation) -> Relation:
    """One row per table: does it bear seconds, several instants in a day, how many times of day, and the smallest gap in a day."""
    day = kept.service_day.fill_null(kept.tapped_at.date())
    minutes = kept.group_by([*_WHERE, day.name("day"), kept.tapped_at.truncate("m").name("minute")]).agg(
        rows=kept.count(), seconds=_seconds(kept).any(), first=kept.tapped_at.min(), last=kept.tapped_at.max()
    )
    order = ibis.window(group_by=[*_WHERE, "day"], order_by="minute")
    gaps = minutes.mutate(
        gap=minutes.minute.epoch_seconds() - minutes.minute.lag().over(order).epoch_seconds(),
        many=minutes["first"] < minutes["last"],
        clock=minutes.minute.hour() * 60 + minutes.minute.minute(),
    )
    return gaps.group_by(list(_WHERE)).agg(
        rows=_.rows.sum(), seconds=_.seconds.any(), several=_.many.any() | _.gap.notnull().any(), times=_.clock.nunique(), gap=_.gap.min()
    )


def _seconds(taps: Relation) -> ir.BooleanValue:
    return taps.tapped_at != taps.tapped_at.truncate("m")


RULE = Rule(
    id="BIL-ANO-STAT-GRAIN",
    name="anonymisation.statistics-finer-than-admitted",
    family="anonymisation",
    title=said("Grain statistique admis", "Statistical granularity accepted by the CNIL"),
    severity=Severity.MAJOR,
    sources=(legal.CNIL_04_020,),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.AU015, Frame.GDPR}),
    needs=("validations.tapped_at", "validations.card"),
    parameters={"step": "P1D"},
    query=statistics_finer_than_admitted,
    message=said(
        "{table} (magasin {store}) est plus fine que le grain statistique admis.",
        "{table} (store {store}) is finer than the grain admitted.",
    ),
    messages={
        "identifier-in-statistics": said(
            "{table} (magasin {store}) est tenue pour la statistique et garde un identifiant : {rows} lignes, {cards} cartes ou jetons.",
            "{table} (store {store}) is kept for statistics and holds an identifier: {rows} rows, {cards} cards or tokens.",
        ),
        "time-finer-than-admitted": said(
            "{table} (magasin {store}) date ses {rows} lignes avec un pas de {measured}, plus fin que {threshold} : l’avis cité admet le "
            "lieu, la date et le type de contrat, et ne cite pas l’heure.",
            "{table} (store {store}) dates its {rows} rows with a step of {measured}, finer than {threshold}: the opinion quoted admits "
            "the place, the date and the kind of contract, and does not mention the hour.",
        ),
    },
    remediation=said(
        "Arrondir au créneau ou au jour, et retirer tout identifiant, jeton compris ; si un créneau est nécessaire aux études, le déclarer "
        "comme paramètre du réseau avec sa raison.",
        "Round to the band or the day, and remove every identifier, tokens included; if a band is needed for planning, declare it as a "
        "parameter of the network with its reason.",
    ),
    rationale=said(
        "Pour le passe Navigo, la CNIL a admis en 2004 des statistiques par lieu, date et type de contrat, sans aucun identifiant direct "
        "ou indirect. L’heure n’y est pas citée, ce qui ne l’interdit pas : cet avis est propre à un réseau et ne lie pas les autres. La "
        "règle mesure le pas de temps réellement observé ; un réseau qui a besoin de créneaux le dit et le justifie, et son choix reste "
        "affiché.",
        "For the Navigo pass, the CNIL admitted in 2004 statistics by place, date and kind of contract, without any direct or indirect "
        "identifier. The hour is not mentioned, which does not forbid it: that opinion is addressed to one network and binds no other. The "
        "rule measures the time step actually observed; a network that needs bands says so and why, and its choice stays on display.",
    ),
    judgement=said(
        "Dire si un créneau plus fin que le jour est nécessaire, et si les autres colonnes (profil, montant, véhicule) le sont.",
        "Whether a band finer than the day is needed, and whether the other columns (profile, amount, vehicle) are.",
    ),
)
