"""What every measurement is given: the binary, a folder, sizes, where figures go, and clients to send out."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import environments
from environments import Environment
from figures import Figures
from raw import Raw

HERE = Path(__file__).resolve().parent
CLIENT = "bench"
# The last release that has `upload_large_folder` and sends by Xet alone.
CLIENT_LARGE_FOLDER = "bench-1.20"
environments.ENVIRONMENTS[CLIENT] = Environment(["huggingface_hub==2.4.0", "hf_xet==1.8.0", "blake3==1.0.8"])
environments.ENVIRONMENTS[CLIENT_LARGE_FOLDER] = Environment(["huggingface_hub==1.20.1", "hf_xet==1.8.0"])

_CLIENT_SECONDS = 3600


@dataclass
class Done:
    """What a client's deed took, and what it returned."""

    seconds: float
    cpu_seconds: float
    answer: str | None


@dataclass
class Setting:
    """The run."""

    binary: Path
    work: Path
    size: int
    quick: bool
    figures: Figures
    raw: Raw | None = None

    def python(self, environment: str = CLIENT) -> Path:
        """The interpreter of an environment."""
        return environments.python(self.work, environment)

    def fresh(self, name: str) -> Path:
        """An empty folder of that name."""
        folder = self.work / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def client(
        self,
        url: str,
        token: str,
        deed: str,
        *,
        xet: bool = True,
        home: str = "home",
        environment: str = CLIENT,
        **arguments: object,
    ) -> Done:
        """Sends out a client. `home` names what it remembers between deeds: its caches, and what it has sent before."""
        others = ("HF_", "HUGGING", "AWS_", "XDG_", "http_", "https_", "all_", "HTTP_", "HTTPS_", "ALL_")
        variables = {name: value for name, value in os.environ.items() if not name.startswith(others)}
        variables |= {
            "HF_ENDPOINT": url,
            "HF_TOKEN": token,
            "HF_HOME": str(self.work / "homes" / home),
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_UPDATE_CHECK": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            # What is pulled comes from the hub, not from a cache beside the client.
            "HF_XET_CHUNK_CACHE_SIZE_BYTES": "0",
            "NO_PROXY": "127.0.0.1,localhost",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        if not xet:
            variables["HF_HUB_DISABLE_XET"] = "1"
        command = [str(self.python(environment)), str(HERE / "client.py"), deed, json.dumps(arguments)]
        done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=_CLIENT_SECONDS)
        if done.returncode != 0:
            raise RuntimeError(f"{deed} {arguments}: status {done.returncode}\n{done.stdout}{done.stderr}"[-6000:])
        return Done(**json.loads(done.stdout.splitlines()[-1]))

    def forget(self, *homes: str) -> None:
        """Takes from clients what they remember."""
        for home in homes:
            shutil.rmtree(self.work / "homes" / home, ignore_errors=True)
