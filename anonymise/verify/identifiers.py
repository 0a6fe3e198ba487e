"""Does a released value look like an identifier? Every distinct value of every column is looked at, none is sampled.

Numbers of the network's own grammar, long digit strings, digests and other encodings of at least 64 bits, UUIDs, e-mail
addresses, French telephone numbers and IBANs. Counted, never quoted.
"""

import re
from collections.abc import Mapping, Sequence
from functools import reduce
from operator import and_
from typing import Final

import ibis.expr.types as ir

from auditor.engine import Engine, Relation
from auditor.vocabulary.network import CardGrammar
from auditor.vocabulary.releases import Criterion, TestResult, VerificationTest

_SHAPES: Final[Mapping[str, tuple[str, ...]]] = {
    "empreinte ou code hexadécimal": (r"^(0x)?[0-9A-Fa-f]{16,}$", "[0-9]"),
    "numéro long": (r"^[0-9]([ .\-]?[0-9]){8,}$",),
    "UUID": (r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",),
    "code base64": (r"^[A-Za-z0-9+/_\-]{22,}={0,2}$", "[0-9][A-Za-z]|[A-Za-z][0-9]", "[A-Z]", "[a-z]"),
    "code base32": (r"^(v[0-9]+\.)?([a-z2-7]{26,}|[A-Z2-7]{26,})={0,6}$", "[2-7]"),
    "adresse électronique": (r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9.\-]+\.[A-Za-z]{2,}",),
    "numéro de téléphone": (r"(^|[^0-9])(\+33|0033|0)[ .\-]?[1-9]([ .\-]?[0-9]{2}){4}($|[^0-9])",),
    "IBAN": (r"(^|[^A-Z0-9])[A-Z]{2}[0-9]{2}([ ]?[A-Z0-9]{4}){3,7}([ ]?[A-Z0-9]{1,3})?($|[^A-Z0-9])",),
}
"""Every expression of a shape must be found. Shorter codes are ordinary ones: 16 hexadecimal digits are 64 bits."""

_LEAST_LENGTH: Final = 8
"""A shorter card grammar without a prefix would take the codes of stops for cards."""

_DATE: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"


def identifier_test(
    engine: Engine, relation: Relation, columns: Sequence[str], grammar: CardGrammar | None = None, *, unit: str | None = None
) -> VerificationTest:
    """Look for identifiers in plain sight: one value of one column is enough to fail.

    `unit` names the person by its own declaration: an identifier there is for H7 to judge, and nothing can be concluded here.
    """
    hits: list[str] = []
    elsewhere = False
    for name in columns:
        distinct = relation.select(value=relation[name].cast("string")).filter(lambda table: table.value.notnull()).distinct()
        value = distinct.value
        measures = {f"shape{place}": _matches(value, kind).sum() for place, kind in enumerate(_SHAPES)}
        if grammar is not None and _bounded(grammar):
            card = value.re_replace(r"[ .\-]", "").re_search(_grammar(grammar)) & ~value.re_search(_DATE)
            measures["grammar"] = card.sum()
        row = engine.rows(distinct.aggregate(**measures))[0]
        named = [*_SHAPES, "numéro de carte du réseau"]
        before = len(hits)
        hits += [f"{name} : {int(count)} valeurs ({kind})" for kind, count in zip(named, row.values(), strict=False) if count]
        elsewhere |= len(hits) > before and name != unit
    return VerificationTest(
        id="H1",
        title="Aucun identifiant, brut ou dérivable",
        criterion=Criterion.SINGLING_OUT,
        result=TestResult.FAILED if elsewhere else TestResult.INCONCLUSIVE if hits else TestResult.PASSED,
        measured=f"{len(hits)} formes reconnues" if hits else "0",
        limit="0",
        detail=" ; ".join(hits) or f"Chaque valeur distincte de {len(columns)} colonnes a été comparée aux formes d’identifiants.",
    )


def _matches(value: ir.StringColumn, kind: str) -> ir.BooleanColumn:
    plain = reduce(and_, (value.re_search(expression) for expression in _SHAPES[kind]))
    # A date and an hour are a long row of digits too.
    return plain & ~value.re_search(_DATE) if kind in ("numéro long", "numéro de téléphone") else plain


def _bounded(grammar: CardGrammar) -> bool:
    if grammar.form != "digits" or grammar.length is None:
        return False
    return bool(grammar.prefixes) or grammar.length >= _LEAST_LENGTH


def _grammar(grammar: CardGrammar) -> str:
    length = grammar.length or 0
    if not grammar.prefixes:
        return rf"^[0-9]{{{length}}}$"
    forms = [rf"{re.escape(prefix)}[0-9]{{{max(length - len(prefix), 0)}}}" for prefix in grammar.prefixes]
    return rf"^({'|'.join(forms)})$"
