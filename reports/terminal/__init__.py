"""What a person reads in a terminal: words and signs before colour, worth reading at 80 columns and at 120.

Everything printed is a `rich.text.Text`, never markup, so that a name holding brackets or control characters is only
ever a name. Colour is the console’s business: NO_COLOR and pipes are respected by the console the caller gives.
"""

from reports.terminal.aftersales import print_drill, print_reconstruction, print_requests
from reports.terminal.audit import print_audit, print_completeness, print_explain, print_rules
from reports.terminal.release import Previewed, print_ledger, print_preview, print_release, print_verification
from reports.terminal.story import print_files, print_readings, print_step, progress_bars

__all__ = [
    "Previewed",
    "print_audit",
    "print_completeness",
    "print_drill",
    "print_explain",
    "print_files",
    "print_ledger",
    "print_preview",
    "print_readings",
    "print_reconstruction",
    "print_release",
    "print_requests",
    "print_rules",
    "print_step",
    "print_verification",
    "progress_bars",
]
