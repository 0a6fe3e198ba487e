"""The CNIL's workbook as we write it: official labels in their place, typed and inert values, and nothing lost on the way back."""

import io
import string
import zipfile
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from odfdo import Document

from auditor.vocabulary import cnil, cnil_additions
from auditor.vocabulary.durations import Duration
from auditor.vocabulary.register import (
    Activity,
    Actor,
    Coverage,
    Declared,
    Dpia,
    Invoked,
    Pseudonymisation,
    Purpose,
    Recipient,
    Register,
    Retention,
    Transfer,
)
from policies.registry import load_register, write_starter
from policies.registry.exchange import read_ods
from policies.registry.exchange.spreadsheet import read_sheets
from reports.registre import read_audit, render_ods
from reports.registre.ods import sheet_names

CONTACT = "Mobilité, 1 rue du Port, 59000 Lille, 03 20 00 00 00, mob@mel.example"
WHOLE = Activity(
    id="taps",
    title="Validations",
    created_on=date(2026, 1, 12),
    updated_on=date(2026, 9, 15),
    actors=(
        Actor(name="MEL", role="controller", contact=CONTACT, public_body=True),
        Actor(name="ilévia", role="processor", agreement="art. 28"),
    ),
    dpo="DPO de la MEL, dpo@mel.example",
    purposes=tuple(Purpose(id=f"p{rank}", title=f"Finalité {rank}", basis="public-interest", basis_reference="L. 1") for rank in range(8)),
    persons=("Voyageurs", "Clients", "Agents"),
    data_categories=("Validations", "Données concernant la santé : handicap", "Objets divers"),
    recipients=(
        *(Recipient(name=f"Service {rank}", kind="internal", why="Lire", accounts=("a", "b")) for rank in range(5)),
        Recipient(name="Banque", kind="partner"),
    ),
    transfers=(Transfer(country="Andorre", recipient="Banque", safeguards="CCT de 2021", documents="Contrat"),),
    retention=(
        Retention(data="Validations", duration=Duration.parse("PT48H"), starts="Passage", fate="anonymise", table="taps", column="at"),
        Retention(data="Objets divers", duration=Duration.parse("P1Y2M"), starts="Dépôt", fate="archive", justification="Loi"),
    ),
    security=("Chiffrement", "Journalisation", "Habilitations", "Sauvegardes"),
    dpia=Dpia(status="done", reference="A-1", validated_on=date(2026, 3, 10), sections=("risks", "measures"), residual_risk="limited"),
    ticketing=True,
    pseudonymisation_domain="fraude",
    pseudonymisation=Pseudonymisation(algorithm="", key_bits=256, period=Duration.parse("P1M"), accounts=("x",)),
    references=(Invoked(text="RGPD, article 9(2)(g)", invoked_as="legal-basis"),),
    covers=(
        Coverage(table="taps", columns={"at": "quasi-identifier", "card": "pseudonym"}, state="pseudonymised"),
        Coverage(table="vide", columns={}),
    ),
    rights="Auprès du DPO",
    source_of_data="Valideurs",
    automated_decision="Aucune",
)  # fmt: skip


def register(*activities):
    return Register(tuple(Declared(activity=one, file=f"registre/{one.id}.yml") for one in activities))


def sheet(content, name):
    return next(one for one in read_sheets(content) if one.name == name)


def test_the_official_sheets_come_first_and_hold_their_labels():
    content = render_ods(register(WHOLE))
    sheets = read_sheets(content)
    assert [one.name for one in sheets] == [*cnil.SHEETS, "taps"]
    for name in (cnil.MODEL, "taps"):
        drawn = sheet(content, name)
        assert {row: drawn.cells[row, 0] for row in cnil.ROWS if row} == {row: label for row, label in cnil.ROWS.items() if row}
        for row, labels in cnil.HEADINGS.items():
            assert {column: drawn.cells[row, column] for column in labels} == dict(labels)
    listing = sheet(content, cnil.LIST)
    assert [listing.cells[7, column] for column in cnil.LIST_COLUMNS] == list(cnil.LIST_COLUMNS.values())
    lists = sheet(content, cnil.LISTS)
    for column, values in cnil.LIST_VALUES.items():
        assert [lists.cells.get((row, column), "") for row in range(1, len(values) + 1)] == list(values)


