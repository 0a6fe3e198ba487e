"""Self-contained, accessible HTML: no script, no network, one file that a printer or a screen reader can be given.

Names and values are escaped by the template engine; a Content-Security-Policy in the page forbids any script or
fetch, should an escape ever fail. Same values, same bytes.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import cache, partial
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from auditor.vocabulary.access import AccessAnswer
from auditor.vocabulary.aftersales import DrillStep
from auditor.vocabulary.network import Identity
from auditor.vocabulary.outcomes import Verdict
from auditor.vocabulary.releases import Receipt
from reports import dossier, letter, values, verified, wording
from reports import typography as typo
from reports.evidence import AuditEvidence
from reports.opinion import ORDER
from reports.view import audit_view

MAX_ROWS: Final = 200
"""Findings drawn per rule; the rest is counted in words and stands in the JSON."""


def render_audit(evidence: AuditEvidence, lang: str = "fr") -> str:
    """Draw the audit report."""
    return _render("audit.html.j2", lang, evidence=evidence, view=audit_view(evidence, lang), max_rows=MAX_ROWS)


def render_access(answer: AccessAnswer, lang: str = "fr") -> str:
    """Draw a person's own answer: the one document that holds personal values."""
    told = letter.chapters(answer, lang)
    past = letter.past_term(answer)
    return _render("access.html.j2", lang, answer=answer, chapters=told, past_term=past, tells_hours=letter.tells_hours(told))


def render_release(receipt: Receipt, lang: str = "fr", *, receipt_digest: str = "") -> str:
    """Draw the dossier of a release. `receipt_digest` is the SHA-256 of the signed receipt file, when it is known."""
    return _render(
        "release.html.j2",
        lang,
        receipt=receipt,
        criteria=dossier.criteria(receipt.verification.tests, lang),
        utility=dossier.utility(receipt.utility),
        insufficient=dossier.insufficient(dossier.utility(receipt.utility), lang),
        figures=dossier.figures(receipt.verification, lang),
        kept_share=dossier.kept_share(receipt),
        receipt_digest=receipt_digest,
    )


def render_drill(
    steps: Sequence[DrillStep],
    identity: Identity,
    made_at: datetime,
    lang: str = "fr",
    *,
    tool_version: str = "",
) -> str:
    """Draw the record of the after-sales exercise on witness cards."""
    return _render("drill.html.j2", lang, steps=steps, made_at=made_at, identity=identity, tool_version=tool_version)


def _render(template: str, lang: str, **context: Any) -> str:
    return _environment("en" if lang == "en" else "fr").get_template(template).render(**context)


@cache
def _environment(lang: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    in_lang: dict[str, Callable[..., str]] = {
        "whole": typo.whole,
        "decimal": typo.decimal,
        "percent": typo.percent,
        "fixed": typo.fixed,
        "day": typo.day,
        "moment": lambda instant, lang: typo.moment(_utc(instant), lang),
        "level": wording.level,
        "article": wording.article,
    }
    environment.filters |= {name: partial(_with_lang, write, lang) for name, write in in_lang.items()}
    environment.filters |= {"plain": typo.plain, "iso": _iso, "breakable": _breakable, "lower_first": _lower_first}
    environment.globals |= _words(lang)
    return environment


def _words(lang: str) -> dict[str, Any]:
    return {
        "lang": lang,
        "t": partial(_say, lang),
        "n": lambda number, one_fr, many_fr, one_en, many_en: typo.count(
            number, *((one_en, many_en) if lang == "en" else (one_fr, many_fr)), lang
        ),
        "listed": lambda items: typo.listed(items, lang),
        "reason": lambda text: values.reason(text, lang),
        "verified": lambda text: verified.said(text, lang),
        "verdict_word": lambda verdict: wording.VERDICTS[verdict](lang),
        "verdict_sign": lambda verdict: wording.SYMBOLS[verdict],
        "severity_word": lambda severity: wording.SEVERITIES[severity](lang),
        "release_word": lambda verdict: wording.RELEASE_VERDICTS[verdict](lang),
        "fail_on_word": lambda name: wording.FAIL_ON[name](lang),
        "medium_word": lambda name: wording.MEDIA[name](lang) if name in wording.MEDIA else name,
        "store_role_word": lambda name: wording.value("store_role", name, lang),
        "Verdict": Verdict,
        "ORDER": ORDER,
    }


def _say(lang: str, fr: str, en: str, **facts: object) -> str:
    return (en if lang == "en" else typo.spaced(fr)).format(**facts)


def _with_lang(write: Callable[..., str], lang: str, value: Any, *more: Any) -> str:
    return write(value, lang, *more)


def _breakable(path: str) -> list[str]:
    return re.findall(r"[^._/:-]*[._/:-]+|[^._/:-]+", path)


def _lower_first(text: str) -> str:
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _iso(when: date) -> str:
    return _utc(when).strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(when, datetime) else when.isoformat()


def _utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
