"""Wall clocks and UTC, as plain expressions that every engine answers alike.

An engine's own time-zone function depends on the zone data it was built with and takes the later instant of the hour
told twice. Here the changes of a zone come from Python's zone data and become a balanced tree of comparisons: eight
steps for a century of changes, exact on both sides of each of them.
In an expression the tree is one call (`auditor.engine.calls`).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

from auditor.engine.calls import call

_FIRST, _LAST = datetime(1970, 1, 1), datetime(2070, 1, 1)  # noqa: DTZ001 - naive UTC, like every instant of the tables
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a zone's offset."""

    at: datetime
    """First instant (UTC) of the new offset."""
    before: int
    """Seconds east of UTC until then."""
    after: int


@dataclass(frozen=True, slots=True)
class Instant:
    """A local time read as an instant, and what had to be decided."""

    utc: ir.TimestampValue
    """Null when the local time does not exist (the hour skipped when clocks go forward)."""
    skipped: ir.BooleanValue
    told_twice: ir.BooleanValue
    """True in the hour told twice; `utc` is then the earlier of its two instants."""


@lru_cache(maxsize=64)
def changes(zone: str) -> tuple[Change, ...]:
    """List the changes of offset of a zone from 1970 to 2070; outside these years the nearest offset holds."""
    info = ZoneInfo(zone)
    found: list[Change] = []
    day, before = _FIRST, _offset(info, _FIRST)
    while day < _LAST:
        following = day + timedelta(days=1)
        after = _offset(info, following)
        if after != before:
            found.append(Change(_moment(info, day, following), before, after))
        day, before = following, after
    return tuple(found)


def local_to_utc(local: ir.TimestampValue, zone: str) -> Instant:
    """Read a local wall clock as UTC: the earlier instant of an hour told twice, nothing for an hour that is skipped."""
    return Instant(_call("wall_to_utc", zone)(local), _call("wall_skipped", zone)(local), _call("wall_told_twice", zone)(local))


def utc_to_local(utc: ir.TimestampValue, zone: str) -> ir.TimestampValue:
    """Return the wall clock of a zone at a UTC instant."""
    return _call("utc_to_wall", zone)(utc)


@cache
def _call(kind: str, zone: str) -> Callable[[ir.Value], Any]:
    changes(zone)  # an unknown zone fails here, where its name is still known
    build, returns = _BUILDERS[kind]
    return call(f"{kind}_{re.sub(r'[^0-9A-Za-z]', '_', zone).lower()}", "timestamp", returns, lambda moment: build(moment, zone))


def _wall_to_utc(local: ir.TimestampValue, zone: str) -> ir.TimestampValue:
    cuts = [change.at + timedelta(seconds=change.before) for change in changes(zone)]
    utc = local - _choose(local, cuts, _offsets(zone)).as_interval("s")
    return ibis.ifelse(_skipped(local, zone), ibis.null("timestamp"), utc)


def _skipped(local: ir.TimestampValue, zone: str) -> ir.BooleanValue:
    return _within(local, [(change.at, change.before, change.after) for change in changes(zone) if change.after > change.before])


def _told_twice(local: ir.TimestampValue, zone: str) -> ir.BooleanValue:
    return _within(local, [(change.at, change.after, change.before) for change in changes(zone) if change.after < change.before])


def _utc_to_wall(utc: ir.TimestampValue, zone: str) -> ir.TimestampValue:
    return utc + _choose(utc, [change.at for change in changes(zone)], _offsets(zone)).as_interval("s")


_BUILDERS: Final[dict[str, tuple[Callable[[ir.TimestampValue, str], ir.Value], str]]] = {
    "wall_to_utc": (_wall_to_utc, "timestamp"),
    "wall_skipped": (_skipped, "boolean"),
    "wall_told_twice": (_told_twice, "boolean"),
    "utc_to_wall": (_utc_to_wall, "timestamp"),
}


def _offset(info: ZoneInfo, utc: datetime) -> int:
    offset = utc.replace(tzinfo=UTC).astimezone(info).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def _moment(info: ZoneInfo, low: datetime, high: datetime) -> datetime:
    before = _offset(info, low)
    while high - low > _SECOND:
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        low, high = (middle, high) if _offset(info, middle) == before else (low, middle)
    return high


def _offsets(zone: str) -> list[int]:
    moves = changes(zone)
    first = moves[0].before if moves else _offset(ZoneInfo(zone), _FIRST)
    return [first, *(change.after for change in moves)]


def _choose(time: ir.TimestampValue, cuts: Sequence[datetime], leaves: Sequence[int]) -> ir.IntegerValue:
    if not cuts:
        return ibis.literal(leaves[0], type="int32")
    middle = len(cuts) // 2
    return ibis.ifelse(
        time < ibis.literal(cuts[middle], type="timestamp"),
        _choose(time, cuts[:middle], leaves[: middle + 1]),
        _choose(time, cuts[middle + 1 :], leaves[middle + 1 :]),
    )


def _within(local: ir.TimestampValue, spans: Sequence[tuple[datetime, int, int]]) -> ir.BooleanValue:
    # Spans alternate inside/outside: an odd leaf is inside. Written as a tree too, not as a hundred comparisons.
    edges = [at + timedelta(seconds=offset) for at, low, high in spans for offset in (low, high)]
    return _choose(local, edges, [rank % 2 for rank in range(len(edges) + 1)]) == 1
