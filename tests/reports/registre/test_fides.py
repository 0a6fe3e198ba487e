"""The register as Fides YAML: what fideslang can say stands where it says it, and our own round trip loses nothing."""

from dataclasses import fields, replace

import yaml
from hypothesis import HealthCheck, Phase, given, settings

from auditor.vocabulary.durations import Duration
from auditor.vocabulary.fides_keys import CATEGORIES, USES, answer
from auditor.vocabulary.register import Activity, Purpose, Retention
from policies.registry import load_register, write_starter
from policies.registry.exchange import detect, read_fides
from policies.registry.exchange.fides_systems import is_third_party
from policies.registry.writing import write_register
from reports.registre import render_fides
from tests.reports.registre.test_ods import ACTIVITIES, WHOLE, register


def loaded(*activities):
    return yaml.safe_load(render_fides(register(*activities)))


def system(document, key="taps"):
    return next(one for one in document["system"] if one["fides_key"] == key)


def written(document):
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False).encode()


def test_a_system_says_the_activity_in_the_words_of_fideslang():
    held = system(loaded(WHOLE))
    assert (held["name"], held["organization_fides_key"], held["system_type"]) == ("Validations", "default_organization", "Traitement")
    assert held["dataset_references"] == ["taps", "vide"]
    assert [flow["fides_key"] for flow in held["ingress"]] == ["taps", "vide"]
    assert {flow["type"] for flow in held["egress"]} == {"system"}
    assert held["does_international_transfers"] is True
    assert held["legal_basis_for_transfers"] == ["CCT de 2021"]
    assert (held["dpa_progress"], held["dpa_location"], held["requires_data_protection_assessments"]) == ("done", "A-1", True)
    assert held["data_security_practices"].split("\n") == list(WHOLE.security)


def test_there_is_one_declaration_per_purpose_with_its_basis_and_an_iso_duration_first():
    declarations = system(loaded(WHOLE))["privacy_declarations"]
    assert [one["name"] for one in declarations] == [one.title for one in WHOLE.purposes]
    assert {one["legal_basis_for_processing"] for one in declarations} == {"Public interest"}
    assert declarations[0]["retention_period"].startswith("PT48H à compter de : Passage, puis anonymisation")
    assert declarations[0]["data_use"] == "operations"


def test_a_family_of_purpose_gives_its_use_and_each_use_is_of_the_taxonomy():
    families = ("titres", "relation-commerciale", "fraude", "statistiques", "qualite", "propre", "")
    purposes = tuple(Purpose(id=f"p{rank}", title=f"{rank}", family=family) for rank, family in enumerate(families))
    uses = [one["data_use"] for one in system(loaded(replace(WHOLE, purposes=purposes)))["privacy_declarations"]]
    assert uses[2:5] == ["essential.fraud_detection", "analytics.reporting", "functional.service.improve"]
    assert set(uses) <= USES.keys()


def test_what_fideslang_lacks_is_declared_under_an_existing_parent():
    document = loaded(WHOLE)
    extension = {one["fides_key"]: one["parent_key"] for one in document["data_category"]}
    assert extension["user.unique_id.pseudonymous.transport_card"] == "user.unique_id.pseudonymous"
    assert extension["user.location.journey_history"] == "user.location"
    for key, parent in extension.items():
        assert key.rpartition(".")[0] == parent
        assert parent in CATEGORIES


def test_a_card_number_and_a_stop_have_their_own_keys():
    columns = {
        "numero_carte": "direct-identifier",
        "code_arret": "quasi-identifier",
        "heure": "quasi-identifier",
        "jeton_carte": "pseudonym",
    }
    document = loaded(replace(WHOLE, covers=(replace(WHOLE.covers[0], table="base.taps", columns=columns),)))
    (dataset,) = document["dataset"]
    (collection,) = dataset["collections"]
    assert (dataset["fides_key"], collection["name"]) == ("base", "taps")
    assert {one["name"]: one["data_categories"] for one in collection["fields"]} == {
        "code_arret": ["user.location.journey_history"],
        "heure": ["user.quasi_identifier"],
        "jeton_carte": ["user.unique_id.pseudonymous"],
        "numero_carte": ["user.unique_id.pseudonymous.transport_card"],
    }


def test_every_key_that_is_used_is_known_and_every_flow_leads_somewhere():
    document = loaded(WHOLE, Activity(id="bare", title="Nue"))
    declared = {
        kind: {one["fides_key"] for one in document.get(kind, ())} for kind in ("data_category", "data_subject", "dataset", "system")
    }
    for one in document["system"]:
        for declaration in one["privacy_declarations"]:
            assert answer("data_use", declaration["data_use"]).state == "known"
            for kind, name in (("data_category", "data_categories"), ("data_subject", "data_subjects")):
                assert {answer(kind, key, declared[kind]).state for key in declaration[name]} <= {"known"}
        for flow in [*one.get("egress", ()), *one.get("ingress", ())]:
            assert flow["fides_key"] in declared[flow["type"]]


def test_the_same_register_gives_the_same_bytes_whatever_its_order():
    other = Activity(id="bare", title="Nue", persons=("Voyageurs",))
    assert render_fides(register(WHOLE, other)) == render_fides(register(other, WHOLE))


def test_what_comes_back_is_the_register(tmp_path):
    write_starter(tmp_path)
    for given_register in (load_register(tmp_path), register(WHOLE), register(Activity(id="bare", title="Nue"))):
        content = render_fides(given_register)
        assert detect(content) == "fides"
        imported = read_fides(content)
        assert {one.id: one for one in imported.activities} == {one.activity.id: one.activity for one in given_register.activities}
        assert imported.remarks == ()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=[Phase.explicit, Phase.generate])
