"""pytest plugin: the client's own tests, file for file as published, against the hub at HUBSUITE_ENDPOINT.

Loaded with `-p hubsuite.plugin`, before any conftest. It points the tests' idea of a staging hub at the endpoint,
refuses traffic to any other host, keeps exactly the tests that baseline.txt names, and notes each test's requests.
"""

import importlib
import json
import os
import sys
import threading
import time
import types
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ENDPOINT = os.environ["HUBSUITE_ENDPOINT"].rstrip("/")
WITH_XET = os.environ.get("HUBSUITE_XET", "1") == "1"
BACKOFF_SECONDS_MAX = 1.0
# It demands that two requests are not done before its thread goes on: so on a network, and not always on loopback.
RACING_TEST = "test_run_as_future"
NETWORK_SECONDS = 0.05
LOOPBACK = {"127.0.0.1", "localhost", "::1"}

# The client reads these when it is imported. The staging switch would win over HF_ENDPOINT.
os.environ["HF_ENDPOINT"] = ENDPOINT
os.environ.pop("HUGGINGFACE_CO_STAGING", None)
os.environ["HF_TOKEN"] = ""
os.environ["HUGGING_FACE_HUB_TOKEN"] = ""


class _Requests:
    """Which requests each test sent: the first thing to look at when one fails."""

    def __init__(self) -> None:
        self.test = "(collection)"
        self._lock = threading.Lock()
        self._out = open(os.environ["HUBSUITE_REQUEST_LOG"], "w", encoding="utf-8")

    def note(self, method: str, url: str, outcome: object) -> None:
        with self._lock:
            self._out.write(json.dumps([self.test, method, url, outcome]) + "\n")
            self._out.flush()


_requests = _Requests()


def _guard() -> None:
    """Below the client's redirect loop, so that every hop is seen: a green test cannot come from somewhere else."""
    import httpx2

    def refuse_foreign(request: "httpx2.Request") -> str:
        url = str(request.url)
        if urlsplit(url).hostname not in LOOPBACK:
            _requests.note(request.method, url, "refused: foreign host")
            raise httpx2.ConnectError(f"hubsuite refuses {urlsplit(url).netloc}", request=request)
        if RACING_TEST in _requests.test:
            time.sleep(NETWORK_SECONDS)
        return url

    send, send_async = httpx2.Client._send_single_request, httpx2.AsyncClient._send_single_request

    def guarded(self, request, *rest, **more):
        url = refuse_foreign(request)
        try:
            response = send(self, request, *rest, **more)
        except Exception as error:
            _requests.note(request.method, url, type(error).__name__)
            raise
        _requests.note(request.method, url, response.status_code)
        return response

    async def guarded_async(self, request, *rest, **more):
        url = refuse_foreign(request)
        response = await send_async(self, request, *rest, **more)
        _requests.note(request.method, url, response.status_code)
        return response

    httpx2.Client._send_single_request = guarded
    httpx2.AsyncClient._send_single_request = guarded_async


_guard()


def _impatient_time() -> types.ModuleType:
    """The `time` module with short sleeps, for the client's retry loop alone: a failing hub must fail soon."""
    module = types.ModuleType("time")
    module.__dict__.update({name: value for name, value in vars(time).items() if not name.startswith("__")})
    module.sleep = lambda seconds: time.sleep(min(seconds, BACKOFF_SECONDS_MAX))
    return module


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config, parser, args):
    sys.path.insert(0, str(early_config.rootpath))
    from huggingface_hub import constants
    from huggingface_hub.utils import _http

    if constants.ENDPOINT != ENDPOINT:
        raise pytest.UsageError(f"the client took {constants.ENDPOINT} for its endpoint, not {ENDPOINT}")
    _http.time = _impatient_time()
    importlib.import_module("tests.testing_constants").ENDPOINT_STAGING = ENDPOINT


def _short(nodeid: str) -> str:
    return nodeid.removeprefix("tests/")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    wanted = set((Path(__file__).parent / "baseline.txt").read_text().split())
    found = {_short(item.nodeid): item for item in items}
    missing = sorted(wanted - found.keys())
    if missing:
        raise pytest.UsageError(f"{len(missing)} tests of the baseline were not found: {missing[:5]}")
    keep = [item for name, item in found.items() if name in wanted]
    if not WITH_XET:
        # These are about Xet itself and ask for hf_xet.
        keep = [item for item in keep if item.get_closest_marker("xet") is None]
    chosen = set(keep)
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = keep


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item, nextitem):
    _requests.test = _short(item.nodeid)
    yield
