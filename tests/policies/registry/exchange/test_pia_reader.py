"""An assessment, however old or damaged: proposed to the register, which wins wherever it speaks."""

import json
from datetime import date

import pytest

from auditor.vocabulary.durations import Duration
from auditor.vocabulary.errors import UsageProblem
from auditor.vocabulary.pia import read_pia
from auditor.vocabulary.register import Activity, Dpia, Purpose, Retention
from policies.registry.exchange import merge_pia
from tests.policies.registry.exchange.conftest import SHARED, needs_shared

FORMATS = SHARED / "formats" / "pia"


def pia(answers=(), measures=(), evaluations=(), **head):
    document = {
        "pia": {
            "name": "Billettique",
            "status": 3,
            "created_at": "2026-01-01T00:00:00.000Z",
            "updated_at": "2026-03-10T12:00:00.000Z",
            **head,
        },
        "answers": [{"reference_to": question, "data": {"text": text, "gauge": 0, "list": []}} for question, text in answers],
        "measures": [{"id": rank, "title": title, "content": ""} for rank, title in enumerate(measures, 1)],
        "evaluations": [{"reference_to": ref, "status": 3, "gauges": {"x": x, "y": y}} for ref, x, y in evaluations],
        "comments": [],
    }
    return json.dumps(document).encode()


BARE = Activity(id="x", title="X")


def _taken(merge, field):
    return [(one.proposed, one.taken) for one in merge.changes if one.field.startswith(field)]


@needs_shared
def test_a_real_file_is_proposed_and_its_bases_follow_its_purposes():
    merge = merge_pia(BARE, (FORMATS / "2018-02-21-pia-example.json").read_bytes())
    assert [purpose.basis for purpose in merge.activity.purposes] == ["contract", "legitimate-interests", "legitimate-interests"]
    assert len(merge.activity.security) == 23
    assert merge.activity.dpia == Dpia(
        status="done",
        reference="PIA « Captoo »",
        validated_on=date(2018, 2, 21),
        sections=("description", "necessity", "risks", "measures"),
        residual_risk=merge.activity.dpia.residual_risk,
    )
    assert merge.activity.retention == ()
    assert [taken for _, taken in _taken(merge, "retention")] == [False]
    assert merge.remarks == ()


@needs_shared
@pytest.mark.parametrize("name", ["2018-11-21-structure-example-fr.json", "pia_architecture.json"])
def test_a_template_is_refused_as_a_template(name):
    with pytest.raises(UsageProblem, match="template"):
        merge_pia(BARE, (FORMATS / name).read_bytes())


@needs_shared
def test_a_file_cut_short_is_refused_wherever_it_is_cut():
    whole = (FORMATS / "2018-02-21-pia-example.json").read_bytes()
    for end in range(100, len(whole) - 2, 4_001):
        with pytest.raises(UsageProblem):
            merge_pia(BARE, whole[:end])


def test_what_the_register_says_is_kept_and_the_difference_shown():
    held = Activity(
        id="x",
        title="X",
        purposes=(Purpose(id="p", title="Vendre", basis="contract"),),
        retention=(Retention(data="Ventes", duration=Duration.parse("P10Y"), starts="Vente", fate="delete"),),
        security=("Chiffrement des supports",),
        dpia=Dpia(status="done", reference="A-1", validated_on=date(2025, 1, 1)),
    )
    content = pia(
        [
            (211, "<ul><li>Vendre</li><li>Prospecter</li></ul>"),
            (212, "<p>Vendre : consentement</p>"),
            (215, "<p>Ventes : 2 ans après la vente, puis suppression</p>"),
        ],
        ["Chiffrement", "Sauvegardes"],
        [("3.2", 2, 3), ("3.3", 1, 1), ("3.4", 1, 2)],
    )  # fmt: skip
    merge = merge_pia(held, content)
    assert merge.activity.purposes == held.purposes
    assert merge.activity.retention == held.retention
    assert merge.activity.security == ("Chiffrement des supports", "Sauvegardes")
    assert merge.activity.dpia == Dpia(
        status="done", reference="A-1", validated_on=date(2025, 1, 1), sections=("necessity", "measures"), residual_risk="significant"
    )
    assert _taken(merge, "purposes") == [("Prospecter", False), ("Consentement", False)]
    assert _taken(merge, "retention") == [("Ventes : 2 ans après la vente, puis suppression", False)]
    assert ("PIA « Billettique »", False) in _taken(merge, "dpia.reference")


