"""The fixtures that the client's tests ask for by name. Copied into the scratch copy of the tests as their conftest."""

import pytest
from huggingface_hub import HfApi, RepoUrl

from .testing_constants import ENDPOINT_STAGING, TOKEN, USER
from .testing_utils import repo_name


class RepoFactory:
    """Makes repos on demand, and deletes whatever it made once the test is over."""

    def __init__(self, api: HfApi) -> None:
        self._api = api
        self._made: list[dict] = []

    def __call__(
        self, repo_type: str = "model", *, repo_id: str | None = None, token: str | None = None, **settings
    ) -> RepoUrl:
        url = self._api.create_repo(repo_id or repo_name(), repo_type=repo_type, token=token, **settings)
        self._made.append({"repo_id": url.repo_id, "repo_type": repo_type, "token": token})
        return url

    def delete_all(self) -> None:
        while self._made:
            self._api.delete_repo(**self._made.pop(), missing_ok=True)


@pytest.fixture(scope="session")
def api() -> HfApi:
    """A client for the hub under test, in the name of the test-suite's user."""
    return HfApi(endpoint=ENDPOINT_STAGING, token=TOKEN)


@pytest.fixture
def repo_factory():
    """Bound to a client of its own: a test may change the shared one, or bring another."""
    factory = RepoFactory(HfApi(endpoint=ENDPOINT_STAGING, token=TOKEN))
    yield factory
    factory.delete_all()


@pytest.fixture
def new_repo_id(api: HfApi):
    """The full name of a repo that the test is about to create."""
    repo_id = f"{USER}/{repo_name()}"
    yield repo_id
    api.delete_repo(repo_id, missing_ok=True)
