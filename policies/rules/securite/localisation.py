"""Positions finer than the stop, kept with the taps or elsewhere."""

from functools import partial
from typing import Any

import ibis
import ibis.expr.types as ir

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules import uses
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known


def positions_finer_than_the_stop(t: Tables) -> list[dict[str, Any]]:
    """Count the taps that bear a position of their own, and the columns elsewhere where coordinates were recognised."""
    return as_far_as_known(partial(_taps, t), partial(_columns, t))


def _taps(t: Tables) -> list[dict[str, Any]]:
    taps = t["validations"]
    placed = taps.filter(taps.latitude.notnull() | taps.longitude.notnull())
    nowhere = placed.stop.isnull() & placed.line.isnull() & placed.validator.isnull() & placed.vehicle.isnull()
    fine = _away_from_the_stop(t, placed.mutate(kind=ibis.ifelse(nowhere, "position-outside-a-tap", "position-finer-than-the-stop")))
    counted = fine.group_by([fine.physical.name("table"), "store", "store_role", "kind"]).agg(
        rows=fine.count(), cards=fine.card.nunique(), oldest=fine.tapped_at.min()
    )
    return t.ask(counted)


def _away_from_the_stop(t: Tables, placed: Relation) -> Relation:
    """Leave aside the positions that are those of the stop: they tell nothing more than it does."""
    if "stops" not in t:
        return placed
    stops = t["stops"]
    known = stops.group_by([stops.stop.name("at_stop")]).agg(stop_latitude=stops.latitude.min(), stop_longitude=stops.longitude.min())
    beside = placed.left_join(known, placed.stop == known.at_stop)
    same = _near(t, beside.latitude, beside.stop_latitude) & _near(t, beside.longitude, beside.stop_longitude)
    return beside.filter(~same.fill_null(False))


def _near(t: Tables, one: ir.NumericValue, other: ir.NumericValue) -> ir.BooleanValue:
    return (one - other).abs() <= float(t.parameter("tolerance"))


def _columns(t: Tables) -> list[dict[str, Any]]:
    seen = t["detected_values"]
    columns = t["observed_columns"]
    counted = columns.filter(columns.mapped.isin(["validations.latitude", "validations.longitude"])).select("table", "column").distinct()
    placed = seen.filter(seen.detector == "coordinates", seen.certain).anti_join(uses.tables_of(t, "stops", "lines"), "table")
    found = placed.anti_join(counted, ["table", "column"])
    return t.ask(found.select("table", "column", "store", "share", rows=found["rows"], kind=ibis.literal("coordinates-held")))


RULE = Rule(
    id="RGPD-MIN-LOCALISATION",
    name="security.positions-finer-than-the-stop",
    family="securite",
    title=said("Finesse des données de localisation", "Location granularity must be justified"),
    severity=Severity.MAJOR,
    sources=(legal.CNIL_SAN_2022_015, legal.CNIL_SAN_2023_003),
    reading=Reading.PARTIAL,
    frames=frozenset({Frame.GDPR}),
    needs=("validations.tapped_at", "observed_stores", "observed_columns"),
    parameters={"tolerance": "0.0005"},
    query=positions_finer_than_the_stop,
    message=said(
        "{table} (magasin {store}) garde des positions plus fines que l’arrêt : {rows} lignes.",
        "{table} (store {store}) keeps positions finer than the stop: {rows} rows.",
    ),
    messages={
        "position-finer-than-the-stop": said(
            "{table} (magasin {store}) garde avec les validations une position plus fine que l’arrêt : {rows} lignes, {cards} cartes, "
            "la plus "
            "ancienne du {oldest}.",
            "{table} (store {store}) keeps with the taps a position finer than the stop: {rows} rows, {cards} cards, the oldest of "
            "{oldest}.",
        ),
        "position-outside-a-tap": said(
            "{table} (magasin {store}) garde des positions hors de tout point de validation : {rows} lignes, {cards} cartes, la plus "
            "ancienne du {oldest}.",
            "{table} (store {store}) keeps positions away from any validating point: {rows} rows, {cards} cards, the oldest of {oldest}.",
        ),
        "coordinates-held": said(
            "La colonne {table}.{column} contient des coordonnées précises : {rows} lignes.",
            "Column {table}.{column} holds precise coordinates: {rows} rows.",
        ),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Supprimer la position fine et s’en tenir à l’arrêt ; sinon, motiver ce besoin finalité par finalité dans l’AIPD.",
        "Remove the fine position and keep to the stop; otherwise justify the need purpose by purpose in the DPIA.",
    ),
    rationale=said(
        "La CNIL a jugé excessif qu’un loueur relève la position d’un véhicule tous les 500 mètres (175 000 euros), et un autre celle "
        "de ses "
        "scooters toutes les 30 secondes (125 000 euros). Ces décisions, lues dans des synthèses, visent d’autres métiers ; mais l’arrêt "
        "suffit à la billettique, et une position plus fine mène au domicile. La tolérance de 0,0005 degré (une cinquantaine de mètres) "
        "est "
        "celle du projet.",
        "The CNIL found it excessive that a rental firm took a vehicle’s position every 500 metres (175 000 euros), and another its "
        "scooters’ every 30 seconds (125 000 euros). These decisions, read in summaries, address other trades; but a stop is enough for "
        "ticketing, and a finer position leads to the home. The tolerance of 0.0005 degree (some fifty metres) is the project’s.",
    ),
    judgement=said(
        "Une personne doit encore dire si la finalité déclarée exige une position plus fine que l’arrêt.",
        "A person must still say whether the declared purpose requires a position finer than the stop.",
    ),
)
