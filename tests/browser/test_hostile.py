"""What members put into files is shown and never run: cards, tables, tensors, notebooks, names of files, raw bytes."""

import http.client
import urllib.parse
from collections.abc import Callable

import pytest
from browser import WAYS, Visitor, commit, plant, press, sticks_out, turned
from hostile import ALARM, DOCUMENTS, FILE, FOLDER, FORMATS, NAMES, SCRIPTS, TURNING
from hubserver import Hub
from playwright.sync_api import Error, expect

# The picture is shown in the card, where nothing in it may run either.
CARD = (
    "---\nlicense: mit\ntags:\n- '<script>alert(1)</script>'\n---\n# Trap\n\n![drawing](picture.svg)\n\n"
    + "\n\n".join(SCRIPTS)
)

# Where the card is shown, with pictures that are not there.
CARDS = {"", "/card/main"}

# What shows bytes as they are, or nothing of the file, has no whole line of it.
CUT = {"broken.parquet", "bytes.bin", "model.safetensors.index.json"}

# What a browser opens in viewers of its own, which see nothing of the hub.
VIEWED = {"page.pdf", "page.png"}


def quote(path: str) -> str:
    return urllib.parse.quote(path)


@pytest.fixture(scope="session")
def trap(wild_hub: Hub, wild_member: str) -> str:
    """A repo in which everything that can be written is hostile."""
    files: dict[str, bytes | str] = {"README.md": CARD, f"{FOLDER}/{FILE}": "x\n", **DOCUMENTS, **FORMATS}
    repo = plant(wild_hub, wild_member, "ada", "trap", files | dict.fromkeys(NAMES, "x\n"))
    changed = {path: text for path, text in FORMATS.items() if isinstance(text, str)}
    why = "\n".join(SCRIPTS)
    commit(
        wild_hub,
        wild_member,
        repo,
        {path: text + f"\n{SCRIPTS[0]}" for path, text in changed.items()},
        SCRIPTS[1],
        why=why,
    )
    commit(wild_hub, wild_member, repo, dict.fromkeys([*NAMES, f"{FOLDER}/{FILE}"], "x\ny\n"), SCRIPTS[0], why=why)
    return "/ada/trap"


@pytest.fixture(scope="session")
def hidden(wild_hub: Hub, wild_member: str) -> str:
    """The same documents in a repo that only its owner sees."""
    plant(wild_hub, wild_member, "ada", "hidden-trap", {"README.md": CARD, **DOCUMENTS}, private=True)
    return "/ada/hidden-trap"


@pytest.mark.parametrize(
    "what", ["", "/card/main", "/tree/main", "/commits/main", "/commit/main", "/refs", "/edit-card/main"]
)
def test_nothing_runs_on_a_page(look_wild: Callable, inside_wild: Callable, wild_member: str, trap: str, what: str):
    visitor = look_wild(**inside_wild(wild_member))
    if what in CARDS:
        visitor.forgive(404)
    visitor.go(trap + what)
    visitor.provoke()


@pytest.mark.parametrize("path", [*FORMATS, *DOCUMENTS])
def test_nothing_runs_on_the_page_of_a_file(look_wild: Callable, trap: str, path: str):
    visitor = look_wild()
    if path == "notes.md":
        visitor.forgive(404)
    page = visitor.go(f"{trap}/blob/main/{path}")
    visitor.provoke()
    if path in FORMATS and path not in CUT:
        assert ALARM in page.locator("main").text_content(), "what is hostile is not even shown"
    for asked in ["as=text", "q=" + quote(SCRIPTS[0]), "q=onerror&after=1"] if path in FORMATS else []:
        visitor.go(f"{trap}/blob/main/{path}?{asked}")
        visitor.provoke()


@pytest.mark.parametrize("what", ["blob", "edit", "delete", "commits"])
def test_nothing_runs_from_the_name_of_a_file(
    look_wild: Callable, inside_wild: Callable, wild_member: str, trap: str, what: str
):
    visitor = look_wild(**inside_wild(wild_member))
    for path in [*NAMES, f"{FOLDER}/{FILE}"]:
        page = visitor.go(f"{trap}/{what}/main/{quote(path)}")
        assert path.split("/")[-1] in page.locator("main").text_content(), "the name is not shown as it is"
        visitor.provoke()


def test_nothing_runs_from_the_name_of_a_file_that_is_to_be_sent(
    look_wild: Callable, inside_wild: Callable, wild_member: str, trap: str
):
    visitor = look_wild(**inside_wild(wild_member))
    page = visitor.go(f"{trap}/upload/main")
    page.set_input_files("#files", [{"name": name, "mimeType": "text/plain", "buffer": b"x"} for name in NAMES])
    expect(page.locator("#queue .name")).to_have_text(NAMES)
    visitor.provoke()
    press(page, "Publish")
    page.wait_for_url(f"**{trap}/tree/main")
    visitor.provoke()


@pytest.mark.parametrize("what", ["tree", "commits", "new", "upload"])
def test_nothing_runs_from_the_name_of_a_folder(
    look_wild: Callable, inside_wild: Callable, wild_member: str, trap: str, what: str
):
    visitor = look_wild(**inside_wild(wild_member))
    visitor.go(f"{trap}/{what}/main/{quote(FOLDER)}")
    visitor.provoke()


