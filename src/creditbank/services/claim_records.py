"""What is kept of a request that must happen once: who answers it now, and how it was answered."""

from dataclasses import dataclass
from datetime import datetime

from creditbank.canonical import Digest


@dataclass(frozen=True, slots=True)
class Claim:
    """A request under its caller's key. `asked` is the digest of what was asked, `holder` the process that answers it.

    Whoever holds it keeps it alive until `until`; a holder that fell silent loses it to the next who asks. An answer is
    the first one and stays; one that is `lasting` is never pruned. `subject` is whom the
    caller spoke for, so that a learner's answers go with the account.
    """

    name: str
    asked: Digest
    begun: datetime
    holder: str
    until: datetime
    answer: bytes | None = None
    answered: datetime | None = None
    lasting: bool = False
    subject: str | None = None
