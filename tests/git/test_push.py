"""Push: what is taken in, what is refused and how that is told, and what follows."""

import hashlib
import re
import struct
import threading
import time
import urllib.request
import zlib

import pytest
from real import Git, ask, post, with_token

ZERO = "0" * 40


def clone(world, git, tmp_path, name, **kinds):
    url, at = world.repo(name, **kinds), tmp_path / name
    git("clone", "-q", world.own(url), at)
    return url, at


def branches(world, name):
    refs = ask(world.hub, f"/api/models/ada/{name}/refs?include_prs=1", world.ada)
    return {one["ref"]: one["targetCommit"] for one in refs["branches"] + refs["tags"] + (refs["pullRequests"] or [])}


@pytest.mark.parametrize("version", [2, 0, 1])
def test_branches_and_tags(world, tmp_path, git, version):
    name = f"push-{version}"
    url, at = clone(world, git.speaking(version), tmp_path, name)
    git = git.speaking(version)
    first = git.commit(at, {"a.txt": "a\n", "sub/b.txt": "b\n"})
    told = git("push", "--progress", "origin", "main", at=at).said
    assert f"remote: Published: {url}/tree/main" in told, told
    assert branches(world, name)["refs/heads/main"] == first
    git("checkout", "-qb", "side", at=at)
    second = git.commit(at, {"a.txt": "other\n"})
    git("tag", "-am", "One", "v1", at=at)
    git("tag", "light", first, at=at)
    git("push", "-q", "origin", "side", "v1", "light", at=at)
    there = branches(world, name)
    assert (there["refs/heads/side"], there["refs/tags/v1"], there["refs/tags/light"]) == (second, second, first)
    # The history is made anew, and a tag is moved.
    git("commit", "-q", "--amend", "-m", "Anew", at=at)
    assert "non-fast-forward" in git("push", "origin", "side", at=at, good=False).said
    git("push", "-q", "--force", "origin", "side", at=at)
    git("tag", "-f", "-am", "Two", "v1", first, at=at)
    git("push", "-q", "--force", "origin", "v1", at=at)
    there = branches(world, name)
    assert (there["refs/heads/side"], there["refs/tags/v1"]) == (git.head(at), first)
    # A branch takes the place of another, in one push.
    git("push", "-q", "origin", "main:refs/heads/d/e", at=at)
    git("push", "-q", "origin", "main:refs/heads/d", ":d/e", at=at)
    told = git("push", "--progress", "origin", "main:refs/heads/feature/x", at=at).said
    assert f"{url}/tree/feature%2Fx" in told, told
    git("push", "-q", "origin", ":side", ":v1", at=at)
    assert not {"refs/heads/side", "refs/tags/v1"} & set(branches(world, name))
    git("clone", "-q", "--mirror", url, tmp_path / "after")
    git.sound(tmp_path / "after")


def test_what_is_pushed_is_published(world, tmp_path, git):
    """A push is a commit like every other: card, licence, openness, lineage, scan and log follow."""
    url, at = clone(world, git, tmp_path, "follows")
    card = "---\nlicense: mit\ntags: [by-git]\n---\n# Follows\n"
    pushed = git.commit(at, {"README.md": card, "evil.pkl": b"cposix\nsystem\n(S'id'\ntR."})
    git("push", "-q", at=at)
    told = ask(world.hub, "/api/models/ada/follows")
    assert told["sha"] == pushed and {"license:mit", "by-git"} <= set(told["tags"])
    for _ in range(120):
        status = ask(world.hub, "/api/models/ada/follows?securityStatus=true")["securityRepoStatus"]
        log = ask(world.hub, "/api/commons/v1/models/ada/follows/log")
        happened = {entry["event"]["type"] if "event" in entry else entry.get("type") for entry in log["entries"]}
        if status["scansDone"] and pushed in str(log):
            break
        time.sleep(0.25)
    assert status["filesWithIssues"] == [{"path": "evil.pkl", "level": "unsafe"}], status
    assert pushed in str(log), happened
    git.commit(at, {"README.md": None})
    git("push", "-q", at=at)
    assert "license:mit" not in ask(world.hub, "/api/models/ada/follows")["tags"]