def test_the_official_cells_say_the_activity_in_french():
    drawn = sheet(render_ods(register(WHOLE)), "taps")
    assert drawn.cells[5, 1] == date(2026, 1, 12)
    assert [drawn.text(9, column) for column in range(1, 8)] == [
        "MEL", "Mobilité, 1 rue du Port", "59000", "Lille", "", "03 20 00 00 00", "mob@mel.example",
    ]  # fmt: skip
    assert drawn.text(28, 1) == "Validations"
    assert drawn.text(28, 4) == "Validations : 48\N{NO-BREAK SPACE}heures à compter de\N{NO-BREAK SPACE}: Passage, puis anonymisation"
    assert drawn.text(38, 1) == "handicap"
    assert (drawn.text(43, 1), drawn.text(43, 4)) == ("Autres (préciser)", "Voyageurs")
    assert (drawn.text(44, 1), drawn.text(44, 4)) == ("Clients", "")
    assert (drawn.text(47, 1), drawn.text(47, 4)) == ("Service interne qui traite les données", "Service 0 — Lire")
    assert [drawn.text(58, column) for column in (1, 2, 3, 5)] == ["Banque", "Andorre", cnil.GUARANTEES[0], "CCT de 2021 ; Contrat"]
    for row, more in ((22, 2), (30, 2), (45, 1), (51, 2), (56, 1)):
        assert f"+ {more}" in drawn.text(row, 0)


def test_the_list_names_each_activity_and_what_is_sensitive():
    listing = sheet(render_ods(register(WHOLE), scores={"taps": "7/7"}), cnil.LIST)
    row = cnil.FIRST_LISTED
    assert [listing.text(row, column) for column in (0, 1, 2, 7)] == ["Validations", "taps", "2026-01-12", "Oui"]
    assert listing.text(row, 16) == "7/7"
    assert listing.text(0, 2) == "MEL"
    assert listing.text(5, 8) == "dpo@mel.example"


def test_what_comes_back_is_the_register(tmp_path):
    write_starter(tmp_path)
    held = load_register(tmp_path)
    for given_register in (held, register(WHOLE), register(Activity(id="bare", title="Nue"))):
        imported = read_ods(render_ods(given_register))
        assert imported.activities == tuple(declared.activity for declared in given_register.activities)
        assert imported.remarks == ()


NAME = st.text(alphabet=string.ascii_lowercase, min_size=1, max_size=8)
TEXT = st.text(max_size=12)
DAYS = st.none() | st.dates()


def _of(kind, **more):
    return st.tuples() | st.lists(st.builds(kind, **more), max_size=3).map(tuple)


def _purposes(ids):
    return st.tuples(*(st.builds(Purpose, id=st.just(one), title=TEXT, basis_reference=TEXT) for one in ids))


def _covers(tables):
    return st.tuples(*(st.builds(Coverage, table=st.just(one), columns=COLUMNS) for one in tables))


