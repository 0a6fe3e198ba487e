"""The exercise: a lost card, from end to end, on witness cards in a vault and a key store made for the occasion.

It proves what the design promises: cards are rebuilt with the same titles and counters, without a validation being
read, after every analytics key has been destroyed. The real vault is not touched.
"""

import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from anonymise.keys import KeyStore, RootKey
from anonymise.vault.schema import SCHEMA
from anonymise.vault.vault import Vault
from auditor.vocabulary.aftersales import (
    BlockEntry,
    CardState,
    ContractState,
    CounterState,
    DrillStep,
    Reconstruction,
    SaleProof,
    Warrant,
)
from auditor.vocabulary.errors import PoinconError, SecretMisuse, WarrantRefused
from auditor.vocabulary.text import Lang, Text

_SUBSCRIBER, _CARNET, _DECLARED, _BEARER, _BEARER_WITHOUT_PROOF = (f"99900000{rank:02d}" for rank in range(5))
_NEW = {card: f"9990001{card[-3:]}" for card in (_SUBSCRIBER, _CARNET, _DECLARED, _BEARER, _BEARER_WITHOUT_PROOF)}
_SECOND_NEW = "9990002000"
_ANALYTICS: Final = (("statistiques-frequentation", "2026-09"), ("statistiques-frequentation", "2026-10"), ("postpaiement", "2026-10"))


class _Failed(Exception):
    """A step found something other than what is promised."""

    def __init__(self, promise: Text) -> None:
        super().__init__(promise.en)
        self.promise = promise


def run(*, now: datetime, clock: Callable[[], float], folder: Path | None = None, lang: Lang = "fr") -> list[DrillStep]:
    """Run the whole exercise in a temporary folder (inside `folder` when given) and return one result per step.

    A step that fails is a step with `passed=False`; the following ones run all the same. `clock` counts seconds.
    """
    with tempfile.TemporaryDirectory(prefix="exercice-", dir=folder) as place:
        root = RootKey.from_file(Path(place) / "racine.key")
        with Vault.open(Path(place) / "coffre", root) as vault:
            drill = _Drill(vault, KeyStore.open(Path(place) / "cles", root), Path(place) / "coffre", now)
            return [_timed(title, step, clock, lang) for title, step in drill.steps()]


