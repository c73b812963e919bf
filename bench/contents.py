"""Files to measure with: from seeds, always the same, and nothing in them that compresses."""

import json
import random
from pathlib import Path

MIB = 1024 * 1024
_BLOCK = 8 * MIB


def noise(size: int, *seed: object) -> bytes:
    """Bytes that do not compress, the same for the same seed."""
    return random.Random("/".join(map(str, seed))).randbytes(size)


def write_noise(path: Path, size: int, seed: object) -> None:
    """A file of noise, made a block at a time."""
    with path.open("wb") as out:
        for start in range(0, size, _BLOCK):
            out.write(noise(min(_BLOCK, size - start), seed, start))


def change_middle(path: Path, size: int, seed: object) -> None:
    """Overwrites `size` bytes in the middle of a file with other noise."""
    with path.open("r+b") as out:
        out.seek((path.stat().st_size - size) // 2)
        out.write(noise(size, seed, "middle"))


def write_checkpoint(path: Path, size: int, changed: set[int], extra: dict[str, str], tensors: int = 200) -> int:
    """A safetensors file of about `size` bytes: a header in JSON, then bf16 tensors, of which `changed` are others.

    `extra` goes into the header's metadata, so that every tensor moves. Returns the file's length. The tensors are
    random bits, which no codec makes smaller: real weights take less.
    """
    width = 2048
    rows = size // tensors // (2 * width)
    length = rows * width * 2
    header: dict[str, object] = {"__metadata__": {"format": "pt"} | extra}
    for n in range(tensors):
        offsets = [n * length, (n + 1) * length]
        header[f"model.layers.{n}.weight"] = {"dtype": "BF16", "shape": [rows, width], "data_offsets": offsets}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as out:
        out.write(len(text).to_bytes(8, "little") + text)
        for n in range(tensors):
            out.write(noise(length, "tensor", n, n in changed))
    return path.stat().st_size


def write_many(folder: Path, count: int, size: int) -> None:
    """`count` files of `size` bytes, a hundred to a folder."""
    for n in range(count):
        path = folder / f"part-{n // 100:03}" / f"{n % 100:03}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(noise(size, "many", n))
