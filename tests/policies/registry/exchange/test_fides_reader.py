"""Fides files of anyone: every key is known, renamed or unknown, every field is taken or told, and nothing is guessed."""

import csv

import pytest

from auditor.vocabulary.durations import Duration
from auditor.vocabulary.errors import DeclarationProblem, UsageProblem
from auditor.vocabulary.fides_keys import CATEGORIES, SUBJECTS, USES, answer
from auditor.vocabulary.register import Actor, Invoked
from policies.registry import load_register
from policies.registry.exchange import detect, read_fides
from policies.registry.writing import write_register
from tests.policies.registry.exchange.conftest import SHARED, needs_shared

SAMPLES = SHARED / "formats" / "fides"
SYSTEM = """\
system:
  - fides_key: taps
    name: Taps
    system_type: Service
    privacy_declarations:
      - name: Fraud
        data_use: essential.fraud_detection
        data_categories: [user.unique_id]
        data_subjects: [passenger]
"""


def read(text):
    return read_fides(text.encode())


def said(imported, place):
    """Return the remarks at the end of a place."""
    return [remark.said.en for remark in imported.remarks if remark.place.endswith(place)]


def fields(*lines):
    listed = "".join(f"          - {line}\n" for line in lines)
    return f"dataset:\n  - fides_key: base\n    collections:\n      - name: taps\n        fields:\n{listed}"


def columns(imported):
    return dict(imported.activities[0].covers[0].columns)


# --- the taxonomy -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "key", "state", "today"),
    [
        ("data_category", "user.contact.email", "known", "user.contact.email"),
        ("data_category", "user.contact.state", "renamed", "user.contact.address.state"),
        ("data_category", "user.cookie_id", "renamed", "user.device.cookie_id"),
        ("data_category", "user.provided.identifiable.contact.city", "renamed", "user.contact.address.city"),
        ("data_category", "user.derived.identifiable.observed", "renamed", "user.behavior"),
        ("data_category", "user.provided.identifiable", "unknown", "user.provided.identifiable"),
        ("data_category", "account.contact.state", "unknown", "account.contact.state"),
        ("data_category", "user.contact.stat", "unknown", "user.contact.stat"),
        ("data_use", "improve.system", "renamed", "functional.service.improve"),
        ("data_use", "advertising", "renamed", "marketing.advertising"),
        ("data_use", "provide.service.operations", "renamed", "essential.service.operations"),
        ("data_use", "personalize.profiling", "renamed", "personalize.content.profiling"),
        ("data_use", "sell", "unknown", "sell"),
        ("data_subject", "commuter", "known", "commuter"),
        ("data_subject", "potential_customer", "unknown", "potential_customer"),
    ],
)
def test_each_key_is_known_renamed_or_unknown(kind, key, state, today):
    found = answer(kind, key)
    assert (found.state, found.key) == (state, today)


def test_a_key_that_the_file_declares_is_known_with_the_meaning_of_its_parent():
    found = answer("data_category", "user.location.route.stop", {"user.location.route", "user.location.route.stop"})
    assert (found.state, found.parent) == ("known", "user.location")


@needs_shared
@pytest.mark.parametrize(("file", "table"), [("categories", CATEGORIES), ("uses", USES), ("subjects", SUBJECTS)])
def test_the_table_holds_the_whole_default_taxonomy(file, table):
    with (SAMPLES / f"fideslang_data_{file}.csv").open(encoding="utf-8") as stream:
        keys = {row["fides_key"] for row in csv.DictReader(stream)} - {"", "data_category", "data_use", "data_subject"}
    newer = {"functional.storage.privacy_preferences", "personalize.profiling"} if file == "uses" else set()
    assert table.keys() == keys | newer


# --- the official samples ---------------------------------------------------------------------------------------------


