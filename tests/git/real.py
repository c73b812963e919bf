"""A real git in a home of its own, and what tests look at."""

import json
import os
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

_AUTHOR = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org",
           "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org"}  # fmt: skip


@dataclass
class Done:
    """How a command ended, and all that it said."""

    code: int
    out: str
    said: str


@dataclass
class Git:
    """Runs git. `home` is where it finds no settings but ours."""

    home: Path
    settings: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    def __call__(self, *words: object, at: Path | None = None, good: bool | None = True, stdin: bytes = b"") -> Done:
        """`good`: whether it must end well; None for either."""
        self.home.mkdir(exist_ok=True)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "HF_", "SEEDCORN_", "LANG", "LC_"))}
        environment = kept | _AUTHOR | {"HOME": str(self.home), "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1",
                                        "LC_ALL": "C"} | self.environment  # fmt: skip
        settings = ["init.defaultBranch=main", "gc.auto=0", "advice.detachedHead=false", *self.settings]
        command = ["git", *(word for one in settings for word in ("-c", one)), *map(str, words)]
        done = subprocess.run(command, cwd=at or self.home, env=environment, input=stdin, capture_output=True, timeout=300)
        out, said = (text.decode(errors="replace") for text in (done.stdout, done.stderr))
        if good is not None:
            assert (done.returncode == 0) is good, f"{command}: {done.returncode}\n{out}{said}"
        return Done(done.returncode, out.strip(), said)

    def speaking(self, version: int) -> "Git":
        """The same with another version of the protocol."""
        return Git(self.home, [*self.settings, f"protocol.version={version}"], self.environment)

    def sound(self, at: Path) -> None:
        """Whether git finds nothing wrong with a repo."""
        done = self("fsck", "--strict", "--full", at=at)
        told = [line for line in (done.out + done.said).splitlines() if line and not line.startswith(("Checking", "dangling", "notice"))]
        assert not told, told

    def commit(self, at: Path, files: dict[str, str | bytes | None], message: str = "Change") -> str:
        """Writes files, or deletes them, and commits; tells the commit."""
        for path, content in files.items():
            if content is None:
                (at / path).unlink()
                continue
            (at / path).parent.mkdir(parents=True, exist_ok=True)
            (at / path).write_bytes(content if isinstance(content, bytes) else content.encode())
        self("add", "-A", at=at)
        self("commit", "-qm", message, at=at)
        return self.head(at)

    def head(self, at: Path, name: str = "HEAD") -> str:
        return self("rev-parse", name, at=at).out

    def objects(self, at: Path, *what: str) -> set[str]:
        """Every object that some revisions lead to."""
        lines = self("rev-list", "--objects", *(what or ("--all",)), at=at).out.splitlines()
        return {line.split(" ")[0] for line in lines}


def ask(hub, path: str, token: str | None = None, body: object = None, method: str | None = None):
    """The hub's API."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    data = json.dumps(body).encode() if body is not None else None
    if data is not None:
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(f"{hub.url}{path}", data, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """Any bytes to any address."""
    request = urllib.request.Request(url, body, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def with_token(url: str, token: str, user: str = "ada") -> str:
    parts = urllib.parse.urlsplit(url)
    return parts._replace(netloc=f"{user}:{token}@{parts.netloc}").geturl()
