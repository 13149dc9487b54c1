"""What a bank shows to everybody, so that nobody has to believe it: leaves, where roots stand, what the register did.

Of a leaf its entry is shown, 64 bytes that name an issuer and hide a document behind a salt: an issuer sees what was
anchored in its name, and nobody finds a document or a person by it. Of the chain what is final is shown.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Final

from creditbank.anchoring import BlockPlace, ChainPlace, Evidence, Receipt, entry, issuer_id
from creditbank.anchoring.published import Anchoring
from creditbank.canonical import JsonObject
from creditbank.services.anchoring import BANK
from creditbank.services.chain_events import ChainEvent
from creditbank.services.ports import Chain, KeyVault, Store
from creditbank.services.records import BatchRecord, BatchState, Leaf
from creditbank.units import instant_text

PAGE: Final = 1000
MOMENTS: Final = frozenset({"from", "until", "since", "notBefore"})
LATEST: Final = 253_402_300_799


@dataclass(frozen=True, slots=True)
class PublishedEvent:
    """An event of a contract and the time of its block, as it is shown."""

    event: ChainEvent
    time: datetime

    def to_json(self) -> JsonObject:
        """The event as it stands in answers and files; the same event always gives the same text."""
        event = self.event
        return {
            "contract": event.contract,
            "event": event.name,
            "block": event.block_number,
            "blockHash": event.block_hash,
            "place": event.place,
            "time": instant_text(self.time),
            "transaction": event.transaction,
            "said": said(event),
        }


def said(event: ChainEvent) -> JsonObject:
    """The fields of an event: bytes and accounts as `0x…`, times in UTC, null for a time that was not set."""
    found: JsonObject = {}
    for name, value in event.fields.items():
        if isinstance(value, bytes):
            found[name] = f"0x{value.hex()}"
        elif name in MOMENTS and isinstance(value, int):
            found[name] = instant_text(datetime.fromtimestamp(min(value, LATEST), tz=UTC)) if value else None
        else:
            found[name] = value if isinstance(value, int) else str(value)
    return found


def published_entry(leaf: Leaf) -> bytes:
    """The 64 bytes of a leaf as they are recorded; whoever hashes all of a batch finds whether they give its root."""
    return leaf.entry if leaf.entry is not None else entry(leaf.issuer, leaf.salt, leaf.digest)


class EventLog:
    """The events of final blocks, each read once: what is final does not change."""

    def __init__(self, chain: Chain, first: int = 0) -> None:
        self._chain, self._first, self._lock = chain, first, Lock()
        self._found: dict[str, list[ChainEvent]] = {}
        self._next: dict[str, int] = {}
        self._times: dict[int, datetime] = {}

    def of(self, contract: str) -> Sequence[ChainEvent]:
        """Every event of a contract up to the newest final block, oldest first; raises `ChainUnavailable`."""
        with self._lock:
            found, first = self._found.setdefault(contract, []), self._next.get(contract, self._first)
            last = self._chain.newest_final()
            if first <= last:
                found.extend(self._chain.events(contract, first, last))
                self._next[contract] = last + 1
            return tuple(found)

    @property
    def until(self) -> int:
        """The newest block that every contract's events were read up to."""
        with self._lock:
            return min(self._next.values(), default=0) - 1

    def time(self, number: int) -> datetime:
        """The time of a block that is final."""
        if number not in self._times:
            block = self._chain.block(number)
            assert block is not None, "a block with an event exists"
            self._times[number] = block[1]
        return self._times[number]

    def shown(self, events: Sequence[ChainEvent]) -> list[PublishedEvent]:
        """These events with the times of their blocks."""
        return [PublishedEvent(event, self.time(event.block_number)) for event in events]


