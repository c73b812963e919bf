"""Groups and accounts: who is taken in, raised and let go; programs that sign in by a code; tokens and sessions."""

import re
import urllib.error
from collections.abc import Callable

import pytest
from browser import Visitor, get, judge, plant, press, submit
from hubserver import Hub
from playwright.sync_api import Page, expect

GRANT = "urn:ietf:params:oauth:grant-type:device_code"


def make_group(visitor: Visitor, name: str) -> Page:
    page = visitor.go("/groups/new")
    page.locator("#name").fill(name)
    page.locator("#full_name").fill("Growers of the north")
    press(page, "Make the group")
    page.wait_for_url(f"{visitor.url}/groups/{name}/members")
    return page


def take_in(page: Page, name: str, role: str) -> None:
    page.locator("#member").fill(name)
    page.get_by_role("radio", name=re.compile(f"^{role}:")).check()
    press(page, "Take in")


def test_a_member_is_taken_into_a_group_raised_and_let_go(
    look: Callable, inside: Callable, way: dict[str, object], hub: Hub, member: str, other: str, fresh: str
):
    runs, comes = look(**way, **inside(member)), look(**way, **inside(other))
    page = make_group(runs, fresh)
    plant(hub, member, fresh, "hidden", {"README.md": "# Hidden\n"}, private=True)
    comes.refused(f"/{fresh}/hidden", 404)
    take_in(page, "bea", "read")
    expect(page.get_by_role("status")).to_have_text("Saved.")
    judge(page, way, "a group for those who run it")
    comes.go(f"/{fresh}/hidden")
    homes = comes.go("/new").locator("#owner option")
    expect(homes).not_to_contain_text([fresh])
    page.get_by_label("Role of bea").select_option("write")
    page.get_by_role("button", name="Change the role of bea").click()
    expect(page.get_by_role("status")).to_have_text("Saved.")
    expect(page.get_by_label("Role of bea")).to_have_value("write")
    theirs = comes.go("/new")
    theirs.locator("#owner").select_option(fresh)
    theirs.locator("#name").fill("grown")
    press(theirs, "Make it")
    theirs.wait_for_url(f"{comes.url}/{fresh}/grown")
    judge(comes.go(f"/groups/{fresh}/members"), way, "a group for its members")
    page.get_by_role("button", name="Let go bea").click()
    expect(page.get_by_role("table")).not_to_contain_text("bea")
    comes.refused(f"/{fresh}/hidden", 404)
    comes.refused(f"/{fresh}/grown/settings", 403)
    judge(comes.go(f"/{fresh}"), way, "the page of a group")


def test_a_group_refuses_strangers_and_to_be_left_alone(
    look: Callable, inside: Callable, sight: dict[str, object], member: str, fresh: str
):
    visitor = look(**sight, **inside(member))
    page = make_group(visitor, fresh)
    take_in(page, "no-such-member", "admin")
    expect(page.locator("#member-e")).to_contain_text('No member is called "no-such-member".')
    expect(page.locator("#member")).to_have_value("no-such-member")
    judge(page, sight, "a group with a fault")
    press(page, "Leave")
    expect(page.get_by_role("alert")).to_contain_text("Nobody would be left to run")
    expect(page.get_by_role("table")).to_contain_text("ada")
    judge(page, sight, "a group that nobody would run")


def test_a_group_is_named_anew_and_by_nobody_else(
    look: Callable, inside: Callable, member: str, other: str, fresh: str
):
    visitor, stranger = look(**inside(member)), look(**inside(other))
    page = make_group(visitor, fresh)
    page.locator("#full_name").fill("Growers of the south")
    press(page, "Save")
    expect(page.get_by_role("status")).to_have_text("Saved.")
    expect(stranger.go(f"/{fresh}").locator("main")).to_contain_text("Growers of the south")
    seen = stranger.go(f"/groups/{fresh}/members")
    expect(seen.locator("main form")).to_have_count(0)
    judge(seen, {}, "a group for strangers")
    taken = stranger.go("/groups/new")
    taken.locator("#name").fill(fresh)
    press(taken, "Make the group")
    expect(taken.locator("#name-e")).to_contain_text("already")


