"""Runs the pages in a real browser: `run.py --work DIR [--only WORD]`, or `run.py --work DIR --shots` for the pictures
of the guides. The binary comes by SEEDCORN_TEST_BINARY; Debian's Chromium is looked for in PATH.

The last line printed is `N passed, M failed`; a test that was skipped has failed.
"""

import argparse
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

HERE = Path(__file__).resolve().parent
CLIENTS = HERE.parent / "clients"
sys.path.insert(0, str(CLIENTS))

import environments  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--shots", action="store_true")
    asked = parser.parse_args()
    environments.make(asked.work, ["browser"])
    python = environments.python(asked.work, "browser")
    variables = os.environ | {"PYTHONPATH": str(CLIENTS), "SEEDCORN_BROWSER_WORK": str(asked.work / "browser")}
    if asked.shots:
        return subprocess.run([python, HERE / "shots.py"], env=variables).returncode
    command = [python, "-m", "pytest", "-q", "--no-header", "-rfEs", "--timeout", "180", "-p", "no:cacheprovider"]
    command += ["-c", HERE / "pytest.ini", "--rootdir", HERE, HERE]
    command += ["-k", asked.only] if asked.only else []
    report = asked.work / "browser.xml"
    report.unlink(missing_ok=True)
    status = subprocess.run([*command, "--junitxml", report], env=variables).returncode
    suite = ElementTree.parse(report).getroot().find("testsuite")
    all_of_them, bad = int(suite.get("tests")), int(suite.get("failures")) + int(suite.get("errors"))
    if skipped := int(suite.get("skipped")):
        print(f"{skipped} were skipped, which none may be")
    print(f"{all_of_them - bad - skipped} passed, {bad + skipped} failed")
    return status or bool(skipped)


if __name__ == "__main__":
    sys.exit(main())
