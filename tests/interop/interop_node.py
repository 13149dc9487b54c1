"""Where Node.js and the packages of `package.json` are, for every test that asks them."""

import os
import shutil
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PACKAGES = ("@digitalbazaar/vc", "jose", "oidc-provider")


def node_program() -> str:
    """The program, when it and its packages are here; a missing one skips, or fails with CREDITBANK_REQUIRE=1."""
    found = shutil.which("node")
    if found is not None and all((HERE / "node_modules" / name).is_dir() for name in PACKAGES):
        return found
    missing = "Node.js is not installed" if found is None else "run: npm ci --prefix tests/interop"
    if os.environ.get("CREDITBANK_REQUIRE") == "1":
        pytest.fail(f"The interop test must run here, but: {missing}")
    pytest.skip(missing)
