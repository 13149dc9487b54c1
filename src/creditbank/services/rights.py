"""Who may do what: the roles of callers, the scopes of their keys, and what a member's role gives, in one table.

`ROLES` is the one place that says what a member of an organisation may do; docs/roles.md shows it and a test compares
the two. A scope is one capability, so that two roles together give exactly what each of them gives: a caller needs
the role *and* the scope.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from creditbank.services.records import Role

OB: Final = "https://purl.imsglobal.org/spec/ob/v3p0/scope/"
"""What the scopes of the Open Badges 3.0 API begin with (Open Badges 3.0, 7.1)."""


class CallerRole(StrEnum):
    """What a caller may speak as. `registrar` is the registrar's office of a university; one body may be several."""

    PROVIDER = "provider"
    LEARNER = "learner"
    REGISTRAR = "registrar"
    AGENCY = "agency"
    ADMIN = "admin"


class Scope(StrEnum):
    """One capability that a key of the API may hold. The list is closed.

    `bank:manage` is the operator's alone, and the last four are Open Badges' own. What takes a learner's key
    away, or signs by it what a caller chose, is `account:keys`; what ends an account is `account:leave`.
    """

    ACHIEVEMENTS_WRITE = "achievements:write"
    CREDENTIALS_READ = "credentials:read"
    CREDENTIALS_ISSUE = "credentials:issue"
    CREDENTIALS_REVOKE = "credentials:revoke"
    TRANSCRIPTS_ISSUE = "transcripts:issue"
    ENDORSEMENTS_WRITE = "endorsements:write"
    ENROLMENTS_WRITE = "enrolments:write"
    EVALUATIONS_READ = "evaluations:read"
    EVALUATIONS_WRITE = "evaluations:write"
    AWARDS_READ = "awards:read"
    AWARDS_WRITE = "awards:write"
    REDEMPTIONS_WRITE = "redemptions:write"
    DECISIONS_WRITE = "decisions:write"
    REGISTERS_WRITE = "registers:write"
    ACCOUNT_READ = "account:read"
    ACCOUNT_WRITE = "account:write"
    ACCOUNT_KEYS = "account:keys"
    ACCOUNT_LEAVE = "account:leave"
    SHARES_WRITE = "shares:write"
    NOTICES_READ = "notices:read"
    WEBHOOKS_MANAGE = "webhooks:manage"
    KEYS_MANAGE = "keys:manage"
    MEMBERS_READ = "members:read"
    MEMBERS_MANAGE = "members:manage"
    TOKENS_MANAGE = "tokens:manage"
    AUDIT_READ = "audit:read"
    JOBS_MANAGE = "jobs:manage"
    BANK_MANAGE = "bank:manage"
    BADGES_READ = f"{OB}credential.readonly"
    BADGES_UPSERT = f"{OB}credential.upsert"
    PROFILE_READ = f"{OB}profile.readonly"
    PROFILE_UPDATE = f"{OB}profile.update"


ALL: Final = frozenset(Scope)
BADGES: Final = frozenset(scope for scope in Scope if scope.startswith(OB))
"""The scopes of the Open Badges 3.0 API."""
LEARNERS: Final = frozenset(
    {
        Scope.CREDENTIALS_READ,
        Scope.EVALUATIONS_READ,
        Scope.EVALUATIONS_WRITE,
        Scope.AWARDS_READ,
        Scope.ACCOUNT_READ,
        Scope.ACCOUNT_WRITE,
        Scope.ACCOUNT_KEYS,
        Scope.ACCOUNT_LEAVE,
        Scope.SHARES_WRITE,
        Scope.NOTICES_READ,
    }
    | BADGES
)
"""What a learner may do with their own account."""
READING: Final = frozenset(
    {
        Scope.CREDENTIALS_READ,
        Scope.EVALUATIONS_READ,
        Scope.AWARDS_READ,
        Scope.NOTICES_READ,
        Scope.MEMBERS_READ,
        Scope.AUDIT_READ,
    }
)
"""What changes nothing."""


class MemberRole(StrEnum):
    """What a person may be in an organisation; somebody may be several at once."""

    OWNER = "owner"
    ADMINISTRATOR = "administrator"
    ISSUER = "issuer"
    REGISTRAR = "registrar"
    RECOGNISER = "recogniser"
    OFFICER = "officer"
    AUDITOR = "auditor"


CALLERS: Final[Mapping[Role, CallerRole]] = MappingProxyType(
    {Role.PROVIDER: CallerRole.PROVIDER, Role.UNIVERSITY: CallerRole.REGISTRAR, Role.REGISTRAR: CallerRole.AGENCY}
)
"""As what an organisation's people speak, by what the organisation is."""

