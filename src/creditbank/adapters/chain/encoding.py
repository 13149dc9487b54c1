"""RLP and receipts tries, with the types that the libraries leave out."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import rlp.codec
from trie.hexary import HexaryTrie

encode_rlp: Final[Callable[[Any], bytes]] = rlp.codec.encode
decode_rlp: Final[Callable[[bytes], Any]] = rlp.codec.decode


class ReceiptsTrie:
    """A Merkle-Patricia trie from the RLP of a transaction's index to its receipt."""

    def __init__(self, nodes: Any, root: bytes) -> None:
        self._trie: Any = HexaryTrie(nodes, root)

    @classmethod
    def of(cls, pairs: Mapping[bytes, bytes]) -> "ReceiptsTrie":
        """Build the trie of a whole block."""
        nodes: dict[bytes, bytes] = {}
        trie: Any = HexaryTrie(nodes)
        for key, value in pairs.items():
            trie[key] = value
        return cls(nodes, trie.root_hash)

    @property
    def root(self) -> bytes:
        """The root that the block's header names."""
        return bytes(self._trie.root_hash)

    def prove(self, key: bytes) -> tuple[bytes, ...]:
        """The nodes from the root down to the receipt under `key`, each as RLP."""
        return tuple(encode_rlp(node) for node in self._trie.get_proof(key))
