"""The records that services keep through the store: what was drafted, issued, anchored, weighed and awarded.

They are facts, not behaviour. Signed documents are kept as the exact bytes that were signed.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from creditbank.canonical import Digest, JsonObject, load_object
from creditbank.signing import CredentialToken, TokenProfile
from creditbank.units import Credits


class Role(StrEnum):
    """What an organisation may do in the bank. One body may hold several roles."""

    PROVIDER = "provider"
    UNIVERSITY = "university"
    REGISTRAR = "registrar"


@dataclass(frozen=True, slots=True)
class Organisation:
    """A provider, a university, or the registrar (a quality agency), known by its DID.

    `account` is the chain account that acts for it (checksummed hex address), empty where it has none.
    """

    id: str
    name: str
    did: str
    roles: frozenset[Role]
    frameworks: tuple[str, ...]
    country: str
    sample: bool
    account: str
    created: datetime


class KeyState(StrEnum):
    """The life of an organisation's key. Only a current key signs; a retiring one waits until all it signed is final.

    An announced key is made or proven, and not yet on the chain. A revoked key stays listed, with its moment.
    """

    ANNOUNCED = "announced"
    CURRENT = "current"
    RETIRING = "retiring"
    RETIRED = "retired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class OrganisationKey:
    """A key that signs for an organisation, and since when it was what.

    `label` numbers the organisation's keys and is the signer's label for it when the bank holds it (`held`); a key
    that is not held signs outside the bank. `settled` says that the chain and the DID document say the same.
    """

    organisation: str
    label: str
    multikey: str
    held: bool
    state: KeyState
    settled: bool
    announced: datetime
    current: datetime | None = None
    retiring: datetime | None = None
    retired: datetime | None = None
    revoked: datetime | None = None


@dataclass(frozen=True, slots=True)
class DocumentVersion:
    """A version of a DID document, kept for ever: a credential signed under it is verified with it.

    `digest` is over the canonical JSON, which is also what `content` is; it stands on the chain before the version
    is published.
    """

    id: str
    digest: Digest
    content: bytes
    archived: datetime


class Accepts(StrEnum):
    """How an account takes credentials: at once, or when the learner accepts the offer."""

    AUTOMATIC = "automatic"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Learner:
    """A learner's account with the bank. The DID names the holder in credentials; the name never leaves the bank.

    `person` is who signs in to it: nobody for samples and for accounts that an operator opened.
    """

    id: str
    did: str
    name: str
    sample: bool
    created: datetime
    person: str | None = None
    accepts: Accepts = Accepts.AUTOMATIC


@dataclass(frozen=True, slots=True)
class PublishedAchievement:
    """A frozen version of an achievement: what can be earned. `digest` is over the canonical JSON of `document`.

    `unit` is the unit document it was made from, byte for byte as handed in, and `unit_digest` the digest of what that
    document says (`framework.document_digest`); both are None where an Open Badges achievement was published by itself.
    `supersedes` is the version it takes the place of. A withdrawn version stays readable, and nothing new is issued
    for it.
    """

    id: str
    version: str
    organisation: str
    document: JsonObject
    digest: Digest
    published: datetime
    unit: bytes | None = None
    unit_digest: Digest | None = None
    supersedes: str | None = None
    changelog: str = ""
    withdrawn: datetime | None = None
    withdrawal_reason: str | None = None


@dataclass(frozen=True, slots=True)
class DraftUnit:
    """A unit document that is still being written: the bytes as handed in, well formed but perhaps incomplete."""

    organisation: str
    id: str
    version: str
    content: bytes
    saved: datetime


class IssueState(StrEnum):
    """An intent is written before anything is signed, so that a crash leaves a trace and not a mystery."""

    INTENDED = "intended"
    ISSUED = "issued"


@dataclass(frozen=True, slots=True)
class IssueIntent:
    """The bank is about to sign a credential. `request` is the caller's id: asking twice issues once.

    `besides` is what was asked for beyond the unit: endorsements to show, by what the learner is known beside the key,
    and of a transcript what it holds, with the learner's consent as it was signed.
    """

    request: str
    credential: str
    organisation: str
    learner: str
    achievement: str
    achievement_version: str
    earned: str
    status_index: int
    state: IssueState
    created: datetime
    besides: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class IssuedCredential:
    """A signed credential, byte for byte as signed. `digest` is SHA-256 of its canonical JSON (the anchored claim).

    One that its holder brought may be a token, whose digest is the token's; `organisation` is empty where no body of
    this bank issued it.
    """

    id: str
    organisation: str
    learner: str
    signed: bytes
    digest: Digest
    issued: datetime
    status_list: str
    status_index: int

    @property
    def token(self) -> str:
        """The credential as it was signed, where that is a token and no JSON; else empty."""
        return "" if self.signed[:1] == b"{" else self.signed.decode("ascii")

    @property
    def document(self) -> JsonObject:
        """What the credential says, in whatever form it was signed."""
        return CredentialToken.read(self.token).document if self.token else load_object(self.signed)


@dataclass(frozen=True, slots=True)
class Suspension:
    """One event in the life of a credential: suspended, or given back. Of a credential's events the last counts."""

    credential: str
    number: int
    suspended: bool
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """An issued credential that was signed once more, as a token: same id, same facts, a digest and a leaf of its own.

    `name` is what its leaf and its receipt are kept under: the credential's id and, as fragment, the profile.
    """

    name: str
    credential: str
    organisation: str
    profile: TokenProfile
    token: str
    digest: Digest
    issued: datetime


