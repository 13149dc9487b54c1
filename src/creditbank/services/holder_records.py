"""The records of learners' own side of the bank: how a provider knows them, and what they were offered."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from creditbank.canonical import Digest, JsonObject


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A person as one provider knows them: by a number of its own, and a name that never leaves the two.

    `learner` is the account that claimed it, None before. `claim` is the hash of the code that claims it, None where
    there is none; the code is good once, and until `expires`.
    """

    id: str
    organisation: str
    number: str
    name: str
    learner: str | None
    claim: Digest | None
    expires: datetime | None
    enrolled: datetime
    claimed: datetime | None


class WaitingState(StrEnum):
    """What became of a credential that waits until somebody claims the enrolment it is for."""

    WAITING = "waiting"
    ISSUED = "issued"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A credential that a provider asked for before the person had an account here, so that no DID was known yet.

    `asked` is what was earned, `request` the provider's id of the request. `credential` is what came of it, `why` the
    slug of the refusal.
    """

    request: str
    organisation: str
    enrolment: str
    asked: JsonObject
    state: WaitingState
    at: datetime
    credential: str | None = None
    why: str = ""


class OfferState(StrEnum):
    """What the learner said to a credential. `lapsed` says that its issuer revoked or corrected it before."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Offer:
    """A credential that is issued and opens its lot only when the learner accepts it.

    `number` counts the offers of one credential: a provider may offer anew what was declined.
    """

    id: str
    credential: str
    number: int
    organisation: str
    learner: str
    state: OfferState
    at: datetime
    decided: datetime | None = None
    why: str = ""


class DidOrigin(StrEnum):
    """How a DID came to be a learner's: made here, or shown to be theirs by a signature of its key.

    Where it took the place of another one, that one's key signed too (`brought`), or it did not (`recovered`).
    """

    MADE = "made"
    PRESENTED = "presented"
    BROUGHT = "brought"
    RECOVERED = "recovered"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class LearnerDid:
    """A DID that names a learner in credentials, from when on and, once another took its place, until when.

    `statement` is the signed document by which whoever holds its key, or the key before it, said so; empty for a DID
    that the bank made.
    """

    did: str
    learner: str
    since: datetime
    until: datetime | None
    origin: DidOrigin
    statement: bytes = b""


class Occasion(StrEnum):
    """What a challenge is signed for; no signature serves another."""

    DEPOSIT = "deposit"
    BIND = "bind"
    MERGE = "merge"


@dataclass(frozen=True, slots=True)
class HolderChallenge:
    """A random text that one account has signed once, for one occasion, before it expires."""

    nonce: str
    learner: str
    occasion: Occasion
    expires: datetime


@dataclass(frozen=True, slots=True)
class Merger:
    """One account that was merged into another of the same person: all that it had is the other's since."""

    source: str
    target: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Deposited:
    """A credential that its holder brought, byte for byte as signed, and by which proof of holding.

    `organisation` is its issuer's id where that is a body of this bank, else empty. `proof` is the digest of the
    presentation, None where the bank itself keeps the holder's key.
    """

    id: str
    request: str
    learner: str
    organisation: str
    issuer: str
    issuer_name: str
    holder: str
    signed: bytes
    digest: Digest
    at: datetime
    status_list: str
    status_index: int
    proof: Digest | None = None
