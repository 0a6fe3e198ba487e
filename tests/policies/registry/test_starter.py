"""The starter register loads, is complete, covers the demonstration once, and says nothing the law does not."""

import re
from collections import Counter

import pytest

from auditor.vocabulary.durations import Duration
from auditor.vocabulary.errors import UsageProblem
from policies.registry import completeness, load_register, starter_files, write_starter

PHYSICAL = {
    "valideurs": "horodatage recu_le jour_exploitation numero_carte code_arret code_ligne code_vehicule code_valideur code_titre "
    "code_profil resultat montant",
    "statistiques": "jour_exploitation code_ligne famille_titre",
    "postpaiement": "Numéro_de_carte Date_et_heure Code_titre Tranche_tarifaire Montant",
    "relais": "numero_carte horodatage recu_le code_arret code_ligne code_valideur code_titre resultat",
    "gestion.supports": "numero_carte numero_imprime type_support id_client emis_le expire_le statut remplace_par",
    "gestion.clients": "id_client nom prenom date_naissance courriel telephone adresse ouvert_le clos_le motif_cloture",
    "gestion.contrats": "id_contrat numero_carte id_client id_payeur code_titre debut fin statut numero_serie",
    "gestion.compteurs": "numero_carte id_contrat voyages_restants releve_le",
    "gestion.ventes": "id_vente numero_carte id_client id_contrat code_titre vendu_le montant moyen_paiement",
    "gestion.opposition": "numero_carte motif debut fin auteur notifie_le",
    "gestion.impayes": "id_incident numero_carte id_client survenu_le regularise_le montant motif",
    "gestion.habilitations": "role objet privilege",
    "gestion.alertes_fraude": "id_alerte numero_carte levee_le numero_dossier",
    "gestion.dossiers_fraude": "numero_dossier numero_carte ouvert_le procedure clos_le analyste observations",
    "contraventions.pv": "id_pv constate_le paye_le transmis_le archive_le nom date_naissance lieu_naissance adresse",
    "journal.acces": "id_compte role horodatage objet finalite dossier operation lignes empreinte empreinte_precedente",
    "exploitation.comptes": "compte partage administrateur cree_le utilise_le parti_le ferme_le revu_le empreinte_mdp",
    "exploitation.evenements": "id_evenement nature debut fin motif auteur",
    "exploitation.sauvegardes": "objet prise_le expire_le detruite_le restauree_le repurgee_le",
    "conformite.demandes": "id_demande nature recue_le prolongee_le repondue_le numero_carte id_client type_support canal gelee_le "
    "copie_detruite_le close_le refusee refus_motive rubriques copie_jointe destinataires_nommes pseudonymes_cherches formats",
    "conformite.effacements": "id_demande objet efface_le lignes",
    "conformite.violations": "id_violation connue_le notifiee_le personnes_le risque faits effets mesures",
    "archives.ventes": "id_vente code_titre vendu_le montant moyen_paiement",
    "archives.pv": "id_pv constate_le paye_le archive_le",
    "recette.supports": "numero_carte type_support emis_le expire_le statut",
}
"""Tables of the demonstration and their columns; `_` stands for a space in the billing file."""

ACTIVITIES = [
    "archives-intermediaires",
    "billettique-titres",
    "contraventions",
    "demandes-droits",
    "fraude-dossiers",
    "gestion-acces",
    "impayes-opposition",
    "journalisation",
    "postpaiement",
    "recette",
    "relation-client",
    "sauvegardes",
    "sav-coffre",
    "services-multimodaux",
    "statistiques-frequentation",
    "validations-fraude",
    "violations",
]
FAMILIES = {"titres", "relation-commerciale", "fraude", "statistiques", "qualite", "propre"}


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    folder = tmp_path_factory.mktemp("starter")
    write_starter(folder)
    return load_register(folder)


def _activity(register, name):
    return next(declared.activity for declared in register.activities if declared.activity.id == name)


def test_it_holds_the_activities_of_a_ticketing_authority(register):
    assert [declared.activity.id for declared in register.activities] == ACTIVITIES
    assert [declared.file for declared in register.activities] == [f"registre/{name}.yml" for name in ACTIVITIES]


def test_every_activity_is_complete(register):
    for declared in register.activities:
        judged = completeness(declared)
        assert (judged.score, judged.total) == (7, 7), declared.file
        assert judged.complete, [state.label.fr for state in judged.additional if not state.present]


