"""Read a column of tokens in bounded memory and say what its tokens look like.

Nothing here keeps a token: letters are counted, digests become whole numbers, and what may be a card number in another
spelling is tested against the declared grammar, then forgotten.
"""

import base64
import binascii
import math
import string
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from auditor.risk.tokens.digests import WORD, Words
from auditor.risk.tokens.numbering import Digits
from auditor.risk.tokens.search import Sought

if TYPE_CHECKING:
    import pyarrow as pa

Stream = Callable[[], "Iterator[pa.RecordBatch]"]
"""Start the column again from its beginning: one text column of distinct tokens, none of them null."""

Accepts = Callable[[Digits], npt.NDArray[np.bool_]]
"""Tell which rows of digits are card numbers."""

_HEX: Final = frozenset(string.hexdigits.encode())
_BASE32: Final = (frozenset((string.ascii_uppercase + "234567=").encode()), frozenset((string.ascii_lowercase + "234567=").encode()))
_BASE64: Final = (
    frozenset((string.ascii_letters + string.digits + "+/=").encode()),
    frozenset((string.ascii_letters + string.digits + "-_=").encode()),
)
_DIGITS: Final = frozenset(string.digits.encode())
_UUID: Final = 36
_SHORTEST: Final = 8
"""Hexadecimal digits below which a token is too short to be told from a serial number."""
_SYMBOLS: Final = 10
_LONGEST_NUMBER: Final = 20
_SPREAD: Final = 3
"""Lengths a substituted number may take when its leading zeros were dropped."""
_ALPHABET: Final = 16
"""Smallest alphabet of a digest or of a random token: hexadecimal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The letters and lengths of a column of tokens."""

    tokens: int
    lengths: Mapping[int, int]
    """Distinct tokens by length, in bytes."""
    symbols: frozenset[int] = field(repr=False)
    characters: int

    @property
    def length(self) -> int:
        """The commonest length."""
        return max(self.lengths, key=lambda length: (self.lengths[length], length), default=0)

    @property
    def is_substitution(self) -> bool:
        """At most ten symbols that are not all digits, over lengths a number may have: one symbol for each digit."""
        return (
            0 < len(self.symbols) <= _SYMBOLS
            and not self.symbols & _DIGITS
            and max(self.lengths) <= _LONGEST_NUMBER
            and max(self.lengths) - min(self.lengths) < _SPREAD
        )

    @property
    def accident(self) -> float:
        """Base-10 logarithm of the chance that random letters of a sixteen-letter alphabet use so few symbols."""
        used = len(self.symbols)
        if used >= _ALPHABET:
            return 0.0
        return min(0.0, math.log10(math.comb(_ALPHABET, used)) + self.characters * math.log10(used / _ALPHABET)) if used else 0.0

    @property
    def spelling(self) -> str:
        """`hex`, `uuid`, `base32`, `base64` or nothing: how a digest is written, when the letters allow one."""
        length, symbols = self.length, self.symbols
        if not symbols & _DIGITS or symbols <= _DIGITS:
            return ""
        if length == _UUID and symbols <= _HEX | {ord("-")}:
            return "uuid"
        if symbols <= _HEX:
            return "hex" if length >= _SHORTEST else ""
        if any(symbols <= letters for letters in _BASE32):
            return "base32" if length * 5 >= 4 * WORD else ""
        if any(symbols <= letters for letters in _BASE64):
            return "base64" if length * 6 >= 4 * WORD else ""
        return ""


def shape(stream: Stream) -> Shape:
    """Count letters and lengths over the whole column."""
    lengths: Counter[int] = Counter()
    letters = np.zeros(256, dtype=np.int64)
    for offsets, data in _texts(stream()):
        letters += np.bincount(data, minlength=256)
        counts = np.bincount(np.diff(offsets))
        lengths.update({int(size): int(counts[size]) for size in np.flatnonzero(counts)})
    symbols = frozenset(np.flatnonzero(letters).tolist())
    return Shape(tokens=sum(lengths.values()), lengths=dict(lengths), symbols=symbols, characters=int(letters.sum()))


