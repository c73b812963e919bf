"""Repos duplicated, files copied between them, and large files forgotten for good: by the Hub's client, and looked at with git."""

import hashlib
import json
import urllib.error
import urllib.request

import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationCopy, HfApi
from huggingface_hub.errors import HfHubHTTPError
from real import Git, ask

LARGE = b"\x00\x01 large enough to be no text" * 5000
OTHER = b"\x00\x02 another that is no text" * 5000


def api(world, token: str) -> HfApi:
    return HfApi(endpoint=world.hub.url, token=token)


def filled(world, name: str, *, private: bool = False) -> str:
    """A model of Ada's with a text, two large files, a tag and a branch; its name."""
    world.repo(name, private=private)
    ada, repo = api(world, world.ada), f"ada/{name}"
    files = {"notes.txt": b"one", "a/large.bin": LARGE, "other.bin": OTHER}
    adding = [CommitOperationAdd(path, data) for path, data in files.items()]
    ada.create_commit(repo, adding, commit_message="Files")
    ada.create_tag(repo, tag="v1", tag_message="First")
    ada.create_branch(repo, branch="side")
    ada.upload_file(path_or_fileobj=b"two", path_in_repo="notes.txt", repo_id=repo)
    return repo


def status(url: str, token: str | None = None) -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_a_repo_is_duplicated_with_its_history(world, git: Git, tmp_path):
    repo = filled(world, "begun")
    made = api(world, world.bob).duplicate_repo(repo, to_id="bob/begun-again")
    assert made.repo_id == "bob/begun-again"
    bob = api(world, world.bob)
    assert bob.model_info("bob/begun-again").sha == api(world, world.ada).model_info(repo).sha
    refs = bob.list_repo_refs("bob/begun-again")
    assert {ref.name for ref in refs.branches} == {"main", "side"} and [tag.name for tag in refs.tags] == ["v1"]
    path = bob.hf_hub_download("bob/begun-again", "a/large.bin", cache_dir=tmp_path / "cache")
    assert hashlib.sha256(open(path, "rb").read()).digest() == hashlib.sha256(LARGE).digest()
    git("clone", "-q", f"{world.hub.url}/bob/begun-again", tmp_path / "clone")
    git.sound(tmp_path / "clone")
    with pytest.raises(HfHubHTTPError) as told:
        bob.duplicate_repo(repo, to_id="ada/taken-over")
    assert told.value.response.status_code == 403
    assert bob.duplicate_repo(repo, to_id="bob/begun-again", exist_ok=True).repo_id == "bob/begun-again"


def test_what_is_private_stays_so_unless_said_otherwise(world, tmp_path):
    repo = filled(world, "kept", private=True)
    ada = api(world, world.ada)
    with pytest.raises(HfHubHTTPError) as told:
        api(world, world.bob).duplicate_repo(repo, to_id="bob/stolen")
    assert told.value.response.status_code == 404
    ada.duplicate_repo(repo, to_id="ada/kept-too")
    assert ada.model_info("ada/kept-too").private
    path = ada.hf_hub_download("ada/kept-too", "other.bin", cache_dir=tmp_path / "cache")
    assert open(path, "rb").read() == OTHER


def test_large_files_are_copied_without_being_sent(world):
    repo = filled(world, "source", private=True)
    world.repo("target")
    ada = api(world, world.ada)
    copy = CommitOperationCopy("a/large.bin", "copied.bin", src_repo_id=repo, src_repo_type="model")
    ada.create_commit("ada/target", [copy], commit_message="Copy")
    assert ada.get_paths_info("ada/target", "copied.bin")[0].size == len(LARGE)
    # Whoever may not read it there copies nothing from there.
    asked = {"target": {"type": "model", "name": "bob/own"}, "files": []}
    ask(world.hub, "/api/repos/create", world.bob, {"name": "own"})
    with pytest.raises(urllib.error.HTTPError) as told:
        ask(world.hub, f"/api/models/{repo}/lfs-files/duplicate", world.bob, asked)
    assert told.value.code == 404


def test_large_files_are_forgotten_for_good(world, git: Git, tmp_path):
    repo = filled(world, "leaked")
    ada = api(world, world.ada)
    before = ada.list_repo_commits(repo)
    listed = {file.filename: file for file in ada.list_lfs_files(repo)}
    assert set(listed) == {"a/large.bin", "other.bin"} and listed["a/large.bin"].ref == "refs/heads/main"
    with pytest.raises(HfHubHTTPError) as told:
        api(world, world.bob).permanently_delete_lfs_files(repo, [listed["a/large.bin"]])
    assert told.value.response.status_code == 403
    ada.permanently_delete_lfs_files(repo, [listed["a/large.bin"]])
    for revision in ["main", "side", "v1"]:
        names = {file.path for file in ada.list_repo_tree(repo, recursive=True, revision=revision)}
        assert names == {".gitattributes", "notes.txt", "other.bin"}, revision
    after = ada.list_repo_commits(repo)
    assert [commit.title for commit in after] == [commit.title for commit in before]
    assert after[-1].commit_id == before[-1].commit_id, "what never had it is what it was"
    old = before[0].commit_id
    assert status(f"{world.hub.url}/{repo}/resolve/{old}/a/large.bin", world.ada) == 404
    oid = hashlib.sha256(LARGE).hexdigest()
    assert status(f"{world.hub.url}/{repo}/lfs-object/{oid}", world.ada) == 404
    assert [file.filename for file in ada.list_lfs_files(repo)] == ["other.bin"]
    git("clone", "-q", f"{world.hub.url}/{repo}", tmp_path / "clone")
    git.sound(tmp_path / "clone")
    assert git("fetch", "origin", old, at=tmp_path / "clone", good=None).code != 0
    with urllib.request.urlopen(f"{world.hub.url}/api/commons/v1/models/{repo}/log") as answer:
        assert "history.rewrite" in json.dumps(json.load(answer))
