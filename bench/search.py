"""What a search and a narrowed list take among 100,000 repos that were generated into the database."""

import shutil
import subprocess
import time
from urllib.parse import quote

import turns
from server import Server
from setting import Setting

TABLE = "Searches and lists among generated repos, one reader"
MS_MAX = 50.0
ASKED = {
    "a common word": "/search?q=kakakaka",
    "a word's beginning": "/search?q=kalo",
    "two words": "/search?q=kakakalo%20kakakami",
    "a rare word": "/search?q=dadadada",
    "no match": "/search?q=nowhere",
    "a list, a common tag": "/models?tag=" + quote("license:apache-2.0"),
    "a list, two tags": "/models?tag=" + quote("license:mit") + "&tag=" + quote("translation"),
    "a list by words": "/models?q=kakakami",
    "a list, newest first": "/models?sort=created",
    "the API, by words": "/api/models?search=kakakami&limit=20",
    "the API, by a tag": "/api/models?filter=translation&limit=20",
    "a quick look": "/api/quicksearch?q=kakaka",
}


def measure(setting: Setting) -> None:
    """The median of many, each asked in turn with the others; the first of each is told apart."""
    count, rounds = (2_000, 5) if setting.quick else (100_000, 40)
    folder = setting.work / "search-hub"
    shutil.rmtree(folder, ignore_errors=True)
    Server(setting.binary, folder).stop()
    start = time.perf_counter()
    fill = setting.binary.parent / "examples" / "fill"
    subprocess.run([str(fill), f"sqlite:{folder}/data/seedcorn.sqlite", str(count)], check=True)
    setting.figures.row("Filling the database", what=f"{count:,} repos", seconds=time.perf_counter() - start)
    server = Server(setting.binary, folder)
    try:
        turns.measure(setting, server, ASKED, rounds, TABLE, MS_MAX)
    finally:
        server.stop()
    shutil.rmtree(folder)