_ISSUING: Final = frozenset(
    {
        Scope.JOBS_MANAGE,
        Scope.ACHIEVEMENTS_WRITE,
        Scope.CREDENTIALS_READ,
        Scope.CREDENTIALS_ISSUE,
        Scope.CREDENTIALS_REVOKE,
        Scope.TRANSCRIPTS_ISSUE,
        Scope.ENDORSEMENTS_WRITE,
        Scope.ENROLMENTS_WRITE,
        Scope.NOTICES_READ,
        Scope.BADGES_READ,
        Scope.BADGES_UPSERT,
        Scope.PROFILE_READ,
    }
)
_AWARDING: Final = frozenset(
    {
        Scope.JOBS_MANAGE,
        Scope.CREDENTIALS_READ,
        Scope.TRANSCRIPTS_ISSUE,
        Scope.ENDORSEMENTS_WRITE,
        Scope.ENROLMENTS_WRITE,
        Scope.EVALUATIONS_READ,
        Scope.EVALUATIONS_WRITE,
        Scope.AWARDS_READ,
        Scope.AWARDS_WRITE,
        Scope.REDEMPTIONS_WRITE,
        Scope.NOTICES_READ,
        Scope.BADGES_READ,
        Scope.PROFILE_READ,
    }
)
_RECOGNISING: Final = frozenset({Scope.DECISIONS_WRITE, Scope.EVALUATIONS_READ, Scope.NOTICES_READ})
_OVERSEEING: Final = frozenset({Scope.REGISTERS_WRITE, Scope.ENDORSEMENTS_WRITE, Scope.NOTICES_READ, Scope.AUDIT_READ})
_MANAGING: Final = frozenset(
    {
        Scope.JOBS_MANAGE,
        Scope.WEBHOOKS_MANAGE,
        Scope.KEYS_MANAGE,
        Scope.MEMBERS_READ,
        Scope.MEMBERS_MANAGE,
        Scope.TOKENS_MANAGE,
        Scope.NOTICES_READ,
        Scope.AUDIT_READ,
        Scope.PROFILE_UPDATE,
        Scope.PROFILE_READ,
    }
)
_OF_ROLE: Final[Mapping[Role, frozenset[Scope]]] = MappingProxyType(
    {Role.PROVIDER: _ISSUING, Role.UNIVERSITY: _AWARDING | _RECOGNISING, Role.REGISTRAR: _OVERSEEING}
)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a member's role gives: these scopes, in an organisation that is one of `within` (all of them if empty)."""

    scopes: frozenset[Scope]
    within: frozenset[Role] = frozenset()


ROLES: Final[Mapping[MemberRole, Grant]] = MappingProxyType(
    {
        MemberRole.OWNER: Grant(_MANAGING | READING | _ISSUING | _AWARDING | _RECOGNISING | _OVERSEEING),
        MemberRole.ADMINISTRATOR: Grant(_MANAGING | READING),
        MemberRole.ISSUER: Grant(_ISSUING, frozenset({Role.PROVIDER})),
        MemberRole.REGISTRAR: Grant(_AWARDING, frozenset({Role.UNIVERSITY})),
        MemberRole.RECOGNISER: Grant(_RECOGNISING, frozenset({Role.UNIVERSITY})),
        MemberRole.OFFICER: Grant(_OVERSEEING, frozenset({Role.REGISTRAR})),
        MemberRole.AUDITOR: Grant(READING),
    }
)
"""What each role of a member gives."""


def within(body: Iterable[Role]) -> frozenset[Scope]:
    """Every scope that makes sense in an organisation that is all of `body`."""
    return (_MANAGING | READING).union(*(_OF_ROLE[role] for role in body))


def fits(role: MemberRole, body: Iterable[Role]) -> bool:
    """Whether an organisation that is all of `body` can have somebody in this role."""
    return not ROLES[role].within or not ROLES[role].within.isdisjoint(body)


def scopes_of(roles: Iterable[MemberRole], body: Iterable[Role]) -> frozenset[Scope]:
    """What somebody in these roles may do in an organisation that is all of `body`."""
    held = [ROLES[role].scopes for role in roles if fits(role, body)]
    return frozenset().union(*held) & within(body)


def callers_of(body: Iterable[Role]) -> frozenset[CallerRole]:
    """As what the people and keys of an organisation speak; their scopes narrow what each may do."""
    return frozenset(CALLERS[role] for role in body)


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody whom a person may act for: `kind` is `learner` or `organisation`, `subject` its id."""

    subject: str
    kind: str
    roles: frozenset[CallerRole]
    scopes: frozenset[Scope]
