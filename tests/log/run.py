"""The transparency log of a demo hub, checked by programs that know nothing of it: `run.py --work DIR`.

The binary comes by SEEDCORN_TEST_BINARY; `go` by PATH. The last line printed is `N passed, M failed`.
"""

import argparse
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "clients"))

import environments  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    asked = parser.parse_args()
    environments.make(asked.work, ["log"])
    report = asked.work / "log.xml"
    report.unlink(missing_ok=True)
    command = [environments.python(asked.work, "log"), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    status = subprocess.run([*command, f"--junit-xml={report}", HERE]).returncode
    cases = ElementTree.parse(report).getroot().iter("testcase")
    bad = [any(part.tag in ("failure", "error", "skipped") for part in case) for case in cases]
    print(f"{bad.count(False)} passed, {bad.count(True)} failed")
    return status or any(bad)


if __name__ == "__main__":
    sys.exit(main())
