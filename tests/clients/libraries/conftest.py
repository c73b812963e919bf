"""What the tests of the libraries built on the client start from."""

import os
import uuid
from collections.abc import Iterator

import pytest
from huggingface_hub import HfApi, constants

TOKEN = os.environ["SEEDCORN_TOKEN"]


def pytest_configure(config: pytest.Config) -> None:
    if constants.ENDPOINT != os.environ["HF_ENDPOINT"]:
        raise pytest.UsageError(f"the client talks to {constants.ENDPOINT}")


@pytest.fixture(scope="session")
def token() -> str:
    return TOKEN


@pytest.fixture(scope="session")
def api() -> HfApi:
    """A client that acts for the member."""
    return HfApi(token=TOKEN)


@pytest.fixture
def model(api: HfApi) -> Iterator[str]:
    """The name of a model repo that the test is about to make."""
    name = f"tester/library-{uuid.uuid4().hex[:12]}"
    yield name
    api.delete_repo(name, missing_ok=True)


@pytest.fixture
def dataset(api: HfApi) -> Iterator[str]:
    """The name of a dataset repo that the test is about to make."""
    name = f"tester/library-{uuid.uuid4().hex[:12]}"
    yield name
    api.delete_repo(name, repo_type="dataset", missing_ok=True)
