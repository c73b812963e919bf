"""Two collections of files that were made to pass scanners: none that does something may be called clean, and what holds data alone
is not to be called anything else. The binary comes by SEEDCORN_TEST_BINARY."""

import json
import os
import pickletools
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

BINARY = os.environ["SEEDCORN_TEST_BINARY"]
CLEAN = "nothing-found"
# Its authors' stand-in for a class that was changed before: all that is in it is a call of `OrderedDict`, which does nothing.
STAND_IN = "shadowpickle-allowlist-overwrite"
# What brings something in, or calls it, by Python's own names of opcodes.
DOES = {"GLOBAL", "STACK_GLOBAL", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "REDUCE", "EXT1", "EXT2", "EXT4", "PERSID", "BINPERSID"}


def scan(path: Path) -> dict[str, dict]:
    """What is found in each file of a folder, by its path."""
    done = subprocess.run([BINARY, "scan", path, "--format", "json"], capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    told = json.loads(done.stdout)
    files = {one["path"]: one for one in told["files"]}
    assert all(bool(one["reasons"]) == (one["verdict"] != CLEAN) for one in files.values())
    return files


@pytest.fixture(scope="module")
def evasions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """The corpus that `aisbom` makes of what was published on passing scanners."""
    folder = tmp_path_factory.mktemp("evasions")
    command = [Path(sys.executable).parent / "aisbom", "bypass-scorecard", "--json", "--output-dir", folder]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = scan(folder)
    assert len({path.split("/")[0] for path in found}) >= 13
    return found


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The samples in the source package of `modelaudit`."""
    folder = tmp_path_factory.mktemp("assets")
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary=:all:", "modelaudit==0.2.54"]
    subprocess.run([*command, "-d", folder], check=True)
    (package,) = folder.glob("*.tar.gz")
    with tarfile.open(package) as archive:
        archive.extractall(folder, filter="data")
    (root,) = folder.glob("modelaudit-*/tests/assets")
    return root


@pytest.fixture(scope="module")
def assets(root: Path) -> dict[str, dict]:
    return scan(root)


def does_nothing(path: Path) -> bool:
    """Whether a pickle brings nothing in, as Python reads it: it may keep texts and bytes that are pickles, which nothing loads with it."""
    return not DOES & {op.name for op, _, _ in pickletools.genops(path.read_bytes())}


def test_what_was_published_on_passing_scanners_does_not_pass(evasions: dict[str, dict]) -> None:
    for path, one in evasions.items():
        case = path.split("/")[0]
        if case in ("benign-allowlisted-globals", STAND_IN):
            assert one["verdict"] == CLEAN, one
        elif case == "nullifai-7z-container":
            assert one["verdict"] == "unscannable", one
        else:
            assert one["verdict"] == "dangerous", one


def test_samples_that_do_something_are_not_called_clean(root: Path, assets: dict[str, dict]) -> None:
    hostile = {
        path: one
        for path, one in assets.items()
        if path.startswith(("exploits/", "pickles/", "samples/"))
        and path.endswith((".pkl", ".pt", ".zip", ".h5", ".pb"))
        and "safe" not in path
    }
    assert len(hostile) >= 28
    passed = [path for path, one in hostile.items() if one["verdict"] == CLEAN]
    assert [path for path in passed if not (path.endswith(".pkl") and does_nothing(root / path))] == []
    assert len(passed) < len(hostile) / 3


def test_samples_that_hold_data_are_called_nothing_else(assets: dict[str, dict]) -> None:
    safe = {
        path: one
        for path, one in assets.items()
        if Path(path).name.startswith("safe_") and not path.endswith((".h5", ".pb"))
    }
    assert len(safe) >= 9
    alarms = {path: one["reasons"] for path, one in safe.items() if one["verdict"] != CLEAN}
    assert alarms == {}


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """The chat templates of known models, as a library for training has them in its package."""
    folder = tmp_path_factory.mktemp("templates")
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", "trl==1.16.0", "-d", folder]
    subprocess.run(command, check=True)
    (package,) = folder.glob("*.whl")
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder / "all", [name for name in archive.namelist() if name.endswith(".jinja")])
    return scan(folder / "all")


def test_chat_templates_of_known_models_are_called_nothing_else(templates: dict[str, dict]) -> None:
    assert len(templates) >= 60
    alarms = {path: one["reasons"] for path, one in templates.items() if one["verdict"] != CLEAN}
    assert alarms == {}
