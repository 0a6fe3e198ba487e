"""Relations that are computed when a rule first reads them: a scan of all contents costs too much to be made for nothing."""

from collections.abc import Callable, Iterator, Mapping

from auditor.engine.base import Relation


class Deferred(Mapping[str, Relation]):
    """A mapping of relations, some of which are made on first use and kept.

    It knows their names beforehand: asking whether one is there computes nothing.
    """

    def __init__(self, ready: Mapping[str, Relation], later: Mapping[str, Callable[[], Relation]]) -> None:
        self._ready = dict(ready)
        self._later = dict(later)

    def __getitem__(self, name: str) -> Relation:
        if name not in self._ready and name in self._later:
            self._ready[name] = self._later[name]()
        return self._ready[name]

    def __contains__(self, name: object) -> bool:
        return name in self._ready or name in self._later

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self._ready, *self._later]))

    def __len__(self) -> int:
        return len(set(self._ready) | set(self._later))
