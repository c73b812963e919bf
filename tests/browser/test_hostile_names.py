"""What people call themselves, their branches and their papers, and what addresses ask for, is shown and never run."""

import re
import urllib.parse
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable

import pytest
from browser import Visitor, call, commit, get, plant, press, submit, turned
from hostile import ALARM, BREAKS, IMAGE, SCRIPTS, TURNS
from hubserver import Hub
from playwright.sync_api import expect

TURNING = f"safe{TURNS}txt.exe"

# Names of branches and tags hold no spaces; a browser takes a slash for one.
REFS = [
    f"<img/src=x/onerror={ALARM}>",
    f'"onmouseover={ALARM};x="',
    f"';{ALARM};'",
    f"<script>{ALARM}</script>",
    "javascript%3Aalert(1)",
    TURNING,
    "a&amp;b#c",
]
CHANGED = {"README.md": "# Snare\n", "x.txt": "y\n"}


def quote(text: str) -> str:
    return urllib.parse.quote(text, safe="")


@pytest.fixture(scope="session")
def snare(wild_hub: Hub, wild_member: str) -> str:
    """A repo whose branches and tags have hostile names."""
    repo = plant(wild_hub, wild_member, "ada", "snare", {"README.md": "# Snare\n", "x.txt": "x\n"})
    for name in REFS:
        call(wild_hub, wild_member, f"/api/{repo}/tag/main", {"tag": "v-" + name})
        call(wild_hub, wild_member, f"/api/{repo}/branch/{quote(name)}", {})
        commit(wild_hub, wild_member, repo, CHANGED, SCRIPTS[1], at=quote(name))
    return "/ada/snare"


@pytest.mark.parametrize(
    "what", ["tree/@", "card/@", "commits/@", "blob/@/x.txt", "compare/main...@", "compare/@..v-@"]
)
def test_nothing_runs_from_the_name_of_a_branch(look_wild: Callable, snare: str, what: str):
    visitor = look_wild()
    for name in REFS:
        page = visitor.go(f"{snare}/{what.replace('@', quote(name))}")
        assert name in page.locator("main").text_content(), "the name is not shown as it is"
        visitor.provoke()


@pytest.mark.parametrize("what", ["/tree/@", "/card/@", "/commits/@", "/compare/main...@", "/compare/@..v-@", "/refs"])
def test_the_name_of_a_branch_turns_nothing_round_beside_it(look_wild: Callable, snare: str, what: str):
    assert not (found := turned(look_wild().go(snare + what.replace("@", quote(TURNING))))), found


@pytest.mark.parametrize("what", ["upload/@", "new/@", "edit/@/x.txt", "delete/@/x.txt", "edit-card/@"])
def test_nothing_runs_from_the_name_of_a_branch_in_a_form(
    look_wild: Callable, inside_wild: Callable, wild_member: str, snare: str, what: str
):
    visitor = look_wild(**inside_wild(wild_member))
    for name in REFS:
        visitor.go(f"{snare}/{what.replace('@', quote(name))}")
        visitor.provoke()


def test_nothing_runs_on_the_list_of_branches(look_wild: Callable, inside_wild: Callable, wild_member: str, snare: str):
    visitor = look_wild(**inside_wild(wild_member))
    page = visitor.go(f"{snare}/refs")
    for name in REFS:
        expect(page.get_by_role("link", name="v-" + name, exact=True).first).to_be_visible()
    visitor.provoke()


def test_a_branch_with_a_hostile_name_is_changed_by_the_form(
    look_wild: Callable, inside_wild: Callable, wild_hub: Hub, wild_member: str, snare: str
):
    visitor = look_wild(**inside_wild(wild_member))
    page = visitor.go(f"{snare}/edit/{quote(REFS[0])}/x.txt")
    page.locator("#text").fill("changed\n")
    press(page, "Publish")
    page.wait_for_url(f"**/blob/{quote(REFS[0])}/x.txt")
    visitor.provoke()
    assert get(wild_hub, f"{snare}/resolve/{quote(REFS[0])}/x.txt") == b"changed\n"


# An address whose text the page shows or keeps; `@` is what somebody put there.
ADDRESSES = [
    "/search?q=@",
    "/search?q=acorn&kind=@",
    "/models?q=@",
    "/models?tag=@",
    "/models?author=@",
    "/models?sort=@",
    "/models?parameters=@",
    "/papers?q=@",
    "/login?next=@",
    "/join?code=@",
    "/join/password?code=@",
    "/groups/@/members",
    "/@",
    "/@/@",
    "/acorn-lab/acorn-tiny/tree/@",
    "/acorn-lab/acorn-tiny/blob/main/@",
    "/acorn-lab/acorn-tiny/commits/main/@",
    "/acorn-lab/acorn-tiny/commits/main?after=@",
    "/acorn-lab/acorn-tiny/tree/main?after=@",
    "/acorn-lab/acorn-tiny/card/@",
    "/acorn-lab/acorn-tiny/compare/@",
    "/acorn-lab/acorn-tiny/compare/@..main",
    "/acorn-lab/acorn-tiny/compare?from=main&to=@",
    "/acorn-lab/acorn-tiny/commit/main?file=@",
    "/acorn-lab/acorn-tiny/blob/main/model.safetensors?q=@&after=@",
    "/-/raw/@",
]
OWN_ADDRESSES = ["/new?kind=@&owner=@", "/device?code=@", "/settings/tokens?name=@", "/groups/new?name=@"]


