"""The journal a card carries: too many events on it, or its readings kept off it."""

from typing import Any

from auditor.rules import NotConcerned, Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.pieces import facts_of, pieces_of, shown, worded
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known, counted, some

RECORDS = "event_records"
"""Fact of a card model: how many events the card's journal holds, as a whole number."""


def card_journals_too_long_or_copied(t: Tables) -> list[dict[str, Any]]:
    """List the card models whose journal holds more events than allowed, or does not say, and count the readings kept centrally.

    Raises:
        NotConcerned: the network says it has no card.
    """
    stores = t["observed_stores"]
    if "cards" in t.absent and not some(t, stores.filter(stores.canonical.isin(["cards", "card_readings"]))):
        raise NotConcerned(said("le réseau dit n’avoir aucune carte", "the network says it has no card"))
    return as_far_as_known(lambda: _readings(t), lambda: shown(t, "card-model"), lambda: _models(t))


def _readings(t: Tables) -> list[dict[str, Any]]:
    readings = t.held("card_readings", "read_at")
    if readings is None:
        return []
    copied = readings.filter(readings.events.isnull() | (readings.events > 0))
    return t.ask(counted(copied, "card-readings-kept", since="read_at"))


def _models(t: Tables) -> list[dict[str, Any]]:
    allowed, found = int(t.parameter("events")), []
    for piece in pieces_of(t, "card-model"):
        told = facts_of(t, piece).get(RECORDS, "").strip()
        place = {"value": piece["piece"], "file": piece["file"], "line": piece["line"]}
        if not told.isdecimal():
            found.append({**place, "kind": "piece-incomplete", "missing": RECORDS})
        elif int(told) > allowed:
            found.append({**place, "kind": "card-journal-too-long", "measured": int(told), "threshold": allowed})
    return found


RULE = Rule(
    id="BIL-DON-CARTE",
    name="status.card-journals-too-long-or-copied",
    family="statut",
    title=said("Journal embarqué sur la carte", "On-card event log"),
    severity=Severity.MINOR,
    sources=(legal.CNIL_03_008,),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("observed_stores",),
    parameters={"events": "3"},
    query=card_journals_too_long_or_copied,
    message=said("Le journal de la carte dépasse ce qui est admis.", "The card’s journal exceeds what is allowed."),
    messages={
        "card-readings-kept": said(
            "{table} (magasin {store}) garde hors de la carte des lectures de son journal : {rows} lectures, {cards} cartes, la plus "
            "ancienne du {oldest}.",
            "{table} (store {store}) keeps off the card readings of its journal: {rows} readings, {cards} cards, the oldest of {oldest}.",
        ),
        "card-journal-too-long": said(
            "Le modèle de carte « {value} » garde {measured} événements, au-delà de {threshold}.",
            "The card model “{value}” keeps {measured} events, more than {threshold}.",
        ),
        **worded("Modèle de carte", "Card model"),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Limiter le nombre d’événements écrits sur la carte ; ne pas historiser ses lectures dans le système central.",
        "Limit the number of events written on the card; keep no history of its readings in the central system.",
    ),
    rationale=said(
        "La carte garde ses derniers passages pour que le contrôleur les lise : qui la tient sait où son porteur était. L’avis de la CNIL "
        "sur Navigo admet 3 événements, écrasés au fil de l’eau. Il visait un réseau ; le nombre se règle (6 à Rennes, selon la presse). "
        "Recopier ces lectures au central referait l’historique que la carte efface.",
        "The card keeps its last taps for an inspector to read: whoever holds it knows where its holder was. The CNIL’s opinion on Navigo "
        "allows 3 events, overwritten as they come. It addressed one network; the number can be set (6 in Rennes, from the press). "
        "Copying these readings centrally would rebuild the history the card erases.",
    ),
    judgement=said(
        "Un humain vérifie sur une vraie carte que le journal compte ce que le modèle en dit.",
        "A person checks on a real card that the journal holds what the model says.",
    ),
)
