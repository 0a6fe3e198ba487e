"""A quality gate for data teams: a Great Expectations suite per mapped table, generated from the mapping and the register.

What a suite says (`planned`) and how it is written (`written`) need nothing installed. Running it (`running`) and the
expectations themselves (`expectations`) import Great Expectations, and only they do. Results are counts: no expectation
of this package hands a value over.
"""

from auditor.quality.planned import Expected, Suite, suites
from auditor.quality.written import files

__all__ = ["Expected", "Suite", "files", "suites"]
