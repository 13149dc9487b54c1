"""A chain with the contracts on it, a hand on its clock, and people who can act on it.

What contracts do is tested on two machines that know nothing of each other: py-evm, and anvil behind its RPC.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
import requests
from eth_account import Account
from eth_account.signers.local import LocalAccount

from creditbank.adapters.chain import EmbeddedChain, RpcChain, deploy
from creditbank.services import calls
from creditbank.services.ports import Call, ChainRefused, Mined

ROOTS = Path(__file__).parents[2]
ARTIFACTS = ROOTS / "contracts" / "artifacts"
ANVIL_CHAIN = 31338
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Keyring:
    """Keys derived from names: what the vault does for the bank, without files."""

    def chain_account(self, owner: str) -> str:
        return self._key(owner).address

    def sign_transaction(self, owner: str, transaction: Mapping[str, object]) -> tuple[bytes, str]:
        signed = self._key(owner).sign_transaction(dict(transaction))
        return bytes(signed.raw_transaction), "0x" + bytes(signed.hash).hex()

    @staticmethod
    def _key(owner: str) -> LocalAccount:
        return Account.from_key(sha256(owner.encode()).digest())


class Town:
    """The embedded chain and everybody who acts on it, by name."""

    def __init__(self, path: Path) -> None:
        self.moment = START
        self.keys = Keyring()
        self.path = path
        self.chain = self.open()

    def open(self, *, own: bool = True) -> EmbeddedChain:
        return EmbeddedChain.open(self.path, own=own, clock=lambda: self.moment, artifacts=ARTIFACTS)

    def account(self, name: str) -> str:
        return self.keys.chain_account(name)

    def sign(self, name: str, call: Call) -> tuple[bytes, str]:
        account = self.account(name)
        return self.keys.sign_transaction(name, self.chain.build(account, call, nonce=self.chain.nonce(account)))

    def act(self, name: str, *todo: Call) -> Mined:
        """Send calls; each must succeed. Returns where the last one stands."""
        for call in todo:
            raw, transaction = self.sign(name, call)
            self.chain.send(raw)
            mined = self.landed(transaction)
            assert mined.succeeded
        return mined

    def landed(self, transaction: str) -> Mined:
        """Where a sent transaction stands."""
        for _ in range(100):
            if (mined := self.chain.mined(transaction)) is not None:
                return mined
            self.pause()
        raise AssertionError("no block took the transaction")

    def pause(self) -> None:
        """What comes between sending and looking; this chain makes its block at once."""

    def refusal(self, name: str, call: Call) -> str:
        """Try a call that a contract must refuse; returns the name of its error."""
        before = self.chain.head()
        with pytest.raises(ChainRefused) as refused:
            self.act(name, call)
        assert self.chain.head() == before
        assert str(refused.value).endswith(".")
        assert "{" not in str(refused.value)
        return refused.value.reason

    def ask(self, contract: str, function: str, *arguments: object) -> object:
        return self.chain.read(Call(contract, function, arguments))

    def wait(self, **time: float) -> None:
        """Let time pass; the next block shows it."""
        self.moment = max(self.moment, self.chain.head()[2]) + timedelta(**time)

    def seconds(self, **time: float) -> int:
        """The block time of a moment relative to the newest block."""
        return int((self.chain.head()[2] + timedelta(**time)).timestamp())


class NodeTown(Town):
    """The same on a node: its operator sets the time of the next block and gives everybody something to pay with."""

    def __init__(self, url: str, control: Callable[..., object]) -> None:
        self.moment = START
        self.keys = Keyring()
        self.control = control
        self.funded: set[str] = set()
        self.chain = RpcChain.open(
            url, chain_id=ANVIL_CHAIN, name="anvil", test=True, finality_depth=2, contracts={}, artifacts=ARTIFACTS
        )

    def account(self, name: str) -> str:
        account = self.keys.chain_account(name)
        if name not in self.funded:
            self.funded.add(name)
            self.control("anvil_setBalance", account, hex(10**20))
        return account

    def sign(self, name: str, call: Call) -> tuple[bytes, str]:
        signed = super().sign(name, call)
        self._set_time()
        return signed

    def pause(self) -> None:
        time.sleep(0.02)

    def wait(self, **time: float) -> None:
        super().wait(**time)
        self._set_time()
        self.control("evm_mine")

    def _set_time(self) -> None:
        next_time = max(self.moment, self.chain.head()[2] + timedelta(seconds=1))
        self.control("evm_setNextBlockTimestamp", int(next_time.timestamp()))


def digest(text: str) -> bytes:
    return sha256(text.encode()).digest()


@pytest.fixture(scope="session")
def town_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chain with fresh contracts and one registrar, made once and copied for every test."""
    path = tmp_path_factory.mktemp("town") / "chain.db"
    town = Town(path)
    deploy(town.chain, town.keys, "steward", ARTIFACTS)
    town.act("steward", calls.appoint_registrar(town.account("agency")))
    town.chain.close()
    return path


