"""The records of people: who somebody is, the ways by which they sign in, and the sessions of their browsers.

A person is no e-mail address and no password: those belong to a sign-in, of which a person may have several, and the
account outlives each of them.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from creditbank.canonical import Digest, JsonObject


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in. The name is theirs to choose and to change, and identifies nobody."""

    id: str
    name: str
    created: datetime


class SignInKind(StrEnum):
    """How somebody shows who they are: something they know, a key that a device holds, or an organisation's word."""

    PASSWORD = "password"  # noqa: S105 - the name of a kind
    PASSKEY = "passkey"
    OIDC = "oidc"


@dataclass(frozen=True, slots=True)
class SignIn:
    """One way by which a person signs in.

    `handle` is unique among those of its kind: an e-mail address in its normal form, a passkey's credential id, an
    issuer with its subject. `secret` is the Argon2id hash of a password or the public key of a passkey, empty for an
    organisation's word; `counter` is a passkey's own count of signatures; `contact` is where its person is told of what
    happens to the account. `details` is what a kind keeps besides.
    """

    id: str
    person: str
    kind: SignInKind
    handle: str
    secret: str
    counter: int
    label: str
    contact: str
    added: datetime
    used: datetime | None = None
    details: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One browser in which a person is signed in, known by the hash of a random id that only the browser has.

    `acting` is the learner or organisation it speaks for, empty for none. `fresh` is when the person last showed who
    they are; `agent` is the digest of what the browser calls itself, never the text.
    """

    hash: Digest
    id: str
    person: str
    acting: str
    created: datetime
    seen: datetime
    expires: datetime
    fresh: datetime
    agent: Digest


class LinkPurpose(StrEnum):
    """What a link that came by mail is good for."""

    SIGN_UP = "sign-up"
    ADDRESS = "address"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class Link:
    """A link that went out by mail, by the hash of its token. `person` is whose account it is about, if anybody's."""

    hash: Digest
    purpose: LinkPurpose
    address: str
    person: str | None
    expires: datetime


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a browser was asked, by the hash of a random name that the browser keeps; it is answered once or not at all.

    `kind` says which question it was, so that the answer to one is no answer to another.
    """

    hash: Digest
    kind: str
    content: JsonObject
    expires: datetime


@dataclass(frozen=True, slots=True)
class StoredLetter:
    """A mail on its way, sealed. It is due again while nobody has sent it; `tries` counts how often that failed."""

    id: str
    content: bytes
    due: datetime
    tries: int


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """Where an organisation's people sign in: its OpenID Connect issuer, and what the bank is called there.

    `secret` is the client's secret, sealed by the vault; empty for a public client. People are let in with an e-mail
    address of one of `domains` that the issuer has verified, where any are named, and with each of `claims`.
    """

    organisation: str
    issuer: str
    client: str
    secret: bytes
    domains: tuple[str, ...]
    claims: JsonObject
    set: datetime
