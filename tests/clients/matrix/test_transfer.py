"""What goes up comes down: single files, folders and snapshots, byte for byte."""

from pathlib import Path

import pytest
from huggingface_hub import HfApi, get_hf_file_metadata, hf_hub_download, hf_hub_url, snapshot_download

from conftest import MIB, WITH_XET, contents, noise

FILES = {
    "small.txt": b"hello\n",
    "empty.bin": b"",
    "blob.bin": noise(3 * MIB + 5, "blob"),
    "sub/dir/zeros.safetensors": bytes(2 * MIB),
}


def test_upload_file_from_bytes_and_from_disk(api: HfApi, repo: str, tmp_path: Path):
    for name, data in FILES.items():
        source = tmp_path / "source"
        source.write_bytes(data)
        api.upload_file(path_or_fileobj=data, path_in_repo="bytes/" + name, repo_id=repo)
        api.upload_file(path_or_fileobj=str(source), path_in_repo="disk/" + name, repo_id=repo)
    for name, data in FILES.items():
        for way in ("bytes/", "disk/"):
            path = hf_hub_download(repo, way + name, cache_dir=tmp_path / "cache")
            assert Path(path).read_bytes() == data, way + name
    listed = set(api.list_repo_files(repo)) - {".gitattributes"}
    assert listed == {way + name for way in ("bytes/", "disk/") for name in FILES}


def test_binary_files_travel_as_announced(api: HfApi, repo: str):
    data = noise(MIB, "announced")
    api.upload_file(path_or_fileobj=data, path_in_repo="w.safetensors", repo_id=repo)
    entry = api.get_paths_info(repo, ["w.safetensors"])[0]
    assert entry.size == len(data) and entry.lfs is not None and entry.lfs.size == len(data)
    if WITH_XET:
        assert get_hf_file_metadata(hf_hub_url(repo, "w.safetensors")).xet_file_data is not None


def test_upload_folder_and_snapshot(api: HfApi, repo: str, tree: dict[str, bytes], tmp_path: Path):
    api.upload_folder(folder_path=tmp_path / "tree", repo_id=repo)
    cached = snapshot_download(repo, cache_dir=tmp_path / "cache")
    assert contents(Path(cached)) == tree
    local = snapshot_download(repo, local_dir=tmp_path / "local")
    assert contents(Path(local)) == tree
    some = snapshot_download(repo, cache_dir=tmp_path / "some", allow_patterns=["weights/*"], ignore_patterns="*.bin")
    assert set(contents(Path(some))) == {name for name in tree if name.startswith("weights/") and "zeros" not in name}


def test_upload_folder_again_replaces_and_deletes(api: HfApi, repo: str, tmp_path: Path):
    folder = tmp_path / "folder"
    folder.mkdir()
    before = {"keep.bin": noise(MIB, 1), "change.bin": noise(MIB, 2), "gone.bin": noise(MIB, 3)}
    for name, data in before.items():
        (folder / name).write_bytes(data)
    api.upload_folder(folder_path=folder, repo_id=repo)
    first = api.repo_info(repo).sha
    (folder / "gone.bin").unlink()
    (folder / "change.bin").write_bytes(noise(MIB + 3, 4))
    api.upload_folder(folder_path=folder, repo_id=repo, delete_patterns="*.bin")
    after = snapshot_download(repo, cache_dir=tmp_path / "cache")
    assert contents(Path(after)) == {"keep.bin": before["keep.bin"], "change.bin": noise(MIB + 3, 4)}
    old = snapshot_download(repo, revision=first, cache_dir=tmp_path / "cache")
    assert contents(Path(old)) == before


if hasattr(HfApi, "upload_large_folder"):  # it was taken out in 2.0

    def test_upload_large_folder(api: HfApi, repo: str, tree: dict[str, bytes], tmp_path: Path):
        api.upload_large_folder(
            repo_id=repo, folder_path=tmp_path / "tree", repo_type="model", num_workers=2, print_report=False
        )
        cached = snapshot_download(repo, cache_dir=tmp_path / "cache")
        assert contents(Path(cached)) == tree


def test_a_file_of_several_xorbs(api: HfApi, repo: str, tmp_path: Path):
    data = noise(70 * MIB + 1, "large")
    source = tmp_path / "large.bin"
    source.write_bytes(data)
    api.upload_file(path_or_fileobj=source, path_in_repo="large.bin", repo_id=repo)
    path = hf_hub_download(repo, "large.bin", cache_dir=tmp_path / "cache")
    assert Path(path).read_bytes() == data


def test_versions_that_share_most_bytes(api: HfApi, repo: str, tmp_path: Path):
    base = noise(6 * MIB, "base")
    versions = [base, base[: 2 * MIB] + b"inserted" + base[2 * MIB :], base[MIB:] + base[:MIB], base]
    shas = []
    for data in versions:
        source = tmp_path / "version"
        source.write_bytes(data)
        api.upload_file(path_or_fileobj=source, path_in_repo="model.bin", repo_id=repo)
        shas.append(api.repo_info(repo).sha)
    for sha, data in zip(shas, versions, strict=True):
        path = hf_hub_download(repo, "model.bin", revision=sha, cache_dir=tmp_path / "cache")
        assert Path(path).read_bytes() == data


@pytest.mark.parametrize("repo_type", ["dataset", "space"])
def test_other_kinds_of_repo(api: HfApi, repo: str, repo_type: str, tmp_path: Path):
    settings = {"space_sdk": "static"} if repo_type == "space" else {}
    api.create_repo(repo, repo_type=repo_type, **settings)  # kinds do not share names
    try:
        data = noise(MIB, repo_type)
        api.upload_file(path_or_fileobj=data, path_in_repo="d/x.bin", repo_id=repo, repo_type=repo_type)
        path = hf_hub_download(repo, "d/x.bin", repo_type=repo_type, cache_dir=tmp_path / "cache")
        assert Path(path).read_bytes() == data
        assert not api.file_exists(repo, "d/x.bin")
    finally:
        api.delete_repo(repo, repo_type=repo_type)
