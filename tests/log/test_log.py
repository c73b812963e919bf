"""The log of a demo hub, as programs read it that share nothing with it, and files that are checked against it.

The binary comes by SEEDCORN_TEST_BINARY, `go` by PATH.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "clients"))

import hubserver  # noqa: E402

BINARY = os.environ["SEEDCORN_TEST_BINARY"]
MONITOR = HERE.parent.parent / "docs" / "tools" / "monitor.py"
BASE = "acorn-lab/acorn-tiny"
GO = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": ""}


@pytest.fixture(scope="session")
def hub(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hub")
    with hubserver.running("sqlite-disk", folder / "hub", demo=True) as running:
        settle(running.url)
        yield running


def ask(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read()


def state(url: str) -> dict:
    return json.loads(ask(f"{url}/api/commons/v1/log"))


def settle(url: str) -> dict:
    """Waits until the log says all that happened: grades come some time after the works."""
    before = None
    for _ in range(240):
        time.sleep(0.5)
        now = state(url)
        if now["waiting"] == 0 and now["size"] > 0 and before == now["size"]:
            return now
        before = now["size"]
    raise AssertionError("the log does not settle")


def monitor(url: str, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, MONITOR, url, *words], capture_output=True, text=True, timeout=120)


def verify(*words: object) -> subprocess.CompletedProcess:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "SEEDCORN_"))}
    command = [BINARY, "verify", *map(str, words)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="session")
def go(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("go")
    program = folder / "verify"
    environment = {**GO, "GOCACHE": str(folder / "cache"), "HOME": str(folder)}
    subprocess.run(["go", "build", "-o", program, HERE / "verify.go"], env=environment, check=True, timeout=600)
    return program


def test_gos_checksum_database_reads_it(hub, go):
    now = state(hub.url)
    done = subprocess.run([go, now["url"], now["key"]], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) >= now["size"]
    other = now["key"][:-4] + ("AAA=" if now["key"][-4:] != "AAA=" else "BBB=")
    assert subprocess.run([go, now["url"], other], capture_output=True).returncode != 0


def test_a_monitor_that_shares_no_code(hub, tmp_path):
    kept = tmp_path / "state.json"
    first = monitor(hub.url, "--state", str(kept))
    assert first.returncode == 0, first.stdout + first.stderr
    again = monitor(hub.url, "--state", str(kept))
    assert "all holds" in again.stdout, again.stdout + again.stderr
    seen = json.loads(kept.read_text())
    for key, value in [("root", "A" * 43 + "="), ("size", seen["size"] + 1000), ("key", "x+00000000+AAAA")]:
        kept.write_text(json.dumps({**seen, key: value}))
        assert monitor(hub.url, "--state", str(kept)).returncode == 1, key


def own_monitor(url: str, *words: object) -> subprocess.CompletedProcess:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "SEEDCORN_"))}
    command = [BINARY, "log", "monitor", url, *map(str, words)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def test_our_own_monitor_reads_what_is_new_and_tells_what_is_not_so(hub, tmp_path):
    kept = tmp_path / "state.json"
    first = own_monitor(hub.url, "--state", kept, "--format", "json")
    assert first.returncode == 0, first.stdout + first.stderr
    told = json.loads(first.stdout)
    assert told["new"] == told["size"] and told["works"] >= 6 and told["wrong"] == []
    again = own_monitor(hub.url, "--state", kept)
    assert again.returncode == 0 and ", 0 of them new" in again.stdout, again.stdout + again.stderr
    seen = json.loads(kept.read_text())
    assert "PRIVATE" not in kept.read_text()

    def refused(change, why: str) -> None:
        other = json.loads(json.dumps(seen))
        change(other)
        kept.write_text(json.dumps(other))
        done = own_monitor(hub.url, "--state", kept)
        assert done.returncode == 1 and why in done.stdout + done.stderr, (why, done.stdout, done.stderr)

    # Another past, a log that was cut, another log; and a hub that says another thing than its log did.
    refused(lambda kept: kept["followed"]["peaks"].__setitem__(0, "A" * 43 + "="), "two pasts")
    refused(lambda kept: kept["followed"].update(size=seen["followed"]["size"] + 5), "it was cut")
    refused(lambda kept: kept.update(origin="other.example/log/1"), "was called other.example")

    def moved(kept: dict) -> None:
        work = next(word for word in kept["followed"]["subjects"].values() if word["name"] == BASE)
        work["heads"]["refs/heads/main"] = "0" * 40

    refused(moved, f"{BASE}: main is at")
    assert own_monitor("http://127.0.0.1:1").returncode == 2, "nobody answers"


def test_a_proof_is_of_the_work_and_the_commit_that_are_named(hub, tmp_path):
    kept = tmp_path / "kept"
    assert verify(BASE, "--hub", hub.url, "--save", kept).returncode == 0
    proof = ["--proof", f"{kept}.tlog-proof", "--policy", f"{kept}.policy"]
    assert verify(BASE, *proof).returncode == 0
    for named, why in [
        ("acorn-lab/another", "and not of acorn-lab/another"),
        (f"datasets/{BASE}", f"and not of datasets/{BASE}"),
        (f"{BASE}@{'0' * 40}", "and not of 0000"),
    ]:
        done = verify(named, *proof)
        assert done.returncode == 1 and why in done.stderr, (named, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def pulled(hub, tmp_path_factory) -> Path:
    """A model as somebody pulled it, with what clients put beside it."""
    folder = tmp_path_factory.mktemp("pulled")
    for path, size, _ in json.loads(ask(f"{hub.url}/api/commons/v1/models/{BASE}/manifest/main")):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(ask(f"{hub.url}/{BASE}/resolve/main/{urllib.parse.quote(path)}"))
        assert file.stat().st_size == size
    (folder / ".cache").mkdir()
    (folder / ".cache" / "x").write_text("x")
    return folder


def test_what_was_pulled_is_what_was_logged(hub, pulled, tmp_path):
    kept = tmp_path / "kept"
    done = verify(BASE, "--hub", hub.url, "--local", pulled, "--save", kept)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the files are those of the revision" in done.stdout
    offline = ["--proof", f"{kept}.tlog-proof", "--policy", f"{kept}.policy", "--manifest", f"{kept}.manifest.json"]
    told = verify(*offline, "--local", pulled, "--format", "json")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["same"] is True

    weights = pulled / "model.safetensors"
    whole = weights.read_bytes()
    try:
        weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        changed = verify(*offline, "--local", pulled)
        assert changed.returncode == 1
        assert "model.safetensors: other bytes" in changed.stdout
        weights.unlink()
        (pulled / "extra.py").write_text("print(1)")
        changed = verify(*offline, "--local", pulled)
        assert "model.safetensors: missing" in changed.stdout and "extra.py: not part" in changed.stdout
    finally:
        weights.write_bytes(whole)
        (pulled / "extra.py").unlink(missing_ok=True)


def test_a_proof_is_refused_whatever_is_changed_in_it(hub, tmp_path):
    kept = tmp_path / "kept"
    assert verify(BASE, "--hub", hub.url, "--save", kept).returncode == 0
    proof = Path(f"{kept}.tlog-proof")
    text = proof.read_text()
    head, checkpoint = text.split("\n\n", 1)
    lines = head.split("\n")
    changed = [
        text.replace(lines[1], lines[1][:-8] + "AAAAAAA="),
        text.replace(lines[2], "index 0"),
        text.replace(lines[3], "A" * 43 + "="),
        head + "\n\n" + checkpoint.replace("\n", "\n1", 1),
    ]
    for other in changed:
        assert other != text
        proof.write_text(other)
        assert verify("--proof", proof, "--policy", f"{kept}.policy").returncode in (1, 2), other
    stranger = tmp_path / "stranger"
    stranger.write_text("log example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx\nquorum none\n")
    proof.write_text(text)
    refused = verify("--proof", proof, "--policy", stranger)
    assert refused.returncode == 1 and "not known" in refused.stderr
    assert verify("acorn-lab/none", "--hub", hub.url).returncode == 2


def test_the_log_grows_with_what_happens(hub, tmp_path):
    kept = tmp_path / "state.json"
    assert monitor(hub.url, "--state", str(kept)).returncode == 0
    token = hub.member("logger")
    call(hub.url, token, "POST", "/api/repos/create", {"name": "told", "type": "model"})
    header = {"key": "header", "value": {"summary": "Add a file"}}
    file = {"key": "file", "value": {"path": "a.txt", "content": "aGVsbG8=", "encoding": "base64"}}
    body = "\n".join(json.dumps(line) for line in (header, file))
    call(hub.url, token, "POST", "/api/models/logger/told/commit/main", body, "application/x-ndjson")
    settle(hub.url)
    events = json.loads(ask(f"{hub.url}/api/commons/v1/models/logger/told/log"))["entries"]
    # It is graded as soon as it is there, maybe before it has a file.
    kinds = [one["event"]["type"] for one in reversed(events) if one["event"]["type"] != "openness"]
    assert kinds[:3] == ["repo.publish", "revision", "revision"], kinds
    assert events[0]["event"]["actor"]["id"] != "logger"
    assert monitor(hub.url, "--state", str(kept)).returncode == 0
    call(hub.url, token, "DELETE", "/api/repos/delete", {"name": "told", "type": "model"})
    settle(hub.url)
    after = monitor(hub.url, "--state", str(kept))
    assert after.returncode == 0, after.stdout + after.stderr


@contextlib.contextmanager
def served(folder: Path, port: int, *words: object):
    """A hub over the stores of a folder, which stay."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "SEEDCORN_"))}
    command = [BINARY, "serve", "--data", folder, "--listen", f"127.0.0.1:{port}", *words]
    with (folder.parent / f"{folder.name}.log").open("ab") as log:
        child = subprocess.Popen([str(word) for word in command], env=environment, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                state(url)
                break
            time.sleep(0.1)
        yield url
    finally:
        child.terminate()
        assert child.wait(60) == 0


def ports() -> list[int]:
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    numbers = [one.getsockname()[1] for one in taken]
    for one in taken:
        one.close()
    return numbers


def test_one_hub_sees_the_log_of_another_and_refuses_another_past(tmp_path):
    log_port, witness_port = ports()
    with served(tmp_path / "log", log_port, "--demo") as url:
        told = settle(url)
    watched = tmp_path / "watched"
    watched.write_text(f"log {told['key']} {url}/log/1\nquorum none\n")
    with served(tmp_path / "witness", witness_port, "--watched-logs", watched) as witness:
        key = state(witness)["witness_key"]
        policy = tmp_path / "policy"
        policy.write_text(f"witness w {key} {witness}/witness\nquorum w\n")
        shutil.copytree(tmp_path / "log", tmp_path / "backup")
        with served(tmp_path / "log", log_port, "--log-policy", policy) as url:
            seen = await_witness(url)
            assert seen["size"] == told["size"]
            trusted = tmp_path / "trusted"
            trusted.write_text(f"log {told['key']}\nwitness w {key}\nquorum w\n")
            done = verify(BASE, "--hub", url, "--policy", trusted)
            assert done.returncode == 0 and "seen by 1 of 1 witnesses" in done.stdout, done.stdout + done.stderr
            page = ask(f"{url}/log").decode()
            assert "Witnessed 1 of 1" in page
            add_repo(url, tmp_path / "log", "first")
            grown = await_witness(url, told["size"])
        # The backup, with another thing done: the witness saw more, and another past.
        with served(tmp_path / "backup", log_port, "--log-policy", policy) as url:
            for n in range(4):
                add_repo(url, tmp_path / "backup", f"other{n}")
            for _ in range(60):
                if "status 422" in (tmp_path / "backup.log").read_text():
                    break
                time.sleep(0.5)
            assert state(url)["size"] <= told["size"], "another past is never shown"
        said = (tmp_path / "backup.log").read_text()
        assert "does not say that it saw the log" in said, said[-2000:]
        assert "status 422" in said, said[-2000:]
        origin = hashlib.sha256(told["origin"].encode()).hexdigest()
        assert ask(f"{witness}/witness/{origin}/checkpoint").decode().splitlines()[1] == str(grown["size"])


def tool(name: str, *words: object) -> subprocess.CompletedProcess:
    """A program of the environment that the tests run in."""
    command = [Path(sys.executable).parent / name, *words]
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=120)


