"""The tool `model_signing` signs what the hub verifies, and verifies what the hub serves and what `seedcorn sign` signed.

The binary comes by SEEDCORN_TEST_BINARY, `openssl` by PATH.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "clients"))

import hubserver  # noqa: E402
from huggingface_hub import HfApi, snapshot_download  # noqa: E402

BINARY = os.environ["SEEDCORN_TEST_BINARY"]
TOOL = Path(sys.executable).parent / "model_signing"
CURVES = {"P-256": "prime256v1", "P-384": "secp384r1", "P-521": "secp521r1"}


def run(*words: object, good: bool | None = True) -> subprocess.CompletedProcess:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "SEEDCORN_"))}
    done = subprocess.run([*map(str, words)], env=environment, capture_output=True, text=True, timeout=120)
    if good is not None:
        assert (done.returncode == 0) is good, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done


def pair(folder: Path, curve: str, name: str = "key") -> tuple[Path, Path]:
    secret, public = folder / f"{name}.pem", folder / f"{name}.pub"
    run("openssl", "ecparam", "-name", CURVES[curve], "-genkey", "-noout", "-out", secret)
    run("openssl", "ec", "-in", secret, "-pubout", "-out", public)
    return secret, public


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Files whose order tells those who sort by text from those who sort folder by folder."""
    folder = tmp_path / "model"
    for path, text in [("config.json", "{}"), ("s/t/x", "1"), ("s/t!a", "2"), ("s.txt", "3"), ("ü/w.bin", "4" * 5000)]:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def sign(model: Path, secret: Path) -> None:
    run(TOOL, "sign", "key", model, "--private_key", secret, "--signature", model / "model.sig")


def ours(model: Path, *words: object) -> dict:
    done = run(BINARY, "sign", "check", model, "--format", "json", *words, good=None)
    assert done.returncode in (0, 1), done.stderr
    found = json.loads(done.stdout)
    assert (done.returncode == 0) is (found["verdict"] == "verified")
    return found


@pytest.mark.parametrize("curve", CURVES)
def test_each_signs_what_the_other_verifies(tmp_path, model, curve):
    secret, public = pair(tmp_path, curve)
    theirs = [TOOL, "verify", "key", model, "--public_key", public, "--signature", model / "model.sig"]
    sign(model, secret)
    assert (ours(model, "--key", public)["verdict"], ours(model)["verdict"]) == ("verified", "untrusted-signer")
    run(*theirs)
    (model / "model.sig").unlink()
    run(BINARY, "sign", "folder", model, "--key", secret)
    run(*theirs)
    assert ours(model, "--key", public)["covered"] == 5
    (model / "s.txt").write_text("other")
    run(*theirs, good=False)
    assert ours(model, "--key", public)["changed"] == ["s.txt"]


def test_a_key_of_ours(tmp_path, model):
    public = tmp_path / "own.pub"
    public.write_text(run(BINARY, "sign", "new-key", tmp_path / "own.pem").stdout)
    sign(model, tmp_path / "own.pem")
    assert ours(model, "--key", public)["verdict"] == "verified"
    run(TOOL, "verify", "key", model, "--public_key", public, "--signature", model / "model.sig")


def certificates(folder: Path) -> tuple[Path, Path, Path]:
    """A root, and a signer's certificate that it issued, with its key."""
    root_key, _ = pair(folder, "P-384", "root")
    secret, _ = pair(folder, "P-256", "signer")
    root, own, asked = folder / "root.crt", folder / "signer.crt", folder / "signer.csr"
    run("openssl", "req", "-x509", "-new", "-key", root_key, "-days", "30", "-subj", "/CN=Root", "-out", root)
    run("openssl", "req", "-new", "-key", secret, "-subj", "/CN=Signer", "-out", asked)
    usage = folder / "usage.cnf"
    usage.write_text("keyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\n")
    run("openssl", "x509", "-req", "-in", asked, "-CA", root, "-CAkey", root_key, "-CAcreateserial",
        "-days", "30", "-extfile", usage, "-out", own)  # fmt: skip
    return root, own, secret


def test_certificates(tmp_path, model):
    root, own, secret = certificates(tmp_path)
    run(TOOL, "sign", "certificate", model, "--private_key", secret, "--signing_certificate", own,
        "--certificate_chain", root, "--signature", model / "model.sig")  # fmt: skip
    for known in [root, own]:
        assert ours(model, "--certificate", known)["verdict"] == "verified", known
    assert ours(model)["verdict"] == "untrusted-signer"
    other = tmp_path / "other"
    other.mkdir()
    assert ours(model, "--certificate", certificates(other)[0])["verdict"] == "untrusted-signer"