@dataclass(frozen=True, slots=True)
class EndorsementRecord:
    """A body of the bank speaks for what is called `endorsed`. `signed` is the exact bytes, None until they are made.

    Its place in the status list is one of its issuer's list, which credentials and endorsements share.
    """

    id: str
    request: str
    organisation: str
    endorsed: str
    name: str
    comment: str
    status_index: int
    created: datetime
    signed: bytes | None = None
    digest: Digest | None = None
    issued: datetime | None = None
    revoked: datetime | None = None
    revocation_reason: str | None = None

    @property
    def stands(self) -> bool:
        """Whether it was signed and not taken back."""
        return self.signed is not None and self.revoked is None


class BatchState(StrEnum):
    """Where a batch is on its way to the chain; it moves back when the chain reorganises."""

    SEALED = "sealed"
    SUBMITTED = "submitted"
    CONFIRMED = "confirmed"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One entry of a batch: which document it hides, with the salt that hides it.

    Of what was erased, salt and digest are gone, and the 64 bytes of the entry itself are kept (`entry`).
    """

    credential: str
    issuer: str
    salt: bytes
    digest: Digest
    batch: str | None
    index: int | None
    entry: bytes | None = None


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """A sealed batch and where its root stands on the chain.

    While `quarantined` it is not sent, because what is stored no longer gives its root. `undone` counts how often it
    was final and the chain took that back; `chain_id` is the chain on which it became final.
    """

    id: str
    root: Digest
    size: int
    state: BatchState
    sealed: datetime
    transaction: str | None = None
    block_number: int | None = None
    block_hash: str | None = None
    block_time: datetime | None = None
    chain_id: int | None = None
    quarantined: datetime | None = None
    undone: int = 0


class AttemptState(StrEnum):
    """What became of one signed transaction.

    A block may hold it yet whatever is said here: a replaced one can be mined in the place of the one that replaced it.
    """

    RECORDED = "recorded"
    SENT = "sent"
    MINED = "mined"
    FAILED = "failed"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A signed raw transaction, stored before it is sent so that the same bytes can go out again.

    `purpose` names what it is for (`batch:<id>`, `spend:<award>`, `register:<did>` ...). The block is the one in which
    it was last seen.
    """

    hash: str
    purpose: str
    sender: str
    nonce: int
    raw: bytes
    state: AttemptState
    recorded: datetime
    chain_id: int | None = None
    block_number: int | None = None
    block_hash: str | None = None


@dataclass(frozen=True, slots=True)
class StoredReceipt:
    """The receipt of one anchored document, as handed out."""

    credential: str
    document: JsonObject
    final: bool


@dataclass(frozen=True, slots=True)
class EvaluationRecord:
    """A dated fact: who weighed which credentials against which rules, and what came out (canonical JSON).

    `follows` is the evaluation that was run again, where this one is of such a run. `inputs` is the digest of all
    that the answer could depend on: what has the same inputs has the same answer. Records of older code have none.
    """

    id: str
    learner: str
    organisation: str
    qualification: str
    version: str
    document: JsonObject
    evaluated: datetime
    follows: str | None = None
    inputs: Digest | None = None


@dataclass(frozen=True, slots=True)
class JointEvaluationRecord:
    """A dated fact: which credentials were weighed for several awards together, and what came out (canonical JSON).

    For a yes its `parts` name one ordinary evaluation for each award, on which that award can be built.
    """

    id: str
    learner: str
    organisation: str
    document: JsonObject
    evaluated: datetime


class AwardState(StrEnum):
    """The steps of an award, each a transaction of its own."""

    INTENDED = "intended"
    RESERVED = "reserved"
    SPENT = "spent"
    SIGNED = "signed"
    POSTED = "posted"
    RELEASING = "releasing"
    REFUSED = "refused"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class AwardRecord:
    """An award on its way or done. `request` is the caller's id; `proof` and `signed` are exact bytes, once made."""

    id: str
    request: str
    learner: str
    organisation: str
    qualification: str
    version: str
    evaluation: str
    state: AwardState
    uses: tuple[tuple[str, Credits], ...]
    proof: bytes | None
    signed: bytes | None
    created: datetime


@dataclass(frozen=True, slots=True)
class PublicDocument:
    """A document that strangers need, stored under its own id: a DID document, a status list, a rule document.

    An exception, and the revocation of one, lies here too and is not `open`: it names a learner, and only the papers of
    an award or an evaluation carry it.
    """

    id: str
    kind: str
    media_type: str
    content: bytes
    updated: datetime

    @property
    def open(self) -> bool:
        """Whether anybody who knows its id is given it."""
        return not self.kind.startswith("exception")


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token's hash and what it allows. The token itself is shown once and never kept."""

    hash: Digest
    label: str
    role: str
    subject: str
    expires: datetime | None
