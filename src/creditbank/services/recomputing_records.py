"""What a bank publishes, as whoever audits it reads it, and the report of an audit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from creditbank.anchoring.published import Anchoring
from creditbank.anchoring.statuses import StatusTree
from creditbank.canonical import Digest, Json, JsonObject
from creditbank.errors import NotFound, Unavailable
from creditbank.verification import Outcome, Verdict

DOCUMENT: Final = "creditbank/audit/v1"
SHOWN: Final = 50


class NotPublished(NotFound):
    """The bank publishes no such thing."""

    slug = "not-published"


class PublisherSilent(Unavailable):
    """What the bank publishes could not be read now."""

    slug = "publisher-silent"


@dataclass(frozen=True, slots=True)
class PublishedBatch:
    """A batch as the bank lists it."""

    id: str
    root: Digest
    size: int
    state: str
    transaction: str | None
    block: int | None
    block_hash: str | None
    block_time: str | None

    @property
    def final(self) -> bool:
        """Whether the bank says that it stands on a chain for good."""
        return self.state == "final"


@dataclass(frozen=True, slots=True)
class PublishedHistory:
    """What the bank shows of an issuer's history, and up to which block of which chain."""

    did: str
    issuer: str
    chain_id: int
    test: bool
    as_of: int
    events: Sequence[Json]


class Published(Protocol):
    """What a bank shows to everybody. Raises `NotPublished`, and `PublisherSilent` where it does not answer."""

    def batches(self) -> Iterator[PublishedBatch]:
        """Every batch."""
        ...

    def entries(self, batch: str) -> Iterator[bytes]:
        """The entries of a batch as bytes, in pieces of any length."""
        ...

    def anchorings(self, batch: str) -> Sequence[Anchoring]: ...
    def histories(self) -> Iterator[PublishedHistory]:
        """The history of every organisation that the bank lists."""
        ...

    def status_roots(self) -> Sequence[tuple[int, Digest]]:
        """Number and root of every root over status lists."""
        ...

    def status_lists(self, root: Digest) -> StatusTree: ...
    def organisation_of(self, did: str) -> str:
        """The id under which an issuer is listed."""
        ...

    def feed(self, organisation: str) -> list[JsonObject]:
        """Every entry of an issuer's feed, oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """One question of an audit: its answer, in a sentence, and each thing that was found wrong."""

    name: str
    outcome: Outcome
    sentence: str
    findings: tuple[str, ...] = ()

    def to_json(self) -> JsonObject:
        """The check as it stands in a report."""
        return {
            "name": self.name,
            "outcome": str(self.outcome),
            "sentence": self.sentence,
            "findings": list(self.findings[:SHOWN]),
            "found": len(self.findings),
        }


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What an audit of a bank from chain and published leaves found; `last` is the newest block that was looked at."""

    chain_id: int
    chain: str
    test: bool
    first: int
    last: int | None
    banks: tuple[str, ...]
    checks: tuple[AuditCheck, ...]

    @property
    def verdict(self) -> Verdict:
        """Any failure rejects, any gap leaves it open."""
        outcomes = {check.outcome for check in self.checks}
        if Outcome.FAILED in outcomes:
            return Verdict.REJECTED
        return Verdict.INCONCLUSIVE if Outcome.UNCHECKED in outcomes else Verdict.ACCEPTED

    def to_json(self) -> JsonObject:
        """The report as a document."""
        return {
            "document": DOCUMENT,
            "chain": {"id": self.chain_id, "name": self.chain, "test": self.test},
            "blocks": {"first": self.first, "last": self.last},
            "banks": list(self.banks),
            "verdict": str(self.verdict),
            "checks": [check.to_json() for check in self.checks],
        }
