"""One reader per kind of source: raw columns in, canonical tables out, and a precise account of what was not read."""

from auditor.sources.about import FeedRows
from auditor.sources.opening import OpenNetwork, open_network

__all__ = ["FeedRows", "OpenNetwork", "open_network"]
