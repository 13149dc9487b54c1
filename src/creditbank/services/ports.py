"""The doors through which services reach the world. Adapters implement them; nothing here knows how.

A `Store` hands out transactions; leaving the `with` block commits, an exception rolls everything back. A `Chain` is one
Ethereum-compatible chain with this product's contracts on it.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol, TypeAlias

from creditbank.canonical import Digest
from creditbank.errors import Conflict, NotFound, Refused, Unavailable
from creditbank.framework import (
    AnyDocument,
    CodeLists,
    CoherenceLists,
    CreditSystem,
    Fault,
    Framework,
    Qualification,
    TemplateBook,
)
from creditbank.ledger import Entry, Lot
from creditbank.services.asked_records import AskedTable
from creditbank.services.bulk_ports import BulkTables
from creditbank.services.chain_events import ChainEvent
from creditbank.services.claim_ports import ClaimTransaction
from creditbank.services.erasing_ports import ErasureTables
from creditbank.services.grant_records import GrantTable
from creditbank.services.halting_records import HaltTables
from creditbank.services.holder_ports import HolderTables
from creditbank.services.issuing_ports import IssuingTables
from creditbank.services.job_ports import JobTransaction
from creditbank.services.lease_records import LeaseTables
from creditbank.services.ledger_ports import LedgerTransaction
from creditbank.services.listing_ports import ListTransaction
from creditbank.services.membership_records import MembershipTable
from creditbank.services.moving_records import MovingTables
from creditbank.services.people_ports import PeopleTransaction
from creditbank.services.rebuild_ports import RebuildTables
from creditbank.services.records import (
    AwardRecord,
    AwardState,
    DocumentVersion,
    DraftUnit,
    EndorsementRecord,
    EvaluationRecord,
    IssuedCredential,
    IssuedToken,
    IssueIntent,
    JointEvaluationRecord,
    KeyState,
    Learner,
    Organisation,
    OrganisationKey,
    PublicDocument,
    PublishedAchievement,
    StoredReceipt,
    Suspension,
    Token,
)
from creditbank.services.sending_records import SendingTables
from creditbank.services.share_ports import ShareTables
from creditbank.services.spend_ports import SpendTables
from creditbank.services.standing_ports import StandingTables
from creditbank.services.surveying_records import NodeFacts
from creditbank.services.tile_ports import TileTables
from creditbank.services.trail_records import TrailTable
from creditbank.services.transparency_ports import TransparencyTables
from creditbank.services.watching_records import WatchTables
from creditbank.services.webhook_records import WebhookTable


class ChainUnavailable(Unavailable):
    """The chain did not answer, or answered nonsense."""

    slug = "chain-unavailable"


class FeeAboveCap(ChainUnavailable):
    """The chain asks more for a unit of gas than the bank is willing to pay; the queue waits."""

    slug = "fee-above-cap"

    def __init__(self, asked: int, cap: int) -> None:
        self.asked, self.cap = asked, cap
        super().__init__(
            f"A unit of gas costs {asked} wei now; the bank pays at most {cap}.",
            next_step="The queue waits for the fee to fall, or raise the cap in the settings.",
        )


class ChainRefused(Conflict):
    """A contract said no. `reason` is the name of its custom error, such as `SpentBeyondTotal`."""

    slug = "chain-refused"

    def __init__(self, reason: str, sentence: str, *, next_step: str = "") -> None:
        self.reason = reason
        super().__init__(sentence, next_step=next_step)


class UnknownRecord(NotFound):
    """Nothing is stored under this id."""

    slug = "unknown-record"


class AlreadyRecorded(Conflict):
    """Something is recorded under this id already, and what is recorded is not overwritten."""

    slug = "already-recorded"


class Clock(Protocol):
    """The only source of the present moment."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        ...


class Resolver(Protocol):
    """Fetches what strangers' documents name, from public addresses alone (threat 14)."""

    def fetch(self, url: str, *, max_bytes: int) -> bytes:
        """The document served at an https URL; raise a `CreditBankError` that says why there is none."""
        ...


