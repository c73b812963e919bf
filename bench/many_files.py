"""Two thousand files of 50 kB: published as a folder, pulled as a snapshot, and asked for one by one."""

import http.client
import shutil
import subprocess
import sys
import time
from pathlib import Path

from contents import write_many
from server import MEMBER, Server, running
from setting import CLIENT, CLIENT_LARGE_FOLDER, HERE, Setting

FILE_BYTES = 50_000
PULL_SECONDS_MAX = 2.0
GROWTH_MAX = 1.5


def measure(setting: Setting) -> None:
    """Up in two ways, down in several."""
    count = 200 if setting.quick else 2000
    source = setting.fresh("many-source")
    write_many(source, count, FILE_BYTES)
    with running(setting.binary, setting.work / "many-hub") as (server, token):
        _upload(setting, server, token, source, count, "upload_folder")
        _pull(setting, server, token, source, count)
        _ask(setting, server, token, source, count)
    with running(setting.binary, setting.work / "many-hub") as (server, token):
        _upload(setting, server, token, source, count, "upload_large_folder")
    shutil.rmtree(source)


def _row(setting: Setting, count: int, what: str, seconds: float, hub_cpu: object, client_cpu: object) -> None:
    setting.figures.row(
        f"{count:,} files of {FILE_BYTES // 1000} kB",
        what=what,
        seconds=seconds,
        ms_per_file=seconds * 1000 / count,
        hub_CPU_s=hub_cpu,
        client_CPU_s=client_cpu,
    )


def _upload(setting: Setting, server: Server, token: str, source: Path, count: int, deed: str) -> None:
    repo = f"{MEMBER}/many"
    large = deed == "upload_large_folder"
    environment, release = (CLIENT_LARGE_FOLDER, "1.20") if large else (CLIENT, "2.4")
    # It leaves notes in the folder; the next client should not find them.
    folder = setting.fresh("many-copy")
    shutil.copytree(source, folder, dirs_exist_ok=True)
    setting.client(server.hub.url, token, "create", home="many", repo=repo)
    with server.phase() as cost:
        done = setting.client(
            server.hub.url, token, deed, home="many", environment=environment, repo=repo, source=str(folder)
        )
    what = f"{deed}, huggingface_hub {release}"
    _row(setting, count, what, done.seconds, cost.cpu_seconds, done.cpu_seconds)
    setting.forget("many")
    shutil.rmtree(folder)


def _pull(setting: Setting, server: Server, token: str, source: Path, count: int) -> None:
    repo, url = f"{MEMBER}/many", server.hub.url
    for xet in (True, False):
        for workers in (8, 16):
            cache = setting.fresh("many-cache")
            with server.phase() as cost:
                done = setting.client(
                    url, token, "snapshot", xet=xet, home="pull", repo=repo, cache=str(cache), workers=workers
                )
            _compare(source, Path(done.answer or ""), count)
            way = "hf_xet" if xet else "plain HTTP"
            what = f"snapshot_download, {way}, {workers} workers"
            _row(setting, count, what, done.seconds, cost.cpu_seconds, done.cpu_seconds)
            shutil.rmtree(cache)
            setting.forget("pull")
    target = setting.work / "many-group"
    shutil.rmtree(target, ignore_errors=True)
    with server.phase() as cost:
        done = setting.client(url, token, "xet_group", home="pull", repo=repo, target=str(target))
    if sum(path.stat().st_size for path in target.iterdir()) != count * FILE_BYTES:
        raise RuntimeError("hf_xet did not bring down all files")
    shutil.rmtree(target)
    setting.forget("pull")
    _row(setting, count, "hf_xet alone, one group", done.seconds, cost.cpu_seconds, done.cpu_seconds)
    setting.figures.limit(f"pull of {count:,} files, hf_xet alone", done.seconds, PULL_SECONDS_MAX, "s")


def _ask(setting: Setting, server: Server, token: str, source: Path, count: int) -> None:
    """Request after request over one connection; the same of a small repo, and of Python's file server."""
    names = [str(path.relative_to(source)) for path in sorted(source.rglob("*.bin"))]
    with server.phase() as cost:
        paths = [f"/{MEMBER}/many/resolve/main/{name}" for name in names]
        seconds, cpu = _get_all(server.connect(), paths, {"Authorization": f"Bearer {token}"})
    _row(setting, count, "GET after GET over one connection", seconds, cost.cpu_seconds, cpu)
    setting.client(server.hub.url, token, "create", home="many", repo=f"{MEMBER}/few")
    folder = next(path for path in sorted(source.iterdir()) if path.is_dir())
    setting.client(
        server.hub.url, token, "upload_folder", home="many", repo=f"{MEMBER}/few", source=str(folder)
    )
    # The same number of requests, so that both are as warm.
    few = [f"/{MEMBER}/few/resolve/main/{path.name}" for path in sorted(folder.glob("*.bin"))]
    with server.phase() as few_cost:
        few_seconds, cpu = _get_all(
            server.connect(), few * (count // len(few)), {"Authorization": f"Bearer {token}"}
        )
    _row(setting, count, f"as many GETs in a repo of {len(few)} files", few_seconds, few_cost.cpu_seconds, cpu)
    growth = cost.cpu_seconds / few_cost.cpu_seconds
    what = f"the hub's CPU for a GET among {count:,} files, by one among {len(few)}"
    setting.figures.limit(what, growth, GROWTH_MAX, "times")
    command = [sys.executable, str(HERE / "static_peer.py"), str(source)]
    peer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert peer.stdout is not None
        port = int(peer.stdout.readline())
        seconds, cpu = _get_all(http.client.HTTPConnection("127.0.0.1", port), [f"/{name}" for name in names], {})
    finally:
        peer.terminate()
        peer.wait(10)
    _row(setting, count, "the same of Python's own file server", seconds, "–", cpu)


def _get_all(connection: http.client.HTTPConnection, paths: list[str], headers: dict[str, str]) -> tuple[float, float]:
    start, before = time.perf_counter(), time.process_time()
    for path in paths:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        if len(answer.read()) != FILE_BYTES or answer.status != 200:
            raise RuntimeError(f"GET {path}: status {answer.status}")
    return time.perf_counter() - start, time.process_time() - before


def _compare(source: Path, pulled: Path, count: int) -> None:
    names = [path.relative_to(pulled) for path in pulled.rglob("*.bin")]
    if len(names) != count:
        raise RuntimeError(f"{len(names)} of {count} files came down")
    for name in names:
        if (source / name).read_bytes() != (pulled / name).read_bytes():
            raise RuntimeError(f"{name} is not what went up")