def changes(all: dict) -> list[tuple[str, object]]:
    """A bundle with each of its fields changed, one at a time."""
    found = []

    def walk(value: object, path: str) -> None:
        if isinstance(value, dict):
            for key in value:
                kept = value[key]
                walk(kept, f"{path}.{key}")
                value[key] = f"{kept}x" if isinstance(kept, str) else {"x": 1}
                found.append((f"{path}.{key}", json.loads(json.dumps(all))))
                value[key] = kept
        elif isinstance(value, list):
            for n, one in enumerate(value):
                walk(one, f"{path}.{n}")
                value.pop(n)
                found.append((f"{path} without {n}", json.loads(json.dumps(all))))
                value.insert(n, one)

    walk(all, "")
    return found


def test_no_field_can_be_changed(tmp_path, model):
    secret, public = pair(tmp_path, "P-256")
    sign(model, secret)
    path = model / "model.sig"
    bundle = json.loads(path.read_text())
    # The hint is a help to find the key by, an empty list of entries of a log and an empty id say nothing.
    says_nothing = {
        ".verificationMaterial.publicKey",
        ".verificationMaterial.publicKey.hint",
        ".dsseEnvelope.signatures.0.keyid",
    }
    tried = 0
    for what, changed in changes(bundle):
        if what in says_nothing:
            continue
        path.write_text(json.dumps(changed))
        if what == ".verificationMaterial.tlogEntries":
            continue
        assert ours(model, "--key", public)["verdict"] == "malformed", what
        tried += 1
    payload = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    for what, changed in changes(payload):
        envelope = {**bundle["dsseEnvelope"], "payload": base64.b64encode(json.dumps(changed).encode()).decode()}
        path.write_text(json.dumps({**bundle, "dsseEnvelope": envelope}))
        assert ours(model, "--key", public)["verdict"] in ("malformed", "unsupported"), what
        tried += 1
    assert tried > 40


@pytest.fixture(scope="session")
def hub(tmp_path_factory):
    with hubserver.running("sqlite-disk", tmp_path_factory.mktemp("hub") / "hub") as running:
        yield running


def api(hub, path: str, token: str | None = None, body: dict | None = None) -> dict:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(f"{hub.url}/api/commons/v1/{path}", data, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


def verdict(hub, work: str, wanted: str) -> dict:
    """Waits until the hub says so of the signature of a work."""
    last = None
    for _ in range(120):
        try:
            last = api(hub, f"models/{work}/signatures")
        except urllib.error.HTTPError as error:
            assert error.code == 404
        if last and last["signatures"] and last["signatures"][0]["verdict"] == wanted:
            return last
        time.sleep(0.25)
    raise AssertionError(f"{work}: {last}")


def test_the_hub_verifies_what_the_tool_signed_and_the_tool_what_the_hub_serves(hub, tmp_path, model):
    token = hub.member("ada")
    secret, public = pair(tmp_path, "P-256")
    # Large enough to lie in the store of chunks.
    (model / "model.safetensors").write_bytes(os.urandom(3_000_000))
    sign(model, secret)
    client = HfApi(endpoint=hub.url, token=token)
    client.create_repo("ada/signed")
    client.upload_folder(repo_id="ada/signed", folder_path=model)
    assert verdict(hub, "ada/signed", "untrusted-signer")["verified"] is False
    new = {"kind": "key", "label": "release key", "value": public.read_text()}
    api(hub, "owners/ada/signers", token, new)
    told = verdict(hub, "ada/signed", "verified")
    assert told["verified"] is True and told["signatures"][0]["covered"] == 6

    pulled = Path(snapshot_download("ada/signed", endpoint=hub.url, local_dir=tmp_path / "pulled"))
    shutil.rmtree(pulled / ".cache")
    run(TOOL, "verify", "key", pulled, "--public_key", public, "--signature", pulled / "model.sig")
    weights = pulled / "model.safetensors"
    bytes_ = bytearray(weights.read_bytes())
    bytes_[1000] ^= 1
    weights.write_bytes(bytes_)
    run(TOOL, "verify", "key", pulled, "--public_key", public, "--signature", pulled / "model.sig", good=False)

    # The root that the log has of the revision is the one that the tool signed.
    entry = next(e for e in api(hub, "models/ada/signed/log")["entries"] if e["event"]["type"] == "revision"
                 and e["event"]["data"]["files"] == 8)  # fmt: skip
    bundle = json.loads((model / "model.sig").read_text())
    payload = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    assert entry["event"]["data"]["oms_root"] == payload["subject"][0]["digest"]["sha256"]

    client.upload_file(path_or_fileobj=bytes(bytes_), path_in_repo="model.safetensors", repo_id="ada/signed")
    assert verdict(hub, "ada/signed", "wrong-content")["signatures"][0]["changed"] == ["model.safetensors"]
