"""Keys that can be used and not read: pseudonym keys per purpose and period, sealing keys, one signing key.

Mode of the hierarchy (science note §3.2): every key of the store is **random** and kept wrapped under the root;
none is derived from it. Destroying a wrapped key is therefore final, whoever holds the root afterwards. HKDF derives
from the root only what wraps and protects the store itself.
"""

from anonymise.keys.handles import MacKey, PseudonymKey, SealBroken, SealingKey, SigningKey, signature_holds
from anonymise.keys.root import RootKey
from anonymise.keys.store import KeyState, KeyStore, ShredCertificate

__all__ = [
    "KeyState",
    "KeyStore",
    "MacKey",
    "PseudonymKey",
    "RootKey",
    "SealBroken",
    "SealingKey",
    "ShredCertificate",
    "SigningKey",
    "signature_holds",
]
