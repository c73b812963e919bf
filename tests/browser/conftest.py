"""What every test of the pages starts from: one demo hub, one browser, and a new visitor each."""

import contextlib
import json
import zlib
from collections.abc import Callable, Iterator

import pytest
from browser import WAYS, Visitor, demo_hub, open_hub, start, visitor
from hubserver import Hub
from playwright.sync_api import Browser, sync_playwright


@pytest.fixture(scope="session")
def hub() -> Iterator[Hub]:
    with demo_hub() as running:
        yield running


@pytest.fixture(scope="session")
def free_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A second hub, on which nothing is published and everybody may join."""
    with open_hub(tmp_path_factory.mktemp("settings")) as running:
        yield running


@pytest.fixture(scope="session")
def wild_hub() -> Iterator[Hub]:
    """A third hub, on which people write what no page is made for."""
    with demo_hub("-wild") as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = start(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def member(hub: Hub) -> str:
    """A token of a member called `ada`."""
    return hub.member("ada")


@pytest.fixture(scope="session")
def other(hub: Hub) -> str:
    """A token of another member, called `bea`."""
    return hub.member("bea")


@pytest.fixture(scope="session")
def keeper(hub: Hub) -> str:
    """A token of the member who runs the hub."""
    return hub.admin("token", "create", "keeper", "--role", "write")


@pytest.fixture(scope="session")
def wild_member(wild_hub: Hub) -> str:
    """A token of a member called `ada` of the third hub."""
    return wild_hub.member("ada")


@pytest.fixture(scope="session")
def wild_keeper(wild_hub: Hub) -> str:
    """A token of the member who runs the third hub."""
    return wild_hub.admin("token", "create", "keeper", "--role", "write")


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> dict[str, object]:
    """The ways in which people look at pages."""
    return WAYS[request.param]


@pytest.fixture(params=["phone", "dark"])
def sight(request: pytest.FixtureRequest) -> dict[str, object]:
    """Two of these ways, which have a narrow and a wide window, light and dark colours between them."""
    return WAYS[request.param]


@pytest.fixture
def fresh(request: pytest.FixtureRequest) -> str:
    """A name that no other test has, for a repo or a member; none of the words of pages is in it."""
    return f"n{zlib.crc32(request.node.nodeid.encode()):08x}"


@pytest.fixture
def visit(chromium: Browser, hub: Hub) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors; what went wrong in their windows fails the test at its end."""
    with contextlib.ExitStack() as stack:
        yield lambda **settings: stack.enter_context(visitor(chromium, hub, **settings))


@pytest.fixture(scope="module")
def visit_once(chromium: Browser, hub: Hub) -> Iterator[Callable[..., Visitor]]:
    """As `visit`, for what is made once for all tests of a file."""
    with contextlib.ExitStack() as stack:
        yield lambda **settings: stack.enter_context(visitor(chromium, hub, **settings))


@pytest.fixture(scope="session")
def windows(chromium: Browser, hub: Hub) -> Iterator[Callable[..., Visitor]]:
    with contextlib.ExitStack() as stack:
        yield kept(stack, chromium, hub)


@pytest.fixture(scope="session")
def windows_wild(chromium: Browser, wild_hub: Hub) -> Iterator[Callable[..., Visitor]]:
    with contextlib.ExitStack() as stack:
        yield kept(stack, chromium, wild_hub)


def kept(stack: contextlib.ExitStack, chromium: Browser, hub: Hub) -> Callable[..., Visitor]:
    """Windows that stay open, one for each settings."""
    all_of_them: dict[str, Visitor] = {}

    def window(**settings: object) -> Visitor:
        key = json.dumps(settings, sort_keys=True)
        if key not in all_of_them:
            all_of_them[key] = stack.enter_context(visitor(chromium, hub, **settings))
        return all_of_them[key]

    return window


@pytest.fixture
def look(windows: Callable[..., Visitor]) -> Iterator[Callable[..., Visitor]]:
    """As `visit`, for tests that leave a window as it was: it may have been another test's, for a new one costs more
    than most pages."""
    yield from lent(windows)


@pytest.fixture
def look_wild(windows_wild: Callable[..., Visitor]) -> Iterator[Callable[..., Visitor]]:
    """The same on the third hub."""
    yield from lent(windows_wild)


def lent(windows: Callable[..., Visitor]) -> Iterator[Callable[..., Visitor]]:
    used: list[Visitor] = []

    def window(**settings: object) -> Visitor:
        used.append(windows(**settings))
        return used[-1]

    yield window
    for seen in used:
        # What a page still had to say is said before it is left.
        seen.page.goto("about:blank")
    wrong = [line for seen in used for line in seen.wrong()]
    for seen in used:
        seen.complaints.clear()
        seen.forgiven.clear()
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def visit_free(chromium: Browser, free_hub: Hub) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors of the second hub."""
    with contextlib.ExitStack() as stack:
        yield lambda **settings: stack.enter_context(visitor(chromium, free_hub, **settings))


@pytest.fixture
def visit_wild(chromium: Browser, wild_hub: Hub) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors of the third hub."""
    with contextlib.ExitStack() as stack:
        yield lambda **settings: stack.enter_context(visitor(chromium, wild_hub, **settings))


@pytest.fixture(scope="session")
def inside(chromium: Browser, hub: Hub) -> Callable[[str], dict[str, object]]:
    """The settings of windows in which somebody is signed in: by their token, once for all windows."""
    return door(chromium, hub)


@pytest.fixture(scope="session")
def inside_wild(chromium: Browser, wild_hub: Hub) -> Callable[[str], dict[str, object]]:
    """The same on the third hub."""
    return door(chromium, wild_hub)


def door(chromium: Browser, hub: Hub) -> Callable[[str], dict[str, object]]:
    kept: dict[str, dict[str, object]] = {}

    def settings(token: str) -> dict[str, object]:
        if token not in kept:
            with visitor(chromium, hub) as first:
                first.sign_in(token)
                kept[token] = {"storage_state": first.page.context.storage_state()}
        return kept[token]

    return settings