class Entropy(Protocol):
    """The only source of randomness and of new identifiers."""

    def bytes(self, count: int) -> bytes:
        """So many random bytes."""
        ...

    def urn(self) -> str:
        """A fresh random UUIDv4 as `urn:uuid:…`."""
        ...

    def below(self, bound: int) -> int:
        """A uniformly random integer from 0 up to, not including, `bound`."""
        ...


class UnknownKey(NotFound):
    """No key is kept under this reference, or the tenant has none under this label."""

    slug = "unknown-key"


class KeyOfAnother(Refused):
    """A key signs for its owner only, whoever asks (threat 52)."""

    slug = "key-of-another"


class PurposeRefused(Refused):
    """A key signs only what it was made for: a learner's key signs no credential."""

    slug = "purpose-refused"


class SigningCapReached(Unavailable):
    """The tenant's signatures for this purpose are used up until midnight (UTC)."""

    slug = "signing-cap-reached"


class SigningPurpose(StrEnum):
    """What a signature is for. A key says at its making which of them it serves."""

    CREDENTIAL = "credential"
    AWARD = "award"
    STATUS_LIST = "status-list"
    DECISION = "decision"
    ENDORSEMENT = "endorsement"
    PRESENTATION = "presentation"
    POSSESSION = "possession"
    FEED = "feed"
    CHAIN_TRANSACTION = "chain-transaction"


HOLDERS: Final = frozenset({SigningPurpose.PRESENTATION, SigningPurpose.POSSESSION})
"""What the key of a learner serves."""
BODIES: Final = frozenset(SigningPurpose) - {SigningPurpose.CHAIN_TRANSACTION, SigningPurpose.FEED}
"""What the key of an organisation serves."""
FIRST_KEY: Final = "1"
"""The label of a tenant's first key."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The public side of a key that a driver keeps. `reference` is the driver's own name for it and opaque to all else.

    `multikey` is its name everywhere else; `algorithm` is that of JOSE (RFC 9864): `Ed25519`, `ES256`.
    """

    reference: str
    tenant: str
    label: str
    algorithm: str
    multikey: str
    uses: frozenset[SigningPurpose]


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """Who asks (`tenant`) for a signature of which key (its reference) over what, what for, and in which matter.

    `about` names the document that is signed, by its id where it has one; it is for the people who read the audit.
    """

    tenant: str
    key: str
    purpose: SigningPurpose
    message: bytes
    about: str


@dataclass(frozen=True, slots=True)
class SigningRecord:
    """One row of the audit: what was asked of which key, and whether it was signed or why not.

    `refused` is the slug of the refusal, empty where the request was admitted. `message` is the digest of what was to
    be signed. A process that dies between row and signature leaves an admitted row; no signature is without one.
    """

    at: datetime
    tenant: str
    key: str
    algorithm: str
    purpose: str
    about: str
    message: str
    refused: str = ""


@dataclass(frozen=True, slots=True)
class SigningCaps:
    """How many signatures a tenant gets for one purpose on one day (UTC).

    `special` has other numbers, by purpose (`presentation`) or by tenant and purpose (`urn:uuid:… credential`), the
    second before the first.
    """

    each: int = 100_000
    special: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, tenant: str, purpose: str) -> int:
        """The cap of this tenant for this purpose."""
        return self.special.get(f"{tenant} {purpose}", self.special.get(purpose, self.each))


class Signer(Protocol):
    """Keeps private keys and signs with them; no private byte of an organisation's key ever leaves the driver.

    Keys are asked for by reference, so a file, a PKCS#11 token and a cloud's key service can all stand behind it.
    """

    def make_key(self, tenant: str, uses: frozenset[SigningPurpose], label: str = FIRST_KEY) -> SigningKey:
        """The tenant's key of this label, made if there is none: asking twice, or at once, makes one key."""
        ...

    def find_key(self, tenant: str, label: str = FIRST_KEY) -> SigningKey | None:
        """The tenant's key of this label, or None."""
        ...

    def key(self, reference: str) -> SigningKey:
        """The algorithm and public key behind a reference; raises `UnknownKey`."""
        ...

    def sign(self, request: SigningRequest) -> bytes:
        """Check purpose, tenant and daily cap, write the audit row, and only then sign.

        Raises `UnknownKey`, `KeyOfAnother`, `PurposeRefused` and `SigningCapReached`, each after a row that says so.
        """
        ...

    def sign_many(self, requests: Sequence[SigningRequest]) -> list[bytes]:
        """Sign several messages with one key for one purpose: all rows of the audit first, then all signatures.

        Raises as `sign`, and then none is signed.
        """
        ...

    def audit(self, since: date | None = None) -> Iterator[SigningRecord]:
        """The rows of the audit from that day (UTC) on, oldest first; raises when a row was altered or taken out."""
        ...


