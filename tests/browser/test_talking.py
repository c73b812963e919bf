"""What people say to each other on pages: discussions, proposals that are merged, the inbox, likes, collections."""

import re
from collections.abc import Callable

from browser import call, commit, judge, plant, press
from hubserver import Hub
from playwright.sync_api import expect

TEXT = {"README.md": "---\nlicense: mit\n---\n# Peas\n", "notes.txt": "Sown in May.\n"}


def test_a_discussion_from_its_first_word_to_its_last(
    look: Callable, inside: Callable, sight: dict[str, object], hub: Hub, member: str, other: str, fresh: str
):
    plant(hub, member, "ada", fresh, TEXT)
    asking = look(**sight, **inside(other))
    page = asking.go(f"/ada/{fresh}/discussions")
    page.get_by_role("link", name="New discussion").first.click()
    page.locator("#title").fill("Which soil?")
    page.locator("#text").fill("@ada, was it **sandy**?")
    press(page, "Open it")
    page.wait_for_url(re.compile(f"/ada/{fresh}/discussions/1$"))
    expect(page.locator(".prose b, .prose strong")).to_have_text("sandy")
    judge(page, sight, "a discussion")

    answering = look(**sight, **inside(member))
    page = answering.go("/inbox")
    page.get_by_role("link", name="Which soil?").first.click()
    page.wait_for_url(re.compile(f"/ada/{fresh}/discussions/1"))
    page.locator("#text").fill("It was clay.")
    press(page, "Comment")
    expect(page.get_by_text("It was clay.")).to_be_visible()
    page.locator("summary", has_text="Give a sign").first.click()
    page.locator("details[open] button", has_text="👍").click()
    expect(page.locator(".given")).to_contain_text("👍 1")
    judge(page, sight, "an answered discussion")

    page = asking.go(f"/ada/{fresh}/discussions/1")
    page.get_by_role("link", name="Edit").first.click()
    page.locator("textarea").first.fill("Was it sandy, or clay?")
    press(page, "Save")
    expect(page.get_by_text("Was it sandy, or clay?")).to_be_visible()
    press(page, "Close")
    expect(page.locator(".talk-head")).to_contain_text("Closed")
    judge(page, sight, "a closed discussion")


def test_a_proposal_is_spoken_of_by_the_line_and_merged(
    look: Callable, inside: Callable, sight: dict[str, object], hub: Hub, member: str, other: str, fresh: str
):
    repo = plant(hub, member, "ada", fresh, TEXT)
    commit(hub, other, repo, {"notes.txt": "Sown in June.\n"}, "It was June", at="main?create_pr=1")
    page = look(**sight, **inside(member)).go(f"/ada/{fresh}/discussions/1")
    page.get_by_role("link", name="What it brings").click()
    page.wait_for_url(re.compile("/discussions/1/files"))
    expect(page.locator("main")).to_contain_text("Sown in June.")
    page.locator("summary", has_text="Comment on a line").click()
    page.locator("input[name=line]").fill("1")
    page.locator("details[open] textarea").fill("Was it not May?")
    page.locator("details[open] button[type=submit]").click()
    expect(page.locator(".on-line")).to_contain_text("Was it not May?")
    judge(page, sight, "what a proposal brings, with a comment on a line")
    page.goto(f"{hub.url}/ada/{fresh}/discussions/1")
    expect(page.get_by_role("link", name="notes.txt, line 1")).to_be_visible()
    press(page, "Merge")
    expect(page.locator(".talk-head")).to_contain_text("Merged")
    judge(page, sight, "a merged proposal")
    page.goto(f"{hub.url}/ada/{fresh}/blob/main/notes.txt")
    expect(page.locator("main")).to_contain_text("Sown in June.")


def test_a_proposal_in_conflict_names_the_files(
    look: Callable, inside: Callable, sight: dict[str, object], hub: Hub, member: str, other: str, fresh: str
):
    repo = plant(hub, member, "ada", fresh, TEXT)
    commit(hub, other, repo, {"notes.txt": "Sown in June.\n"}, "It was June", at="main?create_pr=1")
    commit(hub, member, repo, {"notes.txt": "Sown in April.\n"}, "It was April")
    page = look(**sight, **inside(member)).go(f"/ada/{fresh}/discussions/1")
    merging = page.get_by_role("region", name="Merging")
    expect(merging).to_contain_text("notes.txt")
    expect(merging.get_by_role("button", name="Merge")).to_have_count(0)
    judge(page, sight, "a proposal in conflict")


def test_a_work_is_liked_and_put_into_a_collection(
    look: Callable, inside: Callable, sight: dict[str, object], hub: Hub, member: str, other: str, fresh: str
):
    plant(hub, member, "ada", fresh, TEXT)
    seen = look(**sight, **inside(other))
    page = seen.go(f"/ada/{fresh}")
    button = page.locator("form[action$='/like'] button")
    expect(button).to_contain_text("0")
    button.click()
    expect(page.locator("form[action$='/like'] button")).to_contain_text("1")
    judge(page, sight, "a work one likes")

    page = seen.go("/collections")
    page.locator("#title").fill(f"Of {fresh}")
    page.locator("#description").fill("Peas of one season.")
    press(page, "Make it")
    page.wait_for_url(re.compile("/collections/bea/"))
    page.locator("#what").fill(f"model ada/{fresh}")
    page.locator("#note").fill("The first of them.")
    press(page, "Put it in")
    expect(page.get_by_role("link", name=f"ada/{fresh}")).to_be_visible()
    expect(page.get_by_text("The first of them.").first).to_be_visible()
    judge(page, sight, "a collection")


def test_what_a_webhook_was_told_can_be_looked_at(
    look: Callable, inside: Callable, sight: dict[str, object], hub: Hub, member: str, other: str, fresh: str
):
    plant(hub, member, "ada", fresh, TEXT)
    hook = {
        "url": f"https://{fresh}.example.org/told",
        "watched": [{"type": "model", "name": f"ada/{fresh}"}],
        "domains": ["repo", "discussion"],
        "secret": "between us alone",
    }
    made = call(hub, member, "/api/settings/webhooks", hook)
    repo = f"models/ada/{fresh}"
    call(hub, member, f"/api/{repo}/discussions", {"title": "Rows", "description": "How far apart?"})
    page = look(**sight, **inside(member)).go(f"/settings/webhooks/{made['webhook']['id']}")
    expect(page.locator("main")).to_contain_text(f"discussion create: ada/{fresh}")
    judge(page, sight, "a webhook")
    look(**sight, **inside(other)).refused(f"/settings/webhooks/{made['webhook']['id']}", 404)
