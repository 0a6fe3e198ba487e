"""How often accidents alone would explain what a detector recognised."""

import math
from typing import Final

_TINY: Final = 1e-300


def accident(recognised: int, candidates: int, chance: float) -> float:
    """Return the probability that at least `recognised` of `candidates` values pass by accident, each with `chance`.

    The upper tail of a binomial law. Values are distinct, so that one value repeated in a million rows counts once.
    A chance of one (everything of that shape passes) proves nothing, and the answer is one.
    """
    if recognised <= 0 or chance >= 1:
        return 1.0
    if chance <= 0:
        return _TINY
    from scipy.special import betainc

    # betainc underflows to zero far beyond any threshold of ours; a probability is never printed as impossible.
    tail = float(betainc(recognised, candidates - recognised + 1, chance)) if candidates >= recognised else chance**recognised
    return min(1.0, max(tail, _TINY)) if not math.isnan(tail) else 1.0
