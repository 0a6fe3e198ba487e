"""The vault itself: seal, block, reconstruct. Every opening asks for a warrant and is journaled before it is answered."""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from anonymise.keys import KeyStore, RootKey, SealBroken, SealingKey, ShredCertificate
from anonymise.keys.private import locked, private_folder
from anonymise.vault import conditions
from anonymise.vault.database import CHANGED_HERE, REBUILT_HERE, SEALED, Database
from anonymise.vault.journal import Journal
from anonymise.vault.schema import decoded, encoded
from auditor.vocabulary.aftersales import BlockEntry, CardState, Reconstruction, Warrant
from auditor.vocabulary.chain import Entry
from auditor.vocabulary.durations import Duration
from auditor.vocabulary.errors import SecretMisuse, WarrantRefused

_PERIOD: Final = "permanent"
_STATES, _RECORDS, _JOURNAL = "after-sales states", "after-sales records", "after-sales journal"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealReport:
    """What one sealing did."""

    sealed: int
    """Cards sealed, for the first time or again."""
    past_term: int
    """Cards left out, and removed if they were there: their own term is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultStatus:
    """Counts; nothing about any card."""

    records: int
    changed_here: int
    """Records that the vault itself blocked, replaced or rebuilt."""
    journal_entries: int
    journal_head: str
    """Digest to note elsewhere: `check_journal` then shows even an older copy of the whole vault put back."""


class Vault:
    """Sealed after-sales states, in a folder of their own with keys of their own."""

    def __init__(self, keys: KeyStore, database: Database, journal: Journal) -> None:
        self._keys = keys
        self._database = database
        self._journal = journal
        self._index = keys.pseudonym_key(_RECORDS, _PERIOD)
        self._audit = keys.pseudonym_key(_JOURNAL, _PERIOD)

    @classmethod
    def open(cls, folder: Path, root: RootKey) -> Self:
        """Open the vault kept in a folder (made 0700 when absent); SecretMisuse when it is not safe, whole and ours."""
        file, head, keys_folder = folder / "vault.sqlite", folder / "journal.head", folder / "keys"
        with locked(private_folder(folder)):
            if file.exists() and not (keys_folder / "keys.json").exists():
                raise _keys_missing(folder)
            keys = KeyStore.open(keys_folder, root)
            journal = Journal(head, keys.signing_key())
            if not file.exists() and not head.exists():
                journal.begin()
            database = Database(file)
        try:
            vault = cls(keys, database, journal)
            vault._check_keys(folder)
        except BaseException:
            database.close()
            raise
        return vault

    def seal(self, states: Iterable[CardState], at: datetime, *, term: Duration = conditions.AFTER_SALES_TERM) -> SealReport:
        """Take in the last known content of cards, all of them or none.

        Sealing a card again replaces what was sealed, except what the vault itself decided. SecretMisuse when a
        state carries anything outside the schema.
        """
        sealing = self._sealing()
        sealed = past = 0
        with self._changing() as rows:
            here = dict(rows.execute("select id, origin from record where origin <> ?", (SEALED,)))
            for state in states:
                content = encoded(state)
                record = self._index.pseudonym(state.card)
                if conditions.past_term(state, at, term):
                    rows.execute("delete from record where id = ?", (record,))
                    past += 1
                    continue
                if record in here:
                    self._seal_again(rows, sealing, state)
                else:
                    rows.execute("insert or replace into record values (?, ?, ?)", (record, sealing.seal(content, _STATES, record), SEALED))
                sealed += 1
            self._journal.append(rows, {"act": "seal", "at": _instant(at), "records": sealed, "past_term": past})
        return SealReport(sealed=sealed, past_term=past)

    def block(self, card: str, entry: BlockEntry, warrant: Warrant, now: datetime | None = None) -> None:
        """Put a card on the block list by a person's decision; WarrantRefused otherwise. `now` defaults to the warrant's grant."""
        now = now or warrant.granted_at
        asked = self._ask("block", warrant, now, card=card)
        with self._answering(asked, now):
            conditions.check_warrant(warrant, now, card)
            conditions.check_author(entry)
            sealing = self._sealing()
            with self._changing() as rows:
                state, origin = self._find(rows, sealing, card)
                known = conditions.check_can_be_blocked(state, entry, conditions.as_utc(now).date())
                self._put(rows, sealing, replace(known, blocked=entry), max(origin, CHANGED_HERE))
                self._journal.append(rows, {"act": "blocked", "at": _instant(now), "of": asked.sequence, "why": entry.reason})

    def reconstruct(
        self, card: str, new_card: str, warrant: Warrant, now: datetime, *, proof_of_possession: bool = False
    ) -> Reconstruction:
        """Rebuild a blocked card on a new one, with its titles and counters; WarrantRefused with the reason otherwise.

        The journal entry is on disk before any record is opened. The old card is then marked as replaced for good.
        """
        asked = self._ask("reconstruct", warrant, now, card=card, new_card=new_card)
        with self._answering(asked, now):
            conditions.check_warrant(warrant, now, card, new_card)
            sealing = self._sealing()
            today = conditions.as_utc(now).date()
            with self._changing() as rows:
                state, origin = self._find(rows, sealing, card)
                known = conditions.check_can_be_rebuilt(state, today, proof_of_possession=proof_of_possession)
                if new_card == card or self._find(rows, sealing, new_card)[0] is not None:
                    raise _not_new()
                made = conditions.rebuilt(known, new_card, today)
                self._put(rows, sealing, made, REBUILT_HERE)
                self._put(rows, sealing, replace(known, replaced_by=new_card), max(origin, CHANGED_HERE))
                self._journal.append(rows, {"act": "reconstructed", "at": _instant(now), "of": asked.sequence})
        return Reconstruction(
            case=warrant.case,
            new_card=new_card,
            medium=made.medium,
            contracts=made.contracts,
            counters=made.counters,
            journal_entry=asked.sequence,
            made_at=now,
        )

    def holds(self, card: str) -> bool:
        """Tell whether the vault has a record of a card, without opening it."""
        with self._database.reading() as rows:
            return rows.execute("select 1 from record where id = ?", (self._index.pseudonym(card),)).fetchone() is not None

    def status(self) -> VaultStatus:
        """Count what the vault holds."""
        with self._database.reading() as rows:
            records, changed = rows.execute("select count(*), coalesce(sum(origin <> ?), 0) from record", (SEALED,)).fetchone()
            entries = list(self._journal.entries(rows))
        head = entries[-1].digest if entries else ""
        return VaultStatus(records=records, changed_here=changed, journal_entries=len(entries), journal_head=head)

    def journal_entries(self) -> list[Entry]:
        """Return the whole journal, oldest first. Cards appear in it as pseudonyms of its own."""
        with self._database.reading() as rows:
            return list(self._journal.entries(rows))

    def check_journal(self, head: str | None = None) -> str | None:
        """Return what is wrong with the journal, or None. `head` is a digest noted elsewhere, however old."""
        with self._database.reading() as rows:
            return self._journal.check(rows, head)

    def destroy_key(self, at: datetime) -> ShredCertificate:
        """Destroy the key of the states for good: no card can be rebuilt from this vault any more, nor its content read."""
        with self._changing() as rows:
            self._journal.append(rows, {"act": "destroy-key", "at": _instant(at)})
        return self._keys.shred(_STATES, _PERIOD, at=conditions.as_utc(at))

    def close(self) -> None:
        """Close the vault's file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check_keys(self, folder: Path) -> None:
        with self._database.changing() as rows:
            rows.execute("insert or ignore into about values ('keys', ?)", (self._keys.id,))
            known = rows.execute("select value from about where name = 'keys'").fetchone()[0]
        if known != self._keys.id:
            raise _keys_missing(folder)

    def _sealing(self) -> SealingKey:
        return self._keys.sealing_key(_STATES, _PERIOD)

    @contextlib.contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with self._database.changing() as rows:
            yield rows
        with self._database.reading() as rows:
            self._journal.publish_head(rows)

    def _ask(self, act: str, warrant: Warrant, now: datetime, **cards: str) -> Entry:
        """Write to the journal, on disk, what is about to be tried; words that quote a card number are left out."""
        numbers = tuple(cards.values())
        words = {name: getattr(warrant, name) for name in ("case", "clerk", "reason")}
        content = {
            "act": act,
            "at": _instant(now),
            "until": _instant(warrant.until),
            **{name: "" if conditions.quotes(text, *numbers) else text for name, text in words.items()},
            **{name: self._audit.pseudonym(number) for name, number in cards.items()},
        }
        with self._changing() as rows:
            return self._journal.append(rows, content)

    @contextlib.contextmanager
    def _answering(self, asked: Entry, now: datetime) -> Iterator[None]:
        try:
            yield
        except WarrantRefused as refusal:
            with self._changing() as rows:
                self._journal.append(rows, {"act": "refused", "at": _instant(now), "of": asked.sequence, "why": refusal.what})
            raise

    def _find(self, rows: sqlite3.Connection, sealing: SealingKey, card: str) -> tuple[CardState | None, int]:
        record = self._index.pseudonym(card)
        found = rows.execute("select sealed, origin from record where id = ?", (record,)).fetchone()
        if found is None:
            return None, SEALED
        try:
            return decoded(sealing.unseal(found[0], _STATES, record)), found[1]
        except SealBroken:
            raise SecretMisuse(
                "A sealed record does not open.",
                "It was altered, moved from another card's place, or sealed with a key that is gone.",
                "Seal the vault again from the back office, and have the file examined.",
            ) from None

    def _put(self, rows: sqlite3.Connection, sealing: SealingKey, state: CardState, origin: int) -> None:
        record = self._index.pseudonym(state.card)
        rows.execute("insert or replace into record values (?, ?, ?)", (record, sealing.seal(encoded(state), _STATES, record), origin))

    def _seal_again(self, rows: sqlite3.Connection, sealing: SealingKey, given: CardState) -> None:
        kept, origin = self._find(rows, sealing, given.card)
        if kept is not None:
            waiting = origin == REBUILT_HERE and not given.contracts
            merged = conditions.resealed(kept, given, rebuilt_here=origin == REBUILT_HERE)
            self._put(rows, sealing, merged, REBUILT_HERE if waiting else CHANGED_HERE)


def _instant(instant: datetime) -> str:
    return conditions.as_utc(instant).isoformat(timespec="seconds")


def _keys_missing(folder: Path) -> SecretMisuse:
    return SecretMisuse(
        f"The keys in {folder / 'keys'} are not those of this vault.",
        "With other keys every card would look unknown, as if it had never been sealed.",
        "Put back the keys folder that belongs to this vault.",
    )


def _not_new() -> WarrantRefused:
    return WarrantRefused(
        "The number given for the new card is already in use.",
        "Rebuilding on it would overwrite another card's titles.",
        "Give the number of a card that was just issued.",
    )
