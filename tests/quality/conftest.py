"""A small network and its clean twin, made once."""

import pytest
from click.testing import CliRunner

import cli
from auditor.quality import suites
from policies.network import open_folder


@pytest.fixture(scope="session")
def gate():
    """Run a command of the program in this process: `gate(folder, …)` gives its exit code and what it printed."""

    def run(folder, *arguments):
        done = CliRunner().invoke(cli.cli, ["-q", "-n", str(folder), *arguments], standalone_mode=False)
        if done.exception is not None:
            raise done.exception
        return done.return_value or 0, done.stdout

    return run


def _made(folder, *options):
    size = ["--cards", "300", "--days", "7", "--data-only", *options]
    done = CliRunner().invoke(cli.cli, ["-q", "demo", str(folder), *size], standalone_mode=False)
    assert done.exception is None
    return folder


@pytest.fixture(scope="session")
def planted(tmp_path_factory):
    return _made(tmp_path_factory.mktemp("planted") / "lille")


@pytest.fixture(scope="session")
def clean(tmp_path_factory):
    return _made(tmp_path_factory.mktemp("clean") / "lille", "--clean")


@pytest.fixture(scope="session")
def planned(planted):
    """The suites of the planted network, by table."""
    network = open_folder(planted)
    return {suite.table: suite for suite in suites(network.place, network.register)}