def try_address(visitor: Visitor, address: str) -> None:
    for status in (400, 401, 403, 404):
        visitor.forgive(status)
    for text in [BREAKS, IMAGE, f"x{TURNS}y", f"javascript:{ALARM}"]:
        answer = visitor.page.goto(visitor.url + address.replace("@", quote(text)))
        assert answer is not None and answer.status < 500, f"{address}: {answer and answer.status}"
        visitor.provoke()
        assert not (found := turned(visitor.page)), found


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_runs_from_an_address(look_wild: Callable, address: str):
    try_address(look_wild(), address)


@pytest.mark.parametrize("address", OWN_ADDRESSES)
def test_nothing_runs_from_an_address_of_members(
    look_wild: Callable, inside_wild: Callable, wild_member: str, address: str
):
    try_address(look_wild(**inside_wild(wild_member)), address)


def test_nothing_runs_from_an_address_of_operators(look_wild: Callable, inside_wild: Callable, wild_keeper: str):
    try_address(look_wild(**inside_wild(wild_keeper)), "/admin?q=@&after=@")


@pytest.mark.parametrize(
    "place", [f"javascript:{ALARM}", "//evil.example/", "/\\evil.example/", "https://evil.example/"]
)
def test_signing_in_leads_nowhere_else(visit_wild: Callable, wild_member: str, place: str):
    visitor = visit_wild()
    page = visitor.go(f"/login?next={quote(place)}")
    page.locator("#token").fill(wild_member)
    page.locator("form:has(#token) button[type=submit]").click()
    page.wait_for_url(f"{visitor.url}/")


@pytest.mark.parametrize("text", [BREAKS, IMAGE, f"Ada{TURNS}evoL", "<b>{{7*7}}</b>"])
def test_nothing_runs_from_the_full_name_of_a_member(
    visit_wild: Callable,
    look_wild: Callable,
    inside_wild: Callable,
    wild_hub: Hub,
    wild_keeper: str,
    text: str,
    request: pytest.FixtureRequest,
):
    number = request.node.callspec.indices["text"]
    visitor, operator = visit_wild(), look_wild(**inside_wild(wild_keeper))
    visitor.sign_in(wild_hub.member(f"guest-{number}"))
    page = visitor.go("/settings/profile")
    page.locator("#full_name").fill(text)
    press(page, "Save")
    expect(page.locator("#full_name")).to_have_value(text)
    visitor.provoke()
    page = visitor.go("/groups/new")
    page.locator("#name").fill(f"group-{number}")
    page.locator("#full_name").fill(text)
    press(page, "Make the group")
    page.wait_for_url("**/members")
    for path in [f"/guest-{number}", f"/group-{number}", "/groups", f"/groups/group-{number}/members"]:
        page = visitor.go(path)
        assert text in page.locator("main").text_content() or page.locator("#full_name").input_value() == text, path
        visitor.provoke()
    page = operator.go(f"/admin?q=guest-{number}")
    assert text in page.locator("main").text_content()
    operator.provoke()


def test_nothing_runs_from_what_a_program_says_of_itself(visit_wild: Callable, wild_hub: Hub, fresh: str):
    token, says = wild_hub.member(fresh), SCRIPTS[0]
    visitor, other = visit_wild(), visit_wild(user_agent=says)
    visitor.sign_in(token)
    other.sign_in(token)
    begun = submit(wild_hub, "/oauth/device", {}, client=says)
    page = visitor.go(f"/device?code={begun['user_code']}")
    assert says in page.locator("main").text_content()
    visitor.provoke()
    page = visitor.go("/settings/sessions")
    expect(page.get_by_role("table").locator("tbody tr")).to_have_count(2)
    visitor.provoke()
    page = visitor.go("/settings/tokens")
    page.locator("#name").fill(IMAGE)
    press(page, "Make the token")
    expect(page.get_by_role("table")).to_contain_text(IMAGE)
    visitor.provoke()


@pytest.mark.parametrize("path", ["/turner", "/turners", "/groups", "/groups/turners/members", "/admin?q=turner"])
def test_a_full_name_turns_nothing_round_beside_it(look_wild: Callable, inside_wild: Callable, turner: str, path: str):
    assert not (found := turned(look_wild(**inside_wild(turner)).go(path))), found


