"""The faults planted in the evidence folder: pieces missing, expired, changed, out of date, incomplete."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

import yaml

from auditor.demo.truth import Figure, Planted

_NOTICE: Final = "# Pièce de la démonstration\N{NO-BREAK SPACE}: elle contient des écarts volontaires, énumérés dans truth.json.\n"
_ITSELF: Final[Mapping[str, Figure]] = {"value": "@piece"}
"""Stands for the id of the piece."""


def faulty(pieces: Mapping[str, str]) -> tuple[Mapping[str, str], tuple[Planted, ...]]:
    """Return the evidence with its planted faults, and their list; without evidence there is nothing to spoil."""
    if not pieces:
        return {}, ()
    files, planted = dict(pieces), []
    for piece, spoil, finds in FAULTS:
        spoil(files, piece)
        planted += [Planted(rule=rule, kind=kind, figures=_told(piece, figures)) for rule, kind, figures in finds]
    return files, tuple(planted)


def _told(piece: str, figures: Mapping[str, Figure]) -> dict[str, Figure]:
    """Name the piece where the finding names it."""
    return {name: piece if value == _ITSELF["value"] else value for name, value in figures.items()}


def _missing(files: dict[str, str], piece: str) -> None:
    """Take the piece and its document away."""
    del files[f"{piece}.yml"], files[f"documents/{piece}.txt"]


def _changed(files: dict[str, str], piece: str) -> None:
    """Change the document after it was sealed."""
    files[f"documents/{piece}.txt"] += "\nClause ajoutée après signature (exemple).\n"


def _with(**changes: Any) -> Callable[[dict[str, str], str], None]:
    """Return a fault that replaces some fields of a piece; None takes the field away."""

    def spoil(files: dict[str, str], piece: str) -> None:
        sheet = yaml.safe_load(files[f"{piece}.yml"])
        for name, value in changes.items():
            told = value(sheet) if callable(value) else value
            sheet.pop(name, None)
            if told is not None:
                sheet[name] = told
        files[f"{piece}.yml"] = _NOTICE + yaml.safe_dump(sheet, allow_unicode=True, sort_keys=False, width=110)

    return spoil


def _without(*words: str) -> Callable[[dict[str, str], str], None]:
    """Return a fault that takes headings away from what a piece holds."""

    def spoil(files: dict[str, str], piece: str) -> None:
        sheet = yaml.safe_load(files[f"{piece}.yml"])
        _with(holds=[word for word in sheet.get("holds") or () if word not in words])(files, piece)

    return spoil


def _facts(**changes: str) -> Callable[[dict[str, str], str], None]:
    """Return a fault that changes some facts of a piece."""
    return _with(facts=lambda sheet: {**sheet.get("facts", {}), **changes})


def _quiet_notice(files: dict[str, str], piece: str) -> None:
    """Leave a heading, a recipient and a term out of the notice."""
    sheet = yaml.safe_load(files[f"{piece}.yml"])
    terms = [term for term in sheet["facts"]["retention"].split() if term != _UNTOLD_TERM]
    recipients = [name for name in sheet["recipients"] if name != _UNTOLD]
    holds = [word for word in sheet["holds"] if word != _UNTOLD_HEADING]
    _with(recipients=recipients, holds=holds, facts={"retention": " ".join(terms)})(files, piece)


_UNTOLD: Final = "Bureau d’études sous contrat (exemple)"
_UNTOLD_TERM: Final = "PT48H"
_UNTOLD_HEADING: Final = "post-mortem-directives"

Spoil = Callable[[dict[str, str], str], None]
Finds = tuple[tuple[str, str, Mapping[str, Figure]], ...]

FAULTS: Final[tuple[tuple[str, Spoil, Finds], ...]] = (
    ("contract-ilevia", _changed, (("REG-SOUSTRAITANT", "piece-changed", _ITSELF), ("GOUV-CONTROLE", "pack-without-document", _ITSELF))),
    ("dpo-designation", _missing, (("GOUV-DPO", "piece-missing", {"missing": "dpo-designation"}),)),
    ("archives-agreement", _with(expires_on=date(2026, 6, 30)), (("BIL-RET-ARCH-PUB", "piece-not-in-force", _ITSELF),)),
    ("public-register", _with(dated=date(2025, 12, 1)), (("REG-COMMUNICABLE", "piece-out-of-date", _ITSELF),)),
    ("suspension-record", _with(), (("BIL-PSE-SUSPENSION", "piece-out-of-date", _ITSELF),)),
    ("drill", _with(dated=date(2024, 5, 14)), (("BIL-SAV-RECONST", "piece-out-of-date", _ITSELF),)),
    ("sales-information", _missing, (("BIL-ANON-INFO", "piece-missing", {"missing": "sales-information"}),)),
    ("accessibility-statement", _without("remedies"), (("RGAA-RAPPORT", "piece-incomplete", {**_ITSELF, "missing": "remedies"}),)),
    (
        "notice",
        _quiet_notice,
        (
            ("DROIT-INFO-13", "piece-incomplete", {**_ITSELF, "missing": _UNTOLD_HEADING}),
            ("DROIT-INFO-13", "recipient-not-in-notice", {"activity": "statistiques-frequentation", "recipient": _UNTOLD}),
            ("DROIT-INFO-13", "term-not-in-notice", {"activity": "validations-fraude", "declared": _UNTOLD_TERM}),
            ("RGPD-PSE-DESTINATAIRE", "recipient-not-in-notice", {"recipient": _UNTOLD}),
        ),
    ),
    ("mobility-data-agreement", _with(expires_on=date(2026, 8, 31)), (("TRA-SNM", "piece-not-in-force", _ITSELF),)),
    ("access-review", _with(dated=date(2024, 6, 12)), (("SEC-HABIL-REVUE", "piece-out-of-date", _ITSELF),)),
    (
        "crypto-policy",
        _facts(algorithms="AES-GCM SHA-1 HMAC-SHA-256", keys_permissions="0644"),
        (("SEC-CRYPTO-ALGO", "algorithm-forbidden", {"algorithm": "SHA-1"}), ("SEC-CRYPTO-ALGO", "keys-open-to-others", _ITSELF)),
    ),
    (
        "password-policy",
        _facts(entropy_bits="40", periodic_renewal="all"),
        (("SEC-MDP", "password-too-weak", _ITSELF), ("SEC-MDP", "renewal-imposed", _ITSELF)),
    ),
    ("card-model", _facts(event_records="6"), (("BIL-DON-CARTE", "card-journal-too-long", _ITSELF),)),
    ("rights-procedure", _without("card-in-hand"), (("DROIT-ACC-ART11", "piece-incomplete", {**_ITSELF, "missing": "card-in-hand"}),)),
    (
        "fraud-identity-procedure",
        _without("agents-designated"),
        (("TRA-FRAUDE-L2241-2-1", "piece-incomplete", {**_ITSELF, "missing": "agents-designated"}),),
    ),
    ("purge-proof", _missing, (("GOUV-CONTROLE", "pack-without-piece", {"missing": "purge-proof"}),)),
)
"""Piece, what is done to it, and what an audit has to find."""
