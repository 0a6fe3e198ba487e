"""The one expression layer. Questions are Ibis expressions; engine-specific words live here and nowhere else."""

from auditor.engine.base import Engine, Relation

__all__ = ["Engine", "Relation"]
