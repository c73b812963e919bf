"""Runs a suite in which programs of others check what the hub made: one environment, one folder of tests, one line of figures."""

import argparse
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import environments


def run(folder: Path, doc: str) -> int:
    """Runs the tests of a folder in the environment of its name. A test that is skipped counts as one that failed."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--work", type=Path, required=True)
    asked = parser.parse_args()
    environments.make(asked.work, [folder.name])
    report = asked.work / f"{folder.name}.xml"
    report.unlink(missing_ok=True)
    command = [environments.python(asked.work, folder.name), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    status = subprocess.run([*command, f"--junit-xml={report}", folder]).returncode
    cases = ElementTree.parse(report).getroot().iter("testcase")
    bad = [any(part.tag in ("failure", "error", "skipped") for part in case) for case in cases]
    print(f"{bad.count(False)} passed, {bad.count(True)} failed")
    return status or any(bad)
