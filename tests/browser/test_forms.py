"""What the forms of repos come to: made, renamed, changed while others change it, compared, proposed, deleted."""

import re
from collections.abc import Callable

import pytest
from browser import Visitor, call, commit, get, judge, plant, press
from hubserver import Hub
from playwright.sync_api import Page, expect

TEXT = {"README.md": "---\nlicense: mit\n---\n# Peas\n", "notes.txt": "Sown in May.\n"}


def raw(hub: Hub, token: str, name: str, path: str = "notes.txt") -> str:
    return get(hub, f"/ada/{name}/resolve/main/{path}", token).decode()


def test_an_edit_that_others_overtook_is_refused_and_keeps_what_was_typed(
    look: Callable, inside: Callable, sight: dict[str, object], hub: Hub, member: str, fresh: str
):
    repo = plant(hub, member, "ada", fresh, TEXT)
    visitor = look(**sight, **inside(member))
    page = visitor.go(f"/ada/{fresh}/edit/main/notes.txt")
    commit(hub, member, repo, {"notes.txt": "Sown in April.\n"})
    page.locator("#text").fill("Sown in June.\n")
    page.locator("#summary").fill("It was late")
    visitor.forgive(412)
    press(page, "Publish")
    expect(page.get_by_role("alert")).to_contain_text("somebody has changed this file since you opened this page")
    expect(page.locator("section", has_text="As it is now").locator("pre")).to_have_text("Sown in April.\n")
    expect(page.locator("#text")).to_have_value("Sown in June.\n")
    expect(page.locator("#summary")).to_have_value("It was late")
    assert raw(hub, member, fresh) == "Sown in April.\n", "nothing may be published over what others wrote"
    judge(page, sight, "an edit that was overtaken")
    press(page, "Publish")
    page.wait_for_url(re.compile(f"/ada/{fresh}/blob/main/notes.txt$"))
    assert raw(hub, member, fresh) == "Sown in June.\n"


def test_an_edit_beside_which_others_changed_something_else_says_so(
    look: Callable, inside: Callable, sight: dict[str, object], hub: Hub, member: str, fresh: str
):
    repo = plant(hub, member, "ada", fresh, TEXT)
    visitor = look(**sight, **inside(member))
    page = visitor.go(f"/ada/{fresh}/edit/main/notes.txt")
    commit(hub, member, repo, {"other.txt": "Other.\n"})
    page.locator("#text").fill("Sown in June.\n")
    visitor.forgive(412)
    press(page, "Publish")
    expect(page.get_by_role("alert")).to_contain_text("the branch has moved since you opened this page")
    expect(page.locator("#text")).to_have_value("Sown in June.\n")
    judge(page, sight, "an edit beside which the branch moved")
    press(page, "Publish")
    page.wait_for_url(re.compile(f"/ada/{fresh}/blob/main/notes.txt$"))
    assert raw(hub, member, fresh, "other.txt") == "Other.\n"


def test_a_card_that_others_overtook_is_refused_and_keeps_what_was_typed(
    look: Callable, inside: Callable, sight: dict[str, object], hub: Hub, member: str, fresh: str
):
    repo = plant(hub, member, "ada", fresh, TEXT)
    visitor = look(**sight, **inside(member))
    page = visitor.go(f"/ada/{fresh}/edit-card/main")
    commit(hub, member, repo, {"README.md": "---\nlicense: mit\n---\n# Sugar peas\n"})
    page.locator("#body").fill("# Split peas\n")
    page.locator("#tags").fill("heirloom")
    visitor.forgive(412)
    press(page, "Publish")
    expect(page.get_by_role("alert")).to_contain_text("somebody has changed the card since you opened this page")
    expect(page.get_by_label("The card as it is now")).to_contain_text("# Sugar peas")
    expect(page.locator("#body")).to_have_value("# Split peas\n")
    expect(page.locator("#tags")).to_have_value("heirloom")
    assert "# Sugar peas" in raw(hub, member, fresh, "README.md")
    judge(page, sight, "a card that was overtaken")
    press(page, "Publish")
    page.wait_for_url(f"{visitor.url}/ada/{fresh}")
    expect(page.get_by_role("heading", name="Split peas")).to_be_visible()


def test_a_file_that_others_changed_is_not_deleted_unseen(
    look: Callable, inside: Callable, sight: dict[str, object], hub: Hub, member: str, fresh: str
):
    repo = plant(hub, member, "ada", fresh, TEXT)
    visitor = look(**sight, **inside(member))
    page = visitor.go(f"/ada/{fresh}/blob/main/notes.txt")
    page.get_by_role("link", name="Delete").click()
    commit(hub, member, repo, {"notes.txt": "Sown in April.\n"})
    visitor.forgive(412)
    press(page, "Delete this file")
    expect(page.get_by_role("alert")).to_contain_text("Nothing was deleted: somebody has changed this file")
    assert raw(hub, member, fresh) == "Sown in April.\n"
    judge(page, sight, "a deletion that was overtaken")
    press(page, "Delete this file")
    page.wait_for_url(re.compile(f"/ada/{fresh}/tree/main$"))
    expect(page.get_by_role("table")).not_to_contain_text("notes.txt")
    visitor.refused(f"/ada/{fresh}/blob/main/notes.txt", 404)
    expect(visitor.go(f"/ada/{fresh}/commits/main").locator("main")).to_contain_text("Delete notes.txt")


