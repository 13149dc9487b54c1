"""A test chain inside this process, kept in one SQLite file. Nobody else vouches for its history.

One process owns it and makes its blocks; others may look. Every transaction gets a block of its own as soon
as it is sent. A block's time is the clock's, or one second after its parent's where blocks follow faster than
that.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from threading import RLock
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Self

from creditbank.adapters.chain.contracts import EMBEDDED_CHAIN_ID, Contracts
from creditbank.adapters.chain.database import Database, OwnerLock, ReadOnlyChain
from creditbank.adapters.chain.refusals import refusal
from creditbank.errors import CreditBankError
from creditbank.services.chain_events import ChainEvent
from creditbank.services.ports import Call, ChainUnavailable, Mined, Slots
from creditbank.services.surveying_records import NodeFacts

if TYPE_CHECKING:
    from creditbank.adapters.chain.evm import Evm, Trial
    from creditbank.adapters.chain.exposing import ExposedChain

CONTRACTS_FACT: Final = "contracts"
DEFAULT_NAME: Final = "embedded"


class EmbeddedChain:
    """Implements `services.ports.Chain`. Safe to use from several threads of its process."""

    def __init__(
        self,
        path: Path,
        database: Database,
        lock: OwnerLock | None,
        clock: Callable[[], datetime],
        contracts: Contracts,
        finality_depth: int,
    ) -> None:
        self._path, self._database, self._owner, self._clock = path, database, lock, clock
        self._contracts, self._finality_depth = contracts, finality_depth
        self._turn = RLock()

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        own: bool,
        clock: Callable[[], datetime],
        artifacts: Path,
        finality_depth: int = 2,
    ) -> Self:
        """Open the chain kept in the file `path`; its owner makes the file where there is none.

        Raises `ChainBusy` when another owner lives, `ChainUnavailable` when there is nothing to look at.
        """
        if own:
            path.parent.mkdir(parents=True, exist_ok=True)
        lock = OwnerLock(path.with_name(path.name + ".owner")) if own else None
        try:
            database = Database.open(path, write=own)
        except CreditBankError:
            if lock is not None:
                lock.release()
            raise
        contracts = Contracts(artifacts, json.loads(database.fact(CONTRACTS_FACT) or "{}"))
        return cls(path, database, lock, clock, contracts, finality_depth)

    def close(self) -> None:
        """Let go of the file and of the ownership."""
        with self._turn:
            self._database.close()
            if self._owner is not None:
                self._owner.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def chain_id(self) -> int:
        """No network uses this id."""
        return EMBEDDED_CHAIN_ID

    @property
    def name(self) -> str:
        """How receipts name the chain."""
        return DEFAULT_NAME

    @property
    def test_chain(self) -> bool:
        """Always true: only this bank vouches for the history."""
        return True

    @property
    def contracts(self) -> Mapping[str, str]:
        """Checksummed addresses by name; empty before the contracts are deployed."""
        if not self._contracts.addresses:
            with self._turn:
                self._contracts.addresses.update(json.loads(self._database.fact(CONTRACTS_FACT) or "{}"))
        return MappingProxyType(self._contracts.addresses)

    @property
    def finality_depth(self) -> int:
        """How many blocks on top make a block final; nothing is ever undone here, so the number only plays
        the part.
        """
        return self._finality_depth

    @property
    def keeps_all(self) -> bool:
        """Always true: a block that was made here and is not is of another chain."""
        return True

    def ready(self) -> bool:
        """Whether the chain answers and the contracts' code is that of this version."""
        try:
            with self._turn:
                for name in ("issuers", "anchors", "redemptions"):
                    self._contracts.check_code(name, self._evm.code(bytes.fromhex(self._contracts.address(name)[2:])))
        except ChainUnavailable:
            return False
        return True

    def head(self) -> tuple[int, str, datetime]:
        """Number, hash and time of the newest block."""
        with self._turn:
            header = self._evm.head()
        return header.block_number, "0x" + header.hash.hex(), datetime.fromtimestamp(header.timestamp, UTC)

    def block(self, number: int) -> tuple[str, datetime] | None:
        """Hash and time of the block with this number, or None."""
        with self._turn:
            header = self._evm.header(number)
        return None if header is None else ("0x" + header.hash.hex(), datetime.fromtimestamp(header.timestamp, UTC))

    def knows(self, raw: bytes) -> bool:
        """Whether a block holds these signed bytes; nothing waits here."""
        with self._turn:
            return self._evm.place(self._evm.transaction(raw).hash) is not None

    def is_final(self, number: int, block_hash: str) -> bool:
        """Whether this block counts as final; none is ever undone here."""
        return self.block(number) is not None and number <= self.newest_final()

    def newest_final(self) -> int:
        """The number of the newest block that counts as final."""
        with self._turn:
            return max(0, self._evm.head().block_number - self._finality_depth)

    def nonce(self, account: str, *, final: bool = False) -> int:
        """The next nonce of the account. Nothing is ever undone here, so what is mined is as good as final."""
        with self._turn:
            return self._evm.nonce(bytes.fromhex(account[2:]))

    def build(self, sender: str, call: Call, *, nonce: int) -> dict[str, object]:
        """An unsigned transaction; raises `ChainRefused` with the contract's reason when it would revert."""
        to, data = self._contracts.encode(call)
        return self._build(sender, to, data, nonce, call)

    def build_creation(self, sender: str, data: bytes, *, nonce: int) -> dict[str, object]:
        """An unsigned transaction that creates a contract."""
        return self._build(sender, None, data, nonce, None)

    def estimate(self, sender: str, call: Call) -> int:
        """How much gas the call needs; raises `ChainRefused` when it would revert."""
        to, data = self._contracts.encode(call)
        return self._tried(sender, to, data, call).gas

    def survey(self, account: str) -> NodeFacts:
        """What stands here, and that it costs nothing."""
        with self._turn:
            nonce = self._evm.nonce(bytes.fromhex(account[2:]))
            codes = {name: self._evm.code(bytes.fromhex(place[2:])) for name, place in self.contracts.items()}
        known = {name: self._contracts.is_code(name, code) for name, code in codes.items()}
        return NodeFacts(f"py-evm {version('py-evm')}", 0, nonce, nonce, 0, 0, None, known, free=True)

    def send(self, raw: bytes) -> None:
        """Put a signed transaction into the next block, at once. Raises `ReadOnlyChain` where another process
        owns.
        """
        self._require_owner()
        with self._turn:
            transaction = self._evm.transaction(raw)
            if self._evm.place(transaction.hash) is not None:
                return
            expected = self._evm.nonce(transaction.sender)
            if transaction.nonce != expected:
                raise refusal("NonceUsed" if transaction.nonce < expected else "NonceGap", {})
            self._evm.seal([transaction], self._next_time())

    def mined(self, transaction: str, *, proven: bool = False) -> Mined | None:
        """The transaction's place in the chain, or None. The chain is ours, so there is nobody to prove it."""
        with self._turn:
            place = self._evm.place(bytes.fromhex(transaction[2:]))
            if place is None:
                return None
            newest = self._evm.head().block_number
        return Mined(
            transaction=transaction,
            block_number=place.header.block_number,
            block_hash="0x" + place.header.hash.hex(),
            block_time=datetime.fromtimestamp(place.header.timestamp, UTC),
            succeeded=place.succeeded,
            depth=newest - place.header.block_number,
            final=newest - place.header.block_number >= self._finality_depth,
        )

    def dearer(self, raw: bytes) -> dict[str, object]:
        """Nothing ever waits for a fee here, so nothing is replaced."""
        raise ChainUnavailable("The embedded chain takes every transaction at once, and for nothing.")

    def writers(self, number: int, contract: str) -> tuple[str, ...]:
        """The transactions of a block in which a contract wrote an event."""
        address = bytes.fromhex(self._contracts.address(contract)[2:])
        with self._turn:
            return tuple("0x" + one.hex() for one in self._evm.writers(number, address))

    def events(self, contract: str, first: int, last: int) -> Sequence[ChainEvent]:
        """Every event of a contract in these blocks, in their order."""
        address = bytes.fromhex(self._contracts.address(contract)[2:])
        with self._turn:
            logs = list(self._evm.logs(first, last, address))
        found = []
        for log in logs:
            name, fields = self._contracts.event(contract, log.topics, log.data)
            place = (log.header.block_number, "0x" + log.header.hash.hex(), "0x" + log.transaction.hex(), log.place)
            found.append(ChainEvent(contract, name, fields, *place))
        return found

    def advance(self) -> bool:
        """Make one empty block. A process that only looks leaves it to the owner."""
        if self._owner is None:
            return False
        with self._turn:
            self._evm.seal([], self._next_time())
        return True

    def bury(self, depth: int) -> bool:
        """Make one empty block where a transaction stands less deep than `depth`; whether one was needed and made.

        Who asks over JSON-RPC holds a block for final when others stand on it, and here nothing comes by itself.
        """
        with self._turn:
            return self._owner is not None and self._evm.stirred(depth) and self.advance()

    def shown(self) -> "ExposedChain":
        """The same chain as other processes of this machine ask for it; it takes transactions where this one may."""
        from creditbank.adapters.chain.exposing import ExposedChain

        if self._owner is not None:
            self.head()  # makes the first block, where there is none
        send = None if self._owner is None else self.send
        return ExposedChain.open(self._path, clock=self._clock, finality_depth=self._finality_depth, send=send)

    def read(self, call: Call) -> object:
        """Ask a contract; raises `ChainRefused` when it refuses to answer."""
        to, data = self._contracts.encode(call)
        with self._turn:
            trial = self._evm.ask(bytes.fromhex(to[2:]), data, self._next_time())
        if trial.revert is not None:
            raise self._contracts.explain(call, trial.revert)
        return self._contracts.decode(call, trial.answer)

    def evidence(self, transaction: str) -> tuple[bytes, tuple[bytes, ...], bytes]:
        """Header, receipt proof and trie key of a mined transaction; raises `ChainUnavailable` when there is
        none.
        """
        with self._turn:
            place = self._evm.place(bytes.fromhex(transaction[2:]))
            if place is None:
                raise ChainUnavailable(f"No block holds the transaction {transaction}.")
            return self._evm.proof(place)

    def witness(self, look: Callable[[Slots], object]) -> tuple[bytes, tuple[bytes, ...]]:
        """The newest block's header, and the nodes of its state that prove what `look` reads of it."""
        with self._turn:
            return self._evm.witness(look)

    def install(self, addresses: Mapping[str, str]) -> None:
        """Remember where the contracts stand. Raises `WrongContracts` when their code is not there."""
        self._require_owner()
        with self._turn:
            candidate = Contracts(self._contracts.folder, addresses)
            for name in addresses:
                candidate.check_code(name, self._evm.code(bytes.fromhex(addresses[name][2:])))
            with self._database.writing():
                self._database.note(CONTRACTS_FACT, json.dumps(dict(addresses)))
            self._contracts = candidate

    @cached_property
    def _evm(self) -> "Evm":
        from creditbank.adapters.chain.evm import Evm

        return Evm(self._database, write=self._owner is not None, genesis_time=int(self._clock().timestamp()))

    def _next_time(self) -> int:
        return max(int(self._clock().timestamp()), self._evm.head().timestamp + 1)

    def _tried(self, sender: str, to: str | None, data: bytes, call: Call | None) -> "Trial":
        with self._turn:
            trial = self._evm.try_out(
                bytes.fromhex(sender[2:]),
                None if to is None else bytes.fromhex(to[2:]),
                data,
                self._next_time(),
            )
        if trial.out_of_gas:
            raise refusal("OutOfGas", {})
        if trial.revert is not None:
            raise self._contracts.explain(call, trial.revert)
        return trial

    def _build(self, sender: str, to: str | None, data: bytes, nonce: int, call: Call | None) -> dict[str, object]:
        trial = self._tried(sender, to, data, call)
        transaction: dict[str, object] = {
            "type": 2,
            "chainId": self.chain_id,
            "nonce": nonce,
            "value": 0,
            "data": "0x" + data.hex(),
            "gas": trial.gas * 6 // 5,
            "maxFeePerGas": 0,
            "maxPriorityFeePerGas": 0,
        }
        return transaction if to is None else {**transaction, "to": to}

    def _require_owner(self) -> None:
        if self._owner is None:
            raise ReadOnlyChain(
                "This process only reads the embedded chain; another one owns it.",
                next_step="Send through the process that owns it.",
            )
