"""Becoming a member where the operator lets people in, and what operators do with members on their page."""

import re
from collections.abc import Callable

import pytest
from browser import Visitor, judge, press
from hubserver import Hub
from playwright.sync_api import Page, expect

PASSWORD = "kernel of corn"


def join(page: Page, name: str) -> None:
    page.locator("#name").fill(name)
    page.locator("#full_name").fill("Grower of the north")
    page.locator("#password").fill(PASSWORD)
    press(page, "Join")


def link_of(page: Page) -> str:
    """The link that the operators' page shows once, as a path."""
    return re.sub("^https?://[^/]+", "", page.locator("main .code pre").first.inner_text().strip())


@pytest.fixture(scope="session")
def free_keeper(free_hub: Hub) -> str:
    """A token of the member who runs the second hub."""
    return free_hub.admin("token", "create", "keeper", "--role", "write")


def act_on(operator: Visitor, name: str, deed: str) -> Page:
    page = operator.go("/admin")
    page.locator("#q-m").fill(name)
    press(page, "Show")
    page.wait_for_url("**/admin?q=*")
    page.get_by_role("row", name=name).get_by_role("button", name=deed).click()
    return page


@pytest.mark.parametrize("path", ["/", "/models", "/groups", "/login", "/join"])
def test_pages_of_a_hub_on_which_nothing_is_yet(visit_free: Callable, sight: dict[str, object], path: str):
    judge(visit_free(**sight).go(path), sight, path)


def test_somebody_joins_publishes_and_comes_again(visit_free: Callable, way: dict[str, object], fresh: str):
    visitor = visit_free(**way)
    page = visitor.go("/login")
    page.get_by_role("link", name="Join").click()
    join(page, fresh)
    page.wait_for_url(f"{visitor.url}/")
    expect(page.locator("a.me")).to_contain_text(fresh)
    page = visitor.go("/new")
    page.locator("#name").fill("corn")
    press(page, "Make it")
    page.wait_for_url(f"{visitor.url}/{fresh}/corn")
    press(page, "Sign out")
    page.wait_for_url(f"{visitor.url}/")
    visitor.sign_in_by_password(fresh, PASSWORD)
    expect(visitor.go(f"/{fresh}").locator("main")).to_contain_text("Grower of the north")


def test_a_name_that_somebody_has_cannot_be_joined_with(visit_free: Callable, sight: dict[str, object], fresh: str):
    page = visit_free(**sight).go("/join")
    join(page, "keeper")
    expect(page.locator("#name-e")).to_be_visible()
    expect(page.locator("#name")).to_have_value("keeper")
    expect(page.locator("#full_name")).to_have_value("Grower of the north")
    assert page.locator("#password").input_value() == "", "a password is not sent back"
    judge(page, sight, "a name that somebody has")
    join(page, "-" + fresh)
    expect(page.locator("#name-e")).to_be_visible()


def test_a_closed_hub_takes_nobody(look: Callable, sight: dict[str, object]):
    visitor = look(**sight)
    page = visitor.go("/join")
    expect(page.get_by_role("alert")).to_contain_text("This hub takes no new members.")
    expect(page.locator("main form")).to_have_count(0)
    expect(visitor.go("/login").get_by_role("link", name="Join")).to_have_count(0)


def test_an_invitation_is_good_once(visit_free: Callable, sight: dict[str, object], free_keeper: str, fresh: str):
    operator, guest, late = visit_free(**sight), visit_free(**sight), visit_free(**sight)
    operator.sign_in(free_keeper)
    page = operator.go("/admin")
    press(page, "Invite somebody")
    judge(page, sight, "an invitation")
    link = link_of(page)
    page = guest.go(link)
    judge(page, sight, "a form to join")
    join(page, fresh)
    page.wait_for_url(f"{guest.url}/")
    page = late.go(link)
    expect(page.get_by_role("alert")).to_contain_text("This link was used already.")
    judge(page, sight, "a link that was used")


def test_a_lost_password_is_set_by_a_link_of_the_operators(
    visit: Callable, look: Callable, inside: Callable, sight: dict[str, object], hub: Hub, keeper: str, fresh: str
):
    hub.member(fresh)
    operator, lost, late = look(**sight, **inside(keeper)), visit(**sight), visit(**sight)
    page = act_on(operator, fresh, "New password")
    judge(page, sight, "a link for a password")
    link = link_of(page)
    page = lost.go(link)
    expect(page.locator("main")).to_contain_text(f"For {fresh}.")
    judge(page, sight, "a new password")
    page.locator("#password").fill(PASSWORD)
    press(page, "Set the password")
    page.wait_for_url(f"{lost.url}/")
    expect(page.locator("a.me")).to_contain_text(fresh)
    expect(late.go(link).get_by_role("alert")).to_contain_text("This link was used already.")
    late.sign_in_by_password(fresh, PASSWORD)


def test_a_member_is_shut_out_and_let_in_again(
    visit: Callable, look: Callable, inside: Callable, sight: dict[str, object], hub: Hub, keeper: str, fresh: str
):
    token = hub.member(fresh)
    operator, shut = look(**sight, **inside(keeper)), visit(**sight)
    shut.sign_in(token)
    page = act_on(operator, fresh, "Shut out")
    expect(page.get_by_role("status")).to_contain_text(f"{fresh} is shut out.")
    judge(page, sight, "a member who is shut out")
    shut.go("/settings/tokens")
    assert "/login" in shut.page.url
    page = act_on(operator, fresh, "Let in")
    expect(page.get_by_role("status")).to_contain_text("may come in again")
    expect(page.get_by_role("row", name=fresh).locator("td").first).to_have_text("In")
    shut.sign_in(hub.admin("token", "create", fresh, "--role", "write"))


def test_nobody_who_does_not_run_the_hub_acts_on_members(
    visit: Callable, look: Callable, inside: Callable, hub: Hub, member: str, fresh: str
):
    token = hub.member(fresh)
    visitor, victim = look(**inside(member)), visit()
    victim.sign_in(token)
    page = visitor.go("/settings/profile")
    # The form of the operators' page, as somebody would write it who knows it.
    page.evaluate(
        """(name) => {
            const form = document.querySelector("main form");
            form.action = "/admin";
            form.innerHTML = `<input name="member" value="${name}"><input name="do" value="disable">`;
            HTMLFormElement.prototype.submit.call(form);
        }""",
        fresh,
    )
    visitor.forgive(403)
    page.wait_for_url("**/admin")
    expect(page.locator("h1")).to_have_text("You may not do this")
    victim.go("/settings/tokens")
    assert "/login" not in victim.page.url
