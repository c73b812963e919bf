"""How long a page takes while 50 read at once, beside a file server that sends the same bytes; by `wrk` and `nginx`."""

import contextlib
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from server import Server, demo
from setting import Setting

TABLE = "Pages, 50 readers at once"
READERS = 50
FIRST_BYTE_MS_MAX = 20.0
PAGE_BYTES_MAX = 150_000
PAGES = {
    "a model's page": "/acorn-lab/acorn-tiny",
    "a dataset's page": "/datasets/field-notes/garden-observations",
    "the home page": "/",
    "the list of models": "/models",
    "its files": "/acorn-lab/acorn-tiny/tree/main",
    "a file's tensors": "/acorn-lab/acorn-tiny/blob/main/model.safetensors",
}
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


def measure(setting: Setting) -> None:
    """Each page in turn, from the hub and then from the file server."""
    for program in ("wrk", "nginx"):
        if shutil.which(program) is None:
            raise RuntimeError(f"{program} is not here: apt-get install wrk nginx-light")
    seconds = 2 if setting.quick else 10
    with demo(setting.binary, setting.work / "pages-hub") as server:
        site = setting.fresh("pages-site")
        bodies = {what: _get(server, path) for what, path in PAGES.items()}
        for n, body in enumerate(bodies.values()):
            (site / f"{n}.html").write_bytes(body)
        with _file_server(setting.fresh("pages-nginx"), site) as peer:
            for n, (what, path) in enumerate(PAGES.items()):
                hub, file = _load(server.hub.url + path, seconds), _load(f"{peer}/{n}.html", seconds)
                setting.figures.row(
                    TABLE,
                    what=what,
                    kB=len(bodies[what]) / 1000,
                    median_ms=hub[0],
                    **{"99_%_ms": hub[1]},
                    pages_per_second=hub[2],
                    a_file_server_median_ms=file[0],
                    files_per_second=file[2],
                )
                setting.figures.limit(f"{what}, median", hub[0], FIRST_BYTE_MS_MAX, "ms")
                setting.figures.limit(f"{what}, size", len(bodies[what]) / 1000, PAGE_BYTES_MAX / 1000, "kB")


def _get(server: Server, path: str) -> bytes:
    connection = server.connect()
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path}: status {answer.status}")
    return body


def _load(url: str, seconds: int) -> tuple[float, float, float]:
    """Median and 99th percentile in milliseconds, and answers a second."""
    command = ["wrk", "-t1", f"-c{READERS}", f"-d{seconds}s", "--latency", url]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60).stdout
    if re.search(r"Non-2xx|Socket errors", said):
        raise RuntimeError(f"{url}:\n{said}")
    at = {share: float(n) * _UNITS[unit] for share, n, unit in re.findall(r"(\d+)%\s+([\d.]+)(us|ms|s)", said)}
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    if rate is None:
        raise RuntimeError(f"wrk said something else:\n{said}")
    return at["50"], at["99"], float(rate[1])


@contextlib.contextmanager
def _file_server(work: Path, site: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings = f"""
daemon off; pid {work}/pid; error_log {work}/error.log; worker_processes 2;
events {{ worker_connections 1024; }}
http {{
  access_log off; default_type text/html; sendfile on; tcp_nopush on; keepalive_requests 1000000;
  client_body_temp_path {work}/1; proxy_temp_path {work}/2; fastcgi_temp_path {work}/3;
  uwsgi_temp_path {work}/4; scgi_temp_path {work}/5;
  server {{ listen 127.0.0.1:{port}; root {site}; }}
}}
"""
    (work / "nginx.conf").write_text(settings)
    # Its workers are of another user when it is started by root, and must be able to read.
    for folder in (site, *site.parents):
        if folder.stat().st_mode & 0o001 == 0 and folder != folder.parent:
            folder.chmod(folder.stat().st_mode | 0o011)
    server = subprocess.Popen(["nginx", "-c", str(work / "nginx.conf"), "-e", str(work / "error.log")])
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)
