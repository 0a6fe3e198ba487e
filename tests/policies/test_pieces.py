"""The evidence folder: what it refuses, what it says of each document, and what the rules then take for shown."""

import hashlib
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import get_args

import pytest

from auditor.engine.duckdb import DuckDBEngine
from auditor.recorded import recorded
from auditor.rules import TableAbsent, Tables
from auditor.vocabulary.asked import ASKED
from auditor.vocabulary.durations import Duration
from auditor.vocabulary.errors import DeclarationProblem
from auditor.vocabulary.pieces import Piece, PieceKind, Shown
from auditor.vocabulary.register import Activity, Declared, Register
from policies.network import open_folder
from policies.pieces import SCHEMAS, misnamed, piece_tables, read_pieces
from policies.rules.pieces import PIECE_KINDS, facts_of, in_force, lacking, once, pieces_of, shown, worded

AS_OF = datetime(2026, 10, 31, 5)
TEXT = b"Mention d'information, version 3\n"
DIGEST = hashlib.sha256(TEXT).hexdigest()
SIMPLE = "id: mention\nkind: notice\ntitle: Mention\n"


@pytest.fixture(scope="module")
def engine():
    with DuckDBEngine(memory_limit="256MB", threads=1) as opened:
        yield opened


@pytest.fixture
def network(tmp_path):
    (tmp_path / "evidence").mkdir()
    return tmp_path


def _write(network, text, name="mention.yml"):
    (network / "evidence" / name).write_text(text, encoding="utf-8")


def _faults(network, text):
    _write(network, text)
    pieces, faults = read_pieces(network)
    assert pieces is not None
    return [str(fault) for fault in faults]


def _tables(engine, *pieces, as_of=AS_OF, **beside):
    read = [Shown(piece=piece, file=f"evidence/{piece.id}.yml", document_state=state, lines={"kind": 2}) for piece, state in pieces]
    return Tables(relations={**piece_tables(read), **beside}, as_of=as_of, ask=engine.rows)


def _piece(name="mention", kind="notice", **said):
    return Piece(**{"id": name, "kind": kind, "title": name, "dated": date(2026, 1, 1), **said})


def _kinds(faults):
    return [fault["kind"] for fault in faults]


def test_a_network_without_the_folder_says_nothing_and_not_that_it_has_nothing(tmp_path, engine):
    assert read_pieces(tmp_path) == (None, [])
    assert piece_tables(None) == {}
    with pytest.raises(TableAbsent):
        shown(Tables(relations=piece_tables(None), as_of=AS_OF, ask=engine.rows), "notice")


def test_an_empty_folder_says_that_nothing_is_on_file(network, engine):
    pieces, faults = read_pieces(network)
    assert (pieces, faults) == ((), [])
    tables = Tables(relations=piece_tables(pieces), as_of=AS_OF, ask=engine.rows)
    assert shown(tables, "notice") == [{"kind": "piece-missing", "missing": "notice"}]


def test_every_relation_exists_with_its_columns(engine):
    tables = piece_tables([])
    assert set(tables) == set(SCHEMAS)
    for name, relation in tables.items():
        assert tuple(relation.columns) == tuple(SCHEMAS[name].names)
        assert engine.rows(relation) == []


