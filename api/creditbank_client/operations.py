"""The operations of the API and the shapes of what they take and give.

Written by `make client` out of the description in OpenAPI; do not edit.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Any, Literal, NotRequired, TypedDict, cast

from creditbank_client.transport import Transport, new_key, step


class AccountConsent(TypedDict):
    """A body of this bank may look into the account, for a purpose, until a moment."""

    organisation: str
    purpose: str
    until: NotRequired[str | None]


class AccountView(TypedDict):
    """A learner's account: by which DID credentials name them, and what it holds in each credit system."""

    id: str
    did: str
    opened: str
    balances: builtins.list[BalanceView]
    lots: str
    entries: str


class AchievementList(TypedDict):
    """Some versions, newest first; `next` continues, and is missing at the end."""

    items: builtins.list[AchievementView]
    next: str | None


class AchievementView(TypedDict):
    """A published version: what it is, since when, and whether anything is still issued for it."""

    id: str
    version: str
    organisation: str
    name: str
    digest: str
    published: str
    supersedes: str | None
    changelog: str
    withdrawn: str | None
    withdrawalReason: str | None
    achievement: str


class ActList(TypedDict):
    """Some acts, newest first; `next` continues, and is missing at the end."""

    items: builtins.list[ActView]
    next: str | None


class ActView(TypedDict):
    """One act: who did what to what, when and why, with the digests from which the chain is computed …"""

    format: str
    chain: str
    number: int
    at: str
    actor: str
    action: str
    object: str
    why: str
    previous: str
    hash: str


class AnchoringList(TypedDict):
    """Where the root of a batch stands, one document (`creditbank/anchoring/v1`) for each; empty before …"""

    items: builtins.list[dict[str, Any]]


Answered = Literal["accepted", "declined", "more-wanted"]


class ApplicationList(TypedDict):
    """Some applications, newest first; `next` continues, and is missing at the end."""

    items: builtins.list[ApplicationView]
    next: NotRequired[str | None]


class ApplicationRequest(TypedDict):
    """For which qualification of which university; `evaluation` is the sum it rests on, where there is …"""

    organisation: str
    qualification: str
    evaluation: NotRequired[str | None]
    presentation: NotRequired[str | None]


class ApplicationView(TypedDict):
    """An application and every step of it."""

    id: str
    learner: str
    organisation: str
    qualification: str
    evaluation: str | None
    state: str
    signed: bool
    sample: bool
    award: str | None
    created: str
    steps: builtins.list[StepView]


class AskedList(TypedDict):
    """Some requests, newest first; `next` continues, and is missing at the end."""

    items: builtins.list[AskedView]
    next: str | None


class AskedView(TypedDict):
    """What somebody asked for in the organisation's name: method and path, or the page whose form they …"""

    at: str
    actor: str
    what: str
    made: str | None


class AwardList(TypedDict):
    """Some awards, newest first; `next` continues, and is missing at the end."""

    items: builtins.list[AwardView]
    next: str | None


class AwardRequest(TypedDict):
    """The evaluation that the award rests on; it must add up, and be the caller's own."""

    evaluation: str


class AwardView(TypedDict):
    """An award and how far it has come: intended, reserved, spent, signed, posted, or refused."""

    id: str
    learner: str
    organisation: str
    qualification: str
    version: str
    evaluation: str
    state: str
    spends: builtins.list[SpendView]
    created: str
    credential: str
    proof: str


class BadgeList(TypedDict):
    """`GetOpenBadgeCredentialsResponse` (B.2.1): signed objects, and beside them those signed as compact …"""

    credential: builtins.list[dict[str, Any]]
    compactJwsString: builtins.list[str]


class BalanceView(TypedDict):
    """Credits of one credit system; those of two systems are never added together."""

    creditSystem: str
    total: str
    available: str
    reserved: str
    redeemed: str
    lapsed: str


class BatchList(TypedDict):
    """Some batches, newest first; `next` continues, and is missing at the end."""

    items: builtins.list[BatchView]
    next: str | None


class BatchView(TypedDict):
    """A batch: sealed, submitted, confirmed or final, on which chain."""

    id: str
    root: str
    size: int
    state: str
    sealed: str
    chain: str
    testChain: bool
    transaction: str | None
    block: int | None
    blockHash: str | None
    blockTime: str | None


class BelongingView(TypedDict):
    """An organisation that the person is a member of."""

    organisation: str
    name: str
    roles: builtins.list[str]
    soleOwner: bool


class Cancellation(TypedDict):
    """Nothing more is said than that the job shall stop."""


class ChainView(TypedDict):
    """How the chain, the sending account and the queue stand."""

    at: str
    chainId: int
    chain: str
    testChain: bool
    client: str
    headNumber: int
    headHash: str
    headTime: str
    finalBlock: int
    contracts: dict[str, Any]
    codeMatches: dict[str, Any]
    account: str
    admitted: bool
    balanceWei: str
    anchorsLeft: int | None
    nonceMined: int
    noncePending: int
    nonceOwn: int
    feeNeededWei: str
    feeMostWei: str
    feeCapWei: str | None
    anchorGas: int | None
    leavesWaiting: int
    oldestUnanchored: str | None
    batches: builtins.list[BatchView]
    inFlight: builtins.list[FlightView]
    feeWaits: int
    needs: builtins.list[NeedView]


class ChallengeView(TypedDict):
    """What a presentation is signed for, once: put both into its proof, or into `nonce` and `aud` of a …"""

    challenge: str
    domain: str
    expires: str


class ClaimRequest(TypedDict):
    """The code that a provider handed over; spaces, hyphens and case do not matter."""

    code: str


class ClientList(TypedDict):
    """The clients that are good, oldest first, without their secrets."""

    items: builtins.list[ClientView]


class ClientRequest(TypedDict):
    """What a client says of itself (RFC 7591, 2); what is not known here is left aside, as the standard …"""

    client_name: str
    redirect_uris: builtins.list[str]
    scope: NotRequired[str]
    token_endpoint_auth_method: NotRequired[str]
    grant_types: NotRequired[builtins.list[str]]
    response_types: NotRequired[builtins.list[str]]


class ClientView(TypedDict):
    """A client of OAuth 2.0."""

    id: str
    hint: str
    label: str
    scopes: builtins.list[str]
    by: str
    created: str
    expires: str
    used: str | None
    token: NotRequired[str | None]
    clientId: str
    secret: NotRequired[str | None]


class ClosedView(TypedDict):
    """The account is closed, and the learner's accounts in it are erased."""

    closed: str
    erased: builtins.list[str]
    kept: builtins.list[str]


class ClosingPreviewView(TypedDict):
    """What closing takes away, what stays, and in sentences why it cannot be done now, if it cannot."""

    name: str
    signIns: int
    sessions: int
    programs: int
    accounts: builtins.list[str]
    credentials: int
    kept: builtins.list[str]
    organisations: builtins.list[BelongingView]
    hindrances: builtins.list[str]


class ClosingRequest(TypedDict):
    """The account's name once more, because nothing brings the account back."""

    confirm: str


class CodeMinor(TypedDict):
    """The reasons (B.3.4)."""

    imsx_codeMinorField: builtins.list[CodeMinorField]


class CodeMinorField(TypedDict):
    """One reason (B.3.5)."""

    imsx_codeMinorFieldName: str
    imsx_codeMinorFieldValue: str


class CodeView(TypedDict):
    """The code that claims an enrolment."""

    enrolment: str
    code: str | None
    expires: str


class ConfirmRequest(TypedDict):
    """A learner to whom the caller issued before."""

    learner: str


class ConfirmView(TypedDict):
    """The DID that the caller confirmed."""

    learner: str
    did: str


class ConfirmationRequest(TypedDict):
    """The digest of the rehearsal that was reviewed."""

    rehearsal: str


class ConsentList(TypedDict):
    """Some consents, newest first; `next` continues, and is missing at the end."""

    items: builtins.list[ConsentRecord]
    next: str | None


class ConsentRecord(TypedDict):
    """What a learner agreed to: `covers` names credentials, nothing where it is the account; `basis` is …"""

    id: str
    basis: str
    covers: builtins.list[str]
    audience: str
    organisation: str | None
    purpose: str
    given: str
    until: str
    withdrawn: str | None


class ConsentRequest(TypedDict):
    """Which credentials the learner presents, to which institution, for which of its requests."""

    organisation: str
    credentials: builtins.list[str]
    challenge: str


class ConsentView(TypedDict):
    """The presentation as the learner's key signed it, character for character: hand it to the …"""

    presentation: str


class Counts(TypedDict):
    """How many rows are in which state."""

    rows: int
    good: int
    faulty: int
    stands: int
    issued: int
    waits: int
    failed: int


class CredentialList(TypedDict):
    """Some credentials, newest first; `next` continues, and is missing at the end."""

    items: builtins.list[CredentialView]
    next: str | None


class CredentialView(TypedDict):
    """An issued credential: what it is called here, and where its bytes are."""

    id: str
    digest: str
    issued: str
    credential: str
    receipt: str


class DecisionRequest(TypedDict):
    """The university's answer, with its reason."""

    decision: Answered
    reason: str


class Delivery(TypedDict):
    """A credential as the provider signed it: its text, character for character."""

    signed: str


class DeliveryList(TypedDict):
    """Some deliveries, newest first; `next` continues, and is missing at the end."""

    items: builtins.list[DeliveryView]
    next: str | None


class DeliveryView(TypedDict):
    """An event on its way: waiting, delivered or given up, after how many attempts; `answer` is the last …"""

    event: str
    kind: str
    at: str
    data: dict[str, Any]
    state: str
    attempts: int
    due: str | None
    ended: str | None
    answer: int | None


class DepositRequest(TypedDict):
    """What is brought, character for character, and receipts of the credentials in it where they have any."""

    signed: str
    receipts: NotRequired[builtins.list[dict[str, Any]]]
    account: NotRequired[dict[str, Any] | None]


class DepositView(TypedDict):
    """What was taken in, and what was not."""

    items: builtins.list[TakenView]


class DidRequest(TypedDict):
    """One of the account's DIDs."""

    did: str


class DifferenceView(TypedDict):
    """What changed from one evaluation to another, as data and in sentences …"""

    evaluation: str
    comparedWith: str
    document: dict[str, Any]


class DraftList(TypedDict):
    """Some drafts, by id and version; `next` continues, and is missing at the end."""

    items: builtins.list[DraftName]
    next: str | None


class DraftName(TypedDict):
    """A draft by its name."""

    id: str
    version: str
    saved: str
    draft: str