def test_a_program_signs_in_by_a_code(visit: Callable, hub: Hub, way: dict[str, object], fresh: str):
    visitor = visit(**way)
    visitor.sign_in(hub.member(fresh))
    begun = submit(hub, "/oauth/device", {})
    assert begun["verification_uri"] == f"{visitor.url}/device"
    page = visitor.go("/device")
    page.locator("#code").fill(begun["user_code"].lower().replace("-", " "))
    press(page, "Go on")
    expect(page.locator("main")).to_contain_text(begun["user_code"])
    expect(page.locator("main")).to_contain_text(fresh)
    judge(page, way, "a program that waits")
    press(page, "Let it in")
    expect(page.get_by_role("status")).to_contain_text("It is signed in.")
    judge(page, way, "a program that was let in")
    token = submit(hub, "/oauth/token", {"grant_type": GRANT, "device_code": begun["device_code"]})["access_token"]
    assert get(hub, "/api/whoami-v2", token)["name"] == fresh
    plant(hub, token, fresh, "grown")
    expect(visitor.go("/settings/tokens").get_by_role("table")).to_contain_text("signed in on")
    page.get_by_role("button", name="Take back signed in on").click()
    with pytest.raises(urllib.error.HTTPError, match="401"):
        get(hub, "/api/whoami-v2", token)


def test_a_program_that_may_only_read_and_one_that_is_refused(visit: Callable, hub: Hub, fresh: str):
    visitor = visit()
    visitor.sign_in(hub.member(fresh))
    reads, refused = submit(hub, "/oauth/device", {}), submit(hub, "/oauth/device", {})
    page = visitor.go(f"/device?code={reads['user_code']}")
    page.get_by_role("radio", name="read what you may read").check()
    press(page, "Let it in")
    token = submit(hub, "/oauth/token", {"grant_type": GRANT, "device_code": reads["device_code"]})["access_token"]
    assert get(hub, "/api/whoami-v2", token)["name"] == fresh
    with pytest.raises(urllib.error.HTTPError, match="403"):
        plant(hub, token, fresh, "grown")
    page = visitor.go(f"/device?code={refused['user_code']}")
    press(page, "Do not")
    expect(page.get_by_role("status")).to_contain_text("It was not let in.")
    with pytest.raises(urllib.error.HTTPError) as told:
        submit(hub, "/oauth/token", {"grant_type": GRANT, "device_code": refused["device_code"]})
    assert b"access_denied" in told.value.read()


def test_a_code_that_nobody_waits_for_is_refused_and_kept(
    visit: Callable, hub: Hub, sight: dict[str, object], fresh: str
):
    visitor = visit(**sight)
    visitor.sign_in(hub.member(fresh))
    page = visitor.go("/device?code=BCDF-GHJK")
    expect(page.get_by_role("alert")).to_contain_text("No sign-in waits for this code.")
    expect(page.locator("#code")).to_have_value("BCDF-GHJK")
    judge(page, sight, "a code that nobody waits for")


def test_a_token_is_made_shown_once_and_taken_back(visit: Callable, hub: Hub, sight: dict[str, object], fresh: str):
    visitor = visit(**sight)
    visitor.sign_in(hub.member(fresh))
    page = visitor.go("/settings/tokens")
    page.locator("#name").fill("a laptop")
    page.locator("#r-read").check()
    press(page, "Make the token")
    shown = page.get_by_role("status").locator("xpath=following-sibling::div[1]").locator("code").inner_text()
    secret = re.search(r"HF_TOKEN=(\S+)", shown)[1]
    judge(page, sight, "a token that was just made")
    assert get(hub, "/api/whoami-v2", secret)["name"] == fresh
    assert secret not in visitor.go("/settings/tokens").content()
    page.get_by_role("button", name="Take back a laptop").click()
    expect(page.get_by_role("table")).not_to_contain_text("a laptop")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        get(hub, "/api/whoami-v2", secret)


