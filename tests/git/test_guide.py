"""The guide to working together, run as it stands: docs/guide/together.md."""

import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import hubserver
import pytest

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "together.md"
WORK = "/datasets/ada/garden-notes"


def scripts() -> list[tuple[str, str, str]]:
    """Each script of the guide: its language, who runs it, and itself."""
    found = re.findall(r"^```(python|sh)\n# (\w+)\n(.*?)^```$", GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    assert len(found) == 9, [who for _, who, _ in found]
    return found


class Receiver:
    """Takes what webhooks send."""

    def __init__(self) -> None:
        self.taken: list[tuple[dict, bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # noqa: N802
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.taken.append((dict(self.headers.items()), body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hook"

    def wait(self, count: int) -> list[dict]:
        for _ in range(120):
            if len(self.taken) >= count:
                return [json.loads(body) for _, body in self.taken]
            time.sleep(0.25)
        raise AssertionError(f"{len(self.taken)} of {count} were sent")


@pytest.fixture(params=hubserver.BACKENDS)
def hub(request, tmp_path):
    allowed = {"SEEDCORN_WEBHOOK_HOSTS": "127.0.0.1"}
    with hubserver.running(request.param, tmp_path / "hub", extra=allowed) as running:
        yield running


def browser(hub: hubserver.Hub, token: str):
    """Sends forms as a browser does in which somebody signed in."""
    jar = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())

    def send(path: str, **fields: str) -> str:
        data = urllib.parse.urlencode(fields).encode()
        request = urllib.request.Request(hub.url + path, data, {"Sec-Fetch-Site": "same-origin"})
        with jar.open(request, timeout=60) as answer:
            return answer.read().decode()

    send("/login", token=token)
    return send


def test_the_guide_holds(hub, tmp_path):
    tokens = {"ada": hub.member("ada"), "bob": hub.member("bob"), "anybody": "", "receiver": ""}
    receiver, said = Receiver(), []
    work = tmp_path / "work"
    work.mkdir()
    for language, who, script in scripts():
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "HF_", "SEEDCORN_"))}
        name = {"GIT_AUTHOR_NAME": who, "GIT_AUTHOR_EMAIL": f"{who}@example.org"}
        committer = {k.replace("AUTHOR", "COMMITTER"): v for k, v in name.items()}
        environment = kept | name | committer | {
            "HF_ENDPOINT": hub.url, "HF_TOKEN": tokens[who], "HOME": str(work), "HF_HOME": str(work / "hf"), "HOOK": receiver.url,
            "HF_HUB_DISABLE_TELEMETRY": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1",
        }  # fmt: skip
        if who == "receiver":
            said.append(script)
            continue
        command = [sys.executable, "-c", script] if language == "python" else ["bash", "-euo", "pipefail", "-c", script]
        done = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, f"{who}:\n{script}\n{done.stdout}{done.stderr}"

    # What is said on the page is told to the webhook, and so is what is published.
    ada = browser(hub, tokens["ada"])
    page = ada(f"{WORK}/discussions/1/comment", text="Said on the *page*.")
    assert "Said on the <em>page</em>." in page
    bob = browser(hub, tokens["bob"])
    bob(f"{WORK}/discussions/new", title="Thanks", text="Well done, @ada")
    told = receiver.wait(2)
    assert [(one["event"]["scope"], one["event"]["action"]) for one in told] == [
        ("discussion.comment", "create"),
        ("discussion", "create"),
    ]
    assert told[0]["comment"]["content"] == "Said on the *page*."
    assert told[0]["comment"]["url"]["web"].startswith(f"{hub.url}{WORK}/discussions/1#e")
    from huggingface_hub import WebhookPayload

    for (headers, body), one in zip(receiver.taken, told, strict=True):
        WebhookPayload.model_validate(one)
        check = [sys.executable, "-c", said[0]]
        for signature, good in [(headers["x-hub-signature-256"], True), ("sha256=00", False)]:
            assert (subprocess.run([*check, signature], input=body).returncode == 0) is good
    inbox = json.loads(
        urllib.request.urlopen(
            urllib.request.Request(hub.url + "/api/notifications", headers={"Authorization": f"Bearer {tokens['ada']}"})
        ).read()
    )
    assert inbox["notifications"][0]["reason"] == "mention", inbox
