"""The observed schema, grants, files and contents, seen against what a register declares."""
