"""Records of spends on the chain: what waits to be spent, and which of it went together."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from creditbank.canonical import JsonObject


class SpendState(StrEnum):
    """What became of a claim's spends on the chain; whatever it is, it was decided once.

    It waits; is spent, all of it; was refused, since a lot lacks so much; was refused with its body, which may spend no
    more; or was given up before it was sent.
    """

    WAITING = "waiting"
    SPENT = "spent"
    REFUSED = "refused"
    UNADMITTED = "unadmitted"
    GIVEN_UP = "given-up"


@dataclass(frozen=True, slots=True)
class ChainSpend:
    """All that one claim (`key`) spends on the chain for an award, together or not at all.

    `uses` has `uses`, a list of `[lot, amount, total]` in thousandths and in the order of lots, and `size` is how many
    they are. `convoy` is with which others it goes. `lot` is the one that lacks so much, where it was refused.
    """

    key: str
    organisation: str
    award: str
    uses: JsonObject
    size: int
    state: SpendState
    created: datetime
    convoy: str | None = None
    transaction: str | None = None
    lot: str | None = None


class ConvoyState(StrEnum):
    """A convoy is on its way into a block, in a block that is not final yet, or done."""

    SENDING = "sending"
    MINED = "mined"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Convoy:
    """Spends of one body that go in one transaction. Which they are is decided when it is made, and never changes.

    `carrier` is the process that sees to it, and should have until `until`. Another that comes later may take over.
    """

    id: str
    organisation: str
    state: ConvoyState
    carrier: str
    until: datetime
    created: datetime