@needs_shared
def test_the_official_systems_are_activities_and_their_stale_keys_are_said(tmp_path):
    imported = read_fides((SAMPLES / "demo_system.yml").read_bytes())
    assert [one.id for one in imported.activities] == ["demo-analytics-system", "demo-marketing-system"]
    first, second = imported.activities
    assert (first.purposes[0].family, first.purposes[0].basis) == ("qualite", None)
    assert second.data_categories == ("Identifiant de traceur (user.device.cookie_id)",)
    assert (
        said(imported, "system.0.privacy_declarations.0.data_use")[0] == "a key of an older taxonomy, read as “functional.service.improve”"
    )
    assert said(imported, "system.1.privacy_declarations.0.data_use")[0] == "a key of an older taxonomy, read as “marketing.advertising”"
    assert said(imported, "system.0.ingress.0") == ["a data set that is not in the file"]
    assert said(imported, "system.0.description") == ["the register has no place for this field of Fides"]
    write_register(tmp_path, imported)
    assert len(load_register(tmp_path).activities) == 2


@needs_shared
def test_the_official_data_set_becomes_covered_tables():
    imported = read_fides((SAMPLES / "demo_dataset.yml").read_bytes())
    (activity,) = imported.activities
    assert activity.covers[0].table == "demo_users_dataset.users"
    assert columns(imported) == {
        "created_at": "technical",
        "email": "direct-identifier",
        "first_name": "direct-identifier",
        "state": "quasi-identifier",
        "uuid": "direct-identifier",
    }
    assert "a column without a category: not declared, to be classified" in said(imported, "fields.3")
    assert any("without a system" in remark.said.en for remark in imported.remarks)


@needs_shared
def test_the_negative_samples_are_read_with_what_is_wrong_in_them():
    imported = read_fides((SAMPLES / "dataset_missing_categories.yml").read_bytes())
    assert columns(imported) == {}
    assert said(imported, "fields.1.data_categories") == ["a key that neither the fideslang 3.1.4 taxonomy nor the file knows"]
    imported = read_fides((SAMPLES / "failing_declaration_taxonomy.yml").read_bytes())
    assert imported.activities[0].data_categories == ("Opinions politiques (user.demographic.political_opinion)",)
    assert said(imported, "policy.0") == ["an evaluation policy of Fides is no processing activity: not taken"]


@needs_shared
@pytest.mark.parametrize("name", ["demo_organization", "demo_policy", "demo_extended_taxonomy"])
def test_a_file_without_a_system_or_a_data_set_is_refused_and_says_what_it_holds(name):
    content = (SAMPLES / f"{name}.yml").read_bytes()
    assert detect(content) == "fides"
    with pytest.raises(UsageProblem, match="no system and no data set"):
        read_fides(content)


@needs_shared
def test_files_put_together_refer_to_each_other():
    parts = [(SAMPLES / f"demo_{name}.yml").read_bytes() for name in ("dataset", "system", "organization")]
    first = read_fides(b"\n".join(parts)).activities[0]
    assert first.covers[0].table == "demo_users_dataset.users"
    assert first.actors[0].role == "controller"
    assert "@" in first.dpo


# --- systems ----------------------------------------------------------------------------------------------------------


def test_a_declaration_is_a_purpose_with_its_basis():
    imported = read(SYSTEM + "        legal_basis_for_processing: Public interest\n")
    (activity,) = imported.activities
    (purpose,) = activity.purposes
    assert (purpose.id, purpose.title, purpose.family, purpose.basis) == ("fraud", "Fraud", "fraude", "public-interest")
    assert activity.persons == ("Voyageurs (passenger)",)


def test_a_basis_that_is_none_is_said_and_not_replaced():
    imported = read(SYSTEM + "        legal_basis_for_processing: Legitimate interest\n")
    assert imported.activities[0].purposes[0].basis is None
    assert said(imported, "legal_basis_for_processing") == ["this is none of the legal bases of fideslang"]


def test_an_article_9_condition_is_a_reference():
    imported = read(SYSTEM + "        special_category_legal_basis: Explicit consent\n")
    assert imported.activities[0].references == (Invoked(text="RGPD, article 9(2)(a)", invoked_as="legal-basis"),)


@pytest.mark.parametrize("text", ["30 days", "as long as needed", "2 years then archived or deleted", "P30D"])
def test_a_retention_without_its_fate_is_not_entered(text):
    imported = read(SYSTEM + f"        retention_period: {text}\n")
    assert imported.activities[0].retention == ()
    gap = next(remark for remark in imported.remarks if remark.place.endswith("retention_period"))
    assert (gap.kind, gap.quoted) == ("gap", text)


