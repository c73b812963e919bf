"""Runs every client against the hub: `run.py --work DIR [--only WORD] [--jobs N]`. Stores and servers come by environment.

After a whole run README.md must say what came of it; with `--write` it is made to.

SEEDCORN_TEST_BINARY, SEEDCORN_TEST_S3_SERVER and SEEDCORN_TEST_POSTGRES say what to test; `psql` is looked for in PATH.
The last line printed is `N passed, M failed`; the exit status is 0 only when M is 0 and N is not.
"""

import argparse
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

import environments
import table
from hubserver import BACKENDS, Hub, HubFailure, running
from hubsuite import suite

HERE = Path(__file__).resolve().parent
README = HERE.parents[1] / "README.md"
MEMBER = "tester"
SESSION_SECONDS_MAX = 900

# Clients that talk about the same things again and again: one line each.
HUB_CLIENTS = ["hub-0.36", "hub-1.19", "hub-1.20", "hub-2.4"]

# Whatever is not on loopback is sent to a port where nobody listens, so it fails at once and nothing leaves.
NOWHERE = "http://127.0.0.1:9"


@dataclass
class Session:
    """One client, with or without Xet, against one hub over one backend. `venv` is empty for a client in Rust."""

    kind: str
    venv: str
    backend: str
    xet: bool

    @property
    def name(self) -> str:
        return " ".join(filter(None, [self.kind, self.venv, "xet" if self.xet else "no-xet", self.backend]))


@dataclass
class Outcome:
    """What came of a session: how many tests passed, and the name and reason of each that did not."""

    session: Session
    passed: int = 0
    failed: list[str] = field(default_factory=list)
    seconds: float = 0.0


def sessions() -> list[Session]:
    """Longest first, so that the last one to end is short."""
    found = [Session("suite", "hub-2.4", backend, True) for backend in BACKENDS]
    found += [Session("suite", "hub-2.4-plain", backend, False) for backend in BACKENDS]
    found += [Session("rust", "", backend, True) for backend in BACKENDS]
    found += [Session("libraries", "libraries", backend, xet) for backend in BACKENDS for xet in (True, False)]
    found += [Session("matrix", venv, b, xet) for venv in HUB_CLIENTS for b in BACKENDS for xet in (True, False)]
    return found


