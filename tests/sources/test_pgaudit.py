"""PostgreSQL's audit log: csvlog lines written as the server and its extension document them."""

import csv
import gzip
import io
from datetime import datetime

import pytest

from auditor.sources.pgaudit import COLUMNS
from auditor.vocabulary.errors import DeclarationProblem, SourceProblem
from auditor.vocabulary.network import ColumnMap, CsvDialect, DataMap, Feed, Source
from policies.faults import Notebook
from policies.mapping import mapping_faults

CARD = "2500000017"
READ = f"select * from clients where carte = '{CARD}'"
MAP = {
    "role": "database_role",
    "accessed_at": "logged_at",
    "table": "object",
    "operation": "operation",
    "rows": "rows",
    "purpose": "purpose",
    "ticket": "ticket",
}
REST = {name: "not needed to say who read what" for name in COLUMNS if name not in MAP.values()}


def audit(*fields):
    """Write the message of one entry: type, statement, sub-statement, class, command, object type and name, text, parameters, rows."""
    return "AUDIT: " + _csv(fields)


def line(message, *, at="2026-10-20 10:00:00.123 CEST", user="sav", application="guichet", session="6714.1", width=26):
    """Write one line of a csvlog: 23 columns up to PostgreSQL 12, 24 with 13, 26 from 14 on."""
    fields = [""] * 26
    fields[0:7] = [at, user, "billettique", "4711", "10.0.0.8:50234", session, "1"]
    fields[7], fields[11], fields[12], fields[13], fields[22] = "SELECT", "LOG", "00000", message, application
    fields[23:26] = ["client backend", "", "-123456789"]
    return _csv(fields[:width])


def _csv(fields):
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow(fields)
    return written.getvalue().removesuffix("\n")


def select(statement=READ, name="public.clients", *, more=(), number=1, **given):
    return line(audit("SESSION", number, 1, "READ", "SELECT", "TABLE", name, statement, "<not logged>", *more), **given)


@pytest.fixture
def log(network, folder, engine, mapped):
    """Open a csvlog as an access log: `log(*lines)` returns (report, entries in order)."""

    def opened(*lines, name="postgresql.csv", content=None, encoding="utf-8"):
        raw = content if content is not None else ("".join(f"{one}\n" for one in lines)).encode(encoding)
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(raw)
        return opened.again(name.partition("/")[0], encoding)

    def again(path, encoding="utf-8"):
        source = Source(path=path, format="pgaudit", csv=CsvDialect(encoding=encoding))
        feed = Feed(store="journaux", source="pg", columns=mapped(MAP), ignore=REST)
        made = network({"pg": source}, {"access_log": (feed,)})
        return made.reports[0], engine.rows(made.relations["access_log"].order_by("accessed_at", "table"))

    opened.again = again
    return opened


@pytest.mark.parametrize("width", [23, 24, 26, 27])
def test_every_version_of_the_server_reads_the_same(log, width):
    report, (entry,) = log(select(width=width))
    assert entry["role"] == "sav"
    assert entry["table"] == "public.clients"
    assert entry["operation"] == "read"
    assert entry["accessed_at"] == datetime(2026, 10, 20, 8, 0, 0, 123000)
    assert (report.rows_read, report.rows_kept, report.rejected, report.unmapped) == (1, 1, {}, ())


def test_a_statement_over_several_lines_with_quotes_and_commas_is_one_entry(log):
    statement = 'select nom,\n  "prénom"\r\nfrom clients -- "tous", oui\nwhere id in (1,\n2)'
    _, entries = log(select(statement), select(name="public.supports", at="2026-10-20 11:00:00 CEST"))
    assert [entry["table"] for entry in entries] == ["public.clients", "public.supports"]


def test_lines_that_are_not_audit_entries_are_passed_over_and_counted(log):
    report, entries = log(
        line("connection authorized: user=sav database=billettique"),
        line("statement: select 1"),
        select(),
        select(name="pg_catalog.pg_class", number=2),
        line("duration: 3.2 ms"),
    )
    assert len(entries) == 1
    assert report.passed_over == {
        "line of the log that is not an audit entry": 3,
        "audit entry about the catalogue of the database": 1,
    }
    assert (report.rows_read, report.rejected) == (1, {})


def test_the_text_of_a_statement_goes_no_further(log, engine):
    report, entries = log(select(f"/* purpose=apres-vente ticket=SAV-1 */ {READ}"), line(f"statement: {READ}"))
    raw = engine.rows(engine._ibis.table("pgaudit_pg"))
    assert tuple(raw[0]) == COLUMNS
    assert CARD not in repr((report, entries, raw))


