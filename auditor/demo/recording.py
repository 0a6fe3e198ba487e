"""What the validators make of boardings: refusals, double taps, wrong clocks, missing stops, late uploads."""

from dataclasses import dataclass, fields
from datetime import date
from typing import Final, Self

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from auditor.demo import clock
from auditor.demo.journeys import Boardings
from auditor.demo.lille import GATES, VEHICLES, Lille
from auditor.demo.options import DemoOptions
from auditor.demo.population import Population, in_groups

RESULTS: Final = ("ok", "refus_solde", "refus_doublon", "refus_expire", "refus_opposition")
OK, NO_BALANCE, DOUBLE, EXPIRED, BLOCKED = range(5)
STUCK_AT: Final = clock.of_date(date(1997, 1, 1)) * 86_400
"""Where the clock of a validator starts again after its battery failed (epoch of EN 1545)."""
CLOCK_CHANGE: Final = date(2026, 10, 25)

_DOUBLE_SHARE: Final = 0.0084
_QUICK_SHARE: Final = 0.005
_COPY_SHARE: Final = 2e-5
_EXPIRED_SHARE: Final = 0.0022
_BLOCKED_SHARE: Final = 2e-4
_NO_BALANCE_SHARE: Final = 0.064
"""Of taps with a carnet or a single ticket: 1.6 % of all taps."""
_MISSING_STOP_SHARE: Final = 0.03
_DRIFTING_SHARE: Final = 0.003
_RAIL_DELAY: Final = 880
_BUS_DELAY_LOG: Final = (-0.469, 1.685)
"""Log-normal hours: 5 % past ten hours (after midnight, most days), 0.5 % past forty-eight."""
_LONGEST_DELAY: Final = 7 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFaults:
    """Validators whose clock is wrong."""

    drift: NDArray[np.int64]
    """Seconds added by each validator."""
    hour_off: int
    """Validator left on summer time after the change of October 2026."""
    stuck: int
    stuck_days: range
    """Indexes of the service days on which it stamps `STUCK_AT`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taps:
    """Recorded taps of one service day, one entry per row. Instants are seconds, UTC."""

    traveller: NDArray[np.int64]
    sequence: NDArray[np.int64]
    usage: NDArray[np.int64]
    line: NDArray[np.int64]
    stop: NDArray[np.int64]
    """-1 where the validator did not know."""
    validator: NDArray[np.int64]
    vehicle: NDArray[np.int64]
    """-1 for platforms."""
    happened_at: NDArray[np.int64]
    tapped_at: NDArray[np.int64]
    """As the validator's clock says."""
    received_at: NDArray[np.int64]
    result: NDArray[np.int64]

    def take(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> Self:
        """Return some rows, in the order asked."""
        return type(self)(**{one.name: getattr(self, one.name)[chosen] for one in fields(self)})


def clock_faults(lille: Lille, options: DemoOptions, rng: Generator) -> ClockFaults:
    """Choose the validators whose clock is wrong; the stuck one is at the busiest station, two days before the term."""
    platforms = np.flatnonzero(~lille.bus_point)
    gates = (platforms[:, None] * GATES + np.arange(GATES)).ravel()
    buses = len(lille.point_line) * GATES + 2 * VEHICLES * np.flatnonzero(lille.bus_line)[:, None] + np.arange(2 * VEHICLES)
    candidates = np.concatenate([gates, buses.ravel()])
    drift = np.zeros(len(lille.validators()), dtype=np.int64)
    drifting = rng.choice(candidates, size=round(len(candidates) * _DRIFTING_SHARE), replace=False)
    drift[drifting] = 60 * rng.integers(1, 11, len(drifting)) * rng.choice((-1, 1), len(drifting))
    hour_off, stuck = lille.point("M1", "REPUBLIQUE-BEAUX-ARTS") * GATES, lille.point("M2", "GARE-LILLE-FLANDRES") * GATES
    drift[[hour_off, stuck]] = 0
    return ClockFaults(drift=drift, hour_off=hour_off, stuck=stuck, stuck_days=range(options.days - 4, options.days - 2))


def record(boardings: Boardings, people: Population, day: date, index: int, lille: Lille, faults: ClockFaults, rng: Generator) -> Taps:
    """Turn boardings into rows, in the order in which they were received."""
    first = _first_taps(boardings, people, day, index, lille, rng)
    doubles = _again(first, _DOUBLE_SHARE, np.maximum(1, np.rint(rng.lognormal(np.log(5.8), 0.667, len(first.usage)))), DOUBLE, rng)
    quick = _again(first, _QUICK_SHARE, rng.integers(5, 31, len(first.usage)), OK, rng)
    taps = _joined(first, doubles, quick)
    timed = _timed(taps, day, index, faults, lille, rng)
    copies = np.flatnonzero(rng.random(len(timed.usage)) < _COPY_SHARE)
    whole = _joined(timed, timed.take(copies))
    return whole.take(np.lexsort((whole.sequence, whole.tapped_at, whole.received_at)))


def _first_taps(boardings: Boardings, people: Population, day: date, index: int, lille: Lille, rng: Generator) -> Taps:
    who, point = boardings.traveller, boardings.point
    line, bus = lille.point_line[point], lille.bus_point[point]
    vehicle = line * VEHICLES + rng.integers(0, VEHICLES, len(who))
    aboard = len(lille.point_line) * GATES + 2 * vehicle + rng.integers(0, 2, len(who))
    missing = bus & (rng.random(len(who)) < _MISSING_STOP_SHARE)
    result, sequence = _results(people, who, index, lille, rng)
    happened = clock.service_day_zero(day) + boardings.second
    return Taps(
        traveller=who,
        sequence=sequence,
        usage=people.usage[who],
        line=line,
        stop=np.where(missing, -1, lille.point_stop[point]),
        validator=np.where(bus, aboard, point * GATES + rng.integers(0, GATES, len(who))),
        vehicle=np.where(bus, vehicle, -1),
        happened_at=happened,
        tapped_at=happened,
        received_at=happened,
        result=result,
    )


def _results(
    people: Population, who: NDArray[np.int64], index: int, lille: Lille, rng: Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the result of each tap and the card it was made with: blocked cards are tried again by whoever has them."""
    draws = rng.random(len(who))
    countable = in_groups(lille, people.usage[who], "carnet", "unitaire")
    result = np.where(countable & (draws < _NO_BALANCE_SHARE), NO_BALANCE, OK)
    result[draws > 1 - _EXPIRED_SHARE] = EXPIRED
    sequence = np.where(index >= people.switch_day[who], people.next_sequence[who], people.sequence[who])
    blocked = np.flatnonzero(rng.random(len(who)) < _BLOCKED_SHARE)
    pool = np.concatenate([people.lost, people.unpaid])
    sequence[blocked] = rng.choice(pool, size=len(blocked))
    result[blocked] = BLOCKED
    return result, sequence


def _again(taps: Taps, share: float, after: NDArray[np.int64] | NDArray[np.float64], result: int, rng: Generator) -> Taps:
    """Return second taps of a share of the accepted ones, on the same validator."""
    chosen = np.flatnonzero((rng.random(len(taps.usage)) < share) & (taps.result == OK))
    again = taps.take(chosen)
    later = after[chosen].astype(np.int64)
    again.happened_at[:] += later
    again.result[:] = result
    return again


def _timed(taps: Taps, day: date, index: int, faults: ClockFaults, lille: Lille, rng: Generator) -> Taps:
    size = len(taps.usage)
    rail = rng.integers(5, _RAIL_DELAY, size)
    bus = np.minimum(3600 * rng.lognormal(*_BUS_DELAY_LOG, size), _LONGEST_DELAY)
    delay = np.where(lille.bus_line[taps.line], np.maximum(5, np.rint(bus)).astype(np.int64), rail)
    shown = taps.happened_at + faults.drift[taps.validator]
    if day >= CLOCK_CHANGE:
        shown += np.where(taps.validator == faults.hour_off, 3600, 0)
    if index in faults.stuck_days:
        shown[taps.validator == faults.stuck] = STUCK_AT
    return Taps(
        **{one.name: getattr(taps, one.name) for one in fields(taps) if one.name not in {"tapped_at", "received_at"}},
        tapped_at=shown,
        received_at=taps.happened_at + delay,
    )


def _joined(*parts: Taps) -> Taps:
    return Taps(**{one.name: np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(Taps)})
