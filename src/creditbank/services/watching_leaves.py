"""An issuer's watch: is every leaf in its name one that it made? From the bank's feed, its leaves, and the chain."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

from creditbank.anchoring import issuer_id
from creditbank.anchoring.feed import BrokenFeed, FeedEntry, leaves_digest, read_feed
from creditbank.anchoring.published import ENTRY_BYTES
from creditbank.canonical import Digest, Json, JsonObject, digest_text
from creditbank.errors import CreditBankError
from creditbank.merkle import RunningRoot
from creditbank.services.ports import ChainRefused, ChainUnavailable
from creditbank.services.recomputing import AuditedChain
from creditbank.services.recomputing_records import NotPublished, Published, PublishedBatch, PublisherSilent
from creditbank.signing import ContextLibrary
from creditbank.verification import Verdict

DOCUMENT: Final = "creditbank/watch/v1"


@dataclass(frozen=True, slots=True)
class Strange:
    """A leaf in the issuer's name that the issuer did not make."""

    batch: str
    index: int
    entry: bytes
    block: int | None

    def to_json(self) -> JsonObject:
        """The leaf, and where it is proved."""
        return {"batch": self.batch, "index": self.index, "entry": f"0x{self.entry.hex()}", "block": self.block}


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest entry of a feed that a watcher saw, and whose key signed it."""

    number: int
    digest: Digest
    by: str


@dataclass(frozen=True, slots=True)
class WatchReport:
    """What a watch found. `broken` are the faults of what the bank publishes, `silent` what could not be looked at."""

    issuer: str
    own: int
    strange: tuple[Strange, ...]
    broken: tuple[str, ...]
    silent: tuple[str, ...]
    newest: Seen | None

    @property
    def verdict(self) -> Verdict:
        """A strange leaf or a fault rejects; silence leaves it open."""
        if self.strange or self.broken:
            return Verdict.REJECTED
        return Verdict.INCONCLUSIVE if self.silent else Verdict.ACCEPTED

    def to_json(self) -> JsonObject:
        """The report as a document."""
        strange: list[Json] = [one.to_json() for one in self.strange]
        return {
            "document": DOCUMENT,
            "issuer": self.issuer,
            "verdict": str(self.verdict),
            "own": self.own,
            "strange": strange,
            "broken": list(self.broken),
            "silent": list(self.silent),
            "newest": self.newest.number if self.newest else 0,
        }


@dataclass(slots=True)
class Watch:
    """One look at all leaves in an issuer's name. `known` are the entries that it made itself.

    With a `chain`, roots that the bank's accounts anchored and whose leaves nobody shows are told too; without one the
    bank's word is taken that it shows every batch; it is read from the block
    `first` on. `seen` is what was remembered of the feed from the last time.
    """

    issuer: str
    known: AbstractSet[bytes]
    published: Published
    contexts: ContextLibrary
    chain: AuditedChain | None = None
    seen: Seen | None = None
    banks: frozenset[str] = frozenset()
    first: int = 0
    _own: int = 0
    _strange: list[Strange] = field(default_factory=list)
    _broken: list[str] = field(default_factory=list)
    _silent: list[str] = field(default_factory=list)
    _read: dict[tuple[Digest, int], tuple[int, Digest]] = field(default_factory=dict)
    _final: set[tuple[Digest, int]] = field(default_factory=set)

    def report(self) -> WatchReport:
        """Read every batch, compare the feed with them, and both with the chain."""
        for look in (self._leaves, self._feed, self._events):
            try:
                look()
            except (ChainUnavailable, ChainRefused, PublisherSilent) as cause:
                self._silent.append(cause.sentence)
            except CreditBankError as cause:
                self._broken.append(cause.sentence)
        found = (tuple(self._strange), tuple(self._broken), tuple(self._silent))
        return WatchReport(self.issuer, self._own, *found, self.seen)

    def _leaves(self) -> None:
        for batch in self.published.batches():
            try:
                self._batch(batch)
            except NotPublished:
                self._broken.append(f"The leaves of batch {batch.id} are not published.")

    def _batch(self, batch: PublishedBatch) -> None:
        mine, name, running, left = [], bytes(issuer_id(self.issuer)), RunningRoot(), b""
        for piece in self.published.entries(batch.id):
            left += piece
            whole = len(left) - len(left) % ENTRY_BYTES
            for at in range(0, whole, ENTRY_BYTES):
                entry = left[at : at + ENTRY_BYTES]
                if entry[:32] == name:
                    mine.append((running.size, entry))
                running.add(entry)
            left = left[whole:]
        if left or running.size != batch.size or running.root != batch.root:
            self._broken.append(f"The leaves of batch {batch.id} do not give the root that it names.")
        self._own += sum(entry in self.known for _, entry in mine)
        self._strange += [
            Strange(batch.id, index, entry, batch.block) for index, entry in mine if entry not in self.known
        ]
        self._read[batch.root, batch.size] = (len(mine), leaves_digest(mine))
        if batch.final:
            self._final.add((batch.root, batch.size))

    def _feed(self) -> None:
        values = self.published.feed(self.published.organisation_of(self.issuer))
        entries = read_feed(values, self.issuer, self.contexts)
        self._remembered(entries)
        told = {(one.root, one.size): (one.count, one.leaves) for one in entries}
        for (root, size), found in self._read.items():
            expected = (found[0] and (root, size) in self._final) or (root, size) in told
            if expected and told.get((root, size)) != found:
                what = "tells otherwise of" if (root, size) in told else "leaves out"
                self._broken.append(f"The feed {what} the batch with the root {digest_text(root)}.")
        for root, _ in told.keys() - self._read.keys():
            self._broken.append(f"The feed tells of a batch with the root {digest_text(root)}, which is not shown.")
        if entries:
            self.seen = Seen(entries[-1].number, entries[-1].digest, entries[-1].by)

    def _remembered(self, entries: list[FeedEntry]) -> None:
        seen = self.seen
        if seen is None:
            return
        if len(entries) < seen.number or entries[seen.number - 1].digest != seen.digest:
            raise BrokenFeed(f"Entry {seen.number} of the feed is gone, or is not the one that was seen before.")
        if entries[-1].by != seen.by:
            raise BrokenFeed("The feed is signed with another key than before.")

    def _events(self) -> None:
        if self.chain is None:
            return
        last = self.chain.newest_final()
        told = [one for one in self.chain.events("anchors", self.first, last) if one.name == "Anchored"]
        accounts = self.banks or {
            one.address("bank").lower() for one in told if (Digest(one.octets("root")), one.whole("size")) in self._read
        }
        if told and not accounts:
            self._silent.append(
                "The chain has anchors, and none is of a batch that is shown: whose they are is not known."
            )
        for one in told:
            named = (Digest(one.octets("root")), one.whole("size"))
            if one.address("bank").lower() in accounts and named not in self._read:
                self._broken.append(
                    f"In block {one.block_number} the bank anchored {digest_text(named[0])} of {named[1]} leaves, which"
                    " it does not show: something in your name may be among them."
                )
