"""What the bank knows of who belongs to which organisation, of invitations, and of keys that programs use.

Nothing here is a secret: a code or key is kept as its SHA-256, which is of 256 random bits and so cannot be guessed
back (threat 53).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from creditbank.canonical import Digest
from creditbank.services.rights import MemberRole, Scope


@dataclass(frozen=True, slots=True)
class MembershipRecord:
    """A person in an organisation, in these roles since then. A change of roles ends one record and begins another.

    `by` is who made it so, as it stands in the audit trail; `until` is None while it lasts.
    """

    id: str
    organisation: str
    person: str
    roles: frozenset[MemberRole]
    since: datetime
    by: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """A code that makes whoever signs in and accepts it a member, once. It is addressed to nobody by name."""

    id: str
    request: str
    organisation: str
    hash: Digest
    roles: frozenset[MemberRole]
    by: str
    created: datetime
    expires: datetime
    accepted: datetime | None = None
    accepted_by: str | None = None
    withdrawn: datetime | None = None


class KeyKind(StrEnum):
    """A token is sent with each request; a client's secret is exchanged for access tokens that soon expire."""

    TOKEN = "token"  # noqa: S105 -- the name of a kind
    CLIENT = "client"


@dataclass(frozen=True, slots=True)
class AccessKey:
    """What a program of an organisation shows: its hash, what it may do, and since and until when.

    `hint` is how it begins, by which a person tells it from others; `used` is when it was used last, to the hour.
    `redirects` are the addresses to which a client may send people back. A client that registered itself has no
    organisation, and speaks for nobody until a person says so.
    """

    id: str
    request: str
    kind: KeyKind
    hash: Digest
    hint: str
    organisation: str | None
    scopes: frozenset[Scope]
    label: str
    by: str
    created: datetime
    expires: datetime
    used: datetime | None = None
    revoked: datetime | None = None
    redirects: tuple[str, ...] = ()


class MembershipTable(Protocol):
    """The part of a unit of work that knows members, invitations and keys of programs."""

    def add_membership(self, record: MembershipRecord) -> None:
        """Add one; `AlreadyRecorded` while the person is a member there."""
        ...

    def end_membership(self, id: str, when: datetime, *, then: MembershipRecord | None = None) -> bool:
        """End one, and begin another in its place; False when it has ended, or no owner would be left."""
        ...

    def find_membership(self, organisation: str, person: str) -> MembershipRecord | None:
        """The membership that lasts."""
        ...

    def members_of(self, organisation: str) -> list[MembershipRecord]:
        """Those who are members now, oldest first."""
        ...

    def memberships_in(self, organisation: str) -> list[MembershipRecord]:
        """Everybody's, those that ended too, oldest first."""
        ...

    def memberships_of(self, person: str) -> list[MembershipRecord]:
        """Where a person is a member now, oldest first."""
        ...

    def add_invitation(self, invitation: Invitation) -> None: ...
    def find_invitation(self, hash: Digest) -> Invitation | None: ...
    def find_invitation_by_request(self, request: str) -> Invitation | None: ...
    def invitations_of(self, organisation: str) -> list[Invitation]: ...
    def accept_invitation(self, id: str, person: str, when: datetime) -> bool:
        """Use an invitation up; False when it was accepted or withdrawn before, or has expired."""
        ...

    def withdraw_invitation(self, id: str, when: datetime) -> bool: ...

    def add_access_key(self, key: AccessKey) -> None: ...
    def get_access_key(self, id: str) -> AccessKey: ...
    def find_access_key(self, hash: Digest) -> AccessKey | None: ...
    def find_access_key_by_request(self, request: str) -> AccessKey | None: ...
    def access_keys_of(self, organisation: str) -> list[AccessKey]: ...
    def count_unused_clients(self) -> int:
        """How many clients registered themselves and were never let do anything, nor ever showed their secret."""
        ...

    def forget_unused_clients(self, before: datetime) -> int:
        """Forget those of them that registered before a moment; how many."""
        ...

    def revoke_access_key(self, id: str, when: datetime) -> bool:
        """Revoke one for good; False when it was."""
        ...

    def use_access_key(self, id: str, hour: datetime) -> None:
        """Note that it was used in the hour that begins then."""
        ...