def test_all_or_nothing(world, tmp_path, git):
    _, at = clone(world, git, tmp_path, "atomic")
    new = git.commit(at, {"a.txt": "a\n"})
    git("push", "-q", "origin", "main", "main:refs/heads/dir/one", at=at)
    newer = git.commit(at, {"a.txt": "b\n"})
    both = ["origin", "main:refs/heads/free", "main:refs/heads/dir"]
    done = git("push", "--atomic", *both, at=at, good=False)
    assert "cannot stand beside refs/heads/dir/one" in done.said and "another change" in done.said, done.said
    assert "refs/heads/free" not in branches(world, "atomic")
    done = git("push", *both, at=at, good=False)
    assert "cannot stand beside" in done.said
    assert branches(world, "atomic")["refs/heads/free"] == newer != new
    done = git("push", "origin", ":main", at=at, good=False)
    assert "the default branch stays" in done.said
    for name in ["refs/notes/x", "refs/pr/77", "refs/heads/bad..name", "HEAD"]:
        assert git("push", "origin", f"main:{name}", at=at, good=False).said, name
    tree = git("rev-parse", "HEAD^{tree}", at=at).out
    assert "leads to no commit" in git("push", "origin", f"{tree}:refs/tags/tree", at=at, good=False).said
    blob = git("hash-object", "-w", "--stdin", at=at, stdin=b"a key").out
    newest = git.commit(at, {"a.txt": "c\n"})
    done = git("push", "origin", "main", f"{blob}:refs/tags/key", at=at, good=False)
    assert "leads to no commit" in done.said and branches(world, "atomic")["refs/heads/main"] == newest, done.said


def test_whoever_may_not_is_told_why(world, tmp_path, git):
    url, at = clone(world, git, tmp_path, "rights")
    git.commit(at, {"a.txt": "a\n"})
    for address, why in [
        (with_token(url, world.ada_reads), "403"),
        (with_token(url, world.bob, "bob"), "403"),
        (with_token(url, "hf_wrong"), "Authentication failed"),
        (url, "could not read Username"),
    ]:
        done = git("push", address, "main", at=at, good=False)
        assert why in done.said, done.said
    for address in [with_token(url, world.ada_reads), with_token(url, world.bob, "bob")]:
        assert "remote: " in git("push", address, "main", at=at, good=False).said, "people are told why"
    bearer = Git(git.home, [*git.settings, f"http.extraHeader=Authorization: Bearer {world.ada}"])
    bearer("push", "-q", url, "main", at=at)
    assert branches(world, "rights")["refs/heads/main"] == git.head(at)


def test_a_pull_request_is_pushed_to_by_its_author(world, tmp_path, git):
    from huggingface_hub import CommitOperationAdd, HfApi

    url, _ = clone(world, git, tmp_path, "proposed")
    api = HfApi(endpoint=world.hub.url, token=world.bob)
    made = api.create_commit("ada/proposed", [CommitOperationAdd("p.txt", b"p\n")], commit_message="P", create_pr=True)
    number, at = made.pr_num, tmp_path / "bob"
    git("clone", "-q", with_token(url, world.bob, "bob"), at)
    git("fetch", "-q", "origin", f"refs/pr/{number}:pr", at=at)
    git("checkout", "-q", "pr", at=at)
    assert (at / "p.txt").read_text() == "p\n"
    new = git.commit(at, {"p.txt": "better\n"})
    git("push", "-q", "origin", f"pr:refs/pr/{number}", at=at)
    assert branches(world, "proposed")[f"refs/pr/{number}"] == new
    assert "403" not in git("push", "origin", "pr:refs/heads/main", at=at, good=False).said
    assert branches(world, "proposed")["refs/heads/main"] != new


def test_of_two_who_push_at_once_one_wins(world, tmp_path, git):
    url, _ = clone(world, git, tmp_path, "race")
    places = []
    for n in range(4):
        git("clone", "-q", world.own(url), tmp_path / f"racer-{n}")
        git.commit(tmp_path / f"racer-{n}", {f"{n}.txt": f"{n}\n"})
        places.append(tmp_path / f"racer-{n}")
    results = [None] * len(places)

    def run(n):
        results[n] = git("push", "origin", "main", at=places[n], good=None)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(places))]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    winners = [n for n, done in enumerate(results) if done.code == 0]
    assert len(winners) == 1, results
    assert branches(world, "race")["refs/heads/main"] == git.head(places[winners[0]])
    for n, done in enumerate(results):
        assert n in winners or "fetch first" in done.said, done.said


