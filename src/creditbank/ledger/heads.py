"""Heads of accounts, anchored: beyond the reach of whoever can write to the database.

The heads of a day stand under one root, each hidden by a salt of its own, and the root goes into a batch as one leaf of
its own kind. Whoever is given an account's salt and path can show which entries the account had by then; nobody else
learns even that there is such an account.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from creditbank.anchoring import entry
from creditbank.canonical import Digest, digest_text, json_digest
from creditbank.ledger.audit import AccountHead
from creditbank.merkle import MerkleTree
from creditbank.units import instant_text

HEAD: Final = "creditbank/account-head/v1"
HEADS: Final = "creditbank/ledger-heads/v1"


def head_digest(head: AccountHead) -> Digest:
    """What is committed to of an account: which entry was its newest, and that entry's hash."""
    return json_digest(
        {"document": HEAD, "account": head.account, "sequence": head.sequence, "head": digest_text(head.head)}
    )


def tree_of_heads(bank: str, heads: Sequence[tuple[AccountHead, bytes]]) -> MerkleTree:
    """The tree over heads with their salts; `bank` is the DID of the bank whose ledger it is."""
    return MerkleTree.of([entry(bank, salt, head_digest(head)) for head, salt in heads])


def heads_digest(bank: str, *, number: int, root: Digest, size: int, made: datetime) -> Digest:
    """The digest that a set's leaf hides: no credential and no other document can have it."""
    return json_digest(
        {
            "document": HEADS,
            "bank": bank,
            "number": number,
            "root": digest_text(root),
            "size": size,
            "made": instant_text(made),
        }
    )
