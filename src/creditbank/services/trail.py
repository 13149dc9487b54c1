"""The audit trail: what people did to roles, tokens, keys, halts, shares and the like, never edited.

Each organisation has a chain of its own, and the bank one. An entry binds the entry before it by digest, and the head
of the chain is kept beside it, so that an entry that was edited, taken out or put in is found, the last one too. The
store refuses to change or remove an entry. Signatures have an audit of their own (`creditbank key audit`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any, Final

from creditbank.canonical import json_digest, sha256
from creditbank.errors import BadInput
from creditbank.services.ports import Clock, Store, Transaction
from creditbank.services.trail_records import TrailEntry, TrailHead

BANK: Final = "bank"
"""The chain of what concerns no single organisation."""
OPERATOR: Final = "operator"
"""Whoever works on the bank's own machine, through the command line."""
FORMAT: Final = "creditbank/trail/v1"
LONGEST: Final = 1_000
PAGE: Final = 500


class TrailText(BadInput):
    """What is told to the trail is one readable line."""

    slug = "trail-text"


@dataclass(frozen=True, slots=True)
class Finding:
    """A place of the trail that is not as it was written."""

    chain: str
    number: int
    sentence: str


class Trail:
    """Appends to the trail inside the caller's transaction, and audits it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def tell(
        self, tx: Transaction, actor: str, action: str, object: str, why: str = "", *, organisation: str = BANK
    ) -> TrailEntry:
        """Append one act to the chain of an organisation, or of the bank; it stands or falls with the transaction.

        Raises `TrailText` for a reason of more than a thousand characters, or one that steers a screen.
        """
        if len(why) > LONGEST or not (why.isprintable() or why == ""):
            raise TrailText(
                "A reason is one line of at most 1,000 readable characters.", next_step="Write it shorter, in one line."
            )
        head = tx.claim_trail(start_of(organisation))
        entry = sealed(
            TrailEntry(
                chain=organisation,
                number=head.number + 1,
                at=self._clock.now(),
                actor=actor,
                action=action,
                object=object,
                why=why,
                previous=head.hash,
                hash=head.hash,
            )
        )
        tx.append_trail(entry)
        return entry

    def hold(self, tx: Transaction, organisation: str) -> None:
        """Wait for every transaction that acts on this organisation, so that acts follow one another."""
        tx.claim_trail(start_of(organisation))

    def entries(self, organisation: str = BANK, *, after: int = 0, limit: int = PAGE) -> list[TrailEntry]:
        """Entries of one chain in their order, at most `limit` after a number."""
        with self._store.transaction() as tx:
            return tx.trail_of(organisation, after=after, limit=limit)

    def chains(self) -> list[str]:
        """The chains there are."""
        with self._store.transaction() as tx:
            return [head.chain for head in tx.trail_heads()]

    def export(self, organisation: str = BANK) -> Iterator[dict[str, Any]]:
        """Every entry of a chain as JSON, from which anybody can compute the digests again."""
        for entry in self._walk(organisation):
            yield written(entry)

    def audit(self) -> list[Finding]:
        """Compute every chain again; what it finds is empty exactly when each entry stands as it was written."""
        with self._store.transaction() as tx:
            heads = tx.trail_heads()
        return [finding for head in heads for finding in self._audit(head)]

    def _audit(self, head: TrailHead) -> Iterator[Finding]:
        last, chain = start_of(head.chain), head.chain
        for entry in self._walk(chain, upto=head.number):
            if entry.number != last.number + 1:
                yield Finding(chain, last.number + 1, "An entry is missing.")
            elif entry.previous != last.hash:
                yield Finding(chain, entry.number, "It does not follow the entry before it.")
            if sealed(entry).hash != entry.hash:
                yield Finding(chain, entry.number, "It says something else than what was written.")
            last = TrailHead(chain, entry.number, entry.hash)
        if last != head:
            yield Finding(chain, head.number, "The chain does not end where its head says.")

    def _walk(self, chain: str, upto: int | None = None) -> Iterator[TrailEntry]:
        after = 0
        while page := self.entries(chain, after=after):
            for entry in page:
                if upto is not None and entry.number > upto:  # written while the audit runs
                    return
                yield entry
            after = page[-1].number


def start_of(chain: str) -> TrailHead:
    """Where a chain begins: no two chains begin alike, so that no entry fits into another chain."""
    return TrailHead(chain, 0, sha256(f"{FORMAT}\n{chain}".encode()))


def sealed(entry: TrailEntry) -> TrailEntry:
    """The entry with the digest that it must have."""
    said = {name: value for name, value in written(entry).items() if name != "hash"}
    return replace(entry, hash=json_digest(said))


def written(entry: TrailEntry) -> dict[str, Any]:
    """The entry as JSON. `hash` is SHA-256 of the canonical JSON of everything else."""
    return {
        "format": FORMAT,
        "chain": entry.chain,
        "number": entry.number,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "actor": entry.actor,
        "action": entry.action,
        "object": entry.object,
        "why": entry.why,
        "previous": entry.previous.hex(),
        "hash": entry.hash.hex(),
    }


def follows(entries: Sequence[Mapping[str, Any]], chain: str) -> bool:
    """Whether exported entries are a whole beginning of a chain; needs nothing but the export."""
    last = start_of(chain).hash.hex()
    for number, entry in enumerate(entries, 1):
        said = {name: value for name, value in entry.items() if name != "hash"}
        if (entry["chain"], entry["number"], entry["previous"]) != (chain, number, last):
            return False
        last = str(entry["hash"])
        if json_digest(said).hex() != last:
            return False
    return True
