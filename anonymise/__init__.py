"""Makes releases and proves them; keeps keys and the vault. The vault has its own door: `anonymise.vault`."""
