"""Which store each tap is found in when the snapshot is taken, and which violations are planted on the way."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from auditor.demo import clock
from auditor.demo.lille import Lille
from auditor.demo.options import AS_OF, TERM, DemoOptions
from auditor.demo.recording import OK, Taps

NOW = clock.of_datetime(AS_OF)
TERM_SECONDS = round(TERM.total_seconds())
LIMIT = NOW - TERM_SECONDS
"""A tap stamped before this instant is past the term."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """The rows of one slice, as masks over its taps."""

    active: NDArray[np.bool_]
    """In the active base, with a card."""
    warehouse: NDArray[np.bool_]
    queue: NDArray[np.bool_]
    """In the relay queue, with a card."""
    place_removed: NDArray[np.bool_]
    """Among `active`: every place column emptied."""
    stop_removed: NDArray[np.bool_]
    """Among `active`: stop and line emptied, vehicle and validator kept."""


def route(taps: Taps, index: int, lille: Lille, options: DemoOptions, rng: Generator) -> Routed:
    """Send each tap to its stores. Draws the same numbers for both twins."""
    late = taps.received_at - taps.tapped_at > TERM_SECONDS
    old, arrived = taps.tapped_at < LIMIT, taps.received_at <= NOW
    depot = np.where(lille.bus_line[taps.line], taps.line % 4, -1)
    last = options.days - 1
    unpurged = (depot == 0) & (last - 7 <= index <= last - 2)
    line = np.array([lille.lines.index(code) for code in ("M1", "TR", "TT")])
    place_removed = old & (taps.line == line[0]) & (index == last - 3)
    stop_removed = old & np.isin(taps.line, line[1:]) & (index == last - 2)
    forgotten = old & (depot == 2) & (index == last - 5) & (rng.random(len(old)) < 0.25)  # noqa: PLR2004 - one depot in four
    if options.clean:
        nothing = np.zeros(len(old), dtype=np.bool_)
        late = unpurged = place_removed = stop_removed = forgotten = nothing
    kept = old & arrived & ~forgotten & (unpurged | late | place_removed | stop_removed)
    return Routed(
        active=(~old & arrived) | kept,
        warehouse=old & arrived & ~forgotten & (taps.result == OK),
        queue=(~old & ~arrived) | forgotten,
        place_removed=kept & place_removed,
        stop_removed=kept & stop_removed,
    )
