"""Recipes for build servers, ready to be written into a repository: what runs, what is shown, and what each exit code does."""

import re
from importlib.resources import files
from typing import Final

PLACES: Final = {
    "github": ".github/workflows/poincon.yml",
    "gitlab": ".gitlab/poincon.yml",
    "pre-commit": ".pre-commit-config.yaml",
}
"""Where each recipe goes, from the root of the repository."""
_FOLDER: Final = re.compile(r"[\w./ -]+")


def recipe(name: str, network: str, version: str) -> str:
    """Return a recipe for a network folder, given from the root of the repository, and a version of the program.

    Raises:
        ValueError: the folder's name holds what a shell or YAML would read as more than a name.
    """
    if not _FOLDER.fullmatch(network) or network.startswith("-"):
        message = "the name of the network folder cannot be written into a recipe"
        raise ValueError(message)
    text = files(__package__).joinpath(f"{name}.yml").read_text(encoding="utf-8")
    return text.replace("@NETWORK@", network).replace("@VERSION@", version)
