"""A back office on PostgreSQL: the same audit as on files, through an account that can only read."""

import contextlib
import json
import re

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

import cli
from auditor.engine.duckdb import DuckDBEngine
from auditor.sources import databases, open_network, postgres
from auditor.vocabulary.errors import CouldNotCheck
from policies.network import open_folder

pytestmark = pytest.mark.slow
FEW = [word for rule in ("BIL-RET-CLIENT", "BIL-OPP-HUMAIN", "BIL-DEST-LISTE", "REG-CONCORDANCE") for word in ("--select", rule)]
"""Rules on the customers, on the block list, on the grants and on the register: none of them looks at contents."""


def audit(folder, *arguments):
    """Audit in this process; return the exit code and the document printed."""
    asked = ["-q", "-n", str(folder), "audit", "--format", "json", "--no-history", *arguments]
    done = CliRunner().invoke(cli.cli, asked, standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.return_value or 0, json.loads(done.stdout)


@pytest.fixture(scope="module", params=["planted", "clean"])
def twins(request, tmp_path_factory, move):
    """The same small network twice: on SQLite files, and on the server."""
    yield from _twins(request.param, tmp_path_factory, move)


@pytest.fixture(scope="module")
def twin(tmp_path_factory, move):
    yield from _twins("small", tmp_path_factory, move)


def _twins(name, tmp_path_factory, move):
    root = tmp_path_factory.mktemp(name)
    size = ["--cards", "300", "--days", "7", "--data-only", *(["--clean"] if name == "clean" else [])]
    done = CliRunner().invoke(cli.cli, ["-q", "demo", str(root / "files"), *size], standalone_mode=False)
    assert done.exception is None
    moved = move(root / "files", root / "server", f"poincon_{name}")
    with pytest.MonkeyPatch.context() as patch:
        for variable, url in moved.environment.items():
            patch.setenv(variable, url)
        yield root / "files", moved


@pytest.fixture(scope="module")
def expected(twin):
    """What the same few rules find on the files."""
    code, document = audit(twin[0], *FEW)
    assert code == 1
    return document


@pytest.fixture
def administrator(twin, postgresql):
    """Change something on the server as its administrator: `administrator(sql)`."""

    def run(*statements):
        with postgresql.connected(twin[1].url) as connection:
            return [connection.exec_driver_sql(statement) for statement in statements]

    return run


@pytest.fixture
def statements():
    """Every statement sent to the server meanwhile, as written."""
    sent = []

    def note(connection, _cursor, statement, *_):
        if connection.dialect.name == "postgresql":
            sent.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    yield sent
    sa.event.remove(sa.Engine, "before_cursor_execute", note)


def rules(document):
    return {rule["id"]: rule for rule in document["rules"]}


def test_the_same_audit_gives_the_same_outcomes(twins):
    files, moved = twins
    expected_code, expected = audit(files)
    code, found = audit(moved.folder)
    assert code == expected_code
    assert found["absent_sources"] == []
    assert found["summary"] == expected["summary"]
    assert len(found["rules"]) == found["summary"]["rules"] > 60
    assert rules(found) == rules(expected)
    assert found["readings"] == expected["readings"]


def test_a_table_this_account_may_not_read_could_not_be_checked_and_the_rest_goes_on(twin, administrator, expected):
    _, moved = twin
    administrator("revoke select on gestion.clients from poincon_small_auditor")
    try:
        code, found = audit(moved.folder, *FEW)
    finally:
        administrator("grant select on gestion.clients to poincon_small_auditor")
    said = "Source gestion.clients: this account has no right to read it."
    assert code == 3
    assert found["absent_sources"] == [{"reason": said, "source": "gestion.clients", "tables": ["customers"]}]
    outcomes, before = rules(found), rules(expected)
    assert outcomes["BIL-RET-CLIENT"]["verdict"] == "could-not-check"
    assert said in json.dumps(outcomes["BIL-RET-CLIENT"], ensure_ascii=False)
    assert outcomes["BIL-OPP-HUMAIN"] == before["BIL-OPP-HUMAIN"]
    assert outcomes["BIL-DEST-LISTE"] == before["BIL-DEST-LISTE"]
    # The register does not believe a table gone that could not be read.
    findings = outcomes["REG-CONCORDANCE"]["findings"]
    assert "gestion.clients" not in {one["place"].get("table") for one in findings if one["evidence"]["kind"] == "table-gone"}


def test_only_mapped_columns_leave_the_server(twin, statements, expected):
    _, moved = twin
    code, found = audit(moved.folder, *FEW)
    sent = "\n".join(statements)
    assert rules(found) == rules(expected)
    assert code == 1
    assert re.search(r"select .*id_client.* from clients", sent)
    for unmapped in ("prenom", "numero_cb", "cryptogramme", "empreinte_mdp"):
        assert unmapped not in sent
    assert "*" not in re.sub(r"count\(\*\)", "", "\n".join(line for line in statements if line.startswith("select ")))


def test_an_account_with_rights_on_the_mapped_columns_alone_is_enough(twin, administrator, expected):
    _, moved = twin
    mapped = "id_client, nom, date_naissance, courriel, telephone, adresse, ouvert_le, clos_le, motif_cloture, commentaire"
    administrator(
        "revoke select on gestion.clients from poincon_small_auditor",
        f"grant select ({mapped}) on gestion.clients to poincon_small_auditor",
    )
    try:
        code, found = audit(moved.folder, *FEW)
        # Recognising contents looks at every column: that one question stays open, with its cause.
        _, looked = audit(moved.folder, "--select", "BIL-DON-LIBRE")
    finally:
        administrator("grant select on gestion.clients to poincon_small_auditor")
    assert (code, found["absent_sources"]) == (1, [])
    assert rules(found) == rules(expected)
    assert rules(looked)["BIL-DON-LIBRE"]["verdict"] == "could-not-check"
    assert "no right to read it" in json.dumps(looked)


def test_every_statement_only_reads_and_no_transaction_number_is_taken(twin, statements, monkeypatch):
    _, moved = twin
    taken = []
    ours = databases.postgres.opened

    @contextlib.contextmanager
    def watched(name, url):
        with ours(name, url) as connection:
            yield connection
            taken.append(connection.exec_driver_sql("select pg_current_xact_id_if_assigned()").scalar())

    monkeypatch.setattr(postgres, "opened", watched)
    audit(moved.folder, *FEW[:2])
    words = {re.match(r"\s*(\w+)", statement)[1].lower() for statement in statements}
    assert words <= {"select", "show", "savepoint", "release", "rollback"}
    assert len(taken) > 5
    assert set(taken) == {None}


def state(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_server_that_goes_away_in_the_middle_could_not_be_checked_and_leaves_nothing(
    twin, administrator, expected, monkeypatch, tmp_path
):
    _, moved = twin
    served = databases._served

    def cut(connection, quoted, columns):
        batches = served(connection, quoted, columns)
        yield next(batches)
        if quoted == "clients":
            process = connection.connection.dbapi_connection.info.backend_pid
            administrator(f"select pg_terminate_backend({process})")
        yield from batches

    monkeypatch.setattr(databases, "_served", cut)
    monkeypatch.setattr(databases, "_BATCH_ROWS", 20)
    before = state(moved.folder)
    target = tmp_path / "audit.json"
    code, found = audit(moved.folder, *FEW, "-o", f"json={target}")
    assert code == 3
    reasons = {absent["source"]: absent["reason"] for absent in found["absent_sources"]}
    assert "stopped answering while it was read" in reasons["gestion.clients"]
    # Tables copied before the cut are whole, those after it are not there, and other databases go on.
    read = {reading["physical"] for reading in found["readings"]}
    assert "gestion.supports" in read
    assert not read & reasons.keys()
    assert {"journal.acces", "exploitation.comptes", "conformite.demandes"} <= read
    assert found["readings"] == [reading for reading in expected["readings"] if reading["physical"] in read]
    assert rules(found)["BIL-RET-CLIENT"]["verdict"] == "could-not-check"
    assert json.loads(target.read_text(encoding="utf-8")) == found
    assert state(moved.folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["audit.json"]


def test_a_table_locked_by_another_program_is_waited_for_a_little_then_left(twin, postgresql, monkeypatch):
    _, moved = twin
    monkeypatch.setattr(postgres, "_READ_ONLY", postgres._READ_ONLY.replace("10s", "200ms"))
    with postgresql.connected(moved.url) as connection:
        connection.exec_driver_sql("lock table gestion.clients in access exclusive mode")
        code, found = audit(moved.folder, *FEW[:2])
    assert code == 3
    (absent,) = found["absent_sources"]
    assert absent["reason"] == "Source gestion.clients is locked by another program."


def test_a_view_and_a_partitioned_table_are_sources_like_any_other(twin, administrator):
    files, moved = twin
    administrator(
        "create view gestion.vue_clients as select * from gestion.clients",
        "create table gestion.ventes_p (like gestion.ventes) partition by range (vendu_le)",
        "create table gestion.ventes_p1 partition of gestion.ventes_p for values from (minvalue) to ('2026-10-01')",
        "create table gestion.ventes_p2 partition of gestion.ventes_p for values from ('2026-10-01') to (maxvalue)",
        "insert into gestion.ventes_p select * from gestion.ventes",
        "grant select on gestion.vue_clients, gestion.ventes_p to poincon_small_auditor",
    )
    mapping = moved.folder / "mapping.yml"
    written = mapping.read_text(encoding="utf-8")
    other = written.replace("source: gestion.clients", "source: gestion.vue_clients").replace("gestion.ventes\n", "gestion.ventes_p\n")
    assert other.count("vue_clients") == other.count("ventes_p\n") == 1
    mapping.write_text(other, encoding="utf-8")
    try:
        counts = counted(moved.folder)
    finally:
        mapping.write_text(written, encoding="utf-8")
    assert counts == counted(files)


def counted(folder):
    with DuckDBEngine(memory_limit="500MB", threads=1) as engine:
        opened = open_network(open_folder(folder).place, engine, every_column=False)
        assert opened.absent_sources == ()
        tables = [opened.relations[name] for name in ("customers", "sales")]
        return [engine.rows(table.aggregate(rows=table.count(), persons=table.customer.nunique())) for table in tables]


def test_a_whole_row_is_not_told_from_its_mapped_columns(twin):
    _, moved = twin
    with DuckDBEngine(memory_limit="500MB", threads=1) as engine:
        opened = open_network(open_folder(moved.folder).place, engine, every_column=False)
        with pytest.raises(CouldNotCheck, match="through its mapped columns only"):
            opened.rows_about("customers", "customer", [1])
        assert "prenom" in opened.raw["gestion.clients"].columns
        whole = open_network(open_folder(moved.folder).place, engine)
        assert any("prenom" in rows.columns for rows in whole.rows_about("customers", "customer", [1]))
