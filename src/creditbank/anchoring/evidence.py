"""What a block header and a receipt proof show by themselves: which roots were anchored, by whom, in which
block.

The steps follow the chain's own commitments (Ethereum yellow paper 4.3 and appendix D; typed receipts:
EIP-2718): the hash of the header is the block hash, the header names the root of the receipts trie, the proof
leads from that root to one receipt, and the receipt holds the logs of one transaction. Whoever trusts the
block hash need trust nobody else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import rlp.codec
import rlp.exceptions
from eth_hash.auto import keccak
from trie.hexary import HexaryTrie

from creditbank.canonical import Digest
from creditbank.errors import BadInput

MAX_HEADER: Final = 4096
MAX_NODES: Final = 16  # a receipts trie of 2^32 transactions is ten nodes deep
MAX_NODE: Final = 1024 * 1024
MAX_TIME: Final = 253_402_300_799  # the last second of the year 9999

RECEIPTS_ROOT: Final = 5
NUMBER: Final = 8
TIMESTAMP: Final = 11
LEAST_FIELDS: Final = 15  # Frontier's header; every fork since then appended fields

ANCHORED: Final = keccak(b"Anchored(address,bytes32,uint64)")

_decode_rlp: Final[Callable[..., Any]] = rlp.codec.decode  # the library is not typed


class BrokenEvidence(BadInput):
    """The header, the proof and the key do not lead to the receipt of a transaction that succeeded."""

    slug = "broken-evidence"


@dataclass(frozen=True, slots=True)
class AnchoredEvent:
    """A contract's word that a bank anchored a root over so many leaves. Addresses are checksummed (EIP-55)."""

    contract: str
    bank: str
    root: Digest
    size: int


@dataclass(frozen=True, slots=True)
class AnchoredEvents:
    """What one transaction anchored, and the block that holds it.

    `block_hash` (`0x…`) is computed from the header, not claimed: it is for the reader to trust it or not,
    and whether the `contract` of an event is the right one is for the reader to judge too.
    """

    block_hash: str
    number: int
    time: datetime
    anchored: tuple[AnchoredEvent, ...]


def check_evidence(header_rlp: bytes, proof: Sequence[bytes], key: bytes) -> AnchoredEvents:
    """Follow the commitments from the header to the logs; raise `BrokenEvidence` where they do not hold.

    `proof` are the RLP nodes from the receipts root down, no more and no fewer; `key` is the RLP of the
    transaction's index in its block.
    """
    # 1. the header: its hash is the block's
    header = decode_header(header_rlp)
    # 2. the proof: from the receipts root to the one receipt under this key
    receipt = _prove(header[RECEIPTS_ROOT], proof, key)
    # 3. the receipt: of a transaction that succeeded, with its logs
    return AnchoredEvents(
        block_hash="0x" + keccak(header_rlp).hex(),
        number=whole(header[NUMBER], "block number"),
        time=read_time(header[TIMESTAMP]),
        anchored=tuple(_events(_logs(receipt))),
    )


def checksum_address(address: bytes) -> str:
    """Spell 20 bytes as an address with the mixed-case checksum of EIP-55."""
    digits = address.hex()
    marks = keccak(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if int(mark, 16) >= 8 else digit for digit, mark in zip(digits, marks, strict=False)
    )


def decode_rlp(data: bytes, what: str) -> Any:
    """What RLP bytes hold; raises `BrokenEvidence` naming `what`."""
    try:
        return _decode_rlp(data, strict=True)
    except (rlp.exceptions.DecodingError, RecursionError):
        raise BrokenEvidence(f"The {what} is not RLP.") from None


def decode_header(header_rlp: bytes) -> list[bytes]:
    """The fields of a block header; raises `BrokenEvidence` for anything else."""
    if len(header_rlp) > MAX_HEADER:
        raise BrokenEvidence(f"A block header has at most {MAX_HEADER} bytes here.")
    header = decode_rlp(header_rlp, "block header")
    if (
        not isinstance(header, list)
        or len(header) < LEAST_FIELDS
        or not all(isinstance(field, bytes) for field in header)
        or len(header[RECEIPTS_ROOT]) != 32
    ):
        raise BrokenEvidence("This is not a block header.")
    return header


def _prove(root: bytes, proof: Sequence[bytes], key: bytes) -> bytes:
    index = decode_rlp(key, "trie key")
    if not isinstance(index, bytes):
        raise BrokenEvidence("The trie key is not the index of a transaction.")
    whole(index, "index of the transaction")
    if not 0 < len(proof) <= MAX_NODES or any(len(node) > MAX_NODE for node in proof):
        raise BrokenEvidence(f"A receipt proof has 1 to {MAX_NODES} nodes.")
    nodes = [decode_rlp(node, "proof node") for node in proof]
    trie: Any = HexaryTrie({keccak(node): bytes(node) for node in proof}, root)
    try:
        receipt = trie.get(key)
        walked = list(trie.get_proof(key))
    except Exception:  # the trie library raises a dozen kinds for nodes it cannot read; all mean the same here
        raise BrokenEvidence("The receipt proof does not start at the header's receipts root.") from None
    if walked != nodes:
        raise BrokenEvidence("The receipt proof holds nodes that prove nothing.")
    if not receipt:
        raise BrokenEvidence("The block holds no transaction with this index.")
    return bytes(receipt)


def _logs(receipt: bytes) -> list[Any]:
    # EIP-2718: a first byte below 0x80 is the type of the transaction; a legacy receipt starts as an RLP list
    body = receipt[1:] if receipt[0] < 0x80 else receipt
    fields = decode_rlp(body, "receipt")
    if not isinstance(fields, list) or len(fields) != 4 or not isinstance(fields[3], list):
        raise BrokenEvidence("This is not a transaction receipt.")
    if fields[0] != b"\x01":
        raise BrokenEvidence("The transaction did not succeed, so it anchored nothing.")
    return fields[3]


def _events(logs: list[Any]) -> list[AnchoredEvent]:
    found = []
    for log in logs:
        contract, topics, data = _log(log)
        if len(topics) != 3 or topics[0] != ANCHORED or len(data) != 32:
            continue
        bank, root = topics[1], topics[2]
        if len(contract) != 20 or len(bank) != 32 or any(bank[:12]) or len(root) != 32:
            raise BrokenEvidence("The receipt holds an anchor that cannot be read.")
        size = int.from_bytes(data, "big")
        found.append(AnchoredEvent(checksum_address(contract), checksum_address(bank[12:]), Digest(root), size))
    return found


def _log(log: Any) -> tuple[bytes, list[bytes], bytes]:
    match log:
        case [bytes(contract), list(topics), bytes(data)] if all(isinstance(topic, bytes) for topic in topics):
            return contract, topics, data
    raise BrokenEvidence("The receipt holds something that is not a log.")


def whole(field: bytes, what: str) -> int:
    """A whole number of at most 64 bits, in its one spelling."""
    if len(field) > 8 or field[:1] == b"\x00":
        raise BrokenEvidence(f"The {what} cannot be read.")
    return int.from_bytes(field, "big")


def read_time(field: bytes) -> datetime:
    """A moment of this world, in seconds since 1970."""
    seconds = whole(field, "block time")
    if seconds > MAX_TIME:
        raise BrokenEvidence("The block time cannot be read.")
    return datetime.fromtimestamp(seconds, UTC)