class DamagedSecret(Unavailable):
    """What was locked away cannot be opened: it was changed, or another vault locked it."""

    slug = "damaged-secret"


class Safe(Protocol):
    """Locks secrets away under the bank's master key, so that the database alone gives none of them (threat 51)."""

    def lock(self, about: str, secret: bytes) -> bytes:
        """The secret, sealed; `about` says what it is, and is sealed in with it."""
        ...

    def unlock(self, about: str, locked: bytes) -> bytes:
        """The secret again; raises `DamagedSecret` for another `about`, another master key, or a changed byte."""
        ...


class KeyVault(Signer, Protocol):
    """A signer that also keeps the accounts on the chain, and hands learners what is theirs."""

    def export_key(self, reference: str, tenant: str, passphrase: bytes) -> str:
        """A learner's key as an encrypted JWK (RFC 7517, 7), after an audit row; no other key leaves the driver.

        Raises `UnknownKey`, `KeyOfAnother`, and `PurposeRefused` for a key of another kind.
        """
        ...

    def forget_key(self, reference: str, tenant: str) -> None:
        """Destroy a learner's key, after an audit row; raises as `export_key` does."""
        ...

    def chain_account(self, owner: str) -> str:
        """The checksummed address of `owner`'s secp256k1 key, made on first use."""
        ...

    def owner_of(self, multikey: str) -> str | None:
        """The tenant whose key has this public half, or None."""
        ...

    def sign_transaction(self, owner: str, transaction: Mapping[str, object]) -> tuple[bytes, str]:
        """Sign an EIP-1559 transaction with `owner`'s chain key; return raw bytes and the hash (0x-hex).

        It has a row in the audit and counts against the cap of `chain-transaction` like any other signature.
        """
        ...


