"""The CNIL's form, filled by hand or official: every word is an activity's or a remark's, and nothing is made up."""

import json
from datetime import date

import pytest

from auditor.vocabulary import cnil
from auditor.vocabulary.durations import Duration
from auditor.vocabulary.register import Actor, Recipient, Retention, Transfer
from policies.registry import completeness, load_register
from policies.registry.exchange import read_ods
from policies.registry.exchange.spreadsheet import read_sheets
from policies.registry.writing import write_register
from tests.policies.registry.exchange.conftest import SHARED, needs_shared

OFFICIAL = SHARED / "formats" / "cnil" / "registre-traitement-simplifie.ods"
FIELDS = SHARED / "formats" / "cnil" / "registre-simplifie.champs.json"


def _said(imported, place):
    return [remark.said.fr for remark in imported.remarks if remark.place == place]


@needs_shared
def test_every_label_and_list_is_where_the_official_file_has_it():
    tutorial, listing, model, example, lists = read_sheets(OFFICIAL.read_bytes())
    assert (tutorial.name, listing.name, model.name, example.name, lists.name) == cnil.SHEETS
    assert {row: model.cells[row, 0] for row in cnil.ROWS} == dict(cnil.ROWS)
    for row, labels in cnil.HEADINGS.items():
        assert {column: model.cells[row, column] for column in labels} == dict(labels)
    drawn = [(at, cnil.ROWS[row]) for at, row in enumerate(cnil.EXAMPLE_ROWS) if row in cnil.ROWS and row]
    assert [(at, example.cells[at, 0]) for at, _ in drawn] == drawn
    for column, values in cnil.LIST_VALUES.items():
        assert [lists.cells.get((row, column), "") for row in range(1, len(values) + 1)] == list(values)
    for block, (heading, *rows) in enumerate(cnil.COVER):
        assert listing.cells[2 * block, 0] == heading
        for line, labels in enumerate(rows):
            assert [listing.cells[2 * block + line, column] for column, _ in labels] == [label for _, label in labels]
    assert [model.cells[row, 9] for row in range(1, 11)] == [label for label, _ in cnil.GUIDES]


@needs_shared
def test_the_transcription_of_the_official_file_says_the_same():
    fields = json.loads(FIELDS.read_text(encoding="utf-8"))
    assert tuple(fields["onglets"]) == cnil.SHEETS
    assert tuple(fields["fiche"]["categories_de_donnees"]["lignes"]) == cnil.DATA
    assert [" ".join(one.split()) for one in fields["fiche"]["donnees_sensibles"]["lignes"]] == [
        " ".join(one.split()) for one in cnil.SENSITIVE
    ]
    assert tuple(fields["listes"]["garanties"]) == cnil.GUARANTEES
    assert tuple(fields["listes"]["destinataires"]) == cnil.RECIPIENTS
    assert tuple(fields["listes"]["mesures_de_securite"]) == cnil.MEASURES
    assert tuple(fields["listes"]["categories_de_personnes"]) == cnil.PERSONS
    assert fields["listes"]["valeur_vide"] == cnil.EMPTY


