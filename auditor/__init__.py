"""The kernel: reads sources into canonical tables, runs declared rules on them, measures risk."""
