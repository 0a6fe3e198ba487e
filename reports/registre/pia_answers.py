"""What the register and the audit answer to the questions of the CNIL's PIA tool, as the simple HTML its editor accepts.

Only what the register states or the audit measured is answered. Severity, likelihood, impacts, and whether a measure is
enough are the judgement of people: those questions are left to them.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Final

from auditor.vocabulary import register_words as words
from auditor.vocabulary.cnil_sheet import term_in_words
from auditor.vocabulary.register import Activity, Purpose
from auditor.vocabulary.register_words import word
from auditor.vocabulary.text import spaced
from reports import typography as typo
from reports.registre.measured import Measured

OPENING, CLOSING = "Relevé de Poinçon", "Fin du relevé de Poinçon."
"""Open and close what Poinçon writes inside an answer, so that it is told from a person's own words and replaced alone."""
_NONE_SAID: Final = "non dite au registre"


def answers(activity: Activity, measured: Measured | None) -> Mapping[int, str]:
    """Return the HTML of each question that the facts answer, by question number."""
    found = {
        111: _subject(activity),
        112: _actors(activity),
        113: _references(activity),
        121: _data(activity),
        122: _life(activity),
        123: _listed(f"{coverage.table} ({len(coverage.columns)} colonnes déclarées)" for coverage in activity.covers),
        211: _listed(purpose.title for purpose in activity.purposes),
        212: _listed(f"{purpose.title} : {_basis(purpose)}" for purpose in activity.purposes),
        213: _minimised(activity),
        215: _retention(activity, measured),
        222: _consent(activity),
        223: _paragraph(activity.rights),
        224: _paragraph(activity.rights),
        225: _paragraph(activity.rights),
        226: _processors(activity),
        227: _transfers(activity),
    }
    return {question: marked(html) for question, html in found.items() if html}


def marked(html: str) -> str:
    """Set HTML between the opening and closing words of Poinçon."""
    return f"<p><strong>{spaced(f'{OPENING} (registre et mesures) :')}</strong></p>{html}<p><em>{CLOSING}</em></p>"


def text(value: str) -> str:
    """Escape data for HTML, on one line; the words that mark our own blocks cannot be forged by it."""
    return escape(typo.plain(re.sub(r"[ \t\r\n]+", " ", value).strip()), quote=False).replace(
        "elevé de Poinçon", f"elevé de{typo.NBSP}Poinçon"
    )


def _paragraph(value: str) -> str:
    return f"<p>{text(value)}</p>" if value.strip() else ""


def _listed(items: Iterable[str]) -> str:
    said = [f"<li>{text(spaced(item))}</li>" for item in items if item.strip()]
    return f"<ul>{''.join(said)}</ul>" if said else ""


def _subject(activity: Activity) -> str:
    dates = [f"fiche créée le {typo.short_day(activity.created_on)}"] if activity.created_on else []
    dates += [f"mise à jour le {typo.short_day(activity.updated_on)}"] if activity.updated_on else []
    suffix = f" ({', '.join(dates)})" if dates else ""
    said = [f"Traitement « {activity.title} »{suffix}."]
    if activity.ticketing:
        said.append("Il relève de la billettique, que la CNIL range parmi les traitements soumis à AIPD (délibération 2018-327, type 14).")
    if activity.automated_decision:
        said.append(f"Décision automatisée (art. 22) : {activity.automated_decision}.")
    return "".join(_paragraph(spaced(one)) for one in said)


def _actors(activity: Activity) -> str:
    said = [
        f"{word(words.ROLES, actor.role)} : {actor.name}" + (f" (accord : {actor.agreement})" if actor.agreement else "")
        for actor in activity.actors
    ]
    return _listed([*said, *([f"Délégué à la protection des données : {activity.dpo}"] if activity.dpo else [])])


def _references(activity: Activity) -> str:
    return _listed(f"{one.text} (invoqué comme : {word(words.INVOKED, one.invoked_as).lower()})" for one in activity.references)


def _data(activity: Activity) -> str:
    parts = (
        ("Personnes concernées", activity.persons),
        ("Données", activity.data_categories),
        ("Destinataires", [f"{one.name}{f' ({one.why})' if one.why else ''}" for one in activity.recipients]),
        ("Tables et colonnes couvertes", [f"{one.table} : {_columns(one.columns)}" for one in activity.covers]),
    )
    return "".join(f"<p><strong>{title}</strong></p>{_listed(items)}" for title, items in parts if items)


def _columns(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{column} ({word(words.CATEGORIES, category).lower()})" for column, category in columns.items())


def _life(activity: Activity) -> str:
    said = [f"Origine : {activity.source_of_data}"] if activity.source_of_data else []
    said += [f"Communication à {one.name}{f' : {one.why}' if one.why else ''}" for one in activity.recipients]
    return _listed([*said, *(f"{term.data} : {term_in_words(term)}" for term in activity.retention)])


def _basis(purpose: Purpose) -> str:
    if purpose.basis is None:
        return _NONE_SAID
    article = f"{word(words.BASES, purpose.basis).lower()} (art. {words.BASIS_ARTICLES[purpose.basis]})"
    return f"{article}, {purpose.basis_reference}" if purpose.basis_reference else article


def _minimised(activity: Activity) -> str:
    counted: Counter[str] = Counter(category for coverage in activity.covers for category in coverage.columns.values())
    said = [
        f"{word(words.CATEGORIES, category)} : {typo.count(counted[category], 'colonne', 'colonnes')}"
        for category in words.CATEGORIES
        if counted[category]
    ]
    if activity.pseudonymisation:
        said.append(f"Pseudonymisation : {activity.pseudonymisation.algorithm}")
    return _listed(said)


def _retention(activity: Activity, measured: Measured | None) -> str:
    said: list[str] = []
    for term in activity.retention:
        declared = f"{term.data} : {term_in_words(term)} (déclaré : {term.duration})"
        said.append(declared + (f". {term.justification}" if term.justification else ""))
        if measured is not None and term.table:
            said.append(f"{term.data}, mesuré le {typo.short_day(measured.as_of)} : {measured.held(term) or 'table non lue'}")
            said += [f"{term.data}, écart mesuré : {message}" for message in measured.beyond(term)]
    return _listed(said)


def _consent(activity: Activity) -> str:
    asked = [purpose.title for purpose in activity.purposes if purpose.basis == "consent"]
    if asked:
        return _listed(f"Consentement demandé pour : {title}" for title in asked)
    said = all(purpose.basis for purpose in activity.purposes) and bool(activity.purposes)
    return _paragraph("Aucune finalité ne repose sur le consentement.") if said else ""


def _processors(activity: Activity) -> str:
    return _listed(
        f"{actor.name} : {actor.agreement or 'contrat de l’article 28 non dit au registre'}"
        for actor in activity.actors
        if actor.role == "processor"
    )


def _transfers(activity: Activity) -> str:
    if activity.transfers == "none":
        return _paragraph("Aucun transfert hors de l’Union européenne, dit le registre.")
    return _listed(_transfer_words(activity))


def _transfer_words(activity: Activity) -> Iterator[str]:
    for one in activity.transfers if isinstance(activity.transfers, tuple) else ():
        documents = f" ({one.documents})" if one.documents else ""
        yield f"{one.recipient}, {one.country} : {one.safeguards or 'garanties non dites au registre'}{documents}"
