"""The desk keeps dates and states, a frozen copy only while it is needed, and never a card number."""

import stat
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.requests import Desk, FrozenCopy, FrozenTable
from auditor.requests.desk import is_late, month_after
from auditor.vocabulary.access import RequestState
from auditor.vocabulary.errors import UsageProblem

CARD = "2501234566"


@pytest.fixture
def desk(tmp_path):
    desk = Desk.open(tmp_path / "requests")
    yield desk
    desk.dispose()


@pytest.fixture
def copy():
    table = FrozenTable(
        physical="valideurs",
        canonical="validations",
        store_role="active",
        token=False,
        columns=("numero_carte", "horodatage"),
        mapped=("card", "tapped_at"),
        rows=((CARD, "2026-10-30 07:12:00"),),
        events=(datetime(2026, 10, 30, 6, 12),),
    )
    return FrozenCopy(frozen_at=datetime(2026, 10, 31, 5), medium="anonymous", tables=(table,), meanings={})


def _opened(desk, on=date(2026, 10, 31)):
    return desk.open_request(medium="anonymous", identity_check="carte présentée au guichet", received_on=on)


def test_ids_follow_each_other_within_a_year_and_start_again_in_the_next(desk):
    assert [_opened(desk).id, _opened(desk).id, _opened(desk, date(2027, 1, 2)).id] == ["2026-0001", "2026-0002", "2027-0001"]


def test_a_request_must_say_how_the_right_to_ask_was_checked(desk):
    with pytest.raises(UsageProblem, match="how the person's right"):
        desk.open_request(medium="anonymous", identity_check="  ", received_on=date(2026, 10, 31))


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2026, 10, 31), date(2026, 11, 30)),
        (date(2027, 1, 31), date(2027, 2, 28)),
        (date(2028, 1, 31), date(2028, 2, 29)),
        (date(2026, 12, 15), date(2027, 1, 15)),
    ],
)
def test_the_month_ends_on_the_same_day_or_on_the_last_one(received, due):
    assert month_after(received) == due


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)))
def test_a_month_is_never_more_than_thirty_one_days_nor_less_than_twenty_eight(received):
    assert 28 <= (month_after(received) - received).days <= 31


def test_late_starts_the_day_after_the_month(desk):
    request = _opened(desk)
    assert not is_late(request, datetime(2026, 11, 30, 23, 59))
    assert is_late(request, datetime(2026, 12, 1))


def test_the_frozen_copy_is_private_and_comes_back_whole(desk, copy, tmp_path):
    request = _opened(desk)
    desk.freeze(request.id, copy)
    path = tmp_path / "requests" / f"{request.id}.frozen.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert desk.frozen(request.id) == copy


def test_the_record_of_requests_holds_no_card_number(desk, copy, tmp_path):
    desk.freeze(_opened(desk).id, copy)
    assert CARD.encode() not in (tmp_path / "requests" / "requests.sqlite").read_bytes()


def test_the_copy_does_not_show_its_rows(copy):
    assert CARD not in repr(copy)


def test_a_second_freeze_is_refused(desk, copy):
    request = _opened(desk)
    desk.freeze(request.id, copy)
    with pytest.raises(UsageProblem, match="already frozen"):
        desk.freeze(request.id, copy)


def test_closing_destroys_the_copy_and_only_after_an_answer(desk, copy, tmp_path):
    request = _opened(desk)
    desk.freeze(request.id, copy)
    with pytest.raises(UsageProblem, match="not answered"):
        desk.close(request.id, date(2026, 11, 2))
    desk.answered(request.id, date(2026, 11, 1))
    closed = desk.close(request.id, date(2026, 11, 2))
    assert closed.state is RequestState.CLOSED
    assert not list((tmp_path / "requests").glob("*.frozen.json"))
    with pytest.raises(UsageProblem, match="destroyed at closing"):
        desk.frozen(request.id)


def test_an_unknown_request_names_the_latest_ones(desk):
    _opened(desk)
    with pytest.raises(UsageProblem, match="There is no request 2026-0009") as refused:
        desk.get("2026-0009")
    assert "2026-0001" in refused.value.next_step


def test_a_desk_opened_again_finds_its_requests(desk, tmp_path):
    request = _opened(desk)
    again = Desk.open(tmp_path / "requests")
    try:
        assert again.list() == [request]
    finally:
        again.dispose()
