"""Measures a hub on this machine: `run.py --binary PATH --work DIR [--size 4GiB] [--only WORD] [--quick] [--out FILE]`.

Makes its own Python environments below `--work`, starts the hub on loopback, prints figures as they come in, and ends
with Markdown tables. The exit status is 1 when something failed to work, 0 otherwise: limits are reported, not
enforced, as figures depend on what else the machine does.
"""

import argparse
import os
import platform
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "clients"))

import big_file
import checkpoints
import commits
import credit
import environments
import grading
import lineage
import log
import many_files
import pages
import raw
import scan
import search
import starts
from contents import MIB
from figures import Figures, say
from setting import CLIENT, CLIENT_LARGE_FOLDER, Setting

PARTS = {
    "start": starts.measure,
    "big-file": big_file.measure,
    "checkpoints": checkpoints.measure,
    "many-files": many_files.measure,
    "commits": commits.measure,
    "pages": pages.measure,
    "search": search.measure,
    "grading": grading.measure,
    "credit": credit.measure,
    "lineage": lineage.measure,
    "log": log.measure,
    "scan": scan.measure,
}
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->"
UNITS = {"KiB": 1024, "MiB": MIB, "GiB": 1024 * MIB}


def size_of(words: str) -> int:
    """`64MiB` or `4GiB` in bytes."""
    found = re.fullmatch(r"(\d+)(KiB|MiB|GiB)", words)
    if not found:
        raise argparse.ArgumentTypeError(f"{words!r} is not a size like 64MiB or 4GiB")
    return int(found[1]) * UNITS[found[2]]


def machine() -> str:
    """The machine's kind, without its name."""
    memory = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal:"))
    gibibytes = int(memory.split()[1]) / 1024 / 1024
    model = re.search(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    cores = f"{len(os.sched_getaffinity(0))} cores ({model[1] if model else platform.machine()})"
    return f"{cores}, {gibibytes:.0f} GiB of memory, {platform.system()} {platform.release().split('-')[0]}"


def measure_raw(setting: Setting) -> None:
    """The raw limits, and a table of them."""
    setting.raw = raw.measure(setting.fresh("raw"), 64 * MIB if setting.quick else 1024 * MIB, setting.python())
    rows = {
        "write to the disk and fsync": setting.raw.disk_write,
        "read from the disk": setting.raw.disk_read,
        "SHA-256, one core": setting.raw.sha256,
        "BLAKE3, one core": setting.raw.blake3,
        "TCP over loopback, one connection": setting.raw.loopback,
    }
    for what, speed in rows.items():
        setting.figures.row("Raw limits of the machine", what=what, **{"MB_per_s": speed})


def keep(path: Path, text: str) -> None:
    """Writes the tables: into a document that marks their place, or as the whole file."""
    old = path.read_text() if path.is_file() else ""
    before, begin, rest = old.partition(BEGIN)
    _, end, after = rest.partition(END)
    path.write_text(f"{before}{begin}\n{text}{end}{after}" if end else text)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--binary", type=Path, default=HERE.parent / "target" / "release" / "seedcorn")
    arguments.add_argument("--work", type=Path, required=True, help="folder for environments, stores and files")
    arguments.add_argument("--size", type=size_of, default=size_of("4GiB"), help="of the one large file")
    arguments.add_argument("--only", default="", help=f"the parts whose name holds this: {', '.join(PARTS)}")
    arguments.add_argument("--quick", action="store_true", help="small everywhere, for trying out the program itself")
    arguments.add_argument("--out", type=Path, help="write the Markdown here too, between its marks if it has them")
    given = arguments.parse_args()
    if sys.version_info < (3, 11):
        print(f"Python 3.11 or later is needed, this is {sys.version}")
        return 1
    chosen = {name: part for name, part in PARTS.items() if given.only in name}
    if not chosen or not given.binary.is_file():
        print(f"nothing to measure: no part is called {given.only!r}, or there is no {given.binary}")
        return 1
    work = given.work.resolve()
    say(machine())
    environments.make(work, [CLIENT, CLIENT_LARGE_FOLDER])
    setting = Setting(given.binary.resolve(), work, given.size, given.quick, Figures(machine()))
    measure_raw(setting)
    for name, part in chosen.items():
        say(f"--- {name}")
        part(setting)
    text = setting.figures.markdown()
    print(text)
    if given.out:
        keep(given.out, text)
    for words in setting.figures.over:
        print(f"OVER ITS LIMIT: {words}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
