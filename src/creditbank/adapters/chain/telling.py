"""Blocks, transactions and receipts of py-evm as JSON-RPC tells them (Ethereum execution APIs, `eth` namespace).

The other way round than `receipts`, which puts what a node tells back into the bytes that the chain hashes.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from eth.abc import BlockAPI, BlockHeaderAPI, ReceiptAPI, SignedTransactionAPI
from eth_bloom.bloom import BloomFilter

from creditbank.adapters.chain.encoding import encode_rlp
from creditbank.anchoring.evidence import checksum_address

LEGACY: Final = 0
BLOOM_BYTES: Final = 256
Told = dict[str, Any]


def quantity(number: int) -> str:
    """A number as JSON-RPC writes it: hexadecimal without leading zeros."""
    return hex(number)


def octets(data: bytes) -> str:
    """Bytes as JSON-RPC writes them."""
    return "0x" + bytes(data).hex()


def header_told(header: BlockHeaderAPI) -> Told:
    """A header field by field; `receipts.block_header` makes the same bytes of it again."""
    fields: Any = header
    return {
        "number": quantity(fields.block_number),
        "hash": octets(fields.hash),
        "parentHash": octets(fields.parent_hash),
        "sha3Uncles": octets(fields.uncles_hash),
        "miner": checksum_address(fields.coinbase),
        "stateRoot": octets(fields.state_root),
        "transactionsRoot": octets(fields.transaction_root),
        "receiptsRoot": octets(fields.receipt_root),
        "logsBloom": octets(fields.bloom.to_bytes(BLOOM_BYTES, "big")),
        "difficulty": quantity(fields.difficulty),
        "gasLimit": quantity(fields.gas_limit),
        "gasUsed": quantity(fields.gas_used),
        "timestamp": quantity(fields.timestamp),
        "extraData": octets(fields.extra_data),
        "mixHash": octets(fields.mix_hash),
        "nonce": octets(fields.nonce),
        "baseFeePerGas": quantity(fields.base_fee_per_gas),
        "withdrawalsRoot": octets(fields.withdrawals_root),
        "blobGasUsed": quantity(fields.blob_gas_used),
        "excessBlobGas": quantity(fields.excess_blob_gas),
        "parentBeaconBlockRoot": octets(fields.parent_beacon_block_root),
        "requestsHash": octets(fields.requests_hash),
    }


def block_told(block: BlockAPI, *, whole: bool) -> Told:
    """A block with its transactions, or with their hashes alone."""
    header, transactions = block.header, list(block.transactions)
    shown: list[Any] = [octets(one.hash) for one in transactions]
    if whole:
        shown = [transaction_told(one, header, index) for index, one in enumerate(transactions)]
    size = len(encode_rlp(header)) + sum(len(one.encode()) for one in transactions)
    return {**header_told(header), "size": quantity(size), "transactions": shown, "uncles": [], "withdrawals": []}


def transaction_told(transaction: SignedTransactionAPI, header: BlockHeaderAPI, index: int) -> Told:
    """A transaction that stands in a block."""
    signed: Any = transaction
    kind = getattr(signed, "type_id", None) or LEGACY
    told: Told = {
        "hash": octets(signed.hash),
        "type": quantity(kind),
        "blockHash": octets(header.hash),
        "blockNumber": quantity(header.block_number),
        "transactionIndex": quantity(index),
        "from": checksum_address(signed.sender),
        "to": checksum_address(signed.to) if signed.to else None,
        "nonce": quantity(signed.nonce),
        "value": quantity(signed.value),
        "input": octets(signed.data),
        "gas": quantity(signed.gas),
        "r": quantity(signed.r),
        "s": quantity(signed.s),
        "chainId": None if signed.chain_id is None else quantity(signed.chain_id),
    }
    if kind == LEGACY:
        return {**told, "gasPrice": quantity(signed.gas_price), "v": quantity(signed.v)}
    listed = [
        {"address": checksum_address(account), "storageKeys": [f"0x{slot:064x}" for slot in slots]}
        for account, slots in signed.access_list
    ]
    told |= {"v": quantity(signed.y_parity), "yParity": quantity(signed.y_parity), "accessList": listed}
    return {**told, **_price(signed, header)}


def _price(signed: Any, header: BlockHeaderAPI) -> Told:
    try:
        most, tip = signed.max_fee_per_gas, signed.max_priority_fee_per_gas
    except (AttributeError, NotImplementedError):
        return {"gasPrice": quantity(signed.gas_price)}
    paid = paid_for_gas(signed, header)
    return {"maxFeePerGas": quantity(most), "maxPriorityFeePerGas": quantity(tip), "gasPrice": quantity(paid)}


def paid_for_gas(signed: Any, header: BlockHeaderAPI) -> int:
    """What a unit of gas cost the transaction (EIP-1559)."""
    fields: Any = header
    base = int(fields.base_fee_per_gas)
    try:
        return min(int(signed.max_fee_per_gas), base + int(signed.max_priority_fee_per_gas))
    except (AttributeError, NotImplementedError):
        return int(signed.gas_price)


def receipts_told(block: BlockAPI, receipts: Sequence[ReceiptAPI], created: Callable[[bytes, int], str]) -> list[Told]:
    """Every receipt of a block; `created` names the contract that an account's transaction with a nonce makes."""
    found: list[Told] = []
    header, before, place = block.header, 0, 0
    for index, (transaction, receipt) in enumerate(zip(block.transactions, receipts, strict=True)):
        signed: Any = transaction
        at = {
            "blockHash": octets(header.hash),
            "blockNumber": quantity(header.block_number),
            "transactionHash": octets(signed.hash),
            "transactionIndex": quantity(index),
        }
        found.append(
            {
                **at,
                "type": quantity(getattr(signed, "type_id", None) or LEGACY),
                "status": quantity(int.from_bytes(receipt.state_root, "big")),
                "from": checksum_address(signed.sender),
                "to": checksum_address(signed.to) if signed.to else None,
                "contractAddress": None if signed.to else created(signed.sender, signed.nonce),
                "cumulativeGasUsed": quantity(receipt.gas_used),
                "gasUsed": quantity(receipt.gas_used - before),
                "effectiveGasPrice": quantity(paid_for_gas(signed, header)),
                "logsBloom": octets(receipt.bloom.to_bytes(BLOOM_BYTES, "big")),
                "logs": [log_told(log, at, place + number) for number, log in enumerate(receipt.logs)],
            }
        )
        before, place = receipt.gas_used, place + len(receipt.logs)
    return found


def log_told(log: Any, at: Told, place: int) -> Told:
    """One event, and where it stands."""
    return {
        **at,
        "logIndex": quantity(place),
        "address": checksum_address(log.address),
        "topics": [f"0x{topic:064x}" for topic in log.topics],
        "data": octets(log.data),
        "removed": False,
    }


def may_hold(header: BlockHeaderAPI, addresses: Sequence[bytes]) -> bool:
    """Whether a block may hold an event of one of these contracts, or of any where none is named."""
    bloom: Any = BloomFilter(header.bloom)
    return not addresses or any(address in bloom for address in addresses)