def test_large_files(world, tmp_path, git):
    from huggingface_hub import hf_hub_download

    url, at = clone(world, git, tmp_path, "large")
    big = b"weights" * 300_000
    # Not by git-lfs, and too large for git.
    git.commit(at, {"model.bin": bytes(17 << 20), "sub/dir/other.bin": bytes(18 << 20)})
    done = git("push", "origin", "main", at=at, good=False)
    for words in ["2 files of these commits are too large", "model.bin (17.8 MB)", "git lfs migrate import --everything"]:
        assert words in done.said, done.said
    git("reset", "-q", "--hard", "origin/main", at=at)
    git.commit(at, {"huge.bin": bytes(110 << 20)})
    done = git("push", "origin", "main", at=at, good=False)
    assert "a file of 115.3 MB is too large" in done.said and "git lfs migrate import" in done.said, done.said
    git("reset", "-q", "--hard", "origin/main", at=at)
    lfs = Git(git.home, git.settings)
    lfs("lfs", "install", at=at)
    lfs("lfs", "track", "*.bin", at=at)
    lfs.commit(at, {"model.bin": big})
    # Pointers alone are refused, with the names of what is missing.
    skipping = Git(git.home, git.settings, {"GIT_LFS_SKIP_PUSH": "1"})
    done = skipping("push", "origin", "main", at=at, good=False)
    for words in ["were not sent", f"model.bin ({hashlib.sha256(big).hexdigest()}, {len(big)} bytes)", "git lfs push --all"]:
        assert words in done.said, done.said
    lfs("push", "-q", "origin", "main", at=at)
    entry = next(one for one in ask(world.hub, "/api/models/ada/large/tree/main") if one["path"] == "model.bin")
    assert entry["lfs"]["oid"] == hashlib.sha256(big).hexdigest() and entry["size"] == len(big)
    lfs("clone", "-q", url, tmp_path / "again")
    assert (tmp_path / "again/model.bin").read_bytes() == big
    path = hf_hub_download("ada/large", "model.bin", endpoint=world.hub.url, cache_dir=tmp_path / "cache")
    with open(path, "rb") as file:
        assert file.read() == big
    # A pointer to what somebody else has is none.
    other, there = clone(world, git, tmp_path, "thief")
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'ab' * 32}\nsize 5\n"
    git.commit(there, {"x.bin": pointer})
    assert "were not sent" in skipping("push", "origin", "main", at=there, good=False).said


def test_secrets_stay_out(world, tmp_path, git):
    _, at = clone(world, git, tmp_path, "secrets")
    body = "".join(f"{n % 10}" for n in range(30))
    crc = zlib.crc32(body.encode())
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    check = ""
    while crc:
        crc, rest = divmod(crc, 62)
        check = digits[rest] + check
    git.commit(at, {"notes/keys.txt": f"token\nghp_{body}{check.rjust(6, '0')}\n"})
    done = git("push", "origin", "main", at=at, good=False)
    assert "notes/keys.txt, line 2: an access token of GitHub" in done.said, done.said
    git("commit", "-q", "--amend", "-m", "Keys of a test\n\nsecrets: intended", at=at)
    git("push", "-q", "origin", "main", at=at)


def entry(mode, name, oid):
    return f"{mode} ".encode() + name.encode("utf-8", "surrogateescape") + b"\0" + oid


def named(kind, data):
    return hashlib.sha1(f"{kind} {len(data)}\0".encode() + data).digest()


