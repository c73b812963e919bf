"""A download that breaks in the middle goes on, from where it was when the client can."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cutting_proxy import CuttingProxy
from huggingface_hub import HfApi, hf_hub_download
from hubserver import running

from conftest import MIB, WITH_XET, noise

# Without Xet, the clients read 10 MiB at a time, and only what was read whole counts as already there.
# With it they fetch smaller pieces over several connections.
SIZE = 30 * MIB
CUT_AFTER = MIB if WITH_XET else 17 * MIB


@pytest.fixture
def proxied(tmp_path: Path) -> Iterator[tuple[CuttingProxy, HfApi]]:
    """A hub of its own that is reached through a proxy only, and is told so."""
    proxy = CuttingProxy()
    with running(os.environ["SEEDCORN_BACKEND"], tmp_path / "hub", public_url=proxy.url) as hub:
        address = urlsplit(hub.url)
        proxy.target = (address.hostname, address.port)
        yield proxy, HfApi(endpoint=proxy.url, token=hub.member("tester"))
    proxy.close()


def test_hf_hub_download_goes_on_after_a_cut(proxied: tuple[CuttingProxy, HfApi], tmp_path: Path):
    proxy, api = proxied
    data = noise(SIZE, "resumed")
    (tmp_path / "source").write_bytes(data)
    repo = api.create_repo("resumed").repo_id
    api.upload_file(path_or_fileobj=tmp_path / "source", path_in_repo="big.bin", repo_id=repo)
    proxy.arm(CUT_AFTER)
    path, tries = None, 0
    while path is None:
        tries += 1
        try:
            path = hf_hub_download(
                repo, "big.bin", endpoint=proxy.url, token=api.token, cache_dir=tmp_path / "cache"
            )
        except Exception:
            # Some clients give up at a cut and go on when called again.
            if tries == 3:
                raise
    assert proxy.cuts == 1, "the answer was never cut: the bytes did not come through the proxy in one piece"
    assert Path(path).read_bytes() == data
    if not WITH_XET:
        assert any(start >= 10 * MIB for start in proxy.range_starts()), proxy.range_starts()
