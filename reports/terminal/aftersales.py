"""After-sales and the citizens’ desk, in a terminal. Never a card number."""

from collections.abc import Sequence
from datetime import date

from rich.console import Console
from rich.text import Text as Line

from auditor.vocabulary.access import AccessRequest, RequestState
from auditor.vocabulary.aftersales import DrillStep, Reconstruction
from auditor.vocabulary.outcomes import Verdict
from reports import typography as typo
from reports import wording
from reports.terminal.drawing import STYLES, bullets, new_table, said_in, section, title


def print_drill(console: Console, steps: Sequence[DrillStep], lang: str = "fr") -> None:
    """Print the after-sales exercise step by step, then what it comes to."""
    table = new_table(said_in(lang, "Étape", "Step"), said_in(lang, "Résultat", "Result"), said_in(lang, "Détail", "Detail"))
    for step in steps:
        sign = Verdict.MET if step.passed else Verdict.NOT_MET
        said = said_in(lang, "réussie", "passed") if step.passed else said_in(lang, "échouée", "failed")
        table.add_row(
            Line(typo.plain(step.title)), Line(f"{wording.SYMBOLS[sign]} {said}", style=STYLES[sign]), Line(typo.plain(step.detail))
        )
    console.print(table)
    failed = sum(not step.passed for step in steps)
    if failed or not steps:
        said = said_in(lang, "L’exercice n’a pas abouti.", "The drill did not succeed.")
    else:
        said = said_in(lang, "L’exercice a abouti, sans lire une seule validation.", "The drill succeeded without reading a single tap.")
    console.print(Line(said, style="bold red" if failed or not steps else "green"))


def print_reconstruction(console: Console, rebuilt: Reconstruction, lang: str = "fr") -> None:
    """Print what the clerk may do next: titles and counters of the new card, never its number."""
    console.print(title(said_in(lang, f"Dossier {rebuilt.case} : carte reconstituée", f"Case {rebuilt.case}: card rebuilt")))
    section(console, said_in(lang, "Support", "Card"), wording.MEDIA[rebuilt.medium](lang))
    titles = [typo.plain(f"{contract.product} ({contract.status})") for contract in rebuilt.contracts]
    bullets(console, said_in(lang, "Titres rechargés", "Titles loaded"), titles)
    left = [typo.count(counter.remaining, *_journeys(lang), lang) for counter in rebuilt.counters]
    bullets(console, said_in(lang, "Compteurs", "Counters"), left)
    console.print(
        Line(
            said_in(lang, "Écrit au journal avant la réponse, entrée ", "Written in the journal before the answer, entry ")
            + str(rebuilt.journal_entry)
        )
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


def _journeys(lang: str) -> tuple[str, str]:
    return ("journey left", "journeys left") if lang == "en" else ("voyage restant", "voyages restants")
