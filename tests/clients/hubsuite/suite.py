"""Unpacks the client's own tests from its source distribution and says how to run them against a hub."""

import fcntl
import shutil
import subprocess
from pathlib import Path

VERSION = "2.4.0"
HERE = Path(__file__).resolve().parent


def source(cache: Path, python: Path) -> Path:
    """The unpacked source distribution, fetched once into `cache`."""
    tree = cache / f"huggingface_hub-{VERSION}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (tree / "tests").is_dir():
            archive = cache / f"huggingface_hub-{VERSION}.tar.gz"
            if not archive.is_file():
                wanted = ["--no-deps", "--no-binary", "huggingface_hub", f"huggingface_hub=={VERSION}"]
                subprocess.run([str(python), "-m", "pip", "download", "-q", "-d", str(cache), *wanted], check=True)
            # Not `tarfile`: its safe mode came with 3.11.4 only.
            subprocess.run(["tar", "-xzf", str(archive), "-C", str(cache)], check=True)
    return tree


def prepare(tree: Path, work: Path) -> Path:
    """A scratch copy of the tests, with the parts that a source distribution lacks. No test file is changed."""
    suite = work / "suite"
    shutil.rmtree(suite, ignore_errors=True)
    shutil.copytree(tree / "tests", suite / "tests")
    (suite / "tests" / "__init__.py").touch()
    shutil.copy(HERE / "suite_conftest.py", suite / "tests" / "conftest.py")
    shutil.copytree(HERE / "cards", suite / "tests" / "fixtures" / "cards")
    shutil.copy(HERE / "pytest.ini", suite / "pytest.ini")
    return suite


def files() -> list[str]:
    """The test files that hold a test of the baseline; the others are not even imported."""
    names = (HERE / "baseline.txt").read_text().split()
    return sorted({"tests/" + name.split("::", 1)[0] for name in names})


def arguments(suite: Path) -> list[str]:
    """What pytest is given, from within the folder `suite`."""
    return ["-p", "hubsuite.plugin", "-c", str(suite / "pytest.ini"), "--rootdir", str(suite), *files()]


def environment(endpoint: str, xet: bool, work: Path) -> dict[str, str]:
    """What the plugin reads, on top of the session's environment."""
    return {
        "HUBSUITE_ENDPOINT": endpoint,
        "HUBSUITE_XET": "1" if xet else "0",
        "HUBSUITE_REQUEST_LOG": str(work / "requests.jsonl"),
        "PYTHONPATH": str(HERE.parent),
    }
