"""A private folder for what a run must set down: 0700, removed when the run ends, swept by the next run after a kill."""

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
import weakref
from pathlib import Path
from typing import Self

_PREFIX = "poincon-"
_LOCK = ".held"
_GRACE_SECONDS = 60


class PrivateFolder:
    """One temporary folder that no other user can read and that does not outlive its owner.

    A run killed without warning leaves its folder behind: the next one recognises it (nobody holds its lock any more)
    and removes it before making its own.
    """

    def __init__(self, parent: Path | None = None) -> None:
        sweep(parent)
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        descriptor = os.open(self.path / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        self._finalizer = weakref.finalize(self, _remove, self.path, descriptor)

    def file(self, name: str) -> Path:
        """Return the path of a new empty file (0600) of this folder."""
        path = self.path / name
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        return path

    def close(self) -> None:
        """Remove the folder and all it holds. Safe to call twice."""
        self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def sweep(parent: Path | None = None) -> int:
    """Remove this user's folders whose owner is gone; return how many there were."""
    root = parent or Path(tempfile.gettempdir())
    return sum(_swept(folder) for folder in root.glob(f"{_PREFIX}*"))


def _swept(folder: Path) -> bool:
    try:
        about = folder.lstat()
        recent = time.time() - about.st_mtime < _GRACE_SECONDS
        if about.st_uid != os.getuid() or recent or not (folder / _LOCK).is_file():
            return False
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return False
    _remove(folder, descriptor)
    return True


def _remove(folder: Path, descriptor: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):
        os.close(descriptor)