@needs_shared
def test_the_official_file_alone_gives_its_example_and_says_so(tmp_path):
    imported = read_ods(OFFICIAL.read_bytes())
    (paid,) = imported.activities
    assert (paid.id, paid.title, paid.created_on, paid.updated_on) == (
        "1-exemple",
        "Gestion de la paie",
        date(2018, 5, 26),
        date(2019, 5, 13),
    )
    assert paid.actors == (
        Actor(name="Louise DUPONT", role="controller", contact="1 rue Rivoli, 75001 Paris, France, 01 xx xx xx xx, exemple1@ets.com"),
    )
    assert [purpose.title for purpose in paid.purposes][2:] == [
        "Calcul du montant des versements adressés aux organismes sociaux",
        "Ordre de virement à la banque",
    ]
    assert all(purpose.basis is None for purpose in paid.purposes)
    assert [(one.name, one.kind) for one in paid.recipients] == [
        ("Dir. Administrative et Financière", "internal"),
        ("Organismes sociaux", "partner"),
        ("Banque d'Andorre", "partner"),
    ]
    assert paid.transfers == (
        Transfer(
            country="Andorre",
            recipient="Banque d'Andorre",
            safeguards="Clauses contractuelles types (CCT)",
            documents="Contrat en date du 23/01/2018",
        ),
    )
    assert paid.retention == ()
    assert [remark.place for remark in imported.remarks if remark.quoted.endswith("5 ans à compter du versement de la paie")] == [
        f"{cnil.EXAMPLE}, {cell}" for cell in ("E21", "E22", "E23")
    ]
    assert "exemple fictif" in _said(imported, cnil.EXAMPLE)[0]
    write_register(tmp_path, imported)
    (declared,) = load_register(tmp_path).activities
    assert declared.activity == paid
    assert completeness(declared).missing == ("30(1)(f)",)
    assert "5 ans à compter du versement de la paie" in (tmp_path / declared.file).read_text(encoding="utf-8")


def test_a_sheet_filled_by_hand(form, workbook):
    cells = form(
        B4="Vidéosurveillance", B5="RH/12 é", B6="1/2/2024", B7=date(2025, 3, 4),
        B10="Transports SA", D10="01000", E10="Bourg", H10="dpo@t.example", B11="Mme D.", B12="N/A", B14="Région",
        B17="Sûreté", B18="Preuve", B25="Images", E25="30 jours à compter de l'enregistrement, puis suppression",
        B39="Blessures", E39="Durée légale", B44=cnil.EMPTY, B45="Autres (préciser)", E45="Passants",
        B48="Sous-traitants", E48="Télésurveillance SARL", E49="Police nationale", B54="Chiffrement des données", E54="disques",
        B59="Aucun",
    )  # fmt: skip
    imported = read_ods(workbook({"Fiche 1": cells}))
    (activity,) = imported.activities
    assert (activity.id, activity.created_on, activity.updated_on) == ("rh-12-e", date(2024, 2, 1), date(2025, 3, 4))
    assert activity.actors == (
        Actor(name="Transports SA", role="controller", contact="01000 Bourg, dpo@t.example"),
        Actor(name="Région", role="joint-controller"),
    )
    assert activity.dpo == "Mme D."
    assert activity.data_categories == (
        "État civil, identité, données d'identification, images… : Images",
        "Données concernant la santé : Blessures",
    )
    assert activity.retention == (Retention(data="Images", duration=Duration.parse("P30D"), starts="enregistrement", fate="delete"),)
    assert activity.persons == ("Passants",)
    assert activity.recipients == (
        Recipient(name="Télésurveillance SARL", kind="processor"),
        Recipient(name="Police nationale", kind="partner"),
    )
    assert activity.security == ("Chiffrement des données : disques",)
    assert activity.transfers == "none"
    assert "non comprise" in _said(imported, "Fiche 1, E39")[0]
    assert "à confirmer" in _said(imported, "Fiche 1, B49")[0]
    assert "récrite" in _said(imported, "Fiche 1")[0]
    assert {remark.activity for remark in imported.remarks} == {"rh-12-e"}


def test_rows_that_were_added_or_removed_are_found_by_their_labels(form, workbook):
    cells = {(row + (2 if row > 50 else 0), column): value for (row, column), value in form(B4="X", B17="P").items()}
    cells |= {(51, 0): "Destinataire 5", (51, 1): "Sous-traitants", (51, 4): "Cinquième"}
    (activity,) = read_ods(workbook({"F": cells})).activities
    assert [one.name for one in activity.recipients] == ["Cinquième"]


@pytest.mark.parametrize("place", ["B6", "B13", "K20", "B31"])
def test_what_has_no_place_is_a_remark_at_its_cell(form, workbook, place):
    imported = read_ods(workbook({"F": form(B4="X", B17="P", **{place: "on ne sait pas"})}))
    (remark,) = [one for one in imported.remarks if one.quoted]
    assert remark.quoted == "on ne sait pas"
    assert remark.kind == "gap"
    assert "on ne sait pas" not in remark.said.fr
    assert "on ne sait pas" not in repr(remark)
    assert remark.place == f"F, {place if place != 'B31' else 'A31'}"