class DraftRequest(TypedDict):
    """The unit document (`creditbank/unit/v1`), as YAML or JSON, character for character; it may be …"""

    content: str


class DraftView(TypedDict):
    """A draft as it stands."""

    id: str
    version: str
    saved: str
    content: str
    draft: str


class EarnedRequest(TypedDict):
    """Somebody under this number earned a version of one of the caller's achievements."""

    number: str
    achievement: str
    version: str
    earned: str
    result: NotRequired[str | None]
    scale: NotRequired[str | None]


class EarnedView(TypedDict):
    """What became of it: issued under `credential`, or `waiting` for the claim."""

    state: str
    credential: str | None
    waiting: str | None


class Ending(TypedDict):
    """Nothing more is said than that it ends."""


class EndorsementList(TypedDict):
    """Some endorsements, newest first; `next` continues, and is missing at the end."""

    items: builtins.list[EndorsementView]
    next: str | None


class EndorsementRequest(TypedDict):
    """What the caller speaks for, and what it says."""

    endorsed: str
    comment: str


class EndorsementView(TypedDict):
    """An endorsement: what it is called here, what it speaks for, and where its bytes are."""

    id: str
    endorsed: str
    comment: str
    digest: str
    endorsement: str


class EnrolmentList(TypedDict):
    """Some enrolments, oldest first; `next` continues, and is missing at the end."""

    items: builtins.list[EnrolmentView]
    next: str | None


class EnrolmentRequest(TypedDict):
    """Somebody as the caller knows them."""

    number: str
    name: NotRequired[str]


class EnrolmentView(TypedDict):
    """An enrolment; to its provider it says whether it is claimed, and never by which account."""

    id: str
    organisation: str
    number: str
    name: str
    enrolled: str
    claimed: str | None
    waiting: builtins.list[WaitingView]


class EntryList(TypedDict):
    """Some entries, newest first; `next` continues, and is missing at the end."""

    items: builtins.list[EntryView]
    next: str | None


class EntryView(TypedDict):
    """One entry: an amount left one bucket of a lot and entered another."""

    sequence: int
    kind: str
    lot: str
    amount: str
    debit: str
    credit: str
    award: str | None
    reason: str
    words: NotRequired[str | None]
    at: str
    previous: str
    hash: str


class ErasureRequest(TypedDict):
    """The account's DID once more, to the letter, because nothing brings the account back."""

    confirm: str
    why: NotRequired[str]


class ErasureView(TypedDict):
    """The account is erased."""

    account: str
    erased: str
    kept: builtins.list[str]


class EvaluationList(TypedDict):
    """Some evaluations, newest first; `next` continues, and is missing at the end."""

    items: builtins.list[EvaluationName]
    next: str | None


class EvaluationName(TypedDict):
    """An evaluation without its document."""

    id: str
    learner: str
    organisation: str
    qualification: str
    version: str
    evaluated: str
    follows: str | None
    evaluation: str


class EvaluationRequest(TypedDict):
    """Whose credits, against which rules, weighed by which university."""

    learner: NotRequired[str | None]
    organisation: NotRequired[str | None]
    qualification: str
    version: NotRequired[str | None]
    conversions: NotRequired[builtins.list[dict[str, Any]]]
    recognitions: NotRequired[builtins.list[dict[str, Any]]]
    acceptances: NotRequired[builtins.list[dict[str, Any]]]
    exceptions: NotRequired[builtins.list[dict[str, Any]]]
    credentials: NotRequired[builtins.list[str] | None]
    accreditedBy: NotRequired[str | None]
    suggestions: NotRequired[bool]


class EvaluationView(TypedDict):
    """An evaluation: who weighed what when, and its whole document."""

    id: str
    learner: str
    organisation: str
    qualification: str
    version: str
    evaluated: str
    follows: str | None
    document: dict[str, Any]


class EventView(TypedDict):
    """An event of a contract in a final block: `said` are its fields."""

    contract: str
    event: str
    block: int
    blockHash: str
    place: int
    time: str
    transaction: str
    said: dict[str, Any]


class ExportRequest(TypedDict):
    """Under which passphrase a key leaves the bank, of at least twelve characters."""

    did: str
    passphrase: str


class ExportView(TypedDict):
    """The key as an encrypted JWK (RFC 7517, 7)."""

    did: str
    jwe: str | None


class FaultList(TypedDict):
    """Everything that keeps a draft from being published; empty when nothing does."""

    items: NotRequired[builtins.list[FaultView]]


class FaultRows(TypedDict):
    """How many rows have this fault in this field."""

    field: str
    fault: str
    rows: int


class FaultView(TypedDict):
    """What keeps a draft from being published: the rule, the line, and what helps."""

    rule: str
    place: str
    path: str
    detail: str
    nextStep: str


class Feed(TypedDict):
    """Some entries of an issuer's feed (`creditbank/feed-entry/v1`), each signed; `next` is missing at …"""

    items: builtins.list[dict[str, Any]]
    next: str | None


class FlagDecision(TypedDict):
    """Whether the award is revoked or stands, with the reason."""

    revoke: bool
    reason: str


class FlagList(TypedDict):
    """Some flags, newest first; `next` continues, and is missing at the end."""

    items: builtins.list[FlagView]
    next: NotRequired[str | None]


FlagPolicy = Literal["flag", "review", "revoke-after-review"]


class FlagView(TypedDict):
    """A flag on an award: which credential fell, under which policy, and what was said and decided."""

    id: str
    award: str
    organisation: str
    credential: str
    lot: str
    policy: str
    reason: str
    state: str
    at: str
    statement: str
    stated: str | None
    decision: str
    decided: str | None


class FlightView(TypedDict):
    """A transaction on its way."""

    hash: str
    purpose: str
    sender: str
    nonce: int
    state: str
    recorded: str
    chainId: int | None


class FrameworkList(TypedDict):
    """Some frameworks, by id; `next` continues, and is missing at the end."""

    items: builtins.list[FrameworkView]
    next: str | None


class FrameworkView(TypedDict):
    """A framework in one version, with its levels in ascending order."""

    id: str
    name: str
    owner: str
    country: str
    kind: str
    version: str
    levels: builtins.list[str]
    creditSystem: str | None
    digest: str


class FreeRequest(TypedDict):
    """Why the number is freed from the account; it is kept nowhere, because it may be about the person."""

    why: NotRequired[str]


class GainedView(TypedDict):
    """A member who came in by it, or whose roles are of its making."""

    person: str
    roles: builtins.list[str]
    before: builtins.list[str]
    since: str
    by: str


class GivenFile(TypedDict):
    """One file: its JSON, or its exact text where every byte counts (a stacking proof, for instance)."""

    name: str
    content: dict[str, Any] | str


class HaltRequest(TypedDict):
    """Whom to stop, and why."""

    organisation: NotRequired[str | None]
    why: str


class HaltView(TypedDict):
    """A halt."""

    id: str
    scope: str
    since: str
    by: str
    why: str
    lifted: str | None
    liftedBy: str
    liftedWhy: str


class Halts(TypedDict):
    """Every halt there ever was, oldest first."""

    halts: builtins.list[HaltView]


class Health(TypedDict):
    """The process answers."""

    status: NotRequired[Literal["alive"]]


class HeldView(TypedDict):
    """So much of a lot is not free: for which award elsewhere, and how this bank knows."""

    amount: str
    award: str
    why: str


class History(TypedDict):
    """All that was done to an issuer on the chain, oldest first: admission, keys, suspicion, successor, …"""

    did: str
    issuer: str
    chainId: int
    chain: str
    testChain: bool
    asOf: int
    events: builtins.list[EventView]


class IdentifierList(TypedDict):
    """Every DID of the account, oldest first."""

    items: builtins.list[IdentifierView]


class IdentifierView(TypedDict):
    """A DID of the account."""

    did: str
    since: str
    until: str | None
    origin: str
    held: bool


class InclusionView(TypedDict):
    """A leaf and the hashes that lead from it to the root (RFC 9162), lowest first."""

    document: str
    batch: str
    root: str
    size: int
    index: int
    entry: str
    path: builtins.list[str]


class InvitationList(TypedDict):
    """The invitations that are open, oldest first."""

    items: builtins.list[InvitationView]


class InvitationRequest(TypedDict):
    """The roles that whoever accepts gets, and for how many days the code opens."""

    roles: builtins.list[MemberRole]
    days: NotRequired[int]


class InvitationView(TypedDict):
    """An invitation."""

    id: str
    roles: builtins.list[str]
    by: str
    created: str
    expires: str
    code: NotRequired[str | None]


class IssueRequest(TypedDict):
    """The same, with endorsements (their ids) that it shows, and by what the learner asked to be known."""

    learner: str
    achievement: str
    version: str
    earned: str
    result: NotRequired[str | None]
    scale: NotRequired[str | None]
    endorsements: NotRequired[builtins.list[str]]
    identities: NotRequired[builtins.list[KnownBy]]


class IssuerCheck(TypedDict):
    """The issuer's description was read just now, and a browser can be sent there."""

    issuer: str
    checked: str


class IssuerRequest(TypedDict):
    """The issuer to the letter of its own description, the client that the bank is there, and who is let …"""

    issuer: str
    client: str
    secret: NotRequired[str | None]
    domains: NotRequired[builtins.list[str]]
    claims: NotRequired[dict[str, Any]]


class IssuerView(TypedDict):
    """The issuer as it is set, without the secret; `redirect` is what to enter there as the redirect URI."""

    issuer: str
    client: str
    secretKept: bool
    domains: builtins.list[str]
    claims: dict[str, Any]
    redirect: str
    set: str


class JobList(TypedDict):
    """Some jobs, newest first; `next` continues, and is missing at the end."""

    items: builtins.list[JobView]
    next: str | None


class JobProblem(TypedDict):
    """Why a job failed, as a problem document says it."""

    type: str
    title: str
    detail: NotRequired[str | None]
    nextStep: NotRequired[str | None]


class JobView(TypedDict):
    """Long work: queued, running, done, failed or cancelled, with the time of each step."""

    id: str
    kind: str
    state: str
    created: str
    started: str | None
    ended: str | None
    askedToStop: str | None
    progress: dict[str, Any] | None
    result: dict[str, Any] | None
    problem: JobProblem | None


class KeyList(TypedDict):
    """Every key that the organisation has or had, oldest first."""

    items: builtins.list[KeyView]


