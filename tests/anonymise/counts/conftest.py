"""Small tables with their totals, as a stranger would read them."""

from collections.abc import Callable, Collection, Sequence

import pytest

from anonymise.complement import CountTable, Family
from anonymise.disclosure import TOTAL, PublishedTable

Key = tuple[str, ...]
TableOf = Callable[[Sequence[Sequence[int]], Collection[str]], PublishedTable]


def two_way(rows: Sequence[Sequence[int]], hidden: Collection[str]) -> PublishedTable:
    """Cells `r0c0`…, row, column and grand totals; `hidden` names masked lines (`r0c1`, `r0*`, `*c1`, `**`)."""
    lines = [((f"r{r}", f"c{c}"), value) for r, row in enumerate(rows) for c, value in enumerate(row)]
    lines += [((f"r{r}", TOTAL), sum(row)) for r, row in enumerate(rows)]
    lines += [((TOTAL, f"c{c}"), sum(column)) for c, column in enumerate(zip(*rows, strict=True))]
    lines.append(((TOTAL, TOTAL), sum(map(sum, rows))))
    return PublishedTable(
        columns=("row", "column"),
        keys=[key for key, _ in lines],
        values=[None if "".join(key) in hidden else value for key, value in lines],
    )


def count_table(
    cells: dict[Key, int], margins: Sequence[tuple[int, ...]], threshold: int, persons: dict[Key, int] | None = None
) -> CountTable:
    """Cells and families of totals; by default every boarding is another person."""
    keys = sorted(cells)
    said = persons or cells
    families = []
    for fixed in margins:
        groups = sorted({tuple(key[place] for place in fixed) for key in keys})
        rank = {group: place for place, group in enumerate(groups)}
        of_cell = [rank[tuple(key[place] for place in fixed)] for key in keys]
        totals, heads, small = [0] * len(groups), [0] * len(groups), [0] * len(groups)
        for key, group in zip(keys, of_cell, strict=True):
            totals[group] += cells[key]
            heads[group] += said[key]
            small[group] += said[key] if said[key] < threshold else 0
        masked = [head < threshold for head in heads]
        families.append(Family(fixed=fixed, groups=groups, of_cell=of_cell, totals=totals, masked=masked, hidden_persons=small))
    width = len(keys[0])
    return CountTable(
        columns=tuple(f"column{place}" for place in range(width)),
        keys=keys,
        boardings=[cells[key] for key in keys],
        primary=[said[key] < threshold for key in keys],
        families=families,
    )


@pytest.fixture(name="two_way")
def _two_way() -> TableOf:
    return two_way


@pytest.fixture(name="count_table")
def _count_table() -> Callable[..., CountTable]:
    return count_table
