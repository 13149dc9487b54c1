"""The embedded chain's virtual machine: py-evm under Prague rules, one transaction a block, no fees.

Its base fee starts at zero and stays there, because a block never fills past its target; so accounts need no
money. Everything else is as on a main network: headers, receipts tries and signatures are real.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from eth.abc import BlockAPI, BlockHeaderAPI, ComputationAPI, ReceiptAPI, SignedTransactionAPI, StateAPI
from eth.chains.base import MiningChain
from eth.constants import (
    BLANK_ROOT_HASH,
    CREATE_CONTRACT_ADDRESS,
    POST_MERGE_DIFFICULTY,
    POST_MERGE_MIX_HASH,
    POST_MERGE_NONCE,
    ZERO_ADDRESS,
)
from eth.db.atomic import AtomicDB
from eth.db.backends.base import BaseDB
from eth.exceptions import CanonicalHeadNotFound, HeaderNotFound, OutOfGas, TransactionNotFound
from eth.rlp.accounts import Account
from eth.vm.forks.prague import PragueVM
from eth.vm.spoof import SpoofTransaction
from eth_bloom.bloom import BloomFilter
from eth_hash.auto import keccak
from eth_typing import Address, BlockNumber, Hash32
from eth_utils.exceptions import ValidationError
from trie.hexary import HexaryTrie

from creditbank.adapters.chain.contracts import BLOCK_GAS, EMBEDDED_CHAIN_ID
from creditbank.adapters.chain.database import Database, ReadOnlyChain
from creditbank.adapters.chain.encoding import ReceiptsTrie, decode_rlp, encode_rlp
from creditbank.adapters.chain.refusals import refusal
from creditbank.anchoring.state import slots_of
from creditbank.services.ports import ChainUnavailable, Slots

MAX_GAS: Final = BLOCK_GAS // 2 - 1
NAMED: Final = b"creditbank test "
FLOOR_PER_TOKEN: Final = 10  # EIP-7623


class Pairs(BaseDB):
    """py-evm's view of the database."""

    def __init__(self, database: Database, *, write: bool) -> None:
        self._database = database
        self._write = write

    def __getitem__(self, key: bytes) -> bytes:
        value = self._database.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self._refuse_reader()
        self._database.put(key, value)

    def __delitem__(self, key: bytes) -> None:
        self._refuse_reader()
        if not self._database.drop(key):
            raise KeyError(key)

    def _exists(self, key: bytes) -> bool:
        return self._database.get(key) is not None

    def _refuse_reader(self) -> None:
        if not self._write:
            raise ReadOnlyChain("This process only reads the embedded chain.")


class MetNodes(Mapping[bytes, bytes]):
    """The nodes of a state, and which of them were asked for, in the order in which they were met."""

    def __init__(self, pairs: Pairs) -> None:
        self._pairs = pairs
        self.found: dict[bytes, bytes] = {}

    def __getitem__(self, key: bytes) -> bytes:
        return self.found.setdefault(key, self._pairs[key])

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)


class EmbeddedRules(MiningChain):
    """Prague from the first block on."""

    chain_id = EMBEDDED_CHAIN_ID
    vm_configuration = ((BlockNumber(0), PragueVM),)


@dataclass(frozen=True, slots=True)
class Trial:
    """What a transaction would do in the next block. `revert` is None when it would succeed."""

    answer: bytes
    revert: bytes | None
    out_of_gas: bool
    gas: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a transaction stands in the chain."""

    header: BlockHeaderAPI
    index: int
    succeeded: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A call that asks and changes nothing."""

    to: bytes
    data: bytes = b""
    sender: bytes = ZERO_ADDRESS
    value: int = 0
    gas: int = BLOCK_GAS


@dataclass(frozen=True, slots=True)
class Log:
    """One event as it stands in a block."""

    header: BlockHeaderAPI
    transaction: bytes
    place: int
    topics: tuple[bytes, ...]
    data: bytes