class KeyView(TypedDict):
    """A key of the caller's organisation: announced, current, retiring, retired or revoked, and since …"""

    multikey: str
    state: str
    held: bool
    settled: bool
    announced: str
    current: str | None
    retiring: str | None
    retired: str | None
    revoked: str | None


class KnownBy(TypedDict):
    """What the learner asked to be known by: a kind of Open Badges' list, and the value, which is only …"""

    kind: str
    value: str


class LeafList(TypedDict):
    """Some leaves of a batch in their order; `next` continues, and is missing at the end."""

    items: builtins.list[LeafView]
    next: str | None


class LeafView(TypedDict):
    """One leaf of a batch."""

    index: int
    entry: str
    leaf: str


class LiftRequest(TypedDict):
    """Why things may go on."""

    why: str


class LotList(TypedDict):
    """Some lots, newest first; `next` continues, and is missing at the end."""

    items: builtins.list[LotView]
    next: str | None


class LotView(TypedDict):
    """The credits of one credential, in its own credit system: what is free, held, counted, lapsed."""

    id: str
    account: str
    credential: str
    issuer: str
    creditSystem: str
    total: str
    available: str
    reserved: str
    redeemed: str
    lapsed: str
    state: str
    opened: str
    expires: str | None


class MadeView(TypedDict):
    """What stands of all that came of a token or client, oldest first, and every act that is in the trail."""

    keys: builtins.list[TokenView]
    invitations: builtins.list[InvitationView]
    members: builtins.list[GainedView]
    webhooks: builtins.list[WebhookView]
    webhooksSeen: builtins.list[WebhookView]
    acts: builtins.list[ActView]
    requests: builtins.list[AskedView]
    more: bool


class MemberList(TypedDict):
    """Every member, oldest first."""

    items: builtins.list[MemberView]


MemberRole = Literal["owner", "administrator", "issuer", "registrar", "recogniser", "officer", "auditor"]


class MemberView(TypedDict):
    """A member: who, in which roles, since when and by whom."""

    person: str
    name: str
    roles: builtins.list[str]
    since: str
    by: str


class MergeCodeView(TypedDict):
    """The code by which another account takes this one over."""

    code: str | None


class MergeRequest(TypedDict):
    """The code of the account that ends."""

    code: str


class MergerView(TypedDict):
    """The account that ended, and the one that has all of it now."""

    source: str
    target: str
    at: str


class NeedView(TypedDict):
    """Something that needs a hand."""

    name: str
    sentence: str


class Nothing(TypedDict):
    """Nothing more is said than that it shall be done."""


class OAuthError(TypedDict):
    """An error as OAuth 2.0 spells it (RFC 6749, 5.2)."""

    error: str
    error_description: str


class OfferList(TypedDict):
    """Some offers, newest first; `next` continues, and is missing at the end."""

    items: builtins.list[OfferView]
    next: str | None


class OfferView(TypedDict):
    """An offer: the credential, its unit, and what the learner said to it."""

    id: str
    credential: str
    title: str
    credits: str
    creditSystem: str
    earned: str
    state: str
    at: str
    decided: str | None
    why: str


class OrganisationList(TypedDict):
    """Some organisations, by id; `next` continues, and is missing at the end."""

    items: builtins.list[OrganisationView]
    next: str | None


class OrganisationView(TypedDict):
    """An organisation by name and DID: provider, university, registrar, or several of them at once."""

    id: str
    name: str
    did: str
    roles: builtins.list[str]
    frameworks: builtins.list[str]
    country: str
    since: str
    sample: bool


class PaceShape(TypedDict):
    """How fast the learner goes on: terms, or how many of the rules' own calendar, and the most that each …"""

    terms: NotRequired[builtins.list[TermShape]]
    count: NotRequired[int | None]
    creditsAtMost: NotRequired[str | None]
    unitsAtMost: NotRequired[int | None]


class PlanRequest(TypedDict):
    """An evaluation request, with what is planned and at which pace the learner goes on."""

    learner: NotRequired[str | None]
    organisation: NotRequired[str | None]
    qualification: str
    version: NotRequired[str | None]
    conversions: NotRequired[builtins.list[dict[str, Any]]]
    recognitions: NotRequired[builtins.list[dict[str, Any]]]
    acceptances: NotRequired[builtins.list[dict[str, Any]]]
    exceptions: NotRequired[builtins.list[dict[str, Any]]]
    credentials: NotRequired[builtins.list[str] | None]
    accreditedBy: NotRequired[str | None]
    suggestions: NotRequired[bool]
    planned: NotRequired[builtins.list[PlannedUnit]]
    pace: NotRequired[PaceShape | None]
    alternatives: NotRequired[bool]


class PlanView(TypedDict):
    """What came out: the evaluation's document, with `whatIf` where anything planned was counted."""

    learner: str
    organisation: str
    qualification: str
    date: str
    document: dict[str, Any]


class PlannedUnit(TypedDict):
    """An achievement that is still to be earned, and the day on which it is expected; today where none is …"""

    achievement: str
    expected: NotRequired[str | None]
    inProgress: NotRequired[bool]


class PolicyShape(TypedDict):
    """What becomes of an award of this university when a credential it counts is revoked."""

    policy: FlagPolicy


class Preference(TypedDict):
    """How an account takes credentials: `automatic`, or `ask` for offers."""

    accepts: str


class PrepareRequest(TypedDict):
    """A learner earned a version of one of the caller's achievements."""

    learner: str
    achievement: str
    version: str
    earned: str
    result: NotRequired[str | None]
    scale: NotRequired[str | None]


class PreparedView(TypedDict):
    """A credential that waits for the provider's own signature; what is to be signed is `unsigned`, …"""

    id: str
    unsigned: dict[str, Any]


class PresentationRequest(TypedDict):
    """Which credentials are shown, to whom (`domain`), and the text by which the reader knows this one …"""

    credentials: builtins.list[str]
    challenge: str
    domain: str


class PresentationView(TypedDict):
    """The presentation as the learner's key signed it, character for character: hand it to the reader."""

    presentation: str


class ProblemDocument(TypedDict):
    """An error as RFC 9457 spells it, with the place and the next step where there are any."""

    type: str
    title: str
    status: int
    detail: NotRequired[str | None]
    instance: str
    place: NotRequired[str | None]
    nextStep: NotRequired[str | None]
    errors: NotRequired[builtins.list[ProblemFault] | None]


class ProblemFault(TypedDict):
    """One fault of a request."""

    pointer: NotRequired[str | None]
    parameter: NotRequired[str | None]
    detail: str


class PublicationRequest(TypedDict):
    """A coherence review of exactly this text, where the unit's template asks for one."""

    review: NotRequired[str | None]


class QualificationList(TypedDict):
    """Some qualifications, each version by itself; `next` continues, and is missing at the end."""

    items: builtins.list[QualificationView]
    next: str | None


class QualificationView(TypedDict):
    """A qualification in one version: what it is, and which rules by digest."""

    id: str
    version: str
    title: str
    framework: str
    level: str | None
    creditSystem: str
    summary: str
    validFrom: str
    validUntil: str | None
    digest: str


class Readiness(TypedDict):
    """Whether each part the bank depends on answers."""

    ready: bool
    database: bool
    chain: bool
    clocks: bool
    halted: bool
    chainName: str
    testChain: bool


class ReasonShape(TypedDict):
    """Why, or what is to be added; the other side reads it."""

    reason: str


class RebindRequest(TypedDict):
    """The signatures over the statement."""

    did: str
    challenge: str
    signature: str
    signatureBefore: NotRequired[str | None]


class RedeemedView(TypedDict):
    """So much of one lot, and the transaction that says so on the chain; none before there is one."""

    lot: str
    amount: str
    transaction: str | None


class RedemptionList(TypedDict):
    """Some redemptions, newest first; `next` continues, and is missing at the end."""

    items: builtins.list[RedemptionView]
    next: NotRequired[str | None]


class RedemptionRequest(TypedDict):
    """So much of a lot, or of several lots of one learner, for an award that the caller makes."""

    award: str
    lot: NotRequired[str | None]
    amount: NotRequired[str | None]
    uses: NotRequired[builtins.list[UseShape] | None]


class RedemptionView(TypedDict):
    """A redemption and how far it has come, with the transactions that say so on the chain."""

    id: str
    award: str
    state: str
    uses: builtins.list[RedeemedView]
    lot: str
    amount: str
    transaction: str
    chain: str
    testChain: bool


class Refusal(TypedDict):
    """Why a learner says no; the provider is told."""

    why: NotRequired[str]


class RerunRequest(TypedDict):
    """Ask the same of today's facts, by the newest rules in force or by those of the old answer."""

    sameVersion: NotRequired[bool]


class RerunView(TypedDict):
    """The evaluation that answers now."""

    evaluation: EvaluationView
    difference: DifferenceView
    stored: bool


class ReservationRequest(TypedDict):
    """So much of a lot, for which award of the caller's, and until when (a date and time with its zone)."""

    lot: str
    amount: str
    award: str
    until: str


class ReservationView(TypedDict):
    """A reservation: held, taken by its redemption, released, or lapsed."""

    id: str
    lot: str
    amount: str
    award: str
    until: str
    state: str


class ReversalRequest(TypedDict):
    """Why an award is taken back."""

    reason: str


class ReversalView(TypedDict):
    """An award that is no more."""

    award: str
    reason: str
    state: str
    at: str


class ReviewView(TypedDict):
    """The upload with what a person reads before confirming it."""

    id: str
    form: str
    state: str
    received: str
    size: int
    digest: str | None
    rehearsal: str | None
    counts: Counts
    why: str
    place: str
    confirmed: str | None
    ended: str | None
    units: builtins.list[UnitRows]
    faults: builtins.list[FaultRows]
    faulty: builtins.list[RowView]
    sample: builtins.list[RowView]


class RolesRequest(TypedDict):
    """The roles that a member has from now on, and no others."""

    roles: builtins.list[MemberRole]


class RotationRequest(TypedDict):
    """The key that is to be replaced: the one that signs now, so that an old request replaces no newer …"""

    replaces: str


class RowList(TypedDict):
    """Some rows in their order; `next` continues, and is missing at the end."""

    items: builtins.list[RowView]
    next: str | None


RowState = Literal["good", "faulty", "stands", "issued", "waits", "failed"]


class RowView(TypedDict):
    """A row: what it asks for, what became of it, and what is wrong with it in which field."""

    number: int
    place: str
    state: str
    cells: dict[str, Any]
    field: str
    fault: str
    why: str
    credential: str | None


