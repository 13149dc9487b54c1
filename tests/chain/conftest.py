"""A chain with the contracts on it, a hand on its clock, and people who can act on it."""

import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount

from creditbank.adapters.chain import EmbeddedChain, deploy
from creditbank.services import calls
from creditbank.services.ports import Call, ChainRefused, Mined

ARTIFACTS = Path(__file__).parents[2] / "contracts" / "artifacts"
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
            mined = self.chain.mined(transaction)
            assert mined is not None
            assert mined.succeeded
        return mined

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


@pytest.fixture
def town(town_file: Path, tmp_path: Path) -> Iterator[Town]:
    path = tmp_path / "chain.db"
    shutil.copyfile(town_file, path)
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
