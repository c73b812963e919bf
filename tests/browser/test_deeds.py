"""A walk through everything that members do on pages: wide, on a phone, in dark mode, and without script."""

import dataclasses
import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import browser
import pytest
from browser import create, press
from hubserver import Hub
from line import Line
from playwright.sync_api import Browser, Page, expect

LARGE_BYTES = 200_000_000
PART = 1_000_000


def noise(path: Path, size: int) -> str:
    """Writes bytes that do not compress; returns their SHA-256."""
    sum_, block = hashlib.sha256(), hashlib.sha256(path.name.encode()).digest()
    with path.open("wb") as file:
        while size > 0:
            # Each block of its own, or the hub would store one of them.
            piece = hashlib.shake_256(block).digest(min(PART, size))
            block = hashlib.sha256(block).digest()
            sum_.update(piece)
            file.write(piece)
            size -= len(piece)
    return sum_.hexdigest()


def test_sign_in_by_password_and_out(visit: Callable, hub: Hub, way: dict[str, object], fresh: str):
    visitor = visit(**way)
    visitor.sign_in(hub.member(fresh))
    page = visitor.go("/settings/password")
    page.locator("#new").fill("kernel of corn")
    press(page, "Set the password")
    expect(page.get_by_text("Your other sessions have ended.")).to_be_visible()
    visitor.go("/")
    press(page, "Sign out")
    page.wait_for_url(f"{visitor.url}/")
    expect(page.locator("a.me")).to_have_count(0)
    visitor.sign_in_by_password(fresh, "kernel of corn")
    expect(page.locator("a.me")).to_contain_text(fresh)


def drop(page: Page, files: list[Path]) -> None:
    """Drops files on the page. Chromium takes those that were given to a file input."""
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<input type=file id=hand multiple hidden>')")
    page.set_input_files("#hand", files)
    page.evaluate(
        """() => {
            const data = new DataTransfer();
            for (const file of document.getElementById("hand").files) data.items.add(file);
            document.getElementById("hand").remove();
            const zone = document.getElementById("drop");
            for (const kind of ["dragenter", "dragover", "drop"])
                zone.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
        }"""
    )


def test_drag_and_drop_a_large_file(visit: Callable, member: str, tmp_path: Path):
    visitor = visit()
    visitor.sign_in(member)
    page = create(visitor, "ada", "dropped")
    large, small = tmp_path / "weights.safetensors", tmp_path / "notes.txt"
    sum_ = noise(large, LARGE_BYTES)
    small.write_text("A note.\n")
    page = visitor.go("/ada/dropped/upload/main")
    drop(page, [large, small])
    queue = page.locator("#queue")
    expect(queue.get_by_role("heading")).to_have_text("2 files to send")
    page.locator("#upload button[type=submit]").click()
    expect(queue.locator("progress").first).to_be_visible()
    page.wait_for_url(re.compile(r"/ada/dropped(/tree/main.*|/commit/.*)?$"), timeout=150_000)
    page = visitor.go("/ada/dropped/blob/main/weights.safetensors")
    expect(page.locator("main")).to_contain_text("200 MB")
    expect(page.locator("main")).to_contain_text(sum_)
    assert visitor.go("/ada/dropped/blob/main/notes.txt").locator("main").inner_text().count("A note.") == 1


@pytest.mark.timeout(400)
def test_an_upload_that_broke_is_resumed(chromium: Browser, hub: Hub, member: str, tmp_path: Path):
    """Three parts of up to 256 MiB, of which the last is small; the line is cut when it has surely come through."""
    large, size = tmp_path / "long.bin", 600_000_000
    sum_ = noise(large, size)
    line = Line(hub.url)
    with browser.visitor(chromium, dataclasses.replace(hub, url=line.url)) as seen:
        seen.sign_in(member)
        page = create(seen, "ada", "resumed")
        seen.go("/ada/resumed/upload/main")
        drop(page, [large])
        line.cut_after(450_000_000)
        page.locator("#upload button[type=submit]").click()
        expect(page.locator("#queue .err")).to_be_visible(timeout=180_000)
        assert line.is_cut
        line.mend()
        seen.complaints.clear()
        press(page, "Try again")
        page.wait_for_url(re.compile(r"/ada/resumed(/tree/main.*|/commit/.*)?$"), timeout=180_000)
        assert line.sent < size, "what was there was not sent again"
        seen.go("/ada/resumed/blob/main/long.bin")
        expect(page.locator("main")).to_contain_text(sum_)
    line.close()


def test_create_upload_edit_find_and_delete(
    visit: Callable, member: str, way: dict[str, object], tmp_path: Path, request: pytest.FixtureRequest
):
    visitor = visit(**way)
    visitor.sign_in(member)
    name = "walk-" + re.sub("[^a-z]", "", request.node.callspec.id)
    page = create(visitor, "ada", name)
    repo = f"/ada/{name}"

    (tmp_path / "table.csv").write_text("seed,height\nmaize,2.4\n")
    page = visitor.go(f"{repo}/upload/main")
    page.set_input_files("#files", [tmp_path / "table.csv"])
    page.locator("#upload button[type=submit]").click()
    page.wait_for_url(re.compile(f"{repo}(/tree/main.*|/commit/.*|/blob/.*)?$"))
    expect(visitor.go(f"{repo}/blob/main/table.csv").locator("main table")).to_contain_text("maize")

    page = visitor.go(f"{repo}/edit/main/table.csv")
    page.locator("#text").fill("seed,height\nmaize,2.4\nwheat,0.9\n")
    press(page, "Publish")
    page.wait_for_url(re.compile(f"{repo}/(blob|commit|tree)/.*$"))
    expect(visitor.go(f"{repo}/blob/main/table.csv").locator("main table")).to_contain_text("wheat")

    page = visitor.go(repo)
    page.get_by_role("link", name=re.compile("(Write a|Change the) card")).first.click()
    page.locator("#body").fill(f"# {name}\n\nGrown from saved kernels.\n")
    page.locator("#tags").fill("heirloom")
    press(page, "Show it first")
    expect(page.locator("article")).to_contain_text("Grown from saved kernels.")
    press(page, "Publish")
    page.wait_for_url(re.compile(f"{repo}(/card/.*|/commit/.*)?$"))
    page = visitor.go(repo)
    expect(page.locator("main")).to_contain_text("Grown from saved kernels.")
    expect(page.locator("main")).to_contain_text("heirloom")

    page = visitor.go("/search?q=kernels")
    expect(page.get_by_role("link", name=re.compile(name)).first).to_be_visible()
    page = visitor.go("/models?tag=heirloom")
    expect(page.get_by_role("link", name=re.compile(name)).first).to_be_visible()

    page = visitor.go(f"{repo}/settings")
    page.locator("input[name=confirm]").fill(f"ada/{name}")
    page.locator("form:has(input[name=confirm]) button[type=submit]").click()
    page.wait_for_url(f"{visitor.url}/ada")
    visitor.refused(repo, 404)
