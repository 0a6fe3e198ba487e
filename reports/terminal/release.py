"""Releases in a terminal: what one would take, what a stranger found of it, what left, what was refused."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final, Protocol

from rich.console import Console
from rich.text import Text as Line

from auditor.vocabulary.chain import Entry
from auditor.vocabulary.outcomes import Verdict
from auditor.vocabulary.releases import Receipt, ReleasePlan, ReleaseVerdict, Verification
from auditor.vocabulary.text import Text
from reports import dossier, wording
from reports import typography as typo
from reports.terminal.drawing import STYLES, bullets, colon, new_table, said_in, section, title

_KINDS: Final = {"release-made": Text("faite", "made"), "release-refused": Text("refusée", "refused")}
_RELEASE_STYLES: Final = {ReleaseVerdict.FAIL: "bold red", ReleaseVerdict.INCONCLUSIVE: "yellow", ReleaseVerdict.PASS_FOR_SCOPE: "green"}


class Previewed(Protocol):
    """What a release would take, as the package that makes releases tells it."""

    @property
    def rows(self) -> int:
        """Rows the release would be made of."""

    @property
    def units(self) -> int:
        """Distinct persons of those rows."""

    @property
    def rows_without_unit(self) -> int:
        """Rows that name nobody."""

    @property
    def start(self) -> date | None:
        """First service day."""

    @property
    def end(self) -> date | None:
        """Last service day."""

    @property
    def k(self) -> int:
        """Distinct cards per class or cell."""

    @property
    def tests(self) -> tuple[str, ...]:
        """Tests the staged file would have to pass."""

    @property
    def target(self) -> Path:
        """Folder it would be published in."""


def print_preview(console: Console, plan: ReleasePlan, preview: Previewed, lang: str = "fr") -> None:
    """Print what a release would take and which tests it would have to pass."""
    console.print(title(f"{plan.id} {typo.DASH} {plan.title}"))
    kinds = {
        "counts": said_in(lang, "comptes agrégés", "aggregated counts"),
        "records": said_in(lang, "lignes non reliées", "unlinked rows"),
    }
    section(console, said_in(lang, "Forme", "Kind"), kinds[plan.kind])
    who = f"{plan.recipient.name} ({said_in(lang, 'classe', 'class')} {plan.recipient.recipient_class.value})"
    section(console, said_in(lang, "Destinataire", "Recipient"), typo.plain(who))
    figures = (preview.rows, preview.units, preview.rows_without_unit)
    heading = said_in(lang, "Lignes, personnes (cartes), lignes sans personne", "Rows, persons (cards), rows without a person")
    section(console, heading, " · ".join(typo.whole(number, lang) for number in figures))
    if preview.start and preview.end:
        section(console, said_in(lang, "Période", "Period"), f"{typo.day(preview.start, lang)} {typo.DASH} {typo.day(preview.end, lang)}")
    section(console, said_in(lang, "Cartes distinctes exigées", "Distinct cards required"), typo.whole(preview.k, lang))
    section(console, said_in(lang, "Tests à passer", "Tests to pass"), ", ".join(preview.tests))
    section(console, said_in(lang, "Publiée dans", "Published in"), typo.plain(str(preview.target)))


def print_verification(console: Console, verification: Verification, lang: str = "fr") -> None:
    """Print what a stranger established of a file: verdict, scope, tests, what was not run."""
    verdict = f"{verification.verdict.value} {typo.DASH} {wording.RELEASE_VERDICTS[verification.verdict](lang)}"
    console.print(Line(verdict, style=_RELEASE_STYLES[verification.verdict]))
    console.print(Line(said_in(lang, "Portée : ", "Scope: ") + typo.plain(verification.scope)))
    console.print()
    table = new_table(
        said_in(lang, "Test", "Test"),
        said_in(lang, "Résultat", "Result"),
        said_in(lang, "Mesuré", "Measured"),
        said_in(lang, "Limite", "Limit"),
    )
    for test in dossier.failed_first(verification.tests):
        title = Line(typo.plain(test.title)).append(f"\n{test.id} · {wording.CRITERIA[test.criterion](lang)}", style="dim")
        sign = wording.RESULT_VERDICTS[test.result]
        said = Line(f"{wording.SYMBOLS[sign]} {wording.TEST_RESULTS[test.result](lang)}", style=STYLES[sign])
        table.add_row(title, said, Line(typo.plain(test.measured) or typo.DASH), Line(typo.plain(test.limit) or typo.DASH))
    console.print(table)
    _figures(console, verification, lang)
    bullets(console, said_in(lang, "Non essayé", "Not tried"), [typo.plain(attack) for attack in verification.not_run])


def print_release(console: Console, receipt: Receipt, lang: str = "fr") -> None:
    """Print a release that was made: its verdict, its levels, what it lost and whether it still answers."""
    console.print(title(f"{receipt.release} {typo.DASH} {receipt.file}"))
    print_verification(console, receipt.verification, lang)
    levels = (f"{typo.plain(column)}{colon(lang)}{wording.level(name, lang)}" for column, name in receipt.levels.items())
    bullets(console, said_in(lang, "Niveaux retenus", "Levels chosen"), list(levels))
    lost = said_in(lang, "Lignes lues, publiées, supprimées", "Rows read, published, suppressed")
    figures = (typo.whole(number, lang) for number in (receipt.rows_in, receipt.rows_out, receipt.rows_suppressed))
    section(console, lost, " · ".join(figures))
    _print_utility(console, receipt, lang)
    section(console, said_in(lang, "Empreinte du fichier (SHA-256)", "Digest of the file (SHA-256)"), receipt.file_digest)


def print_ledger(console: Console, entries: Sequence[Entry], broken: str | None, lang: str = "fr") -> None:
    """Print the releases made and refused, then whether the chain holds."""
    table = new_table(
        said_in(lang, "N°", "No."), said_in(lang, "Date", "Date"), said_in(lang, "Diffusion", "Release"), said_in(lang, "Issue", "Outcome")
    )
    table.add_column(said_in(lang, "Empreinte", "Digest"), no_wrap=True)
    for entry in entries:
        said = {name: typo.plain(str(entry.content.get(name, ""))) for name in ("at", "release", "verdict", "kind")}
        said["kind"] = _KINDS[said["kind"]](lang) if said["kind"] in _KINDS else said["kind"]
        outcome = " · ".join(part for part in (said["kind"], said["verdict"]) if part)
        table.add_row(Line(str(entry.sequence)), Line(said["at"][:16]), Line(said["release"]), Line(outcome), Line(entry.digest[:12]))
    console.print(table)
    sign, style = (Verdict.NOT_MET, "bold red") if broken else (Verdict.MET, "green")
    held = said_in(lang, "La chaîne est entière.", "The chain is whole.")
    torn = said_in(lang, "La chaîne est rompue : ", "The chain is broken: ")
    console.print(Line(f"{wording.SYMBOLS[sign]} {torn + typo.plain(broken) if broken else held}", style=style))


def _print_utility(console: Console, receipt: Receipt, lang: str) -> None:
    if not receipt.utility:
        return
    console.print()
    table = new_table(said_in(lang, "Question", "Question"))
    for heading in (
        said_in(lang, "Avant", "Before"),
        said_in(lang, "Après", "After"),
        said_in(lang, "Erreur", "Error"),
        said_in(lang, "Tolérance", "Tolerance"),
    ):
        table.add_column(heading, justify="right")
    for question in dossier.utility(receipt.utility):
        sign = "" if question.within is None else f" {wording.SYMBOLS[Verdict.MET if question.within else Verdict.NOT_MET]}"
        tolerance = typo.DASH if question.tolerance is None else typo.percent(question.tolerance, lang) + sign
        table.add_row(
            Line(question.title),
            Line(typo.decimal(question.original, lang)),
            Line(typo.decimal(question.released, lang)),
            Line(typo.percent(question.weighted_error, lang)),
            Line(tolerance),
        )
    console.print(table)


def _figures(console: Console, verification: Verification, lang: str) -> None:
    said = [f"{label}{colon(lang)}{typo.decimal(number, lang)}" for label, number in dossier.figures(verification, lang)]
    bullets(console, said_in(lang, "Mesures", "Measures"), said)
