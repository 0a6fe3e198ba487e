"""Tokens that give the card number back: hashes that can be searched, encodings, letters for digits."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import numpy as np
import numpy.typing as npt

from auditor.engine.base import Relation, Row
from auditor.risk.tokens.column import ENCODINGS, Accepts, Shape, Stream, digests, numbers, shape
from auditor.risk.tokens.numbering import Digits, Numbering, values
from auditor.risk.tokens.search import Found, search
from auditor.rules import NotConcerned, Rule, Tables
from auditor.vocabulary.law import Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal

if TYPE_CHECKING:
    import pyarrow as pa

_SAMPLE: Final = 2_000
_ENOUGH: Final = 0.9
_TELLING: Final = 0.5
"""Share of random numbers a grammar may accept before passing it proves nothing."""
_FEWEST: Final = 3
"""Tokens below which even a telling match may be luck."""
_PLAIN: Final = ("the number itself", "the number backwards", "hexadecimal number")
_WORD_DIGITS: Final = 18
_PERSONAL: Final = ("pseudonym", "direct-identifier")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Declared:
    """What the network says of its card numbers."""

    numbering: Numbering | None
    space: int | None
    budget: int


def tokens_that_give_the_number_back(t: Tables) -> Iterator[Row]:
    """Test every column of tokens: is it a card number rewritten, or a hash whose numbers can be found by trying them all?

    A keyed hash, tried on the whole declared space without success, gives no finding when the register calls the column a
    pseudonym: that is the remedy the rule asks for. A hash that could not be tried in full is reported as such.
    """
    declared = _declared(t)
    columns = _token_columns(t)
    if not columns:
        raise NotConcerned(said("aucun magasin ne remplace la carte par un jeton", "no store replaces the card with a token"))
    for column in columns:
        yield from _findings(t, column, declared)


def _token_columns(t: Tables) -> list[Row]:
    seen = t["observed_tokens"]
    filled = seen.filter(seen.token.notnull())
    return t.ask(
        filled.group_by(["table", "column", "store", "store_role"]).agg(tokens=filled.count()).order_by(["table", "column", "store"])
    )


def _findings(t: Tables, place: Row, declared: _Declared) -> Iterator[Row]:
    stream = _stream(t, place)
    seen = shape(stream)
    found = _number_in_disguise(t, stream, seen, declared) or _letters_for_digits(seen, float(t.parameter("accident")))
    if found is None and seen.spelling:
        found = _hash(stream, seen, declared)
    if found is None and _declared_as_not_personal(t, place):
        found = {"kind": "declared-not-personal", "breaches_au015": False, "category": _declared_as_not_personal(t, place)}
    if found is not None:
        yield {**place, "breaches_gdpr": True, **found}


def _stream(t: Tables, place: Row) -> Stream:
    seen = t["observed_tokens"]
    here: Relation = seen.filter(
        seen.table == place["table"], seen.column == place["column"], seen.store == place["store"], seen.token.notnull()
    )

    def again() -> "Iterator[pa.RecordBatch]":
        return t.stream(here.select("token"))

    return again


def _number_in_disguise(t: Tables, stream: Stream, seen: Shape, declared: _Declared) -> Row | None:
    """Recognise a card number written otherwise, by how often what an encoding hides is accepted as one."""
    numbering = declared.numbering
    if numbering is None or seen.tokens < _FEWEST:
        return None
    for encoding in ENCODINGS:
        accepts: Accepts = numbering.accepts
        if encoding in _PLAIN and numbering.chance > _TELLING:
            # Any digits of the right length pass such a grammar: only the list of the network's own cards can tell.
            accepts = _among_known_cards(t, numbering.length)
        right, read = numbers(stream, encoding, numbering.length, accepts, _SAMPLE)
        if read and right >= _ENOUGH * read:
            recovered, _ = numbers(stream, encoding, numbering.length, accepts)
            told: Row = {"kind": "number-in-disguise", "algorithm": encoding, "recovered": recovered, "space": declared.space}
            return {**told, "breaches_au015": True}
    return None


def _among_known_cards(t: Tables, length: int) -> Accepts:
    """Accept the numbers of the card table; none when there is no such table, or when it fills the space by itself."""
    if "cards" not in t or length > _WORD_DIGITS:
        return lambda digits: np.zeros(len(digits), dtype=np.bool_)
    keys = [batch.column(0).to_numpy(zero_copy_only=False) for batch in t.stream(t["cards"].select("card").distinct())]
    known = np.concatenate(keys).astype(np.int64) if keys else np.empty(0, dtype=np.int64)
    if len(known) > _TELLING * 10**length:
        known = known[:0]

    def among(digits: Digits) -> npt.NDArray[np.bool_]:
        return np.isin(cast("npt.NDArray[np.uint64]", values(digits)).astype(np.int64), known)

    return among


def _letters_for_digits(seen: Shape, accident: float) -> Row | None:
    if not seen.is_substitution or 10**seen.accident > accident:
        return None
    return {
        "kind": "letters-for-digits",
        "symbols": len(seen.symbols),
        "measured": f"p < 10^{int(seen.accident)}",
        "breaches_au015": True,
    }


def _hash(stream: Stream, seen: Shape, declared: _Declared) -> Row | None:
    """Try the declared numbers against the digests, and say what the search came to."""
    sought = digests(stream, seen)
    found = search(sought, declared.numbering, declared.budget)
    told: Row = {
        "tokens": seen.tokens,
        "algorithm": _named(found, seen),
        "space": declared.space,
        "candidates": found.candidates,
        "recovered": found.recovered,
    }
    if found.recovered:
        return {**told, "kind": "hash-reversed", "share": found.recovered / seen.tokens, "breaches_au015": not _reputed_strong(found)}
    if not found.exhausted:
        return {**told, "kind": "hash-not-searched", "measured": f"{found.candidates}/{declared.space or '?'}", "breaches_au015": False}
    return None


def _reputed_strong(found: Found) -> bool:
    return found.algorithm is not None and found.algorithm.strong and not found.cut


def _named(found: Found, seen: Shape) -> str:
    if found.algorithm is None:
        return f"{seen.spelling} × {seen.length}"
    return found.algorithm.name + (f" ({found.cut})" if found.cut else "")


def _declared_as_not_personal(t: Tables, place: Row) -> str:
    """Return the category under which the register presents the tokens, when it is not that of personal data; empty otherwise."""
    columns = t["declared_columns"]
    here = columns.filter(columns.table == place["table"], columns.column == place["column"], columns.category.notnull())
    said_of_it = [row["category"] for row in t.ask(here.select("category").distinct().order_by("category"))]
    return "" if not said_of_it or any(category in _PERSONAL for category in said_of_it) else str(said_of_it[0])


def _declared(t: Tables) -> _Declared:
    rows = t.ask(t["declared_numbering"])
    budget = max((row["budget"] or 0 for row in rows), default=0)
    bounded = [row for row in rows if row["form"] == "digits" and row["length"]]
    if not bounded:
        return _Declared(numbering=None, space=None, budget=budget)
    length, luhn = bounded[0]["length"], bounded[0]["check_digit"] == "luhn"
    given = sorted({row["prefix"] or "" for row in bounded})
    prefixes = tuple(prefix for prefix in given if not any(prefix != other and prefix.startswith(other) for other in given))
    numbering = Numbering(length=length, prefixes=prefixes, luhn=luhn)
    return _Declared(numbering=numbering, space=numbering.size, budget=budget)


RULE = Rule(
    id="BIL-ANO-HASH",
    name="anonymisation.tokens-that-give-the-number-back",
    family="anonymisation",
    title=said("Un hachage n’est pas une anonymisation", "A hash is not anonymisation"),
    severity=Severity.BLOCKING,
    sources=(legal.CE_393714, legal.CNIL_SECURITE_2024_21, legal.CNIL_PIA, legal.CNIL_QUESTIONS),
    reading=Reading.VERIFIED,
    needs=("observed_tokens", "declared_numbering", "declared_columns"),
    parameters={"accident": "1e-6"},
    query=tokens_that_give_the_number_back,
    message=said(
        "{table}.{column} (magasin {store}) remplace la carte par un jeton qui reste une donnée personnelle : {tokens} jetons.",
        "{table}.{column} (store {store}) replaces the card with a token that is still personal data: {tokens} tokens.",
    ),
    messages={
        "hash-reversed": said(
            "{table}.{column} (magasin {store}) est un hachage sans clé ({algorithm}) : en essayant {candidates} numéros, "
            "{recovered} cartes sur {tokens} ont été retrouvées ({share}).",
            "{table}.{column} (store {store}) is an unkeyed hash ({algorithm}): by trying {candidates} numbers, "
            "{recovered} cards out of {tokens} were found again ({share}).",
        ),
        "hash-not-searched": said(
            "{table}.{column} (magasin {store}) a la forme d’une empreinte ({algorithm}, {tokens} jetons) que la recherche n’a pas pu "
            "éprouver en entier (numéros essayés : {measured}). Un hachage reste une donnée personnelle.",
            "{table}.{column} (store {store}) looks like a digest ({algorithm}, {tokens} tokens) that the search could not test in "
            "full (numbers tried: {measured}). A hash is still personal data.",
        ),
        "number-in-disguise": said(
            "{table}.{column} (magasin {store}) est le numéro de carte à peine réécrit ({algorithm}) : {recovered} jetons sur {tokens} "
            "suivent la grammaire déclarée.",
            "{table}.{column} (store {store}) is the card number barely rewritten ({algorithm}): {recovered} tokens out of {tokens} "
            "follow the declared grammar.",
        ),
        "letters-for-digits": said(
            "{table}.{column} (magasin {store}) remplace chaque chiffre par un symbole : {tokens} jetons n’emploient que {symbols} "
            "symboles "
            "({measured} pour que ce soit un hasard). La substitution est réversible.",
            "{table}.{column} (store {store}) replaces each digit with a symbol: {tokens} tokens use only {symbols} symbols "
            "({measured} for this to be chance). The substitution can be undone.",
        ),
        "declared-not-personal": said(
            "{table}.{column} (magasin {store}) porte {tokens} jetons, un par carte, que le registre ne présente pas comme une "
            "donnée personnelle.",
            "{table}.{column} (store {store}) bears {tokens} tokens, one per card, that the register does not present as personal data.",
        ),
    },
    remediation=said(
        "Remplacer le hachage par un code à clé (HMAC-SHA-256 au minimum) et dire « pseudonymisé » dans le registre ; ou supprimer "
        "le numéro "
        "et agréger.",
        "Replace the hash with a keyed code (HMAC-SHA-256 at least) and say “pseudonymised” in the register; or remove the number and "
        "aggregate.",
    ),
    rationale=said(
        "Un numéro de carte a peu de valeurs possibles : il suffit de les hacher toutes pour retrouver chaque porteur, en secondes. "
        "Le repère de 2011 admettait un hachage public réputé fort ; le Conseil d’État et la CNIL tiennent depuis un identifiant haché "
        "pour une donnée personnelle. La règle fait l’essai, dans la limite déclarée, et dit ce qu’elle n’a pas pu essayer.",
        "A card number has few possible values: hashing them all is enough to find each holder again, in seconds. The 2011 benchmark "
        "allowed a public hash reputed strong; the Conseil d’État and the CNIL have since held a hashed identifier to be personal data. "
        "The rule makes the attempt, within the declared limit, and says what it could not try.",
    ),
    conflicts=(legal.CONFLICT_HASH, legal.CONFLICT_STABLE_TOKEN),
)
