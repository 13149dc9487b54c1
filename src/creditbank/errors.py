"""The root of every error this product raises on purpose.

Each room defines its own errors beside the code that raises them, under one of the five kinds below. The kind says
what a caller can do about it; the `slug` names the rule that is protected and never changes once published. The
command line turns kinds into exit codes, the API turns slugs into problem documents (RFC 9457).
"""

from typing import ClassVar


class CreditBankError(Exception):
    """Something was asked that cannot be done; `str()` is a sentence a person can read.

    `place` says where (a file, a line, a JSON pointer), `next_step` what to try. Both may be empty.
    """

    slug: ClassVar[str] = "error"

    def __init__(self, sentence: str, *, place: str = "", next_step: str = "") -> None:
        self.sentence = sentence
        self.place = place
        self.next_step = next_step
        super().__init__(sentence)

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.sentence}"


class BadInput(CreditBankError):
    """What was given cannot be read or breaks a rule of form: the caller must change it."""

    slug = "bad-input"


class NotFound(CreditBankError):
    """What was named does not exist, or not for this caller."""

    slug = "not-found"


class Conflict(CreditBankError):
    """What was asked collides with what already happened: asking again does not help."""

    slug = "conflict"


class Refused(CreditBankError):
    """A rule of the bank, a framework or a policy says no."""

    slug = "refused"


class Unavailable(CreditBankError):
    """Something outside did not answer: the same request may succeed later."""

    slug = "unavailable"
