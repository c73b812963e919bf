"""Files on request, what one signs with, who signed what, and who did what: in a browser, and looked at in two ways."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from browser import judge, plant, press
from hubserver import Hub
from playwright.sync_api import expect

CARD = """---
extra_gated_prompt: For research alone.
extra_gated_fields:
  Affiliation: text
  I agree: checkbox
  Purpose:
    type: select
    options: [Research, Teaching]
---
# On request
"""


def test_files_are_asked_for_and_given(
    look: Callable, inside: Callable, sight: dict[str, object], hub: Hub, member: str, fresh: str
):
    plant(hub, member, "ada", fresh, {"README.md": CARD, "notes.txt": "Sown in May.\n"})
    guest_token = hub.member(f"guest-{fresh}")
    owner, guest = look(**sight, **inside(member)), look(**sight, **inside(guest_token))
    page = owner.go(f"/ada/{fresh}/settings")
    page.locator("#g-manual").check()
    press(page, "Save")
    page.wait_for_url("**/settings?done=1")

    form = guest.go(f"/ada/{fresh}/access")
    judge(form, sight, "a form that asks for files")
    form.get_by_label("Affiliation").fill("A garden")
    form.get_by_label("I agree").check()
    form.get_by_label("Purpose").select_option("Research")
    press(form, "Ask for access")
    expect(form.locator("main")).to_contain_text("wait for an answer")
    judge(guest.go(f"/ada/{fresh}/access"), sight, "a request that waits")

    asked = owner.go(f"/ada/{fresh}/settings/access")
    expect(asked.locator("main")).to_contain_text("A garden")
    judge(asked, sight, "requests")
    asked.get_by_role("button", name=f"Turn away guest-{fresh}").click()
    judge(guest.go(f"/ada/{fresh}/access"), sight, "a request that was turned away")
    asked = owner.go(f"/ada/{fresh}/settings/access?status=rejected")
    asked.get_by_role("button", name=f"Let in guest-{fresh}").click()
    asked.wait_for_url("**status=rejected")
    expect(guest.go(f"/ada/{fresh}/blob/main/notes.txt").locator("main")).to_contain_text("Sown in May.")
    judge(guest.go(f"/ada/{fresh}/access"), sight, "a request that was granted")
    asked = owner.go(f"/ada/{fresh}/settings/access")
    with asked.expect_download() as download:
        asked.get_by_role("link", name="as a table").click()
    assert f"guest-{fresh}" in Path(download.value.path()).read_text()


def test_a_key_is_registered_and_taken_back(
    look: Callable, inside: Callable, sight: dict[str, object], hub: Hub, member: str, fresh: str, tmp_path: Path
):
    command = [hub.binary, "sign", "new-key", tmp_path / "key.pem"]
    public = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    owner = look(**sight, **inside(member))
    page = owner.go("/settings/signers")
    judge(page, sight, "what one signs with")
    page.locator("#label").fill(fresh)
    page.locator("#value").fill("no key")
    press(page, "Add")
    expect(page.locator("#value-e")).to_contain_text("no public key")
    judge(page, sight, "a key that is none")
    page.locator("#value").fill(public)
    press(page, "Add")
    expect(page.get_by_role("row").filter(has_text=fresh)).to_contain_text("key")
    page.get_by_role("button", name=f"Take back {fresh}").click()
    expect(page.get_by_role("row").filter(has_text=fresh)).to_contain_text("Taken back")
    judge(look(**sight).go("/-/signers/ada"), sight, "what somebody signs with")
    judge(look(**sight).go("/acorn-lab/acorn-tiny/signatures"), sight, "signatures of a work")


def test_who_did_what(look: Callable, inside: Callable, sight: dict[str, object], keeper: str, member: str):
    judge(look(**sight, **inside(keeper)).go("/admin/audit"), sight, "who did what")
    look(**sight, **inside(member)).refused("/admin/audit", 403)
