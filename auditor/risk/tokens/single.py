"""The pseudonyms that one known card number may stand behind: what links unkeyed tokens back to the person who asks."""

import base64

import numpy as np

from auditor.risk.tokens.digests import ALGORITHMS
from auditor.risk.tokens.spelling import SPELLINGS


def unkeyed_tokens(number: str) -> list[str]:
    """Return every unkeyed digest of a card number (digits only) under every usual spelling, in hexadecimal and base64.

    For the right of access: rows that the controller can link to a person without any key are that person's rows.
    """
    if not number.isascii() or not number.isdigit():
        return []
    digits = np.array([[int(digit) for digit in number]], dtype=np.uint8)
    payloads = dict.fromkeys(payload for spell in SPELLINGS.values() for payload in spell(digits))
    made = [algorithm.digest(payload) for payload in payloads for algorithm in ALGORITHMS]
    texts = ((digest.hex(), digest.hex().upper(), base64.b64encode(digest).decode()) for digest in made)
    return list(dict.fromkeys(text for written in texts for text in written))
