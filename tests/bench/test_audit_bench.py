"""What auditing ten million taps costs, against one bare scan of every column of every source in the same run."""

import sys

import pytest

SCAN = """
import sqlite3, sys, time
from pathlib import Path
import duckdb

folder = Path(sys.argv[1]) / "data"
start = time.perf_counter()
connection = duckdb.connect(config={"threads": 2})
rows = 0
for source in ("valideurs", "statistiques"):
    files = f"'{folder}/{source}/*.parquet'"
    columns = [row[0] for row in connection.execute(f"describe select * from {files}").fetchall()]
    asked = ", ".join(f'max("{column}")' for column in columns)
    rows += connection.execute(f"select count(*), {asked} from {files}").fetchone()[0]
for pattern in ("postpaiement/*.csv", "relais/*.csv"):
    for file in folder.glob(pattern):
        rows += sum(1 for _ in file.open("rb"))
back_office = sqlite3.connect(f"file:{folder}/gestion.sqlite?mode=ro", uri=True)
for (table,) in back_office.execute("select name from sqlite_master where type = 'table'").fetchall():
    cursor = back_office.execute(f"select * from {table}")
    while block := cursor.fetchmany(50_000):
        rows += len(block)
back_office.close()
found = {"seconds": time.perf_counter() - start, "rows": rows}
"""

AUDIT = """
import os, sys, time
from contextlib import redirect_stdout, suppress
import cli

sys.argv = ["poincon", "-q", "-n", sys.argv[1], "audit", "--format", "json"]
start = time.perf_counter()
with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), suppress(SystemExit):
    cli.main()
found = {"seconds": time.perf_counter() - start}
"""

DEMO = """
import sys
from pathlib import Path
from auditor.demo import DemoOptions, generate
from policies.registry import starter_files, starter_pieces

generate(Path(sys.argv[1]), DemoOptions(rows=10_000_000, clean=sys.argv[2] == "clean"), starter_files(), lambda *_: None, starter_pieces())
found = {}
"""


@pytest.mark.bench
@pytest.mark.parametrize("twin", ["clean", "planted"])
def test_an_audit_of_ten_million_taps(weighed, tmp_path, capsys, twin):
    network = tmp_path / "lille"
    weighed(DEMO, network, twin)
    scan, audit = weighed(SCAN, network), weighed(AUDIT, network)

    ratio = audit["seconds"] / scan["seconds"]
    with capsys.disabled():
        sys.stderr.write(
            f"\n{twin}: {scan['rows']:,} rows; audit {audit['seconds']:.1f} s, {ratio:.1f} x one full scan ({scan['seconds']:.1f} s); "
            f"peak {audit['peak'] / 2**30:.2f} GiB\n"
        )
    assert audit["peak"] < 4 * 2**30
    assert ratio <= 6
