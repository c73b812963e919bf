"""Clone and fetch: whole, cut off and filtered, by every version of the protocol."""

import random
import time

import pytest
from real import ask

VERSIONS = [2, 0, 1]


@pytest.fixture(scope="module")
def history(world, tmp_path_factory):
    """A repo with branches, merges, annotated tags and 40 commits, and the folder that it was pushed from."""
    from real import Git

    folder = tmp_path_factory.mktemp("history")
    git, at = Git(folder / "home"), folder / "work"
    url = world.repo("history")
    git("clone", "-q", world.own(url), at)
    dice = random.Random(7)
    for n in range(30):
        environment = {"GIT_COMMITTER_DATE": f"{1_600_000_000 + n * 86400} +0000"}
        dated = Git(git.home, git.settings, environment)
        names = {f"d{dice.randrange(4)}/f{dice.randrange(20)}.txt": f"{n} {dice.random()}\n" for _ in range(3)}
        if n % 10 == 5:
            dated("checkout", "-qb", f"side-{n}", at=at)
        dated.commit(at, names | {"n.txt": f"{n}\n"}, f"Commit {n}")
        if n % 10 == 8:
            dated("checkout", "-q", "main", at=at)
            dated.commit(at, {f"main-{n}.txt": "x"}, f"Main {n}")
            dated("merge", "-q", "--no-edit", f"side-{n - 3}", at=at)
        if n % 7 == 3:
            dated("tag", "-am", f"Version {n}", f"v{n}", at=at)
    dated("tag", "-am", "A tag on a tag", "v-of-v3", "v3", at=at)
    dated("tag", "light", at=at)
    git("push", "-q", "--all", at=at)
    git("push", "-q", "--tags", at=at)
    return git, at, url


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("ending", ["", ".git"])
def test_a_clone_has_all_of_it(world, tmp_path, git, history, version, ending):
    _, source, url = history
    git.speaking(version)("clone", "-q", "--mirror", url + ending, tmp_path / "clone")
    git.sound(tmp_path / "clone")
    assert git.objects(tmp_path / "clone") == git.objects(source, "--all")
    assert git.head(tmp_path / "clone", "v-of-v3") == git.head(source, "v-of-v3"), "the tag itself"
    assert git("symbolic-ref", "HEAD", at=tmp_path / "clone").out == "refs/heads/main"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_fetch_brings_what_is_new(world, tmp_path, git, history, version):
    maker, source, url = history
    git = git.speaking(version)
    git("clone", "-q", url, tmp_path / "clone")
    new = maker.commit(source, {f"new-{version}.txt": "new\n"})
    maker("tag", "-am", "New", f"new-{version}", at=source)
    maker("push", "-q", "--follow-tags", at=source)
    # One of its own as well: neither is the other's.
    git.commit(tmp_path / "clone", {"own.txt": "own\n"})
    told = git("fetch", "--no-progress", "origin", at=tmp_path / "clone").said
    assert git.head(tmp_path / "clone", "origin/main") == new
    assert f"new-{version}" in told, "tags on what is new come along"
    git.sound(tmp_path / "clone")


