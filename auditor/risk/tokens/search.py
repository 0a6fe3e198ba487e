"""Search a declared number space for the numbers behind a set of digests, within a stated number of tries.

A few numbers spread over the space choose the algorithm and the spelling; the numbers recovered are then counted over the
whole space (or what the budget allows) and over every token.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from auditor.risk.tokens.digests import CONSTANTS, WORD, Algorithm, Words, candidates, head, tail
from auditor.risk.tokens.numbering import Numbering
from auditor.risk.tokens.spelling import SPELLINGS, Payloads

_EXPECTED_HITS: Final = 24
"""Hits the probe is sized for: an unkeyed hash of numbers spread over the space is missed once in e^24 times."""
_PRINCIPAL: Final = ("digits", "digits without leading zeros")
_MARGIN: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Digests to find again, as whole numbers: never printed, never written."""

    nibbles: int
    heads: Words = field(repr=False)
    """First sixteen hexadecimal digits of each distinct token, sorted."""
    tails: Words = field(repr=False)
    """Last sixteen, sorted, for digests cut from the left. As long as `heads`."""

    @property
    def tokens(self) -> int:
        """Distinct tokens sought."""
        return len(self.heads)

    def by_chance(self, tried: int) -> float:
        """Return how many of `tried` random digests would match."""
        return float(tried * self.tokens / 2 ** (4 * min(self.nibbles, WORD)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the search came to."""

    algorithm: Algorithm | None = None
    spelling: str = ""
    cut: str = ""
    """`head` or `tail` when the digest was cut short."""
    recovered: int = 0
    """Distinct tokens whose number was found."""
    candidates: int = 0
    """Numbers tried with the algorithm found, or with the likeliest one when none was."""
    spent: int = 0
    """Digests computed in all."""
    exhausted: bool = False
    """The likeliest algorithms were tried on every number of the space."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    algorithm: Algorithm
    spelling: str
    cut: str


def search(sought: Sought, numbering: Numbering | None, budget: int) -> Found:
    """Look for the numbers behind the digests. Deterministic; computes at most `budget` digests."""
    known = _constant(sought)
    if numbering is None or not sought.tokens:
        return Found(algorithm=known.algorithm if known else None, spelling=known.spelling if known else "", cut=known.cut if known else "")
    size = numbering.size
    probe = min(size, -(-_EXPECTED_HITS * size // sought.tokens))
    spent = tried = 0
    exhausted = True
    for ways in _rounds(sought, numbering):
        complete = ways[0].spelling in _PRINCIPAL
        allowed = min(probe, (budget - spent) // len(ways))
        if allowed > 0:
            hits, counted = _try(sought, numbering, ways, allowed)
            spent += counted * len(ways)
            tried = max(tried, counted)
            best = max(ways, key=lambda way: hits[way])
            if hits[best] > _MARGIN * sought.by_chance(counted):
                return _count(sought, numbering, best, budget - spent, (hits[best], counted))
        exhausted &= not complete or allowed >= size
    return _insist(sought, numbering, budget - spent, Found(candidates=tried, spent=spent, exhausted=exhausted))


def _insist(sought: Sought, numbering: Numbering, budget: int, so_far: Found) -> Found:
    """Try the likeliest ways on the whole space, since the probe found nothing."""
    if so_far.exhausted:
        return so_far
    tried, spent, exhausted = so_far.candidates, so_far.spent, True
    for ways in _rounds(sought, numbering, whole=True):
        allowed = min(numbering.size, budget // len(ways))
        if allowed > 0:
            hits, counted = _try(sought, numbering, ways, allowed)
            budget, spent, tried = budget - counted * len(ways), spent + counted * len(ways), max(tried, counted)
            best = max(ways, key=lambda way: hits[way])
            if hits[best] > _MARGIN * sought.by_chance(counted):
                return _count(sought, numbering, best, budget, (hits[best], counted))
        exhausted &= allowed >= numbering.size
    return Found(candidates=tried, spent=spent, exhausted=exhausted)


def _rounds(sought: Sought, numbering: Numbering, *, whole: bool = False) -> Iterator[list[_Way]]:
    """Yield the ways to try, one spelling at a time, likeliest first; with `whole`, only the principal ones."""
    algorithms = candidates(sought.nibbles)
    plain = next(numbering.pick(2), None)
    for spelling, spell in SPELLINGS.items():
        if whole and spelling not in _PRINCIPAL:
            continue
        if plain is None or not spell(plain) or (spelling == _PRINCIPAL[1] and not _has_leading_zeros(numbering)):
            continue
        ways = [
            _Way(algorithm=one, spelling=spelling, cut=cut)
            for one in algorithms
            for cut in (("head",) if one.nibbles == sought.nibbles else ("head", "tail"))
            if not whole or one.nibbles == algorithms[0].nibbles
        ]
        if ways:
            yield ways


def _has_leading_zeros(numbering: Numbering) -> bool:
    return any(prefix.startswith("0") or not prefix for prefix in numbering.prefixes)


def _try(sought: Sought, numbering: Numbering, ways: list[_Way], wanted: int) -> tuple[dict[_Way, int], int]:
    """Hash about `wanted` numbers in each way; return the tokens hit by each, and the numbers tried."""
    marked = {way: np.zeros(sought.tokens, dtype=np.bool_) for way in ways}
    tried = 0
    for digits in numbering.pick(wanted):
        payloads = SPELLINGS[ways[0].spelling](digits)
        tried += len(payloads)
        for algorithm in dict.fromkeys(way.algorithm for way in ways):
            made = [algorithm.digest(payload) for payload in payloads]
            for way in ways:
                if way.algorithm is algorithm:
                    _mark(marked[way], sought, made, way.cut)
    return {way: int(found.sum()) for way, found in marked.items()}, tried


def _mark(marked: npt.NDArray[np.bool_], sought: Sought, made: list[bytes], cut: str) -> None:
    known, words = (sought.heads, head(made, sought.nibbles)) if cut == "head" else (sought.tails, tail(made, sought.nibbles))
    place = np.minimum(np.searchsorted(known, words), len(known) - 1)
    marked[place[known[place] == words]] = True


def _count(sought: Sought, numbering: Numbering, way: _Way, budget: int, probed: tuple[int, int]) -> Found:
    """Count the tokens recovered over the whole space, or over as many numbers as the budget leaves."""
    recovered, tried = probed
    spent = 0
    if tried < min(numbering.size, budget):
        found, tried = _try(sought, numbering, [way], min(numbering.size, budget))
        recovered, spent = found[way], tried
    return Found(
        algorithm=way.algorithm,
        spelling=way.spelling,
        cut="" if way.algorithm.nibbles == sought.nibbles else way.cut,
        recovered=recovered,
        candidates=tried,
        spent=spent + probed[1],
        exhausted=tried >= numbering.size,
    )


def _constant(sought: Sought) -> _Way | None:
    """Recognise the digest of a missing value, which only an unkeyed hash can give."""
    if sought.nibbles < WORD:
        return None
    for algorithm in candidates(sought.nibbles):
        made: Payloads = [algorithm.digest(payload) for payload in CONSTANTS.values()]
        if np.isin(head(made, sought.nibbles), sought.heads).any():
            return _Way(algorithm=algorithm, spelling="a missing value", cut="head")
    return None
