"""The transparency log with 70,000 entries: how long after a change the checkpoint covers it, and what a proof takes."""

import json
import shutil
import sqlite3
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import turns
from server import MEMBER, Server
from setting import Setting

TABLE = "A log of 70,000 entries"
PROOFS = "Proofs from it, one reader"
CHANGE_MS_MAX = 10.0
PROOF_MS_MAX = 5.0
EACH = 10
CREATED = 1_700_000_000_000_000


def measure(setting: Setting) -> None:
    """Entries are drafted into the database; the hub builds the log of them, and then logs what happens."""
    count, rounds = (2_000, 10) if setting.quick else (70_000, 60)
    folder = setting.work / "log-hub"
    shutil.rmtree(folder, ignore_errors=True)
    Server(setting.binary, folder).stop()
    _fill(folder / "data" / "seedcorn.sqlite", count)
    start = time.perf_counter()
    server = Server(setting.binary, folder)
    try:
        while _size(server) < count:
            time.sleep(0.01)
        setting.figures.row(TABLE, what=f"building it from {count:,} drafts", ms=(time.perf_counter() - start) * 1000)
        token = server.hub.member(MEMBER)
        _create(server, token)
        behind = [_behind(server, token, n) for n in range(rounds)]
        median = statistics.median(behind)
        setting.figures.row(TABLE, what="a tag: from its answer to the checkpoint that covers it, median", ms=median)
        setting.figures.row(TABLE, what="the same, the slowest", ms=max(behind))
        setting.figures.limit("a change in the log, median", median, CHANGE_MS_MAX, "ms")
        root = "/api/commons/v1/log/entries"
        asked = {f"entry {n:,}": f"{root}/{n}/proof" for n in (0, count // 2, count - 1)}
        turns.measure(setting, server, asked, rounds, PROOFS, PROOF_MS_MAX)
    finally:
        server.stop()
    shutil.rmtree(folder)


def _fill(path: Path, count: int) -> None:
    with sqlite3.connect(path) as db:
        columns = "id, subject, place, about, created, draft"
        db.executemany(f"INSERT INTO log_entry ({columns}) VALUES (?, ?, ?, ?, ?, ?)", _drafts(count))
    db.close()


def _drafts(count: int) -> Iterator[tuple]:
    """Ten tags of each of many works."""
    for n in range(count):
        work, place = divmod(n, EACH)
        subject = f"work-{work:06}"
        said = {
            "happened": "tag",
            "subject": {"id": subject, "kind": "model", "name": f"owner/{subject}"},
            "actor": {"id": "owner", "via": "member"},
            "data": {"before": None, "commit": f"{n:040x}", "ref": f"refs/tags/v{place}"},
        }
        yield (f"draft-{n:08}", subject, place, "", CREATED + n, json.dumps(said))


def _create(server: Server, token: str) -> None:
    _post(server, token, "/api/repos/create", {"name": "logged", "type": "model"})
    time.sleep(1)


def _behind(server: Server, token: str, n: int) -> float:
    """Milliseconds from the answer to a change until the checkpoint covers it."""
    before = _size(server)
    _post(server, token, f"/api/models/{MEMBER}/logged/tag/main", {"tag": f"v{n}"})
    start = time.perf_counter()
    while _size(server) <= before:
        pass
    return (time.perf_counter() - start) * 1000


def _post(server: Server, token: str, path: str, body: dict) -> None:
    connection = server.connect()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request("POST", path, json.dumps(body), headers)
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    if answer.status not in (200, 201):
        raise RuntimeError(f"{path}: status {answer.status}: {said[:200]!r}")


def _size(server: Server) -> int:
    """The entries that the checkpoint covers; 0 before there is one."""
    connection = server.connect()
    connection.request("GET", "/log/1/checkpoint")
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return int(text.split("\n")[1]) if answer.status == 200 else 0