def test_an_assessment_carries_the_state_forward_and_never_back():
    assert merge_pia(Activity(id="x", title="X", dpia=Dpia(status="missing")), pia()).activity.dpia.status == "done"
    assert merge_pia(Activity(id="x", title="X", dpia=Dpia(status="done")), pia(status=0)).activity.dpia.status == "done"
    assert (
        merge_pia(Activity(id="x", title="X", dpia=Dpia(status="not-required", reason="r")), pia()).activity.dpia.status == "not-required"
    )
    assert merge_pia(BARE, pia(status=5)).activity.dpia == Dpia(status="in-progress", reference="PIA « Billettique »")
    assert merge_pia(BARE, pia(status=4)).activity.dpia is None


def test_a_residual_risk_needs_the_three_events():
    assert merge_pia(BARE, pia(evaluations=[("3.2", 4, 4), ("3.3", 1, 1)])).activity.dpia.residual_risk == ""


def test_a_term_that_is_wholly_said_is_proposed():
    merge = merge_pia(
        BARE, pia([(215, "<ul><li>Taps : 48 heures à compter de la validation, puis anonymisation</li><li>le temps utile</li></ul>")])
    )
    assert merge.activity.retention == (Retention(data="Taps", duration=Duration.parse("PT48H"), starts="validation", fate="anonymise"),)
    assert [taken for _, taken in _taken(merge, "retention")] == [True, False]


def test_what_poincon_wrote_there_is_not_read_back_as_the_assessment_s():
    ours = (
        "<p><strong>Relevé de Poinçon (registre et mesures) :</strong></p><ul><li>À nous</li></ul><p><em>Fin du relevé de Poinçon.</em></p>"
    )
    merge = merge_pia(BARE, pia([(211, f"<p>À eux</p>{ours}<p>Encore eux</p>")]))
    assert [purpose.title for purpose in merge.activity.purposes] == ["À eux", "Encore eux"]


def test_ids_of_new_purposes_are_the_register_s_own():
    merge = merge_pia(BARE, pia([(211, "<p>Vendre</p>")]), ["vendre"])
    assert merge.activity.purposes[0].id == "vendre-2"


def test_the_first_generation_survives():
    content = json.dumps(
        {
            "pia": {"name": "Vieux", "status": "2", "updated_at": "2017-11-01"},
            "answers": [
                {"reference_to": "211", "data": {"text": "<p>Vendre</p>", "gauge": "0", "list": None}},
                {"reference_to": "212", "data": "Contrat"},
            ],
            "measures": [{"title": None, "content": "<p>Coffre</p>"}],
        }
    ).encode()
    merge = merge_pia(BARE, content)
    assert merge.activity.purposes[0].title == "Vendre"
    assert merge.activity.security == ("Coffre",)
    assert merge.activity.dpia.validated_on == date(2017, 11, 1)
    assert {remark.place for remark in merge.remarks} == {"answers[0]", "answers[1]", "evaluations", "comments"}


WRONG = [
    None,
    3,
    "x",
    [],
    {},
    True,
    [None],
    [[]],
    {"reference_to": {}},
    {"reference_to": 211, "data": {"text": 5, "gauge": "z", "list": [1]}},
]


@pytest.mark.parametrize("name", ["answers", "measures", "evaluations", "comments"])
@pytest.mark.parametrize("value", WRONG)
def test_wrong_types_are_remarks_and_never_an_exception(name, value):
    for content in ({"pia": {"name": 4, "status": value}, name: value}, {"pia": {}, name: [value]}):
        document, _ = read_pia(json.dumps(content).encode())
        assert all(isinstance(document[part], list) for part in ("answers", "measures", "evaluations", "comments"))
        merge_pia(BARE, json.dumps(content).encode())


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"pia": []}', b'{"pia": {"a": NaN}}', b"[" * 100_000, b'{"pia":' + b'{"a":' * 100_000],
)
def test_what_is_not_an_assessment_is_refused_in_three_sentences(content):
    with pytest.raises(UsageProblem) as refused:
        read_pia(content)
    assert refused.value.why
    assert refused.value.next_step
