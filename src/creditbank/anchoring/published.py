"""What a bank shows of its batches to everybody: where a root stands, without a word about any leaf."""

from dataclasses import dataclass
from typing import Final, Self

from creditbank.anchoring.fields import Fields
from creditbank.anchoring.receipt import (
    BlockPlace,
    ChainPlace,
    Evidence,
    Receipt,
    evidence_json,
    parse_block,
    parse_chain,
    parse_evidence,
)
from creditbank.canonical import Digest, JsonObject, digest_text
from creditbank.errors import BadInput
from creditbank.units import instant_text

DOCUMENT: Final = "creditbank/anchoring/v1"
ENTRY_BYTES: Final = 64


class UnreadableAnchoring(BadInput):
    """This does not say where a root stands; `place` is the JSON pointer of what is wrong."""

    slug = "unreadable-anchoring"


@dataclass(frozen=True, slots=True)
class Anchoring:
    """Where the root of a batch stands on a chain, and what proves it; a receipt without its leaf."""

    root: Digest
    size: int
    chain: ChainPlace
    contract: str
    bank: str
    transaction: str
    block: BlockPlace
    evidence: Evidence | None = None

    @classmethod
    def of(cls, receipt: Receipt) -> Self:
        """What a receipt says of its batch."""
        place = (receipt.chain, receipt.contract, receipt.bank, receipt.transaction, receipt.block)
        return cls(receipt.root, receipt.size, *place, receipt.evidence)

    def to_json(self) -> JsonObject:
        """The document that is published."""
        return {
            "document": DOCUMENT,
            "root": digest_text(self.root),
            "size": self.size,
            "chain": {"id": self.chain.id, "name": self.chain.name, "test": self.chain.test},
            "contract": self.contract,
            "bank": self.bank,
            "transaction": self.transaction,
            "block": {
                "number": self.block.number,
                "hash": self.block.hash,
                "time": instant_text(self.block.time),
            },
            "evidence": None if self.evidence is None else evidence_json(self.evidence),
        }

    @classmethod
    def parse(cls, value: object) -> Self:
        """Read it strictly; raise `UnreadableAnchoring` with the JSON pointer of what is wrong."""
        fields = Fields.of(value, UnreadableAnchoring, "anchoring", DOCUMENT)
        found = cls(
            root=fields.digest("root"),
            size=fields.whole("size", least=1),
            chain=parse_chain(fields.object("chain")),
            contract=fields.address("contract"),
            bank=fields.address("bank"),
            transaction=fields.hash("transaction"),
            block=parse_block(fields.object("block")),
            evidence=fields.optional("evidence", lambda name: parse_evidence(fields.object(name))),
        )
        fields.close()
        return found
