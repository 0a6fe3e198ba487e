"""A run that is stopped leaves nothing behind: no temporary file, no witness, no half of a release."""

import shutil
import signal
import time
from pathlib import Path

import pytest

PATIENCE_SECONDS = 60


def _when(process, happens):
    """Wait for something to happen to a running program; fail if it ends first."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not happens():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.002)


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT], ids=lambda sent: sent.name)
def test_a_build_asked_to_stop_takes_its_private_files_away(small, narrowed, runs, tmp_path, sent):
    network = narrowed(Path(shutil.copytree(small, tmp_path / "lille")), ("validations",))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with runs.started("-n", network, "release", "build", "frequentation-lignes", cwd=tmp_path, env={"TMPDIR": str(temporary)}) as process:
        _when(process, lambda: list(network.glob("published/.staging-*")))
        assert list(temporary.iterdir())
        process.send_signal(sent)
        out, err = process.communicate()
    assert process.returncode != 0, out
    assert "Traceback" not in err
    assert [path.name for path in temporary.rglob("*")] == []
    assert [path.relative_to(network).as_posix() for path in network.rglob("*") if path.name.startswith(".staging")] == []
    assert not list(network.glob("published/*/*"))
