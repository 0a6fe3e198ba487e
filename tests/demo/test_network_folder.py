"""What the folder looks like: schemas, encodings, declarations, names that name nobody."""

import csv
import re
import sqlite3
from contextlib import closing
from datetime import datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditor.demo import DemoOptions, generate, start
from auditor.vocabulary.errors import UsageProblem
from policies.network import open_folder

TABLES = {
    "supports": "numero_carte numero_imprime type_support id_client emis_le expire_le statut remplace_par",
    "clients": "id_client nom prenom date_naissance courriel telephone adresse ouvert_le clos_le motif_cloture",
    "contrats": "id_contrat numero_carte id_client id_payeur code_titre debut fin statut numero_serie",
    "compteurs": "numero_carte id_contrat voyages_restants releve_le",
    "ventes": "id_vente numero_carte id_client id_contrat code_titre vendu_le montant moyen_paiement",
    "opposition": "numero_carte motif debut fin auteur notifie_le",
    "impayes": "id_incident numero_carte id_client survenu_le regularise_le montant motif",
    "habilitations": "role objet privilege",
    "tarifs": "code_titre type_support prix",
    "alertes_fraude": "id_alerte numero_carte levee_le numero_dossier",
    "dossiers_fraude": "numero_dossier numero_carte ouvert_le procedure clos_le analyste observations",
}
PLANTED = {
    "clients": "commentaire",
    "ventes": "numero_cb cryptogramme",
    "lectures_cartes": "numero_carte lue_le evenements",
    "correspondances": "numero_carte id_client pseudonyme cree_le",
}
OTHERS = {
    "archives": {"pv", "ventes"},
    "conformite": {"demandes", "effacements", "violations"},
    "contraventions": {"pv"},
    "exploitation": {"comptes", "evenements", "sauvegardes"},
    "gestion": set(TABLES),
    "journal": {"acces"},
    "recette": {"supports"},
}


@pytest.fixture(scope="module")
def base(dirty):
    with closing(sqlite3.connect(dirty.folder / "data" / "gestion.sqlite")) as connection:
        yield connection


def schema(folder):
    read = pq.read_schema(next(folder.glob("*.parquet")))
    assert read.metadata is None
    return dict(zip(read.names, read.types, strict=True))


def test_parquet_schemas(dirty, clean):
    text, instant = pa.string(), pa.timestamp("us")
    assert schema(dirty.folder / "data" / "valideurs") == {
        "horodatage": instant, "recu_le": instant, "jour_exploitation": pa.date32(), "numero_carte": pa.int64(), "code_arret": text,
        "code_ligne": text, "code_vehicule": text, "code_valideur": text, "code_titre": text, "code_profil": text, "resultat": text,
        "montant": pa.float64(),
    }  # fmt: skip
    assert schema(dirty.folder / "data" / "statistiques") == {
        "horodatage": instant, "code_arret": text, "code_ligne": text, "code_titre": text, "code_profil": text, "jeton_carte": text,
    }  # fmt: skip
    assert schema(clean.folder / "data" / "statistiques") == {
        "jour_exploitation": pa.date32(), "code_ligne": text, "famille_titre": text,
    }  # fmt: skip


def test_back_office_schema(base):
    for name in {*TABLES, *PLANTED}:
        columns = f"{TABLES.get(name, '')} {PLANTED.get(name, '')}".split()
        assert [column[1] for column in base.execute(f"pragma table_info({name})")] == columns, name
    assert base.execute("select count(*) from sqlite_master where type = 'index'").fetchone() == (0,)


def test_each_system_has_its_own_database(clean):
    held = {}
    for path in (clean.folder / "data").glob("*.sqlite"):
        with closing(sqlite3.connect(path)) as connection:
            held[path.stem] = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
    assert held == OTHERS


@pytest.mark.parametrize("twin", ["dirty", "clean"])
def test_the_folder_is_an_accepted_network(twin, request):
    network = open_folder(request.getfixturevalue(twin).folder)
    assert set(network.plans) == {"frequentation-lignes", "titres-par-zone"}
    assert network.place.config.cards.prefixes == ("250",)
    assert all(network.register.purpose_of(plan.purpose) for plan in network.plans.values())
    assert network.place.mapping.absent
    assert not list(network.place.folder.glob(".partial"))
    assert "@" not in re.sub(r"@exemple\.invalid|@mel\.example", "", (network.place.folder / "mapping.yml").read_text(encoding="utf-8"))


def test_a_network_to_adapt_proves_nothing_yet(tmp_path, register_files, evidence_files):
    start(tmp_path / "ours", register_files, evidence_files)
    pieces = open_folder(tmp_path / "ours").pieces
    assert len(pieces) == sum(name.endswith(".yml") for name in evidence_files)
    assert {one.piece.dated for one in pieces} == {None}
    assert {one.document_state for one in pieces} == {"unsealed"}
    text = (tmp_path / "ours" / "evidence" / "notice.yml").read_text(encoding="utf-8")
    assert "\n# dated: 2026-09-15\n" in text