@pytest.mark.parametrize(
    ("class_", "command", "operation"),
    [
        ("READ", "SELECT", "read"),
        ("READ", "COPY", "export"),
        ("WRITE", "COPY", "create"),
        ("WRITE", "INSERT", "create"),
        ("WRITE", "UPDATE", "update"),
        ("WRITE", "MERGE", "update"),
        ("WRITE", "DELETE", "delete"),
        ("WRITE", "TRUNCATE TABLE", "delete"),
        ("ROLE", "GRANT", "share"),
        ("DDL", "ALTER TABLE", "other"),
        ("MISC", "VACUUM", "other"),
    ],
)
@pytest.mark.parametrize("kind", ["SESSION", "OBJECT"])
def test_each_command_is_one_kind_of_operation(log, kind, class_, command, operation):
    _, (entry,) = log(line(audit(kind, 1, 1, class_, command, "TABLE", "public.clients", "…", "<none>")))
    assert entry["operation"] == operation


def test_an_entry_without_an_object_is_kept_without_a_table(log):
    _, (entry,) = log(line(audit("SESSION", 1, 1, "READ", "SELECT", "", "", READ, "<not logged>")))
    assert entry["table"] is None
    assert entry["operation"] == "read"


def test_quotes_around_a_name_are_not_part_of_it(log):
    _, (entry,) = log(select(name='public."Clients 2026"'))
    assert entry["table"] == "public.Clients 2026"


@pytest.mark.parametrize(("more", "rows"), [((), None), (("17",), 17), (("",), None)])
def test_the_rows_touched_are_read_where_the_server_logs_them(log, more, rows):
    _, (entry,) = log(select(more=more))
    assert entry["rows"] == rows


@pytest.mark.parametrize(
    ("statement", "application", "purpose", "ticket"),
    [
        ("/* purpose=apres-vente ticket=SAV-2026/17 */ select 1", "guichet", "apres-vente", "SAV-2026/17"),
        ("  /* ticket = SAV-1 */ select 1", "guichet purpose=apres-vente ticket=SAV-9", "apres-vente", "SAV-1"),
        ("select 1", "guichet purpose=apres-vente ticket=SAV-9", "apres-vente", "SAV-9"),
        ("select 1 /* purpose=trop-tard */", "guichet", None, None),
        ("select '/* purpose=apres-vente */'", "psql", None, None),
        ("/* purpose=<b>x */ select 1", "psql", None, None),
        ("/* purpose=" + "a" * 65 + " */ select 1", "psql", None, None),
        ("/* purpose=apres-vente\n   ticket=SAV-1 */\nselect 1", "psql", "apres-vente", "SAV-1"),
    ],
)
def test_purpose_and_ticket_come_from_the_head_of_the_statement_or_the_application(log, statement, application, purpose, ticket):
    _, (entry,) = log(select(statement, application=application))
    assert (entry["purpose"], entry["ticket"]) == (purpose, ticket)


def test_what_one_entry_says_holds_for_the_others_of_its_statement(log):
    said = "/* purpose=apres-vente ticket=SAV-1 */ select * from clients join supports using (id)"
    _, entries = log(
        select(said, number=4, at="2026-10-20 10:00:00 CEST"),
        select("<previously logged>", "public.supports", number=4, at="2026-10-20 10:00:01 CEST"),
        select("<previously logged>", "public.supports", number=4, at="2026-10-20 10:00:02 CEST", session="9.9"),
        select("select 1", "public.supports", number=5, at="2026-10-20 10:00:03 CEST"),
    )
    assert [entry["ticket"] for entry in entries] == ["SAV-1", "SAV-1", None, None]


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-10-20 08:00:00 UTC", datetime(2026, 10, 20, 8)),
        ("2026-10-20 10:00:00.5 CEST", datetime(2026, 10, 20, 8, 0, 0, 500000)),
        ("2026-01-20 09:00:00 CET", datetime(2026, 1, 20, 8)),
        ("2026-10-20 12:00:00 +04", datetime(2026, 10, 20, 8)),
        ("2026-10-20 05:00:00 -03", datetime(2026, 10, 20, 8)),
        ("2026-10-20 13:30:00.000 +05:30", datetime(2026, 10, 20, 8)),
    ],
)
def test_times_are_told_in_utc_whatever_the_zone_of_the_log(log, written, utc):
    _, (entry,) = log(select(at=written))
    assert entry["accessed_at"] == utc


@pytest.mark.parametrize("written", ["2026-10-20 08:00:00 IST", "2026-13-20 08:00:00 UTC", "yesterday", "2026-10-20 08:00:00"])
def test_a_time_that_could_mean_two_instants_is_refused_and_counted(log, written):
    report, entries = log(select(), select(at=written))
    assert len(entries) == 1
    assert report.rejected == {"audit entry whose time or time zone cannot be read": 1}


