"""What was planted, with exact figures: the answer an audit of the demonstration has to find."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

Figure = int | str | bool | tuple[str, ...]

CATALOGUE: Final[Mapping[str, str]] = {
    "BIL-STAT-AU015": "La fiche « validations-fraude » invoque l’AU-015 comme base légale.",
    "BIL-PERIM-FINALITES": "Une finalité de famille inconnue, une finalité sans base légale, deux tables qu’aucune fiche ne déclare.",
    "BIL-PERIM-CONTROLE": "Des contraventions portent le numéro d’une carte dont les validations sont encore là.",
    "BIL-DON-CATEGORIES": "La fiche « relation-client » dit technique l’adresse de courriel.",
    "BIL-DON-LIBRE": "Une zone de commentaire au fichier des clients : santé et jugements y sont écrits.",
    "BIL-DON-CARTE": "Lectures du journal des cartes conservées, et modèle de carte à six événements.",
    "BIL-RET-CLIENT": "Comptes clos depuis plus de deux ans et toujours nominatifs.",
    "BIL-RET-PROSPECT-3Y": "La fiche « relation-client » garde trois ans le consentement aux offres, sans justification.",
    "BIL-RET-VALID-48H": "Validations de plus de 48 heures encore liées à une carte : dépôt non purgé, remontées tardives, horloge bloquée "
    "en 1997, anonymisation partielle, file oubliée du relais, jetons de l’entrepôt.",
    "BIL-RET-VALID-TARDIVE": "Validations arrivées plus de 48 heures après le passage et enregistrées avec leur carte.",
    "BIL-RET-VALID-USAGE": "Le service des études et la relation client lisent la table des 48 heures ; le guichet et un tiers le peuvent.",
    "BIL-RET-CONCENTRATEUR": "Validations oubliées plus d’un jour dans la file du relais.",
    "BIL-RET-FRAUDE-ALARME": "Alarmes sans dossier après quatorze jours, dossiers sans procédure après six mois.",
    "BIL-RET-MOTIF-FRAUDE-3Y": "Motif « fraude » encore au dossier plus de trois ans après la clôture.",
    "BIL-RET-POSTPAIE-4M": "Un fichier de facturation de mai 2026 oublié, et le code du valideur dans tous les fichiers.",
    "BIL-RET-IMPAYE-REGUL": "Dettes réglées dont la carte reste en opposition.",
    "BIL-RET-IMPAYE-2Y": "Impayés de plus de deux ans, et incivilités inscrites comme des impayés.",
    "BIL-RET-OPPOSITION": "Oppositions au motif non listé, sans date, ou sur une carte expirée.",
    "BIL-RET-CB": "Numéros de carte bancaire et cryptogrammes dans la table des ventes.",
    "BIL-RET-PV-PAYE": "Contraventions payées et gardées, impayées depuis plus d’un an, archivées depuis plus de deux.",
    "BIL-RET-JOURNAUX": "Journal de plus d’un an, où figurent des numéros de carte et des arrêts.",
    "BIL-RET-ARCHIVE-SEP": "Le guichet lit l’archive des ventes.",
    "BIL-RET-ARCH-PUB": "Une durée sans accord d’archives, et un accord expiré.",
    "BIL-RET-SAUVEGARDES": "Sauvegardes des validations gardées un mois, restauration sans nouvel effacement.",
    "BIL-TIT-TROIS": "Cartes d’un type qui n’est aucun des trois.",
    "BIL-TIT-ANONYME": "Cartes anonymes liées à une fiche client, vendues à un client connu, ou portant un abonnement.",
    "BIL-TIT-DECLARATIF": "Cartes déclaratives présentes au fichier des clients.",
    "BIL-ANON-SURCOUT": "Un abonnement plus cher en déclaratif, et les tarifs sociaux qui n’y existent pas.",
    "BIL-ANON-INFO": "Aucune information sur l’offre anonyme au dossier.",
    "BIL-ANO-METHODES": "Après 48 heures : rien de fait, lieu retiré mais carte gardée, arrêt retiré mais valideur gardé, hachage.",
    "BIL-ANO-HASH": "Jetons de l’entrepôt : SHA-256 sans clé ni sel du numéro de carte, tous retrouvables par énumération.",
    "RGPD-ANO-INDIV": "Entrepôt à la minute et à l’arrêt : classes de moins de onze cartes.",
    "RGPD-ANO-CORR": "Un même jeton suit une carte d’un jour à l’autre dans l’entrepôt.",
    "RGPD-ANO-INFER": "Une navette de nuit où tous les porteurs ont le même tarif, qui dit un handicap.",
    "RGPD-ANO-ANALYSE": "L’entrepôt ne satisfait pas aux critères et aucune analyse ne le nomme.",
    "RGPD-ANO-UNICITE": "Deux points suffisent à isoler presque toute trace de l’entrepôt.",
    "RGPD-ANO-LIBELLE": "Le registre dit l’entrepôt anonyme, et les validations anonymisées à terme.",
    "BIL-ANO-STAT-GRAIN": "Entrepôt à la minute, avec un jeton.",
    "RGPD-PSE-SEPARATION": "Le domaine n’est pas déclaré, et le service des études lit les jetons et leur correspondance.",
    "RGPD-PSE-SECRETS": "La fiche « statistiques-frequentation » déclare un hachage sans clé.",
    "RGPD-PSE-ROTATION": "Jetons qui durent tout le mois, période déclarée d’un an.",
    "RGPD-PSE-DESTINATAIRE": "Le bureau d’études reçoit un jeu de données et la mention ne le nomme pas.",
    "BIL-PSE-SUSPENSION": "Anonymisation suspendue depuis douze jours, sans motif, ni auteur, ni fin.",
    "BIL-OPP-HUMAIN": "Cartes bloquées par un programme, deux secondes après l’alarme.",
    "BIL-OPP-INFO": "Débiteurs prévenus après le blocage ou jamais, dossiers que personne n’a examinés.",
    "TRA-FRAUDE-L2241-2-1": "Contraventions : courriel en trop, lien avec le fichier des clients, 23 comptes, procédure incomplète.",
    "BIL-DEST-GUICHET": "Le guichet peut rapprocher clients et validations, la relation client l’a fait.",
    "BIL-DEST-LISTE": "Un compte qu’aucune fiche ne déclare, et des droits au-delà de l’activité de chacun.",
    "SEC-HABIL-REVUE": "Comptes partagé, oublié, inactif ou jamais revu, et revue de 2024.",
    "SEC-JOURNAL-CONTENU": "Chaîne rompue, lectures sans finalité ni trace, extractions massives, journal modifiable par qui y figure.",
    "SEC-CRYPTO-ALGO": "Empreintes MD5, SHA-1 dans la politique, clés lisibles de tous.",
    "SEC-MDP": "Mots de passe en MD5, trop faibles, à renouveler sans cesse.",
    "SEC-EXPORTS": "Un classeur de clients de 2024 et une liste de débiteurs lisible de tous, dans le dossier d’échange.",
    "SEC-TESTS": "Des cartes réelles dans la copie de recette.",
    "RGPD-MIN-LOCALISATION": "La file du relais garde la position du bus, plus fine que l’arrêt.",
    "BIL-SAV-RECONST": "Le dernier exercice de reconstitution date de 2024.",
    "BIL-SAV-LIEN": "Le service des études peut lire les contrats, et a lu la correspondance sans dossier.",
    "BIL-SAV-SANSFICHE": "Pas de duplicata pour un titre anonyme, et des fiches ouvertes au guichet lors d’un remplacement.",
    "RGPD-LICEITE": "Intérêt légitime invoqué par une autorité publique, et une finalité sans base.",
    "REG-CHAMPS": "La fiche « impayes-opposition » ne dit rien des transferts ni de la sécurité ; « violations » ne nomme pas le délégué.",
    "REG-CONCORDANCE": "Tables et colonnes non déclarées ou disparues, données plus vieilles que la durée déclarée, compte non déclaré.",
    "REG-SOUSTRAITANT": "Un sous-traitant sans contrat cité, et un contrat modifié depuis sa signature.",
    "REG-COMMUNICABLE": "L’édition publique du registre est plus ancienne que le registre.",
    "GOUV-ROLES": "Deux responsables pour une même activité, dont un conjoint sans accord.",
    "GOUV-DPO": "La fiche « violations » ne nomme pas le délégué, et sa désignation manque au dossier.",
    "AIPD-OBLIG": "La fiche « postpaiement » relève de la billettique et n’a pas d’AIPD achevée.",
    "AIPD-CONTENU": "L’AIPD de « sav-coffre » n’a pas de mesures, et laisse un risque important sans consultation.",
    "RGPD-VIOL-72H": "Violations notifiées tard ou jamais, personnes non prévenues, fiche incomplète, pseudonymes levés sans dossier.",
    "GOUV-CONTROLE": "Preuves de purge absentes du dossier de contrôle, contrat sans document à copier.",
    "DROIT-INFO-13": "La mention tait un destinataire, une durée et les directives après la mort.",
    "DROIT-DELAI": "Réponses tardives, demandes sans réponse, prolongation annoncée trop tard, refus sans motif.",
    "DROIT-ACC-CONTENU": "Réponses incomplètes, ou sans la copie.",
    "DROIT-ACC-DEST": "Réponses qui ne nomment pas les destinataires.",
    "DROIT-ACC-GEL": "Données très brèves non gelées à réception, copies gardées après la clôture.",
    "DROIT-ACC-ART11": "Personnes renvoyées avec leur carte sans nom, et procédure muette sur la carte présentée.",
    "DROIT-ACC-PSEUDO": "Réponses qui n’ont pas cherché dans les tables pseudonymisées.",
    "DROIT-EFF": "Effacements annoncés, et fiches toujours là.",
    "DROIT-PORTA": "Portabilité servie en PDF.",
    "OD-ANONYMISER": "Un export mis en ligne avec le numéro des cartes.",
    "RGAA-RAPPORT": "Déclaration d’accessibilité sans voies de recours.",
    "TRA-SNM": "Un service multimodal peut lire les validations, et sa convention a expiré.",
}
"""Every rule with a planted violation, and where it hides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One planted violation. Figures count; they name nobody."""

    rule: str
    kind: str
    table: str = ""
    figures: Mapping[str, Figure]

    @property
    def there(self) -> bool:
        """Tell whether anything was planted: a very small network has no room for some of it."""
        return all(self.figures.get(name, 1) for name in ("rows", "entries", "customers"))

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