def test_unsound_objects_are_refused(world, tmp_path, git):
    """Packs are made by hand: no git would send these."""
    url, _ = clone(world, git, tmp_path, "unsound")
    modules, who = b'[submodule "../x"]\n', "Ada <ada@example.org> 1700000000 +0000"
    blob, linked = named("blob", b"x"), named("blob", modules)
    inside = entry("100644", "a", blob)
    inner = named("tree", inside)
    trees = {
        ".git": entry("40000", ".git", inner),
        ".git on a Mac": entry("40000", ".g\u200cit", inner),
        "git~1": entry("40000", "GIT~1", inner),
        "..": entry("40000", "..", inner),
        "a slash": entry("100644", "a/b", blob),
        "twice": inside + inside,
        "out of order": entry("100644", "b", blob) + inside,
        "a padded mode": entry("0100644", "a", blob),
        "no UTF-8": entry("100644", "a\udcff", blob),
        "a link to modules": entry("120000", ".gitmodules", blob),
        "modules": entry("100644", ".gitmodules", linked),
        "a file as a folder": entry("40000", "a", blob),
        "a folder as a file": entry("100644", "a", inner),
        "nothing": entry("100644", "a", bytes(20)),
        "what is not there": entry("100644", "a", b"\7" * 20),
    }
    commits = {"a date": "A <a> x +0000", "no name": "<a> 1 +0000", "no address": "A 1 +0000"}
    wanted = {what: (tree, who) for what, tree in trees.items()} | {what: (inside, author) for what, author in commits.items()}
    before = branches(world, "unsound")

    def push(tree, author, name):
        commit = f"tree {named('tree', tree).hex()}\nauthor {author}\ncommitter {who}\n\nx\n".encode()
        new = named("commit", commit).hex()
        objects = {(1, commit), (2, tree)} | ({(2, inside)} if inner in tree else set())
        text = b"".join(data for kind, data in objects if kind == 2)
        objects |= {(3, data) for data in [b"x", modules] if named("blob", data) in text}
        return send(world, url, objects, new, f"refs/heads/{name}")

    for what, (tree, author) in wanted.items():
        status, said = push(tree, author, "bad")
        assert status == 200 and b"ng refs/heads/bad" in said, f"{what}: {status} {said}"
        assert b"nothing that is pushed leads" not in said, f"{what}: {said}"
    assert branches(world, "unsound") == before
    status, said = push(inside, who, "good")
    assert b"ok refs/heads/good" in said, said


def send(world, url, objects, new, name, old=ZERO):
    """Sends a pack that is made by hand: numbers of kinds and contents, or entries that are packed already."""
    entries = [one if isinstance(one, bytes) else full(*one) for one in objects]
    command = pkt(f"{old} {new} {name}\0 report-status") + b"0000"
    return post(f"{url}/git-receive-pack", command + pack(entries), {"Authorization": f"Bearer {world.ada}"})


WHO = "Ada <ada@example.org> 1700000000 +0000"


def commit_of(tree, parent=None):
    above = f"parent {parent}\n" if parent else ""
    return f"tree {tree.hex()}\n{above}author {WHO}\ncommitter {WHO}\n\nx\n".encode()


def test_paths_have_an_end(world, tmp_path, git):
    """However deep folders lie in each other, and however many pushes that takes."""
    url, at = clone(world, git, tmp_path, "deep")

    def nested(inner, levels):
        trees = []
        for _ in range(levels):
            trees.append(entry("40000", "d", inner))
            inner = named("tree", trees[-1])
        return trees, inner

    file = entry("100644", "f", named("blob", b"x"))
    for levels, good in [(63, True), (64, False), (3000, False)]:
        trees, top = nested(named("tree", file), levels)
        commit = commit_of(top)
        objects = [(1, commit), (2, file), (3, b"x"), *((2, tree) for tree in trees)]
        status, said = send(world, url, objects, named("commit", commit).hex(), f"refs/heads/deep-{levels}")
        assert status == 200 and (b"ok refs" in said) is good, f"{levels}: {said}"
        if good:
            one_more, last = nested(top, 1)
    commit = commit_of(last)
    status, said = send(world, url, [(1, commit), (2, one_more[0])], named("commit", commit).hex(), "refs/heads/more")
    assert b"more than 64 parts" in said, said
    git("fetch", "-q", at=at)
    assert len(ask(world.hub, "/api/models/ada/deep/tree/deep-63?recursive=true")) == 64


def varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def delta(base, added):
    """A delta that adds bytes to a base of fewer than 64 KiB."""
    copy = bytes([0xB0, len(base) & 0xFF, len(base) >> 8]) if base else b""
    return varint(len(base)) + varint(len(base) + len(added)) + copy + bytes([len(added)]) + added


def ref_delta(base, data):
    size, out = len(data), bytearray()
    byte, size = (7 << 4) | (size & 15), size >> 4
    while size:
        out.append(byte | 0x80)
        byte, size = size & 0x7F, size >> 7
    out.append(byte)
    return bytes(out) + base + zlib.compress(data)


