"""Blocks and receipts as a node tells them in JSON, put back into the bytes that the chain hashes.

Header: the fields in the order of the yellow paper (4.3), then those that later forks appended. Receipts:
RLP, and one byte for the type before it (EIP-2718). Whatever does not hash to what the block says is refused.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from eth_hash.auto import keccak

from creditbank.adapters.chain.encoding import ReceiptsTrie, decode_rlp, encode_rlp
from creditbank.services.ports import ChainUnavailable

BYTES: Final = "bytes"
NUMBER: Final = "number"

HEADER: Final = (
    ("parentHash", BYTES),
    ("sha3Uncles", BYTES),
    ("miner", BYTES),
    ("stateRoot", BYTES),
    ("transactionsRoot", BYTES),
    ("receiptsRoot", BYTES),
    ("logsBloom", BYTES),
    ("difficulty", NUMBER),
    ("number", NUMBER),
    ("gasLimit", NUMBER),
    ("gasUsed", NUMBER),
    ("timestamp", NUMBER),
    ("extraData", BYTES),
    ("mixHash", BYTES),
    ("nonce", BYTES),
)
APPENDED: Final = (
    ("baseFeePerGas", NUMBER),  # London
    ("withdrawalsRoot", BYTES),  # Shanghai
    ("blobGasUsed", NUMBER),  # Cancun
    ("excessBlobGas", NUMBER),
    ("parentBeaconBlockRoot", BYTES),
    ("requestsHash", BYTES),  # Prague
)


def block_header(block: Mapping[str, Any], block_hash: str) -> bytes:
    """The header's RLP; raises `ChainUnavailable` unless it hashes to `block_hash`."""
    names = (*HEADER, *((name, kind) for name, kind in APPENDED if block.get(name) is not None))
    header = encode_rlp([_field(block, name, kind) for name, kind in names])
    if "0x" + keccak(header).hex() != block_hash:
        raise ChainUnavailable(f"The node's header of the block {block_hash} does not hash to it.")
    return header


def encode_receipt(receipt: Mapping[str, Any]) -> bytes:
    """A receipt as it stands in the receipts trie."""
    logs = [
        [
            _field(log, "address", BYTES),
            [_bytes(topic) for topic in _list(log, "topics")],
            _field(log, "data", BYTES),
        ]
        for log in _list(receipt, "logs")
    ]
    first = _field(receipt, "status", NUMBER) if "status" in receipt else _field(receipt, "root", BYTES)
    body = encode_rlp([first, _field(receipt, "cumulativeGasUsed", NUMBER), _field(receipt, "logsBloom", BYTES), logs])
    kind = _field(receipt, "type", NUMBER) if receipt.get("type") is not None else b""
    return kind + body


def prove_receipt(header: bytes, receipts: Sequence[Any], index: int) -> tuple[bytes, tuple[bytes, ...], bytes]:
    """Header, proof and key of one receipt of a block; raises `ChainUnavailable` unless all of them give its
    root.
    """
    if not all(isinstance(receipt, Mapping) for receipt in receipts):
        raise ChainUnavailable("The node does not show every receipt of the block.")
    trie = ReceiptsTrie.of({encode_rlp(place): encode_receipt(receipt) for place, receipt in enumerate(receipts)})
    if trie.root != decode_rlp(header)[5]:
        raise ChainUnavailable("The node's receipts do not give the root in the block's header.")
    key = encode_rlp(index)
    return header, trie.prove(key), key


def _field(item: Any, name: str, kind: str) -> bytes:
    value = _bytes(item.get(name) if isinstance(item, Mapping) else None)
    return value.lstrip(b"\x00") if kind == NUMBER else value


def _list(item: Any, name: str) -> list[Any]:
    found = item.get(name) if isinstance(item, Mapping) else None
    if not isinstance(found, list):
        raise ChainUnavailable("The node's answer holds no list where one belongs.")
    return found


def _bytes(value: object) -> bytes:
    if not isinstance(value, str) or not value.startswith("0x"):
        raise ChainUnavailable("The node's answer holds no bytes where they belong.")
    digits = value[2:]
    try:
        return bytes.fromhex(digits.rjust(len(digits) + len(digits) % 2, "0"))
    except ValueError:
        raise ChainUnavailable("The node's answer holds no bytes where they belong.") from None
