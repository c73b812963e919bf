"""`hf auth login` without a token: a code is shown, a member confirms it on a page of the hub."""

import importlib.util
import os
import re
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path

from conftest import ENDPOINT, TOKEN


def confirm(code: str) -> None:
    """What the button of the page sends."""
    form = urllib.parse.urlencode({"code": code, "answer": "yes", "role": "write"}).encode()
    request = urllib.request.Request(f"{ENDPOINT}/device", form, {"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert "It is signed in." in answer.read().decode()


# Clients before 1.29 know no other way than a token.
if importlib.util.find_spec("huggingface_hub.utils._oauth_device"):

    def test_sign_in_through_a_browser(tmp_path: Path):
        environment = {name: value for name, value in os.environ.items() if name != "HF_TOKEN"}
        environment |= {"HF_HOME": str(tmp_path / "home"), "PYTHONUNBUFFERED": "1"}
        hf = Path(sys.executable).parent / "hf"
        login = subprocess.Popen(
            [hf, "auth", "login", "--format", "agent"], env=environment, stdout=subprocess.PIPE, text=True
        )
        try:
            shown = ""
            while not (found := re.search(r"code ([A-Z]{4}-[A-Z]{4})", shown)):
                line = login.stdout.readline()
                assert line, f"it ended and showed no code: {shown}"
                shown += line
            assert f"{ENDPOINT}/device?code={found[1]}" in shown
            confirm(found[1])
            rest, _ = login.communicate(timeout=60)
        finally:
            login.kill()
        assert login.returncode == 0 and "tester" in rest, shown + rest
        who = subprocess.run([hf, "auth", "whoami"], env=environment, capture_output=True, text=True, timeout=60)
        assert "tester" in who.stdout, who.stdout + who.stderr
