"""What was anchored in an issuer's name, batch by batch: entries that are chained by their hashes and signed, each one.

An entry names a batch and binds the issuer's leaves in it by one digest; whoever reads the batch's entries finds them.
Whoever keeps the newest entry that they saw notices when an older one is dropped or written anew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Self

from creditbank.anchoring.fields import Fields
from creditbank.canonical import Digest, JsonObject, digest_text, json_digest
from creditbank.errors import BadInput, Refused
from creditbank.signing import ContextLibrary, key_from_multikey, proofs_of, verify_proof

DOCUMENT: Final = "creditbank/feed-entry/v1"
CONTEXT: Final = "https://w3id.org/security/data-integrity/v2"


class BrokenFeed(BadInput):
    """The entries of a feed do not hold together, or somebody else signed them."""

    slug = "broken-feed"


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """The leaves of one issuer in one batch: how many, and the digest of them all. `by` is the DID of who signs."""

    issuer: str
    number: int
    batch: str
    root: Digest
    size: int
    count: int
    leaves: Digest
    previous: Digest | None
    by: str

    @property
    def digest(self) -> Digest:
        """What the next entry names."""
        return json_digest(self.to_json())

    def to_json(self) -> JsonObject:
        """The document that is signed."""
        return {
            "@context": [CONTEXT],
            "document": DOCUMENT,
            "issuer": self.issuer,
            "number": self.number,
            "batch": self.batch,
            "root": digest_text(self.root),
            "size": self.size,
            "count": self.count,
            "leaves": digest_text(self.leaves),
            "previous": None if self.previous is None else digest_text(self.previous),
            "by": self.by,
        }

    @classmethod
    def parse(cls, value: object) -> Self:
        """Read an entry strictly, with or without its proof; raise `BrokenFeed`."""
        plain = {name: item for name, item in value.items() if name != "proof"} if isinstance(value, dict) else value
        if isinstance(plain, dict) and plain.pop("@context", None) != [CONTEXT]:
            raise BrokenFeed("An entry of the feed does not name its context.")
        fields = Fields.of(plain, BrokenFeed, "entry of a feed", DOCUMENT)
        found = cls(
            fields.text("issuer"),
            fields.whole("number", least=1),
            fields.text("batch"),
            fields.digest("root"),
            fields.whole("size", least=1),
            fields.whole("count", least=1),
            fields.digest("leaves"),
            fields.optional("previous", fields.digest),
            fields.text("by"),
        )
        fields.close()
        return found


def leaves_digest(leaves: Iterable[tuple[int, bytes]]) -> Digest:
    """One digest over leaves in their order: of each its index (8 bytes, big-endian) and its entry."""
    found = sha256()
    for index, entry in leaves:
        found.update(index.to_bytes(8, "big") + entry)
    return Digest(found.digest())


def read_feed(values: Sequence[JsonObject], issuer: str, contexts: ContextLibrary) -> list[FeedEntry]:
    """The entries of an issuer's feed, numbered from 1, each naming the one before, all signed with one key.

    Raises `BrokenFeed` with the number of the first that is not so. Whose key it is, the reader decides.
    """
    found: list[FeedEntry] = []
    for number, value in enumerate(values, start=1):
        one = FeedEntry.parse(value)
        before = found[-1] if found else None
        if (one.issuer, one.number) != (issuer, number):
            raise BrokenFeed(f"Entry {number} of the feed is missing, or another issuer's.")
        if one.previous != (None if before is None else before.digest) or (before and before.by != one.by):
            raise BrokenFeed(f"Entry {number} of the feed does not follow the one before it.")
        _check_signature(value, one, contexts)
        found.append(one)
    return found


def _check_signature(value: JsonObject, one: FeedEntry, contexts: ContextLibrary) -> None:
    multikey = one.by.removeprefix("did:key:")
    try:
        (proof,) = proofs_of(value)
        if proof.get("verificationMethod") != f"{one.by}#{multikey}" or proof.get("proofPurpose") != "assertionMethod":
            raise ValueError("another key, or another purpose")
        verify_proof(value, proof, key_from_multikey(multikey), contexts)
    except (BadInput, Refused, ValueError) as cause:
        raise BrokenFeed(f"The signature of entry {one.number} of the feed does not hold.") from cause
