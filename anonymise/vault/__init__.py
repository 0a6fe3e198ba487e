"""The after-sales vault: last known content of each card, sealed; opened for one case at a time, journal first.

It never holds a stop, a line, a vehicle or a tap time, and shares no key with analytics: it goes on working on the
day every pseudonym key is destroyed. Nothing of the project imports it except the command line.
"""

from anonymise.vault.vault import SealReport, Vault, VaultStatus

__all__ = ["SealReport", "Vault", "VaultStatus"]
