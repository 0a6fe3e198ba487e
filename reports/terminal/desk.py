"""The citizens’ desk, in a terminal: what was asked, by when, and what was set aside. Never the card it is about."""

from collections.abc import Sequence
from datetime import date

from rich.console import Console

from auditor.vocabulary.access import AccessRequest, RequestState
from auditor.vocabulary.outcomes import Verdict
from reports import typography as typo
from reports import wording
from reports.terminal.drawing import Line, new_table, said_in


def print_request_opened(console: Console, request: AccessRequest, lang: str = "fr") -> None:
    """Print the number of a request and the day the answer is due, in words."""
    received, due = typo.day(request.received_on, lang), typo.day(request.due_on, lang)
    french = f"Demande {typo.plain(request.id)}, reçue le {received} : réponse due au plus tard le {due} (un mois, RGPD, art. 12(3))."
    english = f"Request {typo.plain(request.id)}, received on {received}: answer due by {due} (one month, GDPR Art. 12(3))."
    console.print(Line(said_in(lang, french, english)))


def print_request_frozen(console: Console, request_id: str, *, rows: int, tables: int, lang: str = "fr") -> None:
    """Print how much was set aside for a request, before any purge."""
    name = typo.plain(request_id)
    if not rows:
        french = f"Demande {name} : aucune ligne ne concerne cette carte. Rien à mettre de côté."
        console.print(Line(said_in(lang, french, f"Request {name}: no row is about this card. Nothing to set aside.")))
        return
    counted = typo.count(rows, *(("row", "rows") if lang == "en" else ("ligne", "lignes")), lang)
    places = typo.count(tables, "table", "tables", lang)
    french = f"Demande {name} : {counted} de {places} {'mise' if rows == 1 else 'mises'} de côté, à l’abri des effacements automatiques."
    console.print(Line(said_in(lang, french, f"Request {name}: {counted} of {places} set aside, out of reach of automatic erasure.")))


def print_request_closed(console: Console, request: AccessRequest, lang: str = "fr") -> None:
    """Print that a request is closed and its working copy destroyed."""
    name = typo.plain(request.id)
    console.print(
        Line(said_in(lang, f"Demande {name} : close, copie de travail détruite.", f"Request {name}: closed, working copy destroyed."))
    )


def print_requests(console: Console, requests: Sequence[AccessRequest], today: date, lang: str = "fr") -> None:
    """Print the citizens' requests with their due dates, late ones said so; never the card they are about."""
    if not requests:
        console.print(Line(said_in(lang, "Aucune demande.", "No request.")))
        return
    table = new_table(
        said_in(lang, "Demande", "Request"),
        said_in(lang, "État", "State"),
        said_in(lang, "Reçue le", "Received"),
        said_in(lang, "Due le", "Due"),
    )
    table.add_column(said_in(lang, "Répondue le", "Answered"))
    for request in requests:
        state = wording.STATES[request.state](lang)
        received, due = (typo.short_day(when, lang) for when in (request.received_on, request.due_on))
        table.add_row(Line(typo.plain(request.id)), Line(state), Line(received), Line(due), _answered(request, today, lang))
    console.print(table)


def _answered(request: AccessRequest, today: date, lang: str) -> Line:
    if request.answered_on:
        return Line(typo.short_day(request.answered_on, lang))
    open_still = request.state in (RequestState.OPEN, RequestState.FROZEN)
    if open_still and today > request.due_on and request.extended_on is None:
        late = (today - request.due_on).days
        said = typo.count(late, "day late", "days late", lang) if lang == "en" else f"{typo.count(late, 'jour', 'jours')} de retard"
        return Line(f"{wording.SYMBOLS[Verdict.NOT_MET]} {said}", style="bold red")
    return Line(typo.DASH)