Scope = Literal[
    "achievements:write",
    "credentials:read",
    "credentials:issue",
    "credentials:revoke",
    "transcripts:issue",
    "endorsements:write",
    "enrolments:write",
    "evaluations:read",
    "evaluations:write",
    "awards:read",
    "awards:write",
    "redemptions:write",
    "decisions:write",
    "registers:write",
    "account:read",
    "account:write",
    "account:keys",
    "account:leave",
    "shares:write",
    "notices:read",
    "webhooks:manage",
    "keys:manage",
    "members:read",
    "members:manage",
    "tokens:manage",
    "audit:read",
    "jobs:manage",
    "bank:manage",
    "https://purl.imsglobal.org/spec/ob/v3p0/scope/credential.readonly",
    "https://purl.imsglobal.org/spec/ob/v3p0/scope/credential.upsert",
    "https://purl.imsglobal.org/spec/ob/v3p0/scope/profile.readonly",
    "https://purl.imsglobal.org/spec/ob/v3p0/scope/profile.update",
]


class ShareList(TypedDict):
    """Some shares, newest first; `next` continues, and is missing at the end."""

    items: builtins.list[ShareShape]
    next: str | None


class ShareRequest(TypedDict):
    """Which credentials, for whom (in words, or a body of this bank), why, until when; and a PIN, if …"""

    credentials: builtins.list[str]
    audience: NotRequired[str]
    organisation: NotRequired[str | None]
    purpose: str
    until: NotRequired[str | None]
    pin: NotRequired[str]


class ShareShape(TypedDict):
    """A share."""

    id: str
    state: str
    credentials: builtins.list[str]
    audience: str
    organisation: str | None
    purpose: str
    created: str
    expires: str
    withdrawn: str | None
    pin: bool
    link: NotRequired[str | None]


class ShareWithViews(TypedDict):
    """The same with who looked, newest first."""

    id: str
    state: str
    credentials: builtins.list[str]
    audience: str
    organisation: str | None
    purpose: str
    created: str
    expires: str
    withdrawn: str | None
    pin: bool
    link: NotRequired[str | None]
    views: builtins.list[ViewedView]


class ShownView(TypedDict):
    """What a share shows: who shares, why, until when, and a report on each credential as it is now."""

    sharedBy: str
    audience: str
    purpose: str
    expires: str
    reports: builtins.list[dict[str, Any]]
    lacking: int


class SpendView(TypedDict):
    """So much of one lot, in the lot's own credit system."""

    lot: str
    amount: str


class StateRequest(TypedDict):
    """Let a webhook wait, or go on."""

    state: Literal["active", "paused"]


class Statement(TypedDict):
    """What the learner says to it, once."""

    statement: str


class StatementRequest(TypedDict):
    """The did:key of a wallet that the account is to go by."""

    did: str


class StatementView(TypedDict):
    """What the wallet signs: the UTF-8 bytes of `statement`, with the new key and, if it has it, the one …"""

    challenge: str
    statement: str
    expires: str


class StatusInfo(TypedDict):
    """How the standard says that something failed (B.3.1)."""

    imsx_codeMajor: str
    imsx_severity: str
    imsx_description: str
    imsx_codeMinor: CodeMinor


class StatusRequest(TypedDict):
    """Why the issuer changes the status of a credential."""

    reason: str


class StatusRootList(TypedDict):
    """Some roots over status lists, newest first; `next` continues, and is missing at the end."""

    items: builtins.list[StatusRootView]
    next: str | None


class StatusRootView(TypedDict):
    """A root over the newest status lists; `lists` is the address of the leaves under it, where they were …"""

    sequence: int
    root: str
    block: int
    blockHash: str
    time: str
    transaction: str
    lists: str | None


class StatusView(TypedDict):
    """What the issuer said of a credential, and why."""

    credential: str
    status: str
    reason: str


class StepView(TypedDict):
    """One step: which state it led to, who took it, why."""

    state: str
    by: str
    reason: str
    at: str


class TakenView(TypedDict):
    """What became of one unit that was brought: the lot of its credit, or the problem (its slug) and a …"""

    credential: str
    title: str
    lot: str | None
    problem: str | None
    detail: str | None
    held: builtins.list[HeldView]


class TemplateList(TypedDict):
    """Some templates, each version by itself; `next` continues, and is missing at the end."""

    items: builtins.list[TemplateView]
    next: str | None


class TemplateView(TypedDict):
    """A template in one version: what units of one kind have in common."""

    id: str
    version: str
    title: str
    scope: str
    owner: str
    summary: str
    extends: str | None
    digest: str


class TermShape(TypedDict):
    """A term by its days, with the name by which offers may call it."""

    first: str
    last: str
    name: NotRequired[str]


class TokenList(TypedDict):
    """The tokens that are good, oldest first, without their secrets."""

    items: builtins.list[TokenView]


class TokenRequest(TypedDict):
    """What the token is for, what it may do, and for how many days it is good."""

    label: str
    scopes: builtins.list[Scope]
    days: NotRequired[int]


class TokenView(TypedDict):
    """A token."""

    id: str
    hint: str
    label: str
    scopes: builtins.list[str]
    by: str
    created: str
    expires: str
    used: str | None
    token: NotRequired[str | None]


class TranscriptRequest(TypedDict):
    """A learner's transcript: of chosen credentials, else of all the caller's own that stand and all …"""

    learner: str
    credentials: NotRequired[builtins.list[str]]
    consent: NotRequired[str | None]


class UnitRows(TypedDict):
    """How many rows state this version of an achievement, by their state."""

    achievement: str
    version: str
    rows: dict[str, Any]


class UploadList(TypedDict):
    """Some uploads, newest first; `next` continues, and is missing at the end."""

    items: builtins.list[UploadView]
    next: str | None


class UploadView(TypedDict):
    """A table that was sent: received, rehearsed, refused, confirmed, done."""

    id: str
    form: str
    state: str
    received: str
    size: int
    digest: str | None
    rehearsal: str | None
    counts: Counts
    why: str
    place: str
    confirmed: str | None
    ended: str | None


class UseShape(TypedDict):
    """So much of one lot."""

    lot: str
    amount: str


class VerificationRequest(TypedDict):
    """Files that belong together: credentials, presentations, an award with its proof, receipts."""

    files: builtins.list[GivenFile]
    policy: NotRequired[Literal["live", "archival", "live+register", "archival+register"]]


class VerificationView(TypedDict):
    """A report for each signed document, and what each file was taken for."""

    recognised: dict[str, Any]
    reports: builtins.list[dict[str, Any]]


class Version(TypedDict):
    """A version that a DID document had or has; `digest` is registered on the chain."""

    digest: str
    archived: str


class ViewedView(TypedDict):
    """Somebody looked, in this minute; `organisation` is the body they were signed in for, if any."""

    at: str
    organisation: str | None


class WaitingView(TypedDict):
    """A credential that waits for a claim, or what became of it."""

    request: str
    achievement: str
    version: str
    state: str
    credential: str | None
    why: str


class WebhookList(TypedDict):
    """Some webhooks, by id; `next` continues, and is missing at the end."""

    items: builtins.list[WebhookView]
    next: str | None


class WebhookRequest(TypedDict):
    """An https address of the public internet, and the kinds of events that it is told of: all where none …"""

    url: str
    kinds: NotRequired[builtins.list[str]]


class WebhookView(TypedDict):
    """A webhook."""

    id: str
    url: str
    kinds: builtins.list[str]
    state: str
    created: str
    secret: NotRequired[str | None]


class Withdrawal(TypedDict):
    """Why nothing more is issued for a version."""

    reason: str


class AccountsGroup:
    """Operations on accounts."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def account(self, id: str) -> AccountView:
        """A learner's account and its balances."""
        return cast("AccountView", self._bank.json("GET", f"/v1/accounts/{step(id)}"))

    def entries(self, id: str, *, lot: str | None = None, limit: int | None = None) -> Iterator[EntryView]:
        """The entries of an account, or of one of its lots."""
        return cast(
            "Iterator[EntryView]",
            self._bank.items(f"/v1/accounts/{step(id)}/entries", query={"lot": lot, "limit": limit}),
        )

    def lot(self, id: str) -> LotView:
        """One lot, for the learner who holds it."""
        return cast("LotView", self._bank.json("GET", f"/v1/lots/{step(id)}"))

    def lots(self, id: str, *, limit: int | None = None) -> Iterator[LotView]:
        """The lots of an account."""
        return cast("Iterator[LotView]", self._bank.items(f"/v1/accounts/{step(id)}/lots", query={"limit": limit}))


class AchievementsGroup:
    """Operations on achievements."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def document(self, id: str, version: str) -> None:
        """The achievement as credentials for it carry it; it never changes."""
        self._bank.json("GET", f"/v1/achievements/{step(id)}/versions/{step(version)}/document")

    def list(self, *, organisation: str | None = None, limit: int | None = None) -> Iterator[AchievementView]:
        """What can be earned, each version by itself."""
        return cast(
            "Iterator[AchievementView]",
            self._bank.items("/v1/achievements", query={"organisation": organisation, "limit": limit}),
        )

    def read(self, id: str, version: str) -> AchievementView:
        """One version of an achievement."""
        return cast("AchievementView", self._bank.json("GET", f"/v1/achievements/{step(id)}/versions/{step(version)}"))

    def unit(self, id: str, version: str) -> bytes:
        """The unit document that it was published from, character for character; it never changes."""
        return self._bank.bytes("GET", f"/v1/achievements/{step(id)}/versions/{step(version)}/unit")

    def withdraw(self, id: str, version: str, body: Withdrawal, *, key: str | None = None) -> AchievementView:
        """Issue nothing new for a version; what was issued for it stays what it is."""
        return cast(
            "AchievementView",
            self._bank.json(
                "POST",
                f"/v1/achievements/{step(id)}/versions/{step(version)}/withdrawal",
                body=body,
                key=key or new_key(),
            ),
        )


class ApplicationsGroup:
    """Operations on applications."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def add(self, id: str, body: ReasonShape, *, key: str | None = None) -> ApplicationView:
        """Answer a university that wants more; the application is submitted again."""
        return cast(
            "ApplicationView",
            self._bank.json("POST", f"/v1/applications/{step(id)}/addition", body=body, key=key or new_key()),
        )

    def apply(self, body: ApplicationRequest, *, key: str | None = None) -> ApplicationView:
        """Apply for an award; the application is signed with the learner's key and is their consent to it."""
        return cast("ApplicationView", self._bank.json("POST", "/v1/applications", body=body, key=key or new_key()))

    def decide(self, id: str, body: DecisionRequest, *, key: str | None = None) -> ApplicationView:
        """Accept, decline, or ask for more, with the reason."""
        return cast(
            "ApplicationView",
            self._bank.json("POST", f"/v1/applications/{step(id)}/decision", body=body, key=key or new_key()),
        )

    def list(self, *, limit: int | None = None) -> Iterator[ApplicationView]:
        """The caller's own applications, or those to the caller's university, newest first."""
        return cast("Iterator[ApplicationView]", self._bank.items("/v1/applications", query={"limit": limit}))

    def read(self, id: str) -> ApplicationView:
        """An application, for its learner and its university."""
        return cast("ApplicationView", self._bank.json("GET", f"/v1/applications/{step(id)}"))

    def withdraw(self, id: str, body: ReasonShape, *, key: str | None = None) -> ApplicationView:
        """Take an application back while it is open."""
        return cast(
            "ApplicationView",
            self._bank.json("POST", f"/v1/applications/{step(id)}/withdrawal", body=body, key=key or new_key()),
        )