class Transaction(
    PeopleTransaction,
    TrailTable,
    AskedTable,
    JobTransaction,
    ClaimTransaction,
    IssuingTables,
    ListTransaction,
    WebhookTable,
    HolderTables,
    HaltTables,
    LedgerTransaction,
    SpendTables,
    StandingTables,
    WatchTables,
    RebuildTables,
    MembershipTable,
    GrantTable,
    BulkTables,
    LeaseTables,
    SendingTables,
    TileTables,
    MovingTables,
    TransparencyTables,
    ShareTables,
    ErasureTables,
    Protocol,
):
    """One unit of work on the store. `get_…` methods raise `UnknownRecord`; `find_…` methods return None."""

    # who
    def add_organisation(self, organisation: Organisation) -> None: ...
    def get_organisation(self, id: str) -> Organisation: ...
    def find_organisation_by_did(self, did: str) -> Organisation | None: ...
    def organisations(self) -> list[Organisation]: ...
    def add_learner(self, learner: Learner) -> None: ...
    def get_learner(self, id: str) -> Learner:
        """An account that was not erased."""
        ...

    def find_learner(self, id: str) -> Learner | None: ...
    def find_learner_by_did(self, did: str) -> Learner | None: ...
    def learners(self) -> list[Learner]: ...
    def learners_after(self, id: str, limit: int) -> list[Learner]:
        """At most `limit` learners whose ids come after this one in the store's own order of texts; `""` begins."""
        ...

    def add_token(self, token: Token) -> None: ...
    def find_token(self, hash: Digest) -> Token | None: ...

    # keys of organisations
    def add_key(self, key: OrganisationKey) -> None:
        """Record a key; `AlreadyRecorded` when it is anybody's already, or the label is taken."""
        ...

    def keys_of(self, organisation: str) -> list[OrganisationKey]:
        """Every key the organisation ever had, oldest first."""
        ...

    def find_key(self, multikey: str) -> OrganisationKey | None: ...
    def hold_key(self, multikey: str) -> OrganisationKey | None:
        """Find a key whose state nobody changes before this transaction ends."""
        ...

    def move_key(self, multikey: str, state: KeyState, when: datetime, *, since: KeyState, settled: bool) -> bool:
        """Give a key its next state unless it has left `since` meanwhile; whether it did."""
        ...

    def settle_key(self, multikey: str) -> None:
        """Note that the chain and the DID document say what the record says."""
        ...

    def unsettled_keys(self) -> list[OrganisationKey]: ...
    def add_version(self, version: DocumentVersion) -> None:
        """Keep a version of a document; the same version again changes nothing."""
        ...

    def document_versions(self, id: str) -> list[DocumentVersion]:
        """Every version of a DID document, oldest first."""
        ...

    # achievements and credentials
    def add_achievement(self, achievement: PublishedAchievement) -> None: ...
    def get_achievement(self, id: str, version: str) -> PublishedAchievement: ...
    def find_achievement(self, id: str, version: str) -> PublishedAchievement | None: ...
    def achievements(self, organisation: str | None = None) -> list[PublishedAchievement]: ...
    def versions_of(self, id: str) -> list[PublishedAchievement]:
        """Every published version of an achievement, oldest first."""
        ...

    def withdraw_achievement(self, id: str, version: str, *, when: datetime, reason: str) -> None:
        """Mark a version as withdrawn; `AlreadyRecorded` when it is."""
        ...

    def put_draft(self, draft: DraftUnit) -> None: ...
    def drafts(self, organisation: str) -> list[DraftUnit]: ...
    def replace_draft(self, draft: DraftUnit, *, before: bytes | None) -> bool:
        """Put a draft in the place of exactly `before`, None for a free place; False when another stands there."""
        ...

    def remove_draft(self, organisation: str, id: str, version: str, *, before: bytes | None = None) -> bool:
        """Take a draft away, with `before` only while it says exactly that; whether one was taken away."""
        ...

    def find_intent(self, request: str) -> IssueIntent | None: ...
    def find_intent_for(self, credential: str) -> IssueIntent | None:
        """The intent under which a credential's id was given away."""
        ...

    def add_intent(self, intent: IssueIntent) -> None: ...
    def open_intents(self) -> list[IssueIntent]: ...
    def last_place(self, organisation: str) -> int:
        """The highest place that an organisation has given away, 0 for none; others may give the next away."""
        ...

    def newest_place(self, organisation: str) -> int:
        """The highest place given away, else 0; nobody else gives one away before this transaction ends."""
        ...

    def taken_places(self, organisation: str, drawn: Sequence[int]) -> frozenset[int]:
        """Which of these places are given away."""
        ...

    def add_credential(self, credential: IssuedCredential, *, request: str) -> None:
        """Store the signed bytes and mark the intent `request` as issued, together."""
        ...

    def get_credential(self, id: str) -> IssuedCredential: ...
    def find_credential(self, id: str) -> IssuedCredential | None: ...
    def find_credential_by_digest(self, digest: Digest) -> IssuedCredential | None: ...
    def credentials_of(self, learner: str) -> list[IssuedCredential]: ...
    def revoke_credential(self, id: str, *, when: datetime, reason: str) -> None: ...
    def credentials_in(self, status_list: str) -> list[IssuedCredential]:
        """The credentials whose status a list tells, oldest first."""
        ...

    def add_delivered(self, credential: IssuedCredential) -> None:
        """Store a credential that was signed elsewhere, which no intent came before."""
        ...

    def revoked_indices(self, status_list: str) -> frozenset[int]:
        """The places of a status list whose credentials are revoked."""
        ...

    def is_revoked(self, id: str) -> bool: ...
    def add_suspension(self, suspension: Suspension) -> None: ...
    def suspensions_of(self, credential: str) -> list[Suspension]: ...
    def suspended_indices(self, status_list: str) -> frozenset[int]:
        """The places of the suspended among the credentials that have a place in this list of revocations."""
        ...

    # the same credentials, signed in another form too
    def add_form(self, form: IssuedToken) -> None: ...
    def find_form(self, name: str) -> IssuedToken | None: ...
    def find_form_by_digest(self, digest: Digest) -> IssuedToken | None: ...

    # what bodies say of others
    def add_endorsement(self, endorsement: EndorsementRecord) -> None: ...
    def get_endorsement(self, id: str) -> EndorsementRecord: ...
    def find_endorsement(self, id: str) -> EndorsementRecord | None: ...
    def find_endorsement_by_request(self, request: str) -> EndorsementRecord | None: ...
    def find_endorsement_by_digest(self, digest: Digest) -> EndorsementRecord | None: ...
    def endorsements_of(self, endorsed: str) -> list[EndorsementRecord]:
        """What was said of the thing with this id, oldest first."""
        ...

    def open_endorsements(self) -> list[EndorsementRecord]: ...
    def sign_endorsement(self, id: str, *, signed: bytes, digest: Digest, when: datetime) -> None:
        """Keep the signed bytes; `AlreadyRecorded` when there are some."""
        ...

    def revoke_endorsement(self, id: str, *, when: datetime, reason: str) -> None:
        """Take an endorsement back; `AlreadyRecorded` when it was."""
        ...

    def revoked_endorsements(self, organisation: str) -> frozenset[int]:
        """The places of the endorsements that a body took back, in its own status list."""
        ...

    # documents for strangers
    def put_document(self, document: PublicDocument) -> None: ...
    def replace_document(self, document: PublicDocument, *, before: PublicDocument | None) -> bool:
        """Put a document in the place of exactly `before`, None for a free place; False when another stands there."""
        ...

    def find_document(self, id: str) -> PublicDocument | None: ...
    def documents_named(self, ids: Collection[str]) -> list[PublicDocument]: ...
    def documents_and_names(self, ids: Collection[str], kind: str) -> tuple[list[PublicDocument], list[str]]:
        """These documents, and the names of all documents of a kind."""
        ...

    def documents(self, kind: str | None = None) -> list[PublicDocument]: ...
    def names_of_documents(self, kind: str) -> list[str]: ...

    # receipts; leaves, batches and transactions stand in `sending_records`
    def put_receipt(self, receipt: StoredReceipt) -> None: ...
    def put_receipts(self, made: Sequence[StoredReceipt]) -> None:
        """Put several, each in the place of the one before of the same name."""
        ...

    def find_receipt(self, credential: str) -> StoredReceipt | None: ...
    def receipts_of(self, digests: Collection[Digest]) -> list[StoredReceipt]:
        """The receipts of what hashes to one of these: credentials, their other forms, and endorsements that stand."""
        ...

    # ledger: the constraint decides the winner of a race, not a SELECT before it
    def open_lot(self, lot: Lot, entry: Entry) -> None:
        """Deposit. Raises `LotAlreadyOpen` when the (issuer, first issue) pair already has one."""
        ...

    def get_lot(self, id: str) -> Lot: ...
    def find_lot(self, id: str) -> Lot | None: ...
    def lots_of(self, learner: str) -> list[Lot]: ...
    def post(self, entry: Entry) -> None:
        """Append an entry and move the lot's amounts with it; `CreditsAlreadyRedeemed` when the lot lacks them.

        The entry's `previous` and `hash` are filled in by the store from the account's chain.
        """
        ...

    def transfer(self, given: Entry, taken: Entry) -> None:
        """Append both entries of a transfer and hand the lot over; `LotReserved` while an award is on its way."""
        ...

    def entries_of(self, account: str) -> list[Entry]:
        """What was written in this account, in the order of its chain."""
        ...

    # evaluations and awards
    def add_evaluation(self, evaluation: EvaluationRecord) -> None: ...
    def get_evaluation(self, id: str) -> EvaluationRecord: ...
    def evaluations_of(self, learner: str) -> list[EvaluationRecord]: ...
    def add_following(self, evaluation: EvaluationRecord) -> EvaluationRecord:
        """Add the run again of an evaluation, unless the standing one was made from the same inputs: then give that.

        Of two runs at once the second finds the first. Raises `UnknownRecord` for a learner nobody knows.
        """
        ...

    def standing_evaluation(self, learner: str, organisation: str, qualification: str) -> EvaluationRecord | None:
        """The newest evaluation of this learner for this body and qualification (in whatever version)."""
        ...

    def standing_evaluations(
        self, *, after: str | None = None, limit: int = 100, organisation: str | None = None
    ) -> list[EvaluationRecord]:
        """The newest evaluation of each learner, body and qualification, in the order of writing; of one body or all.

        At most `limit` of those written after the one named. Raises `UnknownRecord` for one that is not there.
        """
        ...

    def add_joint_evaluation(self, evaluation: JointEvaluationRecord) -> None: ...
    def get_joint_evaluation(self, id: str) -> JointEvaluationRecord: ...
    def add_award(self, award: AwardRecord) -> None: ...
    def update_award(self, award: AwardRecord, *, since: AwardState) -> bool: ...
    def get_award(self, id: str) -> AwardRecord: ...
    def awards_named(self, ids: Collection[str]) -> list[AwardRecord]:
        """Those of these ids that are awards, by id."""
        ...

    def find_award(self, id: str) -> AwardRecord | None: ...
    def find_award_by_request(self, request: str) -> AwardRecord | None: ...
    def awards_of(self, learner: str) -> list[AwardRecord]: ...
    def open_awards(self) -> list[AwardRecord]: ...

    # answers that must be given again
    def find_answer(self, key: str) -> tuple[Digest, bytes] | None: ...
    def put_answer(self, key: str, request: Digest, answer: bytes) -> None: ...