def test_what_leans_on_much_is_read_as_quickly_as_before(world, tmp_path, git):
    """A chain of thousands of deltas ends at a tree that is here already: nobody who leans on that one finds it farther away."""
    url, at = clone(world, git, tmp_path, "chains")
    git.commit(at, {f"f{n}": f"{n}" for n in range(200)})
    git("push", "-q", "origin", "main", at=at)
    versions, packed = [b"chain of blobs\n"], []
    packed.append(full(3, versions[0]))
    for n in range(4000):
        data = delta(versions[-1], bytes([65 + n % 26]))
        packed.append(ref_delta(named("blob", versions[-1]), data))
        versions.append(versions[-1] + bytes([65 + n % 26]))
    names = sorted((f"v{n:05}", named("blob", version)) for n, version in enumerate(versions))
    tree = b"".join(entry("100644", name, oid) for name, oid in names)
    commit = commit_of(named("tree", tree))
    new = named("commit", commit).hex()
    status, said = send(world, url, [(1, commit), (2, tree), *packed], new, "refs/heads/chain")
    assert b"ok refs/heads/chain" in said, said
    for n in range(3):
        git.commit(at, {f"more-{n}": "x"})
        git("push", "-q", "origin", "main", at=at)
    git("clone", "-q", "--mirror", url, tmp_path / "mirror")
    git.sound(tmp_path / "mirror")
    # A circle: one leans on what is here, and brings another copy of that, which leans on it.
    base = b"here already\n"
    git.commit(at, {"base.txt": base})
    git("push", "-q", "origin", "main", at=at)
    other = base + b"!"
    shorter = varint(len(other)) + varint(len(base)) + bytes([0xB0, len(base), 0])
    tree = entry("100644", "a", named("blob", base)) + entry("100644", "b", named("blob", other))
    commit = commit_of(named("tree", tree))
    objects = [(1, commit), (2, tree), ref_delta(named("blob", base), delta(base, b"!")), ref_delta(named("blob", other), shorter)]
    status, said = send(world, url, objects, named("commit", commit).hex(), "refs/heads/circle")
    assert b"ng refs/heads/circle" in said, said


def test_nothing_comes_in_that_nothing_leads_to(world, tmp_path, git):
    url, at = clone(world, git, tmp_path, "lost")
    head, inside = git.head(at), entry("100644", "a", named("blob", b"x"))
    commit = commit_of(named("tree", inside), head)
    new = named("commit", commit).hex()
    sound = [(1, commit), (2, inside), (3, b"x")]
    for what, objects in {
        "a file": [*sound, (3, b"lost")],
        "a tree": [*sound, (2, entry("100644", "b", named("blob", b"x")))],
        "a commit": [*sound, (1, commit_of(named("tree", inside)))],
        "a tag": [*sound, (4, f"object {new}\ntype commit\ntag t\ntagger {WHO}\n\nx\n".encode())],
    }.items():
        status, said = send(world, url, objects, new, "refs/heads/new")
        assert b"to which nothing that is pushed leads" in said, f"{what}: {said}"
    status, said = send(world, url, [(3, b"lost")], head, "refs/heads/main", head)
    assert b"ok refs" not in said, said
    status, said = send(world, url, sound, new, "refs/heads/new")
    assert b"ok refs/heads/new" in said, said


def test_files_that_git_reads_are_looked_at_however_they_come(world, tmp_path, git):
    url, _ = clone(world, git, tmp_path, "special")
    evil = b'[submodule "x"]\n\tpath = x\n\turl = -u./evil\n'
    plain = entry("100644", "x", named("blob", evil))
    commit = commit_of(named("tree", plain))
    first = named("commit", commit).hex()
    status, said = send(world, url, [(1, commit), (2, plain), (3, evil)], first, "refs/heads/one")
    assert b"ok refs/heads/one" in said, said
    for name in [".gitmodules", "GITMOD~1", ".gitmodules\u200c", ".GitModules"]:
        tree = entry("100644", name, named("blob", evil))
        commit = commit_of(named("tree", tree))
        status, said = send(world, url, [(1, commit), (2, tree)], named("commit", commit).hex(), "refs/heads/two")
        assert b"ng refs/heads/two" in said, f"{name}: {said}"
    good = b'[submodule "x"]\n\tpath = x\n\turl = ../other\n'
    tree = entry("100644", ".gitmodules", named("blob", good))
    commit = commit_of(named("tree", tree))
    status, said = send(world, url, [(1, commit), (2, tree), (3, good)], named("commit", commit).hex(), "refs/heads/two")
    assert b"ok refs/heads/two" in said, said
    git("clone", "-q", "--mirror", url, tmp_path / "mirror")
    git.sound(tmp_path / "mirror")


