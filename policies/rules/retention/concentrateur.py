"""Taps that the relay server still holds after the day they arrived."""

from typing import Any

from auditor.rules import NotConcerned, Rule, Tables
from auditor.vocabulary.errors import CouldNotCheck
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.questions import PART_NOT_CHECKED, counted, past, some


def taps_left_on_the_relay(t: Tables) -> list[dict[str, Any]]:
    """Count, per relay table, the taps received longer ago than the term, whether or not they name someone.

    Raises:
        NotConcerned: no store of taps is a relay. One that is empty is a relay that was emptied.
        CouldNotCheck: old taps bear no moment of reception, and nothing else was found.
    """
    stores = t["observed_stores"]
    if not some(t, stores.filter(stores.canonical == "validations", stores.store_role == "relay")):
        raise NotConcerned(
            said("aucun magasin de validations n’est un concentrateur", "no store of validations is a relay server"),
        )
    taps = t["validations"]
    relayed = taps.filter(taps.store_role == "relay")
    found = t.ask(counted(relayed.filter(past(relayed.received_at, t)), "row-past-its-term", since="received_at", term=t.parameter("term")))
    undated = some(t, relayed.filter(relayed.received_at.isnull(), past(relayed.tapped_at, t)))
    if undated and not found:
        raise CouldNotCheck(
            "The relay server holds taps whose reception is not dated.",
            "Their age on the relay is unknown: a bus may have sent them late.",
            "Map `received_at` for the relay's feed.",
        )
    return [*found, {"kind": "part-not-checked", "missing": "validations.received_at"}] if undated else found


RULE = Rule(
    id="BIL-RET-CONCENTRATEUR",
    name="retention.taps-left-on-the-relay",
    family="retention",
    title=said("Serveur de redistribution vidé chaque jour", "Relay server emptied at the end of the day"),
    severity=Severity.MAJOR,
    sources=(legal.CNIL_03_008, legal.CNIL_04_020),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("validations.received_at", "validations.tapped_at", "observed_stores"),
    parameters={"term": "P1D"},
    query=taps_left_on_the_relay,
    message=said(
        "{table} (magasin {store}) garde des validations reçues depuis plus de {term} : {rows} lignes, {cards} cartes, la plus ancienne "
        "reçue le {oldest}.",
        "{table} (store {store}) keeps taps received more than {term} ago: {rows} rows, {cards} cards, the oldest received on {oldest}.",
    ),
    messages=PART_NOT_CHECKED,
    remediation=said(
        "Programmer une purge quotidienne du concentrateur, que la redistribution ait réussi ou non, et en garder le compte rendu.",
        "Schedule a daily purge of the relay server, whether or not the redistribution succeeded, and keep its report.",
    ),
    rationale=said(
        "Le concentrateur ne fait que passer les validations aux exploitants ; ce qui y reste est une copie que personne ne surveille. "
        "La CNIL a demandé pour Navigo qu’il soit vidé en fin de journée, même après un échec. Ces avis visaient un réseau : ils "
        "éclairent les autres sans les lier. Le délai court ici sur un jour écoulé depuis la réception.",
        "The relay only passes taps on to the operators; what stays there is a copy nobody watches. For Navigo the CNIL asked that it "
        "be emptied at the end of the day, even after a failure. Those opinions addressed one network: they enlighten the others "
        "without binding them. The term runs here over one day elapsed since reception.",
    ),
)