class Store(Protocol):
    """Durable, transactional memory."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Open a unit of work that commits at the end of the block, or rolls back on any exception."""
        ...

    def reading(self) -> AbstractContextManager[Transaction]:
        """One moment of the database, for as long as the block lasts; others go on writing meanwhile."""
        ...

    def scrub(self) -> None:
        """Take what was deleted out of files beside the tables, as far as others that read them now allow."""
        ...

    def glancing(self) -> AbstractContextManager[Transaction]:
        """Looks of which each sees what was committed last; they hold nobody up, and never write."""
        ...

    def ready(self) -> bool:
        """Whether the database answers and its schema is the one this code expects."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """A call to one of the product's contracts: `contract` is `issuers`, `anchors` or `redemptions`."""

    contract: str
    function: str
    arguments: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Mined:
    """A transaction in a block. `succeeded` is False when it reverted; `depth` counts the blocks on top of it.

    `final` is what the chain's rule says of the block: deep enough, or at or below the one that the chain calls `safe`
    or `finalized`.
    """

    transaction: str
    block_number: int
    block_hash: str
    block_time: datetime
    succeeded: bool
    depth: int
    final: bool


Slots: TypeAlias = Callable[[str, int], int]
"""The value of a slot of a contract (its address, the slot's number)."""