def test_broken_lines_and_entries_are_refused_and_counted(log):
    report, entries = log("a,b,c", select(), line("AUDIT: SESSION,1,1"), line("AUDIT: "), line("AUDIT: OTHER,1,1,READ,SELECT,,,x,y"))
    assert len(entries) == 1
    assert report.rejected == {"line that is not one of a csvlog": 1, "audit entry that cannot be cut into fields": 3}


def test_a_field_longer_than_the_usual_limit_is_read(log):
    limit = csv.field_size_limit()
    _, (entry,) = log(select("insert into t values " + "(1, 'x'), " * 40_000))
    assert entry["table"] == "public.clients"
    assert csv.field_size_limit() == limit


def test_a_folder_of_rotated_logs_is_one_log_and_an_empty_one_is_a_quiet_night(log, folder):
    log(select(), name="pg_log/postgresql-2026-10-20.csv")
    (folder / "pg_log" / "postgresql-2026-10-21.csv").write_bytes(b"")
    (folder / "pg_log" / "postgresql-2026-10-22.csv.gz").write_bytes(gzip.compress((select(at="2026-10-22 10:00:00 UTC") + "\n").encode()))
    (folder / "pg_log" / "postgresql-2026-10-20.log").write_text("2026-10-20 LOG: the same lines, for people\n")
    report, entries = log.again("pg_log")
    assert [entry["accessed_at"].day for entry in entries] == [20, 22]
    assert report.rejected == {}


def test_an_odd_byte_in_a_statement_of_another_database_does_not_stop_the_reading(log):
    _, (entry,) = log(content=select("select 'é'").encode("latin-1") + b"\n")
    assert entry["table"] == "public.clients"


def test_a_log_in_another_encoding_keeps_its_names(log):
    _, (entry,) = log(select(name="public.clients_privilégiés"), encoding="latin-1")
    assert entry["table"] == "public.clients_privilégiés"


def test_a_log_without_a_single_entry_is_empty_and_not_an_error(log):
    report, entries = log(line("connection received"))
    assert (entries, report.rows_read) == ([], 0)


def test_a_file_that_is_no_csvlog_is_refused_with_what_to_do(log):
    with pytest.raises(SourceProblem, match=r"(?s)is not a csvlog of PostgreSQL.*log_destination"):
        log("2026-10-20 08:00:00 UTC [4711] LOG:  AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.clients,x,y")


def test_a_compressed_log_cut_short_is_refused_without_its_words(log):
    whole = gzip.compress("".join(select(f"select {number * 7919}") + "\n" for number in range(5_000)).encode())
    with pytest.raises(SourceProblem, match="cannot be read to the end") as problem:
        log(content=whole[: len(whole) // 2], name="postgresql.csv.gz")
    assert "select" not in str(problem.value)


def test_more_entries_than_one_batch_are_all_read(log, monkeypatch):
    monkeypatch.setattr("auditor.sources.pgaudit._BATCH", 7)
    report, entries = log(*(select(number=number, session=f"s{number}") for number in range(50)))
    assert (len(entries), report.rows_kept) == (50, 50)


def test_what_sessions_say_is_forgotten_before_it_fills_the_memory(log, monkeypatch):
    monkeypatch.setattr("auditor.sources.pgaudit._SESSIONS", 2)
    said = "/* purpose=apres-vente */ select 1"
    _, entries = log(
        select(said, session="a", at="2026-10-20 10:00:00 UTC"),
        select(session="b", at="2026-10-20 10:00:01 UTC"),
        select(session="c", at="2026-10-20 10:00:02 UTC"),
        select("<previously logged>", session="a", at="2026-10-20 10:00:03 UTC"),
    )
    assert [entry["purpose"] for entry in entries] == ["apres-vente", None, None, None]


def test_an_encoding_that_does_not_exist_is_a_fault_of_the_mapping(log):
    with pytest.raises(DeclarationProblem, match="is not an encoding"):
        log(content=b"x", encoding="cp-1253-fr")


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        (Source(url="sqlite:///x", format="pgaudit"), "is a database, not its log"),
        (Source(path="log", format="pgaudit", csv=CsvDialect(separator=";")), "`separator` would not be followed"),
        (Source(path="log", format="pgaudit", csv=CsvDialect(header=False, columns=("a",))), "`columns` would not be followed"),
    ],
)
def test_what_a_csvlog_cannot_be_is_a_fault_of_the_mapping(source, fault):
    feed = Feed(store="journaux", source="pg", columns={"accessed_at": ColumnMap(column="logged_at")})
    mapping = DataMap(sources={"pg": source}, tables={"access_log": (feed,)})
    notes = Notebook(file="mapping.yml", lines={})
    assert any(fault in found.what for found in mapping_faults(mapping, notes))
