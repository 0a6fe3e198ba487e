"""Every rule, in the order of the rulebook. A test compares this tuple with the folder."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Final

from auditor.rules import Rule
from auditor.vocabulary.errors import UsageProblem
from policies.rules.anonymisation import (
    analyse,
    correlation,
    destinataire,
    hachage,
    individualisation,
    inference,
    libelle,
    methodes,
    rotation,
    secret,
    separation,
    stat_grain,
    suspension,
    unicite,
)
from policies.rules.droits import (
    acc_art11,
    acc_contenu,
    acc_dest,
    acc_gel,
    acc_pseudo,
    delai,
    effacement,
    info_13,
    portabilite,
)
from policies.rules.fraude import contrevenants, humain, preavis
from policies.rules.gouvernance import (
    aipd,
    aipd_contenu,
    champs,
    communicable,
    concordance,
    dossier_controle,
    dpo,
    liceite,
    roles,
    soustraitant,
    viol_72h,
)
from policies.rules.ouverture import anonymiser, formats, rgaa, snm
from policies.rules.retention import (
    archive_separee,
    archives_publiques,
    carte_bancaire,
    client,
    concentrateur,
    fraude_alarme,
    impaye_2ans,
    impaye_regul,
    journaux,
    motif_fraude,
    opposition,
    postpaie_4m,
    prospection,
    pv_paye,
    sauvegardes,
    validations_48h,
    validations_tardive,
    validations_usage,
)
from policies.rules.sav import lien, reconst, sansfiche
from policies.rules.securite import crypto_algo, dest_guichet, dest_liste, exports, habil_revue, journal_contenu, localisation, mdp, recette
from policies.rules.statut import au015, carte, categories, controle, finalites, libre
from policies.rules.titres import anonyme, declaratif, information, surcout, trois

RULES: Final[tuple[Rule, ...]] = (
    au015.RULE,
    finalites.RULE,
    controle.RULE,
    categories.RULE,
    libre.RULE,
    carte.RULE,
    client.RULE,
    prospection.RULE,
    validations_48h.RULE,
    validations_tardive.RULE,
    validations_usage.RULE,
    concentrateur.RULE,
    fraude_alarme.RULE,
    motif_fraude.RULE,
    postpaie_4m.RULE,
    impaye_regul.RULE,
    impaye_2ans.RULE,
    opposition.RULE,
    carte_bancaire.RULE,
    pv_paye.RULE,
    journaux.RULE,
    archive_separee.RULE,
    archives_publiques.RULE,
    sauvegardes.RULE,
    trois.RULE,
    anonyme.RULE,
    declaratif.RULE,
    surcout.RULE,
    information.RULE,
    methodes.RULE,
    hachage.RULE,
    individualisation.RULE,
    correlation.RULE,
    inference.RULE,
    analyse.RULE,
    unicite.RULE,
    libelle.RULE,
    stat_grain.RULE,
    separation.RULE,
    secret.RULE,
    rotation.RULE,
    destinataire.RULE,
    suspension.RULE,
    humain.RULE,
    preavis.RULE,
    contrevenants.RULE,
    dest_guichet.RULE,
    dest_liste.RULE,
    habil_revue.RULE,
    journal_contenu.RULE,
    crypto_algo.RULE,
    mdp.RULE,
    exports.RULE,
    recette.RULE,
    localisation.RULE,
    reconst.RULE,
    lien.RULE,
    sansfiche.RULE,
    liceite.RULE,
    champs.RULE,
    concordance.RULE,
    soustraitant.RULE,
    communicable.RULE,
    roles.RULE,
    dpo.RULE,
    aipd.RULE,
    aipd_contenu.RULE,
    viol_72h.RULE,
    dossier_controle.RULE,
    info_13.RULE,
    delai.RULE,
    acc_contenu.RULE,
    acc_dest.RULE,
    acc_gel.RULE,
    acc_art11.RULE,
    acc_pseudo.RULE,
    effacement.RULE,
    portabilite.RULE,
    anonymiser.RULE,
    formats.RULE,
    rgaa.RULE,
    snm.RULE,
)


def by_id(rule_id: str) -> Rule:
    """Return one rule, by its id in any case.

    Raises:
        UsageProblem: no rule bears that id.
    """
    for rule in RULES:
        if rule.id.casefold() == rule_id.strip().casefold():
            return rule
    raise UsageProblem(
        f"No rule is called {rule_id!r}.",
        "An audit that skips a rule nobody named would look complete.",
        "Run `poincon rules` for the list.",
    )


def select(only: Iterable[str] = (), without: Iterable[str] = ()) -> tuple[Rule, ...]:
    """Return the rules asked for, in the order of the rulebook: all of them when `only` is empty, less those in `without`.

    Each word is an id, a family or a glob over ids and families (`BIL-RET-*`), in any case.

    Raises:
        UsageProblem: a word names no rule, or no rule is left.
    """
    asked = tuple(only)
    kept = {rule_id for word in asked for rule_id in _named(word)} if asked else {rule.id for rule in RULES}
    left = {rule_id for word in without for rule_id in _named(word)}
    chosen = tuple(rule for rule in RULES if rule.id in kept - left)
    if not chosen:
        raise UsageProblem(
            "No rule is left to ask.",
            "An audit that asks nothing finds nothing, and would look clean.",
            "Ignore fewer rules: `poincon rules` lists them.",
        )
    return chosen


def _named(word: str) -> set[str]:
    """Return the ids of the rules that one word names."""
    wanted = word.strip().casefold()
    found = {rule.id for rule in RULES if fnmatchcase(rule.id.casefold(), wanted) or fnmatchcase(rule.family.casefold(), wanted)}
    return found or {by_id(word).id}