@pytest.mark.parametrize("what", ["blob", "edit", "delete", "commits"])
def test_names_of_files_fit_a_phone(look_wild: Callable, inside_wild: Callable, wild_member: str, trap: str, what: str):
    visitor = look_wild(**inside_wild(wild_member), **WAYS["phone"])
    pages = [visitor.go(f"{trap}/{what}/main/{quote(path)}") and sticks_out(visitor.page) for path in NAMES]
    assert not (found := [why for why in pages if why]), "\n".join(found)


def test_lists_of_hostile_names_fit_a_phone(look_wild: Callable, trap: str):
    visitor = look_wild(**WAYS["phone"])
    lists = ["/tree/main", f"/tree/main/{quote(FOLDER)}", "/commit/main", "/commits/main", "/refs"]
    pages = [visitor.go(trap + path) and sticks_out(visitor.page) for path in lists]
    assert not (found := [why for why in pages if why]), "\n".join(found)


@pytest.mark.parametrize("what", ["blob", "edit", "delete", "commits"])
def test_the_name_of_a_file_turns_nothing_round_beside_it(
    look_wild: Callable, inside_wild: Callable, wild_member: str, trap: str, what: str
):
    visitor = look_wild(**inside_wild(wild_member))
    for name in TURNING:
        assert not (found := turned(visitor.go(f"{trap}/{what}/main/{quote(name)}"))), found


def test_lists_of_files_are_not_turned_round_by_a_name(look_wild: Callable, trap: str):
    visitor = look_wild()
    for path in ["/tree/main", "/commit/main", "/commits/main"]:
        assert not (found := turned(visitor.go(trap + path))), found


def test_a_hostile_card_is_looked_at_before_it_is_published(
    look_wild: Callable, inside_wild: Callable, wild_member: str, trap: str
):
    visitor = look_wild(**inside_wild(wild_member))
    visitor.forgive(404)
    page = visitor.go(f"{trap}/edit-card/main")
    expect(page.locator("#body")).to_have_value(CARD.split("---\n")[2].replace("\r", ""))
    for field in ["language", "pipeline_tag", "library_name", "base_model", "datasets", "tags"]:
        page.locator(f"#{field}").fill(SCRIPTS[0])
    press(page, "Show it first")
    expect(page.get_by_role("article", name="Card")).to_be_visible()
    visitor.provoke()
    assert ALARM in page.get_by_label("Metadata", exact=True).inner_text()


def test_a_drawing_is_shown_in_a_card(look_wild: Callable, trap: str):
    visitor = look_wild()
    visitor.forgive(404)
    page = visitor.go(trap)
    drawn = page.locator("article img[alt=drawing]")
    drawn.scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    assert drawn.evaluate("(img) => img.complete && img.naturalWidth") > 0


def fetch(url: str) -> http.client.HTTPResponse:
    """The head of an answer, asked for without cookies and without following anything."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    connection.request("GET", parts.path)
    return connection.getresponse()


def check_headers(answer: http.client.HTTPResponse, name: str) -> None:
    headers = {key.lower(): value for key, value in answer.getheaders()}
    kind, policy = headers["content-type"].split(";")[0], headers["content-security-policy"]
    assert answer.status == 200
    assert headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in headers
    assert "default-src 'none'" in policy
    assert "sandbox" in policy or kind == "application/pdf", policy
    assert "script-src" not in policy and "allow-scripts" not in policy
    assert kind not in ("text/html", "application/xhtml+xml", "text/xml", "application/xml", "text/javascript"), kind
    if kind == "image/svg+xml":
        assert headers["content-disposition"].startswith("attachment"), name


def look(visitor: Visitor, url: str) -> None:
    """Opens a raw file: a browser shows it as text, or keeps it in a file; it is no document of its own kind."""
    try:
        visitor.page.goto(url)
    except Error as error:
        assert "Download is starting" in str(error) or "ERR_ABORTED" in str(error)
        return
    assert visitor.page.evaluate("document.contentType") in ("text/plain", "application/json")
    assert visitor.page.evaluate("document.scripts.length") == 0
    # Even a script that ran there would be nobody: it has an origin of its own.
    assert visitor.page.evaluate("self.origin") == "null"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_nothing_runs_in_a_raw_file(look_wild: Callable, trap: str, name: str):
    visitor = look_wild()
    url = f"{visitor.url}{trap}/resolve/main/{name}"
    check_headers(fetch(url), name)
    if name not in VIEWED:
        look(visitor, url)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_nothing_runs_in_a_raw_file_that_few_may_see(
    look_wild: Callable, inside_wild: Callable, wild_member: str, hidden: str, name: str
):
    visitor = look_wild(**inside_wild(wild_member))
    page = visitor.go(f"{hidden}/blob/main/{name}")
    visitor.provoke()
    address = page.get_by_role("link", name="Download").first.get_attribute("href")
    assert address.startswith("/-/raw/")
    check_headers(fetch(visitor.url + address), name)
    forged = address[:-4] + ("AAAA" if not address.endswith("AAAA") else "BBBB")
    assert fetch(visitor.url + forged).status in (400, 401, 403, 404)
    if name not in VIEWED:
        look(visitor, visitor.url + address)
