"""What a stranger can compute from a published count table, by linear programming.

Only published numbers come in: the cells, the totals, which of them are masked. The unknowns are the masked cells; each
published total is an equation; a cell that is listed counts at least one boarding (`floor`), which the published policy
tells the reader. The interval of every masked line is bounded by minimising and maximising it (HiGHS, through scipy),
component by component; a component held by one equation alone is bounded in closed form.

A masked line is exposed when its interval is narrower than the protection asked. The bounds are those of the linear
relaxation: never narrower than the truth allows, and exact for one- and two-way tables.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from anonymise.labels import TOP

TOTAL: Final = TOP
"""Label that stands in the columns a line sums over."""

WORK: Final = 6_000_000
"""Default budget of the linear programs: unknowns times programs, a count that does not depend on the machine."""

_TOLERANCE: Final = 1e-6
_DIRECTIONS: Final = 60

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedTable:
    """A count table as it is published: one line per cell or total."""

    columns: tuple[str, ...]
    keys: Sequence[Key]
    """Labels of each line, in the order of `columns`; TOTAL where the line sums over the column."""
    values: Sequence[int | None]
    """Boardings; None when masked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """A masked line that the published numbers pin down too closely."""

    line: int
    """Position in the published table."""
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """What the published numbers give away of the masked ones."""

    masked: int
    components: int
    largest: int
    """Unknowns of the largest component."""
    programs: int
    """Linear programs solved."""
    exposed: tuple[Exposure, ...]
    unsolved: int
    """Masked lines not bounded: the budget was spent. Never to be read as safe."""
    contradictions: int
    """Totals that no admissible value of the masked cells can satisfy."""

    @property
    def safe(self) -> bool:
        """True when every masked line was bounded and none is exposed."""
        return not (self.exposed or self.unsolved or self.contradictions)

    @property
    def narrowest(self) -> float | None:
        """Width of the narrowest exposed interval, None when nothing is exposed."""
        return min((item.high - item.low for item in self.exposed), default=None)


@dataclass(slots=True)
class _Equation:
    members: tuple[int, ...]
    rest: int
    """What the masked members add up to."""


@dataclass(slots=True)
class _Target:
    """A masked line as a sum of unknowns plus a constant."""

    line: int
    members: tuple[int, ...]