def test_a_retention_said_whole_in_french_or_in_ours_is_entered():
    ours = read(SYSTEM + '        retention_period: "PT48H à compter de : Passage, puis suppression (Sans alerte) — Validations"\n')
    (term,) = ours.activities[0].retention
    assert (term.data, term.duration, term.starts, term.fate) == ("Validations", Duration.parse("PT48H"), "Passage", "delete")
    assert term.condition == "Sans alerte"
    french = read(SYSTEM + "        retention_period: 2 ans à compter du dernier achat, puis suppression\n")
    (term,) = french.activities[0].retention
    assert (term.duration, term.starts, term.fate, term.data) == (Duration.parse("P2Y"), "dernier achat", "delete", "")


def test_an_unknown_field_is_said_to_be_ignored_by_fideslang():
    imported = read(SYSTEM + "        retention: 30 days\n    owner: me\n")
    assert said(imported, ".retention") == ["a field that fideslang does not know, and ignores without a word"]
    assert said(imported, ".owner") == ["a field that fideslang does not know, and ignores without a word"]


def test_a_value_of_another_type_is_said_and_not_taken():
    imported = read(
        SYSTEM.replace("data_categories: [user.unique_id]", "data_categories: user.unique_id").replace("name: Taps", "name: [a, b]")
    )
    (activity,) = imported.activities
    assert activity.data_categories == ()
    assert activity.title == "taps"
    assert "a value of another type than expected: not taken" in said(imported, "system.0.name")
    assert "a value of another type than expected: not taken" in said(imported, ".data_categories")


def test_a_system_given_twice_is_taken_once_and_said():
    imported = read(SYSTEM + SYSTEM.partition("\n")[2])
    assert len(imported.activities) == 1
    assert said(imported, "system.1.fides_key") == ["a name or key given twice: only the first is taken"]


def test_keys_that_make_the_same_id_stay_apart():
    imported = read(SYSTEM + SYSTEM.partition("\n")[2].replace("fides_key: taps", "fides_key: TAPS"))
    assert [one.id for one in imported.activities] == ["taps", "taps-2"]
    assert [one.purposes[0].id for one in imported.activities] == ["fraud", "fraud-2"]


def test_flows_give_recipients_and_the_source_of_the_data():
    flows = """\
    egress: [{fides_key: bank, type: system}, {fides_key: user, type: user}]
    ingress: [{fides_key: user, type: user}, {fides_key: gates, type: system}]
"""
    imported = read(SYSTEM.replace("    privacy_declarations", f"{flows}    privacy_declarations") + "        egress: [other]\n")
    (activity,) = imported.activities
    assert [(one.name, one.kind) for one in activity.recipients] == [("bank", "partner")]
    assert activity.source_of_data == "La personne elle-même ; gates"
    assert said(imported, "declarations.0.egress") == ["a flow named by a declaration and not declared on the system"]


def test_a_default_of_fides_declares_nothing():
    imported = read(
        SYSTEM + "    does_international_transfers: false\n    requires_data_protection_assessments: false\n    uses_cookies: false\n"
    )
    (activity,) = imported.activities
    assert (activity.transfers, activity.dpia) == (None, None)
    assert len(said(imported, "does_international_transfers")) == 1
    assert said(imported, "uses_cookies") == []


def test_transfers_and_assessments_that_are_said_are_taken():
    more = (
        "    does_international_transfers: yes\n    legal_basis_for_transfers: [SCCs]\n    dpa_progress: Completed\n    dpa_location: A-1\n"
    )
    imported = read(SYSTEM + more)
    (activity,) = imported.activities
    assert isinstance(activity.transfers, tuple)
    assert activity.transfers[0].safeguards == "SCCs"
    assert activity.dpia is not None
    assert (activity.dpia.status, activity.dpia.reference) == ("done", "A-1")


def test_a_role_that_is_not_said_makes_no_actor():
    assert read(SYSTEM + "    legal_name: ACME\n    responsibility: [Processor]\n").activities[0].actors == (
        Actor(name="ACME", role="processor"),
    )
    imported = read(SYSTEM + "    legal_name: ACME\n")
    assert imported.activities[0].actors == ()
    assert said(imported, "legal_name") == ["role not understood: the body is not entered as an actor"]


