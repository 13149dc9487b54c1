"""What is kept of a bulk upload: the table that a provider sent, each of its rows, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from creditbank.canonical import Digest, JsonObject

NAMED_ERASED: Final = (
    "Somebody whom the table names had their account erased before the table was read. "
    "Send it again without the person who left."
)


class BulkForm(StrEnum):
    """How the rows are written."""

    CSV = "csv"
    NDJSON = "ndjson"
    JSON = "json"


class BulkState(StrEnum):
    """The life of an upload: nothing is issued before a person confirmed what its rehearsal found."""

    RECEIVING = "receiving"
    RECEIVED = "received"
    REHEARSED = "rehearsed"
    REFUSED = "refused"
    CONFIRMED = "confirmed"
    DONE = "done"


class RowState(StrEnum):
    """What the rehearsal, and then the act, found of a row.

    A row that stands was issued before, from this upload or another. One that waits is for somebody whom the provider
    knows by a number that nobody has claimed yet.
    """

    GOOD = "good"
    FAULTY = "faulty"
    STANDS = "stands"
    ISSUED = "issued"
    WAITS = "waits"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with a row: in which field (empty for the row itself), by which rule, in a sentence."""

    field: str
    slug: str
    sentence: str


@dataclass(frozen=True, slots=True)
class GivenRow:
    """A row as it was read: its number among the rows, where it stands (`line 7`), and its texts by column."""

    number: int
    place: str
    cells: dict[str, str]
    faults: tuple[RowFault, ...] = ()


@dataclass(frozen=True, slots=True)
class BulkUpload:
    """A table of a provider's, once per `request`. `digest` is of its bytes as they came.

    `rehearsal` is the digest of what the rehearsal found, which the confirmation names. `why` and `place` say why a
    table could not be read at all. The counts are of its rows by state.
    """

    id: str
    request: str
    organisation: str
    form: BulkForm
    state: BulkState
    received: datetime
    size: int = 0
    digest: Digest | None = None
    rehearsal: Digest | None = None
    why: str = ""
    place: str = ""
    rows: int = 0
    good: int = 0
    faulty: int = 0
    stands: int = 0
    issued: int = 0
    waits: int = 0
    failed: int = 0
    confirmed: datetime | None = None
    confirmed_by: str = ""
    ended: datetime | None = None


@dataclass(frozen=True, slots=True)
class BulkRow:
    """A row of an upload. `asked` is the id under which it is issued, None for a row that cannot be.

    `cells` are dropped once the row is issued: the credential says it all. `learner` is the account it is for, where
    one is known; `credential` what came of it.
    """

    upload: str
    number: int
    place: str
    state: RowState
    cells: JsonObject
    asked: str | None
    learner: str | None
    achievement: str
    version: str
    field: str
    fault: str
    why: str
    credential: str | None = None