class AuditGroup:
    """Operations on audit."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def list(self, *, limit: int | None = None) -> Iterator[ActView]:
        """The audit trail of the caller's organisation."""
        return cast("Iterator[ActView]", self._bank.items("/v1/audit", query={"limit": limit}))

    def requests(self, *, actor: str | None = None, limit: int | None = None) -> Iterator[AskedView]:
        """Who asked for what in the caller's organisation: everything issued, redeemed, awarded, revoked, and …"""
        return cast(
            "Iterator[AskedView]", self._bank.items("/v1/audit/requests", query={"actor": actor, "limit": limit})
        )


class AwardsGroup:
    """Operations on awards."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def award(self, body: AwardRequest, *, key: str | None = None) -> AwardView:
        """Redeem the credits, sign the award and its proof; a second attempt returns the first answer."""
        return cast("AwardView", self._bank.json("POST", "/v1/awards", body=body, key=key or new_key()))

    def kit(self, id: str) -> bytes:
        """The verification kit of a signed award: all that checks it and its sum offline."""
        return self._bank.bytes("GET", f"/v1/awards/{step(id)}/kit")

    def list(self, *, limit: int | None = None) -> Iterator[AwardView]:
        """What the caller's organisation awarded, or the learner has."""
        return cast("Iterator[AwardView]", self._bank.items("/v1/awards", query={"limit": limit}))

    def proof_bytes(self, id: str) -> bytes:
        """The stacking proof, byte for byte as the award binds it by digest; nothing before the award is …"""
        return self._bank.bytes("GET", f"/v1/awards/{step(id)}/proof")

    def read(self, id: str) -> AwardView:
        """An award, for the university that made it and the learner who has it."""
        return cast("AwardView", self._bank.json("GET", f"/v1/awards/{step(id)}"))

    def receipt(self, id: str) -> bytes:
        """The receipt of the award's anchor, once it is final."""
        return self._bank.bytes("GET", f"/v1/awards/{step(id)}/receipt")

    def signed_bytes(self, id: str) -> bytes:
        """The award's credential, byte for byte as signed."""
        return self._bank.bytes("GET", f"/v1/awards/{step(id)}/credential")


class BatchesGroup:
    """Operations on batches."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def list(
        self, *, root: str | None = None, transaction: str | None = None, limit: int | None = None
    ) -> Iterator[BatchView]:
        """The batches of this bank, newest first."""
        return cast(
            "Iterator[BatchView]",
            self._bank.items("/v1/batches", query={"root": root, "transaction": transaction, "limit": limit}),
        )

    def read(self, id: str) -> BatchView:
        """A batch: which root, and how far it is on its way to the chain."""
        return cast("BatchView", self._bank.json("GET", f"/v1/batches/{step(id)}"))


class BulkGroup:
    """Operations on bulk."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def confirm(self, id: str, body: ConfirmationRequest, *, key: str | None = None) -> UploadView:
        """Confirm what the rehearsal found: its good rows are issued, each once."""
        return cast(
            "UploadView", self._bank.json("POST", f"/v1/bulk/{step(id)}/confirmation", body=body, key=key or new_key())
        )

    def failures(self, id: str) -> bytes:
        """The rows that failed, as they were sent, with field and reason: mend them, and send this very table …"""
        return self._bank.bytes("GET", f"/v1/bulk/{step(id)}/failures")

    def list(self, *, limit: int | None = None) -> Iterator[UploadView]:
        """The tables that this provider sent, newest first."""
        return cast("Iterator[UploadView]", self._bank.items("/v1/bulk", query={"limit": limit}))

    def review(self, id: str) -> ReviewView:
        """What the rehearsal found, and how far the act is."""
        return cast("ReviewView", self._bank.json("GET", f"/v1/bulk/{step(id)}"))

    def rows(self, id: str, *, state: RowState | None = None, limit: int | None = None) -> Iterator[RowView]:
        """The rows of a table in their order."""
        return cast(
            "Iterator[RowView]", self._bank.items(f"/v1/bulk/{step(id)}/rows", query={"state": state, "limit": limit})
        )

    def upload(self, body: builtins.list[dict[str, Any]], *, key: str | None = None) -> UploadView:
        """Send a table, to be rehearsed: every row is looked at, and nothing is issued."""
        return cast("UploadView", self._bank.json("POST", "/v1/bulk", body=body, key=key or new_key()))


class CatalogueGroup:
    """Operations on catalogue."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def framework(self, id: str, version: str) -> bytes:
        """A framework in one version, whole; it never changes."""
        return self._bank.bytes("GET", f"/v1/frameworks/{step(id)}/versions/{step(version)}")

    def frameworks(self, *, limit: int | None = None) -> Iterator[FrameworkView]:
        """The frameworks of the catalogue, each in its newest version."""
        return cast("Iterator[FrameworkView]", self._bank.items("/v1/frameworks", query={"limit": limit}))

    def qualification(self, id: str, version: str) -> bytes:
        """A qualification in one version with all its rules; it never changes."""
        return self._bank.bytes("GET", f"/v1/qualifications/{step(id)}/versions/{step(version)}")

    def qualifications(self, *, limit: int | None = None) -> Iterator[QualificationView]:
        """The qualifications of the catalogue."""
        return cast("Iterator[QualificationView]", self._bank.items("/v1/qualifications", query={"limit": limit}))

    def template(self, id: str, version: str) -> bytes:
        """A template in one version, whole; it never changes."""
        return self._bank.bytes("GET", f"/v1/templates/{step(id)}/versions/{step(version)}")

    def templates(self, *, limit: int | None = None) -> Iterator[TemplateView]:
        """The templates of units."""
        return cast("Iterator[TemplateView]", self._bank.items("/v1/templates", query={"limit": limit}))


class ChainGroup:
    """Operations on chain."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def chain(self) -> ChainView:
        """How the chain, the sending account and the queue stand, and what needs a hand."""
        return cast("ChainView", self._bank.json("GET", "/v1/chain"))


class CredentialsGroup:
    """Operations on credentials."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def deliver(self, body: Delivery, *, key: str | None = None) -> CredentialView:
        """Take in a credential that the provider signed with its own key, once."""
        return cast(
            "CredentialView", self._bank.json("POST", "/v1/credentials/delivered", body=body, key=key or new_key())
        )

    def issue(self, body: IssueRequest, *, key: str | None = None) -> CredentialView:
        """Issue one credential, once."""
        return cast("CredentialView", self._bank.json("POST", "/v1/credentials", body=body, key=key or new_key()))

    def kit(self, id: str) -> bytes:
        """The verification kit: the credential with everything that it takes to check it offline."""
        return self._bank.bytes("GET", f"/v1/credentials/{step(id)}/kit")

    def list(self, *, limit: int | None = None) -> Iterator[CredentialView]:
        """What the caller's organisation issued, or the learner holds."""
        return cast("Iterator[CredentialView]", self._bank.items("/v1/credentials", query={"limit": limit}))

    def prepare(self, body: PrepareRequest, *, key: str | None = None) -> PreparedView:
        """Prepare a credential that the provider signs with its own key."""
        return cast(
            "PreparedView", self._bank.json("POST", "/v1/credentials/prepared", body=body, key=key or new_key())
        )

    def receipt(self, id: str) -> bytes:
        """The receipt of the credential's anchor, once it is final."""
        return self._bank.bytes("GET", f"/v1/credentials/{step(id)}/receipt")

    def reinstate(self, id: str, body: StatusRequest, *, key: str | None = None) -> StatusView:
        """End a suspension: the credits can be used again."""
        return cast(
            "StatusView",
            self._bank.json("POST", f"/v1/credentials/{step(id)}/reinstatement", body=body, key=key or new_key()),
        )

    def revoke(self, id: str, body: StatusRequest, *, key: str | None = None) -> StatusView:
        """Revoke a credential for good: its status list says so at once, and its credits can no longer be …"""
        return cast(
            "StatusView",
            self._bank.json("POST", f"/v1/credentials/{step(id)}/revocation", body=body, key=key or new_key()),
        )

    def signed_bytes(self, id: str) -> bytes:
        """The credential, byte for byte as signed; for its issuer and its learner."""
        return self._bank.bytes("GET", f"/v1/credentials/{step(id)}")

    def suspend(self, id: str, body: StatusRequest, *, key: str | None = None) -> StatusView:
        """Suspend a credential: its issuer's list of suspensions says so, and its credits cannot be reserved."""
        return cast(
            "StatusView",
            self._bank.json("POST", f"/v1/credentials/{step(id)}/suspension", body=body, key=key or new_key()),
        )


