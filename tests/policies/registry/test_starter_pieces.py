"""The starter evidence: a sealed example of every kind of piece, that holds what the rules ask and names what the register names."""

import re
from datetime import date
from typing import get_args

import pytest

from auditor.vocabulary.asked import ASKED
from auditor.vocabulary.durations import Duration
from auditor.vocabulary.pieces import PieceKind
from policies.pieces import read_pieces
from policies.registry import load_register, starter_pieces, write_starter

SNAPSHOT = date(2026, 10, 31)
LEFT_OUT = {("log-policy", "internal-control")}
"""A network keeps its journals three years for its internal control, or one year: the example does the second."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("network")
    write_starter(place)
    for name, text in starter_pieces().items():
        path = place / "evidence" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return place


@pytest.fixture(scope="module")
def shown(folder):
    pieces, faults = read_pieces(folder)
    assert not faults
    return pieces


@pytest.fixture(scope="module")
def register(folder):
    return load_register(folder)


def test_there_is_one_of_every_kind_and_each_is_sealed(shown):
    assert {one.piece.kind for one in shown} == set(get_args(PieceKind))
    assert {one.document_state for one in shown} == {"present"}


def test_each_holds_and_tells_what_the_rules_ask(shown):
    for one in shown:
        asked = ASKED[one.piece.kind]
        lacking = {(one.piece.kind, word) for word in asked.holds if word not in one.piece.holds}
        assert lacking <= LEFT_OUT, one.file
        assert set(one.piece.holds) <= set(asked.holds), one.file
        assert set(one.piece.facts) == set(asked.facts), one.file


def test_each_is_dated_before_the_snapshot_of_the_demonstration_and_in_force(shown):
    for one in shown:
        assert one.piece.dated <= SNAPSHOT, one.file
        assert one.piece.expires_on is None or one.piece.expires_on > SNAPSHOT, one.file


def test_activities_and_tables_are_those_of_the_register(shown, register):
    activities = {declared.activity.id for declared in register.activities}
    tables = {covered.table for declared in register.activities for covered in declared.activity.covers}
    for one in shown:
        assert set(one.piece.activities) <= activities, one.file
        assert set(one.piece.tables) <= tables, one.file


def test_the_notice_names_every_recipient_and_every_term(shown, register):
    (notice,) = (one.piece for one in shown if one.piece.kind == "notice")
    recipients = {recipient.name for declared in register.activities for recipient in declared.activity.recipients}
    terms = {term.duration for declared in register.activities for term in declared.activity.retention}
    assert set(notice.recipients) == recipients
    assert {Duration.parse(word) for word in notice.facts["retention"].split()} == terms


def test_every_text_says_it_is_an_example_and_is_typeset():
    for name, text in starter_pieces().items():
        assert "EXEMPLE À ADAPTER" in text, name
        assert "'" not in text, name
        assert not re.search(r" [;?!»]|« ", text), name
        assert text.endswith("\n"), name
