"""A bank's sender before a real node that misbehaves: what every test of sending begins with."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from faulty_rpc import FaultyNode
from nodes import ARTIFACTS, CHAIN_ID, RICH, Control, Keyring, digest

from creditbank.adapters.chain import RpcChain, deploy
from creditbank.adapters.store import SqlStore
from creditbank.services import calls
from creditbank.services.ports import Call, ChainUnavailable, Mined
from creditbank.services.records import Attempt, AttemptState
from creditbank.services.sending import NotMinedYet, Replacing, Sender

GWEI = 10**9
CAP = 200 * GWEI


def call(purpose: str) -> Call:
    """An anchor of a root that the purpose names."""
    return calls.anchor(digest(purpose), 1)


@dataclass
class Ground:
    """A node with the contracts on it, reached through a faulty one."""

    node: FaultyNode
    control: Control
    contracts: dict[str, str]
    keys: Keyring = field(default_factory=Keyring)


def founded(node: FaultyNode, control: Control) -> Ground:
    """Put the contracts on the chain, and admit the bank."""
    keys = Keyring()
    for name in ("steward", "agency", "bank"):
        control("hardhat_setBalance", keys.chain_account(name), hex(RICH))
    with RpcChain.open(node.url, chain_id=CHAIN_ID, name="node", artifacts=ARTIFACTS, finality_depth=0) as chain:
        contracts = dict(deploy(chain, keys, "steward", ARTIFACTS))
        for name, what in (
            ("steward", calls.appoint_registrar(keys.chain_account("agency"))),
            ("agency", calls.admit_bank(keys.chain_account("bank"), digest("did:example:bank"))),
        ):
            account = keys.chain_account(name)
            raw, _ = keys.sign_transaction(name, chain.build(account, what, nonce=chain.nonce(account)))
            chain.send(raw)
    return Ground(node, control, contracts)


class Watch:
    """The machine's clock, which a test may put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Office:
    """A bank's sender over a database of its own, and the node's operator."""

    def __init__(self, ground: Ground, folder: Path, *, database: str = "", **options: Any) -> None:
        self.ground, self.keys, self.clock = ground, ground.keys, Watch()
        self.store = SqlStore.open(database or f"sqlite:///{folder / 'store.db'}", migrate=True)
        self.options = {"chain_id": CHAIN_ID, "name": "anvil", "test": True, "finality_depth": 2, "fee_cap": CAP}
        self.options |= {"artifacts": ARTIFACTS, "contracts": ground.contracts} | options
        self.chain = RpcChain.open(ground.node.url, **self.options)
        self.account = self.keys.chain_account("bank")
        self.sender = self.open()

    def open(self, limit: int = 10) -> Sender:
        """A sender as a new process would have it."""
        quick = Replacing(timedelta(seconds=60), limit)
        return Sender(self.store, self.chain, self.keys, self.clock, self._mine, patience=12, replacing=quick)

    def _mine(self, seconds: float) -> None:
        with suppress(Exception):
            self.ground.control("evm_mine")

    def close(self) -> None:
        self.chain.close()
        self.store.close()

    def attempts(self, purpose: str) -> list[Attempt]:
        with self.store.transaction() as tx:
            return tx.attempts(purpose)

    def states(self, purpose: str) -> list[AttemptState]:
        return [attempt.state for attempt in self.attempts(purpose)]

    def nonce(self) -> int:
        return int(self.ground.control("eth_getTransactionCount", self.account, "latest"), 16)

    def settle(self, purpose: str, tries: int = 6) -> Mined:
        """As a worker does: what fails is tried again."""
        for _ in range(tries - 1):
            with suppress(ChainUnavailable, NotMinedYet):
                return self.sender.settle(purpose, "bank", call(purpose), final=True)
        return self.sender.settle(purpose, "bank", call(purpose), final=True)

    def step(self, purpose: str) -> Mined | None:
        return self.sender.step(purpose, "bank", call(purpose))

    def leave_out(self, seconds: int, base: int) -> None:
        """A block of so many seconds later, at a base fee that may be too high for what waits; that is kept."""
        self.clock.ahead += timedelta(seconds=seconds)
        newest = int(self.ground.control("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
        moment = max(newest + 1, int(self.clock.now().timestamp()))
        self.ground.control("hardhat_setNextBlockBaseFeePerGas", hex(base))
        self.ground.control("evm_setNextBlockTimestamp", moment)
        self.ground.control("evm_mine")

    def pass_over(self, seconds: int, base: int = GWEI) -> None:
        """Blocks of so many seconds go by, the next one at this base fee, and nothing waiting gets in."""
        self.clock.ahead += timedelta(seconds=seconds)
        self.ground.control("anvil_dropAllTransactions")
        newest = int(self.ground.control("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
        moment = max(newest + 1, int(self.clock.now().timestamp()))
        self.ground.control("evm_setNextBlockTimestamp", moment)
        self.ground.control("evm_mine")
        self.ground.control("anvil_setNextBlockBaseFeePerGas", hex(base))
        self.ground.control("evm_mine")
