"""What the people answerable for a network decided about findings: waivers with a term, and the debt they start from."""

from collections.abc import Collection
from datetime import date
from pathlib import Path

from auditor.vocabulary.decisions import Decisions
from policies.decisions.baseline import BASELINE, baseline_text, read_baseline, recordable, updated
from policies.decisions.waivers import WAIVERS, read_waivers

__all__ = ["BASELINE", "WAIVERS", "baseline_text", "read_baseline", "read_decisions", "read_waivers", "recordable", "updated"]


def read_decisions(folder: Path, rules: Collection[str], today: date, *, strict: bool = False) -> Decisions:
    """Read the waivers and the baseline of a network folder; either may be absent.

    Raises:
        DeclarationProblem: a file is not readable at all. A single waiver at fault covers nothing and is told instead.
    """
    return Decisions(today=today, waivers=read_waivers(folder, rules), known=read_baseline(folder), strict=strict)