def test_a_half_filled_sheet_loads_and_completeness_says_what_lacks(form, workbook, tmp_path):
    write_register(tmp_path, read_ods(workbook({"F": form(B17="Une finalité")})))
    (declared,) = load_register(tmp_path).activities
    assert declared.activity.title == ""
    assert completeness(declared).score == 1


def test_a_blank_form_gives_no_activity(form, workbook):
    imported = read_ods(workbook({cnil.MODEL: form(B5="ref-001"), "Copie": form()}))
    assert imported.activities == ()
    assert [remark.place for remark in imported.remarks] == ["Copie"]


def test_the_example_is_left_out_of_a_register_in_use(form, workbook):
    imported = read_ods(workbook({cnil.EXAMPLE: form(B4="Gestion de la paie"), "F": form(B4="Vrai")}))
    assert [one.title for one in imported.activities] == ["Vrai"]
    assert "laissé de côté" in _said(imported, cnil.EXAMPLE)[0]


def test_two_sheets_of_one_name_keep_distinct_ids(form, workbook, tmp_path):
    imported = read_ods(
        workbook({"A": form(B4="Paie", B17="Payer"), "B": form(B4="Paie", B17="Payer"), "C": form(B4="Autre", B17="Payer")})
    )
    assert [one.id for one in imported.activities] == ["paie", "paie-2", "autre"]
    assert len({purpose.id for one in imported.activities for purpose in one.purposes}) == 3
    write_register(tmp_path, imported)


def _listing(*rows):
    cells = {(7, column): label for column, label in cnil.LIST_COLUMNS.items()}
    for block, (heading, *lines) in enumerate(cnil.COVER):
        cells[2 * block, 0] = heading
        for line, labels in enumerate(lines):
            cells |= {(2 * block + line, column): label for column, label in labels}
    for row, values in enumerate(rows, cnil.FIRST_LISTED):
        cells |= {(row, column): value for column, value in zip((0, 1, 2, 3, 4, 7), values, strict=True)}
    return cells


def test_an_activity_that_is_only_listed_is_taken_with_its_gaps(form, workbook):
    listing = _listing(
        ("(EXEMPLE) Gestion de la paie", "1 - Exemple", "26/05/2018", "", "Paie", "Non"),
        ("Paie", "P1", "01/02/2020", "hier", "Payer les agents", "Oui"),
        ("Badges", "P2", date(2021, 1, 2), "", "Ouvrir les portes", "Non"),
    )
    listing |= {(0, 2): "Mairie", (1, 2): "59000", (1, 4): "Lille", (4, 1): "Nom : Durand", (4, 4): "Anne"}
    imported = read_ods(workbook({cnil.LIST: listing, "F": form(B4="Badges", B5="P2", B6="03/01/2021", B17="Ouvrir")}))
    badges, paid = imported.activities
    assert (badges.id, badges.created_on) == ("p2", date(2021, 1, 3))
    assert (paid.id, paid.title, paid.created_on, paid.purposes[0].title) == ("p1", "Paie", date(2020, 2, 1), "Payer les agents")
    assert paid.actors == badges.actors == (Actor(name="Mairie", role="controller", contact="59000 Lille"),)
    assert paid.dpo == "Anne Durand"
    assert _said(imported, f"{cnil.LIST}, D10") == ["ce n’est pas une date JJ/MM/AAAA"]
    assert "sensibles" in _said(imported, f"{cnil.LIST}, H10")[0]
    assert "la fiche est gardée" in _said(imported, f"{cnil.LIST}, C11")[0]


def test_a_sheet_that_is_not_of_the_form_is_said(form, workbook):
    imported = read_ods(workbook({"F": form(B4="X"), "Notes": {(0, 0): "mes notes"}}))
    assert "non reconnu" in _said(imported, "Notes")[0]
