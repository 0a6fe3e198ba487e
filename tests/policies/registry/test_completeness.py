"""Each point of art. 30(1) is present or absent on its own; what DPOs miss elsewhere is judged beside it."""

from dataclasses import replace
from datetime import date

import pytest

from auditor.vocabulary.durations import Duration
from auditor.vocabulary.register import Activity, Actor, Declared, Dpia, Purpose, Recipient, Retention, Transfer
from policies.registry import completeness

WHOLE = Activity(
    id="taps",
    title="Validations",
    updated_on=date(2026, 9, 15),
    actors=(
        Actor(name="MEL", role="controller", contact="mobilite@mel.example"),
        Actor(name="ilévia", role="processor", agreement="art. 28"),
    ),
    dpo="dpo@mel.example",
    purposes=(Purpose(id="fraud", title="Fraude", basis="public-interest"),),
    persons=("Voyageurs",),
    data_categories=("Validations",),
    recipients=(Recipient(name="Cellule fraude", kind="internal", why="Analyser"),),
    transfers="none",
    retention=(Retention(data="Lien", duration=Duration(seconds=172_800), starts="Validation", fate="anonymise"),),
    security=("Chiffrement",),
    dpia=Dpia(status="done", reference="AIPD-1", validated_on=date(2026, 3, 10)),
    ticketing=True,
    rights="Auprès du DPO",
    source_of_data="Valideurs",
    automated_decision="Aucune",
)


def _judged(**changes):
    return completeness(Declared(activity=replace(WHOLE, **changes), file="registre/taps.yml", lines={"": 1, "purposes": 9}))


def _absent(judged):
    return [state.article for state in judged.additional if not state.present]


def test_a_whole_activity_scores_seven_of_seven():
    judged = _judged()
    assert (judged.score, judged.total, judged.missing, judged.complete) == (7, 7, (), True)
    assert [state.article for state in judged.mandatory] == [f"30(1)({point})" for point in "abcdefg"]
    assert all("\u00a0:" not in state.label.en for state in judged.mandatory)


def test_each_field_says_where_it_is_written():
    judged = _judged()
    assert [state.line for state in judged.mandatory] == [1, 9, 1, 1, 1, 1, 1]


def test_a_point_made_of_two_keys_names_the_absent_one():
    assert [state.field for state in _judged().mandatory][:3] == ["actors, dpo", "purposes", "persons, data_categories"]
    assert _judged(dpo="").mandatory[0].field == "dpo"
    assert _judged(persons=()).mandatory[2].field == "persons"


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"actors": ()}, "30(1)(a)"),
        ({"actors": (Actor(name="MEL", role="controller"),)}, "30(1)(a)"),
        ({"actors": (Actor(name="ilévia", role="processor", contact="x", agreement="y"),)}, "30(1)(a)"),
        ({"dpo": " "}, "30(1)(a)"),
        ({"purposes": ()}, "30(1)(b)"),
        ({"purposes": (Purpose(id="x", title=" ", basis="consent"),)}, "30(1)(b)"),
        ({"persons": ()}, "30(1)(c)"),
        ({"data_categories": ()}, "30(1)(c)"),
        ({"recipients": ()}, "30(1)(d)"),
        ({"transfers": None}, "30(1)(e)"),
        ({"transfers": ()}, "30(1)(e)"),
        ({"retention": ()}, "30(1)(f)"),
        ({"retention": (replace(WHOLE.retention[0], starts=""),)}, "30(1)(f)"),
        ({"security": ()}, "30(1)(g)"),
        ({"security": (" ",)}, "30(1)(g)"),
    ],
)
def test_each_mandatory_point_is_missed_alone(changes, missing):
    judged = _judged(**changes)
    assert judged.missing == (missing,)
    assert judged.score == 6
    assert not judged.complete


@pytest.mark.parametrize(
    "changes",
    [
        {"actors": (Actor(name="MEL", role="joint-controller", contact="x", agreement="art. 26"),)},
        {"transfers": (Transfer(country="Canada", recipient="Hébergeur", safeguards="Décision d’adéquation"),)},
        {"retention": (replace(WHOLE.retention[0], duration=Duration()),)},
    ],
)
def test_other_forms_of_a_point_are_present(changes):
    assert _judged(**changes).complete


@pytest.mark.parametrize(
    ("changes", "article"),
    [
        ({"purposes": (Purpose(id="x", title="X"),)}, "6"),
        ({"purposes": (*WHOLE.purposes, Purpose(id="x", title="X"))}, "6"),
        ({"actors": (WHOLE.actors[0], Actor(name="ilévia", role="processor"))}, "26, 28"),
        ({"recipients": (Recipient(name="Cellule fraude", kind="internal"),)}, "15(1)(c)"),
        ({"dpia": None}, "35"),
        ({"dpia": Dpia(status="missing")}, "35"),
        ({"dpia": Dpia(status="in-progress", reference="AIPD-1")}, "35"),
        ({"dpia": Dpia(status="done", reference="AIPD-1")}, "35"),
        ({"dpia": Dpia(status="done", validated_on=date(2026, 1, 1))}, "35"),
        ({"dpia": Dpia(status="not-required", reason="petit")}, "35"),
        ({"rights": ""}, "12"),
        ({"source_of_data": ""}, "14(2)(f)"),
        ({"automated_decision": ""}, "22"),
        ({"updated_on": None}, "5(2)"),
    ],
)
def test_what_art_30_does_not_ask_for_is_judged_beside_it(changes, article):
    judged = _judged(**changes)
    assert judged.score == 7
    assert _absent(judged) == [article]


def test_an_exemption_with_its_reason_is_enough_outside_ticketing():
    assert _judged(ticketing=False, dpia=Dpia(status="not-required", reason="Traitement ponctuel")).complete
    assert _absent(_judged(ticketing=False, dpia=Dpia(status="not-required"))) == ["35"]
