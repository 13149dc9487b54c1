"""What the delivery itself refuses: about the request, not about learning."""

from dataclasses import dataclass

from creditbank.errors import BadInput, Conflict, NotFound, Refused, Unavailable


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One fault of a request: a JSON pointer into the body, or the name of a parameter."""

    where: str
    sentence: str
    parameter: bool = False


class BodyTooLarge(BadInput):
    """The request carries more than is read."""

    slug = "body-too-large"


class EncodedBody(BadInput):
    """Bodies are read as they are, never inflated."""

    slug = "encoded-body"


class NotJson(BadInput):
    """The resource takes `application/json` and nothing else."""

    slug = "not-json"


class NotATable(BadInput):
    """The resource takes a table, as CSV, NDJSON or a JSON array."""

    slug = "not-a-table"


class InvalidRequest(BadInput):
    """The request can be read but does not have the form that the resource asks for."""

    slug = "invalid-request"

    def __init__(self, faults: tuple[FieldFault, ...]) -> None:
        self.faults = faults
        count = "one place" if len(faults) == 1 else f"{len(faults)} places"
        super().__init__(f"The request does not have the expected form in {count}.")


class UnreadableCursor(BadInput):
    """This cursor was not given out for this list."""

    slug = "unreadable-cursor"


class IdempotencyKeyMissing(BadInput):
    """A request that does something once brings its own key."""

    slug = "idempotency-key-missing"


class IdempotencyKeyReused(Conflict):
    """This key already stands for another request of the same caller."""

    slug = "idempotency-key-reused"


class RequestStillRunning(Conflict):
    """The first request under this key has not been answered yet; `retry_after` is in seconds."""

    slug = "request-still-running"

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(
            "The first request under this key is still being answered.",
            next_step=f"Send it again in {retry_after} seconds, under the same key.",
        )


class PreconditionMissing(BadInput):
    """What others may change meanwhile is changed only by whoever says what they read."""

    slug = "precondition-missing"


class PreconditionFailed(Conflict):
    """The resource is not what the caller read."""

    slug = "precondition-failed"


class NotSignedIn(Refused):
    """The resource is not public, and no valid token came with the request."""

    slug = "not-signed-in"


class ScopeMissing(Refused):
    """The key that was used does not hold the scope that the resource needs."""

    slug = "scope-missing"

    def __init__(self, scope: str) -> None:
        self.scope = scope
        super().__init__(
            f"This needs the scope {scope}, which the token that came with the request does not have.",
            next_step="Use a token with that scope; somebody who holds it can make one.",
        )


class NotForThisRole(Refused):
    """The token is good, but its role does not do this."""

    slug = "not-for-this-role"


class FreshSignInNeeded(Refused):
    """The person is signed in, and must show once more who they are before this."""

    slug = "fresh-sign-in-needed"


class NoSuchActing(NotFound):
    """The person may not act for this learner or organisation."""

    slug = "no-such-acting"


class NotAgreed(BadInput):
    """What a form asks for before anything is done is missing."""

    slug = "not-agreed"


class ForgedForm(Refused):
    """The form was not filled in on a page of this site."""

    slug = "forged-form"


class NoSuchResource(NotFound):
    """There is nothing under this address, or not for this caller: both look the same."""

    slug = "no-such-resource"

    def __init__(self) -> None:
        super().__init__(
            "There is nothing under this address that you may see.",
            next_step="Check the address, and whether you are signed in as the right person.",
        )


class MethodNotAllowed(BadInput):
    """The address exists, but not for this HTTP method."""

    slug = "method-not-allowed"


class ReceiptNotReady(NotFound):
    """The credential is not anchored for good yet."""

    slug = "receipt-not-ready"


class TooManyRequests(Unavailable):
    """This caller asked more often than one caller may; `retry_after` is in seconds."""

    slug = "too-many-requests"

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(
            "Too many requests came from here in the last minute.",
            next_step=f"Try again in {retry_after} seconds.",
        )
