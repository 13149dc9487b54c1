"""What a learner shares: chosen credentials, with whom, why and until when; who looked; and what they agreed to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from creditbank.canonical import Digest


class ShareState(StrEnum):
    """Whether a share can be opened."""

    OPEN = "open"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Share:
    """Credentials that a learner lets somebody look at. `link` is the hash of the random token in the link.

    `organisation` is the body that it is for, empty where it is for somebody whom only `audience` names. `pin` is a
    slow hash, empty where there is none; `wrong` counts the PINs that were wrong.
    """

    id: str
    request: str
    learner: str
    link: Digest
    credentials: tuple[str, ...]
    audience: str
    organisation: str
    purpose: str
    created: datetime
    expires: datetime
    pin: str = ""
    wrong: int = 0
    withdrawn: datetime | None = None


@dataclass(frozen=True, slots=True)
class ShareView:
    """Somebody opened a share: in which minute, and which body's member, empty where nobody was signed in."""

    share: str
    at: datetime
    organisation: str


class ConsentBasis(StrEnum):
    """By which act a learner consented."""

    SHARE = "share"
    GIVEN = "given"


@dataclass(frozen=True, slots=True)
class Consent:
    """A learner agreed that somebody looks at something, for a purpose and a time.

    `covers` are ids of credentials, none for the whole account. `source` is the share that it came with.
    """

    id: str
    request: str
    learner: str
    basis: ConsentBasis
    covers: tuple[str, ...]
    audience: str
    organisation: str
    purpose: str
    given: datetime
    until: datetime
    source: str = ""
    withdrawn: datetime | None = None

    def stands(self, now: datetime) -> bool:
        """Whether it was not taken back and has not run out."""
        return self.withdrawn is None and now < self.until
