"""The pages of one repo: each form as it begins and as it is refused, each kind of file, and those who may see less."""

import re
from collections.abc import Callable

import crafted
import pytest
from browser import alarms, call, commit, judge, plant, press
from hubserver import Hub
from playwright.sync_api import expect

CARD = """---
license: apache-2.0
language:
- en
pipeline_tag: text-generation
tags:
- heirloom
---
# Beans

| plant | height |
| --- | --- |
| maize | 2.4 |

```python
print("grown")
```
"""

FILES: dict[str, bytes | str] = {
    "README.md": CARD,
    "notes/first.txt": "Sown in May.\nGrown in June.\n",
    "notes/a/deeper/place/for/notes-with-a-rather-long-name-that-goes-on-and-on-and-on-and-on-and-on.txt": "x\n" * 300,
    "long-line.txt": "maize" * 400,
    "config.json": '{"model_type": "llama", "layers": [1, 2, null, true, "words"]}',
    "grow.py": '"""Grows."""\n\ndef grow(seed: int) -> str:\n    return f"{seed} kernels"  # many\n',
    "table.csv": "seed,height\nmaize,2.4\nwheat," + "0" * 300 + "\n",
    "rows.jsonl": '{"seed": "maize", "height": 2.4}\n{"seed": null, "more": {"a": [1]}}\n',
    "drawing.svg": '<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>',
    "picture.png": crafted.PNG,
    "sound.wav": crafted.WAV,
    "film.webm": crafted.WEBM,
    "print.pdf": crafted.PDF,
    "book.ipynb": crafted.notebook(["# Growing", "grow()"]),
    "weights.gguf": crafted.gguf(
        ["blk.0.weight", "output"], {"general.name": "Beans", "words": ["a", "b"], "long": "w " * 400}
    ),
    "weights.safetensors": crafted.safetensors(["model.layers.0.weight"], {"format": "pt"}),
    "model.safetensors.index.json": '{"weight_map": {"a": "weights.safetensors", "b": "gone.safetensors"}}',
    "data.parquet": crafted.parquet({"seed": ["maize", "wheat"], "note": ["tall " * 60, "short"]}, {"k": "v"}),
    "broken.parquet": b"PAR1" + bytes(60),
    "objects.pkl": b"\x80\x04\x95\0\0\0\0\0\0\0\0.",
    "noise.bin": bytes(range(256)),
    "empty.txt": "",
}

FORMS = [
    "/upload/main",
    "/upload/main/notes",
    "/upload/draft",
    "/new/main",
    "/new/main/notes",
    "/edit/main/notes/first.txt",
    "/edit-card/main",
    "/delete/main/notes/first.txt",
    "/refs",
    "/settings",
]

VIEWS = [
    "",
    "/card/draft",
    "/tree/main",
    "/tree/main/notes/a",
    "/tree/v1.0",
    "/commits/main",
    "/commits/main/notes/first.txt",
    "/commit/draft",
    "/compare/main...draft",
    "/compare/draft..main",
    "/refs",
    "/discussions",
    "/discussions?type=discussion&status=closed",
    "/discussions/1",
    "/discussions/1/files",
]


@pytest.fixture(scope="session")
def beans(hub: Hub, member: str) -> str:
    """A repo with each kind of file, a branch that differs, a tag, and a proposal."""
    repo = plant(hub, member, "ada", "beans", FILES)
    call(hub, member, f"/api/{repo}/tag/main", {"tag": "v1.0"})
    call(hub, member, f"/api/{repo}/branch/draft", {})
    changed = {
        "notes/first.txt": "Sown in April.\nGrown in June.\nAnd eaten.",
        "table.csv": "seed,height\nmaize,2.6\n",
        "weights.safetensors": crafted.safetensors(
            ["model.layers.0.weight", "model.layers.1.weight"], {"format": "pt"}
        ),
        "noise.bin": bytes(range(255, -1, -1)),
        "a/new/file.md": "# New\n",
    }
    commit(hub, member, repo, changed, "Sow earlier", at="draft", why="It was warm.\n\n- very warm")
    commit(hub, member, repo, {"notes/second.txt": "More.\n"}, "Write more", at="main?create_pr=1")
    return "/ada/beans"


@pytest.fixture(scope="session")
def fallow(hub: Hub, member: str) -> str:
    """A repo without a file."""
    plant(hub, member, "ada", "fallow")
    return "/ada/fallow"


@pytest.fixture(scope="session")
def gated(hub: Hub, member: str) -> str:
    """A repo whose files its owner gives on request."""
    repo = plant(hub, member, "ada", "gated", {"README.md": CARD, "secret.txt": "kernels"})
    call(hub, member, f"/api/{repo}/settings", {"gated": "manual"}, "PUT")
    return "/ada/gated"


@pytest.mark.parametrize("path", FORMS)
def test_forms_of_a_repo(
    look: Callable, inside: Callable, sight: dict[str, object], member: str, beans: str, path: str
):
    judge(look(**sight, **inside(member)).go(beans + path), sight, path)


@pytest.mark.parametrize("path", VIEWS)
def test_views_of_a_repo(look: Callable, sight: dict[str, object], beans: str, path: str):
    judge(look(**sight).go(beans + path), sight, path)


@pytest.mark.parametrize("path", FILES)
def test_each_kind_of_file_has_a_page(look: Callable, sight: dict[str, object], beans: str, path: str):
    judge(look(**sight).go(f"{beans}/blob/main/{path}"), sight, path)


