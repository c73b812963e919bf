"""Takes the pictures of the README and the guides from a demo hub: `cargo xtask shots`. They go to docs/shots."""

import sys
from pathlib import Path

from browser import DESKTOP, PHONE, demo_hub, start, visitor
from playwright.sync_api import sync_playwright

SHOTS = Path(__file__).resolve().parents[2] / "docs" / "shots"

MODEL, DATA = "/acorn-lab/acorn-tiny", "/datasets/field-notes/garden-observations"

# Name, address, whether somebody is signed in, and the window.
PICTURES = [
    ("home", "/", False, {}),
    ("home-dark", "/", False, {"color_scheme": "dark"}),
    ("model", MODEL, False, {}),
    ("model-phone", MODEL, False, {"viewport": PHONE, "device_scale_factor": 2}),
    ("paper", "/papers/acorn-lab/one-season", False, {}),
    ("search", "/search?q=acorn", False, {}),
    ("openness", f"{MODEL}/openness", False, {}),
    ("lineage", f"{MODEL}/lineage", False, {}),
    ("log", "/log", False, {}),
    ("files", f"{MODEL}/tree/main", False, {}),
    ("tensors", f"{MODEL}/blob/main/model.safetensors", False, {}),
    ("rows", f"{DATA}/blob/main/data/train-00000-of-00001.parquet", False, {}),
    ("commit", f"{MODEL}/commit/main", False, {"color_scheme": "dark"}),
    ("tokens", "/settings/tokens", True, {}),
    ("upload", f"{MODEL}/upload/main", True, {}),
    ("operators", "/admin", True, {}),
]


def main() -> int:
    SHOTS.mkdir(parents=True, exist_ok=True)
    with demo_hub() as hub, sync_playwright() as playwright:
        browser = start(playwright)
        token = hub.admin("token", "create", "keeper", "--role", "write")
        for name, path, signed_in, window in PICTURES:
            with visitor(browser, hub, **({"viewport": DESKTOP} | window)) as looks:
                if signed_in:
                    looks.sign_in(token)
                looks.go(path).screenshot(path=SHOTS / f"{name}.png")
                print(f"docs/shots/{name}.png", flush=True)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
