"""Measurements, on demand: invented records by the million, written once per session, and processes to weigh."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

RELEASED = ("moment", "lieu", "profil", "famille")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave measurements out of a plain run, and say so: their figures need a quiet machine."""
    if "bench" not in config.getoption("-m"):
        for item in items:
            if item.get_closest_marker("bench"):
                item.add_marker(pytest.mark.skip(reason="a measurement, run on demand: pytest tests/bench -m bench"))


def write_records(path: Path, rows: int, cards: int, k: int) -> Path:
    """Write generalised, unlinked records of skewed places, hours and travellers, every class of at least k cards.

    Columns: moment (hour label, 14 days), lieu (zone), profil, famille, and unit (the person, for the witness).
    """
    connection = duckdb.connect(config={"temp_directory": str(path.parent / "spill"), "preserve_insertion_order": "false"})
    try:
        draws = ", ".join(
            f"(hash(i * {prime} + 1) % 1000003) / 1000003.0 as {name}" for prime, name in zip((7, 3, 5, 11, 13, 17), "abcdef", strict=True)
        )
        connection.execute(
            f"""
            create temp table taps as
            with drawn as (select {draws} from range({rows}) as numbers(i))
            select
                strftime(date '2026-10-17' + (f * 14)::int, '%Y-%m-%d ')
                    || lpad((5 + floor(b * b * 19)::int)::varchar, 2, '0') || ':00' as moment,
                'Z' || floor(c * c * c * 20)::int as lieu,
                'C' || floor(e * e * 6)::int as profil,
                'F' || floor(d * d * 6)::int as famille,
                floor(a * a * {cards})::int as unit
            from drawn
            """
        )
        connection.execute(
            f"""
            copy (
                select taps.* from taps semi join (
                    select moment, lieu, profil from taps group by all having count(distinct unit) >= {k}
                ) as large using (moment, lieu, profil)
            ) to '{path}' (format parquet, compression zstd)
            """
        )
    finally:
        connection.close()
    return path


@pytest.fixture(scope="session")
def records_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten million records, 250,000 persons, k 11."""
    return write_records(tmp_path_factory.mktemp("bench") / "records.parquet", 10_000_000, 250_000, 11)


@pytest.fixture
def weighed() -> Callable[..., dict[str, Any]]:
    """Run a script in a process of its own; return what it prints (one JSON object) with its peak memory in bytes."""
    tail = "\nimport json, resource\nfound['peak'] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024\nprint(json.dumps(found))\n"

    def run(script: str, *arguments: object) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-c", script + tail, *map(str, arguments)],
            check=True,
            capture_output=True,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        return json.loads(done.stdout.splitlines()[-1])

    return run
