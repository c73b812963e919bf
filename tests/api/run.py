"""Asks the hub's own API whatever its document allows, and much that it does not: `run.py --work DIR [--seconds N]`.

The requests are made up by Schemathesis from the document that the running hub serves. What is answered must be what the
document says: statuses, media types, shapes; a hub never breaks, whatever it is asked. The binary comes by
SEEDCORN_TEST_BINARY. The last line printed is `N passed, M failed`, by endpoints.
"""

import argparse
import json
import os
import subprocess
import sys
import urllib.request
import xml.etree.ElementTree as ElementTree
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "clients"))

import environments  # noqa: E402
from hubserver import running  # noqa: E402

DOCUMENT = "/api/commons/v1/openapi.json"
ENDPOINTS_MIN = 6

# A cursor is only good if it was given out, and two revisions may have nothing in common: not all that the document can
# describe is accepted.
EXCLUDED = "positive_data_acceptance"


def document(url: str) -> dict:
    """The document that the hub serves: no proxy stands between a test and its hub."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(url + DOCUMENT, timeout=30) as answer:
        return json.load(answer)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--seconds", type=int, default=45)
    asked = parser.parse_args()
    environments.make(asked.work, ["api"])
    program = environments.python(asked.work, "api").with_name("schemathesis")
    report = asked.work / "api.xml"
    report.unlink(missing_ok=True)
    with running("sqlite-disk", asked.work / "api", demo=True) as hub:
        told = document(hub.url)
        assert told["openapi"].startswith("3.1."), told["openapi"]
        assert len(told["paths"]) >= ENDPOINTS_MIN, sorted(told["paths"])
        assert told["servers"] == [{"url": hub.url}], told["servers"]
        token = hub.member("ada")
        command = [program, "run", hub.url + DOCUMENT, "--checks", "all", "--exclude-checks", EXCLUDED]
        command += ["--phases", "examples,coverage,fuzzing", "--max-time", str(asked.seconds), "--seed", "1"]
        command += ["--header", f"Authorization: Bearer {token}", "--max-redirects", "0", "--warnings", "off"]
        command += ["--report", "junit", "--report-junit-path", report, "--no-color"]
        # Inputs that it keeps from run to run go where everything else of the tests goes.
        variables = os.environ | {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        status = subprocess.run(command, env=variables, cwd=asked.work).returncode
    cases = ElementTree.parse(report).getroot().iter("testcase")
    bad = [any(part.tag in ("failure", "error", "skipped") for part in case) for case in cases]
    print(f"{bad.count(False)} passed, {bad.count(True)} failed")
    return status or any(bad)


if __name__ == "__main__":
    sys.exit(main())
