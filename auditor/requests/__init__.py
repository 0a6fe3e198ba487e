"""The citizens' desk: open a request, freeze what is held at reception, answer, close (GDPR art. 12 and 15)."""

from auditor.requests.answer import Particulars, compose
from auditor.requests.desk import Desk
from auditor.requests.frozen import FrozenCopy, FrozenTable
from auditor.requests.gather import gather

__all__ = ["Desk", "FrozenCopy", "FrozenTable", "Particulars", "compose", "gather"]