def test_only_what_is_lacking_is_sent(world, tmp_path, git, history):
    maker, source, url = history
    git("clone", "-q", "--mirror", url, tmp_path / "clone")
    before = git.objects(tmp_path / "clone")
    maker.commit(source, {"d1/f1.txt": "one more\n"})
    maker("push", "-q", at=source)
    git("fetch", "-q", "--no-tags", "origin", "main", at=tmp_path / "clone")
    packs = sorted((tmp_path / "clone/objects").glob("??/*"))
    new = {path.parent.name + path.name for path in packs}
    assert new == git.objects(tmp_path / "clone", "FETCH_HEAD") - before
    assert len(new) == 4, "a commit, two trees, a file"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_history_can_be_cut_off_and_grow(world, tmp_path, git, history, version):
    maker, source, url = history
    git, at = git.speaking(version), tmp_path / "clone"
    git("clone", "-q", "--depth", 1, url, at)
    git.sound(at)
    assert git("rev-list", "--count", "HEAD", at=at).out == "1"
    git("fetch", "-q", "--depth", 3, at=at)
    expected = maker("rev-list", "--count", "HEAD", "--not", "HEAD~3", at=source).out
    git.sound(at)
    assert int(git("rev-list", "--count", "HEAD", at=at).out) <= int(expected)
    git("fetch", "-q", "--deepen", 2, at=at)
    git.sound(at)
    # Something new on top of a history that is cut off.
    maker.commit(source, {f"deep-{version}.txt": "x\n"})
    maker("push", "-q", at=source)
    git("pull", "-q", "--ff-only", at=at)
    git.sound(at)
    assert (at / f"deep-{version}.txt").exists()
    git("fetch", "-q", "--unshallow", at=at)
    git.sound(at)
    assert git.objects(at, "origin/main") == maker.objects(source, "main")
    assert git("rev-parse", "--is-shallow-repository", at=at).out == "false"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_history_can_begin_at_a_moment_or_a_tag(world, tmp_path, git, history, version):
    maker, source, url = history
    git = git.speaking(version)
    since = "2020-10-05T00:00:00Z"
    git("clone", "-q", "--shallow-since", since, url, tmp_path / "since")
    git.sound(tmp_path / "since")
    assert git("rev-list", "HEAD", at=tmp_path / "since").out == maker("rev-list", f"--since={since}", "main", at=source).out
    git("clone", "-q", "--shallow-exclude", "v17", url, tmp_path / "not")
    git.sound(tmp_path / "not")
    assert git("rev-list", "HEAD", at=tmp_path / "not").out == maker("rev-list", "main", "^v17", at=source).out


@pytest.mark.parametrize("version", VERSIONS)
def test_histories_end_and_begin_as_they_do_elsewhere(world, tmp_path, git, history, version):
    maker, source, url = history
    git, whole = git.speaking(version), tmp_path / "whole"
    git("clone", "-q", "--single-branch", url, whole)
    assert git.head(whole, "v-of-v3") == maker.head(source, "v-of-v3"), "a tag on a tag comes with the tag"
    count = git("rev-list", "--count", "HEAD", at=whole).out
    git("fetch", "-q", "--deepen", 1, at=whole)
    assert git("rev-list", "--count", "HEAD", at=whole).out == count, "what is whole stays so"
    for name, what in [("since", "--shallow-since=2020-10-09T00:00:00Z"), ("not", "--shallow-exclude=side-25")]:
        git("clone", "-q", "--no-single-branch", what, url, tmp_path / name)
        git.sound(tmp_path / name)
    shallow = tmp_path / "shallow"
    git("clone", "-q", "--depth", 2, "--no-single-branch", url, shallow)
    git("fetch", "-q", "--unshallow", "origin", "main", at=shallow)
    assert git("rev-parse", "--is-shallow-repository", at=shallow).out == "false"
    git.sound(shallow)
    done = git("fetch", "--shallow-exclude=nothing-like-it", "origin", at=whole, good=False)
    assert "nothing-like-it" in done.said, done.said


@pytest.mark.parametrize("version", [2, 0])
def test_files_can_be_left_for_later(world, tmp_path, git, history, version):
    maker, source, url = history
    git = git.speaking(version)
    for name, what in [("none", "blob:none"), ("limit", "blob:limit=10"), ("trees", "tree:0"), ("deep", "tree:2")]:
        at = tmp_path / name
        git("clone", "-q", "--no-checkout", f"--filter={what}", url, at)
        there = git("rev-list", "--objects", "--all", "--missing=print", at=at).out.splitlines()
        assert any(line.startswith("?") for line in there), f"{what}: everything came"
        git("checkout", "-q", "main", at=at)
        assert git("status", "--porcelain", at=at).out == ""
        assert (at / "n.txt").read_text() == (source / "n.txt").read_text()
        git.sound(at)
    sparse = tmp_path / "sparse"
    git("clone", "-q", "--sparse", "--filter=blob:none", url, sparse)
    git("sparse-checkout", "set", "d1", at=sparse)
    assert (sparse / "d1").is_dir() and not (sparse / "d2").exists()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_commit_can_be_asked_for_by_its_id(world, tmp_path, git, history, version):
    maker, source, url = history
    old = maker.head(source, "main~7")
    git("init", "-q", tmp_path / "one")
    git.speaking(version)("fetch", "-q", "--depth", 1, url, old, at=tmp_path / "one")
    assert git.head(tmp_path / "one", "FETCH_HEAD") == old
    done = git.speaking(version)("fetch", url, "1" * 40, at=tmp_path / "one", good=False)
    assert "not our ref" in done.said, done.said


