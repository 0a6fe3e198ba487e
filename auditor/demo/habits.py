"""When people travel: hourly shares of boardings and weights of the days, measured (London 2009, part C1)."""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

FIRST_HOUR: Final = 5
HOURS: Final = 21
"""Service hours 05 to 25: the last departures leave before 01:30."""


class DayType(IntEnum):
    """What distinguishes days; school holidays are left out."""

    WEEKDAY = 0
    SATURDAY = 1
    SUNDAY = 2


class Kind(IntEnum):
    """How often a person travels."""

    REGULAR = 0
    INTERMEDIATE = 1
    OCCASIONAL = 2


KIND_SHARES: Final = (0.38, 0.27, 0.35)

ACTIVE: Final[dict[Kind, tuple[float, float, float]]] = {
    # Weekday, Saturday, Sunday. Regulars: 85 % of weekdays, 30 % of weekend days. The others are set so that all
    # boardings weigh 1.00, 0.72 and 0.43, as measured.
    Kind.REGULAR: (0.85, 0.40, 0.20),
    Kind.INTERMEDIATE: (0.35, 0.50, 0.31),
    Kind.OCCASIONAL: (1.00, 1.10, 1.05),
}
"""Probability of travelling on a day; for occasional travellers, a factor of their own rate."""

RETURN_SHARE: Final = 0.90
TRANSFER_SHARE: Final = 0.28
UNTAPPED_SHARE: Final = 0.12
RAIL_SHARE: Final = 0.62
HOUR_JITTER: Final = (0.12, 0.76, 0.12)
NIGHT_LIMIT: Final = 25 * 3600 + 1800
"""Last boarding, in seconds of the service day."""

_BUS = (1.1, 2.7, 7.2, 8.9, 6.2, 5.0, 5.2, 5.6, 5.7, 6.0, 8.8, 8.1, 7.8, 6.6, 4.5, 3.1, 2.5, 1.9, 1.4, 1.0, 0.6)
_RAIL = (0.7, 3.2, 8.6, 12.6, 6.5, 3.6, 3.4, 3.9, 3.9, 4.0, 5.2, 7.2, 11.3, 9.6, 5.4, 3.5, 2.9, 2.4, 1.7, 0.3, 0.1)
_SATURDAY = (0.6, 1.4, 2.6, 3.8, 5.0, 6.2, 6.9, 7.4, 7.7, 7.5, 7.4, 7.3, 7.2, 6.7, 5.6, 4.4, 3.6, 3.2, 2.9, 1.6, 1.0)
_SUNDAY = (0.6, 1.1, 1.8, 2.8, 4.1, 5.6, 6.7, 7.3, 7.6, 7.8, 7.9, 8.1, 8.4, 7.6, 6.3, 4.9, 3.8, 3.1, 2.4, 1.3, 0.8)


def day_type(day: date) -> DayType:
    """Return the type of a service day."""
    return DayType(max(0, day.weekday() - 4))


@dataclass(frozen=True, slots=True)
class _Curve:
    """Cumulative shares by hour, from `FIRST_HOUR`, of the first trip of a day and of the return."""

    outward: NDArray[np.float64]
    back: NDArray[np.float64]


def _split(shares: tuple[float, ...]) -> _Curve:
    """Share a measured curve between first trips and returns, so that both together give it back.

    Everything before 13:00 is a first trip; what first trips remain leaves in the five hours that follow.
    """
    measured = np.array(shares) / sum(shares)
    part = 1 / (1 + RETURN_SHARE)
    outward = np.where(np.arange(HOURS) < _MORNING_END, measured / part, 0.0)
    afternoon = slice(_MORNING_END, _MORNING_END + 5)
    outward[afternoon] = measured[afternoon] * (1 - outward.sum()) / measured[afternoon].sum()
    back = np.maximum(measured - part * outward, 0.0)
    return _Curve(_cumulative(outward), _cumulative(back))


def _cumulative(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    total = np.cumsum(shares)
    return np.concatenate([[0.0], total / total[-1]])


_MORNING_END: Final = 13 - FIRST_HOUR
_CURVES: Final = {
    DayType.WEEKDAY: (_split(_RAIL), _split(_BUS)),
    DayType.SATURDAY: (_split(_SATURDAY),) * 2,
    DayType.SUNDAY: (_split(_SUNDAY),) * 2,
}


def outward_hours(kind_of_day: DayType, bus: NDArray[np.bool_], draws: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the service hour of each first trip from uniform draws."""
    hours = np.empty(len(draws), dtype=np.int64)
    for mode, curve in enumerate(_CURVES[kind_of_day]):
        chosen = bus == bool(mode)
        hours[chosen] = FIRST_HOUR + _inverse(curve.outward, draws[chosen])
    return hours


def return_hours(kind_of_day: DayType, bus: NDArray[np.bool_], outward: NDArray[np.int64], draws: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the service hour of each return trip, two hours or more after the first one."""
    hours = np.empty(len(draws), dtype=np.int64)
    for mode, curve in enumerate(_CURVES[kind_of_day]):
        chosen = bus == bool(mode)
        start = curve.back[np.minimum(outward[chosen] - FIRST_HOUR + 2, HOURS - 2)]
        hours[chosen] = FIRST_HOUR + _inverse(curve.back, start + draws[chosen] * (1 - start))
    return hours


def _inverse(curve: NDArray[np.float64], draws: NDArray[np.float64]) -> NDArray[np.int64]:
    found: NDArray[np.int64] = np.searchsorted(curve, draws, side="right").astype(np.int64) - 1
    return np.minimum(found, HOURS - 1)