@pytest.mark.parametrize("path", ["", "/tree/main", "/commits/main", "/refs", "/upload/main", "/edit-card/main"])
def test_a_repo_in_which_nothing_is_yet(
    look: Callable, inside: Callable, sight: dict[str, object], member: str, fallow: str, path: str
):
    judge(look(**sight, **inside(member)).go(fallow + path), sight, path)


@pytest.mark.parametrize("path", ["", "/tree/main", "/refs"])
def test_a_gated_repo_as_a_stranger_sees_it(look: Callable, sight: dict[str, object], gated: str, path: str):
    page = look(**sight).go(gated + path)
    expect(page.locator("main")).to_contain_text("Files on request")
    judge(page, sight, path)


def test_a_gated_file_is_shown_to_nobody_else(
    look: Callable, inside: Callable, sight: dict[str, object], other: str, gated: str
):
    page = look(**sight).go(f"{gated}/blob/main/secret.txt")
    assert "/login?next=" in page.url, "a stranger may be somebody who may read it"
    page = look(**sight, **inside(other)).refused(f"{gated}/blob/main/secret.txt", 403)
    assert "kernels" not in page.content()
    judge(page, sight, "a gated file")


@pytest.mark.parametrize(
    "path", ["/upload/main", "/edit/main/notes/first.txt", "/edit-card/main", "/delete/main/notes/first.txt"]
)
def test_forms_of_those_who_may_only_propose(
    look: Callable, inside: Callable, sight: dict[str, object], other: str, beans: str, path: str
):
    page = look(**sight, **inside(other)).go(beans + path)
    expect(page.get_by_text("It becomes a pull request.")).to_be_visible()
    judge(page, sight, path)


def test_a_card_is_shown_before_it_is_published(
    look: Callable, inside: Callable, sight: dict[str, object], member: str, beans: str
):
    page = look(**sight, **inside(member)).go(f"{beans}/edit-card/main")
    page.locator("#license").select_option("")
    page.locator("#body").fill("# Beans\n\nOf another **colour**.\n\n## Growing\n\n- slowly\n")
    press(page, "Show it first")
    shown = page.get_by_role("article", name="Card")
    expect(shown.get_by_text("colour")).to_be_visible()
    expect(page.locator("#body")).to_have_value(re.compile(r"Of another \*\*colour\*\*"))
    judge(page, sight, "a preview")


def test_a_card_with_a_wrong_field_is_refused_beside_the_field(
    look: Callable, inside: Callable, sight: dict[str, object], member: str, beans: str
):
    page = look(**sight, **inside(member)).go(f"{beans}/edit-card/main")
    page.locator("#base_model").fill("/content/ada/some model")
    press(page, "Publish")
    expect(page.locator("#base_model")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#base_model-e")).to_contain_text("is not valid")
    expect(page.locator("#base_model")).to_have_value("/content/ada/some model")
    judge(page, sight, "a card with a fault")


def test_a_card_that_is_no_different_is_refused_with_a_warning(
    look: Callable, inside: Callable, sight: dict[str, object], member: str, beans: str
):
    page = look(**sight, **inside(member)).go(f"{beans}/edit-card/main")
    press(page, "Publish")
    notice = page.get_by_role("alert").filter(has_text="Nothing is different.")
    expect(notice).to_be_visible()
    judge(page, sight, "a card without a change")
    assert alarms(notice), "a refusal does not look like one"


def test_a_form_without_a_file_is_refused_with_a_warning(
    look: Callable, inside: Callable, sight: dict[str, object], member: str, beans: str
):
    page = look(**sight, **inside(member)).go(f"{beans}/upload/main")
    page.locator("#upload").evaluate("(form) => HTMLFormElement.prototype.submit.call(form)")
    notice = page.get_by_role("alert").filter(has_text="Choose at least one file.")
    expect(notice).to_be_visible()
    judge(page, sight, "an upload without a file")
    assert alarms(notice), "a refusal does not look like one"


def test_a_text_that_is_no_different_is_refused_beside_it(
    look: Callable, inside: Callable, sight: dict[str, object], member: str, beans: str
):
    page = look(**sight, **inside(member)).go(f"{beans}/edit/main/notes/first.txt")
    press(page, "Publish")
    expect(page.locator("#text-e")).to_have_text("Nothing is different.")
    judge(page, sight, "an edit without a change")


def test_a_file_that_is_there_already_is_not_written_anew(
    look: Callable, inside: Callable, sight: dict[str, object], member: str, beans: str
):
    page = look(**sight, **inside(member)).go(f"{beans}/new/main")
    page.locator("#path").fill("notes/first.txt")
    page.locator("#text").fill("Something else.\n")
    press(page, "Publish")
    expect(page.locator("#path-e")).to_contain_text("is there already")
    expect(page.locator("#text")).to_have_value("Something else.\n")
    judge(page, sight, "a new file that is there")


@pytest.mark.usefixtures("beans")
def test_a_repo_whose_name_is_taken_is_not_made(
    look: Callable, inside: Callable, sight: dict[str, object], member: str
):
    page = look(**sight, **inside(member)).go("/new")
    page.locator("#name").fill("beans")
    press(page, "Make it")
    expect(page.locator("#name-e")).to_be_visible()
    expect(page.locator("#name")).to_have_value("beans")
    judge(page, sight, "a name that is taken")