def test_what_the_hub_commits_is_what_git_fetches(world, tmp_path, git):
    from huggingface_hub import CommitOperationAdd, HfApi

    url = world.repo("both")
    api = HfApi(endpoint=world.hub.url, token=world.ada)
    git("clone", "-q", world.own(url), tmp_path / "clone")
    for n in range(3):
        add = CommitOperationAdd(f"folder/{n}.txt", f"{n}\n".encode())
        made = api.create_commit("ada/both", [add], commit_message=f"By the hub {n}")
        git("pull", "-q", "--ff-only", at=tmp_path / "clone")
        assert git.head(tmp_path / "clone") == made.oid
        pushed = git.commit(tmp_path / "clone", {f"folder/git-{n}.txt": "x\n"}, f"By git {n}")
        git("push", "-q", at=tmp_path / "clone")
        assert api.model_info("ada/both").sha == pushed
    git.sound(tmp_path / "clone")
    names = {f"folder/{name}" for n in range(3) for name in (f"{n}.txt", f"git-{n}.txt")}
    assert names <= set(api.list_repo_files("ada/both"))
    titles = [commit.title for commit in api.list_repo_commits("ada/both")]
    assert titles[:3] == ["By git 2", "By the hub 2", "By git 1"]


def test_a_tag_with_a_message_is_an_object_of_its_own(world, tmp_path, git):
    from huggingface_hub import HfApi

    url, api = world.repo("tags"), HfApi(endpoint=world.hub.url, token=world.ada)
    api.create_tag("ada/tags", tag="v1", tag_message="The first one\n\nand why")
    api.create_tag("ada/tags", tag="plain")
    git("clone", "-q", url, tmp_path / "clone")
    at = tmp_path / "clone"
    assert git("cat-file", "-t", "v1", at=at).out == "tag" and git("cat-file", "-t", "plain", at=at).out == "commit"
    assert "The first one\n\nand why" in git("cat-file", "-p", "v1", at=at).out
    assert git.head(at, "v1^{}") == git.head(at) == api.model_info("ada/tags", revision="v1").sha
    git.sound(at)
    api.delete_tag("ada/tags", tag="v1")
    assert "v1" not in git("ls-remote", "--tags", url).out


def test_what_comes_back_is_not_left_out(world, tmp_path, git):
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

    url, at = world.repo("back"), tmp_path / "work"
    git("clone", "-q", world.own(url), at)
    steps = [{"a": "1", "d/x": "1", "d/y": "1"}, {"d/x": "2"}, {"d/x": "1"}, {"d/z/w": "1"}, {"d/z/w": None}]
    for n, files in enumerate(steps):
        git.commit(at, files, f"{n}")
    git("push", "-q", at=at)
    api = HfApi(endpoint=world.hub.url, token=world.ada)
    api.create_commit("ada/back", [CommitOperationAdd("b", b"b")], commit_message="Add")
    api.create_commit("ada/back", [CommitOperationDelete("b")], commit_message="Delete")
    for n, how in enumerate([(), ("--depth", 3), ("--depth", 5), ("--filter=blob:none",)]):
        git("clone", "-q", *how, url, tmp_path / f"back-{n}")
        git.sound(tmp_path / f"back-{n}")
        assert (tmp_path / f"back-{n}" / "d/x").read_text() == "1"
    git("pull", "-q", "--ff-only", at=at)
    git.sound(at)


def test_a_submodule_is_neither_a_file_nor_in_the_way(world, tmp_path, git):
    url, at = world.repo("modules"), tmp_path / "work"
    git("clone", "-q", world.own(url), at)
    git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},lib", at=at)
    (at / ".gitmodules").write_text('[submodule "lib"]\n\tpath = lib\n\turl = ../lib\n')
    (at / "evil.pkl").write_bytes(b"cposix\nsystem\n(S'id'\ntR.")
    git("add", ".gitmodules", "evil.pkl", at=at)
    git("commit", "-qm", "A submodule", at=at)
    git("push", "-q", at=at)
    files = [entry["path"] for entry in ask(world.hub, "/api/models/ada/modules/tree/main?recursive=true")]
    assert "evil.pkl" in files and "lib" not in files
    for _ in range(120):
        status = ask(world.hub, "/api/models/ada/modules?securityStatus=true")["securityRepoStatus"]
        if status["scansDone"]:
            break
        time.sleep(0.25)
    assert status["filesWithIssues"] == [{"path": "evil.pkl", "level": "unsafe"}], status
    git("clone", "-q", "--mirror", url, tmp_path / "mirror")
    git.sound(tmp_path / "mirror")


