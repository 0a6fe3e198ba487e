"""Files and folders that no other user may read: folders 0700, files 0600, replaced whole or not at all."""

import contextlib
import fcntl
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from auditor.vocabulary.errors import SecretMisuse, UsageProblem

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def private_folder(folder: Path) -> Path:
    """Create a folder for its owner only, or check that an existing one is; SecretMisuse when others may enter it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UsageProblem(
            f"The folder {folder} cannot be created ({type(error).__name__}).",
            "Keys and the vault need a folder of their own.",
            "Name a folder that can be written to.",
        ) from None
    _only_mine(folder, stat.S_ISDIR, "chmod 700")
    return folder


def check_private(file: Path) -> None:
    """SecretMisuse unless a file is a regular one that only its owner may read."""
    _only_mine(file, stat.S_ISREG, "chmod 600")


def read_private(file: Path) -> bytes:
    """Read a file after checking that only its owner may."""
    check_private(file)
    return file.read_bytes()


def create_private(file: Path, content: bytes = b"") -> None:
    """Create a file 0600 that must not exist yet (FileExistsError otherwise), and put it on disk."""
    descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    sync_folder(file.parent)


def replace_private(file: Path, content: bytes) -> None:
    """Replace a file whole: after a crash it holds the old content or the new one, never a part."""
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(file.parent)


def destroy_file(file: Path) -> None:
    """Overwrite a file with zeros, then remove it. A journaling or flash disk may keep older blocks: encrypt the disk."""
    with file.open("r+b") as stream:
        stream.write(bytes(file.stat().st_size))
        stream.flush()
        os.fsync(stream.fileno())
    file.unlink()
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """Put a folder's list of names on disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder for one process at a time; the lock goes with the process."""
    descriptor = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _only_mine(path: Path, kind: Callable[[int], bool], remedy: str) -> None:
    status = path.lstat()
    if not kind(status.st_mode):
        raise SecretMisuse(
            f"{path} is not an ordinary {'folder' if kind is stat.S_ISDIR else 'file'}.",
            "A link could lead the secret elsewhere.",
            "Put the secret itself at that place.",
        )
    if status.st_uid != os.geteuid() or status.st_mode & _OTHERS:
        raise SecretMisuse(
            f"{path} can be reached by other users (mode {stat.S_IMODE(status.st_mode):04o}).",
            "Whoever reads a key, the vault or a frozen copy can undo the pseudonyms.",
            f"Check who had access, then run: {remedy} {path}",
        )