def test_a_repo_is_not_deleted_by_a_wrong_name(
    look: Callable, inside: Callable, sight: dict[str, object], hub: Hub, member: str, fresh: str
):
    plant(hub, member, "ada", fresh, TEXT)
    visitor = look(**sight, **inside(member))
    page = visitor.go(f"/ada/{fresh}/settings")
    page.locator("#confirm").fill(fresh)
    press(page, "Delete this model")
    expect(page.locator("#confirm-e")).to_contain_text(f"Nothing was deleted: type ada/{fresh} to confirm.")
    expect(page.locator("#confirm")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#confirm")).to_have_value(fresh)
    judge(page, sight, "a deletion that was not confirmed")
    visitor.go(f"/ada/{fresh}")


def test_a_renamed_repo_is_found_by_both_names(
    look: Callable, inside: Callable, sight: dict[str, object], hub: Hub, member: str, fresh: str
):
    plant(hub, member, "ada", fresh, TEXT)
    visitor = look(**sight, **inside(member))
    page = visitor.go(f"/ada/{fresh}")
    page.get_by_role("link", name="Settings").first.click()
    now = f"{fresh}-now"
    page.locator("#name").fill(now)
    press(page, "Rename")
    page.wait_for_url(f"{visitor.url}/ada/{now}/settings?done=1")
    expect(page.get_by_role("status")).to_have_text("Saved.")
    judge(page, sight, "settings that were saved")
    for old in ["", "/tree/main", "/blob/main/notes.txt", "/commits/main"]:
        visitor.go(f"/ada/{fresh}{old}")
        assert page.url == f"{visitor.url}/ada/{now}{old}"
    assert raw(hub, member, fresh) == "Sown in May.\n", "clients follow too"


def test_a_name_that_is_taken_is_refused_beside_the_field(
    look: Callable, inside: Callable, sight: dict[str, object], hub: Hub, member: str, fresh: str
):
    plant(hub, member, "ada", fresh)
    plant(hub, member, "ada", f"{fresh}-2")
    page = look(**sight, **inside(member)).go(f"/ada/{fresh}/settings")
    page.locator("#name").fill(f"{fresh}-2")
    press(page, "Rename")
    expect(page.locator("#name-e")).to_be_visible()
    expect(page.locator("#name")).to_have_value(f"{fresh}-2")
    judge(page, sight, "a rename that was refused")


def test_a_repo_is_hidden_and_its_files_are_given_on_request(
    look: Callable, inside: Callable, hub: Hub, member: str, fresh: str
):
    plant(hub, member, "ada", fresh, TEXT)
    owner, stranger = look(**inside(member)), look()
    page = owner.go(f"/ada/{fresh}/settings")
    page.locator("#g-manual").check()
    press(page, "Save")
    page.wait_for_url("**/settings?done=1")
    expect(stranger.go(f"/ada/{fresh}").locator("main")).to_contain_text("The files are given on request.")
    assert "/login?next=" in stranger.go(f"/ada/{fresh}/blob/main/notes.txt").url
    expect(page.locator("#g-manual")).to_be_checked()
    page.locator("#v-private").check()
    press(page, "Save")
    page.wait_for_url("**/settings?done=1")
    stranger.refused(f"/ada/{fresh}", 404)
    expect(owner.go(f"/ada/{fresh}").locator(".marks").first).to_contain_text("Private")


@pytest.fixture(scope="session")
def peas(hub: Hub, member: str) -> str:
    """A repo with a branch that parted from the other."""
    repo = plant(hub, member, "ada", "peas", TEXT)
    call(hub, member, f"/api/{repo}/branch/draft", {})
    commit(hub, member, repo, {"notes.txt": "Sown in April.\n"}, "Sow earlier", at="draft")
    commit(hub, member, repo, {"more.txt": "More.\n"}, "Write more")
    return "/ada/peas"


def choose(visitor: Visitor, repo: str, to: str, way: str) -> Page:
    page = visitor.go(f"{repo}/refs")
    page.locator("#from").fill("main")
    page.locator("#to").fill(to)
    page.locator("#way").select_option(way)
    press(page, "Compare")
    return page


def test_two_revisions_are_compared_from_the_form(look: Callable, sight: dict[str, object], peas: str):
    visitor = look(**sight)
    page = choose(visitor, peas, "draft", "parted")
    page.wait_for_url("**/compare/main...draft")
    changes = page.locator("main")
    expect(changes.locator("tr.del")).to_contain_text("Sown in May.")
    expect(changes.locator("tr.add")).to_contain_text("Sown in April.")
    expect(changes).not_to_contain_text("more.txt")
    page.get_by_role("link", name="Compare the two as they are").click()
    page.wait_for_url("**/compare/main..draft")
    expect(changes).to_contain_text("more.txt")
    page.get_by_role("link", name="The other way round").click()
    page.wait_for_url("**/compare/draft..main")
    expect(changes.locator("tr.add").filter(has_text="Sown in May.")).to_be_visible()


def test_a_revision_that_is_not_there_is_refused_with_its_name(look: Callable, sight: dict[str, object], peas: str):
    visitor = look(**sight)
    visitor.forgive(404)
    page = choose(visitor, peas, "nowhere", "direct")
    page.wait_for_url("**/compare/main..nowhere")
    judge(page, sight, "a comparison with nothing")


def make_ref(page: Page, what: str, name: str, at: str) -> None:
    page.get_by_role("radio", name=f"a {what}").check()
    page.locator("#name").fill(name)
    page.locator("#at").fill(at)
    press(page, "Make it")


def test_a_branch_and_a_tag_are_made_and_deleted_on_their_page(
    look: Callable, inside: Callable, sight: dict[str, object], hub: Hub, member: str, fresh: str
):
    repo = plant(hub, member, "ada", fresh, TEXT)
    visitor = look(**sight, **inside(member))
    page = visitor.go(f"/ada/{fresh}/refs")
    make_ref(page, "tag", "v1.0", "main")
    tags = page.get_by_role("table").filter(has=page.get_by_role("link", name="v1.0", exact=True))
    expect(tags).to_be_visible()
    make_ref(page, "branch", "draft", "v1.0")
    expect(page.get_by_role("link", name="draft", exact=True)).to_be_visible()
    refs = get(hub, f"/api/{repo}/refs")
    assert {one["name"] for one in refs["branches"]} == {"main", "draft"}
    assert [one["name"] for one in refs["tags"]] == ["v1.0"]
    judge(page, sight, "branches and tags")
    for word, name in [("tag", "v1.0"), ("branch", "draft")]:
        row = page.get_by_role("row", name=name)
        row.locator("summary").click()
        row.get_by_role("button", name=f"Delete the {word}").click()
        expect(page.get_by_role("link", name=name, exact=True)).to_have_count(0)
    assert get(hub, f"/api/{repo}/refs")["tags"] == []


def test_a_branch_that_cannot_be_is_refused_beside_its_field(
    look: Callable, inside: Callable, sight: dict[str, object], member: str, peas: str
):
    page = look(**sight, **inside(member)).go(f"{peas}/refs")
    make_ref(page, "branch", "no..good", "main")
    expect(page.locator("#name-e")).to_be_visible()
    expect(page.locator("#name")).to_have_value("no..good")
    expect(page.get_by_role("radio", name="a branch")).to_be_checked()
    judge(page, sight, "a branch that cannot be")
    make_ref(page, "tag", "v9", "nowhere")
    expect(page.locator("#at-e")).to_be_visible()
    make_ref(page, "branch", "draft", "main")
    expect(page.locator("#name-e")).to_be_visible()


def test_the_history_of_a_path_has_only_what_touched_it(look: Callable, peas: str):
    page = look().go(f"{peas}/blob/main/notes.txt")
    page.get_by_role("link", name="History").last.click()
    page.wait_for_url("**/commits/main/notes.txt")
    table = page.get_by_role("table")
    expect(table.locator("tbody tr")).to_have_count(1)
    expect(table).not_to_contain_text("Write more")
    page.get_by_role("link", name="All commits").click()
    expect(table).to_contain_text("Write more")
    table.get_by_role("link", name="Write more").click()
    expect(page.locator("main")).to_contain_text("more.txt")


def test_a_member_who_may_not_write_proposes_a_change(
    look: Callable, inside: Callable, sight: dict[str, object], hub: Hub, member: str, other: str, fresh: str
):
    plant(hub, member, "ada", fresh, TEXT)
    visitor = look(**sight, **inside(other))
    page = visitor.go(f"/ada/{fresh}/edit/main/notes.txt")
    page.locator("#text").fill("Sown by bea.\n")
    press(page, "Publish")
    page.wait_for_url(re.compile(f"/ada/{fresh}/discussions/1$"))
    page.get_by_role("link", name="What it brings").click()
    expect(page.locator("tr.add")).to_contain_text("Sown by bea.")
    assert raw(hub, member, fresh) == "Sown in May.\n"
    page = visitor.go(f"/ada/{fresh}/refs")
    page.get_by_role("row", name="refs/pr/1").get_by_role("link", name="Compare with main").click()
    expect(page.locator("tr.add")).to_contain_text("Sown by bea.")