class Chain(Protocol):
    """One chain with this product's contracts. Everything raises `ChainUnavailable` when it does not answer."""

    @property
    def chain_id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def test_chain(self) -> bool: ...
    @property
    def contracts(self) -> Mapping[str, str]:
        """Checksummed addresses by name: issuers, anchors, redemptions."""
        ...

    @property
    def finality_depth(self) -> int: ...
    @property
    def keeps_all(self) -> bool:
        """Whether every block that it ever had is here, as the embedded chain's are: a node may lag, or reorganise."""
        ...

    def ready(self) -> bool: ...
    def head(self) -> tuple[int, str, datetime]:
        """Number, hash and time of the newest block."""
        ...

    def block(self, number: int) -> tuple[str, datetime] | None:
        """Hash and time of the block with this number; None while the chain has none."""
        ...

    def knows(self, raw: bytes) -> bool:
        """Whether these signed bytes wait to be mined, or were, as far as is known."""
        ...

    def is_final(self, number: int, block_hash: str) -> bool:
        """Whether the block of this number and hash is final by the chain's rule, checked as `mined` checks it."""
        ...

    def newest_final(self) -> int:
        """The number of the newest block that the chain's rule calls final."""
        ...

    def nonce(self, account: str, *, final: bool = False) -> int:
        """The next nonce of the account, counting what is mined, or with `final` what is mined in final blocks."""
        ...

    def build(self, sender: str, call: Call, *, nonce: int) -> dict[str, object]:
        """An unsigned transaction with gas and fees filled in.

        Raises `ChainRefused` when it would revert, and `FeeAboveCap` when a unit of gas costs more than may be paid.
        """
        ...

    def estimate(self, sender: str, call: Call) -> int:
        """How much gas the call needs; raises `ChainRefused` when it would revert. Nothing is paid or sent."""
        ...

    def survey(self, account: str) -> NodeFacts:
        """What the node says of itself, of the account, of fees, and of the contracts' code."""
        ...

    def dearer(self, raw: bytes) -> dict[str, object]:
        """The unsigned transaction that takes the place of these signed bytes: the same, with each fee an eighth more.

        Raises `FeeAboveCap` when that is more than may be paid.
        """
        ...

    def send(self, raw: bytes) -> None:
        """Broadcast; sending known bytes again is no error."""
        ...

    def mined(self, transaction: str, *, proven: bool = False) -> Mined | None:
        """The transaction's place in the canonical chain, or None.

        With `proven`, what the receipt says and that it is final were checked against block headers.
        """
        ...

    def writers(self, number: int, contract: str) -> tuple[str, ...]:
        """The transactions of a block in which a contract (by name) wrote an event."""
        ...

    def events(self, contract: str, first: int, last: int) -> Sequence[ChainEvent]:
        """Every event of a contract (by name) in these blocks, both ends included, in their order."""
        ...

    def advance(self) -> bool:
        """Ask an embedded chain for one empty block. Whether it made one: a real chain makes its own, in its time."""
        ...

    def read(self, call: Call) -> object:
        """`eth_call`: the decoded answer (a tuple for several values)."""
        ...

    def evidence(self, transaction: str) -> tuple[bytes, tuple[bytes, ...], bytes]:
        """For a mined transaction: the block header (RLP), the receipt's Merkle-Patricia proof nodes, its trie key."""
        ...

    def witness(self, look: Callable[[Slots], object]) -> tuple[bytes, tuple[bytes, ...]]:
        """Let `look` read contracts' storage at a final block; return its header (RLP) and the nodes that prove it.

        `creditbank.anchoring.state.open_state` reads the same out of them.
        """
        ...