class DepositsGroup:
    """Operations on deposits."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def challenge(self, *, key: str | None = None) -> ChallengeView:
        """A text that a presentation is signed for, good once and for a quarter of an hour."""
        return cast("ChallengeView", self._bank.json("POST", "/v1/deposits/challenges", key=key or new_key()))

    def deposit(self, body: DepositRequest, *, key: str | None = None) -> DepositView:
        """Take the units of a presentation into the account, each once for ever; where none can be, say why."""
        return cast("DepositView", self._bank.json("POST", "/v1/deposits", body=body, key=key or new_key()))


class DraftsGroup:
    """Operations on drafts."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def drop(self, id: str, version: str, *, if_match: str | None = None) -> None:
        """Take a draft away, as it was read."""
        self._bank.json("DELETE", f"/v1/drafts/{step(id)}/versions/{step(version)}", headers={"if-match": if_match})

    def faults(self, id: str, version: str) -> FaultList:
        """What keeps a draft from being published."""
        return cast("FaultList", self._bank.json("GET", f"/v1/drafts/{step(id)}/versions/{step(version)}/faults"))

    def list(self, *, limit: int | None = None) -> Iterator[DraftName]:
        """What the caller's organisation is writing."""
        return cast("Iterator[DraftName]", self._bank.items("/v1/drafts", query={"limit": limit}))

    def publish(
        self, id: str, version: str, body: PublicationRequest, *, if_match: str | None = None, key: str | None = None
    ) -> AchievementView:
        """Publish a draft as it was read: a frozen version, which never changes."""
        return cast(
            "AchievementView",
            self._bank.json(
                "POST",
                f"/v1/drafts/{step(id)}/versions/{step(version)}/publication",
                body=body,
                headers={"if-match": if_match},
                key=key or new_key(),
            ),
        )

    def read(self, id: str, version: str) -> DraftView:
        """A draft of the caller's organisation, with its ETag."""
        return cast("DraftView", self._bank.json("GET", f"/v1/drafts/{step(id)}/versions/{step(version)}"))

    def write(
        self,
        id: str,
        version: str,
        body: DraftRequest,
        *,
        if_match: str | None = None,
        if_none_match: str | None = None,
    ) -> DraftView:
        """Keep a draft: a first one with `If-None-Match: *`, a change with `If-Match` and the ETag of what …"""
        return cast(
            "DraftView",
            self._bank.json(
                "PUT",
                f"/v1/drafts/{step(id)}/versions/{step(version)}",
                body=body,
                headers={"if-match": if_match, "if-none-match": if_none_match},
            ),
        )


class EndorsementsGroup:
    """Operations on endorsements."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def issue(self, body: EndorsementRequest, *, key: str | None = None) -> EndorsementView:
        """Endorse a body, an achievement or a credential, once."""
        return cast("EndorsementView", self._bank.json("POST", "/v1/endorsements", body=body, key=key or new_key()))

    def list(self, *, limit: int | None = None) -> Iterator[EndorsementView]:
        """What the caller's organisation endorsed."""
        return cast("Iterator[EndorsementView]", self._bank.items("/v1/endorsements", query={"limit": limit}))

    def revoke(self, id: str, body: StatusRequest, *, key: str | None = None) -> StatusView:
        """Take an endorsement back: its issuer's status list says so at once."""
        return cast(
            "StatusView",
            self._bank.json("POST", f"/v1/endorsements/{step(id)}/revocation", body=body, key=key or new_key()),
        )

    def signed_bytes(self, id: str) -> bytes:
        """The endorsement, byte for byte as signed; for who made it, and for whom it speaks."""
        return self._bank.bytes("GET", f"/v1/endorsements/{step(id)}")


class EnrolmentsGroup:
    """Operations on enrolments."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def claim(self, body: ClaimRequest, *, key: str | None = None) -> EnrolmentView:
        """Bind the provider's number to the account of who asks; what waited for that is issued."""
        return cast("EnrolmentView", self._bank.json("POST", "/v1/enrolments/claims", body=body, key=key or new_key()))

    def code(self, id: str, *, key: str | None = None) -> CodeView:
        """Make a new code that claims the enrolment; the one before is void."""
        return cast("CodeView", self._bank.json("POST", f"/v1/enrolments/{step(id)}/code", key=key or new_key()))

    def enrol(self, body: EnrolmentRequest, *, key: str | None = None) -> EnrolmentView:
        """Enrol somebody under a number of the caller's own, once."""
        return cast("EnrolmentView", self._bank.json("POST", "/v1/enrolments", body=body, key=key or new_key()))

    def enrolment(self, id: str) -> EnrolmentView:
        """One enrolment, and what waits for its claim; for its provider and its learner."""
        return cast("EnrolmentView", self._bank.json("GET", f"/v1/enrolments/{step(id)}"))

    def free(self, id: str, body: FreeRequest, *, key: str | None = None) -> EnrolmentView:
        """Free a number from the account that claimed it; what was issued stays where it is."""
        return cast(
            "EnrolmentView",
            self._bank.json("POST", f"/v1/enrolments/{step(id)}/release", body=body, key=key or new_key()),
        )

    def issue(self, body: EarnedRequest, *, key: str | None = None) -> EarnedView:
        """Issue a credential to whom the caller knows by a number, at once or when they claim it (then 202)."""
        return cast(
            "EarnedView", self._bank.json("POST", "/v1/enrolments/credentials", body=body, key=key or new_key())
        )

    def leave(self, id: str, body: FreeRequest, *, key: str | None = None) -> EnrolmentView:
        """The learner unbinds a provider's number from the account; what was issued stays."""
        return cast(
            "EnrolmentView",
            self._bank.json("POST", f"/v1/enrolments/{step(id)}/departure", body=body, key=key or new_key()),
        )

    def list(self, *, limit: int | None = None) -> Iterator[EnrolmentView]:
        """Those that the caller enrolled, or the numbers that the learner who asks has claimed."""
        return cast("Iterator[EnrolmentView]", self._bank.items("/v1/enrolments", query={"limit": limit}))


class EvaluationsGroup:
    """Operations on evaluations."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def difference(self, id: str, *, against: str | None = None) -> DifferenceView:
        """What changed since the evaluation that this one follows, or since another one."""
        return cast(
            "DifferenceView",
            self._bank.json("GET", f"/v1/evaluations/{step(id)}/difference", query={"against": against}),
        )

    def evaluate(self, body: EvaluationRequest, *, key: str | None = None) -> EvaluationView:
        """Weigh credits against the rules of a qualification, and keep the answer."""
        return cast("EvaluationView", self._bank.json("POST", "/v1/evaluations", body=body, key=key or new_key()))

    def list(self, *, limit: int | None = None) -> Iterator[EvaluationName]:
        """What the caller's organisation weighed, or what was weighed of the learner."""
        return cast("Iterator[EvaluationName]", self._bank.items("/v1/evaluations", query={"limit": limit}))

    def read(self, id: str) -> EvaluationView:
        """An evaluation, for the university that made it and the learner it is about."""
        return cast("EvaluationView", self._bank.json("GET", f"/v1/evaluations/{step(id)}"))

    def refutation(self, id: str) -> bytes:
        """The proof that these units do not add up, which anybody can confirm from files; only a no has one."""
        return self._bank.bytes("GET", f"/v1/evaluations/{step(id)}/refutation")

    def rerun(self, id: str, body: RerunRequest, *, key: str | None = None) -> RerunView:
        """Ask the same again of today's facts; what is found is a new evaluation that follows this one."""
        return cast(
            "RerunView", self._bank.json("POST", f"/v1/evaluations/{step(id)}/reruns", body=body, key=key or new_key())
        )


class FlagsGroup:
    """Operations on flags."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def decide(self, id: str, body: FlagDecision, *, key: str | None = None) -> FlagView:
        """Let the award stand or revoke it, as the policy allows; what counted for a revoked one comes free."""
        return cast(
            "FlagView", self._bank.json("POST", f"/v1/flags/{step(id)}/decision", body=body, key=key or new_key())
        )

    def list(self, *, limit: int | None = None) -> Iterator[FlagView]:
        """The flags on the caller's awards, newest first."""
        return cast("Iterator[FlagView]", self._bank.items("/v1/flags", query={"limit": limit}))

    def policy(self) -> PolicyShape:
        """The policy that the caller's university has stated; `review` where it has stated none."""
        return cast("PolicyShape", self._bank.json("GET", "/v1/award-policy"))

    def read(self, id: str) -> FlagView:
        """A flag, for the learner and the university of its award."""
        return cast("FlagView", self._bank.json("GET", f"/v1/flags/{step(id)}"))

    def reverse(self, id: str, body: ReversalRequest, *, key: str | None = None) -> ReversalView:
        """Take an award back: its credential is revoked, and all that counted for it comes free here and on …"""
        return cast(
            "ReversalView", self._bank.json("POST", f"/v1/awards/{step(id)}/reversal", body=body, key=key or new_key())
        )

    def set_policy(self, body: PolicyShape) -> PolicyShape:
        """State a policy; it counts for what is flagged from now on."""
        return cast("PolicyShape", self._bank.json("PUT", "/v1/award-policy", body=body))

    def state(self, id: str, body: Statement, *, key: str | None = None) -> FlagView:
        """State one's case, before the university decides."""
        return cast(
            "FlagView", self._bank.json("POST", f"/v1/flags/{step(id)}/statement", body=body, key=key or new_key())
        )


class HaltsGroup:
    """Operations on halts."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def halt(self, body: HaltRequest, *, key: str | None = None) -> HaltView:
        """Stop issuing, awarding and redeeming; a halt that stands already is the answer."""
        return cast("HaltView", self._bank.json("POST", "/v1/halts", body=body, key=key or new_key()))

    def lift(self, id: str, body: LiftRequest, *, key: str | None = None) -> HaltView:
        """Let things go on."""
        return cast("HaltView", self._bank.json("POST", f"/v1/halts/{step(id)}/lift", body=body, key=key or new_key()))

    def list_halts(self) -> Halts:
        """Every halt there ever was, oldest first."""
        return cast("Halts", self._bank.json("GET", "/v1/halts"))


class IdentifiersGroup:
    """Operations on identifiers."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def confirm(self, body: ConfirmRequest, *, key: str | None = None) -> ConfirmView:
        """Say that the caller knows an account under its new DID, for which the key before did not sign."""
        return cast("ConfirmView", self._bank.json("POST", "/v1/confirmations", body=body, key=key or new_key()))

    def export(self, body: ExportRequest, *, key: str | None = None) -> ExportView:
        """Take a key away under a passphrase; the bank goes on keeping it until it is told to forget it."""
        return cast(
            "ExportView", self._bank.json("POST", "/v1/account/identifiers/export", body=body, key=key or new_key())
        )

    def forget(self, body: DidRequest, *, key: str | None = None) -> IdentifierList:
        """Have the bank destroy its copy of a key, for good."""
        return cast(
            "IdentifierList",
            self._bank.json("POST", "/v1/account/identifiers/forgetting", body=body, key=key or new_key()),
        )

    def identifiers(self) -> IdentifierList:
        """Every DID by which credentials name the holder of this account."""
        return cast("IdentifierList", self._bank.json("GET", "/v1/account/identifiers"))

    def merge(self, body: MergeRequest, *, key: str | None = None) -> MergerView:
        """Take over the account whose code this is, with everything in it, for good."""
        return cast("MergerView", self._bank.json("POST", "/v1/account/mergers", body=body, key=key or new_key()))

    def merge_code(self, *, key: str | None = None) -> MergeCodeView:
        """Let another account of the same person take this one over, within a quarter of an hour."""
        return cast("MergeCodeView", self._bank.json("POST", "/v1/account/merge-codes", key=key or new_key()))

    def rebind(self, body: RebindRequest, *, key: str | None = None) -> IdentifierList:
        """Let the account go by the DID of a wallet."""
        return cast(
            "IdentifierList", self._bank.json("POST", "/v1/account/identifiers", body=body, key=key or new_key())
        )

    def renew(self, *, key: str | None = None) -> IdentifierList:
        """Let the account go by a new key that the bank makes and keeps."""
        return cast("IdentifierList", self._bank.json("POST", "/v1/account/identifiers/renewal", key=key or new_key()))

    def statement(self, body: StatementRequest, *, key: str | None = None) -> StatementView:
        """What the keys sign so that the account goes by a wallet's DID; good once and for a quarter of an …"""
        return cast(
            "StatementView",
            self._bank.json("POST", "/v1/account/identifiers/statements", body=body, key=key or new_key()),
        )


