"""What every test of the matrix starts from: the hub of this session, a member's token, and an empty repo."""

import os
import random
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from huggingface_hub import HfApi, _commit_api, constants
from huggingface_hub.utils._runtime import is_xet_available

ENDPOINT = os.environ["HF_ENDPOINT"]
TOKEN = os.environ["SEEDCORN_TOKEN"]
WITH_XET = os.environ["SEEDCORN_XET"] == "1"

MIB = 1024 * 1024


def pytest_configure(config: pytest.Config) -> None:
    if constants.ENDPOINT != ENDPOINT:
        raise pytest.UsageError(f"the client talks to {constants.ENDPOINT}, not to {ENDPOINT}")
    if is_xet_available() != WITH_XET:
        raise pytest.UsageError(f"Xet should be {'on' if WITH_XET else 'off'} in this session")


@pytest.fixture(scope="session")
def token() -> str:
    return TOKEN


@pytest.fixture(scope="session")
def api() -> HfApi:
    """A client that acts for the member."""
    return HfApi(token=TOKEN)


@pytest.fixture(autouse=True)
def uploads_go_the_way_of_the_session(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """With Xet, nothing may go by LFS instead: until 1.19 the hub is asked, and one that declines goes unnoticed."""
    by_lfs = []
    upload = _commit_api._upload_lfs_files

    def noted(**arguments: object) -> object:
        by_lfs.append(sorted(arguments))
        return upload(**arguments)

    if WITH_XET:
        monkeypatch.setattr(_commit_api, "_upload_lfs_files", noted)
    yield
    assert not by_lfs, "some uploads went by LFS: the hub declined Xet"


@pytest.fixture
def repo(api: HfApi) -> Iterator[str]:
    """The full name of a new, public and empty model repo."""
    repo_id = api.create_repo(f"matrix-{uuid.uuid4().hex[:12]}").repo_id
    yield repo_id
    api.delete_repo(repo_id)


def noise(size: int, seed: object) -> bytes:
    """Bytes that do not compress, the same for the same seed."""
    return random.Random(str(seed)).randbytes(size)


@pytest.fixture
def tree(tmp_path: Path) -> dict[str, bytes]:
    """A folder `tmp_path/tree` with the kinds of file that matter, and the bytes of each."""
    files = {
        "config.json": b'{"layers": 2}\n',
        "notes.txt": "naïve café – ✓\r\nno end of line".encode(),
        "empty.txt": b"",
        "empty.bin": b"",
        "one.bin": b"\x00",
        "weights/model-00001.safetensors": noise(2 * MIB + 17, "weights"),
        "weights/same-again.safetensors": noise(2 * MIB + 17, "weights"),
        "weights/zeros.bin": bytes(MIB + 1),
        "deep/er/and/deeper/file with spaces + plus.txt": b"spaces\n",
        "deep/ünï/été #1?.txt": b"not ascii\n",
        "text-but-large.csv": b"a,b,c\n" * 200_000,
    }
    for name, data in files.items():
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return files


def contents(folder: Path) -> dict[str, bytes]:
    """Every file under `folder` by its name, without what the client and the hub add of their own."""
    names = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return {
        name: path.read_bytes()
        for name, path in names.items()
        if name != ".gitattributes" and not name.startswith((".cache/", ".huggingface/"))
    }


@pytest.fixture
def shell(tmp_path: Path) -> Callable[..., str]:
    """Runs a command of this client's environment with a home of its own; returns its standard output."""

    def run(program: str, *words: str | Path, **settings: str) -> str:
        environment = os.environ | {"HF_HOME": str(tmp_path / "shell-home"), "HF_TOKEN": TOKEN} | settings
        command = [str(Path(sys.executable).parent / program), *map(str, words)]
        done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=150)
        assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return run
