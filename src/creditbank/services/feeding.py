"""An issuer's feed: every batch in which something was anchored in its name, told once, chained and signed.

Entries are made when a feed is read, in one transaction with what they tell of; two who read at once make one entry.
"""

from typing import Final

from creditbank.anchoring.feed import FeedEntry, leaves_digest
from creditbank.canonical import JsonObject, load_object
from creditbank.services.ports import AlreadyRecorded, Clock, KeyVault, SigningPurpose, Store
from creditbank.services.records import BatchRecord
from creditbank.services.signatures import Signatures
from creditbank.services.transparency import published_entry
from creditbank.signing import PublicKey, did_key

OWNER: Final = "transparency"
"""Under which name the vault keeps the key that signs feeds."""
AT_A_TIME: Final = 100


class Feeding:
    """Tells issuers what was anchored in their names."""

    def __init__(self, store: Store, vault: KeyVault, signatures: Signatures, clock: Clock) -> None:
        self._store, self._vault, self._signatures, self._clock = store, vault, signatures, clock

    def entries(self, issuer: str, after: int, limit: int) -> list[JsonObject]:
        """At most `limit` entries of an issuer's feed behind this number, brought up to date before."""
        self._catch_up(issuer)
        with self._store.reading() as tx:
            return [load_object(one) for one in tx.feed_of(issuer, after, limit)]

    def whole(self, issuer: str) -> list[JsonObject]:
        """Every entry of an issuer's feed."""
        found: list[JsonObject] = []
        while part := self.entries(issuer, len(found), AT_A_TIME):
            found += part
        return found

    def _catch_up(self, issuer: str) -> None:
        with self._store.reading() as tx:
            waiting = tx.batches_to_feed(issuer, AT_A_TIME)
        for batch in waiting:
            try:
                self._tell(issuer, batch)
            except AlreadyRecorded:
                return  # another process tells it just now, and what follows too

    def _tell(self, issuer: str, batch: BatchRecord) -> None:
        with self._store.reading() as tx:
            newest = tx.newest_in_feed(issuer)
            leaves = [(leaf.index or 0, published_entry(leaf)) for leaf in tx.leaves_naming(issuer, batch.id)]
        before = None if newest is None else FeedEntry.parse(load_object(newest))
        entry = FeedEntry(
            issuer,
            1 if before is None else before.number + 1,
            batch.id,
            batch.root,
            batch.size,
            len(leaves),
            leaves_digest(leaves),
            None if before is None else before.digest,
            self.signer(),
        )
        signed = self._signatures.sign_feed(entry.to_json(), OWNER, entry.by, self._clock.now())
        with self._store.transaction() as tx:
            tx.add_to_feed(issuer, entry.number, batch.id, signed)

    def signer(self) -> str:
        """The DID of the key that signs feeds, made when it is first asked for."""
        key = self._vault.make_key(OWNER, frozenset({SigningPurpose.FEED}))
        return did_key(PublicKey.from_multikey(key.multikey))
