import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from auditor.engine.private import PrivateFolder, sweep


def test_the_folder_belongs_to_its_owner_alone_and_goes_when_closed(tmp_path):
    private = PrivateFolder(tmp_path)
    file = private.file("rows.csv")
    assert private.path.stat().st_mode & 0o777 == 0o700
    assert file.stat().st_mode & 0o777 == 0o600
    private.close()
    private.close()
    assert list(tmp_path.iterdir()) == []


def test_the_folder_goes_even_when_the_work_inside_fails(tmp_path):
    with pytest.raises(FileExistsError), PrivateFolder(tmp_path) as private:
        private.file(private.file("rows.csv").name)
    assert list(tmp_path.iterdir()) == []


def test_the_folder_goes_with_a_forgotten_owner(tmp_path):
    private = PrivateFolder(tmp_path)
    del private
    assert list(tmp_path.iterdir()) == []


def test_a_folder_left_by_a_killed_run_is_removed_by_the_next_one(tmp_path):
    code = (
        f"import os,signal; from pathlib import Path; from auditor.engine.private import PrivateFolder as P; p=P(Path({str(tmp_path)!r})); "
        "p.file('rows.csv').write_text('x'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code], check=False, env={**os.environ, "PYTHONPATH": str(Path.cwd())})
    (left,) = tmp_path.iterdir()
    assert sweep(tmp_path) == 0, "a folder just made may still be taking its lock"
    long_ago = time.time() - 3600
    os.utime(left, (long_ago, long_ago))
    with PrivateFolder(tmp_path) as mine:
        assert list(tmp_path.iterdir()) == [mine.path]


def test_a_folder_in_use_is_never_swept_however_old(tmp_path):
    with PrivateFolder(tmp_path) as private:
        long_ago = time.time() - 3600
        os.utime(private.path, (long_ago, long_ago))
        assert sweep(tmp_path) == 0
        assert private.path.exists()


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path):
    stranger = tmp_path / "poincon-other"
    stranger.mkdir()
    os.utime(stranger, (0, 0))
    assert sweep(tmp_path) == 0
    assert stranger.exists()
