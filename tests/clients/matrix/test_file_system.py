"""`HfFileSystem`: the repo as a file system, with ranges."""

import pytest
from huggingface_hub import HfApi, HfFileSystem

from conftest import MIB, noise


@pytest.fixture
def fs(token: str) -> HfFileSystem:
    return HfFileSystem(token=token, skip_instance_cache=True)


def test_write_read_list_and_remove(api: HfApi, repo: str, fs: HfFileSystem):
    data = noise(2 * MIB + 3, "fs")
    with fs.open(f"{repo}/data/blob.bin", "wb") as out:
        out.write(data[:MIB])
        out.write(data[MIB:])
    with fs.open(f"{repo}/data/text.txt", "w") as out:
        out.write("line one\nline two\n")
    assert fs.read_bytes(f"{repo}/data/blob.bin") == data
    assert fs.read_text(f"{repo}/data/text.txt") == "line one\nline two\n"
    assert sorted(fs.ls(f"{repo}/data", detail=False)) == [f"{repo}/data/blob.bin", f"{repo}/data/text.txt"]
    assert fs.glob(f"{repo}/**/*.bin") == [f"{repo}/data/blob.bin"]
    assert fs.info(f"{repo}/data/blob.bin")["size"] == len(data)
    assert fs.isdir(f"{repo}/data") and fs.isfile(f"{repo}/data/text.txt")
    fs.rm(f"{repo}/data/text.txt")
    fs.invalidate_cache()
    assert not fs.exists(f"{repo}/data/text.txt")


def test_ranges(api: HfApi, repo: str, fs: HfFileSystem):
    data = noise(9 * MIB, "ranges")
    api.upload_file(path_or_fileobj=data, path_in_repo="r.bin", repo_id=repo)
    api.upload_file(path_or_fileobj=b"0123456789", path_in_repo="r.txt", repo_id=repo)
    assert fs.cat_file(f"{repo}/r.txt", start=2, end=5) == b"234"
    assert fs.cat_file(f"{repo}/r.bin", start=5 * MIB - 10, end=5 * MIB + 10) == data[5 * MIB - 10 : 5 * MIB + 10]
    with fs.open(f"{repo}/r.bin", "rb", block_size=MIB) as file:
        for at, size in [(0, 16), (len(data) - 7, 7), (4 * MIB - 1, 2), (123_456, 3 * MIB), (0, 1)]:
            file.seek(at)
            assert file.read(size) == data[at : at + size]
    with fs.open(f"{repo}/r.bin", "rb", block_size=0) as stream:
        assert stream.read(MIB) == data[:MIB]
        assert stream.read() == data[MIB:]


def test_copy(api: HfApi, repo: str, fs: HfFileSystem):
    data = noise(MIB, "cp")
    api.upload_file(path_or_fileobj=data, path_in_repo="a.bin", repo_id=repo)
    fs.cp_file(f"{repo}/a.bin", f"{repo}/b.bin")
    assert fs.read_bytes(f"{repo}/b.bin") == data