class IssuersGroup:
    """Operations on issuers."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def check(self, organisation: str, body: Nothing, *, key: str | None = None) -> IssuerCheck:
        """Try the issuer that is set: read its description, as a sign-in would."""
        return cast(
            "IssuerCheck",
            self._bank.json(
                "POST", f"/v1/organisations/{step(organisation)}/issuer/check", body=body, key=key or new_key()
            ),
        )

    def put(self, organisation: str, body: IssuerRequest) -> IssuerView:
        """Set the issuer, after its description was read."""
        return cast("IssuerView", self._bank.json("PUT", f"/v1/organisations/{step(organisation)}/issuer", body=body))

    def read(self, organisation: str) -> IssuerView:
        """Where the organisation's people sign in."""
        return cast("IssuerView", self._bank.json("GET", f"/v1/organisations/{step(organisation)}/issuer"))

    def remove(self, organisation: str) -> None:
        """Let nobody sign in through the organisation any more; accounts and memberships stay."""
        self._bank.json("DELETE", f"/v1/organisations/{step(organisation)}/issuer")


class JobsGroup:
    """Operations on jobs."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def cancel(self, id: str, body: Cancellation, *, key: str | None = None) -> JobView:
        """Stop a job: at once where it waits, at its next step where it runs."""
        return cast(
            "JobView", self._bank.json("POST", f"/v1/jobs/{step(id)}/cancellation", body=body, key=key or new_key())
        )

    def list(self, *, limit: int | None = None) -> Iterator[JobView]:
        """The jobs that are done for the caller."""
        return cast("Iterator[JobView]", self._bank.items("/v1/jobs", query={"limit": limit}))

    def read(self, id: str) -> JobView:
        """A job, for whom it is done: with `jobs:manage`, or the scope by which such a job is asked for."""
        return cast("JobView", self._bank.json("GET", f"/v1/jobs/{step(id)}"))


class KeysGroup:
    """Operations on keys."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def keys(self) -> KeyList:
        """The keys of the caller's organisation."""
        return cast("KeyList", self._bank.json("GET", "/v1/keys"))

    def rotate(self, body: RotationRequest, *, key: str | None = None) -> JobView:
        """Make a new key the one that signs; the one before begins to retire."""
        return cast("JobView", self._bank.json("POST", "/v1/keys/rotations", body=body, key=key or new_key()))


class LeavingGroup:
    """Operations on leaving."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def close(self, body: ClosingRequest, *, key: str | None = None) -> ClosedView:
        """Close the account for good: sign-ins, sessions, memberships, and the learner's account with all in …"""
        return cast("ClosedView", self._bank.json("POST", "/v1/account/closing", body=body, key=key or new_key()))

    def erase(self, body: ErasureRequest, *, key: str | None = None) -> ErasureView:
        """Erase the caller's account for good; its tokens end with it."""
        return cast("ErasureView", self._bank.json("POST", "/v1/account/erasure", body=body, key=key or new_key()))

    def export(self, *, challenge: str | None = None, domain: str | None = None) -> bytes:
        """Everything that the account holds, as one archive; with another bank's challenge and domain, to be …"""
        return self._bank.bytes("GET", "/v1/account/export", query={"challenge": challenge, "domain": domain})

    def preview(self) -> ClosingPreviewView:
        """What closing the account takes away, with the ways to sign in to it."""
        return cast("ClosingPreviewView", self._bank.json("GET", "/v1/account/closing"))

    def record(self) -> bytes:
        """The account on paper: units, credits, levels, issuers, dates, and the digest of everything that was …"""
        return self._bank.bytes("GET", "/v1/account/record")


class MembersGroup:
    """Operations on members."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def change(self, organisation: str, person: str, body: RolesRequest) -> MemberView:
        """Give a member these roles and no others: at most what the caller holds."""
        return cast(
            "MemberView",
            self._bank.json("PUT", f"/v1/organisations/{step(organisation)}/members/{step(person)}", body=body),
        )

    def clients(self, organisation: str) -> ClientList:
        """The OAuth clients of the organisation that are good."""
        return cast("ClientList", self._bank.json("GET", f"/v1/organisations/{step(organisation)}/clients"))

    def invitations(self, organisation: str) -> InvitationList:
        """The invitations that nobody has accepted yet."""
        return cast("InvitationList", self._bank.json("GET", f"/v1/organisations/{step(organisation)}/invitations"))

    def invite(self, organisation: str, body: InvitationRequest, *, key: str | None = None) -> InvitationView:
        """Make an invitation: a code for one person, who signs in and accepts it."""
        return cast(
            "InvitationView",
            self._bank.json(
                "POST", f"/v1/organisations/{step(organisation)}/invitations", body=body, key=key or new_key()
            ),
        )

    def make_client(self, organisation: str, body: TokenRequest, *, key: str | None = None) -> ClientView:
        """Make an OAuth client with at most the caller's own scopes."""
        return cast(
            "ClientView",
            self._bank.json("POST", f"/v1/organisations/{step(organisation)}/clients", body=body, key=key or new_key()),
        )

    def make_token(self, organisation: str, body: TokenRequest, *, key: str | None = None) -> TokenView:
        """Make a token with at most the caller's own scopes."""
        return cast(
            "TokenView",
            self._bank.json("POST", f"/v1/organisations/{step(organisation)}/tokens", body=body, key=key or new_key()),
        )

    def members(self, organisation: str) -> MemberList:
        """Who belongs to the organisation, and in which roles."""
        return cast("MemberList", self._bank.json("GET", f"/v1/organisations/{step(organisation)}/members"))

    def remove(self, organisation: str, person: str) -> None:
        """End a membership."""
        self._bank.json("DELETE", f"/v1/organisations/{step(organisation)}/members/{step(person)}")

    def revoke_client(self, organisation: str, client: str) -> None:
        """Revoke a client and every token that it has, at once and for good."""
        self._bank.json("DELETE", f"/v1/organisations/{step(organisation)}/clients/{step(client)}")

    def revoke_token(self, organisation: str, token: str) -> None:
        """Revoke a token at once and for good."""
        self._bank.json("DELETE", f"/v1/organisations/{step(organisation)}/tokens/{step(token)}")

    def tokens(self, organisation: str) -> TokenList:
        """The tokens of the organisation that are good, by how they begin."""
        return cast("TokenList", self._bank.json("GET", f"/v1/organisations/{step(organisation)}/tokens"))

    def withdraw(self, organisation: str, invitation: str) -> None:
        """Take back an invitation that nobody has accepted yet."""
        self._bank.json("DELETE", f"/v1/organisations/{step(organisation)}/invitations/{step(invitation)}")


class OffersGroup:
    """Operations on offers."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def accept(self, id: str, *, key: str | None = None) -> OfferView:
        """Accept an offer: its credit is in the account from now on."""
        return cast("OfferView", self._bank.json("POST", f"/v1/offers/{step(id)}/acceptance", key=key or new_key()))

    def decline(self, id: str, body: Refusal, *, key: str | None = None) -> OfferView:
        """Decline an offer, for good unless the provider offers it anew."""
        return cast(
            "OfferView", self._bank.json("POST", f"/v1/offers/{step(id)}/refusal", body=body, key=key or new_key())
        )

    def list(self, *, limit: int | None = None) -> Iterator[OfferView]:
        """The offers made to the learner who asks, or by the provider that asks, newest first."""
        return cast("Iterator[OfferView]", self._bank.items("/v1/offers", query={"limit": limit}))

    def offer(self, id: str) -> OfferView:
        """One offer, for its learner and its provider."""
        return cast("OfferView", self._bank.json("GET", f"/v1/offers/{step(id)}"))

    def offer_anew(self, id: str, *, key: str | None = None) -> OfferView:
        """Offer a credential again that its learner declined."""
        return cast("OfferView", self._bank.json("POST", f"/v1/credentials/{step(id)}/offer", key=key or new_key()))

    def prefer(self, body: Preference) -> Preference:
        """Say whether credentials enter the account at once, or are offered first."""
        return cast("Preference", self._bank.json("PUT", "/v1/account/preference", body=body))


class OrganisationsGroup:
    """Operations on organisations."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def list(self, *, limit: int | None = None) -> Iterator[OrganisationView]:
        """The organisations that take part."""
        return cast("Iterator[OrganisationView]", self._bank.items("/v1/organisations", query={"limit": limit}))

    def read(self, id: str) -> OrganisationView:
        """One organisation."""
        return cast("OrganisationView", self._bank.json("GET", f"/v1/organisations/{step(id)}"))


class PlansGroup:
    """Operations on plans."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def plan(self, body: PlanRequest) -> PlanView:
        """Weigh what is planned as if it were earned, and find the way on."""
        return cast("PlanView", self._bank.json("POST", "/v1/plans", body=body))


class PresentationsGroup:
    """Operations on presentations."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def present(self, body: PresentationRequest, *, key: str | None = None) -> PresentationView:
        """Sign a presentation of chosen credentials, for one reader and one occasion."""
        return cast("PresentationView", self._bank.json("POST", "/v1/presentations", body=body, key=key or new_key()))