def test_random_histories_are_fetched_in_any_order(world, tmp_path, git):
    """Objects that come are compared with those that git itself finds lacking, over a history with many merges."""
    dice, url, at = random.Random(11), world.repo("random"), tmp_path / "work"
    git("clone", "-q", world.own(url), at)
    tips = [git.head(at)]
    for n in range(60):
        parents = dice.sample(tips, min(len(tips), dice.choice([1, 1, 1, 2, 2, 3])))
        git("read-tree", parents[0], at=at)
        for _ in range(dice.randrange(3)):
            blob = git("hash-object", "-w", "--stdin", at=at, stdin=f"{dice.randrange(30)}".encode()).out
            path = f"{dice.choice('abc')}/{dice.choice('xy')}/{dice.randrange(5)}"
            git("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", at=at)
        tree = git("write-tree", at=at).out
        new = git("commit-tree", tree, *(word for parent in parents for word in ("-p", parent)), "-m", f"{n}", at=at).out
        tips.append(new)
        git("update-ref", f"refs/heads/b{n}", new, at=at)
    git("push", "-q", "origin", "refs/heads/b*:refs/heads/b*", at=at)
    for attempt in range(12):
        clone = tmp_path / f"clone-{attempt}"
        asking = git.speaking(dice.choice(VERSIONS))
        git("init", "-q", "--bare", clone)
        names = [f"b{n}" for n in range(60)]
        for _ in range(4):
            some = dice.sample(names, dice.randrange(1, 6))
            depth = dice.choice([(), (), ("--depth", dice.randrange(1, 6)), ("--deepen", 2)])
            asking("fetch", "-q", *depth, url, *(f"+refs/heads/{name}:refs/heads/{name}" for name in some), at=clone)
            git.sound(clone)
        if git("rev-parse", "--is-shallow-repository", at=clone).out == "true":
            asking("fetch", "-q", "--unshallow", url, "+refs/heads/*:refs/heads/*", at=clone)
        else:
            asking("fetch", "-q", url, "+refs/heads/*:refs/heads/*", at=clone)
        git.sound(clone)
        assert git.objects(clone) == git.objects(at, "--branches=b*", "refs/heads/main")


def test_other_repos_are_out_of_reach(world, tmp_path, git):
    """An id of a private repo's commit leads nowhere in another repo."""
    hidden, open_one = world.repo("hidden", private=True), world.repo("open")
    git("clone", "-q", world.own(hidden), tmp_path / "hidden")
    secret = git.commit(tmp_path / "hidden", {"secret.txt": "secret\n"})
    git("push", "-q", at=tmp_path / "hidden")
    for address in [hidden, f"{hidden}.git", f"{world.hub.url}/ada/absent"]:
        done = git("clone", address, tmp_path / "stranger", good=False)
        assert "could not read Username" in done.said, done.said
    git("init", "-q", tmp_path / "other")
    for version in VERSIONS:
        for oid in [secret, git.head(tmp_path / "hidden", "HEAD:secret.txt")]:
            done = git.speaking(version)("fetch", open_one, oid, at=tmp_path / "other", good=False)
            assert "not our ref" in done.said, done.said
    # Nor is what another repo has taken for there when something is pushed that leans on it.
    git("clone", "-q", world.own(open_one), tmp_path / "thief")
    git("fetch", "-q", world.own(hidden), at=tmp_path / "thief")
    tree = git.head(tmp_path / "thief", "FETCH_HEAD^{tree}")
    new = git("commit-tree", tree, "-p", "HEAD", "-m", "Mine", at=tmp_path / "thief").out
    git("push", "-q", "origin", f"{new}:refs/heads/mine", at=tmp_path / "thief")
    assert ask(world.hub, "/api/models/ada/open/tree/mine")[-1]["path"] == "secret.txt", "whoever has bytes may send them"
