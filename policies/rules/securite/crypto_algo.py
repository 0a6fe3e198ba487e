"""Algorithms no longer accepted, found in the data or declared, and keys nobody wrote how to manage."""

import re
from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any, Final

from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.pieces import facts_of, pieces_of, shown, worded
from policies.rules.questions import PART_NOT_CHECKED, as_far_as_known

_FACTS: Final = ("keys_permissions", "keys_rotated_on")
_MODE: Final = re.compile(r"0?[0-7]{3}")


def cryptography_at_fault(t: Tables) -> list[dict[str, Any]]:
    """Return the digests and algorithms that are not accepted, and the faults of the written procedure for keys."""
    return as_far_as_known(partial(_digests, t), partial(_declared, t), partial(_procedure, t))


def _digests(t: Tables) -> list[dict[str, Any]]:
    seen = t["detected_values"]
    weak = seen.filter(seen.detector.isin(t.parameter("weak_digests").split()), seen.certain)
    found = t.ask(
        weak.select("table", "column", "store", "store_role", "share", algorithm=weak.detector, rows=weak["rows"], tokens=weak["values"])
    )
    return [{**row, "kind": "weak-digest"} for row in found]


def _declared(t: Tables) -> Iterator[dict[str, Any]]:
    activities = t["declared_activities"]
    for activity in t.ask(activities.filter(activities.pseudonym_algorithm.notnull())):
        place = {name: activity[name] for name in ("activity", "file", "line")}
        yield from _judged(t, activity["pseudonym_algorithm"], activity["pseudonym_key_bits"], place)


def _judged(t: Tables, algorithm: str, key_bits: int | None, place: dict[str, Any]) -> Iterator[dict[str, Any]]:
    accepted = [*t.parameter("accepted").split(), *t.parameter("accepted_here").split()]
    if _named(algorithm, t.parameter("forbidden").split()):
        yield {**place, "kind": "algorithm-forbidden", "algorithm": algorithm}
    elif not _named(algorithm, accepted):
        yield {**place, "kind": "algorithm-not-accepted", "algorithm": algorithm}
    elif _named(algorithm, ["RSA"]) and key_bits is not None and key_bits < int(t.parameter("rsa_bits")):
        yield {**place, "kind": "key-too-short", "algorithm": algorithm, "measured": key_bits, "threshold": int(t.parameter("rsa_bits"))}


def _procedure(t: Tables) -> list[dict[str, Any]]:
    faults = shown(t, "crypto-policy", holds=("key-management",))
    for piece in pieces_of(t, "crypto-policy"):
        place = {"file": piece["file"], "line": piece["line"], "value": piece["piece"]}
        faults += _keys(t, facts_of(t, piece), place)
    return faults