def digests(stream: Stream, found: Shape) -> Sought:
    """Turn every token of the commonest length into the whole numbers the search compares."""
    heads: list[Words] = []
    tails: list[Words] = []
    nibbles, spelling = 0, found.spelling
    for texts in _tokens(stream(), found.length):
        plain = [_hexadecimal(text, spelling) for text in texts]
        nibbles = nibbles or (len(plain[0]) if plain else 0)
        heads.append(_words(text[:WORD].ljust(WORD, "0") for text in plain))
        tails.append(_words(text[-WORD:].rjust(WORD, "0") for text in plain))
    whole = np.concatenate(heads) if heads else np.empty(0, dtype=np.uint64)
    if nibbles < WORD:
        whole = whole >> np.uint64(4 * (WORD - nibbles))
    ends = np.concatenate(tails) if tails else whole
    return Sought(nibbles=nibbles, heads=np.sort(whole), tails=np.sort(ends))


def _hexadecimal(text: str, spelling: str) -> str:
    if spelling == "hex":
        return text.lower()
    if spelling == "uuid":
        return text.replace("-", "").lower()
    try:
        return _decoded(text, spelling).hex()
    except (binascii.Error, ValueError):
        return ""


def _decoded(text: str, spelling: str) -> bytes:
    bare = text.rstrip("=")
    if spelling == "base32":
        return base64.b32decode(bare.upper() + "=" * (-len(bare) % 8))
    return base64.b64decode(bare.replace("-", "+").replace("_", "/") + "=" * (-len(bare) % 4))


def _words(texts: Iterable[str]) -> Words:
    return np.frombuffer(bytes.fromhex("".join(texts)), dtype=">u8").astype(np.uint64)


ENCODINGS: Final[Mapping[str, Callable[[str], str]]] = {
    "the number itself": lambda text: text,
    "the number backwards": lambda text: text[::-1],
    "base64": lambda text: _decoded(text, "base64").decode("ascii"),
    "base32": lambda text: _decoded(text, "base32").decode("ascii"),
    "hexadecimal text": lambda text: bytes.fromhex(text).decode("ascii"),
    "base64, backwards": lambda text: _decoded(text, "base64").decode("ascii")[::-1],
    "hexadecimal number": lambda text: str(int(text, 16)),
}
"""Ways of writing a card number that look like a token and hide nothing, with how each is undone."""


def numbers(stream: Stream, encoding: str, length: int, accepts: Accepts, most: int | None = None) -> tuple[int, int]:
    """Undo an encoding on every token (or the first `most`); return the tokens that are accepted numbers, and the tokens read."""
    undo, pad = ENCODINGS[encoding], encoding == "hexadecimal number"
    right = read = 0
    for texts in _tokens(stream(), None):
        wanted = texts if most is None else texts[: most - read]
        digits = [plain for plain in (_undone(undo, text, length, pad=pad) for text in wanted) if plain]
        read += len(wanted)
        if digits:
            matrix = np.frombuffer("".join(digits).encode(), dtype=np.uint8).reshape(len(digits), length) - np.uint8(ord("0"))
            right += int(accepts(matrix).sum())
        if most is not None and read >= most:
            break
    return right, read


def _undone(undo: Callable[[str], str], text: str, length: int, *, pad: bool) -> str:
    try:
        plain = undo(text)
    except (binascii.Error, ValueError):
        return ""
    plain = plain.rjust(length, "0") if pad else plain
    return plain if len(plain) == length and plain.isascii() and plain.isdigit() else ""


def _texts(batches: "Iterator[pa.RecordBatch]") -> "Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]]":
    """Yield the offsets and the bytes of each batch, without copying a token."""
    import pyarrow as pa

    for batch in batches:
        if not batch.num_rows:
            continue
        column = batch.column(0).cast(pa.large_binary())
        _, ends, content = column.buffers()
        offsets = np.frombuffer(ends, dtype=np.int64)[column.offset : column.offset + len(column) + 1]
        data = np.frombuffer(content, dtype=np.uint8) if content is not None and content.size else np.empty(0, dtype=np.uint8)
        yield offsets, data[offsets[0] : offsets[-1]]


def _tokens(batches: "Iterator[pa.RecordBatch]", length: int | None) -> Iterator[list[str]]:
    """Yield the tokens of each batch, of one length when it is given."""
    import pyarrow.compute as pc

    for batch in batches:
        column = batch.column(0)
        if length is not None:
            column = column.filter(pc.equal(pc.binary_length(column), length))
        texts = column.to_pylist()
        if texts:
            yield texts
