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
for file in folder.rglob("*.csv"):
    rows += sum(1 for _ in file.open("rb"))
for base in folder.rglob("*.sqlite"):
    connected = sqlite3.connect(f"file:{base}?mode=ro", uri=True)
    for (table,) in connected.execute("select name from sqlite_master where type = 'table'").fetchall():
        cursor = connected.execute(f"select * from {table}")
        while block := cursor.fetchmany(50_000):
            rows += len(block)
    connected.close()
found = {"seconds": time.perf_counter() - start, "rows": rows}
"""

AUDIT = """
import os, sys, time
from contextlib import redirect_stdout, suppress
import cli

sys.argv = ["poincon", "-q", "-n", sys.argv[1], "audit", "--no-history", "--format", "json", *sys.argv[2:]]
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


FIFTEEN = (
    "BIL-STAT-AU015", "BIL-PERIM-FINALITES", "BIL-RET-CLIENT", "BIL-RET-VALID-48H", "BIL-RET-VALID-TARDIVE", "BIL-RET-POSTPAIE-4M",
    "BIL-RET-IMPAYE-REGUL", "BIL-TIT-ANONYME", "BIL-TIT-DECLARATIF", "BIL-ANO-METHODES", "BIL-ANO-HASH", "RGPD-ANO-INDIV", "REG-CHAMPS",
    "REG-CONCORDANCE", "AIPD-OBLIG",
)  # fmt: skip
"""The rules of the first release: those that read the taps most."""


@pytest.mark.bench
@pytest.mark.parametrize("twin", ["clean", "planted"])
def test_an_audit_of_ten_million_taps(weighed, tmp_path, capsys, twin):
    network = tmp_path / "lille"
    weighed(DEMO, network, twin)
    scan = weighed(SCAN, network)
    few = weighed(AUDIT, network, *(word for rule in FIFTEEN for word in ("--select", rule)))
    whole = weighed(AUDIT, network)

    with capsys.disabled():
        for name, audit in (("fifteen rules", few), ("whole rulebook", whole)):
            ratio = audit["seconds"] / scan["seconds"]
            sys.stderr.write(
                f"\n{twin}: {scan['rows']:,} rows; {name} {audit['seconds']:.1f} s, {ratio:.1f} x one full scan "
                f"({scan['seconds']:.1f} s); peak {audit['peak'] / 2**30:.2f} GiB\n"
            )
    assert max(few["peak"], whole["peak"]) < 4 * 2**30
    assert few["seconds"] <= 6 * scan["seconds"]
    assert whole["seconds"] <= 10 * scan["seconds"]
