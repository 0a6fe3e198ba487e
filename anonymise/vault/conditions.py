"""When the vault opens, and what a rebuilt card receives. Pure functions of a state, a warrant and a day."""

import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

from auditor.vocabulary.aftersales import BlockEntry, CardState, ContractState, Warrant
from auditor.vocabulary.durations import Duration
from auditor.vocabulary.errors import WarrantRefused

AFTER_SALES_TERM: Final = Duration.parse("P2Y")
"""How long a card's last known content is kept once the customer relation has ended (reference AU-015, deduction)."""

REBUILT_AFTER: Final = frozenset({"loss", "theft", "defect"})
_AUTOMATIC: Final = frozenset(["auto", "automate", "automatic", "automatically", "automatique", "batch", "bot", "cron", "robot", "script"])
"""An author with one of these words is not a person."""
_NOBODY: Final = frozenset(["job", "module", "none", "system", "systeme", "traitement", "unknown"])
"""Nor is one made of these words only; an « administrateur système » is."""
_OVER: Final = frozenset({"ended", "cancelled"})


def as_utc(instant: datetime) -> datetime:
    """Return an instant in UTC; one without an offset is UTC already."""
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def check_warrant(warrant: Warrant, now: datetime, *numbers: str) -> None:
    """WarrantRefused unless the warrant names its case, clerk and reason, and holds at `now`."""
    for name in ("case", "clerk", "reason"):
        text = getattr(warrant, name)
        if not text.strip():
            raise _refused(f"The warrant has no {name}.", f"Give the {name}: the journal keeps it.")
        if quotes(text, *numbers):
            raise _refused(
                f"The warrant's {name} quotes the card number.", "Leave the number out: the journal names the card by a pseudonym."
            )
    if as_utc(warrant.until) <= as_utc(now):
        raise _refused("The warrant has expired.", "Ask for a new one if the case is still open.")
    if as_utc(warrant.granted_at) > as_utc(now):
        raise _refused("The warrant is not valid yet.", "Check the instant it was granted at.")


def quotes(text: str, *numbers: str) -> bool:
    """Tell whether a text contains one of the numbers, however it is spaced."""
    squeezed = "".join(character for character in text if character.isalnum())
    return any(number and "".join(character for character in number if character.isalnum()) in squeezed for number in numbers)


def check_author(entry: BlockEntry) -> None:
    """WarrantRefused unless a person decided the block."""
    plain = unicodedata.normalize("NFKD", entry.author).encode("ascii", "ignore").decode().casefold()
    words = "".join(character if character.isalnum() else " " for character in plain).split()
    if _NOBODY.issuperset(words) or _AUTOMATIC.intersection(words):
        raise _refused(
            "No person is named as the author of the block.",
            "Have an agent decide, and give their role or account.",
            "No card is invalidated without human intervention (GDPR art. 22; BIL-OPP-HUMAIN).",
        )


def check_can_be_blocked(state: CardState | None, entry: BlockEntry, today: date) -> CardState:
    """Return the state, or WarrantRefused when the card cannot be blocked for this reason."""
    known = _known(state)
    if entry.reason == "unstated":
        raise _refused("The block has no stated reason.", "Give one: loss, theft, abuse, unpaid or defect.")
    if known.replaced_by:
        raise _refused("This card was already replaced.", "Give the number of the card that replaced it.")
    if known.blocked is not None and stands(known.blocked, today) and known.blocked.reason != "unstated":
        raise _refused("This card is already on the block list.", "Rebuild it, or lift the standing entry first.")
    return known


def check_can_be_rebuilt(state: CardState | None, today: date, *, proof_of_possession: bool) -> CardState:
    """Return the state of a card that may be rebuilt, or WarrantRefused with the reason."""
    known = _known(state)
    if known.replaced_by:
        raise _refused(
            "This card was already replaced.", "Give the number of the card that replaced it; if that one is lost too, block it first."
        )
    if known.blocked is None or not stands(known.blocked, today):
        raise _refused("This card is not on the block list.", "Declare it lost first: two working cards must not hold the same titles.")
    if known.blocked.reason not in REBUILT_AFTER:
        raise _not_lost(known.blocked)
    if known.medium == "anonymous" and not proof_of_possession:
        raise _refused(
            "An anonymous card is rebuilt on proof of possession only.",
            "See the loading receipt or the card itself, and say so.",
            "Nothing links it to a person; no customer record may be made to replace that proof (GDPR art. 11).",
        )
    return known


def rebuilt(state: CardState, new_card: str, today: date) -> CardState:
    """Return the new card's content: the titles still valid, their counters and proofs of sale, the same holder link."""
    contracts = tuple(contract for contract in state.contracts if _still_valid(contract, today))
    kept = {contract.contract for contract in contracts}
    products = {contract.product for contract in contracts}
    return CardState(
        card=new_card,
        medium=state.medium,
        holder=state.holder if state.medium == "nominative" else "",
        contracts=contracts,
        counters=tuple(counter for counter in state.counters if not counter.contract or counter.contract in kept),
        sales=tuple(sale for sale in state.sales if sale.product in products),
        relation_ended_on=state.relation_ended_on,
    )


def past_term(state: CardState, at: datetime, term: Duration) -> bool:
    """Tell whether the record's own term is over."""
    ended = state.relation_ended_on
    return ended is not None and term.after(datetime(ended.year, ended.month, ended.day, tzinfo=UTC)) < as_utc(at)


def resealed(kept: CardState, given: CardState, *, rebuilt_here: bool) -> CardState:
    """Bring a newer state in without undoing what the vault did: a block, a replacement, titles rebuilt on a new card."""
    mine, theirs = kept.blocked, given.blocked
    blocked = mine if mine is not None and (theirs is None or theirs.starts_on < mine.starts_on) else theirs
    titles = kept if rebuilt_here and not given.contracts else given
    return replace(
        given,
        blocked=blocked,
        replaced_by=given.replaced_by or kept.replaced_by,
        contracts=titles.contracts,
        counters=titles.counters,
        sales=titles.sales,
    )


def stands(entry: BlockEntry, today: date) -> bool:
    """Tell whether a block-list entry is in force; the day it ends is not."""
    return entry.ends_on is None or entry.ends_on > today


def _still_valid(contract: ContractState, today: date) -> bool:
    return contract.status not in _OVER and (contract.ends_on is None or contract.ends_on >= today)


def _known(state: CardState | None) -> CardState:
    if state is None:
        raise _refused("The vault does not know this card.", "Check the number, and that the vault was sealed since the card was issued.")
    return state


def _not_lost(entry: BlockEntry) -> WarrantRefused:
    if entry.reason == "unpaid":
        return _refused(
            "This card is blocked for an unpaid sum.",
            "Once the debt is settled the entry is removed at once, and the card works again (BIL-RET-IMPAYE-REGUL).",
            "A duplicate would undo an invalidation that ends with the debt (AU-015, CNIL deliberation 2008-161 art. 1).",
        )
    if entry.reason == "abuse":
        return _refused(
            "This card is blocked for abuse.",
            "The holder may give their account; a person then decides whether the entry stands (BIL-OPP-INFO).",
            "A duplicate would undo an invalidation for fraud before it was examined (AU-015, CNIL deliberation 2008-161 art. 1).",
        )
    return _refused("This card is blocked without a stated reason.", "Have an agent state the reason of the block first.")


def _refused(what: str, next_step: str, why: str = "The vault opens for one after-sales case, and only when it must.") -> WarrantRefused:
    return WarrantRefused(what, why, next_step)
