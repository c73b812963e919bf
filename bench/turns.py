"""Requests of one reader, each asked in turn with the others."""

import statistics
import time

from server import Server
from setting import Setting


def measure(setting: Setting, server: Server, asked: dict[str, str], rounds: int, table: str, ms_max: float) -> None:
    """The median of many of each, held against a limit; the first is told apart."""
    first = {what: ask(server, path) for what, path in asked.items()}
    taken: dict[str, list[float]] = {what: [] for what in asked}
    for _ in range(rounds):
        for what, path in asked.items():
            taken[what].append(ask(server, path))
    for what in asked:
        median = statistics.median(taken[what])
        setting.figures.row(table, what=what, median_ms=median, worst_ms=max(taken[what]), first_ms=first[what])
        setting.figures.limit(f"{what}, median", median, ms_max, "ms")


def ask(server: Server, path: str) -> float:
    """Milliseconds until the whole answer is here."""
    connection = server.connect()
    start = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    seconds = time.perf_counter() - start
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path}: status {answer.status}")
    return seconds * 1000
