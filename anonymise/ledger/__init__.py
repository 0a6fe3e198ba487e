"""What left and what was refused: an append-only, hash-chained ledger, and the signed receipts of releases."""

from anonymise.ledger.receipts import ReceiptInvalid, open_envelope, read_receipt, signed_envelope, statement
from anonymise.ledger.store import Ledger

__all__ = ["Ledger", "ReceiptInvalid", "open_envelope", "read_receipt", "signed_envelope", "statement"]
