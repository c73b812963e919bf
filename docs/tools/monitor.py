#!/usr/bin/env python3
"""Watches the transparency log of a hub, independently of the program that keeps it: `monitor.py URL [--state FILE]`.

Checked are the checkpoint's signature, every entry against the tree, that the tree goes on from the one seen before (kept in FILE), the
chain of every subject, and that what the hub says now of every public work is what its log says last. It needs Python 3.9 and the
package `cryptography`, and shares no code with the hub. Exit status: 0 all holds, 1 something does not.
"""

import argparse
import base64
import hashlib
import json
import struct
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

EMPTY = hashlib.sha256(b"").digest()


class Broken(Exception):
    """Something does not hold."""


def get(url: str) -> bytes:
    request = urllib.request.Request(url, headers={"User-Agent": "log-monitor"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def root_of(hashes: list[bytes]) -> bytes:
    """The root of a tree (RFC 6962, 2.1)."""
    if not hashes:
        return EMPTY
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return node_hash(root_of(hashes[:split]), root_of(hashes[split:]))


def opened(note: str, vkey: str) -> tuple[int, bytes]:
    """Size and root of a checkpoint that is signed by the key."""
    name, _, key = vkey.split("+", 2)
    key = base64.b64decode(key)
    key_id = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    for line in signatures.splitlines():
        _, signer, signature = line.split(" ", 2)
        signed = base64.b64decode(signature)
        if signer == name and signed[:4] == key_id:
            try:
                Ed25519PublicKey.from_public_bytes(key[1:]).verify(signed[4:], text.encode())
            except InvalidSignature as error:
                raise Broken("the checkpoint's signature does not hold") from error
            origin, size, root = text.splitlines()
            if origin != name:
                raise Broken(f"the checkpoint is of {origin!r}, the key of {name!r}")
            return int(size), base64.b64decode(root)
    raise Broken("the checkpoint is not signed by the key")


def tile_path(n: int, width: int) -> str:
    groups = [f"{n % 1000:03}"]
    while n >= 1000:
        n //= 1000
        groups.insert(0, f"x{n % 1000:03}")
    return "/".join(groups) + (f".p/{width}" if width < 256 else "")


def all_entries(url: str, size: int) -> list[bytes]:
    entries: list[bytes] = []
    for n in range((size + 255) // 256):
        width = min(256, size - 256 * n)
        bundle = get(f"{url}/tile/entries/{tile_path(n, width)}")
        at = 0
        while at < len(bundle):
            (length,) = struct.unpack_from(">H", bundle, at)
            entries.append(bundle[at + 2 : at + 2 + length])
            at += 2 + length
    if len(entries) != size:
        raise Broken(f"{len(entries)} entries, and the checkpoint says {size}")
    return entries


def chains(entries: list[bytes]) -> dict[str, list[dict]]:
    """What each subject's chain says, in its order."""
    last: dict[str, bytes] = {}
    told: dict[str, list[dict]] = {}
    for n, entry in enumerate(entries):
        event = json.loads(entry)
        spelled = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        if spelled != entry:
            raise Broken(f"entry {n} is not spelled in the one way")
        subject = event["subject"]["id"]
        before = told.setdefault(subject, [])
        prev = base64.b64encode(last[subject]).decode() if subject in last else None
        if event["sseq"] != len(before) or event["prev"] != prev:
            raise Broken(f"entry {n} does not follow the entry before it of {subject}")
        last[subject] = leaf_hash(entry)
        before.append(event)
    return told


def reconcile(hub: str, told: dict[str, list[dict]]) -> list[str]:
    """Works of which the hub says another thing than its log."""
    found = []
    for events in told.values():
        subject = events[-1]["subject"]
        plural = {"model": "models", "dataset": "datasets", "space": "spaces", "paper": "papers", "code": "code"}
        if subject["kind"] not in plural:
            continue
        hidden = [e for e in events if e["type"] in ("takedown", "restore", "visibility", "repo.publish")]
        gone = hidden and (hidden[-1]["type"] == "takedown" or hidden[-1]["data"].get("private"))
        api = f"{hub}/api/{plural[subject['kind']]}/{subject['name']}"
        try:
            info = json.loads(get(f"{api}/revision/main"))
        except urllib.error.HTTPError as error:
            if not (gone and error.code in (401, 403, 404)):
                found.append(f"{subject['name']}: the hub answers {error.code}, and its log does not say that it is gone")
            continue
        if gone:
            found.append(f"{subject['name']}: the log says that it is gone, and it is there")
            continue
        heads = [e["data"]["commit"] for e in events if e["type"] == "revision" and e["data"]["ref"] == "refs/heads/main"]
        if not heads or heads[-1] != info["sha"]:
            found.append(f"{subject['name']}: main is at {info['sha']}, and the log says {heads[-1:]}")
    return found


def watch(hub: str, state: Path | None) -> int:
    told = json.loads(get(f"{hub}/api/commons/v1/log"))
    url, vkey = told["url"], told["key"]
    seen = json.loads(state.read_text()) if state and state.exists() else {"key": vkey, "size": 0}
    if seen["key"] != vkey:
        raise Broken("the log has another key than before")
    size, root = opened(get(f"{url}/checkpoint").decode(), vkey)
    entries = all_entries(url, size)
    hashes = [leaf_hash(entry) for entry in entries]
    if root_of(hashes) != root:
        raise Broken("the entries do not lead to the root")
    if size < seen["size"]:
        raise Broken(f"the log has {size} entries, and had {seen['size']}")
    before = root_of(hashes[: seen["size"]])
    if seen["size"] and base64.b64encode(before).decode() != seen["root"]:
        raise Broken(f"the first {seen['size']} entries are others than before: the log has two pasts")
    differences = reconcile(hub, chains(entries))
    if state:
        state.write_text(json.dumps({"key": vkey, "size": size, "root": base64.b64encode(root).decode()}))
    print(f"{size} entries, {size - seen['size']} of them new; all holds" if not differences else f"{size} entries")
    for line in differences:
        print(line)
    return 1 if differences else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("hub", help="the hub's address")
    parser.add_argument("--state", type=Path, help="where what was seen is kept")
    asked = parser.parse_args()
    try:
        return watch(asked.hub.rstrip("/"), asked.state)
    except Broken as broken:
        print(broken, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.setrecursionlimit(10_000)
    sys.exit(main())
