"""One deed of a real client, timed: `client.py DEED JSON` in an environment with huggingface_hub; prints JSON.

Loading the library is not counted, and progress bars are off: they would be measured too.
"""

import json
import os
import sys
import time
import urllib.request
from pathlib import Path

from huggingface_hub import HfApi, hf_hub_download, snapshot_download
from huggingface_hub.utils._runtime import is_xet_available


def create(repo: str) -> None:
    """Makes an empty repo."""
    HfApi().create_repo(repo)


def upload_file(repo: str, source: str, name: str) -> None:
    """Publishes one file."""
    HfApi().upload_file(path_or_fileobj=source, path_in_repo=name, repo_id=repo)


def download_file(repo: str, name: str, cache: str) -> str:
    """Pulls one file."""
    return hf_hub_download(repo, name, cache_dir=cache)


def upload_folder(repo: str, source: str) -> None:
    """Publishes a folder as one commit."""
    HfApi().upload_folder(folder_path=source, repo_id=repo)


def upload_large_folder(repo: str, source: str) -> None:
    """Publishes a folder as the library did it for large ones; it was taken out in 2.0."""
    HfApi().upload_large_folder(repo_id=repo, folder_path=source, repo_type="model", print_report=False)


def snapshot(repo: str, cache: str, workers: int) -> str:
    """Pulls a whole repo."""
    return snapshot_download(repo, cache_dir=cache, max_workers=workers)


def xet_group(repo: str, target: str) -> None:
    """Pulls all large files of a repo in one group of hf_xet, without what huggingface_hub does around each file."""
    import hf_xet

    files = [entry for entry in HfApi().list_repo_tree(repo, recursive=True) if getattr(entry, "xet_hash", None)]
    address = f"{os.environ['HF_ENDPOINT']}/api/models/{repo}/xet-read-token/main"
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {os.environ['HF_TOKEN']}"})
    with urllib.request.urlopen(request) as answer:
        door = json.load(answer)
    Path(target).mkdir(parents=True)
    session = hf_xet.XetSession()
    with session.new_file_download_group(
        endpoint=door["casUrl"], token=door["accessToken"], token_expiry_unix_secs=door["exp"]
    ) as group:
        for n, entry in enumerate(files):
            group.start_download_file(hf_xet.XetFileInfo(entry.xet_hash, entry.size), f"{target}/{n}")


DEEDS = [create, upload_file, download_file, upload_folder, upload_large_folder, snapshot, xet_group]


def main() -> None:
    if is_xet_available() == (os.environ.get("HF_HUB_DISABLE_XET") == "1"):
        raise SystemExit("Xet is on where it should be off, or the other way round")
    deed = next(deed for deed in DEEDS if deed.__name__ == sys.argv[1])
    start, before = time.perf_counter(), time.process_time()
    answer = deed(**json.loads(sys.argv[2]))
    seconds, cpu = time.perf_counter() - start, time.process_time() - before
    print(json.dumps({"seconds": seconds, "cpu_seconds": cpu, "answer": answer}))


if __name__ == "__main__":
    main()