DURATIONS = st.builds(Duration, st.integers(0, 60), st.integers(0, 10**7))
COLUMNS = st.dictionaries(NAME, st.sampled_from(["sensitive", "none"]), max_size=2)
ACTIVITIES = st.builds(
    Activity,
    id=NAME,
    title=st.text(alphabet=string.ascii_letters + "éà=+-@'\"<&", min_size=1, max_size=12),
    created_on=DAYS,
    updated_on=DAYS,
    actors=_of(Actor, name=TEXT, contact=TEXT, agreement=TEXT),
    dpo=TEXT,
    purposes=st.lists(NAME, unique=True, max_size=3).flatmap(_purposes),
    persons=st.lists(TEXT, max_size=3).map(tuple),
    data_categories=st.lists(TEXT, max_size=3).map(tuple),
    recipients=_of(Recipient, name=TEXT, accounts=st.lists(TEXT, max_size=2).map(tuple)),
    transfers=st.none() | st.just("none") | _of(Transfer, country=TEXT, recipient=TEXT, safeguards=TEXT),
    retention=_of(Retention, data=TEXT, duration=DURATIONS, starts=TEXT, purpose=st.just("")),
    security=st.lists(TEXT, max_size=3).map(tuple),
    dpia=st.none() | st.builds(Dpia, validated_on=DAYS, consulted_on=DAYS, sections=st.sampled_from([(), ("risks", "measures")])),
    pseudonymisation=st.none() | st.builds(Pseudonymisation, algorithm=TEXT, key_bits=st.none() | st.integers(0, 512), period=DURATIONS),
    references=_of(Invoked, text=TEXT),
    covers=st.lists(NAME, unique=True, max_size=2).flatmap(_covers),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=[Phase.explicit, Phase.generate])
@given(activity=ACTIVITIES)
def test_any_register_comes_back_whole(activity):
    assert read_ods(render_ods(register(activity))).activities == (activity,)


@pytest.mark.parametrize("text", ["=1+1", "+33", "-2", "@SUM(A1)", '=HYPERLINK("http://x")', "  deux  espaces ", "<b>&amp;</b>", "a\tb\nc"])
def test_a_value_is_inert_text_and_comes_back_as_it_was(text):
    content = render_ods(register(replace(WHOLE, title="T", persons=(text,), rights=text)))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        written = archive.read("content.xml").decode()
    assert "table:formula" not in written
    assert "office:string-value" not in written
    (activity,) = read_ods(content).activities
    assert (activity.persons, activity.rights) == ((text,), text)


def test_the_same_register_gives_the_same_bytes_and_no_clock():
    first, second = render_ods(register(WHOLE)), render_ods(register(WHOLE))
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.namelist()[0] == "mimetype"
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"date" not in archive.read("meta.xml")


def test_another_program_opens_it_with_lists_and_real_dates():
    document = Document(io.BytesIO(render_ods(register(WHOLE))))
    table = document.body.get_table(name="taps")
    assert table.get_cell((1, 5)).value == date(2026, 1, 12)
    assert table.get_cell((1, 43)).get_attribute("table:content-validation-name") == "val1"
    lists = {
        one.get_attribute("table:name"): one.get_attribute("table:condition")
        for one in document.body.get_elements("//table:content-validation")
    }
    assert lists["val2"] == "of:cell-content-is-in-list([$'5_-_Listes'.$H$2:.$H$7])"
    assert lists["val5"] == "of:cell-content-is-in-list([$'5_-_Listes'.$C$2:.$C$177])"


def test_long_ids_give_distinct_sheet_names():
    names = sheet_names([Activity(id=f"{'a' * 40}-{rank}", title="x") for rank in range(3)])
    assert len(set(names)) == 3
    assert all(len(name) <= 31 for name in names)


def edited(content, changes):
    """Change cells as a person does in a spreadsheet program."""
    document = Document(io.BytesIO(content))
    table = document.body.get_table(name="taps")
    for (row, column), value in changes.items():
        cell = table.get_cell((column, row))
        cell.set_value(value) if value is not None else cell.clear()
        table.set_cell((column, row), cell)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _added_row(content, label):
    drawn = sheet(content, "taps")
    return next(row for row in range(drawn.height) if drawn.text(row, 0) == label)


