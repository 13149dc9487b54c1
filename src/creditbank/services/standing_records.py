"""Records around an award: the application that asked for it, and what became of it when a credit it counts fell."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from creditbank.canonical import digest_text, sha256


class ApplicationState(StrEnum):
    """Where an application stands. While it is submitted or more is wanted it is open, and there is one of a kind."""

    SUBMITTED = "submitted"
    MORE_WANTED = "more-wanted"
    WITHDRAWN = "withdrawn"
    ACCEPTED = "accepted"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Application:
    """A learner asks a university for an award, and agrees to it by asking.

    `signed` is the presentation that the learner's key signed for this application and this university; None where
    there was nothing to present, and for the record that is written for a learner who is a sample (`sample`). `award`
    is the award that came of it.
    """

    id: str
    request: str
    learner: str
    organisation: str
    qualification: str
    evaluation: str | None
    sample: bool
    state: ApplicationState
    signed: bytes | None
    award: str | None
    created: datetime


@dataclass(frozen=True, slots=True)
class ApplicationStep:
    """One step of an application: who took it (`learner:…`, `organisation:…`), to which state, why."""

    application: str
    number: int
    state: ApplicationState
    actor: str
    reason: str
    at: datetime


class FlagPolicy(StrEnum):
    """What a university does about an award when a credential it counts is revoked.

    `flag`: the award stands, and the flag says that one of its credits fell. `review`: the university decides whether
    it stands. `revoke-after-review`: it is revoked unless the learner's statement convinces the university. Under
    either an award is revoked only when the learner has spoken, or could have for the time that appeals are given.
    """

    FLAG = "flag"
    REVIEW = "review"
    REVOKE = "revoke-after-review"


class FlagState(StrEnum):
    """What was decided about a flag."""

    OPEN = "open"
    STANDS = "stands"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class FlagCount:
    """How many flags there are, how many of them nobody has decided, and to how many of these nothing was stated."""

    all: int
    open: int
    silent: int


@dataclass(frozen=True, slots=True)
class AwardFlag:
    """A credential was revoked after its credits were counted for an award. The redemption stays recorded.

    `policy` is the university's as it was then. `statement` is what the learner says to it.
    """

    id: str
    award: str
    organisation: str
    learner: str
    lot: str
    credential: str
    policy: FlagPolicy
    reason: str
    state: FlagState
    at: datetime
    statement: str = ""
    stated: datetime | None = None
    decision: str = ""
    decided: datetime | None = None


TAKEN_BACK: Final = "taken back"


class ReversalState(StrEnum):
    """A reversal is written down before anything is taken back."""

    BEGUN = "begun"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Reversal:
    """An award is no more, and all that counted for it comes free, here and on the chain.

    `reason` is in the body's own words and may be erased; entries, which may not, hold a digest of it under `salt`.
    """

    request: str
    award: str
    organisation: str
    reason: str
    state: ReversalState
    at: datetime
    salt: bytes | None = None

    @property
    def code(self) -> str:
        """What entries say instead of the words: nobody can guess these from it once the salt is gone."""
        if self.salt is None:
            return TAKEN_BACK
        return f"{TAKEN_BACK}, for words of {digest_text(sha256(self.salt + self.reason.encode()))}"
