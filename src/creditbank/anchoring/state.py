"""What contracts held at one block, shown by nodes of the state trie: whoever trusts the block hash need trust nobody.

The header names the root of the state trie, an account in it names the root of its storage, and the storage holds each
slot (Ethereum yellow paper, 4.1 and appendix D). Both tries are keyed by keccak-256. A node counts only under the hash
of its own bytes, so what cannot be reached from the header is not there; what is missing is an error and not a zero.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from eth_hash.auto import keccak
from trie.hexary import HexaryTrie

from creditbank.anchoring.evidence import NUMBER, TIMESTAMP, BrokenEvidence, decode_header, decode_rlp, read_time, whole
from creditbank.anchoring.receipt import BlockPlace

STATE_ROOT: Final = 3
STORAGE_ROOT: Final = 2
MAX_STATE_NODES: Final = 20_000
MAX_STATE_NODE: Final = 1024  # a branch with sixteen children of 32 bytes is 532
EMPTY_TRIE: Final = keccak(b"\x80")

Slots: TypeAlias = Callable[[str, int], int]
"""The value of a slot of a contract (its address, the slot's number); zero where nothing was written."""


def open_state(header: bytes, nodes: Sequence[bytes]) -> tuple[BlockPlace, Slots]:
    """The block that a header is of, and a reader of what its state holds.

    Raises `BrokenEvidence` for anything that is no header; the reader raises it for what the nodes do not lead to.
    """
    if len(nodes) > MAX_STATE_NODES or any(len(node) > MAX_STATE_NODE for node in nodes):
        raise BrokenEvidence("There are more or larger nodes of the state than any proof needs.")
    fields = decode_header(header)
    place = BlockPlace(whole(fields[NUMBER], "block number"), "0x" + keccak(header).hex(), read_time(fields[TIMESTAMP]))
    if len(fields[STATE_ROOT]) != 32:
        raise BrokenEvidence("This is not a block header.")
    return place, slots_of({keccak(node): node for node in nodes}, fields[STATE_ROOT])


def nonce_in(header: bytes, nodes: Sequence[bytes], account: str) -> int:
    """How many transactions an account had sent by the block of this header; raises as `open_state`."""
    open_state(header, nodes)
    known, root = {keccak(node): node for node in nodes}, decode_header(header)[STATE_ROOT]
    found = _value(known, root, bytes.fromhex(account[2:]))
    fields = decode_rlp(found, "account") if found else [b"", b"", EMPTY_TRIE, b""]
    if not isinstance(fields, list) or len(fields) != 4 or not isinstance(fields[0], bytes):
        raise BrokenEvidence(f"The account {account} cannot be read in this state.")
    return int.from_bytes(fields[0], "big")


def slots_of(nodes: Mapping[bytes, bytes], state_root: bytes) -> Slots:
    """A reader of contracts' storage in a state of which `nodes` are known, by their hashes."""
    roots: dict[str, bytes] = {}

    def read(contract: str, slot: int) -> int:
        key = contract.lower()
        if key not in roots:
            account = decode_rlp(_value(nodes, state_root, bytes.fromhex(key[2:])) or b"\x80", "account")
            if not isinstance(account, list) or len(account) != 4 or len(account[STORAGE_ROOT]) != 32:
                raise BrokenEvidence(f"There is no contract at {contract} in this state.")
            roots[key] = account[STORAGE_ROOT]
        if roots[key] == EMPTY_TRIE:
            return 0
        value = _value(nodes, roots[key], slot.to_bytes(32, "big"))
        written = decode_rlp(value, "slot") if value else b""
        if not isinstance(written, bytes) or len(written) > 32:
            raise BrokenEvidence("A slot of the state cannot be read.")
        return int.from_bytes(written, "big")

    return read


def _value(nodes: Mapping[bytes, bytes], root: bytes, key: bytes) -> bytes:
    trie: Any = HexaryTrie(nodes, root)
    try:
        return bytes(trie.get(keccak(key)))
    except Exception:  # the trie library raises a dozen kinds for nodes it has not or cannot read
        raise BrokenEvidence("The nodes of the state do not lead from the header to what is asked for.") from None
