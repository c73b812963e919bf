"""How long grading takes: a model of 70 GB in one folder, by its headers, and a thousand small releases at once."""

import json
import statistics
import struct
import subprocess
import time
from pathlib import Path

from setting import Setting

TABLE = "Grading"
LARGE_SECONDS_MAX = 2.0
SMALL_SECONDS_MAX = 30.0
SHARDS = 30
TENSORS = 24
LARGE_BYTES = 70 * 1000**3
SMALL = 1000

CARD = """---
license: apache-2.0
library_name: transformers
---
# {name}
## Intended use
{words}
## Limitations
{words}
## Training data
{words} {words} from https://example.org
## Evaluation
| model | accuracy |
| --- | --- |
| {name} | 0.5 |
"""
TRAIN = "import torch\n\nfor batch in data:\n    loss = model(batch)\n    loss.backward()\n    optimizer.step()\n"


def _texts(folder: Path, license_text: str) -> None:
    words = "corn " * 30
    folder.mkdir(parents=True)
    (folder / "README.md").write_text(CARD.format(name=folder.name, words=words))
    (folder / "LICENSE").write_text(license_text)
    (folder / "config.json").write_text('{"model_type": "llama"}')
    (folder / "train").mkdir()
    (folder / "train" / "train.py").write_text(TRAIN)


def _shard(path: Path, bytes_of_data: int, seed: int) -> None:
    """A safetensors file whose data are a hole: only the header takes room."""
    each = bytes_of_data // TENSORS // 2 * 2
    header = {
        f"layers.{seed}.{n}": {"dtype": "BF16", "shape": [each // 2], "data_offsets": [n * each, (n + 1) * each]}
        for n in range(TENSORS)
    }
    text = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + TENSORS * each)


def _grade(binary: Path, folder: Path) -> float:
    begin = time.perf_counter()
    done = subprocess.run(
        [binary, "grade", folder, "--format", "json"], check=True, capture_output=True, cwd=folder.parent
    )
    seconds = time.perf_counter() - begin
    told = json.loads(done.stdout)
    weights = next(part for part in told["parts"] if part["component"] == "Model parameters (Final)")
    if weights["status"] != "included":
        raise RuntimeError(f"the weights of {folder.name} were not seen: {weights}")
    return seconds


def measure(setting: Setting) -> None:
    """Both."""
    root = setting.fresh("grading")
    license_text = (Path(__file__).resolve().parent.parent / "LICENSE").read_text()
    large = root / "large"
    _texts(large, license_text)
    for n in range(SHARDS):
        _shard(large / f"model-{n + 1:05}-of-{SHARDS:05}.safetensors", LARGE_BYTES // SHARDS, n)
    seconds = statistics.median(_grade(setting.binary, large) for _ in range(5))
    setting.figures.row(TABLE, what=f"a folder of 70 GB in {SHARDS} files", seconds=seconds)
    setting.figures.limit("grading 70 GB from headers", seconds, LARGE_SECONDS_MAX, "s")

    count = 100 if setting.quick else SMALL
    for n in range(count):
        folder = root / "small" / f"acorn{n}"
        _texts(folder, license_text)
        _shard(folder / "model.safetensors", 4096, n)
    begin = time.perf_counter()
    folders = [root / "small" / f"acorn{n}" for n in range(count)]
    done = subprocess.run([setting.binary, "grade", *folders, "--format", "json"], check=True, capture_output=True, cwd=root)
    seconds = time.perf_counter() - begin
    classes = [json.loads(line)["class"] for line in done.stdout.splitlines()]
    if len(classes) != count:
        raise RuntimeError(f"{len(classes)} of {count} were told")
    setting.figures.row(TABLE, what=f"{count} small releases, all at once", seconds=seconds)
    setting.figures.limit(f"grading {count} small releases", seconds, SMALL_SECONDS_MAX, "s")