def test_a_piece_is_read_whole_with_its_place(network, engine):
    (network / "evidence" / "mention.pdf").write_bytes(TEXT)
    _write(
        network,
        f"{SIMPLE}activities: [titres]\ntables: [gestion.clients]\nrelease: lignes\nparty: MEL\n"
        f"dated: 2026-01-01\nreviewed_on: 2026-02-01\nvalid_from: 2026-01-02\nexpires_on: 2026-12-31\n"
        f"document: mention.pdf\nsha256: {DIGEST}\nrecipients: [ilévia]\n"
        'holds: [controller, retention]\nfacts: {retention: "P2Y"}\n',
    )
    pieces, faults = read_pieces(network)
    assert faults == []
    rows = {name: engine.rows(relation) for name, relation in piece_tables(pieces).items()}
    (row,) = rows["declared_pieces"]
    assert (row["file"], row["line"], row["document_state"]) == ("evidence/mention.yml", 2, "present")
    assert (row["dated"], row["expires_on"], row["party"], row["release"]) == (date(2026, 1, 1), date(2026, 12, 31), "MEL", "lignes")
    assert rows["declared_piece_activities"] == [{"piece": "mention", "kind": "notice", "activity": "titres"}]
    assert rows["declared_piece_tables"] == [{"piece": "mention", "kind": "notice", "table": "gestion.clients"}]
    assert rows["declared_piece_recipients"] == [{"piece": "mention", "kind": "notice", "recipient": "ilévia"}]
    assert [held["holds"] for held in rows["declared_piece_contents"]] == ["controller", "retention"]
    assert rows["declared_facts"] == [{"piece": "mention", "kind": "notice", "fact": "retention", "value": "P2Y"}]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (f"{SIMPLE}hold: [controller]\n", 4, "unknown key “hold”"),
        ("id: mention\nkind: notices\ntitle: Mention\n", 2, "did you mean “notice”?"),
        (f"{SIMPLE}dated: 31/10/2026\n", 4, "is not a date"),
        (f"{SIMPLE}sha256: abc\ndocument: m.pdf\n", 4, "not a SHA-256"),
        (f"{SIMPLE}sha256: {DIGEST.upper()}\ndocument: m.pdf\n", 4, "not a SHA-256"),
        (f"{SIMPLE}sha256: {DIGEST}\n", 4, "a digest is given and no document"),
        (f"{SIMPLE}document: ../registre/titres.yml\n", 4, "lies outside evidence/"),
        (f"{SIMPLE}document: /etc/hostname\n", 4, "lies outside evidence/"),
        (f"{SIMPLE}valid_from: 2026-02-02\nexpires_on: 2026-02-01\n", 5, "expires before it is valid"),
        ("id: Mention 3\nkind: notice\ntitle: Mention\n", 1, "cannot be used"),
        ("id: contrat\nkind: contract\ntitle: Contrat\n", 2, "names no party"),
        (f"{SIMPLE}holds:\n  - controller\n  - retentoin\n", 6, "did you mean “retention”?"),
        (f'{SIMPLE}facts:\n  retentions: "P2Y"\n', 5, "did you mean “retention”?"),
        ("- not\n- a mapping\n", 1, "a mapping is expected"),
    ],
)
def test_what_cannot_be_accepted_is_told_with_its_file_and_line(network, text, line, said):
    (fault,) = _faults(network, text)
    assert fault.startswith(f"evidence/mention.yml:{line}: ")
    assert said in fault


def test_two_pieces_may_not_bear_one_name(network):
    _write(network, SIMPLE, "a.yml")
    _write(network, SIMPLE, "b.yml")
    pieces, faults = read_pieces(network)
    assert len(pieces) == 2
    (fault,) = faults
    assert (fault.file, fault.line) == ("evidence/b.yml", 1)
    assert "evidence/a.yml:1" in fault.what


def test_a_link_that_leads_out_of_the_folder_is_refused(network):
    outside = network / "secret.pdf"
    outside.write_bytes(TEXT)
    (network / "evidence" / "mention.pdf").symlink_to(outside)
    (fault,) = _faults(network, f"{SIMPLE}document: mention.pdf\n")
    assert "lies outside evidence/" in fault


def test_a_document_that_cannot_be_read_is_told_and_counts_as_missing(network, monkeypatch):
    (network / "evidence" / "mention.pdf").write_bytes(TEXT)
    _write(network, f"{SIMPLE}document: mention.pdf\n")
    opened = Path.open

    def refused(path, *args, **kwargs):
        if path.suffix == ".pdf":
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refused)
    pieces, faults = read_pieces(network)
    assert [one.document_state for one in pieces] == ["missing"]
    assert "cannot be read (Permission denied)" in str(faults[0])