@dataclass(slots=True)
class _System:
    unknowns: int
    equations: list[_Equation]
    targets: list[_Target]
    contradictions: int = 0
    holding: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Equations each unknown appears in."""

    def add(self, members: Sequence[int], rest: int) -> None:
        """Add an equation, less the equations it contains: a day's total says nothing more than its lines' totals."""
        left = set(members)
        for unknown in members:
            for known in self.holding.get(unknown, ()) if unknown in left else ():
                equation = self.equations[known]
                if left.issuperset(equation.members):
                    left.difference_update(equation.members)
                    rest -= equation.rest
                    break
        if left:
            for unknown in left:
                self.holding[unknown].append(len(self.equations))
            self.equations.append(_Equation(tuple(sorted(left)), rest))
        elif rest:
            self.contradictions += 1


def disclosure(table: PublishedTable, protection: int, *, floor: int = 1, work: int = WORK) -> Disclosure:
    """Bound every masked line; report those whose interval is a point or narrower than `protection`."""
    system = _system(table)
    parts = _components(system, floor)
    meter = _Meter(left=work)
    exposed: list[Exposure] = []
    unsolved = 0
    for target, pieces in _pieces(system, parts):
        try:
            low, high = _bounds(pieces, meter, protection)
        except _BudgetSpent:
            unsolved += 1
            continue
        if high - low < max(protection, _TOLERANCE) - _TOLERANCE:
            exposed.append(Exposure(line=target.line, low=low, high=high))
    return Disclosure(
        masked=len(system.targets),
        components=len(parts),
        largest=max((len(part.members) for part in parts), default=0),
        programs=meter.programs,
        exposed=tuple(exposed),
        unsolved=unsolved,
        contradictions=system.contradictions + sum(part.contradictory for part in parts),
    )


def intervals(table: PublishedTable, *, floor: int = 1) -> Mapping[int, tuple[float, float]]:
    """Return the exact interval of every masked line, whatever it costs. For small tables and for tests.

    A masked total's interval is that of the part that is masked.
    """
    system = _system(table)
    meter = _Meter(left=math.inf)
    found = {target.line: _bounds(pieces, meter, math.inf) for target, pieces in _pieces(system, _components(system, floor))}
    return {line: (round(low, 6), round(high, 6)) for line, (low, high) in found.items()}


def _system(table: PublishedTable) -> _System:
    unknown: dict[int, int] = {}
    totals: dict[tuple[int, ...], dict[Key, int]] = defaultdict(dict)
    cells: list[int] = []
    for line, key in enumerate(table.keys):
        fixed = tuple(position for position, label in enumerate(key) if label != TOTAL)
        if len(fixed) < len(table.columns):
            totals[fixed][tuple(key[position] for position in fixed)] = line
        else:
            cells.append(line)
            if table.values[line] is None:
                unknown[line] = len(unknown)
    system = _System(unknowns=len(unknown), equations=[], targets=[_Target(line, (index,)) for line, index in unknown.items()])
    # Finest totals first: what they already say is taken out of the coarser ones.
    for fixed in sorted(totals, key=lambda fixed: (-len(fixed), fixed)):
        _add_family(system, table, cells, unknown, fixed, totals[fixed])
    return system


def _add_family(
    system: _System,
    table: PublishedTable,
    cells: Sequence[int],
    unknown: Mapping[int, int],
    fixed: tuple[int, ...],
    lines: Mapping[Key, int],
) -> None:
    members: dict[Key, list[int]] = defaultdict(list)
    shown: dict[Key, int] = defaultdict(int)
    for line in cells:
        key = table.keys[line]
        group = tuple(key[position] for position in fixed)
        value = table.values[line]
        if value is None:
            members[group].append(unknown[line])
        else:
            shown[group] += value
    for group, line in lines.items():
        total = table.values[line]
        masked = tuple(members.get(group, ()))
        if total is None:
            system.targets.append(_Target(line, masked))
        else:
            system.add(masked, total - shown.get(group, 0))


class _BudgetSpent(Exception):
    pass


@dataclass(slots=True)
class _Meter:
    left: float
    programs: int = 0

    def charge(self, unknowns: int) -> None:
        if unknowns > self.left:
            raise _BudgetSpent
        self.left -= unknowns
        self.programs += 1


@dataclass(slots=True)
class _Component:
    """Unknowns that hold one another through equations."""

    members: list[int]
    equations: list[_Equation]
    floor: int
    contradictory: bool = False
    explored: bool = False
    rank: dict[int, int] = field(default_factory=dict)
    lowest: "np.ndarray | None" = None
    highest: "np.ndarray | None" = None
    """Least and greatest value of each unknown in the solutions met so far: an inner bound of its interval."""
    matrix: Any = None

    def seen(self, chosen: Sequence[int]) -> float:
        """Width already proven for one unknown by solutions met earlier; nothing is known of sums."""
        if len(chosen) != 1 or self.lowest is None or self.highest is None:
            return 0.0
        position = self.rank[chosen[0]]
        return float(self.highest[position] - self.lowest[position])

    def bounds(self, chosen: Sequence[int], meter: _Meter, enough: float) -> tuple[float, float]:
        """Bound the sum of some members; stop early once the width is proven to reach `enough`."""
        if not self.equations:
            return len(chosen) * self.floor, math.inf
        if self.contradictory:
            return 0.0, 0.0
        if len(self.equations) == 1:
            return self._closed_form(len(chosen))
        if not self.explored and enough < math.inf:
            self._explore(meter, enough)
        if self.seen(chosen) >= enough:
            return self._inner(chosen)
        objective = np.zeros(len(self.members))
        objective[[self.rank[unknown] for unknown in chosen]] = 1.0
        high = -self._solve(-objective, meter)
        if self.seen(chosen) >= enough:
            return self._inner(chosen)
        return self._solve(objective, meter), high

    def _explore(self, meter: _Meter, enough: float) -> None:
        """Visit far-apart solutions in fixed pseudo-random directions: most unknowns are seen to move enough."""
        self.explored = True
        directions = np.random.default_rng(len(self.members))
        settled = -1
        for _ in range(_DIRECTIONS):
            objective = directions.choice([-1.0, 1.0], size=len(self.members))
            self._solve(objective, meter)
            self._solve(-objective, meter)
            if self.lowest is None or self.highest is None:
                return
            wide = int(np.count_nonzero(self.highest - self.lowest >= enough))
            if wide in (settled, len(self.members)):
                return
            settled = wide

    def _closed_form(self, chosen: int) -> tuple[float, float]:
        others, rest = len(self.members) - chosen, self.equations[0].rest
        if others == 0:
            return rest, rest
        return chosen * self.floor, rest - others * self.floor

    def _inner(self, chosen: Sequence[int]) -> tuple[float, float]:
        position = self.rank[chosen[0]]
        low, high = cast("np.ndarray", self.lowest), cast("np.ndarray", self.highest)
        return float(low[position]), float(high[position])

    def _solve(self, objective: "np.ndarray", meter: _Meter) -> float:
        """Minimise a sum over the component; remember the solution met."""
        meter.charge(len(self.members))
        right = np.array([equation.rest for equation in self.equations], dtype=float)
        if self.matrix is None:
            self.matrix = self._coefficients()
        found = linprog(objective, A_eq=self.matrix, b_eq=right, bounds=(self.floor, None), method="highs")
        if found.x is None:
            self.contradictory = True
            return 0.0
        point = np.asarray(found.x)
        self.lowest = point if self.lowest is None else np.minimum(self.lowest, point)
        self.highest = point if self.highest is None else np.maximum(self.highest, point)
        return float(objective @ point)

    def _coefficients(self) -> csr_array:
        rows = [row for row, equation in enumerate(self.equations) for _ in equation.members]
        columns = [self.rank[unknown] for equation in self.equations for unknown in equation.members]
        return csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(self.equations), len(self.members)))


def _components(system: _System, floor: int) -> list[_Component]:
    parent = list(range(system.unknowns))

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    for equation in system.equations:
        first = root(equation.members[0])
        for other in equation.members[1:]:
            parent[root(other)] = first
    parts: dict[int, _Component] = {}
    for unknown in range(system.unknowns):
        part = parts.setdefault(root(unknown), _Component([], [], floor))
        part.rank[unknown] = len(part.members)
        part.members.append(unknown)
    for equation in system.equations:
        part = parts[root(equation.members[0])]
        part.equations.append(equation)
        part.contradictory |= equation.rest < len(equation.members) * floor
    return list(parts.values())


_Piece = tuple[_Component, tuple[int, ...]]


def _pieces(system: _System, parts: Sequence[_Component]) -> Iterator[tuple[_Target, list[_Piece]]]:
    """Split each target over the components that hold its unknowns."""
    home = {unknown: part for part in parts for unknown in part.members}
    for target in system.targets:
        split: dict[int, tuple[_Component, list[int]]] = {}
        for unknown in target.members:
            part = home[unknown]
            split.setdefault(id(part), (part, []))[1].append(unknown)
        yield target, [(part, tuple(chosen)) for part, chosen in split.values()]


def _bounds(pieces: Sequence[_Piece], meter: _Meter, enough: float) -> tuple[float, float]:
    """Add up the bounds of the pieces (components are independent); stop once the width reaches `enough`."""
    low = high = 0.0
    for part, chosen in pieces:
        least, most = part.bounds(chosen, meter, enough)
        low, high = low + least, high + most
        if high - low >= enough:
            break
    return low, high