class _Drill:
    def __init__(self, vault: Vault, analytics: KeyStore, folder: Path, now: datetime) -> None:
        self._vault = vault
        self._analytics = analytics
        self._folder = folder
        self._now = now
        self._witnesses = {state.card: state for state in _witnesses(now.date())}
        self._made: dict[str, Reconstruction] = {}

    def steps(self) -> list[tuple[Text, Callable[[], Text]]]:
        """Return the steps in order."""
        return [
            (Text("Sceller les cartes témoins", "Seal the witness cards"), self.seal),
            (Text("Refuser de reconstruire une carte non mise en opposition", "Refuse a card that is not blocked"), self.not_blocked),
            (Text("Refuser une opposition sans décision humaine", "Refuse a block that no person decided"), self.automatic),
            (Text("Déclarer les cartes perdues, mises en opposition", "Declare the cards lost and block them"), self.lost),
            (Text("Détruire toutes les clés de pseudonymes", "Destroy every pseudonym key"), self.shred),
            (Text("Reconstruire l’abonnement nominatif, mêmes titres", "Rebuild the subscription, same titles"), self.subscription),
            (Text("Reconstruire le carnet, même compteur", "Rebuild the carnet, same counter"), self.carnet),
            (Text("Reconstruire une carte déclarative sans fiche client", "Rebuild a declarative card, no customer"), self.declarative),
            (Text("Carte anonyme : refusée sans preuve de possession", "Anonymous card: refused without proof"), self.without_proof),
            (Text("Carte anonyme : reconstruite sur preuve", "Anonymous card: rebuilt on proof"), self.with_proof),
            (Text("Refuser une seconde reconstitution", "Refuse a second reconstruction"), self.twice),
            (Text("Perdre aussi la nouvelle carte", "Lose the new card too"), self.lost_again),
            (Text("Refuser une autorisation expirée", "Refuse an expired warrant"), self.expired),
            (Text("Ni lieu ni heure dans ce que voit l’agent", "No place and no hour in what the clerk sees"), self.no_place),
            (Text("Vérifier le journal", "Verify the journal"), self.journal),
            (Text("Déceler un journal falsifié", "Detect a tampered journal"), self.tampered),
        ]

    def seal(self) -> Text:
        report = self._vault.seal(self._witnesses.values(), self._now)
        again = self._vault.seal(self._witnesses.values(), self._now)
        _expect(
            report == again and report.sealed == self._vault.status().records == len(self._witnesses),
            "toutes les cartes scellées",
            "every card sealed",
        )
        held = b"".join(file.read_bytes() for file in self._folder.rglob("*") if file.is_file())
        _expect(not any(card.encode() in held for card in self._witnesses), "aucun numéro de carte en clair", "no card number in clear")
        return Text(f"{report.sealed} cartes scellées, deux fois sans doublon", f"{report.sealed} cards sealed, twice without a duplicate")

    def not_blocked(self) -> Text:
        return self._refused("not on the block list", lambda: self._rebuild(_SUBSCRIBER))

    def automatic(self) -> Text:
        self._refused("No person", lambda: self._block_by(""))
        return self._refused("No person", lambda: self._block_by("automatic"))

    def lost(self) -> Text:
        for card in self._witnesses:
            self._vault.block(card, self._loss(), self._warrant(), self._now)
        return Text(f"{len(self._witnesses)} cartes en opposition", f"{len(self._witnesses)} cards blocked")

    def shred(self) -> Text:
        for purpose, period in _ANALYTICS:
            self._analytics.pseudonym_key(purpose, period)
            self._analytics.shred(purpose, period, at=self._now)
        for purpose, period in _ANALYTICS:
            try:
                self._analytics.pseudonym_key(purpose, period)
            except SecretMisuse:
                continue
            raise _Failed(Text("aucune clé détruite ne revient", "no destroyed key comes back"))
        _expect(all(state.shredded_at for state in self._analytics.status()), "toutes les clés détruites", "every key destroyed")
        return Text(f"{len(_ANALYTICS)} clés détruites, aucune ne peut revenir", f"{len(_ANALYTICS)} keys destroyed, none can come back")

    def subscription(self) -> Text:
        made = self._rebuild(_SUBSCRIBER)
        running = self._witnesses[_SUBSCRIBER].contracts[:1]
        _expect(made.contracts == running, "mêmes titres, sans le titre échu", "same titles, the expired one left out")
        return Text("titre en cours identique, titre échu non repris", "same running title, expired title left out")

    def carnet(self) -> Text:
        made = self._rebuild(_CARNET)
        witness = self._witnesses[_CARNET]
        _expect(
            made.contracts == witness.contracts and made.counters == witness.counters,
            "mêmes titres et compteurs",
            "same titles and counters",
        )
        left = made.counters[0].remaining
        return Text(f"{left} voyages restants, comme avant", f"{left} journeys left, as before")

    def declarative(self) -> Text:
        made = self._rebuild(_DECLARED)
        _expect(made.medium == "declarative" and made.contracts == self._witnesses[_DECLARED].contracts, "mêmes titres", "same titles")
        _expect(not any("holder" in name or "customer" in name for name in _names(made)), "aucune fiche client", "no customer record")
        return Text("mêmes titres, aucune fiche client", "same titles, no customer record")

    def without_proof(self) -> Text:
        return self._refused("proof of possession", lambda: self._rebuild(_BEARER_WITHOUT_PROOF))

    def with_proof(self) -> Text:
        made = self._rebuild(_BEARER, proof_of_possession=True)
        _expect(made.counters == self._witnesses[_BEARER].counters, "mêmes compteurs", "same counters")
        return Text("même compteur, sur présentation du reçu", "same counter, on presentation of the receipt")

    def twice(self) -> Text:
        return self._refused("already replaced", lambda: self._rebuild(_SUBSCRIBER, new_card=_SECOND_NEW))

    def lost_again(self) -> Text:
        lost = _NEW[_CARNET]
        self._vault.block(lost, self._loss(), self._warrant(), self._now)
        made = self._rebuild(lost, new_card=_SECOND_NEW)
        _expect(made.counters == self._witnesses[_CARNET].counters, "mêmes compteurs après deux pertes", "same counters after two losses")
        return Text("reconstruite de nouveau, même compteur", "rebuilt again, same counter")

    def expired(self) -> Text:
        late = replace(self._warrant(), until=self._now)
        card, number = _BEARER_WITHOUT_PROOF, _NEW[_BEARER_WITHOUT_PROOF]
        return self._refused("expired", lambda: self._vault.reconstruct(card, number, late, self._now, proof_of_possession=True))

    def no_place(self) -> Text:
        _expect(bool(self._made), "au moins une carte reconstruite", "at least one card rebuilt")
        admitted = {name for checks in SCHEMA.values() for name in checks} | {"case", "new_card", "journal_entry", "made_at"}
        for made in self._made.values():
            _expect(_names(made) <= admitted, "seulement des champs admis", "only admitted fields")
            _expect(not _instants(replace(made, made_at=None)), "aucune heure", "no hour")  # type: ignore[arg-type]
        return Text(f"{len(self._made)} réponses parcourues champ par champ", f"{len(self._made)} answers walked field by field")

    def journal(self) -> Text:
        _expect(self._vault.check_journal() is None, "un journal intact", "an unbroken journal")
        entries = self._vault.journal_entries()
        written = {entry.sequence for entry in entries if entry.content["act"] == "reconstruct"}
        _expect(
            all(made.journal_entry in written for made in self._made.values()),
            "une écriture avant chaque réponse",
            "an entry before each answer",
        )
        return Text(f"{len(entries)} écritures chaînées et signées", f"{len(entries)} entries, chained and signed")

    def tampered(self) -> Text:
        connection = sqlite3.connect(self._folder / "vault.sqlite", isolation_level=None)
        try:
            connection.execute("drop trigger journal_is_not_altered")
            connection.execute("update journal set content = replace(content, 'guichet-1', 'guichet-2') where content like '%guichet-1%'")
        finally:
            connection.close()
        wrong = self._vault.check_journal()
        _expect(wrong is not None, "l’altération décelée", "the alteration seen")
        return Text("altération décelée à la relecture", f"alteration detected ({wrong})")

    def _block_by(self, author: str) -> None:
        self._vault.block(_SUBSCRIBER, replace(self._loss(), author=author), self._warrant(), self._now)

    def _rebuild(self, card: str, *, new_card: str = "", proof_of_possession: bool = False) -> Reconstruction:
        number = new_card or _NEW[card]
        made = self._vault.reconstruct(card, number, self._warrant(), self._now, proof_of_possession=proof_of_possession)
        self._made[number] = made
        return made

    def _refused(self, because: str, act: Callable[[], object]) -> Text:
        before = len(self._vault.journal_entries())
        try:
            act()
        except WarrantRefused as refusal:
            _expect(because in refusal.what, f"un refus motivé ({because})", f"a refusal for the right reason ({because})")
            _expect(
                len(self._vault.journal_entries()) == before + 2,
                "la tentative et son refus au journal",
                "the attempt and its refusal in the journal",
            )
            return Text("refusé, et le refus est au journal", f"refused and journaled ({refusal.what})")
        raise _Failed(Text("un refus", "a refusal"))

    def _warrant(self) -> Warrant:
        return Warrant(case="EXERCICE-1", clerk="guichet-1", reason="exercice", granted_at=self._now, until=self._now + timedelta(hours=1))

    def _loss(self) -> BlockEntry:
        return BlockEntry(reason="loss", starts_on=self._now.date(), author="guichet-1")


