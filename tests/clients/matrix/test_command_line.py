"""`hf upload` and `hf download`, as typed in a shell."""

from pathlib import Path

from huggingface_hub import HfApi

from conftest import MIB, contents, noise


def test_upload_and_download(api: HfApi, repo: str, tree: dict[str, bytes], tmp_path: Path, shell):
    shell("hf", "upload", repo, tmp_path / "tree", ".", "--commit-message", "from the shell")
    assert api.list_repo_commits(repo)[0].title == "from the shell"
    shell("hf", "download", repo, "--local-dir", tmp_path / "all")
    assert contents(tmp_path / "all") == tree
    shell("hf", "download", repo, "config.json", "weights/zeros.bin", "--local-dir", tmp_path / "two")
    assert set(contents(tmp_path / "two")) == {"config.json", "weights/zeros.bin"}


def test_one_file(repo: str, tmp_path: Path, shell):
    (tmp_path / "one.bin").write_bytes(noise(MIB, "one"))
    shell("hf", "upload", repo, tmp_path / "one.bin", "put/here.bin")
    printed = shell("hf", "download", repo, "put/here.bin")
    blobs = [path for path in (tmp_path / "shell-home").rglob("here.bin") if path.is_file()]
    assert len(blobs) == 1 and blobs[0].read_bytes() == noise(MIB, "one"), printed


def test_who_am_i(shell):
    assert "tester" in shell("hf", "auth", "whoami")