@pytest.mark.parametrize(
    ("document", "sha256", "content", "state"),
    [
        ("", "", TEXT, "none"),
        ("mention.pdf", "", TEXT, "unsealed"),
        ("mention.pdf", DIGEST, TEXT, "present"),
        ("mention.pdf", DIGEST, TEXT + b" ", "changed"),
        ("mention.pdf", DIGEST, None, "missing"),
    ],
)
def test_the_state_of_a_document(network, document, sha256, content, state):
    if content is not None:
        (network / "evidence" / "mention.pdf").write_bytes(content)
    said = (f"document: {document}\n" if document else "") + (f"sha256: {sha256}\n" if sha256 else "")
    _write(network, SIMPLE + said)
    pieces, faults = read_pieces(network)
    assert faults == []
    assert [one.document_state for one in pieces] == [state]


def test_faults_of_the_folder_refuse_the_network(network):
    _write(network, f"{SIMPLE}hold: []\n")
    (network / "poincon.toml").write_text('[network]\nname = "X"\nauthority = "Y"\n', encoding="utf-8")
    (network / "mapping.yml").write_text("sources: {}\ntables: {}\n", encoding="utf-8")
    (network / "registre").mkdir()
    (network / "registre" / "titres.yml").write_text("id: titres\ntitle: Titres\n", encoding="utf-8")
    with pytest.raises(DeclarationProblem, match="unknown key “hold”"):
        open_folder(network, rules={})


def test_a_piece_that_names_what_nothing_declares_is_told():
    register = Register((Declared(activity=Activity(id="titres", title="T"), file="registre/titres.yml"),))
    piece = _piece(activities=("titres", "titre"), release="ligne")
    read = [Shown(piece=piece, file="evidence/m.yml", document_state="none", lines={"activities.1": 5, "release": 6})]
    assert [(fault.line, fault.fix) for fault in misnamed(read, register, ["lignes"])] == [
        (5, "did you mean “titres”?"),
        (6, "did you mean “lignes”?"),
    ]
    assert misnamed([Shown(piece=_piece(), file="evidence/m.yml", document_state="none")], register, []) == []


@pytest.mark.parametrize(
    ("valid_from", "expires_on", "holds"),
    [
        (None, None, True),
        (date(2026, 10, 31), None, True),
        (date(2026, 11, 1), None, False),
        (None, date(2026, 10, 31), True),
        (None, date(2026, 10, 30), False),
    ],
)
def test_dates_are_inclusive_on_both_sides(engine, valid_from, expires_on, holds):
    tables = _tables(engine, (_piece(valid_from=valid_from, expires_on=expires_on), "present"))
    assert _kinds(shown(tables, "notice")) == ([] if holds else ["piece-not-in-force"])
    assert in_force({"valid_from": valid_from, "expires_on": expires_on}, AS_OF.date()) is holds


@pytest.mark.parametrize(
    ("dated", "reviewed_on", "kinds"),
    [
        (None, None, ["piece-not-dated"]),
        (date(2026, 11, 1), None, ["piece-not-dated"]),
        (date(2025, 10, 31), None, []),
        (date(2025, 10, 30), None, ["piece-out-of-date"]),
        (date(2020, 1, 1), date(2026, 10, 31), []),
        (date(2020, 1, 1), date(2026, 11, 1), ["piece-out-of-date"]),
    ],
)
def test_the_age_runs_from_the_last_day_somebody_looked(engine, dated, reviewed_on, kinds):
    tables = _tables(engine, (_piece(dated=dated, reviewed_on=reviewed_on), "present"))
    assert _kinds(shown(tables, "notice", age=Duration(months=12))) == kinds


def test_a_piece_must_not_be_older_than_what_it_describes(engine):
    tables = _tables(engine, (_piece(), "present"))
    assert shown(tables, "notice", since=date(2026, 1, 1)) == []
    assert _kinds(shown(tables, "notice", since=date(2026, 1, 2))) == ["piece-out-of-date"]


@pytest.mark.parametrize(("changed_on", "kinds"), [(date(2026, 1, 1), []), (date(2026, 1, 2), ["piece-out-of-date"]), (None, [])])
def test_a_table_that_changed_since_makes_its_piece_out_of_date(engine, changed_on, kinds):
    schemas = recorded(
        schemas=[{"table": "gestion.clients", "changed_on": changed_on}, {"table": "autre", "changed_on": date(2026, 10, 1)}]
    )
    tables = _tables(engine, (_piece(tables=("gestion.clients",)), "present"), **schemas)
    assert _kinds(shown(tables, "notice")) == kinds


