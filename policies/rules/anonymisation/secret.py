"""Pseudonyms made without a secret, with a short one, or with one that nobody says where it is kept."""

import re
from collections.abc import Iterator
from typing import Final

import ibis

from auditor.engine.base import Row
from auditor.rules import NotConcerned, Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal

_UNKEYED: Final = re.compile(r"^(md5|sha[- ]?\d.*|sha3.*|ripemd.*|blake\d?[a-z]*|crc.*|base64|hex(adecimal)?|hash|hachage|rot.*|xor)$")
_KEYED: Final = re.compile(r"^(hmac[- ]?sha[- ]?(2|3|224|256|384|512).*|kmac.*|keyed[- ]blake.*|aes.*|chacha20.*|ff1|ff3[- ]?1|siphash.*)$")
_TABLE: Final = re.compile(r"^(random|lookup)[- ]table$|^table (aléatoire|de correspondance)$")
_IN_CODE: Final = re.compile(r"\b(code|source|git|dépôt|repository|config|configuration|\.env|script|notebook|tableur|spreadsheet)\b")


def secrets_that_protect_nothing(t: Tables) -> Iterator[Row]:
    """List, per activity that pseudonymises, what is declared of its secret and does not hold; and token tables without a declaration.

    An algorithm without a key is refused whatever its strength. A random table needs no key, and a place to be kept apart.
    """
    activities = t["declared_activities"]
    declared = t.ask(activities.filter(activities.pseudonym_algorithm.notnull()).order_by("activity"))
    silent = _silent(t)
    if not declared and not silent:
        raise NotConcerned(said("aucune fiche ni aucune table n’emploie de pseudonymes", "no record and no table uses pseudonyms"))
    yield from silent
    for row in declared:
        place = {name: row[name] for name in ("activity", "file", "line")}
        for fault in _faults(row, int(t.parameter("bits"))):
            yield {**place, **fault}


def _silent(t: Tables) -> list[Row]:
    activities, covered, stores = t["declared_activities"], t["declared_tables"], t["observed_stores"]
    unsaid = activities.filter(activities.pseudonym_algorithm.isnull()).select("activity")
    tokens = stores.filter(stores.card_form == "token").select("table").distinct()
    held = covered.semi_join(tokens, "table").semi_join(unsaid, "activity")
    return t.ask(held.select("activity", "table", "file", "line", kind=ibis.literal("secret-not-declared")))


def _faults(row: Row, least: int) -> Iterator[Row]:
    algorithm, bits, kept_in = str(row["pseudonym_algorithm"]), row["pseudonym_key_bits"], row["pseudonym_key_store"]
    named = algorithm.strip().casefold()
    table = bool(_TABLE.match(named))
    if _UNKEYED.match(named):
        yield {"kind": "algorithm-without-key", "algorithm": algorithm}
    elif not table and not _KEYED.match(named):
        yield {"kind": "algorithm-not-recognised", "algorithm": algorithm}
    elif not table and bits is None:
        yield {"kind": "key-size-not-declared", "algorithm": algorithm}
    elif not table and bits < least:
        yield {"kind": "key-too-short", "algorithm": algorithm, "measured": f"{bits} bits", "threshold": f"{least} bits"}
    if kept_in is None:
        yield {"kind": "key-place-not-declared"}
    elif _IN_CODE.search(kept_in.casefold()):
        yield {"kind": "key-in-code", "value": kept_in}


RULE = Rule(
    id="RGPD-PSE-SECRETS",
    name="anonymisation.secrets-that-protect-nothing",
    family="anonymisation",
    title=said("Secrets de pseudonymisation", "Pseudonymisation secrets with real entropy"),
    severity=Severity.BLOCKING,
    sources=(legal.CNIL_SECURITE_2024_21, legal.EDPB_01_2025),
    reading=Reading.PARTIAL,
    frames=frozenset({Frame.GDPR}),
    needs=("declared_activities", "declared_tables", "observed_stores"),
    parameters={"bits": "128"},
    query=secrets_that_protect_nothing,
    message=said("La fiche {activity} protège mal ses pseudonymes.", "The record {activity} protects its pseudonyms badly."),
    messages={
        "secret-not-declared": said(
            "La fiche {activity} couvre {table}, qui porte des jetons, sans dire comment ils sont faits ni où est leur secret.",
            "The record {activity} covers {table}, which holds tokens, without saying how they are made or where their secret is.",
        ),
        "algorithm-without-key": said(
            "La fiche {activity} fait ses pseudonymes par {algorithm}, sans clé : n’importe qui peut recommencer le calcul sur tous les "
            "numéros.",
            "The record {activity} makes its pseudonyms with {algorithm}, without a key: anyone can compute it again on every number.",
        ),
        "algorithm-not-recognised": said(
            "La fiche {activity} fait ses pseudonymes par {algorithm}, qui n’est ni un code à clé, ni un chiffrement, ni une table "
            "aléatoire connus de cette règle.",
            "The record {activity} makes its pseudonyms with {algorithm}, which is no keyed code, cipher or random table known to this "
            "rule.",
        ),
        "key-size-not-declared": said(
            "La fiche {activity} emploie {algorithm} sans dire la taille de la clé.",
            "The record {activity} uses {algorithm} without saying the size of the key.",
        ),
        "key-too-short": said(
            "La fiche {activity} emploie {algorithm} avec une clé de {measured}, moins que {threshold}.",
            "The record {activity} uses {algorithm} with a key of {measured}, less than {threshold}.",
        ),
        "key-place-not-declared": said(
            "La fiche {activity} ne dit pas où le secret des pseudonymes est conservé.",
            "The record {activity} does not say where the secret of its pseudonyms is kept.",
        ),
        "key-in-code": said(
            "La fiche {activity} conserve le secret des pseudonymes dans « {value} » : un secret n’est jamais dans du code ni dans un "
            "fichier de configuration.",
            "The record {activity} keeps the secret of its pseudonyms in “{value}”: a secret is never in code or in a configuration file.",
        ),
    },
    remediation=said(
        "Régénérer un secret d’au moins 128 bits, pseudonymiser de nouveau, révoquer l’ancienne clé, et conserver la nouvelle dans un "
        "coffre.",
        "Make a new secret of 128 bits at least, pseudonymise again, revoke the old key, and keep the new one in a vault.",
    ),
    rationale=said(
        "Un pseudonyme ne vaut que le secret qui le fait. Sans clé, un numéro de carte se retrouve en essayant tous les numéros ; avec une "
        "clé courte, en essayant toutes les clés ; avec une clé rangée dans le code, en lisant le code. Le guide de sécurité de la CNIL "
        "demande une fonction à clé et au moins 128 bits. La règle lit ce que le registre déclare : BIL-ANO-HASH éprouve les jetons.",
        "A pseudonym is worth the secret that makes it. Without a key, a card number is found again by trying every number; with a short "
        "key, by trying every key; with a key kept in code, by reading the code. The CNIL’s security guide asks for a keyed function and "
        "at least 128 bits. The rule reads what the register declares: BIL-ANO-HASH puts the tokens to the test.",
    ),
    judgement=said(
        "Vérifier que la clé est bien tirée au hasard et qu’aucune copie ne traîne dans un dépôt : ce programme ne lit ni clés ni code.",
        "That the key was drawn at random and that no copy lies in a repository: this program reads neither keys nor code.",
    ),
)
