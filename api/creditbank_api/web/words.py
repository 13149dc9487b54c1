"""The words, symbols and tones of states: one table each, so that the same thing is called the same everywhere."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from creditbank.ledger import LotState
from creditbank.services.bulk_records import BulkState, RowState
from creditbank.services.records import AwardState, BatchState, KeyState
from creditbank.services.standing_records import ApplicationState, FlagState
from creditbank.services.webhook_records import DeliveryState, WebhookState
from creditbank.units import instant_text
from creditbank.verification import Outcome, Verdict

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Sign:
    """A symbol with its word: colour is never alone. `tone` is a class of the stylesheet."""

    symbol: str
    word: str
    tone: str


OUTCOMES: Final = {
    Outcome.PASSED: Sign("tick", "Passed", "good"),
    Outcome.FAILED: Sign("cross", "Failed", "bad"),
    Outcome.UNCHECKED: Sign("question", "Not checked", "open"),
    Outcome.NOT_APPLICABLE: Sign("dash", "Not applicable", "none"),
}
VERDICTS: Final = {
    Verdict.ACCEPTED: Sign("tick", "Accepted", "good"),
    Verdict.REJECTED: Sign("cross", "Rejected", "bad"),
    Verdict.INCONCLUSIVE: Sign("question", "Inconclusive", "open"),
}
NODES: Final = {
    "met": Sign("tick", "Met", "good"),
    "in progress": Sign("half", "In progress", "open"),
    "needs more": Sign("half", "Needs more", "open"),
    "waived": Sign("dash", "Waived", "none"),
    "not needed": Sign("dash", "Not needed", "none"),
    "not known": Sign("question", "Not known", "open"),
    "left to a person": Sign("question", "Left to a person", "open"),
}
WHAT_IFS: Final = {
    "adds-up": Sign("half", "What if: it would add up", "open"),
    "falls-short": Sign("half", "What if: not even so", "open"),
    "too-complex": Sign("question", "Could not be decided", "open"),
}
STACKS: Final = {
    "adds-up": Sign("tick", "It adds up", "good"),
    "falls-short": Sign("half", "Not yet", "open"),
    "too-complex": Sign("question", "Could not be decided", "open"),
}
LOTS: Final = {
    LotState.AVAILABLE: Sign("tick", "Available", "accent"),
    LotState.RESERVED: Sign("half", "Reserved", "open"),
    LotState.REDEEMED: Sign("stamp", "Redeemed", "good"),
    LotState.EXPIRED: Sign("dash", "Expired", "none"),
    LotState.REVOKED: Sign("cross", "Revoked", "bad"),
}
ANCHORS: Final = {
    None: Sign("dash", "Waits for the next batch", "none"),
    BatchState.SEALED: Sign("half", "Sealed in a batch", "open"),
    BatchState.SUBMITTED: Sign("half", "Sent to the chain", "open"),
    BatchState.CONFIRMED: Sign("half", "In a block, not final yet", "open"),
    BatchState.FINAL: Sign("tick", "Final", "good"),
}
BROUGHT: Final = Sign("dash", "Brought from elsewhere", "none")
AWARDS: Final = {
    AwardState.INTENDED: Sign("half", "Written down, nothing reserved yet", "open"),
    AwardState.RESERVED: Sign("half", "Credits reserved", "open"),
    AwardState.SPENT: Sign("half", "Credits spent, not signed yet", "open"),
    AwardState.SIGNED: Sign("half", "Signed, not posted yet", "open"),
    AwardState.POSTED: Sign("tick", "Awarded", "good"),
    AwardState.REFUSED: Sign("cross", "Refused", "bad"),
    AwardState.REVERSED: Sign("cross", "Taken back", "bad"),
}
APPLICATIONS: Final = {
    ApplicationState.SUBMITTED: Sign("half", "Sent", "open"),
    ApplicationState.MORE_WANTED: Sign("question", "More is wanted", "open"),
    ApplicationState.WITHDRAWN: Sign("dash", "Withdrawn", "none"),
    ApplicationState.ACCEPTED: Sign("tick", "Accepted", "good"),
    ApplicationState.DECLINED: Sign("cross", "Declined", "bad"),
}
NOT_ANSWERED: Final = Sign("cross", "Not answered", "bad")
FLAGS: Final = {
    FlagState.OPEN: Sign("question", "In question", "open"),
    FlagState.STANDS: Sign("tick", "The award stands", "good"),
    FlagState.REVOKED: Sign("cross", "The award was revoked", "bad"),
}
UPLOADS: Final = {
    BulkState.RECEIVING: Sign("half", "Arriving", "open"),
    BulkState.RECEIVED: Sign("half", "Being looked at", "open"),
    BulkState.REHEARSED: Sign("question", "To review", "open"),
    BulkState.REFUSED: Sign("cross", "Cannot be read", "bad"),
    BulkState.CONFIRMED: Sign("half", "Being issued", "open"),
    BulkState.DONE: Sign("tick", "Done", "good"),
}
ROWS: Final = {
    RowState.GOOD: Sign("half", "Can be issued", "open"),
    RowState.FAULTY: Sign("cross", "At fault", "bad"),
    RowState.STANDS: Sign("dash", "Issued before", "none"),
    RowState.ISSUED: Sign("tick", "Issued", "good"),
    RowState.WAITS: Sign("dash", "Waits for a claim", "none"),
    RowState.FAILED: Sign("cross", "Failed", "bad"),
}
KEYS: Final = {
    KeyState.ANNOUNCED: Sign("half", "On its way to the chain", "open"),
    KeyState.CURRENT: Sign("tick", "Signs now", "good"),
    KeyState.RETIRING: Sign("half", "Retiring", "open"),
    KeyState.RETIRED: Sign("dash", "Retired", "none"),
    KeyState.REVOKED: Sign("cross", "Revoked", "bad"),
}
WEBHOOKS: Final = {
    WebhookState.ACTIVE: Sign("tick", "Active", "good"),
    WebhookState.PAUSED: Sign("half", "Paused", "open"),
    WebhookState.REMOVED: Sign("dash", "Removed", "none"),
}
DELIVERIES: Final = {
    DeliveryState.WAITING: Sign("half", "Waiting", "open"),
    DeliveryState.DELIVERED: Sign("tick", "Delivered", "good"),
    DeliveryState.GIVEN_UP: Sign("cross", "Given up", "bad"),
}
UNKNOWN: Final = Sign("question", "Not known", "open")
TEST: Final = Sign("flask", "Test chain", "test")


def moment(value: datetime) -> str:
    """`23 Nov 2026, 14:02 UTC`."""
    text = instant_text(value)
    return f"{day(value.date())}, {text[11:16]} UTC"


def day(value: date) -> str:
    """`23 Nov 2026`."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def count(number: int, one: str, many: str = "") -> str:
    """`1 credential`, `3 credentials`."""
    return f"{number} {one if number == 1 else many or one + 's'}"
