"""After-sales and the vault, in a terminal. Never a card number."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from rich.console import Console

from auditor.vocabulary.aftersales import DrillStep, Reconstruction
from auditor.vocabulary.outcomes import Verdict
from reports import typography as typo
from reports import values, wording
from reports.terminal.drawing import STYLES, Line, bullets, colon, new_table, said_in, section, title

_ENTRIES: Final = (("écriture au journal", "écritures au journal"), ("journal entry", "journal entries"))


class Counted(Protocol):
    """What a vault holds, as the package that keeps it tells it."""

    @property
    def records(self) -> int:
        """Cards sealed."""

    @property
    def changed_here(self) -> int:
        """Cards that the vault itself blocked, replaced or rebuilt."""

    @property
    def journal_entries(self) -> int:
        """Entries of the journal."""

    @property
    def journal_head(self) -> str:
        """Digest of the last one."""


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
    console.print()
    failed = sum(not step.passed for step in steps)
    if failed or not steps:
        said = said_in(lang, "L’exercice n’a pas abouti.", "The drill did not succeed.")
    else:
        said = said_in(lang, "L’exercice a abouti, sans lire une seule validation.", "The drill succeeded without reading a single tap.")
    console.print(Line(said, style="bold red" if failed or not steps else "green"))


def print_reconstruction(console: Console, rebuilt: Reconstruction, lang: str = "fr", *, products: Mapping[str, str] | None = None) -> None:
    """Print what the clerk may do next: titles and counters of the new card, never its number.

    `products` gives the label of each product code; a code without one is shown as it is.
    """
    labels = products or {}
    console.print(title(said_in(lang, f"Dossier {rebuilt.case} : carte reconstituée", f"Case {rebuilt.case}: card rebuilt")))
    section(console, said_in(lang, "Support", "Card"), wording.MEDIA[rebuilt.medium](lang))
    titles = [
        typo.plain(f"{labels.get(contract.product, contract.product)} ({wording.contract_status(contract.status, lang)})")
        for contract in rebuilt.contracts
    ]
    bullets(console, said_in(lang, "Titres rechargés", "Titles loaded"), titles)
    left = [typo.count(counter.remaining, *_journeys(lang), lang) for counter in rebuilt.counters]
    bullets(console, said_in(lang, "Compteurs", "Counters"), left)
    console.print()
    said = said_in(lang, "Écrit au journal avant la réponse, entrée ", "Written in the journal before the answer, entry ")
    console.print(Line(f"{said}{rebuilt.journal_entry}."))


def print_sealed(console: Console, sealed: int, past_term: int, left_out: Mapping[str, int], lang: str = "fr") -> None:
    """Print how many cards the vault took in, how many reached their term, and what it could not use, by reason."""
    french = ("carte scellée dans le coffre", "cartes scellées dans le coffre")
    console.print(Line(_counted(sealed, french, ("card sealed in the vault", "cards sealed in the vault"), lang) + "."))
    if past_term:
        french = ("carte arrivée à son terme, écartée ou effacée", "cartes arrivées à leur terme, écartées ou effacées")
        console.print(
            Line(_counted(past_term, french, ("card at its term, left out or removed", "cards at term, left out or removed"), lang) + ".")
        )
    lines = [f"{_reason(reason, lang)}{colon(lang)}{typo.whole(rows, lang)}" for reason, rows in left_out.items() if rows]
    bullets(console, said_in(lang, "Ce que le coffre n’a pas pu reprendre", "What the vault could not take in"), lines)


def print_vault_status(console: Console, status: Counted, lang: str = "fr") -> None:
    """Print what the vault holds, in counts, and the digest to note elsewhere."""
    french = ("carte au coffre", "cartes au coffre")
    changed = ("bloquée, remplacée ou reconstituée par le coffre lui-même", "bloquées, remplacées ou reconstituées par le coffre lui-même")
    console.print(Line(_counted(status.records, french, ("card in the vault", "cards in the vault"), lang) + "."))
    within = said_in(lang, "Dont ", "Of which ")
    console.print(
        Line(within + _counted(status.changed_here, changed, ("blocked, replaced or rebuilt by the vault itself",) * 2, lang) + ".")
    )
    console.print(Line(_counted(status.journal_entries, *_ENTRIES, lang) + "."))
    heading = said_in(lang, "Dernière empreinte du journal, à noter ailleurs :", "Last digest of the journal, to be noted elsewhere:")
    section(console, heading, typo.plain(status.journal_head))


def print_vault_journal(console: Console, entries: int, broken: str | None, lang: str = "fr") -> None:
    """Print whether the journal is whole: no opening altered, dropped or reordered."""
    counted = _counted(entries, *_ENTRIES, lang)
    if broken is None:
        held = said_in(lang, "la chaîne est entière, aucune écriture changée ni ôtée.", "the chain is whole, no entry changed or removed.")
        console.print(Line(f"{wording.SYMBOLS[Verdict.MET]} {counted}{colon(lang)}{held}", style=STYLES[Verdict.MET]))
        return
    torn = said_in(lang, "la chaîne est rompue", "the chain is broken")
    said = f"{wording.SYMBOLS[Verdict.NOT_MET]} {counted}{colon(lang)}{torn} ({values.reason(broken, lang)[0]})."
    console.print(Line(said, style=STYLES[Verdict.NOT_MET]))


def print_blocked(console: Console, case: str, reason: str, lang: str = "fr") -> None:
    """Print that the card of a case is on the block list, and why."""
    why = wording.BLOCK_REASONS[reason](lang) if reason in wording.BLOCK_REASONS else typo.plain(reason)
    said = said_in(
        lang, f"Dossier {typo.plain(case)} : carte mise en opposition ({why}).", f"Case {typo.plain(case)}: card blocked ({why})."
    )
    console.print(Line(said))


def _counted(number: int, french: tuple[str, str], english: tuple[str, str], lang: str) -> str:
    return typo.count(number, *(english if lang == "en" else french), lang)


def _reason(reason: str, lang: str) -> str:
    return wording.LEFT_OUT[reason](lang) if reason in wording.LEFT_OUT else values.reason(reason, lang)[0]


def _journeys(lang: str) -> tuple[str, str]:
    return ("journey left", "journeys left") if lang == "en" else ("voyage restant", "voyages restants")
