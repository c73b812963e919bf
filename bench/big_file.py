"""One large file that does not compress, up and down: by hf_xet, and by plain HTTP as LFS does it."""

import hashlib
import shutil
import time
from pathlib import Path

from contents import MIB, write_noise
from figures import say
from server import MEMBER, Cost, Server, running
from setting import Setting

PEAK_MB_MAX = 150.0
NAME = "big.bin"


def measure(setting: Setting) -> None:
    """Each way over a hub of its own, or the second would find its chunks there already."""
    source = setting.fresh("big-source") / NAME
    say(f"making a file of {setting.size / 1e9:.2f} GB")
    write_noise(source, setting.size, "big")
    sha256 = _sha256(source)
    for way, xet in (("hf_xet", True), ("plain HTTP", False)):
        with running(setting.binary, setting.work / "big-hub") as (server, token):
            _both_ways(setting, server, token, source, sha256, way, xet)
        setting.forget("big")
    shutil.rmtree(source.parent)


def _both_ways(
    setting: Setting, server: Server, token: str, source: Path, sha256: str, way: str, xet: bool
) -> None:
    repo, url = f"{MEMBER}/big", server.hub.url
    setting.client(url, token, "create", xet=xet, home="big", repo=repo)
    with server.phase() as cost:
        done = setting.client(
            url, token, "upload_file", xet=xet, home="big", repo=repo, source=str(source), name=NAME
        )
    # Every byte is received, hashed twice (SHA-256, and BLAKE3 by chunks) and written.
    bounds = ("disk_write", "sha256", "blake3", "loopback")
    _row(setting, f"upload, {way}", done.seconds, done.cpu_seconds, cost, bounds)
    cache = setting.fresh("big-cache")
    with server.phase() as cost:
        done = setting.client(
            url, token, "download_file", xet=xet, home="big", repo=repo, name=NAME, cache=str(cache)
        )
    _row(setting, f"download, {way}", done.seconds, done.cpu_seconds, cost, ("disk_write", "loopback"))
    if _sha256(Path(done.answer or "")) != sha256:
        raise RuntimeError(f"what came down by {way} is not what went up")
    shutil.rmtree(cache)
    if not xet:
        with server.phase() as cost:
            seconds, cpu = _get(server, token, f"/{repo}/resolve/main/{NAME}", setting.size)
        _row(setting, "download, one GET, thrown away", seconds, cpu, cost, ("loopback",))


def _row(
    setting: Setting, what: str, seconds: float, client_cpu: float, cost: Cost, bounds: tuple[str, ...]
) -> None:
    assert setting.raw is not None
    bound, most = setting.raw.slowest(*bounds)
    speed, gigabytes = setting.size / 1e6 / seconds, setting.size / 1e9
    setting.figures.row(
        f"One file of {setting.size // MIB:,} MiB that does not compress",
        what=what,
        seconds=seconds,
        **{"MB_per_s": speed},
        slowest_raw_limit=f"{bound} {most:,.0f}",
        of_it=f"{speed / most:.0%}",
        **{"hub_CPU_s_per_GB": cost.cpu_seconds / gigabytes, "client_CPU_s_per_GB": client_cpu / gigabytes},
        hub_peak_MB=cost.peak_mb,
    )
    setting.figures.limit(f"resident memory of the hub, {what}", cost.peak_mb, PEAK_MB_MAX, "MB")


def _get(server: Server, token: str, path: str, size: int) -> tuple[float, float]:
    target, came = bytearray(MIB), 0
    start, before = time.perf_counter(), time.process_time()
    connection = server.connect()
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    while got := answer.readinto(target):
        came += got
    if answer.status != 200 or came != size:
        raise RuntimeError(f"GET {path}: status {answer.status}, {came} bytes instead of {size}")
    return time.perf_counter() - start, time.process_time() - before


def _sha256(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
