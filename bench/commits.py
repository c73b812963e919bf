"""What a commit of one file costs in a small repo and in a large one."""

import base64
import json
import statistics
import time

import starts
from server import MEMBER, Server, running
from setting import Setting

TABLE = "A commit of one small file, by the API alone"
GROWTH_MAX = 1.5


def measure(setting: Setting) -> None:
    """The repos take turns, so that whatever else the machine does meets all alike."""
    large = 2_000 if setting.quick else 20_000
    rounds = 7 if setting.quick else 25
    small = 100
    # A folder is one object of git: with all files in one, that object itself grows.
    repos = {
        f"{small} files, 100 a folder": ("small", small, 100),
        f"{large:,} files, 100 a folder": ("large", large, 100),
        f"{large:,} files in one folder": ("flat", large, large),
    }
    with running(setting.binary, setting.work / "commits-hub") as (server, token):
        for what, (name, files, a_folder) in repos.items():
            seconds = _fill(server, token, name, files, a_folder)
            setting.figures.row("The first commit, all files in one", what=what, seconds=seconds)
        taken: dict[str, list[float]] = {what: [] for what in repos}
        for n in range(rounds):
            for what, (name, _, _) in repos.items():
                taken[what].append(_commit(server, token, name, {"folder-000/changed.txt": f"round {n}\n"}))
        for what in repos:
            setting.figures.row(
                TABLE,
                what=what,
                median_ms=statistics.median(taken[what]) * 1000,
                worst_ms=max(taken[what]) * 1000,
            )
        medians = [statistics.median(times) for times in taken.values()]
        growth = medians[1] / medians[0]
        setting.figures.limit(f"commit among {large:,} files, by one among {small}", growth, GROWTH_MAX, "times")
        starts.again(setting, server, f"{2 * large + small:,} files and {3 * (rounds + 1)} commits")


def _fill(server: Server, token: str, name: str, files: int, a_folder: int) -> float:
    _post(server, token, "/api/repos/create", json.dumps({"name": name, "type": "model"}).encode())
    paths = (f"folder-{n // a_folder:03}/file-{n:05}.txt" for n in range(files))
    return _commit(server, token, name, {path: f"{path}\n" for path in paths})


def _commit(server: Server, token: str, name: str, files: dict[str, str]) -> float:
    lines: list[object] = [{"key": "header", "value": {"summary": "Measure"}}]
    for path, text in files.items():
        content = base64.b64encode(text.encode()).decode()
        lines.append({"key": "file", "value": {"path": path, "content": content, "encoding": "base64"}})
    body = "".join(json.dumps(line) + "\n" for line in lines).encode()
    return _post(server, token, f"/api/models/{MEMBER}/{name}/commit/main", body, "application/x-ndjson")


def _post(server: Server, token: str, path: str, body: bytes, kind: str = "application/json") -> float:
    connection = server.connect()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
    start = time.perf_counter()
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    words = answer.read()
    seconds = time.perf_counter() - start
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"POST {path}: status {answer.status}: {words[:1000]!r}")
    return seconds
