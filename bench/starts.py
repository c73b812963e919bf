"""How long `serve` takes until it answers: the first time, with keys and tables to make, and every further time."""

import statistics

from server import Server, running
from setting import Setting

FURTHER_SECONDS_MAX = 1.0
TABLE = "Start"


def measure(setting: Setting) -> None:
    """An empty hub, several times."""
    first, further = [], []
    for _ in range(2 if setting.quick else 5):
        with running(setting.binary, setting.work / "starts") as (server, _):
            first.append(server.seconds)
            server.stop()
            again = Server(setting.binary, server.folder)
            further.append(again.seconds)
            # So that the end finds one to stop.
            server.child = again.child
    setting.figures.row(TABLE, what="first run, with keys, tables and a first member", seconds=statistics.median(first))
    setting.figures.row(TABLE, what="further run over an empty hub", seconds=statistics.median(further))
    setting.figures.limit("further start of an empty hub", max(further), FURTHER_SECONDS_MAX, "s")


def again(setting: Setting, server: Server, what: str) -> None:
    """Starts the hub again over stores that are full."""
    server.stop()
    full = Server(setting.binary, server.folder)
    server.child, server.port, server.hub = full.child, full.port, full.hub
    setting.figures.row(TABLE, what=f"further run over {what}", seconds=full.seconds)
    setting.figures.limit(f"further start over {what}", full.seconds, FURTHER_SECONDS_MAX, "s")
