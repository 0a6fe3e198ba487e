"""A few thousand taps of an invented network, and the plan of their release."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
import pytest

from anonymise.generalise import Calendar, References
from auditor.engine.base import Relation
from auditor.engine.duckdb import DuckDBEngine
from auditor.vocabulary.releases import Diversity, RecipientClass, ReleaseColumn, ReleasePlan, ReleaseRecipient

COLUMNS = (
    ReleaseColumn(name="moment", source="tapped_at", hierarchy="time"),
    ReleaseColumn(name="lieu", source="stop", hierarchy="place"),
    ReleaseColumn(name="famille", source="product", hierarchy="product", finest="family", sensitive=True),
)


@dataclass(frozen=True, kw_only=True)
class Small:
    """What a release of records is made from."""

    engine: DuckDBEngine
    rows: Relation
    references: References
    calendar: Calendar
    plan: Callable[..., ReleasePlan]


def make_plan(**changes: object) -> ReleasePlan:
    facts = {
        "id": "titres-par-zone",
        "title": "Titres par zone",
        "kind": "records",
        "purpose": "statistiques",
        "recipient": ReleaseRecipient(name="bureau d’études", recipient_class=RecipientClass.B),
        "columns": COLUMNS,
        "k": 5,
        "diversity": Diversity(distinct=2),
    }
    return ReleasePlan(**(facts | changes))


def taps(seed: int, number: int, persons: int) -> pa.Table:
    """Invent taps: skewed places and hours, some persons often, a few stops missing, a few rows that name nobody."""
    chance = random.Random(seed)
    start = datetime(2026, 10, 29, 2)
    return pa.table(
        {
            "tapped_at": pa.array(
                [start + timedelta(minutes=int(chance.random() ** 1.5 * 2 * 1440)) for _ in range(number)], pa.timestamp("us")
            ),
            "stop": [f"S{int(chance.random() ** 2 * 12)}" if chance.random() > 0.02 else None for _ in range(number)],
            "product": [f"P{int(chance.random() ** 2 * 6)}" for _ in range(number)],
            "unit": [f"v1.{int(chance.random() ** 2 * persons)}" if chance.random() > 0.01 else None for _ in range(number)],
        }
    )


@pytest.fixture(scope="session")
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine(threads=2) as opened:
        yield opened


@pytest.fixture(scope="session")
def small(engine: DuckDBEngine) -> Small:
    stops = pa.table(
        {"stop": [f"S{n}" for n in range(12)], "station": [f"G{n // 2}" for n in range(12)], "zone": [f"Z{n // 6}" for n in range(12)]}
    )
    products = pa.table({"product": [f"P{n}" for n in range(6)], "family": [f"F{n % 3}" for n in range(6)]})
    return Small(
        engine=engine,
        rows=engine.load("small_taps", taps(7, 4000, 600)),
        references=References(stops=engine.load("small_stops", stops), products=engine.load("small_products", products)),
        calendar=Calendar(),
        plan=make_plan,
    )