def test_bills_are_written_as_a_french_spreadsheet_does(dirty):
    path = dirty.folder / "data" / "postpaiement" / "facturation_2026-10.csv"
    raw = path.read_bytes()
    assert b"Num\xe9ro de carte;Date et heure;" in raw
    with path.open(encoding="cp1252", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            assert re.fullmatch(r"\d,\d\d", row["Montant"])
            assert re.fullmatch(r"\d\d/10/2026 \d\d:\d\d", row["Date et heure"])


def test_local_times_are_right_on_both_sides_of_the_clock_change(dirty):
    """A platform tap reaches the bills and, when kept, the active base: local and UTC must tell the same minute."""
    kept = {}
    for path in (dirty.folder / "data" / "valideurs").glob("*.parquet"):
        for row in pq.read_table(path, columns=["numero_carte", "horodatage", "code_titre", "resultat"]).to_pylist():
            if row["code_titre"] == "51611" and row["resultat"] == "ok" and row["horodatage"].year > 2000:
                kept.setdefault(row["numero_carte"], set()).add(row["horodatage"].replace(second=0))
    paris, matched = ZoneInfo("Europe/Paris"), set()
    with (dirty.folder / "data" / "postpaiement" / "facturation_2026-10.csv").open(encoding="cp1252", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            wall = datetime.strptime(row["Date et heure"], "%d/%m/%Y %H:%M").replace(tzinfo=paris)
            utc = wall.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
            if utc in kept.get(int(row["Numéro de carte"]), ()):
                matched.add((int(row["Numéro de carte"]), utc))
    told = {(card, moment) for card, moments in kept.items() for moment in moments}
    assert matched == told
    assert {moment.day for _, moment in told} >= {23, 24, 26, 27}


def test_customers_are_obviously_invented(base):
    for name, mail, phone, address in base.execute("select nom, courriel, telephone, adresse from clients where nom is not null"):
        assert re.fullmatch(r"Porteur \d{6}", name)
        assert re.fullmatch(r"porteur-\d{6}@exemple\.invalid", mail)
        assert re.fullmatch(r"06 39 98 \d\d \d\d", phone)
        assert address == "12 rue de l’Exemple, 59000 Lille"
    assert base.execute("select count(*) - count(distinct id_client) from clients").fetchone() == (0,)


@pytest.mark.parametrize(
    ("table", "key"),
    [("ventes", "id_vente"), ("contrats", "id_contrat"), ("impayes", "id_incident"), ("alertes_fraude", "id_alerte"),
     ("dossiers_fraude", "numero_dossier")],
)  # fmt: skip
def test_a_number_names_one_row(base, table, key):
    assert base.execute(f"select count(*) - count(distinct {key}) from {table}").fetchone() == (0,)


def test_card_numbers_are_unique_and_carry_a_luhn_digit(base):
    numbers = [number for (number,) in base.execute("select numero_carte from supports")]
    assert len(numbers) == len(set(numbers))
    for number in numbers:
        digits = [int(digit) for digit in reversed(str(number))]
        assert len(digits) == 10
        assert str(number).startswith("250")
        assert (sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])) % 10 == 0


def test_a_replaced_card_points_to_the_card_that_bears_its_contract(base):
    sql = """select count(*), count(n.numero_carte), count(c.id_contrat) from supports o
             left join supports n on n.numero_carte = o.remplace_par left join contrats c on c.numero_carte = n.numero_carte
             where o.statut = 'expire' and o.remplace_par is not null"""
    replaced, found, bearing = base.execute(sql).fetchone()
    assert replaced == found == bearing > 0


def test_every_code_of_the_taps_is_in_the_reference_tables(dirty):
    def codes(name, column):
        with (dirty.folder / "reference" / name).open(encoding="utf-8", newline="") as file:
            return {row[column] for row in csv.DictReader(file)}

    known = {
        "code_arret": codes("arrets.csv", "code_arret"),
        "code_ligne": codes("lignes.csv", "code_ligne"),
        "code_titre": codes("titres.csv", "code_titre"),
        "code_profil": codes("profils.csv", "code_profil"),
    }
    assert 300 <= len(known["code_arret"]) <= 600
    for path in (dirty.folder / "data" / "valideurs").glob("*.parquet"):
        table = pq.read_table(path, columns=list(known))
        for column, allowed in known.items():
            assert set(table[column].to_pylist()) - {None} <= allowed


def test_a_folder_that_holds_something_is_refused_and_left_alone(tmp_path, register_files):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageProblem, match="not an empty folder"):
        generate(tmp_path, DemoOptions(cards=200, days=7), register_files, lambda _step, _done: None)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_an_interrupted_generation_leaves_no_network(tmp_path, register_files):
    def stop(_step, _done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(tmp_path / "half", DemoOptions(cards=200, days=7), register_files, stop)
    assert list((tmp_path / "half").iterdir()) == []


def test_a_register_without_the_activities_to_spoil_is_refused(tmp_path):
    text = "id: autre\npurposes:\n  - {id: compter, family: statistiques}\n"
    with pytest.raises(UsageProblem, match="lacks the activity"):
        generate(tmp_path / "net", DemoOptions(cards=200, days=7), {"autre.yml": text}, lambda _step, _done: None)
