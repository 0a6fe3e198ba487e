"""Bad input gets a clear message (what, why it matters, what to do), the right exit code, and leaves nothing half-written."""

import sqlite3
from pathlib import Path

import pytest


def _edit(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text, f"{before!r} is not in {path.name}"
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def _first(folder: Path, pattern: str) -> Path:
    return min(folder.glob(pattern))


def _missing_column(net):
    _edit(net / "mapping.yml", "numero_carte", "numero_de_la_carte")


def _wrong_type_in_toml(net):
    _edit(net / "poincon.toml", "[cards]", '[cards]\nlength = "dix"\n# ')


def _unreadable_encoding(net):
    path = net / "data" / "relais" / "file_attente.csv"
    path.write_bytes(path.read_bytes() + b"\xff\xfe\x80 caf\xe9\n")


def _empty_file(net):
    (net / "data" / "relais" / "file_attente.csv").write_bytes(b"")


def _truncated_parquet(net):
    path = _first(net / "data" / "valideurs", "*.parquet")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _absent_database(net):
    (net / "data" / "gestion.sqlite").unlink()


def _not_a_database(net):
    (net / "data" / "gestion.sqlite").write_bytes(b"this is not a database, whatever its name says" * 30)


def _unknown_key(net):
    path = _first(net / "registre", "*.yml")
    path.write_text(path.read_text(encoding="utf-8") + "\nfinalitee: statistiques\n", encoding="utf-8")


def _unknown_purpose(net):
    path = net / "releases" / "frequentation-lignes.yml"
    text = path.read_text(encoding="utf-8")
    line = next(line for line in text.split("\n") if line.startswith("purpose:"))
    _edit(path, line, "purpose: prospection-inventee")


def _k_below_the_class(net):
    path = net / "releases" / "frequentation-lignes.yml"
    line = next(line for line in path.read_text(encoding="utf-8").split("\n") if line.startswith("k:"))
    _edit(path, line, "k: 3")


def _impossible_k(net):
    path = net / "releases" / "titres-par-zone.yml"
    line = next(line for line in path.read_text(encoding="utf-8").split("\n") if line.startswith("k:"))
    _edit(path, line, "k: 1000000")


def _hierarchy_with_a_gap(net):
    path = net / "reference" / "arrets.csv"
    lines = path.read_text(encoding="utf-8").split("\n")
    path.write_text("\n".join(lines[:1] + lines[40:]), encoding="utf-8")


AUDIT, COUNTS, RECORDS = ["audit"], ["release", "build", "frequentation-lignes"], ["release", "build", "titres-par-zone"]
CASES = {
    "a mapped column that is gone": (_missing_column, AUDIT, 2, "numero_de_la_carte"),
    "a word where a number is due": (_wrong_type_in_toml, AUDIT, 2, "poincon.toml:"),
    "bytes that are not of the declared encoding": (_unreadable_encoding, AUDIT, 3, "utf-8"),
    "an empty file": (_empty_file, AUDIT, 3, "file_attente.csv"),
    "a truncated Parquet file": (_truncated_parquet, AUDIT, 3, "Parquet"),
    "an absent database": (_absent_database, AUDIT, 3, "gestion"),
    "a file that is no database": (_not_a_database, AUDIT, 3, "gestion"),
    "an unknown key in the register": (_unknown_key, AUDIT, 2, "finalitee"),
    "an unknown purpose in a plan": (_unknown_purpose, COUNTS, 2, "prospection-inventee"),
    "a threshold below what the class allows": (_k_below_the_class, COUNTS, 2, "11"),
    "a threshold nobody can meet": (_impossible_k, RECORDS, 4, "1000000"),
    "a stop that the hierarchy does not know": (_hierarchy_with_a_gap, RECORDS, 2, "stop"),
}


@pytest.mark.parametrize(("spoil", "command", "code", "said"), CASES.values(), ids=CASES)
def test_it_is_told_plainly(network, poincon, spoil, command, code, said):
    spoil(network)
    done = poincon("-n", network, *command, cwd=network.parent)
    assert done.returncode == code, done.stderr + done.stdout
    assert said in done.stderr.replace("\N{NARROW NO-BREAK SPACE}", "")
    assert "Traceback" not in done.stderr
    assert "Next:" in done.stderr
    assert not [path for path in network.rglob("*") if path.suffix == ".part" or "staging" in path.name]
    assert not list((network / "published").glob("*.csv")) + list((network / "published").glob("*.parquet"))


def test_a_locked_database_is_told_or_read_but_never_waited_for_in_silence(network, poincon):
    holder = sqlite3.connect(network / "data" / "gestion.sqlite", isolation_level=None)
    try:
        holder.execute("begin exclusive")
        done = poincon("-n", network, "audit", cwd=network.parent)
    finally:
        holder.rollback()
        holder.close()
    assert done.returncode == 3, done.stdout
    assert "gestion" in done.stderr
    assert "locked" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["-n", "nowhere", "audit"], 2),
        (["explain", "BIL-INCONNUE"], 2),
        (["audit", "--no-such-option"], 2),
        (["--now", "hier", "audit"], 2),
    ],
)
def test_wrong_usage_exits_two(network, poincon, arguments, code):
    base = [] if arguments[0] == "-n" else ["-n", network]
    done = poincon(*base, *arguments, cwd=network.parent)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
