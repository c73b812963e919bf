"""A hub to measure: the release binary over a folder on this machine, and what it costs."""

import contextlib
import http.client
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from hubserver import Hub, HubFailure, error_lines

_START_SECONDS = 30
_STOP_SECONDS = 60
_TICKS = os.sysconf("SC_CLK_TCK")
MEMBER = "bench"


@dataclass
class Cost:
    """What a phase cost the hub."""

    cpu_seconds: float = 0.0
    peak_mb: float = 0.0


class Server:
    """A running hub over the stores in `folder`. `seconds` says how long it took until it answered."""

    def __init__(self, binary: Path, folder: Path, *words: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.port = taken.getsockname()[1]
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "SEEDCORN_"))}
        stores = ["--data", str(folder / "data")]
        self.hub = Hub(f"http://127.0.0.1:{self.port}", str(binary), stores, environment)
        self.log = folder / "hub.log"
        command = [str(binary), "serve", *stores, "--listen", f"127.0.0.1:{self.port}", *words]
        start = time.perf_counter()
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._await_answer()
        self.seconds = time.perf_counter() - start

    def _await_answer(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                connection = self.connect()
                connection.request("GET", "/healthz")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                if self.child.poll() is not None or time.monotonic() > deadline:
                    self.child.kill()
                    raise HubFailure(f"the hub does not answer:\n{self.log.read_text()[-4000:]}") from None
            time.sleep(0.002)

    def connect(self) -> http.client.HTTPConnection:
        """A connection of our own, without any client library."""
        address = urlsplit(self.hub.url)
        return http.client.HTTPConnection(address.hostname or "", address.port, timeout=600)

    @contextlib.contextmanager
    def phase(self) -> Iterator[Cost]:
        """Fills in, at the end, what the hub used in between."""
        # Earlier writes wait in memory; the disk should not be busy with them now.
        os.sync()
        process = Path("/proc") / str(self.child.pid)
        # 5 sets the peak of resident memory back to what is resident now: proc_pid_clear_refs(5).
        (process / "clear_refs").write_text("5")
        cost, before = Cost(), _cpu_seconds(process)
        yield cost
        cost.cpu_seconds = _cpu_seconds(process) - before
        lines = (process / "status").read_text().splitlines()
        peak = next(line for line in lines if line.startswith("VmHWM:"))
        cost.peak_mb = int(peak.split()[1]) * 1024 / 1e6

    def stop(self) -> None:
        """Ends the hub, and insists that it had nothing to complain about."""
        self.child.terminate()
        try:
            status = self.child.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise HubFailure(f"the hub was still running {_STOP_SECONDS} s after SIGTERM") from None
        errors = error_lines(self.log)
        if status != 0 or errors:
            raise HubFailure(f"the hub ended with status {status}; errors: " + "\n".join(errors[:10]))

    def stored_bytes(self) -> int:
        """Everything in the data folder: depot, database, keys."""
        return sum(path.stat().st_size for path in (self.folder / "data").rglob("*") if path.is_file())


def _cpu_seconds(process: Path) -> float:
    # The name in parentheses may hold spaces; what comes after it may not.
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


@contextlib.contextmanager
def running(binary: Path, folder: Path) -> Iterator[tuple[Server, str]]:
    """A fresh hub and the token of a member; its stores are removed if all went well."""
    shutil.rmtree(folder, ignore_errors=True)
    server = Server(binary, folder)
    try:
        yield server, server.hub.member(MEMBER)
    except BaseException:
        server.child.kill()
        server.child.wait()
        raise
    server.stop()
    shutil.rmtree(folder)


@contextlib.contextmanager
def demo(binary: Path, folder: Path) -> Iterator[Server]:
    """A fresh hub with the content of `serve --demo`, removed if all went well."""
    shutil.rmtree(folder, ignore_errors=True)
    server = Server(binary, folder, "--demo")
    try:
        yield server
    except BaseException:
        server.child.kill()
        server.child.wait()
        raise
    server.stop()
    shutil.rmtree(folder)
