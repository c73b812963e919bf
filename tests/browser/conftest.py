"""What every test of the pages starts from: one demo hub, one browser, and a new visitor each."""

import contextlib
from collections.abc import Callable, Iterator

import pytest
from browser import Visitor, demo_hub, start, visitor
from hubserver import Hub
from playwright.sync_api import Browser, sync_playwright


@pytest.fixture(scope="session")
def hub() -> Iterator[Hub]:
    with demo_hub() as running:
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


@pytest.fixture(params=["wide", "phone", "dark", "no-script"])
def way(request: pytest.FixtureRequest) -> dict[str, object]:
    """The ways in which people look at pages."""
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    return {
        "wide": {},
        "phone": phone,
        "dark": {"color_scheme": "dark"},
        "no-script": {"java_script_enabled": False},
    }[request.param]


@pytest.fixture
def visit(chromium: Browser, hub: Hub) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors; what went wrong in their windows fails the test at its end."""
    with contextlib.ExitStack() as stack:
        yield lambda **settings: stack.enter_context(visitor(chromium, hub, **settings))
