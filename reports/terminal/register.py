"""The register in a terminal: its sheets with their scores, one sheet whole, what an import took and what a merge would change."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from rich.console import Console

from auditor.vocabulary import register_words as words
from auditor.vocabulary.interchange import Remark
from auditor.vocabulary.register import Activity, Actor, Coverage, Declared, Dpia, Pseudonymisation, Purpose, Recipient, Register, Retention
from auditor.vocabulary.register_words import word
from auditor.vocabulary.text import Text
from reports import typography as typo
from reports import wording
from reports.terminal.drawing import Line, bullets, colon, indented, new_grid, new_table, said_in, title

_MOST_REMARKS = 40


class Point(Protocol):
    """One expected point of a sheet."""

    @property
    def article(self) -> str:
        """Article that asks for it."""

    @property
    def label(self) -> Text:
        """What it is."""

    @property
    def present(self) -> bool:
        """Whether the sheet says it."""


class Scored(Protocol):
    """How complete a sheet is."""

    @property
    def mandatory(self) -> Sequence[Point]:
        """The points of art. 30(1)."""

    @property
    def additional(self) -> Sequence[Point]:
        """What a supervisory authority will ask beyond it."""


class Compared(Protocol):
    """One thing an assessment says, next to what the register says."""

    @property
    def field(self) -> str:
        """Key of the register file."""

    @property
    def place(self) -> str:
        """Section of the assessment."""

    @property
    def held(self) -> str:
        """What the register says."""

    @property
    def proposed(self) -> str:
        """What the assessment says."""

    @property
    def why(self) -> Text:
        """Why it is taken, or not."""

    @property
    def taken(self) -> bool:
        """Whether it goes into the register."""


def print_register(console: Console, register: Register, scores: Mapping[str, Scored], lang: str = "fr") -> None:
    """Print the list of activities: id, title, score, what is missing."""
    table = new_table(said_in(lang, "Fiche", "Activity"))
    table.add_column(said_in(lang, "Art. 30(1)", "Art. 30(1)"), justify="right", no_wrap=True)
    table.add_column(said_in(lang, "Au-delà", "Beyond"), justify="right", no_wrap=True)
    table.add_column(said_in(lang, "Ce qui manque", "What is missing"))
    for declared in register.activities:
        score = scores[declared.activity.id]
        name = Line(declared.activity.id, style="bold").append(f"\n{typo.plain(declared.activity.title)}", style="")
        missing = [wording.article(point.article, lang) for point in (*score.mandatory, *score.additional) if not point.present]
        told = Line(", ".join(missing) or said_in(lang, "rien", "nothing"), style="" if missing else "green")
        table.add_row(name, Line(_score(score.mandatory)), Line(_score(score.additional)), told)
    console.print(table)
    console.print()
    hint = said_in(lang, "Une fiche entière : poincon registry show FICHE", "One sheet in full: poincon registry show ACTIVITY")
    console.print(Line(hint, style="dim"))


def print_activity(console: Console, declared: Declared, score: Scored, lang: str = "fr") -> None:
    """Print one whole sheet; what the register does not say is said to be missing."""
    activity = declared.activity
    console.print(title(activity.title))
    _facts(console, _head(declared, lang))
    for heading, lines in _chapters(activity, lang):
        _chapter(console, heading, lines, lang)
    for coverage in activity.covers:
        _covered(console, coverage, lang)
    if not activity.covers:
        _chapter(console, said_in(lang, "Tables et colonnes couvertes", "Tables and columns covered"), [], lang)
    _completeness(console, score, lang)


def print_imported(console: Console, files: Sequence[Path], remarks: Sequence[Remark], lang: str = "fr") -> None:
    """Print the files an import wrote, then every remark: what was left out, and what a human has to confirm."""
    for file in files:
        console.print(Line(f"✓ {file}"))
    gaps = [remark for remark in remarks if remark.kind == "gap"]
    notes = [remark for remark in remarks if remark.kind == "note"]
    bullets(console, said_in(lang, "Non repris, à compléter", "Not taken, to be completed"), _remarks(gaps, lang))
    bullets(console, said_in(lang, "Repris, à confirmer", "Taken, to be confirmed"), _remarks(notes, lang))
    if any(remark.quoted for remark in remarks):
        console.print()
        where = said_in(
            lang,
            "Les mots concernés sont en commentaire au début de chaque fiche écrite.",
            "The words concerned stand as comments at the top of each file written.",
        )
        console.print(Line(where, style="dim"))


def print_merge(console: Console, changes: Sequence[Compared], remarks: Sequence[Remark], written: Path | None, lang: str = "fr") -> None:
    """Print what an assessment says next to the register, what the merge takes and what it leaves, and whether it was written."""
    for taken, heading in (
        (True, said_in(lang, "L’analyse ajoute au registre", "The assessment adds to the register")),
        (False, said_in(lang, "À rapprocher à la main", "To be compared by hand")),
    ):
        bullets(console, heading, [_change(one, lang) for one in changes if one.taken is taken])
    bullets(console, said_in(lang, "État du fichier", "State of the file"), _remarks(remarks, lang))
    console.print()
    if written is not None:
        console.print(Line(f"✓ {written}"))
    elif any(one.taken for one in changes):
        console.print(Line(said_in(lang, "Rien n’est écrit. Pour écrire : --write", "Nothing is written. To write: --write"), style="bold"))
    else:
        console.print(Line(said_in(lang, "Rien à reprendre.", "Nothing to take.")))


def _change(one: Compared, lang: str) -> str:
    said = f"{colon(lang)}{typo.plain(one.proposed)}" if one.proposed else ""
    held = said_in(lang, " (registre : ", " (register: ") + typo.plain(one.held) + ")" if one.held else ""
    return f"{one.field} · {typo.plain(one.place)}{said}{held} {typo.DASH} {one.why(lang)}"


def _remarks(remarks: Sequence[Remark], lang: str) -> list[str]:
    told = [f"{typo.plain(remark.place)}{colon(lang)}{remark.said(lang)}" for remark in remarks]
    if len(told) <= _MOST_REMARKS:
        return told
    more = said_in(lang, f"et {len(told) - _MOST_REMARKS} autres", f"and {len(told) - _MOST_REMARKS} more")
    return [*told[:_MOST_REMARKS], more]


def _score(points: Sequence[Point]) -> str:
    return f"{sum(point.present for point in points)}/{len(points)}"


def _facts(console: Console, facts: Iterable[tuple[str, str]]) -> None:
    grid = new_grid(None, None)
    for label, value in facts:
        grid.add_row(Line(label, style="dim"), Line(typo.plain(value)))
    console.print(grid)


def _head(declared: Declared, lang: str) -> Iterator[tuple[str, str]]:
    activity = declared.activity
    yield said_in(lang, "Identifiant", "Id"), activity.id
    yield said_in(lang, "Fichier", "File"), declared.file
    for label, day in (
        (said_in(lang, "Créée le", "Created on"), activity.created_on),
        (said_in(lang, "Mise à jour le", "Updated on"), activity.updated_on),
    ):
        yield label, typo.short_day(day, lang) if day else _unsaid(lang)
    yield said_in(lang, "Billettique", "Ticketing"), word(words.FLAGS, "true" if activity.ticketing else "false", lang)


def _chapters(activity: Activity, lang: str) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """Yield each part of the sheet: its heading, and its entries as a first line with what details it."""
    yield said_in(lang, "Finalités et bases légales", "Purposes and legal bases"), [_purpose(one, lang) for one in activity.purposes]
    yield (
        said_in(lang, "Acteurs et rôles", "Actors and roles"),
        [*(_actor(one, lang) for one in activity.actors), *_officer(activity, lang)],
    )
    yield said_in(lang, "Personnes concernées", "Persons"), [(one,) for one in activity.persons]
    yield said_in(lang, "Catégories de données", "Categories of data"), [(one,) for one in activity.data_categories]
    yield said_in(lang, "Source des données", "Source of the data"), _alone(activity.source_of_data)
    yield said_in(lang, "Destinataires", "Recipients"), [_recipient(one, lang) for one in activity.recipients]
    yield said_in(lang, "Transferts hors de l’Union européenne", "Transfers outside the European Union"), _transfers(activity, lang)
    yield said_in(lang, "Durées de conservation", "Retention"), [_term(one, lang) for one in activity.retention]
    yield said_in(lang, "Mesures de sécurité", "Security measures"), [(one,) for one in activity.security]
    yield said_in(lang, "Analyse d’impact (AIPD)", "Impact assessment (DPIA)"), _dpia(activity.dpia, lang)
    yield said_in(lang, "Pseudonymisation", "Pseudonymisation"), _pseudonyms(activity, activity.pseudonymisation, lang)
    yield (
        said_in(lang, "Textes invoqués", "Texts invoked"),
        [(f"{one.text}{colon(lang)}{word(words.INVOKED, one.invoked_as, lang).lower()}",) for one in activity.references],
    )
    yield said_in(lang, "Droits des personnes", "Rights of the persons"), _alone(activity.rights)
    yield said_in(lang, "Décision automatisée", "Automated decision"), _alone(activity.automated_decision)


def _chapter(console: Console, heading: str, entries: Sequence[tuple[str, ...]], lang: str) -> None:
    console.print()
    console.print(Line(heading, style="bold"))
    if not entries:
        console.print(indented(_unsaid(lang), "yellow"))
    for first, *details in entries:
        item = new_grid(3, None)
        item.add_row(Line("  –"), Line(typo.plain(first)))
        for detail in details:
            if detail:
                item.add_row(Line(""), Line(typo.plain(detail), style="dim"))
        console.print(item)


def _unsaid(lang: str) -> str:
    return said_in(lang, "non dit au registre", "not said in the register")


def _alone(text: str) -> list[tuple[str, ...]]:
    return [(text,)] if text.strip() else []


def _purpose(one: Purpose, lang: str) -> tuple[str, ...]:
    if one.basis:
        basis = f"{word(words.BASES, one.basis, lang)}, {wording.article(words.BASIS_ARTICLES[one.basis], lang)}"
    else:
        basis = said_in(lang, "base légale non dite", "legal basis not said")
    family = said_in(lang, "famille : ", "family: ") + word(words.FAMILIES, one.family, lang) if one.family else ""
    return one.title, " · ".join(filter(None, (basis, one.basis_reference, family)))


def _actor(one: Actor, lang: str) -> tuple[str, ...]:
    public = said_in(lang, " (organisme public)", " (public body)") if one.public_body else ""
    agreement = said_in(lang, "accord : ", "agreement: ") + one.agreement if one.agreement else ""
    return f"{word(words.ROLES, one.role, lang)}{colon(lang)}{one.name}{public}", one.contact, agreement


def _officer(activity: Activity, lang: str) -> list[tuple[str, ...]]:
    label = said_in(lang, "Délégué à la protection des données : ", "Data protection officer: ")
    return [(label + (activity.dpo or _unsaid(lang)),)] if activity.dpo or activity.actors else []


def _recipient(one: Recipient, lang: str) -> tuple[str, ...]:
    accounts = said_in(lang, "comptes : ", "accounts: ") + ", ".join(one.accounts) if one.accounts else ""
    return f"{one.name} ({word(words.RECIPIENTS, one.kind, lang).lower()})", one.why, accounts


def _transfers(activity: Activity, lang: str) -> list[tuple[str, ...]]:
    if activity.transfers == "none":
        return [(said_in(lang, "Aucun, dit le registre", "None, says the register"),)]
    listed = activity.transfers if isinstance(activity.transfers, tuple) else ()
    return [(f"{one.recipient}, {one.country}", one.safeguards, one.documents) for one in listed]


def _term(one: Retention, lang: str) -> tuple[str, ...]:
    start = said_in(lang, "à compter de : ", "from: ") + (one.starts or _unsaid(lang))
    fate = said_in(lang, "puis : ", "then: ") + word(words.FATES, one.fate, lang).lower()
    where = said_in(lang, "mesurée sur ", "measured on ") + f"{one.table}.{one.column}" if one.table else ""
    scope = word(words.APPLIES, one.applies_to, lang).lower() if one.applies_to != "all" else ""
    details = (
        (said_in(lang, "condition : ", "condition: "), one.condition),
        (said_in(lang, "finalité : ", "purpose: "), one.purpose),
        (said_in(lang, "justification : ", "justification: "), one.justification),
        (said_in(lang, "archives : ", "archives: "), one.archives_agreement),
    )
    told = [f"{label}{value}" for label, value in details if value]
    return (
        f"{one.data}{colon(lang)}{one.duration.in_words(lang)} ({one.duration})",
        start,
        fate,
        " · ".join(filter(None, (where, scope))),
        *told,
    )


def _dpia(one: Dpia | None, lang: str) -> list[tuple[str, ...]]:
    if one is None:
        return []
    days = (
        (said_in(lang, "validée le ", "validated on "), one.validated_on),
        (said_in(lang, "revue le ", "reviewed on "), one.reviewed_on),
        (said_in(lang, "CNIL consultée le ", "authority consulted on "), one.consulted_on),
    )
    dates = " · ".join(label + typo.short_day(day, lang) for label, day in days if day)
    parts = (
        said_in(lang, "parties : ", "parts: ") + ", ".join(word(words.PARTS, part, lang).lower() for part in one.sections)
        if one.sections
        else ""
    )
    risk = (
        said_in(lang, "risque résiduel : ", "residual risk: ") + word(words.LEVELS, one.residual_risk, lang).lower()
        if one.residual_risk
        else ""
    )
    head = word(words.ASSESSMENTS, one.status, lang) + (f"{colon(lang)}{one.reference}" if one.reference else "")
    return [(head, dates, one.reason, parts, risk)]


def _pseudonyms(activity: Activity, one: Pseudonymisation | None, lang: str) -> list[tuple[str, ...]]:
    domain = said_in(lang, "Domaine : ", "Domain: ") + activity.pseudonymisation_domain if activity.pseudonymisation_domain else ""
    if one is None:
        return _alone(domain)
    bits = said_in(lang, f"clé de {one.key_bits} bits", f"{one.key_bits}-bit key") if one.key_bits is not None else ""
    kept = said_in(lang, "clé tenue dans : ", "key kept in: ") + one.key_kept_in if one.key_kept_in else ""
    period = said_in(lang, "renouvelé tous les : ", "renewed every: ") + one.period.in_words(lang) if one.period else ""
    accounts = said_in(lang, "peuvent rattacher : ", "may attribute: ") + ", ".join(one.accounts) if one.accounts else ""
    return [(one.algorithm or _unsaid(lang), domain, " · ".join(filter(None, (bits, kept, period))), accounts)]


def _covered(console: Console, coverage: Coverage, lang: str) -> None:
    state = f" ({word(words.STATES, coverage.state, lang).lower()})" if coverage.state else ""
    heading = said_in(lang, "Table couverte : ", "Table covered: ") + typo.plain(coverage.table) + state
    console.print()
    console.print(Line(heading, style="bold"))
    grid = new_grid(None, None)
    for category, label in words.CATEGORIES.items():
        columns = [typo.plain(column) for column, found in coverage.columns.items() if found == category]
        if columns:
            grid.add_row(Line(f"  {label(lang)}", style="dim"), Line(", ".join(columns)))
    console.print(grid if coverage.columns else indented(_unsaid(lang), "yellow"))


def _completeness(console: Console, score: Scored, lang: str) -> None:
    console.print()
    heading = said_in(lang, "Complétude : ", "Completeness: ")
    beyond = said_in(lang, "points de l’art. 30(1), et au-delà", "points of art. 30(1), and beyond")
    console.print(Line(f"{heading}{_score(score.mandatory)} {beyond} {_score(score.additional)}", style="bold"))
    grid = new_grid(1, None, None)
    for point in (*score.mandatory, *score.additional):
        sign, style = ("✓", "green") if point.present else ("✗", "bold red")
        grid.add_row(Line(sign, style=style), Line(wording.article(point.article, lang), style="dim"), Line(point.label(lang)))
    console.print(grid)