@pytest.mark.parametrize(
    ("state", "kinds"), [("present", []), ("unsealed", []), ("none", []), ("missing", ["piece-missing"]), ("changed", ["piece-changed"])]
)
def test_what_each_state_of_a_document_is_worth(engine, state, kinds):
    assert _kinds(shown(_tables(engine, (_piece(), state)), "notice")) == kinds


def test_a_piece_that_names_no_activity_concerns_them_all(engine):
    tables = _tables(engine, (_piece(), "present"), (_piece("autre", activities=("fraude",), dated=None), "present"))
    assert shown(tables, "notice", activity="titres") == []
    assert [row["piece"] for row in pieces_of(tables, "notice", activity="titres")] == ["mention"]
    assert [row["piece"] for row in pieces_of(tables, "notice", activity="fraude")] == ["autre", "mention"]


def test_a_piece_of_another_activity_release_or_party_shows_nothing(engine):
    only = _piece(activities=("fraude",), release="lignes", party="MEL")
    tables = _tables(engine, (only, "present"))
    assert shown(tables, "notice", activity="fraude", release="lignes", party="MEL") == []
    for asked in ({"activity": "titres"}, {"release": "zones"}, {"party": "ilévia"}):
        assert _kinds(shown(tables, "notice", **asked)) == ["piece-missing"]


def test_the_best_piece_wins_and_of_two_alike_the_first(engine):
    worse, better = _piece("a", dated=None, holds=()), _piece("b", holds=("controller",))
    tables = _tables(engine, (worse, "missing"), (better, "present"))
    assert shown(tables, "notice", holds=("controller", "rights")) == [
        {"file": "evidence/b.yml", "line": 2, "value": "b", "kind": "piece-incomplete", "missing": "rights"}
    ]
    alike = _tables(engine, (_piece("z", dated=None), "present"), (_piece("c", dated=None), "present"))
    assert [fault["value"] for fault in shown(alike, "notice")] == ["c"]


def test_the_evidence_is_read_once_for_all_rules(engine):
    asked = []

    def ask(relation):
        asked.append(relation)
        return engine.rows(relation)

    tables = replace(_tables(engine, (_piece(activities=("titres",)), "present")), ask=ask)
    first = shown(tables, "notice", activity="titres", holds=("rights",))
    first[0]["kind"] = "spoilt"
    assert _kinds(shown(tables, "notice", activity="titres", holds=("rights",))) == ["piece-incomplete"]
    assert len(asked) == 3


def test_faults_are_told_once_and_name_an_activity_only_when_it_is_alone():
    fault = {"kind": "piece-changed", "value": "mention"}
    told = once([{**fault, "activity": "a"}, {**fault, "activity": "b"}, {"kind": "piece-missing", "missing": "notice", "activity": "a"}])
    assert told == [fault, {"kind": "piece-missing", "missing": "notice", "activity": "a"}]


def test_facts_and_headings_are_those_of_the_piece(engine):
    tables = _tables(
        engine, (_piece(facts={"retention": "P2Y"}, holds=("rights",)), "present"), (_piece("b", facts={"retention": "P3Y"}), "present")
    )
    first, second = pieces_of(tables, "notice")
    assert (facts_of(tables, first), facts_of(tables, second)) == ({"retention": "P3Y"}, {"retention": "P2Y"})
    assert lacking(tables, second, ("rights", "complaint")) == ["complaint"]


def test_every_fault_of_a_piece_has_its_sentence_and_every_kind_its_description():
    assert set(worded("Pièce", "Piece")) == set(PIECE_KINDS)
    assert set(ASKED) == set(get_args(PieceKind))
    assert list(ASKED) == sorted(ASKED)
    for asked in ASKED.values():
        for text in (asked.what, *asked.holds.values(), *asked.facts.values()):
            assert text.fr
            assert text.en
            assert "'" not in text.fr