def _witnesses(today: date) -> list[CardState]:
    year = timedelta(days=365)
    running = ContractState(
        contract="1", product="ABO-ANNUEL", status="active", starts_on=today - year / 2, ends_on=today + year / 2, serial="A1"
    )
    over = ContractState(contract="2", product="ABO-MENSUEL", status="active", starts_on=today - year, ends_on=today - timedelta(days=1))
    carnet = ContractState(contract="3", product="CARNET-10", status="active", starts_on=today - timedelta(days=20))
    counter = CounterState(contract="3", remaining=7, counted_on=today - timedelta(days=2))
    sale = SaleProof(sale="1", product="CARNET-10", sold_on=today - timedelta(days=20), amount=14.5, pay_method="espèces")
    return [
        CardState(card=_SUBSCRIBER, medium="nominative", holder="C-1", contracts=(running, over)),
        CardState(card=_CARNET, medium="nominative", holder="C-2", contracts=(carnet,), counters=(counter,), sales=(sale,)),
        CardState(card=_DECLARED, medium="declarative", contracts=(running,)),
        CardState(card=_BEARER, medium="anonymous", contracts=(carnet,), counters=(replace(counter, remaining=3),)),
        CardState(card=_BEARER_WITHOUT_PROOF, medium="anonymous", contracts=(carnet,), counters=(counter,)),
    ]


def _timed(title: Text, step: Callable[[], Text], clock: Callable[[], float], lang: Lang) -> DrillStep:
    began = clock()
    passed, detail = _outcome(step)
    return DrillStep(title=title(lang), passed=passed, detail=detail(lang), seconds=clock() - began)


def _outcome(step: Callable[[], Text]) -> tuple[bool, Text]:
    try:
        return True, step()
    except _Failed as failed:
        return False, Text(f"attendu : {failed.promise.fr}", f"expected: {failed.promise.en}")
    except PoinconError as error:
        return False, Text(f"erreur : {error.what}", f"error: {error.what}")
    except Exception as error:  # noqa: BLE001 - whatever stops a step is a step that failed, shown as such
        kind = type(error).__name__
        return False, Text(f"l’étape s’est arrêtée sur {kind}", f"the step stopped on {kind}")


def _expect(held: bool, fr: str, en: str) -> None:
    if not held:
        raise _Failed(Text(fr, en))


def _names(value: object) -> set[str]:
    if isinstance(value, tuple):
        return set().union(*map(_names, value)) if value else set()
    if not is_dataclass(value):
        return set()
    return {field.name for field in fields(value)}.union(*(_names(getattr(value, field.name)) for field in fields(value)))


def _instants(value: Any) -> list[datetime]:
    if isinstance(value, datetime):
        return [value]
    if isinstance(value, tuple):
        return [instant for item in value for instant in _instants(item)]
    if not is_dataclass(value):
        return []
    return [instant for field in fields(value) for instant in _instants(getattr(value, field.name))]