@given(activity=ACTIVITIES)
def test_any_register_comes_back_whole(activity):
    assert read_fides(render_fides(register(activity))).activities == (activity,)


def test_without_the_sheet_what_fides_can_carry_stays_and_the_rest_is_remarked(tmp_path):
    write_starter(tmp_path)
    held = load_register(tmp_path)
    document = yaml.safe_load(render_fides(held))
    for one in document["system"]:
        one.pop("meta", None)
    imported = read_fides(written(document))
    before = {one.activity.id: one.activity for one in held.activities}
    assert {one.id for one in imported.activities} == before.keys()
    for one in imported.activities:
        was = before[one.id]
        for name in ("title", "dpo", "persons", "data_categories", "security"):
            assert getattr(one, name) == getattr(was, name)
        assert {(p.title, p.basis) for p in one.purposes} == {(p.title, p.basis) for p in was.purposes}
        assert [(t.data, t.duration, t.starts, t.fate, t.condition) for t in one.retention if not t.purpose] == [
            (t.data, t.duration, t.starts, t.fate, t.condition) for t in was.retention if not t.purpose
        ]
        assert [(r.name, r.kind) for r in one.recipients] == [(r.name, r.kind) for r in was.recipients]
        columns = {(table.table, name): category for table in one.covers for name, category in table.columns.items()}
        assert {
            (table.table, name): category for table in was.covers for name, category in table.columns.items()
        }.items() <= columns.items()
        gaps = [remark.said.fr for remark in imported.about(one.id) if remark.kind == "gap"]
        assert any(gap.startswith("Fides n’a pas de place pour") for gap in gaps)
    write_register(tmp_path / "new", imported)


def test_every_field_lost_without_the_sheet_is_named(tmp_path):
    write_starter(tmp_path)
    held = load_register(tmp_path)
    document = yaml.safe_load(render_fides(held))
    for one in document["system"]:
        one.pop("meta", None)
    after = {one.id: one for one in read_fides(written(document)).activities}
    lost = {
        one.name
        for declared in held.activities
        for one in fields(Activity)
        if getattr(declared.activity, one.name) != getattr(after[declared.activity.id], one.name)
    }
    # The remark names each of these: dates, actors, references, pseudonymisation, rights, source, decision, and details of the rest.
    assert lost <= {
        "created_on", "updated_on", "actors", "purposes", "recipients", "transfers", "retention", "dpia", "ticketing", "references",
        "pseudonymisation", "pseudonymisation_domain", "rights", "source_of_data", "automated_decision", "covers",
    }  # fmt: skip


def test_what_was_changed_in_fides_since_is_carried_and_said():
    document = loaded(WHOLE)
    held = system(document)
    held["name"] = "Renommé"
    held["privacy_declarations"][0] |= {"name": "Autre", "legal_basis_for_processing": "Consent"}
    held["data_security_practices"] += "\nGardiennage"
    fields_ = document["dataset"][0]["collections"][0]["fields"]
    fields_.append({"name": "nouvelle", "data_categories": ["user.name"]})
    fields_[:] = [one for one in fields_ if one["name"] != "at"]
    imported = read_fides(written(document))
    (activity,) = imported.activities
    assert activity.title == "Renommé"
    assert activity.purposes[0] == replace(WHOLE.purposes[0], title="Autre", basis="consent")
    assert activity.purposes[1:] == WHOLE.purposes[1:]
    assert activity.security == (*WHOLE.security, "Gardiennage")
    assert activity.covers[0].columns == {"card": "pseudonym", "nouvelle": "direct-identifier"}
    assert (activity.recipients, activity.retention, activity.rights) == (WHOLE.recipients, WHOLE.retention, WHOLE.rights)
    assert {one.place for one in imported.about("taps")} == {"title", "purposes", "security", "covers.taps"}


def test_an_order_changed_by_a_tool_is_no_change():
    document = loaded(WHOLE)
    system(document)["privacy_declarations"].reverse()
    document["system"].reverse()
    imported = read_fides(written(document))
    assert imported.activities == (WHOLE,)
    assert imported.about("taps") == ()


def test_a_purpose_removed_in_fides_goes_and_its_terms_keep_theirs():
    term = Retention(data="D", duration=Duration.parse("P1Y"), starts="S", fate="delete", purpose="p1")
    whole = replace(WHOLE, retention=(term,))
    document = loaded(whole)
    del system(document)["privacy_declarations"][0]
    imported = read_fides(written(document))
    (activity,) = imported.activities
    assert [one.id for one in activity.purposes] == [f"p{rank}" for rank in range(1, 8)]
    assert activity.retention == (term,)
    assert [one.said.fr for one in imported.about("taps")] == [
        "retiré de Fides depuis l’export : retiré de la fiche".replace(" :", "\N{NO-BREAK SPACE}:")
    ]


def test_a_sheet_that_was_damaged_leaves_what_fides_says():
    document = loaded(WHOLE)
    system(document)["meta"]["poincon"]["activity"]["retention"] = "bientôt"
    imported = read_fides(written(document))
    assert imported.activities[0].persons == WHOLE.persons
    assert any("meta" in one.place for one in imported.remarks)


def test_a_recipient_is_declared_and_is_not_an_activity():
    document = loaded(WHOLE)
    assert sum(is_third_party(one) for one in document["system"]) == len(WHOLE.recipients)
    assert [one.id for one in read_fides(written(document)).activities] == ["taps"]
