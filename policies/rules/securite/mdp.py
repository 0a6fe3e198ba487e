"""A password policy under the entropy expected, or passwords kept in a form that can be reversed."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from auditor.engine.base import Relation
from auditor.rules import Rule, Tables
from auditor.vocabulary.errors import CouldNotCheck
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.pieces import facts_of, pieces_of, shown, worded
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known

_GOOD: Final = ("bcrypt", "scrypt", "argon2", "pbkdf2")
_BARE: Final = ("md5", "sha1", "sha256", "sha512")
_PASSWORD: Final = re.compile(r"(?:^|[^a-z])(?:pass(?:word|wd|phrase)?|pwd|mdp|mot_?de_?passe|motdepasse)(?:[^a-z]|$)")
"""Names of columns that hold passwords. A name alone convicts nobody: what the column holds must be recognised too."""
_FACTS: Final = ("entropy_bits", "lockout", "second_factor", "periodic_renewal")
_RENEWALS: Final = ("none", "administrators", "all")


def passwords_at_fault(t: Tables) -> list[dict[str, Any]]:
    """Return what the password policy lacks, and the columns whose passwords are kept as bare digests.

    Raises:
        CouldNotCheck: nothing is at fault, but a column named as a password holds something that was not recognised.
    """
    found = as_far_as_known(partial(_policy, t), partial(_digests, t))
    unknown = _not_recognised(t) if "detected_values" in t else []
    if unknown and not found:
        table, column = unknown[0]
        raise CouldNotCheck(
            f"{table}.{column} is named as a password and its form was not recognised.",
            "A password kept in clear would look the same.",
            "Look at how it is stored, then correct it or name the column for what it is.",
        )
    return [*found, *({"kind": "password-form-unknown", "table": table, "column": column} for table, column in unknown)]


def _policy(t: Tables) -> list[dict[str, Any]]:
    faults = shown(t, "password-policy")
    for piece in pieces_of(t, "password-policy"):
        place = {"file": piece["file"], "line": piece["line"], "value": piece["piece"]}
        faults += [{**place, **fault} for fault in _facts(t, facts_of(t, piece))]
    return faults


def _facts(t: Tables, facts: dict[str, str]) -> Iterator[dict[str, Any]]:
    for missing in (fact for fact in _FACTS if not _readable(fact, facts.get(fact))):
        yield {"kind": "piece-incomplete", "missing": missing}
    if facts.get("periodic_renewal") == "all":
        yield {"kind": "renewal-imposed"}
    bits = facts.get("entropy_bits", "")
    name = "with_device" if facts.get("second_factor") == "yes" else "with_lockout" if facts.get("lockout") == "yes" else "alone"
    if bits.isdigit() and int(bits) < int(t.parameter(name)):
        yield {"kind": "password-too-weak", "measured": int(bits), "threshold": int(t.parameter(name))}


def _readable(fact: str, value: str | None) -> bool:
    allowed = {"entropy_bits": value is not None and value.isdigit(), "periodic_renewal": value in _RENEWALS}
    return allowed.get(fact, value in {"yes", "no"})


def _digests(t: Tables) -> list[dict[str, Any]]:
    """Return the bare digests in the columns so named, and in the tables of accounts."""
    accounts = {row["table"] for row in t.ask(_account_tables(t))}
    named = _password_columns(t)
    bare = [row for row in _forms(t, _BARE) if row["table"] in accounts or (row["table"], row["column"]) in named]
    keep = ("table", "column", "store", "rows", "share")
    return [{**{name: row[name] for name in keep}, "algorithm": row["detector"], "kind": "password-bare-digest"} for row in bare]


def _not_recognised(t: Tables) -> list[tuple[str, str]]:
    return sorted(_password_columns(t) - {(row["table"], row["column"]) for row in _forms(t, (*_GOOD, *_BARE))})


def _forms(t: Tables, detectors: tuple[str, ...]) -> list[dict[str, Any]]:
    seen = t["detected_values"]
    return t.ask(seen.filter(seen.detector.isin(detectors), seen.certain))


def _password_columns(t: Tables) -> set[tuple[str, str]]:
    return {(row["table"], row["column"]) for row in t.ask(t["observed_columns"]) if _PASSWORD.search(row["column"].lower())}


def _account_tables(t: Tables) -> Relation:
    stores = t["observed_stores"]
    return stores.filter(stores.canonical == "accounts").select("table").distinct()


RULE = Rule(
    id="SEC-MDP",
    name="security.passwords-weak-or-reversible",
    family="securite",
    title=said("Mots de passe", "Passwords"),
    severity=Severity.MAJOR,
    sources=(legal.CNIL_SECURITE_2024_4, legal.CNIL_2022_100),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("observed_columns", "observed_stores"),
    parameters={"alone": "80", "with_lockout": "50", "with_device": "13"},
    query=passwords_at_fault,
    message=said("Les mots de passe sont en défaut : {table}.", "Passwords are at fault: {table}."),
    messages={
        "password-too-weak": said(
            "La politique « {value} » donne aux mots de passe {measured} bits d’entropie ; {threshold} sont attendus dans ce cas.",
            "The policy “{value}” gives passwords {measured} bits of entropy; {threshold} are expected in that case.",
        ),
        "renewal-imposed": said(
            "La politique « {value} » impose à tous de changer de mot de passe à date fixe ; la CNIL ne le demande plus que pour les "
            "administrateurs.",
            "The policy “{value}” makes everyone change password on fixed dates; the CNIL now asks it of administrators only.",
        ),
        "password-bare-digest": said(
            "La colonne {table}.{column} garde des mots de passe en empreinte {algorithm} simple : {rows} lignes.",
            "Column {table}.{column} keeps passwords as bare {algorithm} digests: {rows} rows.",
        ),
        "password-form-unknown": said(
            "La colonne {table}.{column} porte un nom de mot de passe et la forme de son contenu n’est pas reconnue : à examiner.",
            "Column {table}.{column} is named as a password and the form of what it holds is not recognised: to be examined.",
        ),
        **worded("Politique de mots de passe", "Password policy"),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Reconfigurer la politique ; hacher de nouveau chaque mot de passe, à la prochaine connexion, avec bcrypt, scrypt, Argon2 ou "
        "PBKDF2.",
        "Change the settings; hash each password again at the next login with bcrypt, scrypt, Argon2 or PBKDF2.",
    ),
    rationale=said(
        "La CNIL attend 80 bits d’entropie d’un mot de passe seul, 50 si le compte se bloque après des échecs, 13 si un matériel détenu "
        "par la "
        "personne s’y ajoute, et une fonction de hachage conçue pour les mots de passe. Une empreinte MD5 ou SHA simple s’essaie par "
        "milliards à la seconde. La délibération 2022-100 n’a été lue que dans un compte rendu ; les chiffres viennent du guide de la "
        "sécurité.",
        "The CNIL expects 80 bits of entropy from a password alone, 50 if the account locks after failures, 13 if a device the person "
        "holds is added, and a hash function made for passwords. A bare MD5 or SHA digest is tried by billions a second. Deliberation "
        "2022-100 was read in a secondary account only; the figures come from the security guide.",
    ),
    judgement=said(
        "Une personne doit encore dire si les réglages déclarés sont bien ceux du système, et si l’entropie a été calculée sur la règle "
        "réellement imposée.",
        "A person must still say whether the declared settings are those of the system, and whether the entropy was computed on the rule "
        "truly enforced.",
    ),
)
