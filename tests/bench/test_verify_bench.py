"""What verifying ten million records costs, against a bare GROUP BY of the same columns in the same process."""

import sys

import pytest

MEASURE = """
import statistics, sys, time
from pathlib import Path
from auditor.engine.duckdb import DuckDBEngine
from auditor.risk.classes import measure

def timed(action):
    start = time.perf_counter()
    action()
    return time.perf_counter() - start

by = ["moment", "lieu", "profil"]
found = {}
with DuckDBEngine(memory_limit="2GB", threads=2) as engine:
    records = engine.read_parquet([Path(sys.argv[1])])
    def bare(*columns):
        grouped = records.group_by([*by, *columns]).agg(rows=records.count())
        return lambda: engine.rows(grouped.aggregate(least=grouped.rows.min()))
    risk = []
    verify = lambda: risk.append(measure(engine, records, by, "unit", 11, ["famille"], l=2))
    rounds = [(timed(bare("famille", "unit")), timed(verify), timed(bare())) for _ in range(3)]
    found["bare"], found["verify"], found["bare_classes"] = (statistics.median(times) for times in zip(*rounds))
    found |= {name: getattr(risk[0], name) for name in ("person_k", "row_k", "rows", "classes")}
"""


@pytest.mark.bench
def test_person_k_row_k_and_l_of_ten_million_records(weighed, records_file, capsys):
    found = weighed(MEASURE, records_file)

    with capsys.disabled():
        sys.stderr.write(
            f"\n{found['rows']:,} records, {found['classes']:,} classes: {found['verify']:.2f} s, "
            f"{found['verify'] / found['bare']:.2f} x a bare GROUP BY of the same columns ({found['bare']:.2f} s), "
            f"{found['verify'] / found['bare_classes']:.1f} x one of the quasi-identifiers alone; peak {found['peak'] / 2**30:.2f} GiB\n"
        )
    assert found["person_k"] >= 11
    assert found["verify"] <= 3 * found["bare"]
    assert found["peak"] < 4 * 2**30


VERIFY = """
import sys, time
from pathlib import Path
import duckdb
from anonymise.verify import verify_file

connection = duckdb.connect(config={"threads": 2})
start = time.perf_counter()
grouped = f"select moment, lieu, profil, famille, unit, count(*) as n from '{sys.argv[1]}' group by all"
connection.execute(f"select min(n) from ({grouped})").fetchall()
found = {"bare": time.perf_counter() - start}
connection.close()
start = time.perf_counter()
told = verify_file(
    Path(sys.argv[1]), unit_column="unit", quasi_identifiers=("moment", "lieu", "profil"), sensitive=("famille",), k=11, memory_limit="3GB"
)
found |= {"verify": time.perf_counter() - start, "person_k": told.figures["person_k"], "rows": told.rows}
"""


@pytest.mark.bench
def test_the_whole_verification_of_ten_million_records(weighed, records_file, capsys):
    found = weighed(VERIFY, records_file)

    ratio = found["verify"] / found["bare"]
    with capsys.disabled():
        sys.stderr.write(
            f"\n{found['rows']:,} records verified whole in {found['verify']:.2f} s, {ratio:.2f} x a bare GROUP BY of the same "
            f"columns ({found['bare']:.2f} s); peak {found['peak'] / 2**30:.2f} GiB\n"
        )
    assert found["person_k"] >= 11
    assert ratio <= 3
    assert found["peak"] < 4 * 2**30
