"""The obligations a program can check, one module each, in one folder per family of the rulebook."""
