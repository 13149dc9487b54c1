"""Real nodes on this machine for tests, and people who act on the chain behind them."""

import hashlib
import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import requests
from eth_account import Account
from eth_account.signers.local import LocalAccount

ROOTS: Final = Path(__file__).parents[2]
ARTIFACTS: Final = ROOTS / "contracts" / "artifacts"
CHAIN_ID: Final = 31337
RICH: Final = 10**24
Control = Callable[..., Any]


def digest(text: str) -> bytes:
    """32 bytes that stand for something."""
    return hashlib.sha256(text.encode()).digest()


class Keyring:
    """Keys derived from names, signing as the vault does."""

    def chain_account(self, owner: str) -> str:
        return self._key(owner).address

    def sign_transaction(self, owner: str, transaction: Mapping[str, object]) -> tuple[bytes, str]:
        signed = self._key(owner).sign_transaction(dict(transaction))
        return bytes(signed.raw_transaction), "0x" + bytes(signed.hash).hex()

    @staticmethod
    def _key(owner: str) -> LocalAccount:
        return Account.from_key(digest(owner))


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def missing(what: str) -> None:
    """Skip, or fail where everything has to be there."""
    if os.environ.get("CREDITBANK_REQUIRE") == "1":
        pytest.fail(what)
    pytest.skip(what)


def shelf(pattern: str, what: str) -> Path:
    """The first file of the npm packages that matches."""
    for folder in filter(
        None, [os.environ.get("CREDITBANK_NODE_MODULES"), ROOTS / "tests" / "interop" / "node_modules"]
    ):
        for found in sorted(Path(folder).glob(pattern)):
            return found
    missing(f"{what} is missing: run `npm ci` in tests/interop, or set CREDITBANK_NODE_MODULES")
    raise AssertionError("unreachable")


def control_of(url: str) -> Control:
    """The operator's methods of a node."""

    def control(method: str, *parameters: object) -> Any:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}
        answer = requests.post(url, json=body, timeout=20).json()
        assert "error" not in answer, answer
        return answer["result"]

    return control


@contextmanager
def running(
    command: list[str], url: str, *, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Iterator[Control]:
    """A node that answers at `url` until the block ends."""
    with subprocess.Popen(command, env=env, cwd=cwd, stdout=subprocess.DEVNULL) as node:
        try:
            control = control_of(url)
            for _ in range(600):
                try:
                    control("eth_chainId")
                    break
                except requests.RequestException:
                    time.sleep(0.05)
            yield control
        finally:
            node.terminate()


@contextmanager
def anvil(*options: str) -> Iterator[tuple[str, Control]]:
    """anvil on a port of its own: its address, and its operator's methods."""
    binary, port = shelf("@foundry-rs/anvil-*/bin/anvil*", "anvil"), free_port()
    url = f"http://127.0.0.1:{port}"
    command = [str(binary), "--port", str(port), "--chain-id", str(CHAIN_ID), "--silent", "--accounts", "1", *options]
    with running(command, url) as control:
        yield url, control


@contextmanager
def hardhat(folder: Path) -> Iterator[tuple[str, Control]]:
    """Hardhat's node, which keeps what is too cheap and takes a replacement from a tenth more on, as geth does."""
    program, port = shelf("hardhat/internal/cli/cli.js", "Hardhat"), free_port()
    config = folder / "hardhat.config.cjs"
    network = {"chainId": CHAIN_ID, "hardfork": "prague", "initialBaseFeePerGas": 10**9}
    told = {"solidity": "0.8.28", "networks": {"hardhat": network}}
    config.write_text(f"module.exports = {json.dumps(told)};\n")
    (folder / "node_modules").symlink_to(program.parents[3])  # it wants to stand in the project that it serves
    command = ["node", str(program), "--config", str(config), "node", "--hostname", "127.0.0.1", "--port", str(port)]
    quiet = {**os.environ, "HARDHAT_DISABLE_TELEMETRY_PROMPT": "true", "CI": "1", "HOME": str(folder)}
    with running(command, url := f"http://127.0.0.1:{port}", env=quiet, cwd=folder) as control:
        yield url, control
