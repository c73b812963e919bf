"""How fast files are looked into: by `seedcorn scan`, and by another scanner in the same run."""

import io
import os
import pickle
import struct
import subprocess
import sys
import types
import zipfile
from pathlib import Path

import environments
from environments import Environment
from setting import Setting

TABLE = "Looking into files"
PEER = "bench-scan"
environments.ENVIRONMENTS[PEER] = Environment(["picklescan==1.0.5"])
WEIGHTS_MB_PER_S_MIN = 500
TORCH_ZIP_MS_MAX = 50.0
HOSTILE_MIB_MAX = 512.0
TENSORS = 300


def measure(setting: Setting) -> None:
    """Weights by every way in which they are kept, archives, text, and a pickle that is made to take much."""
    environments.make(setting.work, [PEER])
    root = setting.fresh("scan")
    size = setting.size // 4
    for name, make in FILES.items():
        path = root / name
        make(path, size)
        seconds, memory = _run([setting.binary, "scan", path])
        peer, _ = _run([setting.python(PEER).parent / "picklescan", "--path", path])
        speed = path.stat().st_size / seconds / 1e6
        cells = {"ms": seconds * 1000, "MB_per_s": speed, "peak_MiB": memory, "picklescan_ms": peer * 1000}
        setting.figures.row(TABLE, file=name, MB=path.stat().st_size / 1e6, **cells)
        if name.startswith("weights"):
            setting.figures.limit(f"seconds for 500 MB of {name}", 500 / speed, 500 / WEIGHTS_MB_PER_S_MIN, "s")
        if name.endswith(".pt"):
            setting.figures.limit(f"looking into {name}", seconds * 1000, TORCH_ZIP_MS_MAX, "ms")
        if name.startswith("hostile"):
            setting.figures.limit(f"memory for {name}", memory, HOSTILE_MIB_MAX, "MiB")
        path.unlink()


# A process begins with the most memory that whoever started it ever had, so a small one starts what is measured.
STARTER = """
import os, subprocess, sys, time
begin = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(os.waitstatus_to_exitcode(status), time.perf_counter() - begin, usage.ru_maxrss)
"""


def _run(command: list[str | Path]) -> tuple[float, float]:
    """The best of three: seconds with the start of the program, and the most memory in MiB."""
    best, most = float("inf"), 0.0
    for _ in range(3):
        told = subprocess.run([sys.executable, "-c", STARTER, *command], capture_output=True, text=True, check=True)
        status, seconds, kib = told.stdout.split()
        best = min(best, float(seconds))
        most = max(most, int(kib) / 1024)
        if int(status) not in (0, 1, 2):
            raise RuntimeError(f"{command} ended with {status}")
    return best, most


def _noise(file: io.BufferedIOBase, size: int) -> None:
    """Bytes like those of trained weights: nothing in them can be saved."""
    piece = os.urandom(1 << 20)
    for _ in range(max(1, size >> 20)):
        file.write(piece)


def _safetensors(path: Path, size: int) -> None:
    size = max(1, size >> 20) << 20
    header = b'{"w":{"dtype":"BF16","shape":[%d],"data_offsets":[0,%d]}}' % (size // 2, size)
    header += b" " * (-len(header) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        _noise(file, size)


def _raw(path: Path, size: int) -> None:
    with path.open("wb") as file:
        _noise(file, size)


def _text(path: Path, size: int) -> None:
    with path.open("wb") as file:
        for _ in range(max(1, size >> 20)):
            file.write(b"The seeds that are not eaten are sown. " * ((1 << 20) // 39))


class _Storages(pickle.Pickler):
    """Writes tensors as torch does: the bytes of each are kept apart and named."""

    def persistent_id(self, what: object) -> object:
        if isinstance(what, tuple) and what and what[0] == "storage":
            return what
        return None


def _state(root: str) -> bytes:
    """The pickle of a checkpoint with many tensors, without torch."""
    names = {"torch": ["FloatStorage"], "torch._utils": ["_rebuild_tensor_v2"]}
    for module, members in names.items():
        made = types.ModuleType(module)
        for member in members:
            setattr(made, member, type(member, (), {"__module__": module}))
        sys.modules[module] = made
    rebuild, storage = sys.modules["torch._utils"]._rebuild_tensor_v2, sys.modules["torch"].FloatStorage

    class Tensor:
        def __init__(self, key: int) -> None:
            self.key = key

        def __reduce__(self) -> object:
            return rebuild, (("storage", storage, str(self.key), "cpu", 1024), 0, (32, 32), (32, 1), False, {})

    out = io.BytesIO()
    _Storages(out, 2).dump({f"{root}.{n}.weight": Tensor(n) for n in range(TENSORS)})
    for module in names:
        del sys.modules[module]
    return out.getvalue()


def _torch(path: Path, size: int) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", _state("layers"))
        for n in range(TENSORS):
            with archive.open(f"archive/data/{n}", "w") as file:
                file.write(os.urandom(max(4096, size // TENSORS)))


def _pickled(path: Path, size: int) -> None:
    with path.open("wb") as file:
        pickle.dump([os.urandom(1 << 20) for _ in range(max(1, size >> 20))], file, 4)


def _hostile(path: Path, size: int) -> None:
    """As much in memory for each byte as there is room for: names on the stack that are all kept as well."""
    name = b"\x8c\xfa" + b"x" * 250 + b"\x94"
    path.write_bytes(b"\x80\x04" + name * (min(size, 256 << 20) // len(name)))


FILES = {
    "weights.safetensors": _safetensors,
    "weights.bin": _raw,
    "weights.pkl": _pickled,
    "torch.pt": _torch,
    "notes.txt": _text,
    "hostile.pkl": _hostile,
}