class Evm:
    """One chain on one database. Callers hold a lock: nothing here may run twice at a time."""

    def __init__(self, database: Database, *, write: bool, genesis_time: int) -> None:
        pairs = Pairs(database, write=write)
        self._pairs, self._database = pairs, database
        try:
            self._chain = EmbeddedRules(AtomicDB(pairs))
        except CanonicalHeadNotFound:
            if not write:
                raise ChainUnavailable("The embedded chain has no blocks yet.") from None
            self._chain = self._begin(genesis_time)

    def _begin(self, time: int) -> EmbeddedRules:
        genesis: Mapping[str, Any] = {
            "base_fee_per_gas": 0,
            "coinbase": ZERO_ADDRESS,
            "difficulty": POST_MERGE_DIFFICULTY,
            "extra_data": NAMED + secrets.token_bytes(16),  # no two chains begin alike, not even in one second
            "gas_limit": BLOCK_GAS,
            "mix_hash": POST_MERGE_MIX_HASH,
            "nonce": POST_MERGE_NONCE,
            "receipt_root": BLANK_ROOT_HASH,
            "timestamp": time,
            "transaction_root": BLANK_ROOT_HASH,
        }
        with self._database.writing():
            chain = EmbeddedRules.from_genesis(AtomicDB(self._pairs), dict(genesis), {})
        assert isinstance(chain, EmbeddedRules)
        return chain

    def head(self) -> BlockHeaderAPI:
        """The newest block's header."""
        return self._chain.get_canonical_head()

    def nonce(self, account: bytes) -> int:
        """The account's next nonce."""
        return int(self._vm(self.head().timestamp + 1).state.get_nonce(Address(account)))

    def code(self, address: bytes) -> bytes:
        """The code at an address."""
        return bytes(self._vm(self.head().timestamp + 1).state.get_code(Address(address)))

    def ask(self, to: bytes, data: bytes, time: int) -> Trial:
        """Call a contract without a transaction (`eth_call`)."""
        vm = self._vm(time)
        computation = vm.execute_bytecode(
            origin=ZERO_ADDRESS,
            gas_price=0,
            gas=BLOCK_GAS,
            to=Address(to),
            sender=ZERO_ADDRESS,
            value=0,
            data=data,
            code=vm.state.get_code(Address(to)),
        )
        return _trial(computation, 0)

    def try_out(self, sender: bytes, to: bytes | None, data: bytes, time: int) -> Trial:
        """Run a transaction on a state that is thrown away, and say how much gas it needs."""
        vm = self._vm(time)
        unsigned = vm.create_unsigned_transaction(
            nonce=vm.state.get_nonce(Address(sender)),
            gas_price=0,
            gas=MAX_GAS,
            to=CREATE_CONTRACT_ADDRESS if to is None else Address(to),
            value=0,
            data=data,
        )
        computation = vm.state.apply_transaction(SpoofTransaction(unsigned, from_=Address(sender)))
        tokens = data.count(0) + 4 * (len(data) - data.count(0))
        used = MAX_GAS - computation.get_gas_remaining()
        return _trial(computation, max(used, 21_000 + FLOOR_PER_TOKEN * tokens))

    def transaction(self, raw: bytes) -> SignedTransactionAPI:
        """Read signed bytes; raises `ChainRefused` when they are no transaction for this chain."""
        try:
            transaction: SignedTransactionAPI = (
                self._vm(self.head().timestamp + 1).get_transaction_builder().decode(raw)
            )
            transaction.validate()
            if transaction.chain_id == EMBEDDED_CHAIN_ID and transaction.gas <= MAX_GAS:
                return transaction
        except Exception:  # py-evm raises rlp, eth_keys and its own errors for bytes it cannot read
            raise refusal("UnreadableTransaction", {}) from None
        raise refusal("UnreadableTransaction", {})

    def seal(self, transactions: list[SignedTransactionAPI], time: int) -> None:
        """Make the next block. Raises `ChainRefused` when a transaction may not stand in it."""
        head = self.head()
        self._chain.header = self._chain.create_header_from_parent(head, timestamp=time, gas_limit=head.gas_limit)
        try:
            with self._database.writing():
                self._chain.mine_all(transactions)
        except ValidationError as cause:
            reason = "InsufficientFunds" if "balance" in str(cause) else "UnreadableTransaction"
            raise refusal(reason, {}) from None

    def place(self, transaction: bytes) -> Place | None:
        """Where a transaction stands, or None."""
        try:
            number, index = self._chain.get_canonical_transaction_index(Hash32(transaction))
        except TransactionNotFound:
            return None
        receipt = self._chain.get_transaction_receipt_by_index(number, index)
        header = self._chain.get_canonical_block_header_by_number(number)
        return Place(header, index, receipt.state_root == b"\x01")

    def header(self, number: int) -> BlockHeaderAPI | None:
        """The canonical block with this number, or None."""
        try:
            return self._chain.get_canonical_block_header_by_number(BlockNumber(number))
        except (HeaderNotFound, ValidationError):  # there is none, or no block could have this number
            return None

    def stirred(self, depth: int) -> bool:
        """Whether a transaction stands in one of the newest so many blocks."""
        newest = self.head().block_number
        headers = (self.header(number) for number in range(max(0, newest - depth + 1), newest + 1))
        return any(header is not None and header.transaction_root != BLANK_ROOT_HASH for header in headers)

    def block(self, number: int) -> tuple[BlockAPI, Sequence[ReceiptAPI]] | None:
        """The canonical block with this number and its receipts, or None."""
        if self.header(number) is None:
            return None
        block = self._chain.get_canonical_block_by_number(BlockNumber(number))
        return block, block.get_receipts(self._chain.chaindb)

    def number_of(self, block_hash: bytes) -> int | None:
        """The number of the canonical block with this hash, or None."""
        try:
            number = self._chain.get_block_header_by_hash(Hash32(block_hash)).block_number
        except HeaderNotFound:
            return None
        header = self.header(number)
        return number if header is not None and header.hash == block_hash else None

    def state(self, header: BlockHeaderAPI) -> StateAPI:
        """What accounts held after a block. Nothing of what is tried on it is written."""
        state: StateAPI = self._chain.get_vm(header).state
        return state

    def call(self, header: BlockHeaderAPI, asked: Asked) -> Trial:
        """Call a contract as of a block, in the block's own time (`eth_call`)."""
        vm: Any = self._chain.get_vm(header)
        computation = vm.execute_bytecode(
            origin=Address(asked.sender),
            gas_price=0,
            gas=asked.gas,
            to=Address(asked.to),
            sender=Address(asked.sender),
            value=asked.value,
            data=asked.data,
            code=vm.state.get_code(Address(asked.to)),
        )
        return _trial(computation, 0)

    def path(self, root: bytes, key: bytes) -> tuple[bytes, ...]:
        """The nodes of a trie of the state from its root down to what stands under a key, or to where it would."""
        trie: Any = HexaryTrie(self._pairs, root)
        return () if root == BLANK_ROOT_HASH else tuple(encode_rlp(node) for node in trie.get_proof(keccak(key)))

    def account(self, header: BlockHeaderAPI, address: bytes) -> Account:
        """An account as the state trie holds it after a block; an empty one where it holds none."""
        trie: Any = HexaryTrie(self._pairs, header.state_root)
        found = bytes(trie.get(keccak(address)))
        account: Account = Account.deserialize(decode_rlp(found)) if found else Account()
        return account

    def writers(self, number: int, contract: bytes) -> tuple[bytes, ...]:
        """The transactions of a block whose receipts hold an event of the contract."""
        block = self._chain.get_canonical_block_by_number(BlockNumber(number))
        receipts = block.get_receipts(self._chain.chaindb)
        return tuple(
            bytes(transaction.hash)
            for transaction, receipt in zip(block.transactions, receipts, strict=True)
            if any(log.address == contract for log in receipt.logs)
        )

    def logs(self, first: int, last: int, contract: bytes) -> Iterator[Log]:
        """Every event of a contract in these blocks. A header's bloom tells which blocks need not be opened."""
        for number in range(first, last + 1):
            header = self.header(number)
            if header is None:
                return
            if contract not in BloomFilter(header.bloom):
                continue
            block = self._chain.get_canonical_block_by_number(BlockNumber(number))
            place = 0
            for transaction, receipt in zip(block.transactions, block.get_receipts(self._chain.chaindb), strict=True):
                for log in receipt.logs:
                    if log.address == contract:
                        topics = tuple(topic.to_bytes(32, "big") for topic in log.topics)
                        yield Log(header, bytes(transaction.hash), place, topics, bytes(log.data))
                    place += 1

    def proof(self, place: Place) -> tuple[bytes, tuple[bytes, ...], bytes]:
        """The header, the receipt's trie nodes from the root down, and its trie key."""
        key = encode_rlp(place.index)
        return encode_rlp(place.header), ReceiptsTrie(self._pairs, place.header.receipt_root).prove(key), key

    def witness(self, look: Callable[[Slots], object]) -> tuple[bytes, tuple[bytes, ...]]:
        """The newest header, and every node of its state that is met on the way to what `look` reads."""
        head, met = self.head(), MetNodes(self._pairs)
        look(slots_of(met, head.state_root))
        return encode_rlp(head), tuple(met.found.values())

    def _vm(self, time: int) -> Any:
        header = self._chain.create_header_from_parent(self.head(), timestamp=time, gas_limit=BLOCK_GAS)
        return self._chain.get_vm(header)


def _trial(computation: ComputationAPI, gas: int) -> Trial:
    failed = computation.is_error
    return Trial(
        answer=b"" if failed else bytes(computation.output),
        revert=bytes(computation.output) if failed else None,
        out_of_gas=failed and isinstance(computation.error, OutOfGas),
        gas=gas,
    )
