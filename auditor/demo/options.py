"""What is asked of the generator, and the size of the network that answers it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from auditor.vocabulary.errors import UsageProblem

LAST_DAY: Final = date(2026, 10, 30)
"""Last service day of every demonstration network."""
AS_OF: Final = datetime(2026, 10, 31, 5, 0, 0)  # noqa: DTZ001 - UTC without an offset, as everywhere behind the door
"""The clock of the snapshot, UTC: two hours after the end of the last service day."""
TERM: Final = timedelta(hours=48)
"""Age past which a tap may no longer be linked to a card (AU-015, art. 4)."""
TAPS_PER_CARD_AND_DAY: Final = 0.88
"""Measured on the generator itself; used to choose a population for a number of rows."""
MOST_CARDS: Final = 600_000
"""The numbering space holds a million cards, and replaced or lost ones take their share of it."""
FEWEST_CARDS: Final = 200
FEWEST_DAYS: Final = 7
MOST_DAYS: Final = 730


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """Size, seed and kind of a demonstration network."""

    cards: int = 50_000
    """Travellers' cards in use; replaced and blocked ones come on top."""
    days: int = 30
    """Service days, the last one being 30 October 2026."""
    rows: int | None = None
    """Taps to aim at (within about a tenth); chooses the cards, and more days when the numbering space is too small."""
    seed: int = 20_261_030
    clean: bool = False
    """True for the twin without any planted violation."""

    def sized(self) -> "DemoOptions":
        """Return the same options with `cards` and `days` chosen from `rows`; refuse what cannot be generated."""
        cards, days = self.cards, self.days
        if self.rows is not None:
            cards = max(FEWEST_CARDS, round(self.rows / (TAPS_PER_CARD_AND_DAY * days)))
            if cards > MOST_CARDS:
                cards, days = MOST_CARDS, max(days, round(self.rows / (TAPS_PER_CARD_AND_DAY * MOST_CARDS)))
        _within("cards", cards, FEWEST_CARDS, MOST_CARDS)
        _within("days", days, FEWEST_DAYS, MOST_DAYS)
        return DemoOptions(cards=cards, days=days, rows=self.rows, seed=self.seed, clean=self.clean)

    @property
    def service_days(self) -> tuple[date, ...]:
        """Service days generated, oldest first."""
        return tuple(LAST_DAY - timedelta(days=back) for back in range(self.days - 1, -1, -1))


def _within(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise UsageProblem(
            f"The demonstration network cannot be made with {name} = {value}.",
            "Its card numbers and its planted violations need room that this size does not leave.",
            f"Choose {name} between {least} and {most}.",
        )