def client_environment(session: Session, hub: Hub, work: Path) -> dict[str, str]:
    """The variables of a user of this hub, and of nobody else."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING", "AWS_", "PYTEST", "XDG_"))}
    settings = {
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(work / "home"),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_UPDATE_CHECK": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DOWNLOAD_TIMEOUT": "20",
        "HF_HUB_ETAG_TIMEOUT": "20",
        # What was uploaded must come back from the hub, not from a cache beside the client.
        "HF_XET_CHUNK_CACHE_SIZE_BYTES": "0",
        "DISABLE_SAFETENSORS_CONVERSION": "1",
        "HTTP_PROXY": NOWHERE,
        "HTTPS_PROXY": NOWHERE,
        "ALL_PROXY": NOWHERE,
        "NO_PROXY": "127.0.0.1,localhost",
        "PYTHONDONTWRITEBYTECODE": "1",
        "SEEDCORN_BACKEND": session.backend,
        "SEEDCORN_XET": "1" if session.xet else "0",
    }
    settings |= {name.lower(): settings[name] for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")}
    if not session.xet and session.kind != "suite":
        settings["HF_HUB_DISABLE_XET"] = "1"
    return clean | settings


def command_of(session: Session, hub: Hub, root: Path, work: Path) -> tuple[list[str], dict[str, str], Path]:
    """The command, its environment and its folder."""
    variables = client_environment(session, hub, work)
    if session.kind == "rust":
        variables |= {"SEEDCORN_TOKEN": hub.member(MEMBER), "CARGO_TERM_COLOR": "never"}
        # Built before; what is missing now cannot be fetched, as nothing leaves this machine.
        return ["cargo", "test", "--locked", "--offline", "--no-fail-fast"], variables, HERE / "rust"
    interpreter = environments.python(root, session.venv)
    command = [str(interpreter), "-m", "pytest", "-q", "--no-header", "-rfEs", "--timeout", "180"]
    command += ["--junitxml", str(work / "junit.xml")]
    if session.kind == "suite":
        scratch = suite.prepare(suite.source(root / "sdist", interpreter), work)
        variables |= suite.environment(hub.url, session.xet, work)
        return [*command, "--tb", "native", *suite.arguments(scratch)], variables, scratch
    variables["SEEDCORN_TOKEN"] = hub.member(MEMBER)
    variables["PYTHONPATH"] = str(HERE)
    folder = HERE / session.kind
    return [*command, "-c", str(folder / "pytest.ini"), "--rootdir", str(folder), str(folder)], variables, folder


def read_report(report: Path) -> tuple[int, list[str]]:
    """Passed tests, and the others. A skipped test is one that did not pass: nothing is skipped here."""
    passed, failed = 0, []
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        trouble = [part for part in case if part.tag in ("failure", "error", "skipped")]
        name = f"{case.get('classname')}::{case.get('name')}"
        if trouble:
            words = (trouble[0].get("message") or trouble[0].text or "").strip().splitlines()
            failed.append(f"{trouble[0].tag} {name}: {words[0][:200] if words else ''}")
        else:
            passed += 1
    return passed, failed


def read_log(log: str) -> tuple[int, list[str]]:
    """The same from what `cargo test` printed."""
    passed = sum(int(number) for number in re.findall(r"^test result: \w+\. (\d+) passed", log, re.MULTILINE))
    failed = re.findall(r"^test (\S+) \.\.\. (?:FAILED|ignored)", log, re.MULTILINE)
    return passed, failed


def run(session: Session, root: Path) -> Outcome:
    """Starts a hub, lets the client loose on it, and judges both."""
    outcome = Outcome(session)
    work = root / "clients" / session.name.replace(" ", "_")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    start = time.monotonic()
    try:
        with running(session.backend, work / "hub", conformance=session.kind == "suite") as hub:
            command, variables, folder = command_of(session, hub, root, work)
            log = work / "client.log"
            with log.open("wb") as out:
                done = subprocess.run(
                    command, env=variables, cwd=folder, stdout=out, stderr=out, timeout=SESSION_SECONDS_MAX
                )
            if session.kind == "rust":
                outcome.passed, outcome.failed = read_log(log.read_text(errors="replace"))
            else:
                outcome.passed, outcome.failed = read_report(work / "junit.xml")
            if (done.returncode != 0 or not outcome.passed) and not outcome.failed:
                outcome.failed.append(f"status {done.returncode}, {outcome.passed} passed: see {log}")
    except (HubFailure, OSError, subprocess.SubprocessError, ElementTree.ParseError) as trouble:
        outcome.failed.append(f"{type(trouble).__name__}: {trouble}; see {work}")
    outcome.seconds = time.monotonic() - start
    if not outcome.failed:
        shutil.rmtree(work)
    return outcome


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--work", type=Path, required=True, help="folder for environments, logs and stores")
    arguments.add_argument("--only", default="", help="run the sessions whose name holds this")
    arguments.add_argument("--jobs", type=int, default=2, help="sessions at the same time")
    arguments.add_argument("--write", action="store_true", help="write the outcome into README.md")
    given = arguments.parse_args()
    if sys.version_info < (3, 11):
        print(f"Python 3.11 or later is needed, this is {sys.version}")
        return 2
    root = given.work.resolve()
    chosen = [session for session in sessions() if given.only in session.name]
    environments.make(root, sorted({session.venv for session in chosen} - {""}))
    passed, failed, outcomes = 0, 0, []
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        waiting = [pool.submit(run, session, root) for session in chosen]
        for done in concurrent.futures.as_completed(waiting):
            outcome = done.result()
            outcomes.append(outcome)
            passed, failed = passed + outcome.passed, failed + len(outcome.failed)
            verdict = "FAILED" if outcome.failed else "ok"
            print(f"  {verdict:6} {outcome.session.name:40} {outcome.passed:4} passed, {outcome.seconds:6.1f} s", flush=True)
            for line in outcome.failed:
                print(f"         {line}", flush=True)
    if not given.only and not failed:
        works = table.render(outcomes)
        if given.write:
            table.write(README, works)
        elif table.parts(README)[1] != works:
            failed += 1
            print(f"  FAILED README.md tells another outcome; `run.py --write` puts this there:\n{works}")
        else:
            passed += 1
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
