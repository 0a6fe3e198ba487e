"""Calls that stand for a long expression: one node where it is used, spelled out once by the engine that meets it.

Written in full at each use, a zone's changes or the stripping of a text would put hundreds of nodes in the expression of
every column of every table, and compiling them took longer than the question.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import ibis
import ibis.expr.types as ir


@dataclass(frozen=True, slots=True)
class Definition:
    """What a call stands for."""

    argument: str
    """Type of the one argument."""
    build: Callable[[Any], ir.Value]


DEFINITIONS: Final[dict[str, Definition]] = {}
"""By name of the call. An engine computes the definition when it meets the name."""


def call(name: str, argument: str, returns: str, build: Callable[[Any], ir.Value]) -> Callable[[ir.Value], Any]:
    """Make a call of one argument that stands for `build(argument)`."""
    DEFINITIONS[name] = Definition(argument, build)

    def stands_for(argument: object) -> object:
        return argument

    stands_for.__name__ = name
    called: Callable[[ir.Value], Any] = ibis.udf.scalar.builtin(stands_for, name=name, signature=((argument,), returns))
    return called
