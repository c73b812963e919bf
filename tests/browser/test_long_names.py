"""Names as long as they may be, without a place to break them: no page is wider than its window."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from browser import WAYS, call, commit, judge, plant, sticks_out
from hubserver import Hub

MOST, PART = 96, 200


@dataclass(frozen=True)
class Long:
    """A member, their group and repo, a branch and a file, each with a name that is as long as it may be."""

    token: str
    owner: str
    group: str
    repo: str
    branch: str
    file: str

    def fill(self, path: str) -> str:
        for place in ["owner", "group", "repo", "branch", "file"]:
            path = path.replace(place.upper(), getattr(self, place))
        return path


PAGES = {
    "lists": ["/", "/models", "/models?author=OWNER", "/search?q=OWNER", "/search?q=nothing-REPO", "/groups"],
    "people": ["/OWNER", "/GROUP", "/groups/GROUP/members", "/new", "/settings/profile", "/settings/tokens"],
    "a repo": ["/OWNER/REPO", "/OWNER/REPO/card/BRANCH", "/OWNER/REPO/refs", "/OWNER/REPO/settings"],
    "talk": ["/OWNER/REPO/discussions", "/OWNER/REPO/discussions/1", "/OWNER/REPO/discussions/2/files", "/inbox"],
    "collections": ["/collections", "/collections?owner=OWNER"],
    "files": [
        "/OWNER/REPO/tree/BRANCH",
        "/OWNER/REPO/tree/main/FILE",
        "/OWNER/REPO/blob/main/FILE/FILE.txt",
        "/OWNER/REPO/blob/main/FILE.csv",
    ],
    "history": [
        "/OWNER/REPO/commits/BRANCH",
        "/OWNER/REPO/commits/main/FILE.csv",
        "/OWNER/REPO/commit/main",
        "/OWNER/REPO/compare/main...BRANCH",
        "/OWNER/REPO/compare/main..BRANCH",
    ],
    "forms": [
        "/OWNER/REPO/upload/BRANCH/FILE",
        "/OWNER/REPO/edit/BRANCH/FILE/FILE.txt",
        "/OWNER/REPO/delete/BRANCH/FILE/FILE.txt",
        "/OWNER/REPO/edit-card/BRANCH",
    ],
}


@pytest.fixture(scope="session")
def long(wild_hub: Hub) -> Long:
    owner, file = "o" * MOST, "f" * PART
    names = Long(wild_hub.member(owner), owner, "g" * MOST, "r" * MOST, "b" * PART, file)
    card = f"---\ntags:\n- {'t' * 150}\nbase_model: {owner}/{'m' * MOST}\n---\n# {'h' * 200}\n\n{'w' * 200}\n"
    files = {"README.md": card, f"{file}.csv": f"{file},b\n{file},1\n", f"{file}/{file}.txt": file + "\n"}
    repo = plant(wild_hub, names.token, owner, names.repo, files)
    call(wild_hub, names.token, f"/api/{repo}/branch/{names.branch}", {})
    commit(wild_hub, names.token, repo, {f"{file}/{file}.txt": "x" * 300}, "s" * 200, at=names.branch, why="d" * 300)
    commit(wild_hub, names.token, repo, {f"{file}.csv": f"{file},c\n"}, "s" * 200, why="d" * 300)
    talk = {"title": "t" * 200, "description": f"@{owner} `{'d' * 300}` [{'l' * 200}](https://example.org/{'p' * 300})"}
    call(wild_hub, names.token, f"/api/{repo}/discussions", talk)
    commit(wild_hub, names.token, repo, {f"{file}.csv": f"{file},e\n"}, "p" * 200, at="main?create_pr=1")
    call(wild_hub, names.token, "/api/collections", {"title": "c" * 59, "description": "d" * 150, "namespace": owner})
    wild_hub.admin("group", "add", names.group, "--full-name", "n" * 200)
    wild_hub.admin("group", "join", names.group, owner, "--role", "admin")
    return names


@pytest.mark.parametrize("of", PAGES)
def test_the_longest_names_fit(
    look_wild: Callable, inside_wild: Callable, sight: dict[str, object], long: Long, of: str
):
    visitor = look_wild(**inside_wild(long.token), **sight)
    found = [(path, sticks_out(visitor.go(long.fill(path)))) for path in PAGES[of]]
    assert not (wide := [f"{path}: {why}" for path, why in found if why]), "\n".join(wide)


def test_the_longest_name_of_a_member_fits_the_page_of_operators(
    look_wild: Callable, inside_wild: Callable, wild_keeper: str, long: Long
):
    page = look_wild(**inside_wild(wild_keeper), **WAYS["phone"]).go(f"/admin?q={long.owner}")
    judge(page, WAYS["phone"], "the longest name")
