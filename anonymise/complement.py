"""Which further cells to mask, so that no masked cell can be worked out from the totals beside it.

A greedy choice of least cost (boardings hidden), group by group: a cell held by one family of totals takes the cheapest
partner of its group; a cell held by two crossing families takes the cheapest rectangle, of equal ones the one that
leaves most doubt. What the greedy choice leaves exposed is found by the linear program of `disclosure` and masked
further, down to the totals themselves. Every step masks something, so it ends.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from anonymise.disclosure import TOTAL, WORK, Disclosure, Key, PublishedTable, disclosure

_ROUNDS: Final = 60
_PARTNERS: Final = 40
"""Cheapest partners tried on each side of a rectangle: beyond them a cheaper rectangle is unlikely, and the search long."""


@dataclass(slots=True, kw_only=True)
class Family:
    """One family of published totals: the columns it keeps, its groups, and what each cell belongs to."""

    fixed: tuple[int, ...]
    groups: Sequence[Key]
    of_cell: Sequence[int]
    totals: Sequence[int]
    masked: list[bool]
    hidden_persons: Sequence[int]
    """Distinct persons over the cells of each group that are under the threshold by themselves."""
    members: list[list[int]] = field(init=False)

    def __post_init__(self) -> None:
        self.members = [[] for _ in self.groups]
        for cell, group in enumerate(self.of_cell):
            self.members[group].append(cell)


@dataclass(slots=True, kw_only=True)
class CountTable:
    """Cells and totals with their true values and what is masked so far."""

    columns: tuple[str, ...]
    keys: Sequence[Key]
    boardings: Sequence[int]
    primary: Sequence[bool]
    """Cells under the person threshold."""
    families: Sequence[Family]
    masked: list[bool] = field(init=False)

    def __post_init__(self) -> None:
        self.masked = list(self.primary)

    def lines(self) -> Iterator[tuple[Key, int | None]]:
        """Every published line, cells first: its labels and its value, None when masked."""
        for key, value, hidden in zip(self.keys, self.boardings, self.masked, strict=True):
            yield key, None if hidden else value
        width = len(self.columns)
        for family in self.families:
            for group, value, hidden in zip(family.groups, family.totals, family.masked, strict=True):
                labels = dict(zip(family.fixed, group, strict=True))
                yield tuple(labels.get(position, TOTAL) for position in range(width)), None if hidden else value

    def published(self) -> PublishedTable:
        """The table as a stranger will read it."""
        lines = list(self.lines())
        return PublishedTable(columns=self.columns, keys=[key for key, _ in lines], values=[value for _, value in lines])


def protect(table: CountTable, protection: int, *, floor: int = 1, work: int = WORK) -> Disclosure:
    """Mask further cells and totals until every masked line is at least `protection` wide; return the last proof."""
    masking = _Masking(table, protection, floor)
    masking.settle()
    report = disclosure(table.published(), protection, floor=floor, work=work)
    for _ in range(_ROUNDS):
        if not report.exposed or not masking.widen([exposure.line for exposure in report.exposed]):
            break
        report = disclosure(table.published(), protection, floor=floor, work=work)
    return report


class _Masking:
    def __init__(self, table: CountTable, protection: int, floor: int) -> None:
        self.table = table
        self.protection = protection
        self.floor = floor
        self.done = 0
        self._hidden = [[0] * len(family.groups) for family in table.families]
        self._rest = [[0] * len(family.groups) for family in table.families]
        self._helped = [[False] * len(family.groups) for family in table.families]
        self._todo: deque[tuple[int, int]] = deque()
        self._corners: dict[tuple[int, int], dict[tuple[int, int], list[int]]] = {}
        for cell in sorted((cell for cell, hidden in enumerate(table.masked) if hidden), key=lambda cell: (-table.boardings[cell], cell)):
            self._count(cell)

    def _count(self, cell: int) -> None:
        for rank, family in enumerate(self.table.families):
            group = family.of_cell[cell]
            self._hidden[rank][group] += 1
            self._rest[rank][group] += self.table.boardings[cell]
            self._helped[rank][group] |= not self.table.primary[cell]
            self._todo.append((rank, group))

    def _mask(self, cell: int) -> None:
        if not self.table.masked[cell]:
            self.table.masked[cell] = True
            self.done += 1
            self._count(cell)

    def _mask_total(self, rank: int, group: int) -> None:
        family = self.table.families[rank]
        if not family.masked[group]:
            family.masked[group] = True
            self.done += 1

    def settle(self) -> None:
        """Give every published total that sums masked cells enough of them."""
        while self._todo:
            rank, group = self._todo.popleft()
            while not self._enough(rank, group):
                self._help(rank, group)

    def _enough(self, rank: int, group: int) -> bool:
        """Whether what a total leaves unsaid is wide, and holds enough persons to be said itself."""
        family, hidden = self.table.families[rank], self._hidden[rank][group]
        if not hidden or family.masked[group]:
            return True
        wide = hidden > 1 and self._rest[rank][group] - hidden * self.floor >= self.protection
        return wide and (self._helped[rank][group] or family.hidden_persons[group] >= self.protection)

    def _help(self, rank: int, group: int) -> None:
        members = self.table.families[rank].members[group]
        focal = min((cell for cell in members if self.table.masked[cell]), key=lambda cell: (self.table.boardings[cell], cell))
        crossing = [other for other in self._holding(focal) if other != rank] if rank in self._holding(focal) else []
        if len(crossing) == 1 and self._rectangle(focal, rank, crossing[0]):
            return
        if not self._partner(rank, group):
            self._mask_total(rank, group)

    def _partner(self, rank: int, group: int) -> bool:
        """Mask the cheapest shown cell of a group."""
        shown = [cell for cell in self.table.families[rank].members[group] if not self.table.masked[cell]]
        if shown:
            self._mask(min(shown, key=lambda cell: (self.table.boardings[cell], cell)))
        return bool(shown)

    def _holding(self, cell: int) -> list[int]:
        """Families whose published total says most about a cell: the finest ones that hold it."""
        shown = [rank for rank, family in enumerate(self.table.families) if not family.masked[family.of_cell[cell]]]
        sets = {rank: frozenset(self.table.families[rank].fixed) for rank in shown}
        return [rank for rank in shown if not any(sets[rank] < sets[other] for other in shown)]

    def _rectangle(self, focal: int, rank: int, other: int) -> bool:
        """Mask the rectangle of least cost that has the cell as a corner; False when none would mask anything."""
        found = min(self._rectangles(focal, rank, other), default=None)
        if found is None:
            return False
        for corner in found[-1]:
            self._mask(corner)
        return True

    def _rectangles(self, focal: int, rank: int, other: int) -> Iterator[tuple[bool, int, int, tuple[int, int, int]]]:
        one, two = self.table.families[rank], self.table.families[other]
        corners = self._corner_index(rank, other)
        for first in self._cheapest(one.members[one.of_cell[focal]], focal):
            for second in self._cheapest(two.members[two.of_cell[focal]], focal):
                for fourth in corners.get((one.of_cell[second], two.of_cell[first]), ()):
                    cost = sum(self._cost(corner) for corner in (first, second, fourth))
                    if cost and len({focal, first, second, fourth}) == 4:  # noqa: PLR2004 - a rectangle has four corners
                        slack = self._slack
                        width = min(slack(focal), slack(fourth)) + min(slack(first), slack(second))
                        yield width < self.protection, cost, -width, (first, second, fourth)

    def _cheapest(self, members: Sequence[int], focal: int) -> list[int]:
        others = (cell for cell in members if cell != focal)
        return sorted(others, key=lambda cell: (self._cost(cell), cell))[:_PARTNERS]

    def _cost(self, cell: int) -> int:
        return 0 if self.table.masked[cell] else self.table.boardings[cell]

    def _slack(self, cell: int) -> int:
        return self.table.boardings[cell] - self.floor

    def _corner_index(self, rank: int, other: int) -> dict[tuple[int, int], list[int]]:
        if (rank, other) not in self._corners:
            index: dict[tuple[int, int], list[int]] = defaultdict(list)
            for cell, groups in enumerate(zip(self.table.families[rank].of_cell, self.table.families[other].of_cell, strict=True)):
                index[groups].append(cell)
            self._corners[rank, other] = dict(index)
        return self._corners[rank, other]

    def widen(self, lines: Sequence[int]) -> bool:
        """Mask more around each exposed line; False when nothing is left to mask."""
        before = self.done
        for line in lines:
            if line < len(self.table.keys):
                self._widen_cell(line)
            else:
                self._widen_total(*self._total_at(line))
            self.settle()
        return self.done > before

    def _total_at(self, line: int) -> tuple[int, int]:
        position = line - len(self.table.keys)
        for rank, family in enumerate(self.table.families):
            if position < len(family.groups):
                return rank, position
            position -= len(family.groups)
        raise IndexError(line)

    def _widen_cell(self, cell: int) -> None:
        holding = self._holding(cell)
        if len(holding) == 2 and self._rectangle(cell, *holding):  # noqa: PLR2004 - two crossing families
            return
        helped = [self._partner(rank, self.table.families[rank].of_cell[cell]) for rank in holding]
        if not any(helped):
            for rank in holding[:1]:
                self._mask_total(rank, self.table.families[rank].of_cell[cell])

    def _widen_total(self, rank: int, group: int) -> None:
        """Hide a sibling total, or the total above, or more cells of the total itself."""
        family = self.table.families[rank]
        cell = family.members[group][0]
        above = [other for other in self._holding(cell) if set(self.table.families[other].fixed) < set(family.fixed)]
        if not above:
            shown = [rank for rank in self._holding(cell) if self._partner(rank, self.table.families[rank].of_cell[cell])]
            if not shown:
                self._widen_cell(min(family.members[group], key=lambda cell: (self.table.boardings[cell], cell)))
            return
        wider = self.table.families[above[0]]
        around = {family.of_cell[cell] for cell in wider.members[wider.of_cell[cell]]}
        siblings = [other for other in around if not family.masked[other]]
        if not siblings:
            self._mask_total(above[0], wider.of_cell[cell])
            return
        sibling = min(siblings, key=lambda other: (self._hidden[rank][other] == 0, family.totals[other], other))
        if not self._hidden[rank][sibling]:
            self._partner(rank, sibling)
        self._mask_total(rank, sibling)
