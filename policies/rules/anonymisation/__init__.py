"""What counts as anonymised, and what only hides a name."""
