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
