"""What the machine can do at most, measured in the same run: disk, hashes of one core, loopback."""

import hashlib
import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from contents import MIB, noise

_BLOCK = MIB
_ROUNDS = 3


@dataclass
class Raw:
    """MB/s, the best of some rounds."""

    disk_write: float
    disk_read: float
    sha256: float
    blake3: float
    loopback: float

    def slowest(self, *names: str) -> tuple[str, float]:
        """Of the things that must be done with every byte, the one that bounds the whole."""
        name = min(names, key=lambda name: getattr(self, name))
        return name.replace("_", " "), getattr(self, name)


def _best(size: int, work: Callable[[], None]) -> float:
    best = 0.0
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        work()
        best = max(best, size / 1e6 / (time.perf_counter() - start))
    return best


def measure(folder: Path, size: int, python: Path) -> Raw:
    """Measures with `size` bytes each time; `folder` is on the disk of the hub's data."""
    block = noise(_BLOCK, "raw")
    blocks = size // _BLOCK
    path = folder / "raw.bin"

    def write() -> None:
        with path.open("wb", buffering=0) as out:
            for _ in range(blocks):
                out.write(block)
            os.fsync(out.fileno())

    def read() -> None:
        target = bytearray(_BLOCK)
        with path.open("rb", buffering=0) as source:
            # What was just written is in memory; the disk is asked only for what is not.
            os.posix_fadvise(source.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            while source.readinto(target):
                pass

    def sha256() -> None:
        digest = hashlib.sha256()
        for _ in range(blocks):
            digest.update(block)

    try:
        disk_write, disk_read = _best(size, write), _best(size, read)
    finally:
        path.unlink(missing_ok=True)
    loopback = _best(size, lambda: _loopback(block, blocks))
    return Raw(disk_write, disk_read, _best(size, sha256), _blake3(python), loopback)


def _blake3(python: Path) -> float:
    code = f"""
import blake3, os, time
block = os.urandom({_BLOCK})
best = 0.0
for _ in range({_ROUNDS}):
    start = time.perf_counter()
    digest = blake3.blake3()
    for _ in range(256):
        digest.update(block)
    best = max(best, 256 * {_BLOCK} / 1e6 / (time.perf_counter() - start))
print(best)
"""
    done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True, timeout=120)
    return json.loads(done.stdout)


def _loopback(block: bytes, blocks: int) -> None:
    """Sends blocks over a TCP connection to a thread that throws them away; both sides leave the interpreter's lock."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def send() -> None:
            with socket.create_connection(listener.getsockname()) as out:
                for _ in range(blocks):
                    out.sendall(block)

        sender = threading.Thread(target=send)
        sender.start()
        target = bytearray(_BLOCK)
        came, _ = listener.accept()
        with came:
            while came.recv_into(target):
                pass
        sender.join()