@pytest.fixture(scope="session")
def anvil() -> Iterator[tuple[str, Callable[..., object], dict[str, str]]]:
    """A node with fresh contracts and one registrar: its address, its operator's methods, and the contracts."""
    shelves = [os.environ.get("CREDITBANK_NODE_MODULES"), ROOTS / "tests" / "interop" / "node_modules"]
    found = [file for shelf in filter(None, shelves) for file in Path(shelf).glob("@foundry-rs/anvil-*/bin/anvil*")]
    if not found:
        sentence = "anvil is missing: run `npm ci` in tests/interop, or set CREDITBANK_NODE_MODULES"
        (pytest.fail if os.environ.get("CREDITBANK_REQUIRE") == "1" else pytest.skip)(sentence)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    options = ["--port", url.rpartition(":")[2], "--chain-id", str(ANVIL_CHAIN), "--accounts", "1", "--silent"]
    began = str(int(START.timestamp()) - 100)
    session = requests.Session()

    def control(method: str, *parameters: object) -> object:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}
        answer = session.post(url, json=body, timeout=10).json()
        assert "error" not in answer, answer
        return answer["result"]

    with subprocess.Popen([str(found[0]), *options, "--timestamp", began, "--hardfork", "cancun"]) as node:
        try:
            for _ in range(100):
                try:
                    control("eth_chainId")
                    break
                except requests.ConnectionError:
                    time.sleep(0.1)
            town = NodeTown(url, control)
            town.account("steward")
            contracts = deploy(town.chain, town.keys, "steward", ARTIFACTS, pause=time.sleep)
            town.act("steward", calls.appoint_registrar(town.account("agency")))
            town.chain.close()
            yield url, control, dict(contracts)
        finally:
            node.terminate()


ON_BOTH = frozenset(
    f"test_{name}"
    for name in ("anchors_contract", "issuer_control", "issuer_keys", "issuers_registry", "redemptions_contract")
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What the contracts do is the same on py-evm and on anvil."""
    if metafunc.module.__name__.rpartition(".")[2] in ON_BOTH and "town" in metafunc.fixturenames:
        machines = ["py-evm", pytest.param("anvil", marks=[pytest.mark.anvil, pytest.mark.slow])]
        metafunc.parametrize("town", machines, indirect=True)


@pytest.fixture
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    """The chain that the test names, else py-evm; as it was made, whatever other tests did."""
    if getattr(request, "param", "py-evm") == "anvil":
        url, control, contracts = request.getfixturevalue("anvil")
        before = control("evm_snapshot")
        town: Town = NodeTown(url, control)
        town.chain.install(contracts)
        yield town
        town.chain.close()
        control("evm_revert", before)
        return
    path = tmp_path / "chain.db"
    shutil.copyfile(request.getfixturevalue("town_file"), path)
    town = Town(path)
    yield town
    town.chain.close()


@pytest.fixture
def issuer(town: Town) -> bytes:
    """A provider that the agency admitted, controlled by `provider`."""
    name = digest("did:example:provider")
    town.act("agency", calls.admit_issuer(name, town.account("provider"), digest("scope"), digest("document")))
    return name


@pytest.fixture
def key(town: Town, issuer: bytes) -> bytes:
    """A key of that provider, good from now on."""
    name = digest("key")
    town.act("provider", calls.add_key(issuer, name))
    return name


@pytest.fixture
def bank(town: Town) -> str:
    """The account of an admitted bank."""
    town.act("agency", calls.admit_bank(town.account("bank"), digest("did:example:bank")))
    return town.account("bank")


@pytest.fixture
def awarders(town: Town) -> tuple[bytes, bytes]:
    """Two admitted awarding bodies, `north` and `south`, by identity."""
    north, south = digest("did:example:north"), digest("did:example:south")
    town.act("agency", calls.admit_awarder(town.account("north"), north))
    town.act("agency", calls.admit_awarder(town.account("south"), south))
    return north, south


@pytest.fixture(scope="session")
def artifacts_folder() -> Path:
    return ARTIFACTS
