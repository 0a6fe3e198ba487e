"""A small network in memory: 400 cards, two days, four lines, one of them seldom used."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from anonymise.generalise import Calendar
from anonymise.keys import KeyStore, RootKey
from anonymise.ledger import Ledger
from anonymise.release import BuildRequest
from auditor.engine.duckdb import DuckDBEngine
from auditor.vocabulary.network import CardGrammar
from auditor.vocabulary.releases import (
    Diversity,
    RecipientClass,
    ReleaseColumn,
    ReleasePlan,
    ReleaseRecipient,
    UtilityQuestion,
)

NOW = datetime(2026, 10, 31, 5, tzinfo=UTC)
GRAMMAR = CardGrammar(length=10, prefixes=("250",), check_digit="luhn")

LINE = ReleaseColumn(name="ligne", source="line", hierarchy="line", finest="line", coarsest="line")
HOUR = ReleaseColumn(name="heure", source="tapped_at", hierarchy="time", finest="hour", coarsest="all")
DAY = ReleaseColumn(name="jour", source="tapped_at", hierarchy="time", finest="day", coarsest="day")
FAMILY = ReleaseColumn(name="famille", source="product", hierarchy="product", finest="family", sensitive=True)

COUNTS = ReleasePlan(
    id="frequentation-lignes",
    title="Fréquentation par ligne et par heure",
    kind="counts",
    purpose="statistiques",
    recipient=ReleaseRecipient(name="public", recipient_class=RecipientClass.A),
    columns=(LINE, HOUR, DAY),
    margins=(("ligne", "jour"), ()),
    k=11,
    utility=(
        UtilityQuestion(id="par-jour", title="Montées par ligne et par jour", by=("ligne", "jour")),
        UtilityQuestion(id="par-heure", title="Montées par heure", by=("heure",), tolerance=0.2),
    ),
)
RECORDS = ReleasePlan(
    id="titres",
    title="Validations par famille de titres",
    kind="records",
    purpose="statistiques",
    recipient=ReleaseRecipient(name="bureau d’études", recipient_class=RecipientClass.B),
    columns=(LINE, HOUR, FAMILY),
    k=5,
    diversity=Diversity(distinct=2),
    suppression_limit=0.3,
    utility=(UtilityQuestion(id="par-ligne", title="Montées par ligne", by=("ligne",)),),
)


def taps(seed: int = 7, cards: int = 400, rows: int = 6000) -> pa.Table:
    """Draw taps: everyone has a usual line and hour; one line is seldom used."""
    draw = random.Random(seed)
    habits = {card: (draw.choices(["L1", "L2", "L3", "N9"], [6, 4, 2, 0.2])[0], draw.choice([7, 8, 12, 17, 18])) for card in range(cards)}
    found = []
    for _ in range(rows):
        card = draw.randrange(cards)
        line, hour = habits[card]
        day = datetime(2026, 10, draw.choice([28, 29]), tzinfo=UTC).replace(tzinfo=None)
        found.append((card, line, day + timedelta(hours=hour - 1, minutes=draw.randrange(60)), draw.choice(["P1", "P2", "T1"])))
    columns = list(zip(*found, strict=True))
    return pa.table(
        {
            "card": pa.array(columns[0], pa.int64()),
            "line": pa.array(columns[1]),
            "tapped_at": pa.array(columns[2], pa.timestamp("us")),
            "product": pa.array(columns[3]),
            "service_day": pa.array([None] * rows, pa.date32()),
            "store": pa.array(["base-active"] * rows),
        }
    )


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine(memory_limit="1GB") as opened:
        yield opened


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore.open(tmp_path / "keys", RootKey.from_file(tmp_path / "root.key"))


@pytest.fixture
def ledger(tmp_path: Path, keys: KeyStore) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger" / "ledger.sqlite", signer=keys.signing_key())
    yield opened
    opened.close()


def request_in(folder: Path, engine: DuckDBEngine, keys: KeyStore, ledger: Ledger, plan: ReleasePlan, data: pa.Table) -> BuildRequest:
    """A build of `plan` from `data`, with everything it writes inside `folder`."""
    numbers = pa.table({"key": pa.array(range(2000), pa.int64()), "text": [f"250{card:07d}" for card in range(2000)]})
    products = pa.table({"product": ["P1", "P2", "T1"], "family": ["abonnement", "abonnement", "ticket"]})
    return BuildRequest(
        engine=engine,
        plan=plan,
        plan_digest="0" * 64,
        relations={"validations": engine.load("validations", data), "products": engine.load("products", products)},
        identifiers={"card": engine.load("numbers", numbers)},
        calendar=Calendar(),
        keys=keys,
        ledger=ledger,
        folder=folder / "published",
        workdir=folder / "private",
        now=NOW,
        progress=lambda _: None,
        grammar=GRAMMAR,
        publisher="Métropole d’essai",
    )


@pytest.fixture
def request_for(tmp_path: Path, engine: DuckDBEngine, keys: KeyStore, ledger: Ledger) -> Callable[..., BuildRequest]:
    def make(plan: ReleasePlan, data: pa.Table | None = None, **changes: object) -> BuildRequest:
        request = request_in(tmp_path, engine, keys, ledger, plan, taps() if data is None else data)
        return replace(request, **changes)  # type: ignore[arg-type]

    return make


@pytest.fixture
def counts() -> ReleasePlan:
    return COUNTS


@pytest.fixture
def records() -> ReleasePlan:
    return RECORDS


@pytest.fixture
def drawn() -> pa.Table:
    return taps()
