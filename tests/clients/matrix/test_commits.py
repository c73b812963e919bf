"""Commits, branches and who may do what."""

from pathlib import Path

import pytest
from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationCopy,
    CommitOperationDelete,
    HfApi,
    hf_hub_download,
)
from huggingface_hub.utils import EntryNotFoundError, HfHubHTTPError, RepositoryNotFoundError

from conftest import MIB, noise


def add(name: str, data: bytes) -> CommitOperationAdd:
    return CommitOperationAdd(path_in_repo=name, path_or_fileobj=data)


def read(repo: str, name: str, cache: Path, **more) -> bytes:
    return Path(hf_hub_download(repo, name, cache_dir=cache, **more)).read_bytes()


def test_a_commit_on_a_stale_parent_is_refused(api: HfApi, repo: str, tmp_path: Path):
    parent = api.repo_info(repo).sha
    first = api.create_commit(
        repo, [add("a.txt", b"first"), add("a.bin", noise(MIB, "a"))], commit_message="first", parent_commit=parent
    )
    with pytest.raises(HfHubHTTPError) as refused:
        api.create_commit(repo, [add("a.txt", b"late")], commit_message="late", parent_commit=parent)
    assert refused.value.response.status_code in (409, 412)
    api.create_commit(repo, [add("a.txt", b"second")], commit_message="second", parent_commit=first.oid)
    assert read(repo, "a.txt", tmp_path) == b"second"
    assert read(repo, "a.bin", tmp_path) == noise(MIB, "a")
    titles = [commit.title for commit in api.list_repo_commits(repo)]
    assert titles[:2] == ["second", "first"]


def test_add_copy_and_delete_in_one_commit(api: HfApi, repo: str, tmp_path: Path):
    data = noise(MIB, "copied")
    api.create_commit(
        repo, [add("old/w.bin", data), add("old/t.txt", b"text"), add("drop.txt", b"x")], commit_message="start"
    )
    operations = [
        CommitOperationCopy(src_path_in_repo="old/w.bin", path_in_repo="new/w.bin"),
        CommitOperationDelete(path_in_repo="drop.txt"),
        CommitOperationDelete(path_in_repo="old/", is_folder=True),
        add("new/t.txt", b"fresh"),
    ]
    api.create_commit(repo, operations, commit_message="move")
    assert set(api.list_repo_files(repo)) - {".gitattributes"} == {"new/w.bin", "new/t.txt"}
    assert read(repo, "new/w.bin", tmp_path) == data
    with pytest.raises(EntryNotFoundError):
        hf_hub_download(repo, "drop.txt", cache_dir=tmp_path)


def test_nothing_new_makes_no_commit(api: HfApi, repo: str):
    data = noise(MIB, "same")
    api.upload_file(path_or_fileobj=data, path_in_repo="same.bin", repo_id=repo)
    before = api.repo_info(repo).sha
    api.upload_file(path_or_fileobj=data, path_in_repo="same.bin", repo_id=repo)
    assert api.repo_info(repo).sha == before


def test_branches_and_tags(api: HfApi, repo: str, tmp_path: Path):
    api.upload_file(path_or_fileobj=b"one", path_in_repo="f.txt", repo_id=repo)
    api.create_branch(repo, branch="feature/x")
    api.create_tag(repo, tag="v1")
    api.upload_file(path_or_fileobj=b"two", path_in_repo="f.txt", repo_id=repo, revision="feature/x")
    assert read(repo, "f.txt", tmp_path) == b"one"
    assert read(repo, "f.txt", tmp_path, revision="feature/x") == b"two"
    assert read(repo, "f.txt", tmp_path, revision="v1") == b"one"
    refs = api.list_repo_refs(repo)
    assert {branch.name for branch in refs.branches} == {"main", "feature/x"}
    assert [tag.name for tag in refs.tags] == ["v1"]
    api.delete_branch(repo, branch="feature/x")
    api.delete_tag(repo, tag="v1")
    assert len(api.list_repo_refs(repo).branches) == 1


def test_private_repos_are_private(api: HfApi, repo: str, token: str, tmp_path: Path):
    api.create_repo(repo, repo_type="dataset", private=True)
    try:
        data = noise(MIB, "secret")
        api.upload_file(path_or_fileobj=data, path_in_repo="s.bin", repo_id=repo, repo_type="dataset")
        assert read(repo, "s.bin", tmp_path / "mine", repo_type="dataset", token=token) == data
        with pytest.raises(RepositoryNotFoundError):
            read(repo, "s.bin", tmp_path / "theirs", repo_type="dataset", token=False)
    finally:
        api.delete_repo(repo, repo_type="dataset")


def test_a_strange_token_may_not_write(repo: str):
    stranger = HfApi(token="hf_" + "x" * 34)
    with pytest.raises(HfHubHTTPError) as refused:
        stranger.upload_file(path_or_fileobj=b"x", path_in_repo="x.txt", repo_id=repo)
    assert refused.value.response.status_code in (401, 403)


def test_a_renamed_repo_answers_to_both_names(api: HfApi, repo: str, tmp_path: Path):
    data = noise(MIB, "moved")
    api.upload_file(path_or_fileobj=data, path_in_repo="m.bin", repo_id=repo)
    api.move_repo(repo, repo + "-moved")
    assert read(repo, "m.bin", tmp_path / "old") == data
    assert read(repo + "-moved", "m.bin", tmp_path / "new") == data
    api.move_repo(repo + "-moved", repo)
