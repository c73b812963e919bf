"""Versions of a file that share most bytes: what the hub keeps of them, and what clients send."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from contents import MIB, change_middle, write_checkpoint, write_noise
from counting_proxy import CountingProxy
from server import MEMBER, Server, running
from setting import Setting

STORED_MAX = 1.06
SENT_MAX = 0.02
TENSORS = 200
# Far from each other: the same bytes in one run would be an easier case.
CHANGED = {17, 71, 128, 199}


def measure(setting: Setting) -> None:
    """The checkpoint, then the change in the middle. Small files say little: a chunk is 64 KiB, changed or not."""
    size = 64 * MIB if setting.quick else 1024 * MIB
    folder = setting.fresh("checkpoints-source")
    _checkpoint(setting, folder / "model.safetensors", size)
    _middle(setting, folder / "weights.bin", 2 * size)
    shutil.rmtree(folder)


def _upload(setting: Setting, proxy: CountingProxy, token: str, what: str, source: Path, home: str) -> float:
    """Sends a file through the proxy; returns the part of it that went over the wire.

    All goes through one proxy: what the client remembers of earlier uploads, it remembers by the hub's address.
    """
    before, size = proxy.sent, source.stat().st_size
    repo = f"{MEMBER}/weights"
    done = setting.client(
        proxy.url, token, "upload_file", home=home, repo=repo, source=str(source), name=source.name
    )
    sent = proxy.sent - before
    setting.figures.row(
        "Versions of a file, by hf_xet",
        what=what,
        MB=size / 1e6,
        **{"sent_MB": sent / 1e6},
        of_the_file=f"{sent / size:.2%}",
        seconds_through_a_counting_proxy=done.seconds,
    )
    return sent / size


@contextlib.contextmanager
def _hub(setting: Setting) -> Iterator[tuple[Server, str, CountingProxy]]:
    """A hub with an empty repo, reached through a proxy."""
    with running(setting.binary, setting.work / "checkpoints-hub") as (server, token):
        proxy = CountingProxy(server.port)
        setting.forget("same", "elsewhere")
        setting.client(proxy.url, token, "create", home="same", repo=f"{MEMBER}/weights")
        yield server, token, proxy
        proxy.close()


def _checkpoint(setting: Setting, path: Path, size: int) -> None:
    part = len(CHANGED) / TENSORS
    what = f"{part:.0%} of the tensors changed, one key more in the header"
    with _hub(setting) as (server, token, proxy):
        first = write_checkpoint(path, size, set(), {}, TENSORS)
        _upload(setting, proxy, token, "checkpoint, first revision", path, "same")
        write_checkpoint(path, size, CHANGED, {"step": "2000"}, TENSORS)
        _upload(setting, proxy, token, f"second revision: {what}", path, "same")
        # Asked to end, the database writes its log back: what is left is what the two revisions take.
        server.stop()
        stored = server.stored_bytes()
        again = Server(setting.binary, server.folder)
        server.child, proxy.port = again.child, again.port
        write_checkpoint(path, size, {n + 1 for n in CHANGED}, {"step": "3000", "epoch": "2"}, TENSORS)
        # It knows nothing of what the hub has, and asks about the first chunk and one of a thousand others. The first
        # one holds the header, which has changed.
        _upload(setting, proxy, token, "third revision, by a client on another machine", path, "elsewhere")
    setting.forget("same", "elsewhere")
    setting.figures.row(
        "Bytes kept for the checkpoint's first two revisions, depot and database",
        what=f"{TENSORS} tensors, {len(CHANGED)} changed",
        one_revision_MB=first / 1e6,
        kept_MB=stored / 1e6,
        ratio=f"{stored / first:.4f}",
    )
    setting.figures.limit("kept for both revisions, by one of them", stored / first, STORED_MAX, "times")


def _middle(setting: Setting, path: Path, size: int) -> None:
    with _hub(setting) as (_, token, proxy):
        write_noise(path, size, "middle")
        _upload(setting, proxy, token, "large file, first revision", path, "same")
        change_middle(path, size // 100, 1)
        sent = _upload(setting, proxy, token, "1 % changed in the middle", path, "same")
        setting.figures.limit("sent after changing 1 % in the middle", sent * 100, SENT_MAX * 100, "% of the file")
        change_middle(path, size // 100, 2)
        _upload(setting, proxy, token, "1 % changed again, by a client on another machine", path, "elsewhere")
    setting.forget("same", "elsewhere")
