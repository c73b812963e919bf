"""One running hub for a set of tests: the real binary on loopback, over SQLite and a folder or over Postgres and S3."""

import contextlib
import json
import os
import queue
import re
import secrets
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BACKENDS = ("sqlite-disk", "postgres-s3")

_START_SECONDS = 30
_STOP_SECONDS = 20
_ADDRESS = re.compile(r"listening on (http://127\.0\.0\.1:\d+)")
_ERROR_LINE = re.compile(r'"level"\s*:\s*"ERROR"|\blevel=ERROR\b|^\S*\s*(\x1b\[\d+m)*ERROR\b')


class HubFailure(AssertionError):
    """The hub did not start, did not stop, complained in its log, or left broken stores."""


@dataclass
class Hub:
    """A running hub: where it answers, and how its own command line reaches its stores."""

    url: str
    binary: str
    stores: list[str]
    environment: dict[str, str]

    def admin(self, *words: str) -> str:
        """Runs `seedcorn admin …` on the hub's stores and returns what it printed, without the end of line."""
        command = [self.binary, "admin", *self.stores, *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise HubFailure(f"{' '.join(command)}: status {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def member(self, name: str) -> str:
        """Adds a member and returns a token that may write in the member's name."""
        self.admin("member", "add", name)
        return self.admin("token", "create", name, "--role", "write")


class _Process:
    """A child that says on its standard output where it listens; its log goes to a file."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.command = command
        self.log = log
        with log.open("wb") as errors:
            self.child = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True
            )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self.said: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        # Read to the end, or the child would block once the pipe is full.
        assert self.child.stdout is not None
        for line in self.child.stdout:
            self.said.append(line)
            self._lines.put(line)
        self._lines.put(None)

    def address(self) -> str:
        """Waits for the `listening on` line."""
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                self.child.kill()
                words = "".join(self.said[-20:]) + self.log.read_text(errors="replace")[-4000:]
                raise HubFailure(f"{' '.join(self.command)} did not say where it listens:\n{words}")
            found = _ADDRESS.search(line)
            if found:
                return found[1]

    def stop(self, demand_success: bool) -> None:
        """Asks the child to end, and insists on it."""
        if self.child.poll() is not None:
            raise HubFailure(
                f"{self.command[0]} ended by itself with status {self.child.returncode}:\n"
                + self.log.read_text(errors="replace")[-4000:]
            )
        self.child.terminate()
        try:
            status = self.child.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise HubFailure(f"{self.command[0]} was still running {_STOP_SECONDS} s after SIGTERM") from None
        if demand_success and status != 0:
            raise HubFailure(f"{self.command[0]} ended with status {status} after SIGTERM")


def _required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise HubFailure(f"{name} is not set: run the tests with `cargo xtask test`")
    return value


def _psql(address: str, sql: str) -> None:
    command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", address, "-c", sql]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise HubFailure(f"psql: {sql}: {done.stdout}{done.stderr}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


@contextlib.contextmanager
def _database() -> Iterator[str]:
    """A database of its own in the private cluster, dropped at the end."""
    cluster = _required("SEEDCORN_TEST_POSTGRES")
    name = f"clients_{secrets.token_hex(6)}"
    _psql(cluster, f'CREATE DATABASE "{name}"')
    try:
        base, _, query = cluster.partition("?")
        yield base.rsplit("/", 1)[0] + f"/{name}" + (f"?{query}" if query else "")
    finally:
        _psql(cluster, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextlib.contextmanager
def _s3(work: Path) -> Iterator[tuple[list[str], dict[str, str]]]:
    """An S3 server with an empty bucket: the hub's arguments and environment for it."""
    root = work / "s3"
    root.mkdir()
    command = [_required("SEEDCORN_TEST_S3_SERVER"), "--root", str(root), "--bucket", "depot"]
    server = _Process(command, dict(os.environ), work / "s3.log")
    try:
        address = server.address()
        settings = dict(line.strip().split("=", 1) for line in server.said if line.startswith("AWS_"))
        settings |= {"AWS_ENDPOINT_URL": address, "AWS_ALLOW_HTTP": "true"}
        yield ["--depot", "s3://depot/hub"], settings
    finally:
        server.stop(demand_success=False)


@contextlib.contextmanager
def running(
    backend: str,
    work: Path,
    *,
    conformance: bool = False,
    demo: bool = False,
    public_url: str | None = None,
    extra: dict[str, str] | None = None,
) -> Iterator[Hub]:
    """A hub over fresh stores in the folder `work`, which is made here and removed if all went well. `extra` are settings.

    Raises HubFailure at the end if the hub did not stop when asked, logged an error, or left stores that do not hold.
    """
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    binary = _required("SEEDCORN_TEST_BINARY")
    stores = ["--data", str(work / "data")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SEEDCORN_"))}
    environment |= extra or {}
    with contextlib.ExitStack() as stack:
        if backend == "postgres-s3":
            stores += ["--database", stack.enter_context(_database())]
            depot, settings = stack.enter_context(_s3(work))
            stores += depot
            environment |= settings
        elif backend != "sqlite-disk":
            raise HubFailure(f"unknown backend {backend!r}")
        # A hub with a public address announces that one, so its own must be known beforehand.
        port = _free_port() if public_url else 0
        command = [binary, "serve", *stores, "--listen", f"127.0.0.1:{port}"]
        command += ["--conformance"] if conformance else []
        command += ["--demo"] if demo else []
        command += ["--public-url", public_url] if public_url else []
        log = work / "hub.log"
        server = _Process(command, environment, log)
        stack.push(_StopAndJudge(server, log, [binary, "fsck", "--deep", *stores], environment))
        announced = server.address()
        url = f"http://127.0.0.1:{port}" if public_url else announced
        _await_answer(url, server)
        yield Hub(url, binary, stores, environment)
    shutil.rmtree(work)


def _await_answer(url: str, server: _Process) -> None:
    """Returns once the hub answers anything at all: it says where it listens before it takes requests."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            direct.open(f"{url}/api/whoami-v2", timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError as trouble:
            if server.child.poll() is not None or time.monotonic() > deadline:
                raise HubFailure(f"the hub at {url} does not answer: {trouble}") from None
            time.sleep(0.05)


class _StopAndJudge:
    """Ends the hub; after tests that went well it also reads the log and checks the stores."""

    def __init__(self, server: _Process, log: Path, fsck: list[str], environment: dict[str, str]) -> None:
        self.server, self.log, self.fsck, self.environment = server, log, fsck, environment

    def __enter__(self) -> "_StopAndJudge":
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            self.server.stop(demand_success=True)
        except HubFailure as failure:
            if error is None:
                raise
            print(failure)
            return
        errors = error_lines(self.log)
        if errors:
            raise HubFailure(f"{len(errors)} errors in the hub's log, first ones:\n" + "\n".join(errors[:10]))
        # What the clients were promised must be there, to the last byte.
        done = subprocess.run(self.fsck, env=self.environment, capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            raise HubFailure(f"{' '.join(self.fsck)}: status {done.returncode}\n{done.stdout}{done.stderr}")


def error_lines(log: Path) -> list[str]:
    """The lines of level ERROR in a hub's log, whether it is written as JSON or as text."""
    lines = log.read_text(errors="replace").splitlines()
    return [_shown(line) for line in lines if _ERROR_LINE.search(line)]


def _shown(line: str) -> str:
    try:
        return json.dumps(json.loads(line), ensure_ascii=False)[:1000]
    except ValueError:
        return line[:1000]
