"""A hub, its members, and repos with a history."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "clients"))

import hubserver  # noqa: E402
from real import Git, ask, with_token  # noqa: E402


@dataclass
class World:
    """A running hub with three members."""

    hub: object
    ada: str
    bob: str
    ada_reads: str

    def repo(self, name: str, *, private: bool = False, kind: str = "model") -> str:
        """Makes a repo of Ada's; its address."""
        ask(self.hub, "/api/repos/create", self.ada, {"name": name, "type": kind, "private": private})
        prefix = "" if kind == "model" else f"{kind}s/"
        return f"{self.hub.url}/{prefix}ada/{name}"

    def own(self, url: str) -> str:
        """The address with Ada's token in it."""
        return with_token(url, self.ada)


@pytest.fixture(scope="session", params=hubserver.BACKENDS)
def world(request, tmp_path_factory) -> World:
    with hubserver.running(request.param, tmp_path_factory.mktemp("hub") / "hub") as running:
        ada, bob = running.member("ada"), running.member("bob")
        reads = running.admin("token", "create", "ada", "--role", "read")
        yield World(running, ada, bob, reads)


@pytest.fixture
def git(tmp_path) -> Git:
    assert os.environ["SEEDCORN_TEST_BINARY"]
    return Git(tmp_path / "home")
