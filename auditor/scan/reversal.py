"""Whether digests are those of the declared card numbers: an unkeyed hash of a space that can be counted hides nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from auditor.engine.base import Engine
from auditor.risk.tokens.column import digests, shape
from auditor.risk.tokens.digests import WORD, Algorithm, Words, candidates, head, tail
from auditor.risk.tokens.numbering import Numbering
from auditor.risk.tokens.search import Sought, search
from auditor.risk.tokens.spelling import SPELLINGS
from auditor.scan.columns import Looked
from auditor.vocabulary.network import CardGrammar
from auditor.vocabulary.text import Text, said

PROBE: Final = 400_000
"""Digests computed to find how a column was hashed, the likeliest ways first: the audit's own rule searches further."""
BUDGET: Final = 2_000_000
"""Numbers tried to count those found again, once the way is known."""
_FEW: Final = 8
"""Hits that a first probe is sized for: enough to recognise the likeliest ways of hashing at a small part of the cost."""
LENGTHS: Final[Mapping[str, int]] = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}
"""Hexadecimal digits of each digest."""


_FEWEST: Final = 5
"""Tokens below which a column is not one of pseudonyms, and no number is tried."""
_LIKELIEST: Final = "digits"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    algorithm: Algorithm
    spelling: str
    cut: str


class Reversals:
    """The searches of one run: what was computed or sought in vain for one column is not for the next.

    Tokens too few for the probe prove nothing: it can try so few numbers that it would meet less than one of them, were they
    all unkeyed digests of the space. Only the likeliest way is then tried, on the whole space when `BUDGET` covers it; when it
    does not, or the tokens are fewer than five, nothing is searched and nothing
    is said. Tokens sought in vain are something else, and no longer count.
    """

    def __init__(self, engine: Engine, grammar: CardGrammar) -> None:
        self._engine = engine
        self._space = _numbering(grammar)
        self._vain: dict[int, Words] = {}
        self._made: dict[_Way, Words] = {}

    def of(self, looked: Looked, digits: int) -> tuple[int, Text]:
        """Return how many digests of this length were turned back into card numbers, and what to say of it."""
        nothing = 0, Text("", "")
        if self._space is None:
            return nothing
        tokens = looked.values.filter(looked.values.value.re_search(f"^[0-9a-fA-F]{{{digits}}}$")).select("value")
        found = shape(lambda: self._engine.batches(tokens))
        if not found.spelling:
            return nothing
        sought = digests(lambda: self._engine.batches(tokens), found)
        way, recovered = self._recovered(sought, self._space)
        if way is None or not recovered:
            return nothing
        algorithm = way.algorithm.name
        return recovered, said(
            f" ; {recovered} sur {found.tokens} sont celles de numéros de carte de la grammaire ({algorithm} sans clé), retrouvés en "
            "les essayant",
            f"; {recovered} of {found.tokens} are those of card numbers of the grammar (unkeyed {algorithm}), found again by trying them",
        )

    def _recovered(self, sought: Sought, space: Numbering) -> tuple[_Way | None, int]:
        """Find how the tokens were hashed, and count those whose number is found again."""
        for way in self._made:
            if recovered := self._counted(sought, space, way):
                return way, recovered
        vain = self._vain.get(sought.nibbles, np.empty(0, dtype=np.uint64))
        left = sought.tokens - _met(sought.heads, vain)
        algorithms = candidates(sought.nibbles)
        ways = sum(1 if one.nibbles == sought.nibbles else 2 for one in algorithms)
        if left < _FEWEST:
            return None, 0
        if min(space.size, PROBE // ways) * left < space.size:
            likeliest = _Way(algorithm=algorithms[0], spelling=_LIKELIEST, cut="head")
            return likeliest, self._counted(sought, space, likeliest) if space.size <= BUDGET else 0
        few = -(-_FEW * space.size // sought.tokens) * ways
        for budget in (few, PROBE) if few < PROBE // 2 else (PROBE,):
            found = search(sought, space, budget)
            if found.algorithm is not None and found.recovered:
                way = _Way(algorithm=found.algorithm, spelling=found.spelling, cut=found.cut or "head")
                return way, found.recovered if found.exhausted else self._counted(sought, space, way)
        self._vain[sought.nibbles] = np.union1d(vain, sought.heads)
        return None, 0

    def _counted(self, sought: Sought, space: Numbering, way: _Way) -> int:
        """Count the tokens whose number is among those tried, computed once for every column hashed the same way."""
        if way not in self._made:
            end, spell = tail if way.cut == "tail" else head, SPELLINGS[way.spelling]
            made = [end([way.algorithm.digest(one) for one in spell(numbers)], WORD) for numbers in space.pick(min(space.size, BUDGET))]
            self._made[way] = np.concatenate(made)
        return _met(sought.tails if way.cut == "tail" else sought.heads, self._made[way])


def _met(known: Words, words: Words) -> int:
    """Count the known words, sorted and distinct, that are among others."""
    if not len(known):
        return 0
    place = np.minimum(np.searchsorted(known, words), len(known) - 1)
    marked = np.zeros(len(known), dtype=np.bool_)
    marked[place[known[place] == words]] = True
    return int(marked.sum())


def _numbering(grammar: CardGrammar) -> Numbering | None:
    if grammar.form != "digits" or grammar.length is None:
        return None
    declared = sorted(set(grammar.prefixes)) or [""]
    prefixes = tuple(one for one in declared if not any(one != other and one.startswith(other) for other in declared))
    try:
        return Numbering(length=grammar.length, prefixes=prefixes, luhn=grammar.check_digit == "luhn")
    except ValueError:
        return None