def test_a_token_is_put_into_the_commands(visit: Callable, hub: Hub, sight: dict[str, object], fresh: str):
    visitor = visit(**sight)
    visitor.sign_in(hub.member(fresh))
    page = visitor.go("/new/commands")
    press(page, "Put a new token into these lines")
    expect(page.get_by_role("status")).to_contain_text("Made.")
    secret = re.search(r"--token (\S+)", page.locator("main pre").first.inner_text())[1]
    judge(page, sight, "commands with a token")
    assert get(hub, "/api/whoami-v2", secret)["name"] == fresh
    assert secret not in visitor.go("/new/commands").content()


def test_a_token_for_no_repo_is_refused_and_its_form_kept(
    look: Callable, inside: Callable, sight: dict[str, object], member: str
):
    page = look(**sight, **inside(member)).go("/settings/tokens")
    page.locator("#name").fill("a laptop")
    page.locator("#r-fine").check()
    page.locator("#repos").fill("not a repo")
    press(page, "Make the token")
    expect(page.get_by_role("alert")).to_contain_text("No token was made.")
    expect(page.locator("#repos")).to_have_value("not a repo")
    expect(page.locator("#name")).to_have_value("a laptop")
    expect(page.locator("#r-fine")).to_be_checked()
    judge(page, sight, "a token with a fault")


def test_other_browsers_are_signed_out(visit: Callable, hub: Hub, sight: dict[str, object], fresh: str):
    token = hub.member(fresh)
    here, there = visit(**sight), visit(user_agent="Mozilla/5.0 (X11; Linux) Firefox/140.0")
    here.sign_in(token)
    there.sign_in(token)
    page = here.go("/settings/sessions")
    expect(page.get_by_role("table").locator("tbody tr")).to_have_count(2)
    judge(page, sight, "two sessions")
    press(page, "Sign out all others")
    expect(page.get_by_role("table").locator("tbody tr")).to_have_count(1)
    there.go("/settings/sessions")
    assert "/login" in there.page.url
    here.go("/settings/sessions")
    assert "/login" not in page.url


@pytest.mark.usefixtures("member")
def test_a_wrong_password_is_refused_without_saying_which_part(look: Callable, sight: dict[str, object]):
    visitor = look(**sight)
    told = []
    for name in ["ada", "nobody-at-all"]:
        page = visitor.go("/login")
        page.locator("#name").fill(name)
        page.locator("#password").fill("not the password")
        page.locator("form:has(#password) button[type=submit]").click()
        expect(page.locator("#name")).to_have_value(name)
        told.append(page.get_by_role("alert").inner_text())
    assert told[0] == told[1] and "Not signed in." in told[0]
    judge(page, sight, "a wrong password")


def test_a_profile_is_what_others_read(visit: Callable, look: Callable, hub: Hub, sight: dict[str, object], fresh: str):
    visitor = visit(**sight)
    visitor.sign_in(hub.member(fresh))
    page = visitor.go("/settings/profile")
    page.locator("#full_name").fill("Grower of the north")
    page.locator("#private_default").check()
    press(page, "Save")
    expect(page.get_by_role("status")).to_have_text("Saved.")
    judge(page, sight, "a profile that was saved")
    empty = look(**sight).go(f"/{fresh}")
    expect(empty.locator("main")).to_contain_text("Grower of the north")
    expect(empty.locator("main")).to_contain_text("No works yet")
    judge(empty, sight, "an empty namespace")
    page = visitor.go("/new")
    expect(page.locator("#v-usual")).to_be_checked()
    page.locator("#name").fill("quiet")
    press(page, "Make it")
    expect(page.locator("main")).to_contain_text("Private")


def test_an_unknown_token_signs_nobody_in(look: Callable, sight: dict[str, object]):
    page = look(**sight).go("/login")
    page.locator("#token").fill("hf_nonsense")
    page.locator("form:has(#token) button[type=submit]").click()
    expect(page.get_by_role("alert")).to_contain_text("Not signed in.")
    judge(page, sight, "a wrong token")
