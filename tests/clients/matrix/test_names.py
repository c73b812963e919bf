"""Names that cannot be, and names that were. What a database would not take must not come as far as the database."""

import json
import urllib.error
import urllib.request
import uuid

import pytest
from huggingface_hub import HfApi
from huggingface_hub.utils import HfHubHTTPError

from conftest import ENDPOINT

SAMPLE = {"files": [{"path": "a", "sample": "", "size": 1}]}
HEADER = {"key": "header", "value": {"summary": "s"}}


def ask(method: str, path: str, token: str, body: object = None) -> int:
    """The status of an answer, asked with an address that no client would make."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{ENDPOINT}{path}", data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as refusal:
        return refusal.code


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("DELETE", "branch/%00", None, 404),
        ("DELETE", "tag/a%00b", None, 404),
        ("POST", "branch/a%00b", None, 400),
        ("POST", "preupload/%00", SAMPLE, 404),
        ("POST", "preupload/%00?create_pr=1", SAMPLE, 404),
        ("POST", "commit/%00", HEADER, 404),
        ("GET", "xet-write-token/%00", None, 404),
        ("GET", "tree/%00", None, 404),
    ],
)
def test_a_name_with_a_nul_names_nothing(repo: str, token: str, method: str, path: str, body: object, status: int):
    assert ask(method, f"/api/models/{repo}/{path}", token, body) == status


def test_nul_elsewhere(token: str):
    space = {"name": f"nul-{uuid.uuid4().hex[:12]}", "type": "space", "sdk": "gradio\0"}
    assert ask("POST", "/api/repos/create", token, space) == 400
    group = {"name": "x", "organization": "a\0b"}
    assert ask("POST", "/api/repos/create", token, group) == 403
    # Base64 of `5 a`, a NUL, `b`.
    assert ask("GET", "/api/models?cursor=NSBhAGI", token) == 400
    assert ask("GET", f"/api/models?search={'x' * 60_000}", token) == 400


def test_a_former_name_leads_to_the_repo_and_deletes_nothing(api: HfApi, repo: str):
    old = f"{repo}-old"
    api.create_repo(old)
    new = f"{repo}-new"
    api.move_repo(old, new)
    try:
        assert api.create_repo(old, exist_ok=True).repo_id == new
        with pytest.raises(HfHubHTTPError, match="former name"):
            api.delete_repo(old, missing_ok=True)
        assert api.repo_info(old).id == new
    finally:
        api.delete_repo(new)