# --- data sets --------------------------------------------------------------------------------------------------------


def test_the_strictest_of_several_keys_is_the_category():
    imported = read(fields("{name: c, data_categories: [system.operations, user.health_and_medical.record_id]}"))
    assert columns(imported) == {"c": "sensitive"}


def test_nested_fields_are_columns_named_by_their_path():
    imported = read(fields("{name: who, fields: [{name: mail, data_categories: [user.contact.email]}, {name: raw}]}"))
    assert columns(imported) == {"who.mail": "direct-identifier"}
    assert said(imported, "fields.0.fields.1") == ["a column without a category: not declared, to be classified"]


def test_the_old_spelling_of_the_metadata_is_said_once():
    imported = read(fields("{name: c, data_categories: [user.name], fidesops_meta: {primary_key: true}}"))
    places = said(imported, "dataset.0")
    assert "“fidesops_meta” is the old spelling of “fides_meta”" in places
    assert any("without a place in the register" in one for one in places)


def test_a_column_given_twice_is_taken_once_and_said():
    imported = read(fields("{name: c, data_categories: [user.name]}", "{name: c, data_categories: [system.operations]}"))
    assert columns(imported) == {"c": "direct-identifier"}
    assert said(imported, "fields.1.name") == ["a name or key given twice: only the first is taken"]


def test_categories_of_a_whole_table_go_to_the_columns_without_any():
    text = fields("{name: c}", "{name: d, data_categories: [user.name]}").replace(
        "        fields:", "        data_categories: [user.location]\n        fields:"
    )
    assert columns(read(text)) == {"c": "quasi-identifier", "d": "direct-identifier"}


def test_a_key_that_the_file_declares_gives_the_category_of_its_parent():
    text = "data_category:\n  - {fides_key: user.location.route, name: Route, parent_key: user.location}\n"
    assert columns(read(text + fields("{name: c, data_categories: [user.location.route]}"))) == {"c": "quasi-identifier"}


# --- what is refused --------------------------------------------------------------------------------------------------


def _bomb():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{rank}: &a{rank} [{', '.join([f'*a{rank - 1}'] * 10)}]" for rank in range(1, 9)]
    return "\n".join([*lines, "system: *a8"]).encode()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (_bomb(), "more values than"),
        (b"system: " + b"[" * 3_000 + b"]" * 3_000, "deep|more values"),
        (b"system: [\n  {fides_key: a", "not valid YAML"),
        (b"system:\n - !!python/object:os.system {}", "tag"),
        (b"system:\n - fides_key: a\n   fides_key: b", "already given"),
        (b"system: \xff\xfe", "UTF-8"),
        (b"system:\n" + b" " * 5_000_001, "larger than"),
    ],
)  # fmt: skip
def test_a_bomb_or_a_damaged_file_is_refused_with_exit_2(content, what):
    with pytest.raises(DeclarationProblem, match=what) as refused:
        read_fides(content)
    assert refused.value.exit_code == 2


@pytest.mark.parametrize("content", [b"- a\n- b\n", b"title: x\n", b"systems: []\n"])
def test_a_file_of_another_kind_is_refused(content):
    with pytest.raises(UsageProblem, match="not a fideslang file"):
        read_fides(content)


@pytest.mark.parametrize(
    ("content", "form"), [(b'{"system": []}', "fides"), (b"\xef\xbb\xbfdataset:\n", "fides"), (b'"policy" :\n', "fides")]
)
def test_a_fides_file_is_known_by_its_keys(content, form):
    assert detect(content) == form


def test_a_file_that_only_mentions_a_system_is_not_one():
    with pytest.raises(UsageProblem):
        detect(b"id: x\ntitle: y\n  system: z\n")


def test_a_list_longer_than_any_register_is_refused(monkeypatch):
    monkeypatch.setattr("policies.registry.exchange.fides_file.MOST_ENTRIES", 2)
    with pytest.raises(UsageProblem, match="The list system of the Fides file holds more than 2 entries"):
        read("system:\n" + "  - fides_key: a\n" * 3)
