"""What a person reads in a terminal: words and signs before colour, worth reading at 80 columns and at 120.

Everything printed is a `rich.text.Text`, never markup, so that a name holding brackets or control characters is only
ever a name. Colour is the console’s business: NO_COLOR and pipes are respected by the console the caller gives.
"""

from reports.terminal.aftersales import (
    Counted,
    print_blocked,
    print_drill,
    print_reconstruction,
    print_sealed,
    print_vault_journal,
    print_vault_status,
)
from reports.terminal.audit import print_audit, print_completeness, print_explain, print_rules, print_unchecked
from reports.terminal.decisions import print_baseline, print_baseline_update, print_waivers, print_warnings
from reports.terminal.desk import print_request_closed, print_request_frozen, print_request_opened, print_requests
from reports.terminal.release import Previewed, print_ledger, print_preview, print_release, print_verification
from reports.terminal.story import (
    print_files,
    print_network,
    print_published,
    print_readings,
    print_step,
    print_written,
    progress_bars,
)

__all__ = [
    "Counted",
    "Previewed",
    "print_audit",
    "print_baseline",
    "print_baseline_update",
    "print_blocked",
    "print_completeness",
    "print_drill",
    "print_explain",
    "print_files",
    "print_ledger",
    "print_network",
    "print_preview",
    "print_published",
    "print_readings",
    "print_reconstruction",
    "print_release",
    "print_request_closed",
    "print_request_frozen",
    "print_request_opened",
    "print_requests",
    "print_rules",
    "print_sealed",
    "print_step",
    "print_unchecked",
    "print_vault_journal",
    "print_vault_status",
    "print_verification",
    "print_waivers",
    "print_warnings",
    "print_written",
    "progress_bars",
]
