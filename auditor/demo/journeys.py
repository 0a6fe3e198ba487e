"""Where and when people board on one service day, before any machine notices."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from auditor.demo import habits
from auditor.demo.habits import DayType, Kind
from auditor.demo.lille import Lille
from auditor.demo.population import Population, draw_points

_GAP_MEDIAN: Final = 324.0
_GAP_SPREAD: Final = 0.608
"""Log-normal law of the time between two taps of a transfer: tenth 110 s, median 324 s, ninetieth 707 s."""
_TRANSFER_WINDOW: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Boardings:
    """Boardings of one service day: who, where, at which second of the service day."""

    traveller: NDArray[np.int64]
    point: NDArray[np.int64]
    second: NDArray[np.int64]


def of_day(people: Population, who: NDArray[np.int64], day: date, lille: Lille, rng: Generator) -> Boardings:
    """Draw the boardings of some travellers on one day, those that reach a validator only."""
    day_type = habits.day_type(day)
    active = who[rng.random(len(who)) < _activity(people, day_type)[who]]
    out, back = _trips(people, active, day_type, lille, rng)
    trips = _joined(out, back)
    boardings = _joined(trips, _transfers(people, trips, len(out.traveller), rng))
    tapped = (rng.random(len(boardings.traveller)) >= habits.UNTAPPED_SHARE) & (boardings.second <= habits.NIGHT_LIMIT)
    return Boardings(traveller=boardings.traveller[tapped], point=boardings.point[tapped], second=boardings.second[tapped])


def _activity(people: Population, day_type: DayType) -> NDArray[np.float64]:
    by_kind = np.array([habits.ACTIVE[kind][day_type] for kind in Kind])[people.kind]
    chance: NDArray[np.float64] = np.where(people.kind == Kind.OCCASIONAL, by_kind * people.rate, by_kind)
    return chance


def _trips(people: Population, active: NDArray[np.int64], day_type: DayType, lille: Lille, rng: Generator) -> tuple[Boardings, Boardings]:
    steady = (people.kind[active] != Kind.OCCASIONAL) & (day_type is DayType.WEEKDAY)
    elsewhere = draw_points(lille, rng.random(len(active)), rng.random(len(active)))
    start, end = people.home[active], np.where(steady, people.work[active], elsewhere)
    regular = steady & (people.kind[active] == Kind.REGULAR)
    out_draws = np.where(regular, people.out_draw[active], rng.random(len(active)))
    back_draws = np.where(regular, people.back_draw[active], rng.random(len(active)))
    out_hour = habits.outward_hours(day_type, lille.bus_point[start], out_draws)
    back_hour = habits.return_hours(day_type, lille.bus_point[end], out_hour, back_draws)
    returns = rng.random(len(active)) < habits.RETURN_SHARE
    out = Boardings(traveller=active, point=start, second=_seconds(people, active, out_hour, regular, rng))
    back_second = _seconds(people, active, back_hour, regular, rng)
    back = Boardings(traveller=active[returns], point=end[returns], second=back_second[returns])
    return out, back


def _seconds(
    people: Population, who: NDArray[np.int64], hour: NDArray[np.int64], regular: NDArray[np.bool_], rng: Generator
) -> NDArray[np.int64]:
    """Return the second of each boarding: habits shift by an hour at most, and by a few minutes."""
    jitter = rng.choice((-1, 0, 1), size=len(who), p=habits.HOUR_JITTER)
    usual = (people.minute[who] + np.rint(rng.normal(0, 6, len(who))).astype(np.int64)) % 60
    minute = np.where(regular, usual, rng.integers(0, 60, len(who)))
    shifted = np.clip(hour + np.where(regular, jitter, 0), habits.FIRST_HOUR, None)
    second: NDArray[np.int64] = shifted * 3600 + minute * 60 + rng.integers(0, 60, len(who))
    return second


def _transfers(people: Population, trips: Boardings, outward: int, rng: Generator) -> Boardings:
    changes = np.flatnonzero(rng.random(len(trips.traveller)) < habits.TRANSFER_SHARE)
    gap = np.minimum(rng.lognormal(np.log(_GAP_MEDIAN), _GAP_SPREAD, len(changes)), _TRANSFER_WINDOW)
    who = trips.traveller[changes]
    point = np.where(changes < outward, people.change_out[who], people.change_back[who])
    return Boardings(traveller=who, point=point, second=trips.second[changes] + np.rint(gap).astype(np.int64))


def _joined(first: Boardings, second: Boardings) -> Boardings:
    return Boardings(
        traveller=np.concatenate([first.traveller, second.traveller]),
        point=np.concatenate([first.point, second.point]),
        second=np.concatenate([first.second, second.second]),
    )
