"""Pull requests that git makes, merged by the hub: where it does not know better than git, it says so."""

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError
from real import Git


def test_what_was_undone_does_not_come_back(world, git: Git, tmp_path):
    """Two lines that were merged into each other have two bases; merged with one of them alone, what was undone behind the other would come back."""
    ada = HfApi(endpoint=world.hub.url, token=world.ada)
    clone = tmp_path / "clone"
    git("clone", "-q", world.own(world.repo("crossed")), clone)
    git.commit(clone, {"x": "0\n"}, "x is 0")
    git("push", "-q", "origin", "HEAD:main", at=clone)
    git("checkout", "-q", "-b", "one", at=clone)
    git.commit(clone, {"x": "1\n"}, "x is 1")
    git("checkout", "-q", "-b", "two", "main", at=clone)
    git.commit(clone, {"a": "a\n"}, "a")
    git("checkout", "-q", "-B", "onto", "one", at=clone)
    git("merge", "-q", "--no-edit", "two", at=clone)
    git.commit(clone, {"x": "0\n"}, "x is 0 again")
    git("checkout", "-q", "-B", "head", "two", at=clone)
    git("merge", "-q", "--no-edit", "one", at=clone)
    git.commit(clone, {"b": "b\n"}, "b")
    assert len(git("merge-base", "--all", "onto", "head", at=clone).out.split()) == 2
    git("push", "-q", "origin", "onto:main", at=clone)
    pull = ada.create_pull_request("ada/crossed", "Crossed")
    git("push", "-q", "--force", "origin", f"head:refs/pr/{pull.num}", at=clone)
    ada.change_discussion_status("ada/crossed", pull.num, "open")
    with pytest.raises(HfHubHTTPError) as told:
        ada.merge_pull_request("ada/crossed", pull.num)
    assert told.value.response.status_code == 409 and "merged into each other" in str(told.value)
    # As it says: merged by git, and pushed, it can be merged.
    git("merge", "-q", "--no-edit", "onto", at=clone)
    git("push", "-q", "origin", f"head:refs/pr/{pull.num}", at=clone)
    ada.merge_pull_request("ada/crossed", pull.num)
    path = ada.hf_hub_download("ada/crossed", "x", cache_dir=tmp_path / "cache")
    assert open(path).read() == "0\n"
