"""Measures without verdicts: what a table lets one learn about a person. Thresholds live elsewhere."""
