"""What a client of OAuth 2.0 was allowed, and the tokens by which it says so. Kept are hashes, never what was shown."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from creditbank.canonical import Digest
from creditbank.services.rights import Scope


@dataclass(frozen=True, slots=True)
class Grant:
    """So much was allowed to a client (`key`) for `subject`: its own organisation, or a learner whose `person` said so.

    `code` is the hash of the authorisation code, None where a client asked for itself; `challenge` and `redirect` are
    what the code was asked with. `used` is when the code was exchanged, `revoked` when the grant ended.
    """

    id: str
    key: str
    subject: str
    person: str | None
    scopes: frozenset[Scope]
    created: datetime
    code: Digest | None = None
    challenge: str | None = None
    redirect: str | None = None
    expires: datetime | None = None
    used: datetime | None = None
    revoked: datetime | None = None


class TokenUse(StrEnum):
    """An access token is sent with each request; a refresh token is exchanged, once, for the next pair."""

    ACCESS = "access"
    REFRESH = "refresh"


@dataclass(frozen=True, slots=True)
class GrantToken:
    """A token that speaks for a grant until it expires, or until it was exchanged (`spent`)."""

    hash: Digest
    grant: str
    use: TokenUse
    created: datetime
    expires: datetime
    spent: datetime | None = None


class GrantTable(Protocol):
    """The part of a unit of work that knows what clients were allowed."""

    def add_grant(self, grant: Grant) -> None: ...
    def get_grant(self, id: str) -> Grant: ...
    def find_grant_by_code(self, code: Digest) -> Grant | None: ...
    def use_code(self, grant: str, when: datetime) -> bool:
        """Use the code of a grant up; False when it was used, or the grant has ended."""
        ...

    def end_grant(self, grant: str, when: datetime) -> None: ...
    def end_grants_by(self, person: str, when: datetime) -> int:
        """End everything that a person let clients do; how much that was."""
        ...

    def grants_of(self, subject: str) -> list[Grant]:
        """What stands for a subject, oldest first."""
        ...

    def add_grant_token(self, token: GrantToken) -> None: ...
    def find_grant_token(self, hash: Digest) -> GrantToken | None: ...
    def spend_grant_token(self, hash: Digest, when: datetime) -> bool:
        """Use a refresh token up; False when it was."""
        ...

    def forget_grant_tokens(self, before: datetime) -> None:
        """Forget the tokens that expired before a moment."""
        ...