@pytest.fixture(scope="session")
def turner(wild_hub: Hub) -> str:
    """A token of an operator, and their group, with a full name that turns round what stands behind it."""
    wild_hub.admin("member", "add", "turner", "--full-name", f"Ada{TURNS}evoL", "--admin")
    wild_hub.admin("group", "add", "turners", "--full-name", f"Ada{TURNS}evoL")
    wild_hub.admin("group", "join", "turners", "turner", "--role", "admin")
    return wild_hub.admin("token", "create", "turner", "--role", "write")


@pytest.fixture(scope="session")
def lure(wild_hub: Hub, wild_member: str) -> str:
    """A paper that is hostile in all that it says of itself."""
    quoted = [text.replace("'", "''") for text in (BREAKS, IMAGE, SCRIPTS[0])]
    card = (
        f"---\ntitle: '{quoted[0]}'\nauthors:\n- name: '{quoted[1]}'\n  affiliation: '{quoted[0]}'\n- '{quoted[2]}'\n"
        f"- name: Ada {TURNS}evoL\n  orcid: 0000-0002-1825-0097\n  affiliation: Kernels\n"
        f"abstract: '{quoted[0]} {quoted[1]}'\nvenue: '{quoted[1]}'\njournal: '{quoted[1]}'\npublished: 2024-05\n"
        f"tags:\n- '{quoted[1]}'\nlicense: '{quoted[2]}'\n---\n# Lure\n"
    )
    plant(wild_hub, wild_member, "ada", "lure", {"README.md": card}, type="paper")
    says = f"papers:\n- ada/lure\nlicense: '{quoted[1]}'\npipeline_tag: '{quoted[2]}'\nbase_model: '{quoted[1]}'\n"
    plant(wild_hub, wild_member, "ada", "baited", {"README.md": f"---\n{says}---\n{IMAGE} bait\n"})
    return "/papers/ada/lure"


@pytest.mark.parametrize(
    "path", ["", "/tree/main", "/refs", "/commits/main", "/blob/main/README.md", "/edit-card/main"]
)
def test_nothing_runs_on_the_page_of_a_paper(
    look_wild: Callable, inside_wild: Callable, wild_member: str, lure: str, path: str
):
    visitor = look_wild(**inside_wild(wild_member))
    page = visitor.go(lure + path)
    if path == "":
        expect(page.locator("h1")).to_have_text(BREAKS)
        expect(page.get_by_role("list", name="Authors")).to_contain_text(IMAGE)
    visitor.provoke()
    assert not (found := turned(page)), found


@pytest.mark.usefixtures("lure")
@pytest.mark.parametrize(
    "path", ["/", "/papers", "/models", "/ada", "/search?q=alert", "/search?q=bait", "/ada/baited"]
)
def test_nothing_runs_where_works_are_listed(look_wild: Callable, path: str):
    visitor = look_wild()
    # The picture that the card asks for.
    visitor.forgive(404)
    page = visitor.go(path)
    assert re.search("onerror|script", page.locator("main").text_content()), "what is hostile is not even shown"
    visitor.provoke()


@pytest.mark.parametrize("path", ["/cite.bib", "/cite.cff"])
def test_a_citation_is_no_document_that_runs(look_wild: Callable, lure: str, path: str):
    visitor = look_wild()
    answer = visitor.page.request.get(visitor.url + lure + path)
    assert answer.ok and answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"].split(";")[0] not in ("text/html", "application/xhtml+xml", "text/xml")


@pytest.mark.usefixtures("lure")
@pytest.mark.parametrize("path", ["/papers/feed.atom", "/users/ada/feed.atom"])
def test_a_feed_holds_hostile_words_as_text(look_wild: Callable, path: str):
    visitor = look_wild()
    answer = visitor.page.request.get(visitor.url + path)
    assert answer.ok and answer.headers["x-content-type-options"] == "nosniff"
    feed = ElementTree.fromstring(answer.text())
    assert feed.tag == "{http://www.w3.org/2005/Atom}feed"
    assert {one.tag.split("}")[0] for one in feed.iter()} == {"{http://www.w3.org/2005/Atom"}, "nothing else is in it"
    assert ALARM in "".join(feed.itertext())


def test_a_paper_is_made_with_hostile_words_in_each_field(look_wild: Callable, inside_wild: Callable, wild_member: str):
    visitor = look_wild(**inside_wild(wild_member))
    page = visitor.go("/new?kind=paper")
    fields = {"title": BREAKS, "authors": f"{IMAGE}\n{SCRIPTS[0]}", "abstract": "\n\n".join(SCRIPTS), "arxiv": IMAGE}
    for field, text in fields.items():
        page.locator(f"#{field}").fill(text)
    page.locator("#name").fill("lured")
    press(page, "Make it")
    expect(page.locator(".err").first).to_be_visible()
    expect(page.locator("#title")).to_have_value(BREAKS)
    expect(page.locator("#abstract")).to_have_value(fields["abstract"])
    visitor.provoke()
