"""The embedded chain as other processes ask for it: the `eth` methods of JSON-RPC (Ethereum execution APIs).

It looks at the chain's file with a connection of its own, so that whoever owns the chain goes on making blocks. Where
an owner takes them, signed transactions are passed on to it. No account is kept here and nothing is signed.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from threading import RLock
from typing import Any, Final, Self

from eth.abc import BlockHeaderAPI
from eth_hash.auto import keccak

from creditbank.adapters.chain.contracts import BLOCK_GAS, EMBEDDED_CHAIN_ID
from creditbank.adapters.chain.database import Database
from creditbank.adapters.chain.deployment import created_address
from creditbank.adapters.chain.evm import Asked, Evm, Trial
from creditbank.adapters.chain.params import INVALID_PARAMS, Fault, Filter, Params
from creditbank.adapters.chain.telling import (
    Told,
    block_told,
    may_hold,
    octets,
    quantity,
    receipts_told,
    transaction_told,
)
from creditbank.anchoring.evidence import checksum_address
from creditbank.canonical import Json
from creditbank.errors import CreditBankError
from creditbank.services.ports import ChainRefused

REVERTED: Final = 3  # as geth and others number it
REFUSED: Final = -32000
NOT_HERE: Final = -32001
TOO_MUCH: Final = -32005
MOST_LOGS: Final = 10_000
MOST_HISTORY: Final = 1024
MOST_SLOTS: Final = 1024
WORDS: Final[Mapping[str, str]] = {
    "NonceUsed": "nonce too low",
    "NonceGap": "nonce too high",
    "InsufficientFunds": "insufficient funds for gas * price + value",
    "UnreadableTransaction": "rlp: this is no signed transaction of this chain",
}
"""What a refusal is called by the nodes that others wrote, so that programs for those understand it."""

Method = Callable[[Params], Any]


class ExposedChain:
    """Answers one question at a time, by method and parameters; raises `Fault` for what is no answer."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], depth: int, send: Callable[[bytes], None] | None
    ) -> None:
        self._database, self._clock, self._depth, self._send = database, clock, depth, send
        self._turn = RLock()

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        clock: Callable[[], datetime],
        finality_depth: int,
        send: Callable[[bytes], None] | None = None,
    ) -> Self:
        """Look at the chain in the file `path`; `send` is how its owner takes signed bytes, where this process may.

        Raises `ChainUnavailable` where there is no chain.
        """
        return cls(Database.open(path, write=False), clock, finality_depth, send)

    def close(self) -> None:
        """Let go of the file."""
        with self._turn:
            self._database.close()

    @property
    def takes(self) -> bool:
        """Whether signed transactions are taken."""
        return self._send is not None

    def answer(self, method: str, params: Sequence[Any]) -> Any:
        """The result of a method; raises `Fault`, and `KeyError` for a method that there is none of."""
        answering = self._methods[method]
        try:
            with self._turn:
                return answering(Params(params))
        except Fault:
            raise
        except CreditBankError as error:
            raise Fault(REFUSED, error.sentence) from None

    @cached_property
    def _evm(self) -> Evm:
        return Evm(self._database, write=False, genesis_time=0)

    @cached_property
    def _methods(self) -> Mapping[str, Method]:
        return {
            "eth_accounts": lambda asked: asked.none() or [],
            "eth_blockNumber": lambda asked: asked.none() or quantity(self._evm.head().block_number),
            "eth_call": self._call,
            "eth_chainId": lambda asked: asked.none() or quantity(EMBEDDED_CHAIN_ID),
            "eth_estimateGas": self._estimate,
            "eth_feeHistory": self._fee_history,
            "eth_gasPrice": lambda asked: asked.none() or quantity(0),
            "eth_getBalance": self._balance,
            "eth_getBlockByHash": self._block_by_hash,
            "eth_getBlockByNumber": self._block_by_number,
            "eth_getBlockReceipts": self._block_receipts,
            "eth_getCode": self._code,
            "eth_getLogs": self._logs,
            "eth_getProof": self._proof,
            "eth_getStorageAt": self._storage,
            "eth_getTransactionByHash": self._transaction,
            "eth_getTransactionCount": self._nonce,
            "eth_getTransactionReceipt": self._receipt,
            "eth_maxPriorityFeePerGas": lambda asked: asked.none() or quantity(0),
            "eth_sendRawTransaction": self._take,
            "eth_syncing": lambda asked: asked.none() or False,
            "net_version": lambda asked: asked.none() or str(EMBEDDED_CHAIN_ID),
            "web3_clientVersion": lambda asked: asked.none() or f"creditbank/embedded/py-evm/{version('py-evm')}",
        }

    # -- blocks and what stands in them

    def _block_by_number(self, asked: Params) -> Json:
        number, whole = asked.block(0, self._named), asked.truth(1, default=False)
        asked.end(2)
        found = self._evm.block(number)
        return None if found is None else block_told(found[0], whole=whole)

    def _block_by_hash(self, asked: Params) -> Json:
        number, whole = self._evm.number_of(asked.octets(0, 32)), asked.truth(1, default=False)
        asked.end(2)
        found = None if number is None else self._evm.block(number)
        return None if found is None else block_told(found[0], whole=whole)

    def _block_receipts(self, asked: Params) -> Json:
        number = self._evm.number_of(asked.octets(0, 32)) if asked.is_hash(0) else asked.block(0, self._named)
        asked.end(1)
        found = None if number is None else self._receipts(number)
        return None if found is None else list(found)

    def _transaction(self, asked: Params) -> Json:
        place = self._evm.place(asked.octets(0, 32))
        asked.end(1)
        found = None if place is None else self._evm.block(place.header.block_number)
        if place is None or found is None:
            return None
        return transaction_told(found[0].transactions[place.index], place.header, place.index)

    def _receipt(self, asked: Params) -> Json:
        place = self._evm.place(asked.octets(0, 32))
        asked.end(1)
        found = None if place is None else self._receipts(place.header.block_number)
        return None if place is None or found is None else found[place.index]

    def _logs(self, asked: Params) -> Json:
        wanted = asked.filter(0)
        asked.end(1)
        if wanted.block_hash is not None:
            number = self._evm.number_of(wanted.block_hash)
            if number is None:
                raise Fault(REFUSED, "unknown block")
            return list(self._matching(wanted, number, number))
        newest = self._evm.head().block_number
        first, last = (self._named_or(one, newest) for one in (wanted.first, wanted.last))
        return list(self._matching(wanted, first, min(last, newest)))

    def _matching(self, wanted: Filter, first: int, last: int) -> Sequence[Told]:
        found: list[Told] = []
        for number in range(first, last + 1):
            header = self._evm.header(number)
            if header is None or not may_hold(header, wanted.addresses):
                continue
            for receipt in self._receipts(number) or ():
                found += [log for log in receipt["logs"] if wanted.takes(log)]
            if len(found) > MOST_LOGS:
                raise Fault(TOO_MUCH, f"query returned more than {MOST_LOGS} results")
        return found

    def _receipts(self, number: int) -> list[Told] | None:
        found = self._evm.block(number)
        return None if found is None else receipts_told(*found, _created)

    # -- state as of a block

    def _balance(self, asked: Params) -> Json:
        address, header = asked.octets(0, 20), self._header(asked, 1)
        return quantity(self._evm.account(header, address).balance)

    def _nonce(self, asked: Params) -> Json:
        address, header = asked.octets(0, 20), self._header(asked, 1)
        return quantity(self._evm.account(header, address).nonce)

    def _code(self, asked: Params) -> Json:
        address, header = asked.octets(0, 20), self._header(asked, 1)
        state: Any = self._evm.state(header)
        return octets(state.get_code(address))

    def _storage(self, asked: Params) -> Json:
        address, slot, header = asked.octets(0, 20), asked.slot(1), self._header(asked, 2)
        state: Any = self._evm.state(header)
        return f"0x{state.get_storage(address, slot):064x}"

    def _proof(self, asked: Params) -> Json:
        """EIP-1186: the nodes of the state from the block's header to an account and to slots of its storage."""
        address, slots, header = asked.octets(0, 20), asked.slots(1, MOST_SLOTS), self._header(asked, 2)
        account, state = self._evm.account(header, address), self._evm.state(header)
        reader: Any = state
        proofs: list[Json] = [
            {
                "key": f"0x{slot:064x}",
                "value": quantity(reader.get_storage(address, slot)),
                "proof": [octets(node) for node in self._evm.path(account.storage_root, slot.to_bytes(32, "big"))],
            }
            for slot in slots
        ]
        return {
            "address": checksum_address(address),
            "accountProof": [octets(node) for node in self._evm.path(header.state_root, address)],
            "balance": quantity(account.balance),
            "codeHash": octets(account.code_hash),
            "nonce": quantity(account.nonce),
            "storageHash": octets(account.storage_root),
            "storageProof": proofs,
        }

    def _call(self, asked: Params) -> Json:
        call, header = asked.call(0), self._header(asked, 1)
        if call.to is None:
            raise Fault(INVALID_PARAMS, "a call needs the contract that it goes to")
        limit = BLOCK_GAS if call.gas is None else min(call.gas, BLOCK_GAS)
        trial = self._evm.call(header, Asked(call.to, call.data, call.sender, call.value, limit))
        return octets(_done(trial).answer)

    def _estimate(self, asked: Params) -> Json:
        call = asked.call(0)
        asked.end(2)
        time = max(int(self._clock().timestamp()), self._evm.head().timestamp + 1)
        return quantity(_done(self._evm.try_out(call.sender, call.to, call.data, time)).gas)

    def _fee_history(self, asked: Params) -> Json:
        """All of it is nothing: no block of this chain ever asked for a fee."""
        count, newest = asked.quantity(0), asked.block(1, self._named)
        percentiles = asked.numbers(2)
        asked.end(3)
        first = max(0, newest - min(count, MOST_HISTORY) + 1)
        headers = [header for at in range(first, newest + 1) if (header := self._evm.header(at)) is not None]
        return {
            "oldestBlock": quantity(first),
            "baseFeePerGas": [quantity(0)] * (len(headers) + 1),
            "gasUsedRatio": [header.gas_used / header.gas_limit for header in headers],
            "reward": [[quantity(0)] * len(percentiles) for _ in headers],
        }

    # -- one that is sent

    def _take(self, asked: Params) -> Json:
        raw = asked.octets(0)
        asked.end(1)
        if self._send is None:
            raise Fault(NOT_HERE, "this process only reads the chain; another one owns it and takes transactions")
        try:
            self._send(raw)
        except ChainRefused as refused:
            raise Fault(REFUSED, WORDS.get(refused.reason, refused.sentence)) from None
        return octets(keccak(raw))

    # -- which block is meant

    def _header(self, asked: Params, place: int) -> BlockHeaderAPI:
        asked.end(place + 1)
        number = asked.block(place, self._named, self._evm.number_of)
        header = self._evm.header(number)
        if header is None:
            raise Fault(REFUSED, "unknown block")
        return header

    def _named(self, tag: str) -> int:
        newest = int(self._evm.head().block_number)
        return {"earliest": 0, "safe": self._final(newest), "finalized": self._final(newest)}.get(tag, newest)

    def _named_or(self, named: str | int | None, newest: int) -> int:
        if named is None:
            return newest
        return named if isinstance(named, int) else self._named(named)

    def _final(self, newest: int) -> int:
        return max(0, newest - self._depth)


def _created(sender: bytes, nonce: int) -> str:
    return created_address(octets(sender), nonce)


def _done(trial: Trial) -> Trial:
    if trial.out_of_gas:
        raise Fault(REFUSED, "out of gas")
    if trial.revert is not None:
        raise Fault(REVERTED, "execution reverted", octets(trial.revert))
    return trial