class RedemptionsGroup:
    """Operations on redemptions."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def list(self, *, limit: int | None = None) -> Iterator[RedemptionView]:
        """What the caller's university redeemed, or tried to, newest first."""
        return cast("Iterator[RedemptionView]", self._bank.items("/v1/redemptions", query={"limit": limit}))

    def read(self, id: str) -> RedemptionView:
        """A redemption of the caller's own, as it stands: reserved, posted, undoing, refused or reversed."""
        return cast("RedemptionView", self._bank.json("GET", f"/v1/redemptions/{step(id)}"))

    def redeem(self, body: RedemptionRequest, *, key: str | None = None) -> RedemptionView:
        """Count credits towards an award, once: of several lots all or none."""
        return cast("RedemptionView", self._bank.json("POST", "/v1/redemptions", body=body, key=key or new_key()))


class ReservationsGroup:
    """Operations on reservations."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def read(self, id: str) -> ReservationView:
        """A reservation of the caller's own, as it stands."""
        return cast("ReservationView", self._bank.json("GET", f"/v1/reservations/{step(id)}"))

    def release(self, id: str, *, key: str | None = None) -> ReservationView:
        """Give back what is held."""
        return cast(
            "ReservationView", self._bank.json("POST", f"/v1/reservations/{step(id)}/release", key=key or new_key())
        )

    def reserve(self, body: ReservationRequest, *, key: str | None = None) -> ReservationView:
        """Hold credits for a while."""
        return cast("ReservationView", self._bank.json("POST", "/v1/reservations", body=body, key=key or new_key()))


class SharesGroup:
    """Operations on shares."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def agree(self, body: AccountConsent, *, key: str | None = None) -> ConsentRecord:
        """Agree that a body looks into the caller's account."""
        return cast("ConsentRecord", self._bank.json("POST", "/v1/consents", body=body, key=key or new_key()))

    def agreed(self, *, limit: int | None = None) -> Iterator[ConsentRecord]:
        """What the caller agreed to, by shares and otherwise, newest first."""
        return cast("Iterator[ConsentRecord]", self._bank.items("/v1/consents", query={"limit": limit}))

    def list(self, *, limit: int | None = None) -> Iterator[ShareShape]:
        """The caller's shares, newest first."""
        return cast("Iterator[ShareShape]", self._bank.items("/v1/shares", query={"limit": limit}))

    def make(self, body: ShareRequest, *, key: str | None = None) -> ShareShape:
        """Share credentials of the caller's account."""
        return cast("ShareShape", self._bank.json("POST", "/v1/shares", body=body, key=key or new_key()))

    def open_link(self, *, share_token: str | None = None, share_pin: str | None = None) -> ShownView:
        """Open a share by the token of its link, without an account; the learner sees that somebody did."""
        return cast(
            "ShownView",
            self._bank.json("GET", "/v1/shared", headers={"share-token": share_token, "share-pin": share_pin}),
        )

    def open_received(self, id: str, *, share_pin: str | None = None) -> ShownView:
        """Open a share that a learner made for the caller's body; the learner sees that it was."""
        return cast(
            "ShownView", self._bank.json("GET", f"/v1/shares/received/{step(id)}", headers={"share-pin": share_pin})
        )

    def preview(self, id: str) -> ShownView:
        """What they will see who open it; it counts as no view."""
        return cast("ShownView", self._bank.json("GET", f"/v1/shares/{step(id)}/preview"))

    def read(self, id: str) -> ShareWithViews:
        """A share with who looked at it."""
        return cast("ShareWithViews", self._bank.json("GET", f"/v1/shares/{step(id)}"))

    def received(self, *, limit: int | None = None) -> Iterator[ShareShape]:
        """The shares that learners made for the caller's body, newest first."""
        return cast("Iterator[ShareShape]", self._bank.items("/v1/shares/received", query={"limit": limit}))

    def take_back(self, id: str, body: Ending, *, key: str | None = None) -> ConsentRecord:
        """Take a consent back from now on; the share that it came with is closed too."""
        return cast(
            "ConsentRecord",
            self._bank.json("POST", f"/v1/consents/{step(id)}/withdrawal", body=body, key=key or new_key()),
        )

    def withdraw(self, id: str, body: Ending, *, key: str | None = None) -> ShareShape:
        """Close a share."""
        return cast(
            "ShareShape", self._bank.json("POST", f"/v1/shares/{step(id)}/withdrawal", body=body, key=key or new_key())
        )


class TranscriptsGroup:
    """Operations on transcripts."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def consent(self, body: ConsentRequest, *, key: str | None = None) -> ConsentView:
        """Present credentials to an institution, for one transcript."""
        return cast("ConsentView", self._bank.json("POST", "/v1/transcripts/consents", body=body, key=key or new_key()))

    def issue(self, body: TranscriptRequest, *, key: str | None = None) -> CredentialView:
        """Issue a transcript, once."""
        return cast("CredentialView", self._bank.json("POST", "/v1/transcripts", body=body, key=key or new_key()))

    def list(self, *, limit: int | None = None) -> Iterator[CredentialView]:
        """The transcripts that the caller's organisation issued, or of the caller's own account."""
        return cast("Iterator[CredentialView]", self._bank.items("/v1/transcripts", query={"limit": limit}))

    def signed_bytes(self, id: str) -> bytes:
        """The transcript, byte for byte as signed; for its issuer and its learner."""
        return self._bank.bytes("GET", f"/v1/transcripts/{step(id)}")


class TransparencyGroup:
    """Operations on transparency."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def anchorings(self, id: str) -> AnchoringList:
        """Where the root of a batch stands, with what proves it against a block hash."""
        return cast("AnchoringList", self._bank.json("GET", f"/v1/batches/{step(id)}/anchorings"))

    def entries(self, id: str) -> bytes:
        """All entries of a batch as one file, 64 bytes each, to recompute its root."""
        return self._bank.bytes("GET", f"/v1/batches/{step(id)}/entries")

    def feed(self, id: str, *, limit: int | None = None) -> Iterator[dict[str, Any]]:
        """Every batch in which something was anchored in the issuer's name, oldest first, chained and signed."""
        return cast(
            "Iterator[dict[str, Any]]", self._bank.items(f"/v1/organisations/{step(id)}/feed", query={"limit": limit})
        )

    def history(self, id: str) -> History:
        """What the contracts were told about an issuer, block by block."""
        return cast("History", self._bank.json("GET", f"/v1/organisations/{step(id)}/history"))

    def inclusion(self, id: str, index: str) -> InclusionView:
        """The proof that a leaf stands in a batch: hash the entry, climb, and compare with the anchored root."""
        return cast("InclusionView", self._bank.json("GET", f"/v1/batches/{step(id)}/leaves/{step(index)}"))

    def leaves(self, id: str, *, limit: int | None = None) -> Iterator[LeafView]:
        """The leaves of a batch in their order: which issuer each names, and what hides the document."""
        return cast("Iterator[LeafView]", self._bank.items(f"/v1/batches/{step(id)}/leaves", query={"limit": limit}))

    def status_roots(self, *, limit: int | None = None) -> Iterator[StatusRootView]:
        """The roots over status lists that this bank published on the chain."""
        return cast("Iterator[StatusRootView]", self._bank.items("/v1/status-roots", query={"limit": limit}))


class UndoingGroup:
    """Operations on undoing."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def end(self, organisation: str, token: str, body: Nothing, *, key: str | None = None) -> MadeView:
        """End a token or client that was in wrong hands, and all that came of it; the answer is what was …"""
        return cast(
            "MadeView",
            self._bank.json(
                "POST",
                f"/v1/organisations/{step(organisation)}/tokens/{step(token)}/ending",
                body=body,
                key=key or new_key(),
            ),
        )

    def made(self, organisation: str, token: str) -> MadeView:
        """What came of a token or client, whether or not it is still good: keys, invitations, members, …"""
        return cast(
            "MadeView", self._bank.json("GET", f"/v1/organisations/{step(organisation)}/tokens/{step(token)}/made")
        )


class VerificationsGroup:
    """Operations on verifications."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def verify(self, body: VerificationRequest) -> VerificationView:
        """Verify documents."""
        return cast("VerificationView", self._bank.json("POST", "/v1/verifications", body=body))


class WebhooksGroup:
    """Operations on webhooks."""

    def __init__(self, transport: Transport) -> None:
        self._bank = transport

    def add(self, body: WebhookRequest, *, key: str | None = None) -> WebhookView:
        """Be told of events at an address."""
        return cast("WebhookView", self._bank.json("POST", "/v1/webhooks", body=body, key=key or new_key()))

    def change(self, id: str, body: StateRequest, *, key: str | None = None) -> WebhookView:
        """Pause a webhook, or let it go on."""
        return cast(
            "WebhookView", self._bank.json("POST", f"/v1/webhooks/{step(id)}/state", body=body, key=key or new_key())
        )

    def deliveries(self, id: str, *, limit: int | None = None) -> Iterator[DeliveryView]:
        """What was sent to a webhook, and how it went."""
        return cast(
            "Iterator[DeliveryView]", self._bank.items(f"/v1/webhooks/{step(id)}/deliveries", query={"limit": limit})
        )

    def delivery(self, id: str, event: str) -> DeliveryView:
        """One event, and how its delivery went."""
        return cast("DeliveryView", self._bank.json("GET", f"/v1/webhooks/{step(id)}/deliveries/{step(event)}"))

    def list(self, *, limit: int | None = None) -> Iterator[WebhookView]:
        """The webhooks of the caller's organisation."""
        return cast("Iterator[WebhookView]", self._bank.items("/v1/webhooks", query={"limit": limit}))

    def ping(self, id: str, body: Nothing, *, key: str | None = None) -> DeliveryView:
        """Send an event that says nothing, to see whether it arrives."""
        return cast(
            "DeliveryView", self._bank.json("POST", f"/v1/webhooks/{step(id)}/ping", body=body, key=key or new_key())
        )

    def read(self, id: str) -> WebhookView:
        """A webhook."""
        return cast("WebhookView", self._bank.json("GET", f"/v1/webhooks/{step(id)}"))

    def remove(self, id: str) -> None:
        """Be told no more at this address."""
        self._bank.json("DELETE", f"/v1/webhooks/{step(id)}")

    def renew(self, id: str, body: Nothing, *, key: str | None = None) -> WebhookView:
        """A new secret, shown this once."""
        return cast(
            "WebhookView", self._bank.json("POST", f"/v1/webhooks/{step(id)}/secret", body=body, key=key or new_key())
        )

    def replay(self, id: str, event: str, body: Nothing, *, key: str | None = None) -> DeliveryView:
        """Send an event once more, under the same `webhook-id`, whatever became of it."""
        return cast(
            "DeliveryView",
            self._bank.json(
                "POST", f"/v1/webhooks/{step(id)}/deliveries/{step(event)}/replay", body=body, key=key or new_key()
            ),
        )
