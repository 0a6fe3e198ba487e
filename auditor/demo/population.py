"""Who travels: habits, products, kinds of media and card numbers, as arrays indexed by traveller."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from auditor.demo import numbering
from auditor.demo.habits import KIND_SHARES, RAIL_SHARE, Kind
from auditor.demo.lille import OTHER_GROUPS, SUBSCRIBER_GROUPS, Lille
from auditor.demo.options import DemoOptions


class Medium(IntEnum):
    """Kind of card, after the CNIL's triad."""

    ANONYMOUS = 0
    DECLARATIVE = 1
    NOMINATIVE = 2


MEDIUM_CODES: Final = ("anonyme", "declaratif", "nominatif")
_SUBSCRIBERS: Final = {Kind.REGULAR: 1.0, Kind.INTERMEDIATE: 0.24, Kind.OCCASIONAL: 0.03}
"""Share of each kind that holds a subscription or another free-circulation product."""
_DECLARATIVE_SUBSCRIBERS: Final = 0.105
_OTHER_MEDIA: Final = (0.652, 0.040, 0.308)
"""With the lines above: 62 % nominative, 5 % declarative, 33 % without a name (13 % cards, 20 % rechargeable tickets)."""
_YEARLY_REPLACED: Final = 0.16
"""Lost or stolen 4 %, defective 2 %, renewed 10 %, per year."""
_YEARLY_BLOCKED: Final = 0.04
_UNPAID: Final = 0.005


class Cause(IntEnum):
    """Why a card was replaced while the data runs."""

    NONE = 0
    LOST = 1
    STOLEN = 2
    DEFECTIVE = 3
    RENEWED = 4


_CAUSE_SHARES: Final = (0.17, 0.08, 0.125, 0.625)


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """One entry per traveller, and the cards that nobody travels with any more."""

    kind: NDArray[np.int64]
    usage: NDArray[np.int64]
    medium: NDArray[np.int64]
    rate: NDArray[np.float64]
    """Days of travel per day, for occasional travellers."""
    home: NDArray[np.int64]
    work: NDArray[np.int64]
    change_out: NDArray[np.int64]
    """Point of the second tap on the way out, when there is one."""
    change_back: NDArray[np.int64]
    out_draw: NDArray[np.float64]
    """Fixed draw that gives a regular traveller the same hour every day."""
    back_draw: NDArray[np.float64]
    minute: NDArray[np.int64]
    sequence: NDArray[np.int64]
    """Card in use at the start."""
    next_sequence: NDArray[np.int64]
    """Card in use from `switch_day` on."""
    switch_day: NDArray[np.int64]
    """Index of the service day from which the next card is used; past the last one when there is none."""
    cause: NDArray[np.int64]
    lost: NDArray[np.int64]
    """Sequences of cards lost or stolen before the period, on the block list."""
    unpaid: NDArray[np.int64]
    """Sequences of cards blocked for an unpaid debt."""

    @property
    def size(self) -> int:
        """Number of travellers."""
        return len(self.kind)


def settle(options: DemoOptions, lille: Lille, rng: Generator) -> Population:
    """Draw the whole population of a network from its seed."""
    size = options.cards
    kind = rng.choice(len(KIND_SHARES), size=size, p=KIND_SHARES)
    subscriber = rng.random(size) < np.array([_SUBSCRIBERS[one] for one in Kind])[kind]
    usage = _usages(lille, subscriber, rng)
    replaced = rng.random(size) < _YEARLY_REPLACED * options.days / 365
    extra = (max(12, round(size * _YEARLY_BLOCKED)), max(12, round(size * _UNPAID)))
    ranks = np.arange(2 * size + sum(extra), dtype=np.int64)
    # Only replaced cards take a second number: the space would not hold two for everyone.
    ranks[size : 2 * size] = size + np.cumsum(replaced) - 1
    ranks[2 * size :] += size * -1 + int(replaced.sum())
    sequence = numbering.sequences(ranks, options.seed)
    return Population(
        kind=kind,
        usage=usage,
        medium=_media(lille, usage, subscriber, rng),
        rate=(1 + rng.poisson(2.2, size)) / 30.4,
        home=_points(lille, size, rng),
        work=_points(lille, size, rng),
        change_out=_points(lille, size, rng),
        change_back=_points(lille, size, rng),
        out_draw=rng.random(size),
        back_draw=rng.random(size),
        minute=rng.integers(0, 60, size),
        sequence=sequence[:size],
        next_sequence=np.where(replaced, sequence[size : 2 * size], sequence[:size]),
        switch_day=np.where(replaced, rng.integers(1, options.days, size), options.days),
        cause=np.where(replaced, 1 + rng.choice(len(_CAUSE_SHARES), size=size, p=_CAUSE_SHARES), 0),
        lost=sequence[2 * size : 2 * size + extra[0]],
        unpaid=sequence[2 * size + extra[0] :],
    )


def _points(lille: Lille, size: int, rng: Generator) -> NDArray[np.int64]:
    return draw_points(lille, rng.random(size), rng.random(size))


def draw_points(lille: Lille, mode_draws: NDArray[np.float64], draws: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return boarding points from uniform draws: rail or bus first, then by how busy the point is."""
    points = np.empty(len(draws), dtype=np.int64)
    for bus in (False, True):
        candidates = np.flatnonzero(lille.bus_point == bus)
        cumulative = np.cumsum(lille.point_weight[candidates])
        chosen = (mode_draws >= RAIL_SHARE) == bus
        found = np.searchsorted(cumulative, draws[chosen] * cumulative[-1], side="right")
        points[chosen] = candidates[np.minimum(found, len(candidates) - 1)]
    return points


def _usages(lille: Lille, subscriber: NDArray[np.bool_], rng: Generator) -> NDArray[np.int64]:
    usage = np.empty(len(subscriber), dtype=np.int64)
    for groups, who in ((SUBSCRIBER_GROUPS, subscriber), (OTHER_GROUPS, ~subscriber)):
        weight = dict(groups)
        shares = np.array([one.share * weight.get(one.group, 0.0) for one in lille.usages])
        usage[who] = rng.choice(len(shares), size=int(who.sum()), p=shares / shares.sum())
    return usage


def in_groups(lille: Lille, usage: NDArray[np.int64], *groups: str) -> NDArray[np.bool_]:
    """Tell which usages belong to some groups of products."""
    belongs: NDArray[np.bool_] = np.array([one.group in groups for one in lille.usages])[usage]
    return belongs


def _media(lille: Lille, usage: NDArray[np.int64], subscriber: NDArray[np.bool_], rng: Generator) -> NDArray[np.int64]:
    draws = rng.random(len(usage))
    medium = np.searchsorted(np.cumsum(_OTHER_MEDIA[:-1]), draws, side="right").astype(np.int64)
    medium[subscriber] = Medium.NOMINATIVE
    paid = in_groups(lille, usage, "abonne")
    medium[subscriber & paid & (draws < _DECLARATIVE_SUBSCRIBERS)] = Medium.DECLARATIVE
    # What is billed afterwards needs a name to bill.
    medium[in_groups(lille, usage, "liberte")] = Medium.NOMINATIVE
    return medium
