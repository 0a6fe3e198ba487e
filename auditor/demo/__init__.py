"""The small Lille: an invented network, generated from a seed, that a person can start from.

Travellers, cards and customers are invented; the names of lines, stops and products are public. Calibration of the
habits, and where each figure was measured or assumed: part C of the ticketing note of the project.
"""

from auditor.demo.declarations import start
from auditor.demo.generate import generate
from auditor.demo.options import DemoOptions
from auditor.demo.truth import Planted, Truth
from auditor.demo.witness import witness

__all__ = ["DemoOptions", "Planted", "Truth", "generate", "start", "witness"]
