"""Receipts: what an anchored document's holder keeps, so that nobody has to be asked about it later."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from creditbank.anchoring.fields import Fields, hex_text
from creditbank.anchoring.leaf import SALT_BYTES, entry
from creditbank.canonical import Digest, JsonObject, digest_text
from creditbank.errors import BadInput, Refused
from creditbank.merkle import BrokenProof, InclusionProof, leaf_hash
from creditbank.units import instant_text

DOCUMENT: Final = "creditbank/receipt/v1"
MAX_PATH: Final = 64  # a tree of 2^53 leaves has a path of 53 hashes


class UnreadableReceipt(BadInput):
    """This is not a receipt; `place` is the JSON pointer of the field that is wrong."""

    slug = "unreadable-receipt"


class NotIncluded(Refused):
    """The receipt does not lead from this document and this issuer to its root."""

    slug = "not-included"


@dataclass(frozen=True, slots=True)
class ChainPlace:
    """The chain a receipt speaks of. `test` marks a chain whose history proves nothing to anyone."""

    id: int
    name: str
    test: bool

    def __str__(self) -> str:
        return f"the test chain {self.name} (chain id {self.id})" if self.test else f"{self.name} (chain id {self.id})"


@dataclass(frozen=True, slots=True)
class BlockPlace:
    """A block of a chain: its number, its hash (`0x…`) and its time."""

    number: int
    hash: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Evidence:
    """What proves the anchoring transaction against a trusted block hash.

    `header` is the RLP of the block header, `receipt_proof` the Merkle-Patricia nodes from its receipts root
    to the transaction's receipt, `key` the trie key (the RLP of the transaction's index).
    """

    header: bytes
    receipt_proof: tuple[bytes, ...]
    key: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """Says that a document's salted entry stands in a batch whose root and size a bank anchored.

    By itself it proves only that the entry leads to the root. That the root stands on the chain is shown by
    `evidence` against a trusted block hash, or told by a source the verifier trusts; `block` is a claim until
    then. `final` says that the bank saw the block buried as deep as its rule of finality asks.
    """

    credential: str
    digest: Digest
    issuer: str
    salt: bytes
    index: int
    size: int
    path: tuple[Digest, ...]
    root: Digest
    chain: ChainPlace
    contract: str
    bank: str
    transaction: str
    block: BlockPlace
    final: bool
    evidence: Evidence | None = None

    def check_inclusion(self, credential_digest: Digest, issuer_did: str) -> None:
        """Recompute the entry of this document and climb to the root; raise `NotIncluded` if it is missed.

        The document's own digest and issuer go in, never those the receipt states about itself.
        """
        if not any(self.root):
            raise NotIncluded("The receipt names the zero root, which is what an empty slot of a contract holds.")
        try:
            leaf = leaf_hash(entry(issuer_did, self.salt, credential_digest))
            reached = InclusionProof(self.index, self.size, self.path).root_from(leaf)
        except BrokenProof as cause:
            raise NotIncluded(f"The path of the receipt is broken. {cause.sentence}") from None
        if reached != self.root:
            raise NotIncluded(
                "The receipt belongs to another document or another issuer: the path from this document does"
                " not lead to the root that the receipt names."
            )

    def to_json(self) -> JsonObject:
        """Write the receipt as the JSON document that is handed out."""
        return {
            "document": DOCUMENT,
            "credential": self.credential,
            "digest": digest_text(self.digest),
            "issuer": self.issuer,
            "salt": hex_text(self.salt),
            "index": self.index,
            "size": self.size,
            "path": [digest_text(item) for item in self.path],
            "root": digest_text(self.root),
            "chain": {"id": self.chain.id, "name": self.chain.name, "test": self.chain.test},
            "contract": self.contract,
            "bank": self.bank,
            "transaction": self.transaction,
            "block": {
                "number": self.block.number,
                "hash": self.block.hash,
                "time": instant_text(self.block.time),
            },
            "final": self.final,
            "evidence": None if self.evidence is None else evidence_json(self.evidence),
        }

    @classmethod
    def parse(cls, value: object) -> Self:
        """Read a receipt strictly; raise `UnreadableReceipt` with the JSON pointer of what is wrong."""
        fields = Fields.of(value, UnreadableReceipt, "receipt", DOCUMENT)
        size = fields.whole("size", least=1)
        receipt = cls(
            credential=fields.text("credential"),
            digest=fields.digest("digest"),
            issuer=fields.text("issuer"),
            salt=fields.octets("salt", length=SALT_BYTES),
            index=fields.whole("index", most=size - 1),
            size=size,
            path=fields.digests("path", most=MAX_PATH),
            root=fields.digest("root"),
            chain=parse_chain(fields.object("chain")),
            contract=fields.address("contract"),
            bank=fields.address("bank"),
            transaction=fields.hash("transaction"),
            block=parse_block(fields.object("block")),
            final=fields.truth("final"),
            evidence=fields.optional("evidence", lambda name: parse_evidence(fields.object(name))),
        )
        fields.close()
        return receipt


def parse_block(fields: Fields) -> BlockPlace:
    """Read a block reference and close it."""
    block = BlockPlace(fields.whole("number"), fields.hash("hash"), fields.instant("time"))
    fields.close()
    return block


def parse_chain(fields: Fields) -> ChainPlace:
    """Read which chain is meant, and close it."""
    chain = ChainPlace(fields.whole("id", least=1), fields.text("name"), fields.truth("test"))
    fields.close()
    return chain


def parse_evidence(fields: Fields) -> Evidence:
    """Read a proof from the chain, and close it."""
    evidence = Evidence(fields.octets("header"), fields.octets_list("receiptProof"), fields.octets("key"))
    fields.close()
    return evidence


def evidence_json(evidence: Evidence) -> JsonObject:
    """A proof from the chain as it stands in documents."""
    return {
        "header": hex_text(evidence.header),
        "receiptProof": [hex_text(node) for node in evidence.receipt_proof],
        "key": hex_text(evidence.key),
    }