def test_every_column_of_the_demonstration_is_covered_exactly_once(register):
    covered = Counter(
        (coverage.table, column) for declared in register.activities for coverage in declared.activity.covers for column in coverage.columns
    )
    billing = {"postpaiement"}
    expected = {
        (table, name.replace("_", " ") if table in billing else name) for table, columns in PHYSICAL.items() for name in columns.split()
    }
    assert set(covered) == expected
    assert set(covered.values()) == {1}


def test_every_purpose_has_a_family_and_a_basis_open_to_a_public_authority(register):
    purposes = [purpose for declared in register.activities for purpose in declared.activity.purposes]
    assert len({purpose.id for purpose in purposes}) == len(purposes) == 25
    for purpose in purposes:
        assert purpose.family in FAMILIES
        assert purpose.basis is not None
        assert purpose.basis != "legitimate-interests"
        assert purpose.basis_reference


def test_au_015_is_a_benchmark_and_never_a_basis(register):
    for declared in register.activities:
        for invoked in declared.activity.references:
            assert (invoked.text, invoked.invoked_as) == ("AU-015", "benchmark")
        assert all("015" not in purpose.basis_reference for purpose in declared.activity.purposes)
        assert bool(declared.activity.references) == declared.activity.ticketing


def test_every_ticketing_activity_has_its_impact_assessment(register):
    for declared in register.activities:
        dpia = declared.activity.dpia
        assert (dpia.status == "done" and dpia.validated_on is not None) if declared.activity.ticketing else dpia.reason


@pytest.mark.parametrize(
    ("activity", "table", "column", "term", "applies_to", "fate"),
    [
        ("validations-fraude", "valideurs", "horodatage", "PT48H", "identified", "anonymise"),
        ("validations-fraude", "relais", "recu_le", "PT24H", "all", "delete"),
        ("postpaiement", "postpaiement", "Date et heure", "P4M", "all", "delete"),
        ("relation-client", "gestion.clients", "clos_le", "P2Y", "all", "delete"),
        ("impayes-opposition", "gestion.impayes", "survenu_le", "P2Y", "all", "delete"),
        ("statistiques-frequentation", "statistiques", "jour_exploitation", "P5Y", "all", "archive"),
    ],
)
def test_terms_that_can_be_measured_say_on_what(register, activity, table, column, term, applies_to, fate):
    [found] = [one for one in _activity(register, activity).retention if one.table == table]
    assert (found.column, found.duration, found.applies_to, found.fate) == (column, Duration.parse(term), applies_to, fate)


def test_measured_columns_are_covered_by_the_same_activity(register):
    for declared in register.activities:
        covered = {(coverage.table, column) for coverage in declared.activity.covers for column in coverage.columns}
        assert {(term.table, term.column) for term in declared.activity.retention if term.table} <= covered


def test_every_term_says_what_happens_to_public_archives(register):
    assert all(term.archives_agreement for declared in register.activities for term in declared.activity.retention)


def test_the_vault_and_the_billing_declare_no_place(register):
    vault = _activity(register, "sav-coffre")
    assert vault.covers == ()
    [billing] = _activity(register, "postpaiement").covers
    assert not {"Code arrêt", "Code ligne", "Code valideur", "Code véhicule"} & set(billing.columns)


def test_an_account_that_reads_customers_never_reads_taps(register):
    def accounts(name):
        return {account for recipient in _activity(register, name).recipients for account in recipient.accounts}

    assert not accounts("relation-client") & accounts("validations-fraude")
    assert not {"guichet", "sav"} & accounts("validations-fraude")


def test_every_file_says_it_is_an_example_to_adapt():
    for text in starter_files().values():
        assert "EXEMPLE À ADAPTER" in text
        assert not re.search(r"@(?!mel\.example|ilevia\.example)", text)


def test_the_french_is_typeset():
    for name, text in starter_files().items():
        assert "'" not in text, name
        assert not re.search(r" [;?!»]|« ", text), name
        assert text.endswith("\n"), name


def test_copying_writes_every_file_once(tmp_path):
    written = write_starter(tmp_path)
    assert [path.name for path in written] == list(starter_files())
    assert all(path.parent == tmp_path / "registre" for path in written)
    assert written[0].read_text(encoding="utf-8") == starter_files()[written[0].name]


def test_copying_never_overwrites_an_adapted_register(tmp_path):
    register = tmp_path / "registre"
    register.mkdir()
    (register / "postpaiement.yml").write_text("id: ours\n", encoding="utf-8")
    with pytest.raises(UsageProblem, match=r"already holds postpaiement\.yml"):
        write_starter(tmp_path)
    assert [path.name for path in register.iterdir()] == ["postpaiement.yml"]
    assert (register / "postpaiement.yml").read_text(encoding="utf-8") == "id: ours\n"
