"""What people require of the openness of what they pull, on the pages where they say so."""

import urllib.error
from collections.abc import Callable

from browser import get, judge, plant, press
from hubserver import Hub
from playwright.sync_api import Page, expect

POOR = {"README.md": "---\nlicense: cc-by-nc-4.0\n---\n# Poor\n", "config.json": "{}"}


def require(page: Page, choice: str) -> None:
    page.locator("#pull_policy").select_option(choice)
    press(page, "Save")
    expect(page.get_by_role("status")).to_have_text("Saved.")
    expect(page.locator("#pull_policy")).to_have_value(choice)


def pull(hub: Hub, repo: str, token: str) -> str:
    """Why a pull is refused; nothing if it is not."""
    try:
        get(hub, f"/{repo.removeprefix('models/')}/resolve/main/config.json", token)
    except urllib.error.HTTPError as refusal:
        assert refusal.code == 403
        return refusal.headers["X-Error-Message"]
    return ""


def test_a_member_refuses_what_is_not_open_enough(
    look: Callable, inside: Callable, sight: dict[str, object], hub: Hub, member: str, fresh: str
):
    repo = plant(hub, member, "ada", fresh, POOR)
    token = hub.member(f"{fresh}-strict")
    page = look(**sight, **inside(token)).go("/settings/profile")
    assert pull(hub, repo, token) == ""
    require(page, "refuse III")
    judge(page, sight, "a profile with a requirement")
    why = pull(hub, repo, token)
    assert "you or one of your groups require Class III" in why and f"/ada/{fresh}/openness tells why" in why
    assert pull(hub, repo, member) == "", "whoever may publish to it may pull it"
    require(page, "warn III")
    assert pull(hub, repo, token) == ""
    require(page, "")


def test_a_group_refuses_for_all_its_members(look: Callable, inside: Callable, hub: Hub, member: str, fresh: str):
    repo = plant(hub, member, "ada", fresh, POOR)
    token = hub.member(f"{fresh}-one")
    runs = hub.member(f"{fresh}-two")
    page = look(**inside(runs)).go("/groups/new")
    page.locator("#name").fill(f"{fresh}-crew")
    press(page, "Make the group")
    page.wait_for_url(f"**/groups/{fresh}-crew/members")
    page.locator("#member").fill(f"{fresh}-one")
    press(page, "Take in")
    require(page, "refuse I")
    assert "Class I of what is pulled" in pull(hub, repo, token)
    require(page, "")
    assert pull(hub, repo, token) == ""


def test_the_reason_of_a_refusal_is_on_the_page_it_names(look: Callable, hub: Hub, member: str, fresh: str):
    plant(hub, member, "ada", fresh, POOR)
    page = look().go(f"/ada/{fresh}/openness")
    expect(page.locator("main")).to_contain_text("cc-by-nc-4.0")
    judge(page, {}, "the openness of a poor model")