class Transparency:
    """Shows batches, what stands on the chain, and the history of the register."""

    def __init__(self, store: Store, chain: Chain, vault: KeyVault, first_block: int = 0) -> None:
        self._store, self._chain, self._vault = store, chain, vault
        self._log = EventLog(chain, first_block)

    def leaves(self, batch: str, index: int, limit: int) -> list[tuple[int, bytes]]:
        """At most `limit` entries of a batch from this index on, each with its index; raises `UnknownRecord`."""
        with self._store.reading() as tx:
            tx.get_batch(batch)
            found = tx.leaves_from(batch, index, limit)
        return [(leaf.index or 0, published_entry(leaf)) for leaf in found]

    def entries(self, batch: str) -> Iterator[bytes]:
        """All entries of a batch in their order, some at a time, each of 64 bytes; no more of them is held at once."""
        index = 0
        while found := self.leaves(batch, index, PAGE):
            yield b"".join(item for _, item in found)
            index += len(found)

    def anchorings(self, batch: str) -> list[Anchoring]:
        """Where the root of a batch stands, with proof; nothing before it is final. Raises `UnknownRecord`.

        The chain on which it was anchored last comes first, and those that it stood on before stay in the list.
        """
        with self._store.reading() as tx:
            record, before = tx.get_batch(batch), tx.former_receipts_in(batch)
            receipts = tx.receipts_in(batch, 1) if record.state is BatchState.FINAL else []
        standing = [Anchoring.of(Receipt.parse(one.document)) for one in receipts]
        if record.state is BatchState.FINAL and not standing and record.chain_id in (None, self._chain.chain_id):
            standing = [self._asked(record)]
        known = {one.chain.id for one in standing}
        former = [Anchoring.of(Receipt.parse(one.document)) for one in before]
        return [*standing, *(one for one in former if one.chain.id not in known)]

    def _asked(self, batch: BatchRecord) -> Anchoring:
        """The same from the chain itself, where every receipt of a batch was erased."""
        chain = self._chain
        assert batch.transaction is not None
        assert batch.block_number is not None
        assert batch.block_hash is not None
        assert batch.block_time is not None
        header, proof, key = chain.evidence(batch.transaction)
        return Anchoring(
            batch.root,
            batch.size,
            ChainPlace(chain.chain_id, chain.name, chain.test_chain),
            chain.contracts["anchors"],
            self._vault.chain_account(BANK),
            batch.transaction,
            BlockPlace(batch.block_number, batch.block_hash, batch.block_time),
            Evidence(header, tuple(proof), key),
        )

    def history(self, did: str) -> list[PublishedEvent]:
        """Everything that was done to an issuer on the chain, as issuer, bank or awarder, oldest first.

        Admission and its terms, keys with their ends, suspicion, successor, and the banks it named. Raises
        `ChainUnavailable`.
        """
        name = bytes(issuer_id(did))
        mine = [event for event in self._log.of("issuers") if event.fields.get("issuer") == name]
        for contract in ("anchors", "redemptions"):
            mine += [event for event in self._log.of(contract) if event.fields.get("identity") == name]
        return self._log.shown(sorted(mine, key=lambda event: event.at))

    def history_document(self, did: str) -> JsonObject:
        """The history of an issuer with the chain that tells it, and up to which block; raises `ChainUnavailable`."""
        found, chain = self.history(did), self._chain
        return {
            "did": did,
            "issuer": f"0x{issuer_id(did).hex()}",
            "chainId": chain.chain_id,
            "chain": chain.name,
            "testChain": chain.test_chain,
            "asOf": self._log.until,
            "events": [one.to_json() for one in found],
        }

    def status_roots(self) -> list[PublishedEvent]:
        """Every root over status lists that this bank published on the chain, newest first, from whichever account.

        Each account counts its roots from one, so that a number stands for one root of one account.
        """
        told = [one for one in self._log.of("anchors") if one.name == "StatusPublished"]
        banks = {one.address("bank") for one in told}
        with self._store.reading() as tx:
            mine = {self._vault.chain_account(BANK), *(bank for bank in banks if tx.has_sent(bank))}
        return self._log.shown([one for one in reversed(told) if one.address("bank") in mine])

    def kept_trees(self, roots: Sequence[bytes]) -> frozenset[bytes]:
        """Of which of these status roots the lists under them are kept, for everybody to recompute it."""
        with self._store.reading() as tx:
            names = {f"sha256:{root.hex()}": root for root in roots}
            return frozenset(names[one.id] for one in tx.documents_named(list(names)))


__all__ = ["EventLog", "PublishedEvent", "Transparency", "published_entry", "said"]