class Catalogue(Protocol):
    """Framework, credit-system and qualification documents, validated as a whole."""

    def qualification(self, id: str, version: str | None = None) -> Qualification:
        """A qualification in one version, the newest when none is named; raises a `NotFound` for an unknown one."""
        ...

    def qualifications(self) -> Sequence[Qualification]:
        """Every qualification, in the order of ids and versions."""
        ...

    def frameworks(self, on: date | None = None) -> Mapping[str, Framework]:
        """Every framework by id, each in its newest version; with a day, in the version in force on it."""
        ...

    def credit_systems(self) -> Mapping[str, CreditSystem]:
        """Every credit system by id."""
        ...

    def by_digest(self, digest: Digest) -> AnyDocument | None:
        """The document with this digest, or None."""
        ...

    def all_editions(self) -> Mapping[str, Sequence[Framework]]:
        """Every version of every framework by id, oldest first."""
        ...

    def codes(self) -> CodeLists:
        """Every list of codes at hand."""
        ...

    def template_book(self) -> TemplateBook:
        """Every template of units with its parents."""
        ...

    def coherence_lists(self) -> CoherenceLists:
        """What the machine's part of the coherence checklist knows."""
        ...

    def faults(self, document: AnyDocument) -> Sequence[Fault]:
        """What one more document names that is not in the catalogue, or differs from what it says it adopts."""
        ...
