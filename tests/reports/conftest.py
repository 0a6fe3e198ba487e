"""Hand-built values that the report tests draw: every kind of outcome, with a fixed clock."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from auditor.vocabulary.access import (
    AccessAnswer,
    AccessRequest,
    ActivityNotice,
    DataSet,
    Explained,
    NamedRecipient,
    RequestState,
)
from auditor.vocabulary.aftersales import DrillStep
from auditor.vocabulary.decisions import Decisions, LeftOut, Mark, Selection, Waiver, mark_of
from auditor.vocabulary.law import Conflict, Force, Frame, LegalSource, Reading
from auditor.vocabulary.network import Identity
from auditor.vocabulary.outcomes import Checked, Finding, NotApplicable, NotChecked, Outcome, Place, RuleCard, Severity
from auditor.vocabulary.reading import AbsentSource, ReadingReport
from auditor.vocabulary.register import Activity, Declared, Register
from auditor.vocabulary.releases import Criterion, Receipt, ReleaseVerdict, TestResult, UtilityAnswer, Verification, VerificationTest
from auditor.vocabulary.text import Text
from auditor.vocabulary.trend import Change, Trend
from reports.evidence import AuditEvidence, Completeness

GOLDEN = Path(__file__).parent / "golden"
NB = "\N{NO-BREAK SPACE}"

S04 = LegalSource(
    ref="S04",
    title="Délibération n° 2011-107 du 28 avril 2011 (AU-015), article 4",
    force=Force.REFERENCE,
    reading=Reading.VERIFIED,
    address="https://legal.tricoteuses.fr/articles/JORFARTI000024096271",
    dated=date(2011, 4, 28),
    read_on=date(2026, 11, 22),
)
S13 = LegalSource(
    ref="S13",
    title="Règlement (UE) 2016/679 (RGPD), article 5(1)(e)",
    force=Force.STATUTE,
    reading=Reading.VERIFIED,
    address="https://eur-lex.europa.eu/eli/reg/2016/679/oj",
    dated=date(2016, 4, 27),
    read_on=date(2026, 11, 22),
)
S22 = LegalSource(
    ref="S22",
    title="Conseil d’État, n° 393714, JCDecaux",
    force=Force.CASE_LAW,
    reading=Reading.PARTIAL,
    address="https://www.legalis.net/?p=28524",
    dated=date(2017, 2, 8),
    read_on=date(2026, 11, 22),
)
BOTH = frozenset(Frame)
GDPR = frozenset({Frame.GDPR})


def card(rule: str, title: Text, severity: Severity, **more: object) -> RuleCard:
    """A rule as a report sees it, with the plainest footing unless told otherwise."""
    facts: dict[str, object] = {
        "id": rule,
        "name": rule.lower(),
        "family": "retention",
        "title": title,
        "severity": severity,
        "sources": (S04,),
        "force": Force.REFERENCE,
        "reading": Reading.VERIFIED,
        "parameters": {},
        "message": Text("{table} : {rows} lignes.", "{table}: {rows} rows."),
        "remediation": Text("Effacer ou rendre anonyme à l’échéance.", "Erase or make anonymous at term."),
        "rationale": Text("Garder plus longtemps que nécessaire expose les voyageurs.", "Keeping longer than needed exposes travellers."),
        "frames": BOTH,
    }
    return RuleCard(**(facts | more))  # type: ignore[arg-type]


def taps_past_term() -> Outcome:
    rule = card(
        "BIL-RET-VALID-48H",
        Text(f"Validations identifiantes{NB}: 48{NB}heures au plus", "Tap records linked to a card: 48 h maximum"),
        Severity.BLOCKING,
        sources=(S04, S13),
        parameters={"term": "PT48H"},
        message=Text(
            f"{{table}} garde {{rows}} validations rattachées à une carte depuis plus de {{term}} ({{share}} de la table){NB}; "
            "la plus ancienne date du {oldest}.",
            "{table} holds {rows} taps linked to a card for more than {term} ({share} of the table); the oldest is of {oldest}.",
        ),
        remediation=Text("Appliquer l’anonymisation à l’échéance et purger les copies.", "Anonymise at term and purge every copy."),
        rationale=Text(
            "Une suite de passages suffit à reconnaître une personne. Le repère de la CNIL n’admet le lien avec la carte que deux jours, "
            "contre la fraude technologique.",
            "A few taps are enough to recognise someone. The CNIL’s benchmark admits the link with the card for two days only.",
        ),
    )
    findings = (
        Finding(
            evidence={
                "rows": 812_345,
                "cards": 41_207,
                "share": 0.677,
                "oldest": date(2026, 10, 1),
                "term": "PT48H",
                "store_role": "active",
            },
            place=Place(table="valideurs", column="numero_carte", activity="validations-fraude", file="registre/validations.yml", line=42),
        ),
        Finding(
            evidence={"rows": 1_204, "cards": 1_003, "share": 0.0004, "oldest": date(2026, 9, 28), "term": "PT48H", "store_role": "relay"},
            place=Place(table="relais", column="numero_carte"),
        ),
    )
    return Outcome(rule=rule, answer=Checked(rows_examined=1_200_000, findings=findings))


def hashed_numbers() -> Outcome:
    rule = card(
        "BIL-ANO-HASH",
        Text("Numéros de carte hachés sans clé", "Card numbers hashed without a key"),
        Severity.MAJOR,
        family="anonymisation",
        sources=(S22, S04),
        force=Force.CASE_LAW,
        reading=Reading.PARTIAL,
        parameters={"budget": "20000000"},
        overrides={"budget": "espace de numérotation réduit"},
        message=Text("{recovered} jetons sur {tokens} ont été inversés.", "{recovered} of {tokens} tokens were reversed."),
    )
    finding = Finding(
        evidence={"tokens": 41_207, "recovered": 41_207, "space": 1_000_000, "algorithm": "sha256"},
        place=Place(table="statistiques", column="jeton_carte"),
        frames=GDPR,
    )
    return Outcome(rule=rule, answer=Checked(rows_examined=1_200_000, findings=(finding,)))


def missing_fields() -> Outcome:
    rule = card(
        "REG-CHAMPS",
        Text("Registre complet (article 30)", "Complete register (Article 30)"),
        Severity.MINOR,
        family="governance",
        sources=(S13,),
        force=Force.STATUTE,
        frames=GDPR,
        message=Text("La fiche {activity} ne dit rien de {missing}.", "Activity {activity} says nothing of {missing}."),
    )
    finding = Finding(
        evidence={"missing": "security", "article": "30(1)(g)"},
        place=Place(activity="statistiques-frequentation", file="registre/statistiques.yml", line=1),
        frames=GDPR,
    )
    return Outcome(rule=rule, answer=Checked(rows_examined=9, findings=(finding,)))


def outcomes() -> tuple[Outcome, ...]:
    met = card("BIL-TIT-ANONYME", Text("Titre anonyme sans abonnement", "Anonymous card without a subscription"), Severity.BLOCKING)
    aside = card("BIL-RET-PV-PAYE", Text("Contraventions payées", "Paid fare offences"), Severity.MAJOR)
    unchecked = card(
        "BIL-RET-VALID-TARDIVE",
        Text("Remontées tardives des valideurs", "Late uploads from validators"),
        Severity.MAJOR,
        reading=Reading.DEDUCTION,
    )
    return (
        missing_fields(),
        Outcome(rule=met, answer=Checked(rows_examined=50_000, findings=())),
        Outcome(rule=aside, answer=NotApplicable(reason="les contraventions sont tenues par un autre service")),
        Outcome(rule=unchecked, answer=NotChecked(reason="column validations.ingested_at is not mapped")),
        hashed_numbers(),
        taps_past_term(),
    )


def audit_evidence(**more: object) -> AuditEvidence:
    facts: dict[str, object] = {
        "tool_version": "0.1.0",
        "identity": Identity(
            name="Petit Lille (démonstration)",
            authority="Métropole européenne de Lille (MEL)",
            operator="ilévia",
            dpo="dpo@example.org",
        ),
        "as_of": datetime(2026, 10, 31, 5, 0, tzinfo=UTC),
        "input_digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "outcomes": outcomes(),
        "readings": (
            ReadingReport(
                table="validations",
                physical="valideurs",
                store="base-active",
                store_role="active",
                rows_read=1_200_137,
                rows_kept=1_200_000,
                rejected={"tapped_at: empty": 130, "tapped_at: not a date": 7},
                unreadable={"amount": 3},
                ambiguous=2,
                unmapped=("observation",),
                oldest=date(2026, 10, 1),
                newest=date(2026, 10, 30),
            ),
            ReadingReport(
                table="cards", physical="gestion.supports", store="gestion", store_role="active", rows_read=50_000, rows_kept=50_000
            ),
        ),
        "absent": (AbsentSource(source="archives", reason="the folder data/archives is not there", tables=("validations",)),),
        "register": Register(
            (
                Declared(
                    activity=Activity(id="validations-fraude", title="Validations et fraude technologique"), file="registre/validations.yml"
                ),
                Declared(
                    activity=Activity(id="statistiques-frequentation", title="Statistiques de fréquentation"),
                    file="registre/statistiques.yml",
                ),
                Declared(activity=Activity(id="postpaiement", title="Post-paiement"), file="registre/postpaiement.yml"),
            )
        ),
        "completeness": {
            "validations-fraude": Completeness(score=7),
            "statistiques-frequentation": Completeness(score=6, missing=("30(1)(g)",)),
        },
    }
    return AuditEvidence(**(facts | more))  # type: ignore[arg-type]


def decided_evidence(**more: object) -> AuditEvidence:
    """An audit in front of every kind of decision: waivers of each state, known debt, a trend, rules left out."""
    found = list(outcomes())
    both = Conflict(
        id="hash",
        said=Text("L’AU-015 admet le hachage ; le Conseil d’État ne l’admet pas.", "AU-015 admits hashing; the court does not."),
        sources=(S04, S22),
    )
    judged = replace(
        found[4].rule,
        judgement=Text("Dire si une autre donnée du réseau permet de retrouver la personne.", "Say whether other data finds the person."),
        conflicts=(both,),
    )
    found[4] = replace(found[4], rule=judged)
    known = frozenset({mark_of("REG-CHAMPS", found[0].findings[0]), Mark(rule="BIL-TIT-ANONYME", table="gestion.contrats")})
    day = date(2026, 1, 15)
    waivers = (
        Waiver(
            id="W-1",
            rule="BIL-RET-VALID-48H",
            table="relais",
            reason="Purge du concentrateur en cours",
            approved_by="DPO",
            created=day,
            expires=date(2026, 11, 15),
            ticket="SI-142",
            line=2,
        ),
        Waiver(
            id="W-2",
            rule="BIL-ANO-HASH",
            reason="Bascule | prévue",
            approved_by="RSSI",
            created=date(2025, 10, 1),
            expires=date(2026, 9, 30),
            line=9,
        ),
        Waiver(id="W-3", rule="REG-CHAMPS", faults=(Text("« expires » manque", "“expires” is missing"),), line=15),
        Waiver(id="W-4", rule="BIL-TIT-ANONYME", table="gestion.*", approved_by="DPO", created=day, expires=date(2027, 1, 15), line=20),
    )
    facts: dict[str, object] = {
        "outcomes": tuple(found),
        "decisions": Decisions(today=date(2026, 10, 31), waivers=waivers, known=known),
        "selection": Selection(
            ignore=("SEC-*",),
            left_out=(LeftOut(id="SEC-MDP", title=Text("Mots de passe", "Passwords"), family="securite", severity=Severity.MAJOR),),
        ),
        "trend": Trend(
            since=datetime(2026, 9, 30, 5, 0),
            new=(Change(rule="BIL-ANO-HASH", unit="tokens", before=0, now=41_207),),
            better=(Change(rule="BIL-RET-VALID-48H", unit="rows", before=900_000, now=813_549),),
            gone=(Change(rule="BIL-TIT-ANONYME", unit="cards", before=7, now=0),),
            lost=("BIL-RET-VALID-TARDIVE",),
        ),
    }
    return audit_evidence(**(facts | more))


def receipt(**more: object) -> Receipt:
    tests = (
        VerificationTest(
            id="H4",
            title="Cartes distinctes par classe",
            criterion=Criterion.SINGLING_OUT,
            result=TestResult.PASSED,
            measured="11",
            limit="≥ 11",
            detail="toutes les classes, masquées comprises",
        ),
        VerificationTest(
            id="H7",
            title="Lignes reliables entre elles",
            criterion=Criterion.LINKABILITY,
            result=TestResult.PASSED,
            measured="aucun pseudonyme",
            limit="aucun",
        ),
        VerificationTest(
            id="S5",
            title="Diversité de l’attribut sensible",
            criterion=Criterion.INFERENCE,
            result=TestResult.INCONCLUSIVE,
            measured="2",
            limit="≥ 3",
        ),
        VerificationTest(
            id="H9",
            title="Contenant propre",
            criterion=Criterion.CONTAINER,
            result=TestResult.NOT_APPLICABLE,
            measured="",
            limit="aucune métadonnée",
        ),
    )
    digest = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
    facts: dict[str, object] = {
        "release": "frequentation-lignes",
        "plan_digest": "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9",
        "file": "frequentation-lignes.csv",
        "file_digest": digest,
        "made_at": datetime(2026, 10, 31, 6, 0, tzinfo=UTC),
        "engine": "duckdb 2.0.0",
        "versions": {"poincon": "0.1.0", "duckdb": "2.0.0"},
        "levels": {"ligne": "line", "heure": "hour", "jour": "day"},
        "rows_in": 80_412,
        "rows_out": 1_932,
        "rows_suppressed": 402,
        "units_in": 31_207,
        "verification": Verification(
            file_digest=digest,
            rows=1_932,
            verdict=ReleaseVerdict.PASS_FOR_SCOPE,
            scope="classe A (public), 11 cartes par case, inconnu disposant du fichier et du journal des diffusions",
            tests=tests,
            figures={"person_k": 11, "row_k": 12, "classes": 1_932, "classes_below": 0},
            worst_class={"ligne": "M1", "heure": "05:00"},
            not_run=("appartenance (S7)", "reconstitution de trajectoires (S8)"),
        ),
        "utility": (
            UtilityAnswer(
                id="lignes-jour",
                title="Montées par ligne et par jour",
                cells=420,
                original_total=80_412.0,
                released_total=80_010.0,
                weighted_error=0.012,
                median_error=0.004,
                tolerance=0.02,
            ),
            UtilityAnswer(
                id="heures-creuses",
                title="Montées des heures creuses",
                cells=96,
                original_total=5_120.0,
                released_total=4_602.0,
                weighted_error=0.101,
                median_error=0.083,
                tolerance=0.05,
            ),
        ),
        "ledger_previous": "0" * 64,
    }
    return Receipt(**(facts | more))  # type: ignore[arg-type]


def tap_row(moment: str, stop: str, meaning: str) -> tuple[Explained, ...]:
    return (
        Explained(label="Date et heure", value=moment),
        Explained(label="Arrêt", value=stop, meaning=meaning),
        Explained(label="Résultat", value="ok", meaning="passage accepté"),
    )


def answer(**more: object) -> AccessAnswer:
    facts: dict[str, object] = {
        "request": AccessRequest(
            id="2026-0001",
            state=RequestState.ANSWERED,
            received_on=date(2026, 10, 30),
            due_on=date(2026, 11, 30),
            medium="anonymous",
            identity_check="carte présentée au guichet",
        ),
        "authority": "Métropole européenne de Lille (MEL)",
        "operator": "ilévia",
        "dpo": "dpo@example.org",
        "made_on": date(2026, 11, 2),
        "frozen_at": datetime(2026, 10, 30, 16, 5, tzinfo=UTC),
        "processed": True,
        "activities": (
            ActivityNotice(
                title="Validations et fraude technologique",
                purposes=("lutte contre la fraude technologique",),
                legal_bases=("mission d’intérêt public (art. 6(1)(e) du RGPD)",),
                data_categories=("données de validation", "numéro de carte"),
                recipients=(NamedRecipient(name="Cellule fraude d’ilévia", why="instruction des alertes"),),
                retention=(f"validation identifiante{NB}: 48{NB}heures à compter du passage, puis anonymisation",),
                transfers=(),
                source="valideurs du réseau",
                automated_decision="",
            ),
        ),
        "datasets": (
            DataSet(
                title="Validations (base active)",
                physical="valideurs",
                activity="Validations et fraude technologique",
                rows=(
                    tap_row("30/10/2026 08:02", "GARES", "Gare Lille Flandres"),
                    tap_row("12/10/2026 18:41", "REPUB", "République Beaux-Arts"),
                ),
                past_term=1,
            ),
            DataSet(
                title="Carte",
                physical="gestion.supports",
                activity="Titres et service après-vente",
                rows=((Explained(label="Numéro de carte", value="2500001237"), Explained(label="Émise le", value="01/02/2024")),),
            ),
            DataSet(
                title="Entrepôt",
                physical="statistiques",
                activity="",
                rows=((Explained(label="Jeton", value="ab12"), Explained(label="Note", value="")),) * 2,
                note="Ces lignes portent un pseudonyme.",
                past_term=2,
            ),
        ),
        "not_given": {"Trajets antérieurs au 28 octobre 2026": "déjà anonymisés, ils ne peuvent plus être rattachés à la carte."},
    }
    return AccessAnswer(**(facts | more))  # type: ignore[arg-type]


def drill_steps() -> tuple[DrillStep, ...]:
    return (
        DrillStep(title="Carte témoin perdue et bloquée", passed=True, detail="3 cartes", seconds=0.02),
        DrillStep(title="Reconstitution avec dossier et agent", passed=True, detail="mêmes titres, mêmes compteurs", seconds=0.31),
    )


@pytest.fixture
def evidence() -> AuditEvidence:
    return audit_evidence()


@pytest.fixture
def make_evidence() -> Callable[..., AuditEvidence]:
    return audit_evidence


@pytest.fixture
def decided() -> AuditEvidence:
    return decided_evidence()


@pytest.fixture
def make_decided() -> Callable[..., AuditEvidence]:
    return decided_evidence


@pytest.fixture
def make_card() -> Callable[..., RuleCard]:
    return card


@pytest.fixture
def release_receipt() -> Receipt:
    return receipt()


@pytest.fixture
def make_receipt() -> Callable[..., Receipt]:
    return receipt


@pytest.fixture
def access_answer() -> AccessAnswer:
    return answer()


@pytest.fixture
def make_answer() -> Callable[..., AccessAnswer]:
    return answer


@pytest.fixture
def steps() -> tuple[DrillStep, ...]:
    return drill_steps()


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compare a whole text with its golden file; POINCON_UPDATE_GOLDEN=1 writes the file instead."""

    def compare(name: str, text: str) -> None:
        file = GOLDEN / name
        if os.environ.get("POINCON_UPDATE_GOLDEN") == "1":
            file.write_bytes(text.encode())
        assert file.exists(), f"{name} is missing: run the tests once with POINCON_UPDATE_GOLDEN=1 and read what it wrote"
        assert text.encode() == file.read_bytes()

    return compare