def _keys(t: Tables, facts: dict[str, str], place: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for algorithm in facts.get("algorithms", "").split():
        yield from _judged(t, algorithm, None, place)
    for missing in (fact for fact in _FACTS if fact not in facts):
        yield {**place, "kind": "piece-incomplete", "missing": missing}
    if (mode := facts.get("keys_permissions")) is not None and not (_MODE.fullmatch(mode) and mode.endswith("00")):
        yield {**place, "kind": "keys-open-to-others"}
    if (rotated := facts.get("keys_rotated_on")) is not None:
        day = _day(rotated)
        if day is None or day < t.duration("rotation").before(t.as_of).date():
            yield {**place, "kind": "keys-not-renewed", "oldest": day, "term": t.parameter("rotation")}


def _named(algorithm: str, names: list[str]) -> bool:
    """Tell whether an algorithm is, or is built on, one of these: HMAC-SHA-256 is built on SHA-2, AES is not built on DES."""
    plain = _plain(algorithm)
    return any(re.search(rf"(?<![A-Z0-9]){pattern}", plain) for name in names for pattern in _patterns(name))


def _plain(text: str) -> str:
    spaced = re.sub(r"[^A-Z0-9]+", " ", text.upper())
    return re.sub(r"\b(SHA|MD|CHACHA|POLY|RC|BLAKE) (?=\d)", r"\1", spaced)


def _patterns(name: str) -> tuple[str, ...]:
    families = {"SHA-2": (r"SHA(?:2 )?(?:224|256|384|512)\b", r"SHA2\b"), "SHA-3": (r"SHA3\b", r"SHAKE\d*\b", r"KMAC\d*\b")}
    return families.get(name, (rf"{_plain(name)}\b",))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


RULE = Rule(
    id="SEC-CRYPTO-ALGO",
    name="security.algorithms-or-keys-not-accepted",
    family="securite",
    title=said("Cryptographie : algorithmes et clés", "Accepted algorithms and key management"),
    severity=Severity.MAJOR,
    sources=(legal.CNIL_SECURITE_2024_21, legal.CNIL_PIA_CHIFFREMENT),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("declared_activities",),
    parameters={
        "accepted": "SHA-2 SHA-3 AES-CCM AES-GCM AES-EAX ChaCha20-Poly1305 RSA ECDSA",
        "accepted_here": "AES-SIV RANDOM-TABLE",
        "forbidden": "MD5 SHA-1 DES 3DES TRIPLE-DES",
        "weak_digests": "md5 sha1",
        "rsa_bits": "2048",
        "rotation": "P1Y",
    },
    query=cryptography_at_fault,
    message=said("{algorithm} n’est pas un algorithme admis.", "{algorithm} is not an accepted algorithm."),
    messages={
        "weak-digest": said(
            "La colonne {table}.{column} (magasin {store}) contient des empreintes {algorithm} : {rows} lignes, {tokens} empreintes "
            "distinctes.",
            "Column {table}.{column} (store {store}) holds {algorithm} digests: {rows} rows, {tokens} distinct digests.",
        ),
        "algorithm-forbidden": said(
            "L’algorithme déclaré, {algorithm}, est de ceux que la CNIL demande de ne plus employer.",
            "The declared algorithm, {algorithm}, is among those the CNIL asks no longer to use.",
        ),
        "algorithm-not-accepted": said(
            "L’algorithme déclaré, {algorithm}, n’est pas de ceux que la source recommande.",
            "The declared algorithm, {algorithm}, is not among those the source recommends.",
        ),
        "key-too-short": said(
            "La clé déclarée pour {algorithm} a {measured} bits, sous le seuil de {threshold}.",
            "The key declared for {algorithm} has {measured} bits, under the threshold of {threshold}.",
        ),
        "keys-open-to-others": said(
            "La pièce « {value} » dit les fichiers de clés accessibles à d’autres que leur propriétaire.",
            "The piece “{value}” says the key files are open to others than their owner.",
        ),
        "keys-not-renewed": said(
            "La pièce « {value} » ne montre pas de renouvellement des clés depuis moins de {term}.",
            "The piece “{value}” shows no renewal of the keys within {term}.",
        ),
        **worded("Procédure de gestion des clés", "Key management procedure"),
        **PART_NOT_CHECKED,
    },
    remediation=said(
        "Passer à un algorithme admis et traiter de nouveau les données ; mettre les clés sous coffre ; écrire la procédure de gestion "
        "des "
        "clés.",
        "Move to an accepted algorithm and process the data again; keep the keys in a vault; write the key management procedure.",
    ),
    rationale=said(
        "MD5, SHA-1, DES et 3DES ne protègent plus : leurs faiblesses sont publiques. Le guide de la CNIL recommande SHA-2 ou SHA-3, les "
        "modes authentifiés d’AES, ChaCha20-Poly1305, RSA d’au moins 2048 bits et ECDSA, avec une procédure écrite de gestion des clés ; "
        "les autorités administratives suivent en outre les annexes B1 et B2 du RGS. AES-SIV, la table aléatoire et le renouvellement "
        "annuel des clés sont des choix du projet.",
        "MD5, SHA-1, DES and 3DES no longer protect: their weaknesses are public. The CNIL’s guide recommends SHA-2 or SHA-3, the "
        "authenticated modes of AES, ChaCha20-Poly1305, RSA of at least 2048 bits and ECDSA, with a written procedure for keys; "
        "administrative authorities also follow annexes B1 and B2 of the RGS. AES-SIV, the random table and the yearly renewal of keys "
        "are "
        "choices of the project.",
    ),
    judgement=said(
        "Une personne doit encore dire si l’algorithme déclaré est bien celui qui tourne, et si la procédure de gestion des clés est "
        "appliquée. Un algorithme admis n’ôte rien au caractère personnel d’un numéro haché.",
        "A person must still say whether the declared algorithm is the one that runs, and whether the key procedure is applied. An "
        "accepted algorithm does not make a hashed number any less personal.",
    ),
)
