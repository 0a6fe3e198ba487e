"""The answer is complete: codes explained, rows past their term counted, third parties masked, gaps said."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from auditor.requests import FrozenCopy, FrozenTable, Particulars, compose
from auditor.vocabulary.access import AccessRequest, RequestState
from auditor.vocabulary.durations import Duration
from auditor.vocabulary.network import Identity
from auditor.vocabulary.register import Activity, Coverage, Declared, Purpose, Recipient, Register, Retention

AT = datetime(2026, 10, 31, 5)
REQUEST = AccessRequest(
    id="2026-0001",
    state=RequestState.FROZEN,
    received_on=date(2026, 10, 31),
    due_on=date(2026, 11, 30),
    medium="nominative",
    identity_check="carte présentée au guichet",
)
TAPS = FrozenTable(
    physical="valideurs",
    canonical="validations",
    store_role="active",
    token=False,
    columns=("numero_carte", "horodatage", "code_arret"),
    mapped=("card", "tapped_at", "stop"),
    rows=(("2501234566", "2026-10-29 06:59:59", "A1"), ("2501234566", "2026-10-29 07:00:00", "A9")),
    events=(datetime(2026, 10, 29, 4, 59, 59), datetime(2026, 10, 29, 5)),
)
CONTRACTS = FrozenTable(
    physical="gestion.contrats",
    canonical="contracts",
    store_role="active",
    token=False,
    columns=("id_contrat", "id_client", "id_payeur"),
    mapped=("contract", "customer", "payer"),
    rows=(("7", "12", "44"),),
    events=(None,),
)


@pytest.fixture
def copy():
    return FrozenCopy(
        frozen_at=AT, medium="nominative", tables=(TAPS, CONTRACTS), meanings={"stop": {"A1": "Gare Lille Flandres"}}, own_customer=("12",)
    )


@pytest.fixture
def particulars():
    activity = Activity(
        id="validations-fraude",
        title="Validations et fraude technologique",
        purposes=(Purpose(id="fraude", title="Lutte contre la fraude technologique", basis="public-interest"),),
        recipients=(Recipient(name="ilévia", kind="processor", why="exploitation"),),
        retention=(
            Retention(
                data="Validations",
                duration=Duration.parse("PT48H"),
                starts="la validation",
                fate="anonymise",
                table="valideurs",
                column="horodatage",
            ),
        ),
        covers=(Coverage(table="valideurs", columns={"numero_carte": "direct-identifier"}),),
    )
    return Particulars(
        identity=Identity(name="Essai", authority="MEL"), register=Register((Declared(activity=activity, file="registre/v.yml"),))
    )


def test_rows_past_their_term_are_given_and_counted_on_the_boundary(copy, particulars):
    taps = compose(copy, REQUEST, particulars, date(2026, 11, 3)).datasets[0]
    assert len(taps.rows) == 2
    assert taps.past_term == 1


def test_a_code_comes_with_its_meaning_and_an_unknown_one_without(copy, particulars):
    taps = compose(copy, REQUEST, particulars, date(2026, 11, 3)).datasets[0]
    assert [row[2].meaning for row in taps.rows] == ["Gare Lille Flandres", ""]


def test_another_person_is_masked_and_oneself_is_not(copy, particulars):
    contract = compose(copy, REQUEST, particulars, date(2026, 11, 3)).datasets[1].rows[0]
    assert contract[1].value == "12"
    assert "masqué" in contract[2].value


def test_taps_nobody_declares_fall_under_the_benchmark(copy, particulars):
    undeclared = replace(copy, tables=(replace(TAPS, physical="copie"),))
    (taps,) = compose(undeclared, REQUEST, particulars, date(2026, 11, 3)).datasets
    assert (taps.activity, taps.past_term) == ("", 1)


def test_only_activities_that_hold_something_are_described(copy, particulars):
    assert [one.title for one in compose(copy, REQUEST, particulars, date(2026, 11, 3)).activities] == [
        "Validations et fraude technologique"
    ]
    nothing = replace(copy, tables=())
    answer = compose(nothing, REQUEST, particulars, date(2026, 11, 3))
    assert not answer.processed
    assert answer.activities == ()


def test_a_source_that_could_not_be_read_is_owed(copy, particulars):
    partial = replace(copy, not_read={"sales": "absent"})
    assert "complémentaire" in compose(partial, REQUEST, particulars, date(2026, 11, 3)).not_given["Achats et rechargements"]


def test_a_card_without_a_name_is_told_of_article_eleven(copy, particulars):
    anonymous = replace(copy, medium="anonymous")
    assert "art. 11" in compose(anonymous, REQUEST, particulars, date(2026, 11, 3)).not_given["Dossier client"]
    assert "Dossier client" not in compose(copy, REQUEST, particulars, date(2026, 11, 3)).not_given


def test_pseudonymised_rows_say_that_they_can_still_be_linked(copy, particulars):
    linked = replace(copy, tables=(replace(TAPS, token=True),))
    assert "pseudonyme" in compose(linked, REQUEST, particulars, date(2026, 11, 3)).datasets[0].note


def test_english_on_request(copy, particulars):
    answer = compose(copy, REQUEST, replace(particulars, lang="en"), date(2026, 11, 3))
    assert answer.activities[0].legal_bases == ("a task in the public interest (GDPR art. 6(1)(e))",)


def test_a_card_paid_for_somebody_else_is_masked_with_its_holder(copy, particulars):
    child = replace(
        CONTRACTS,
        columns=("numero_carte", "id_client", "id_payeur"),
        mapped=("card", "customer", "payer"),
        rows=(("2500000017", "44", "12"), ("2501234566", "12", "")),
        events=(None, None),
    )
    paid, mine = compose(replace(copy, tables=(child,)), REQUEST, particulars, date(2026, 11, 3)).datasets[0].rows
    assert ["masqué" in cell.value for cell in paid] == [True, True, False]
    assert [cell.value for cell in mine] == ["2501234566", "12", ""]


def test_a_term_runs_from_its_own_column_and_from_no_other(copy, particulars):
    closed = Retention(
        data="Clients", duration=Duration.parse("P2Y"), starts="la clôture", fate="delete", table="gestion.clients", column="clos_le"
    )
    (declared,) = particulars.register.activities
    activity = replace(declared.activity, retention=(closed,), covers=(Coverage(table="gestion.clients", columns={}),))
    table = replace(
        CONTRACTS,
        physical="gestion.clients",
        canonical="customers",
        columns=("ouvert_le", "clos_le"),
        mapped=("opened_on", "closed_on"),
        rows=(("2001-01-01", ""), ("2001-01-01", "2024-10-30"), ("2001-01-01", "2024-10-31 05:00:00")),
        events=(datetime(2001, 1, 1),) * 3,
    )
    register = Register((replace(declared, activity=activity),))
    (clients,) = compose(replace(copy, tables=(table,)), REQUEST, replace(particulars, register=register), date(2026, 11, 3)).datasets
    assert clients.past_rows == (1,)
