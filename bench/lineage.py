"""What the lineage of a work takes among two million works that were generated into the database."""

import random
import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import turns
from server import Server
from setting import Setting

TABLE = "Lineages among generated works, one reader"
MS_MAX = 20.0
OWNERS = 50_000
WAYS = ["finetune", "quantized", "adapter", "merge"]
CREATED = 1_700_000_000_000_000


def measure(setting: Setting) -> None:
    """The median of many, each asked in turn with the others; the first of each is told apart."""
    count, rounds = (20_000, 5) if setting.quick else (2_000_000, 40)
    folder = setting.work / "lineage-hub"
    shutil.rmtree(folder, ignore_errors=True)
    Server(setting.binary, folder).stop()
    start = time.perf_counter()
    chosen = _fill(folder / "data" / "seedcorn.sqlite", count)
    setting.figures.row("Filling the database", what=f"{count:,} works", seconds=time.perf_counter() - start)
    asked = {}
    for what, name in chosen.items():
        asked[f"{what}: up, and one step down"] = f"/api/commons/v1/models/{name}/lineage"
        asked[f"{what}: all ways, 500 works"] = f"/api/commons/v1/models/{name}/lineage?down=16"
    server = Server(setting.binary, folder)
    try:
        turns.measure(setting, server, asked, rounds, TABLE, MS_MAX)
    finally:
        server.stop()
    shutil.rmtree(folder)


def _fill(path: Path, count: int) -> dict[str, str]:
    """Works that are made from older ones, the most of them from a few; names of some to ask about."""
    dice = random.Random(5)
    # Old works have the most that is made from them, as bases do.
    parents = [0] + [int(n * dice.random() ** 4) for n in range(1, count)]
    children = [0] * count
    depths = [0] * count
    for n in range(1, count):
        children[parents[n]] += 1
        depths[n] = depths[parents[n]] + 1
    names = [f"owner{n % OWNERS}/work-{n}" for n in range(count)]
    with sqlite3.connect(path) as db:
        _insert(db, "namespace", _owners())
        _insert(db, "repo", _repos(count))
        _insert(db, "repo_name", (("model", name, name, _id(n)) for n, name in enumerate(names)))
        _insert(db, "derivation", _derivations(parents, names, dice))
        db.execute("ANALYZE")
    db.close()
    some = sorted(range(count), key=children.__getitem__)
    return {
        f"the base with {children[some[-1]]:,} made from it": names[some[-1]],
        f"a work {max(depths)} steps down": names[max(range(count), key=depths.__getitem__)],
        "one in the middle": names[count // 2],
    }


def _insert(db: sqlite3.Connection, table: str, rows: Iterator[tuple]) -> None:
    first = next(rows)
    places = ", ".join("?" * len(first))
    columns = COLUMNS[table]
    db.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", first)
    db.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)


COLUMNS = {
    "namespace": "id, name, folded, kind, full_name, sought, admin, disabled, private_default, pull_policy, created",
    "repo": "id, kind, namespace, name, private, gated, sdk, downloads, numbers, created, updated, card, tags",
    "repo_name": "kind, folded, spelled, repo",
    "derivation": "child, state, way, parent, parent_repo, parent_oid, oid, since, says",
}


def _id(n: int) -> str:
    return f"work-{n:08}"


def _owners() -> Iterator[tuple]:
    for n in range(OWNERS):
        name = f"owner{n}"
        yield (f"owner-{n:05}", name, name, "group", name, name, False, False, False, "", CREATED)


def _repos(count: int) -> Iterator[tuple]:
    for n in range(count):
        hidden = n % 50 == 49
        owner = f"owner-{n % OWNERS:05}"
        yield (_id(n), "model", owner, f"work-{n}", hidden, "", "", 0, 0, CREATED + n, CREATED + n, "{}", "[]")


def _derivations(parents: list[int], names: list[str], dice: random.Random) -> Iterator[tuple]:
    """What is said, and of every third work what is measured."""
    oid = "0" * 40
    for n in range(1, len(parents)):
        parent, way = parents[n], dice.choice(WAYS)
        row = (way, f"models/{names[parent]}", _id(parent), oid, oid, CREATED + n)
        yield (_id(n), "declared", *row, '{"path": "README.md", "line": 2}')
        if n % 3 == 0:
            yield (_id(n), "measured", *row, '{"bytes": 1, "of_bytes": 2, "per_mille": 500}')