def pkt(text):
    data = text.encode() if isinstance(text, str) else text
    return f"{len(data) + 4:04x}".encode() + data


def pack(entries, count=None):
    body = b"PACK" + struct.pack(">II", 2, len(entries) if count is None else count) + b"".join(entries)
    return body + hashlib.sha1(body).digest()


def full(kind, data, size=None):
    size, out = len(data) if size is None else size, bytearray()
    byte, size = (kind << 4) | (size & 15), size >> 4
    while size:
        out.append(byte | 0x80)
        byte, size = size & 0x7F, size >> 7
    out.append(byte)
    return bytes(out) + zlib.compress(data)


def test_hostile_requests_are_refused_and_change_nothing(world, tmp_path, git):
    url, at = clone(world, git, tmp_path, "hostile")
    before = branches(world, "hostile")
    bearer = {"Authorization": f"Bearer {world.ada}", "Content-Type": "application/x-git-receive-pack-request"}
    command = pkt(f"{ZERO} {'1' * 40} refs/heads/new\0 report-status side-band-64k") + b"0000"
    blob = full(3, b"x")
    for what, body in {
        "no pack": command,
        "no flush": command[:-4],
        "no length": b"zzzz",
        "too long": b"ffff",
        "no command": pkt("hello") + b"0000",
        "an empty pack": command + pack([]),
        "another object": command + pack([blob]),
        "cut off": command + pack([blob])[:-5],
        "a wrong sum": command + pack([blob])[:-1] + b"\0",
        "more objects than come": command + pack([blob], 2),
        "fewer objects than come": command + pack([blob, full(3, b"y")], 1),
        "very many objects": command + pack([blob], 4_000_000_000),
        "twice the same": command + pack([blob, blob]),
        "a size that is not": command + pack([full(3, b"x", 50 << 20)]),
        "a huge size": command + pack([full(3, b"x", 1 << 40)]),
        "a type that is none": command + pack([b"\x50" + zlib.compress(b"")]),
        "no zlib": command + pack([b"\x31xxxxxxx"]),
        "a base that is not there": command + pack([b"\x73" + b"\1" * 20 + zlib.compress(b"\1\1\0")]),
        "much out of little": command + pack([full(3, bytes(90 << 20)[:-1] + bytes([n])) for n in range(3)]),
    }.items():
        status, said = post(f"{url}/git-receive-pack", body, bearer)
        assert status < 500 and b"ok refs" not in said, f"{what}: {status} {said[:200]}"
    assert branches(world, "hostile") == before
    assert post(f"{url}/git-receive-pack", b"0000", bearer) == (200, b"")
    status, said = post(f"{url}/git-receive-pack", b"0000", {})
    assert status == 401, said
    head = git.head(at)
    for version in ["version=2", "version=1", ""]:
        headers = {"Git-Protocol": version, "Content-Type": "application/x-git-upload-pack-request"}
        for body in [b"", b"0000", b"zzzz", b"0001", b"0009x", pkt("command=what") + b"0000", pkt(f"want {head}"),
                     pkt("command=fetch") + b"0001" + pkt("want x") + b"0000", pkt(f"want {'1' * 40}\n") + b"0000" + pkt("done\n"),
                     pkt("command=fetch") + b"0001" + pkt(f"want {'1' * 40}") + pkt("done") + b"0000"]:  # fmt: skip
            status, said = post(f"{url}/git-upload-pack", body, headers)
            assert status < 500 and b"PACK" not in said, f"{version} {body}: {status} {said[:200]}"
        status, _ = post(f"{url}/git-upload-pack", zlib.compress(b"x"), headers | {"Content-Encoding": "gzip"})
        assert status < 500
    git("fetch", "-q", at=at)


def test_every_demo_repo_is_sound(tmp_path_factory, git, tmp_path):
    import hubserver

    with hubserver.running("sqlite-disk", tmp_path_factory.mktemp("demo") / "hub", demo=True) as hub:
        text = urllib.request.urlopen(f"{hub.url}/sitemap/1.xml", timeout=60).read().decode()
        pages = re.findall(rf"<loc>{hub.url}/((?:[a-z]+/)?[\w.-]+/[\w.-]+)</loc>", text)
        for n, page in enumerate(pages):
            at = tmp_path / f"demo-{n}"
            git("clone", "-q", "--mirror", f"{hub.url}/{page}", at)
            git.sound(at)
        assert len(pages) >= 4, pages
