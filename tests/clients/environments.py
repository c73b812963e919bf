"""The Python environments that the client tests run in: made when first wanted, kept while their list stays the same."""

import concurrent.futures
import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

PYTEST = ["pytest==9.*", "pytest-timeout==2.*"]

# What the modules of the client's own test-suite import, beyond the client itself.
SUITE = ["pytest-mock", "jedi", "Jinja2"]


@dataclass(frozen=True)
class Environment:
    """What to install, and what to take out again although the client asks for it."""

    install: list[str]
    remove: list[str] = field(default_factory=list)
    # Pure Python that asks for a later one than it needs; without what it depends on.
    later: list[str] = field(default_factory=list)

    def key(self) -> str:
        """The same key, the same contents: the interpreter counts as well as the list."""
        text = "\n".join([sys.version, sys.executable, *self.install, "--", *self.remove, "--", *self.later])
        return hashlib.sha256(text.encode()).hexdigest()


ENVIRONMENTS = {
    "hub-0.36": Environment(["huggingface_hub==0.36.2", *PYTEST]),
    "hub-1.19": Environment(["huggingface_hub==1.19.*", *PYTEST]),
    "hub-1.20": Environment(["huggingface_hub==1.20.*", *PYTEST]),
    "hub-2.4": Environment(["huggingface_hub==2.4.0", *PYTEST, *SUITE]),
    "hub-2.4-plain": Environment(["huggingface_hub==2.4.0", *PYTEST, *SUITE], remove=["hf_xet"]),
    "browser": Environment(["playwright==1.*", "axe-playwright-python==0.1.*", *PYTEST]),
    "api": Environment(["schemathesis==4.*"]),
    "books": Environment(["beancount==3.*", "sepaxml==2.7.*", *PYTEST]),
    "log": Environment(["cryptography==50.*", *PYTEST], later=["aics-tlog==0.2.1", "aics-witness==0.1.0"]),
    "scan": Environment(["aisbom-cli==1.7.0", "py7zr==1.*", *PYTEST]),
    "signing": Environment(["model-signing==1.1.1", "pyOpenSSL", "huggingface_hub==2.4.0", *PYTEST]),
    "git": Environment(["huggingface_hub==2.4.0", "datasets==5.2.0", "pydantic==2.*", *PYTEST]),
    "libraries": Environment(["datasets==5.2.0", "transformers==5.23.0", "Jinja2", *PYTEST]),
}


def python(root: Path, name: str) -> Path:
    """The interpreter of environment `name` under `root`."""
    return root / f"venv-{name}" / "bin" / "python"


def _run(command: list[str]) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: status {done.returncode}\n{done.stdout[-4000:]}")


def _make(root: Path, name: str) -> str:
    wanted = ENVIRONMENTS[name]
    folder = root / f"venv-{name}"
    stamp = folder / "seedcorn-stamp"
    if stamp.is_file() and stamp.read_text() == wanted.key():
        return f"{name}: kept"
    shutil.rmtree(folder, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(folder)])
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "-q"]
    _run([*pip, "install", *wanted.install])
    if wanted.later:
        wheels = folder / "later"
        asked = ["--python-version", "3.13", "--only-binary=:all:", "--no-deps", "-d", str(wheels)]
        _run([*pip, "download", *asked, *wanted.later])
        files = sorted(str(wheel) for wheel in wheels.iterdir())
        _run([*pip, "install", "--no-deps", "--ignore-requires-python", *files])
    if wanted.remove:
        _run([*pip, "uninstall", "-y", *wanted.remove])
    stamp.write_text(wanted.key())
    return f"{name}: made"


def make(root: Path, names: list[str]) -> None:
    """Makes every environment of `names` that is missing or out of date; raises with pip's words when one fails."""
    root.mkdir(parents=True, exist_ok=True)
    # Two at once: pip waits for the network half of the time and for the disk the other half.
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for line in pool.map(lambda name: _make(root, name), names):
            print(f"  environment {line}", flush=True)
