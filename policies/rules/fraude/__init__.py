"""Fraud, the block list and fare offences: who decides, who is told, and what is kept apart."""
