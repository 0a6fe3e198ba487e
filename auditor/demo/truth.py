"""What was planted, with exact figures: the answer an audit of the demonstration has to find."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

Figure = int | str | bool | tuple[str, ...]

CATALOGUE: Final[Mapping[str, str]] = {
    "BIL-STAT-AU015": "La fiche « validations-fraude » invoque l’AU-015 comme base légale.",
    "BIL-PERIM-FINALITES": "La fiche « relation-client » porte une finalité d’une famille inconnue.",
    "BIL-RET-VALID-48H": "Validations de plus de 48 heures encore liées à une carte : dépôt non purgé, remontées tardives, horloge bloquée "
    "en 1997, anonymisation partielle, file oubliée du relais, jetons de l’entrepôt.",
    "BIL-RET-VALID-TARDIVE": "Validations arrivées plus de 48 heures après le passage et enregistrées avec leur carte.",
    "BIL-RET-POSTPAIE-4M": "Un fichier de facturation de mai 2026 oublié, et le code du valideur dans tous les fichiers.",
    "BIL-RET-CLIENT": "Comptes clos depuis plus de deux ans et toujours nominatifs.",
    "BIL-RET-IMPAYE-REGUL": "Dettes réglées dont la carte reste en opposition.",
    "BIL-TIT-ANONYME": "Cartes anonymes liées à une fiche client, vendues à un client connu, ou portant un abonnement.",
    "BIL-TIT-DECLARATIF": "Cartes déclaratives présentes au fichier des clients.",
    "BIL-ANO-METHODES": "Après 48 heures : rien de fait, lieu retiré mais carte gardée, arrêt retiré mais valideur gardé, hachage.",
    "BIL-ANO-HASH": "Jetons de l’entrepôt : SHA-256 sans clé ni sel du numéro de carte, tous retrouvables par énumération.",
    "RGPD-ANO-INDIV": "Entrepôt à la minute et à l’arrêt : classes de moins de onze cartes.",
    "REG-CHAMPS": "La fiche « impayes-opposition » ne dit rien des transferts ni de la sécurité.",
    "REG-CONCORDANCE": "Colonnes non déclarées ou disparues, données plus vieilles que la durée déclarée, compte non déclaré.",
    "AIPD-OBLIG": "La fiche « postpaiement » relève de la billettique et n’a pas d’AIPD achevée.",
}
"""Every rule with a planted violation, and where it hides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One planted violation. Figures count; they name nobody."""

    rule: str
    kind: str
    table: str = ""
    figures: Mapping[str, Figure]

    def to_json(self) -> dict[str, object]:
        """Return the entry as `truth.json` holds it."""
        told = {"rule": self.rule, "kind": self.kind, **({"table": self.table} if self.table else {})}
        return {**told, **{name: list(value) if isinstance(value, tuple) else value for name, value in self.figures.items()}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Ground truth of one generated network."""

    seed: int
    clean: bool
    cards: int
    days: int
    as_of: str
    rows: Mapping[str, int]
    """Rows of each physical table."""
    planted: tuple[Planted, ...]

    def of(self, rule: str) -> tuple[Planted, ...]:
        """Return what was planted for one rule."""
        return tuple(one for one in self.planted if one.rule == rule)

    def to_json(self) -> dict[str, object]:
        """Return the content of `truth.json`."""
        return {
            "seed": self.seed,
            "clean": self.clean,
            "cards": self.cards,
            "days": self.days,
            "as_of": self.as_of,
            "rows": dict(self.rows),
            "planted": [one.to_json() for one in self.planted],
            "catalogue": {} if self.clean else dict(CATALOGUE),
        }

    def write(self, path: Path) -> None:
        """Write `truth.json`."""
        path.write_text(json.dumps(self.to_json(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