def test_a_change_of_the_official_part_is_carried_and_said():
    content = render_ods(register(WHOLE))
    imported = read_ods(edited(content, {(3, 1): "Renommé", (16, 1): "Autre finalité", (48, 4): "Nouveau service", (9, 1): "Métropole"}))
    (activity,) = imported.activities
    assert activity.title == "Renommé"
    assert activity.purposes[0] == replace(WHOLE.purposes[0], title="Autre finalité")
    assert activity.purposes[1:] == WHOLE.purposes[1:]
    assert activity.recipients[1] == replace(WHOLE.recipients[1], name="Nouveau service")
    assert activity.recipients[2:] == WHOLE.recipients[2:]
    assert activity.actors[0].name == "Métropole"
    assert activity.actors[0].public_body
    assert activity.retention == WHOLE.retention
    places = {remark.place.partition(", ")[2] for remark in imported.remarks}
    assert places == {cnil.PURPOSE_HEADING, cnil.RECIPIENT_HEADING, "Acteurs", f"A{cnil.FIRST_LISTED + 1}"}


def test_an_entry_emptied_in_the_official_part_goes_and_is_said():
    imported = read_ods(edited(render_ods(register(WHOLE)), {(47, 1): None, (47, 4): None}))
    (activity,) = imported.activities
    assert activity.recipients == WHOLE.recipients[1:]
    assert [remark.quoted for remark in imported.remarks] == ["Service 0"]


def test_a_change_of_the_additions_is_the_register_s():
    content = render_ods(register(WHOLE))
    imported = read_ods(edited(content, {(_added_row(content, "Durée 1"), 2): "P3D"}))
    (activity,) = imported.activities
    assert activity.retention[0] == replace(WHOLE.retention[0], duration=Duration.parse("P3D"))
    assert imported.remarks == ()


def test_both_parts_changed_keeps_the_additions_and_says_so():
    content = render_ods(register(WHOLE))
    imported = read_ods(edited(content, {(_added_row(content, "Durée 1"), 2): "P3D", (43, 4): "Passants"}))
    (activity,) = imported.activities
    assert activity.persons == WHOLE.persons
    assert activity.retention[0].duration == Duration.parse("P3D")
    assert any("se contredisent" in remark.said.fr for remark in imported.remarks)


def test_a_word_that_cannot_be_read_in_the_additions_is_a_remark_at_its_cell():
    content = render_ods(register(WHOLE))
    row = _added_row(content, "Durée 1")
    imported = read_ods(edited(content, {(row, 2): "deux jours"}))
    assert [remark.place for remark in imported.remarks] == [f"taps, C{row + 1}"] * 2
    assert imported.activities[0].retention == WHOLE.retention[1:]


AUDIT = b"""{"schema": "poincon-audit/1", "as_of": "2026-10-31T05:00:00Z", "input_digest": "abc", "rules": [
 {"id": "R1", "family": "retention", "title": {"fr": "T", "en": "T"}, "severity": "major", "verdict": "not-met", "reason": null,
  "remediation": {"fr": "Purger.", "en": "Purge."}, "findings": [{"message": {"fr": "12 lignes de trop.", "en": ""},
  "place": {"table": "taps"}, "evidence": {"oldest": "2026-01-01"}}]}],
 "readings": [{"physical": "taps", "store": "base", "rows_kept": 40, "oldest": "2026-01-01"}]}"""


def test_measured_facts_have_columns_that_an_import_does_not_read():
    content = render_ods(register(WHOLE), measured=read_audit(AUDIT))
    drawn = sheet(content, "taps")
    row = _added_row(content, "Durée 1")
    assert drawn.text(row - 1, 14).endswith(cnil_additions.MEASURED)
    assert drawn.text(row, 12).replace("\N{NO-BREAK SPACE}", " ") == "40 lignes lues dans base, la plus ancienne du 01/01/2026"
    assert drawn.cells[row, 13] == date(2026, 1, 1)
    assert drawn.text(row, 14) == "12 lignes de trop."
    imported = read_ods(content)
    assert imported.activities == (WHOLE,)
    assert imported.remarks == ()