def test_another_verifier_reads_it(hub, tmp_path):
    now = settle(hub.url)
    known = ["--log-key", now["key"], "--origin", now["origin"], "--tiles", now["url"]]
    saved = tmp_path / "checkpoint"
    done = tool("aics-tlog", "verify-checkpoint", *known, "--save-checkpoint", saved)
    assert done.returncode == 0, done.stdout + done.stderr
    for index in [0, now["size"] // 2, now["size"] - 1]:
        done = tool("aics-tlog", "verify-inclusion", *known, "--index", index)
        assert done.returncode == 0, done.stdout + done.stderr
    token = hub.admin("token", "create", "demo-keeper", "--role", "write")
    call(hub.url, token, "POST", "/api/repos/create", {"name": "grown-for-another", "type": "model"})
    settle(hub.url)
    done = tool("aics-tlog", "verify-consistency", *known, "--old-checkpoint", saved)
    assert done.returncode == 0, done.stdout + done.stderr


@contextlib.contextmanager
def child(log: Path, *words: object):
    """A program that runs meanwhile, with what it says in a file."""
    with log.open("ab") as said:
        running = subprocess.Popen([str(word) for word in words], stdout=said, stderr=said)
    try:
        yield
    finally:
        running.terminate()
        running.wait(30)


@contextlib.contextmanager
def python_witness(folder: Path, port: int, logs: dict[str, str]):
    """A witness that is a program of others, in Python; `logs` are keys by origins. Gives its key."""
    config = folder / "witness.json"
    words = ["init", "--config", config, "--name", "other.example/w", "--listen", f"127.0.0.1:{port}"]
    done = tool("aics-witness", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    for origin, key in logs.items():
        done = tool("aics-witness", "add-log", "--config", config, "--origin", origin, "--vkey", key)
        assert done.returncode == 0, done.stdout + done.stderr
    told = tool("aics-witness", "status", "--config", config, "--json")
    [key] = set(re.findall(r"other\.example/w\+[^\s\",]+", told.stdout))
    with child(folder / "log", Path(sys.executable).parent / "aics-witness", "serve", "--config", config):
        yield key


@contextlib.contextmanager
def rust_witness(folder: Path, port: int, logs: dict[str, str]):
    """Another, in Rust."""
    program, state = os.environ["SEEDCORN_TEST_WITNESS"], folder / "state"

    def run(*words: object) -> str:
        words = [str(word) for word in (program, "witness", *words)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    made = run("init", state, "--name", "other.example/r", "--org", "others")
    [key] = set(re.findall(r"other\.example/r\+[^\s\",]+", made))
    for origin, log in logs.items():
        run("add-log", state, origin, log)
    with child(folder / "log", program, "witness", "serve", state, "--listen", f"127.0.0.1:{port}"):
        yield key


@pytest.mark.parametrize("other_witness", [python_witness, rust_witness])
def test_another_witness_sees_it_and_refuses_another_past(other_witness, tmp_path):
    log_port, witness_port = ports()
    with served(tmp_path / "log", log_port, "--demo") as url:
        told = settle(url)
    shutil.copytree(tmp_path / "log", tmp_path / "backup")
    folder = tmp_path / "witness"
    folder.mkdir()
    with other_witness(folder, witness_port, {told["origin"]: told["key"]}) as key:
        policy = tmp_path / "policy"
        policy.write_text(f"witness w {key} http://127.0.0.1:{witness_port}\nquorum w\n")
        with served(tmp_path / "log", log_port, "--log-policy", policy) as url:
            seen = await_witness(url)
            assert seen["size"] == told["size"]
            known = ["--log-key", told["key"], "--witness-key", key, "--quorum", 1, "--tiles", f"{url}/log/1"]
            done = tool("aics-tlog", "verify-checkpoint", *known)
            assert done.returncode == 0, done.stdout + done.stderr
            add_repo(url, tmp_path / "log", "first")
            await_witness(url, told["size"])
        with served(tmp_path / "backup", log_port, "--log-policy", policy) as url:
            for n in range(3):
                add_repo(url, tmp_path / "backup", f"other{n}")
            for _ in range(60):
                if "status 422" in (tmp_path / "backup.log").read_text():
                    break
                time.sleep(0.5)
            assert state(url)["size"] <= told["size"], "another past is never shown"
        assert "status 422" in (tmp_path / "backup.log").read_text()


def test_one_hub_keeps_the_log_of_another(hub, go, tmp_path):
    told = settle(hub.url)
    mirrored = tmp_path / "mirrored"
    mirrored.write_text(f"log {told['key']} {told['url']}\nquorum none\n")
    with served(tmp_path / "mirror", ports()[0], "--mirrored-logs", mirrored) as url:
        for _ in range(60):
            kept = state(url)["mirrors"]
            if kept and kept[0]["size"] >= told["size"]:
                break
            time.sleep(0.5)
        [kept] = kept
        assert kept["origin"] == told["origin"]
        done = subprocess.run([go, kept["url"], told["key"]], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        assert int(done.stdout.split()[0]) >= told["size"]
        assert told["origin"] in ask(f"{url}/log").decode()
        for path in ["tile/0/009", "tile/../checkpoint", "tile/0/000.p/999"]:
            with pytest.raises(urllib.error.HTTPError):
                ask(f"{kept['url']}/{path}")


def await_witness(url: str, more_than: int = 0) -> dict:
    for _ in range(60):
        now = state(url)
        if now["witnesses"] and now["size"] > more_than and now["waiting"] == 0:
            return now
        time.sleep(0.5)
    raise AssertionError(f"no witness saw it: {now}")


def add_repo(url: str, folder: Path, name: str) -> None:
    words = [BINARY, "admin", "--data", folder, "token", "create", "demo-keeper", "--role", "write"]
    token = subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    call(url, token, "POST", "/api/repos/create", {"name": name, "type": "model"})


def call(url: str, token: str, method: str, path: str, body: object, media: str = "application/json") -> None:
    data = body if isinstance(body, str) else json.dumps(body)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": media}
    request = urllib.request.Request(url + path, data.encode(), headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 200
