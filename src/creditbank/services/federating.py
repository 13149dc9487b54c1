"""Signing in through an organisation: OpenID Connect Core 1.0, the authorization code flow with PKCE (RFC 7636).

An organisation names its issuer, and the issuer's word counts for people of that issuer alone: who somebody is are the
issuer and its subject together, never an e-mail address. Signing in makes nobody a member: that takes an invitation.

State, nonce and the PKCE verifier are random, kept by the bank for ten minutes, bound to the browser that began, and
gone with the first answer, right or wrong.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Protocol

from creditbank.canonical import JsonObject
from creditbank.errors import BadInput, NotFound, Refused, Unavailable
from creditbank.services.joining import Desk
from creditbank.services.passwords import UnusableAddress, normal_address
from creditbank.services.people import NewSignIn, UnusableName, readable_name
from creditbank.services.people_records import Challenge, IdentityProvider, SignInKind
from creditbank.services.ports import Safe, Transaction
from creditbank.services.sessions import FRESH, Opened, Sessions, hash_of, new_secret
from creditbank.services.signing_in import Asking, SignedIn
from creditbank.services.throttling import Pace, Try
from creditbank.services.trail import OPERATOR, Trail

OPEN_FOR: Final = timedelta(minutes=10)
TRIES: Final = Pace(30, timedelta(seconds=10))
CHECKS: Final = Pace(10, timedelta(minutes=1))
"""How often an organisation may have its issuer's description read."""
STATE_PREFIX: Final = "cbo_"


class UnusableIssuer(BadInput):
    """The address is none of an OpenID Connect issuer, or its own description says otherwise."""

    slug = "unusable-issuer"


class SecretMissing(BadInput):
    """The secret that is held belongs to another client or issuer, and no other was given."""

    slug = "secret-missing"


class NoIdentityProvider(NotFound):
    """The organisation has no issuer at which its people sign in."""

    slug = "no-identity-provider"


class IssuerUnavailable(Unavailable):
    """The organisation's issuer does not answer, or not as OpenID Connect says."""

    slug = "issuer-unavailable"


class WrongIdentity(Refused):
    """The answer of the issuer does not fit the question, the browser, or what the organisation asks for."""

    slug = "wrong-identity"


class Purpose(StrEnum):
    """What the issuer is asked for. The answer to one question is no answer to another."""

    SIGN_IN = "sign-in"
    AGAIN = "again"
    ADD = "add"


@dataclass(frozen=True, slots=True)
class Client:
    """The bank as an issuer knows it. `secret` is empty for a public client, `redirect` where the answer comes."""

    issuer: str
    id: str
    secret: str
    redirect: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What was sent along, and must come back; `since` is the earliest sign-in at the issuer that counts, if any."""

    nonce: str
    verifier: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is by the word of an issuer, after every check of it."""

    issuer: str
    subject: str
    claims: Mapping[str, Any]

    @property
    def handle(self) -> str:
        """The two together; neither holds a line break."""
        return f"{self.issuer}\n{self.subject}"


class Issuers(Protocol):
    """Speaks OpenID Connect."""

    def check(self, issuer: str) -> None:
        """Read the issuer's description; raises `UnusableIssuer` and `IssuerUnavailable`."""
        ...

    def address(self, client: Client, asked: Asked, *, state: str, fresh: bool) -> str:
        """Where the browser goes to sign in; with `fresh` the issuer must ask for the sign-in anew."""
        ...

    def identity(self, client: Client, asked: Asked, *, code: str, named: str) -> Identity:
        """Change a code into who somebody is; `named` is the issuer that the answer names, if it does (RFC 9207).

        Raises `WrongIdentity` for a token that fails any check, and `IssuerUnavailable`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Departure:
    """A browser on its way: where it goes, and the secret that it keeps until it comes back."""

    organisation: str
    address: str
    browser: str


@dataclass(frozen=True, slots=True)
class Return:
    """A browser that came back: what it was sent for, where to, and what came of it."""

    purpose: Purpose
    target: str
    signed_in: SignedIn | None = None
    opened: Opened | None = None


class Federating:
    """Lets the people of organisations sign in by their organisation's word."""

    def __init__(
        self, desk: Desk, sessions: Sessions, issuers: Callable[[], Issuers], safe: Safe, trail: Trail
    ) -> None:
        self._desk, self._sessions, self._issuers, self._safe, self._trail = desk, sessions, issuers, safe, trail

    def configure(
        self,
        organisation: str,
        *,
        issuer: str,
        client: str,
        secret: str | None,
        domains: tuple[str, ...],
        claims: JsonObject,
        by: str = OPERATOR,
    ) -> IdentityProvider:
        """Set where the people of an organisation sign in; the secret is sealed by the vault.

        Without a secret the one that is held stays, as long as issuer and client stay: it is never told to another
        issuer. An empty one makes a public client. Raises `UnknownRecord`, `SecretMissing`, `UnusableIssuer`,
        `IssuerUnavailable` and `TooManyTries`.
        """
        self._check(organisation, issuer)
        now, lowered = self._desk.clock.now(), tuple(each.lower() for each in domains)
        with self._desk.store.transaction() as tx:
            tx.get_organisation(organisation)
            held = tx.find_identity_provider(organisation)
            if secret is not None:
                sealed = self._safe.lock(_about(organisation), secret.encode())
            elif held is not None and (held.issuer, held.client) == (issuer, client):
                sealed = held.secret
            else:
                raise SecretMissing(
                    "A secret is kept for one client of one issuer, and these are others.",
                    next_step="Give the secret of this client, or an empty one where it has none.",
                )
            made = IdentityProvider(organisation, issuer, client, sealed, lowered, claims, now)
            tx.put_identity_provider(made)
            self._trail.tell(tx, by, "issuer.set", organisation, issuer, organisation=organisation)
        return made

    def check(self, organisation: str) -> IdentityProvider:
        """Read the description of the issuer that is set, as a sign-in would.

        Raises `NoIdentityProvider`, `UnusableIssuer`, `IssuerUnavailable` and `TooManyTries`.
        """
        provider = self.provider(organisation)
        self._check(organisation, provider.issuer)
        return provider

    def has_secret(self, provider: IdentityProvider) -> bool:
        """Whether the bank holds a secret for this client."""
        return bool(self._safe.unlock(_about(provider.organisation), provider.secret))

    def _check(self, organisation: str, issuer: str) -> None:
        self._desk.throttling.count(Try("issuer-check", organisation, CHECKS))
        self._issuers().check(issuer)

    def forget(self, organisation: str, *, by: str = OPERATOR) -> None:
        """Let nobody sign in through this organisation any more; raises `NoIdentityProvider`."""
        with self._desk.store.transaction() as tx:
            if not tx.remove_identity_provider(organisation):
                raise _none()
            self._trail.tell(tx, by, "issuer.removed", organisation, organisation=organisation)

    def provider(self, organisation: str) -> IdentityProvider:
        """Where an organisation's people sign in; raises `NoIdentityProvider`."""
        with self._desk.store.transaction() as tx:
            provider = tx.find_identity_provider(organisation)
        if provider is None:
            raise _none()
        return provider

    def choices(self) -> list[tuple[str, str]]:
        """The organisations through which people sign in: ids and names, by name."""
        with self._desk.store.transaction() as tx:
            found = [tx.get_organisation(each.organisation) for each in tx.identity_providers()]
        return sorted(((each.id, each.name) for each in found), key=lambda pair: (pair[1], pair[0]))

    def depart(
        self, organisation: str, purpose: Purpose, *, redirect: str, target: str, asking: Asking, person: str = ""
    ) -> Departure:
        """Send a browser to its organisation; raises `NoIdentityProvider`, `IssuerUnavailable` and `TooManyTries`."""
        desk = self._desk
        desk.throttling.count(asking.try_from_here("organisation", TRIES))
        client = self._client(organisation, redirect)
        state, browser, nonce, verifier = (new_secret(desk.entropy, STATE_PREFIX) for _ in range(4))
        fresh = purpose is not Purpose.SIGN_IN
        address = self._issuers().address(client, Asked(nonce, verifier), state=state, fresh=fresh)
        content: JsonObject = {
            "organisation": organisation,
            "purpose": purpose.value,
            "person": person,
            "browser": hash_of(browser).hex(),
            "nonce": nonce,
            "verifier": self._safe.lock("oidc verifier", verifier.encode()).decode(),
            "target": target,
        }
        with desk.store.transaction() as tx:
            tx.add_challenge(Challenge(hash_of(state), "oidc", content, desk.clock.now() + OPEN_FOR))
        return Departure(organisation, address, browser)

    def arrive(
        self, *, state: str, code: str, named: str, browser: str, redirect: str, asking: Asking, person: str, at: str
    ) -> Return:
        """Take in what an issuer answered; `person` is who is signed in in this browser, if anybody.

        Raises `WrongIdentity`, `IssuerUnavailable`, `NoIdentityProvider`, `SignInTaken` and `TooManySignIns`.
        """
        desk = self._desk
        with desk.store.transaction() as tx:  # the question is used up, whatever the answer is
            found = tx.take_challenge(hash_of(state), "oidc", desk.clock.now())
        if found is None or not hmac.compare_digest(str(found.content["browser"]), hash_of(browser).hex()):
            raise WrongIdentity(
                "This sign-in was not begun in this browser, or more than ten minutes ago.", next_step="Begin again."
            )
        content, purpose = found.content, Purpose(str(found.content["purpose"]))
        if purpose is not Purpose.SIGN_IN and content["person"] != person:
            raise WrongIdentity("Somebody else is signed in here meanwhile.", next_step="Begin again.")
        organisation = str(content["organisation"])
        verifier = self._safe.unlock("oidc verifier", str(content["verifier"]).encode()).decode()
        since = None if purpose is Purpose.SIGN_IN else found.expires - OPEN_FOR
        asked = Asked(str(content["nonce"]), verifier, since)
        identity = self._issuers().identity(self._client(organisation, redirect), asked, code=code, named=named)
        self._admit(organisation, identity)
        target = str(content["target"])
        if purpose is Purpose.SIGN_IN:
            return Return(purpose, target, signed_in=self._enter(organisation, identity, asking))
        if purpose is Purpose.AGAIN:
            return Return(purpose, target, opened=self._confirm(person, identity, asking))
        way = self._way(organisation, identity)
        with desk.store.transaction() as tx:
            desk.tell(tx, person, at, "An organisation's sign-in was added to your account.")
            desk.people.add(tx, person, way)
        return Return(purpose, target)

    def _enter(self, organisation: str, identity: Identity, asking: Asking) -> SignedIn:
        desk, way = self._desk, self._way(organisation, identity)
        with desk.store.transaction() as tx:
            sign_in = tx.find_sign_in(SignInKind.OIDC, identity.handle)
            fresh = _showed_lately(identity, desk.clock.now())
            if sign_in is not None:
                _admit_everywhere(tx, sign_in.person, identity)
                return desk.signing_in.begin(tx, sign_in, asking, fresh=fresh)
            # An account without a learner's account: an organisation's word opens work, not somebody's credits.
            person = desk.people.open(tx, _name_in(identity), way)
            return desk.signing_in.begin_for(tx, person.id, asking, fresh=fresh)

    def _confirm(self, person: str, identity: Identity, asking: Asking) -> Opened:
        with self._desk.store.transaction() as tx:
            sign_in = tx.find_sign_in(SignInKind.OIDC, identity.handle)
            if sign_in is None or sign_in.person != person:
                raise WrongIdentity("This is somebody else.", next_step="Sign in as yourself at your organisation.")
            _admit_everywhere(tx, person, identity)
            tx.use_sign_in(sign_in.id, when=self._desk.clock.now(), counter=0)
        return self._sessions.renew(asking.session, fresh=True)

    def _way(self, organisation: str, identity: Identity) -> NewSignIn:
        with self._desk.store.transaction() as tx:
            body = tx.get_organisation(organisation)
        return NewSignIn(SignInKind.OIDC, identity.handle, label=body.name, contact=_contact_in(identity))

    def _admit(self, organisation: str, identity: Identity) -> None:
        provider = self.provider(organisation)
        if identity.issuer != provider.issuer:
            raise _unfit()
        _require(provider, identity)

    def _client(self, organisation: str, redirect: str) -> Client:
        provider = self.provider(organisation)
        secret = self._safe.unlock(_about(organisation), provider.secret).decode()
        return Client(provider.issuer, provider.client, secret, redirect)


def _require(provider: IdentityProvider, identity: Identity) -> None:
    """What an organisation asks for of a token: an address of its domains that the issuer verified, and claims."""
    if provider.domains:
        local, _, domain = str(identity.claims.get("email", "")).rpartition("@")
        verified = identity.claims.get("email_verified") is True
        if not (verified and local and domain.lower() in provider.domains):
            raise _unfit()
    for name, wanted in provider.claims.items():
        held = identity.claims.get(name)
        if wanted != held and not (isinstance(held, list) and wanted in held):
            raise _unfit()


def _admit_everywhere(tx: Transaction, person: str, identity: Identity) -> None:
    """Two organisations may share an issuer, and whom one let go is not let in by the other's door.

    So a member is asked for all that each organisation of theirs with this issuer asks for.
    """
    for record in tx.memberships_of(person):
        provider = tx.find_identity_provider(record.organisation)
        if provider is not None and provider.issuer == identity.issuer:
            _require(provider, identity)


def _showed_lately(identity: Identity, now: datetime) -> bool:
    """Whether somebody showed the issuer who they are just now, and did not only find its session open."""
    at = identity.claims.get("auth_time")
    return isinstance(at, int) and not isinstance(at, bool) and now.timestamp() - at < FRESH.total_seconds()


def _about(organisation: str) -> str:
    return f"oidc client of {organisation}"


def _contact_in(identity: Identity) -> str:
    """Where the person is written to: an address that the issuer verified, if it is one, and one alone."""
    if identity.claims.get("email_verified") is not True:
        return ""
    try:
        return normal_address(str(identity.claims.get("email", "")))
    except UnusableAddress:
        return ""


def _name_in(identity: Identity) -> str:
    try:
        return readable_name(str(identity.claims.get("name", "")))
    except UnusableName:
        return "Without a name"


def _none() -> NoIdentityProvider:
    return NoIdentityProvider(
        "Nobody signs in through this organisation.", next_step="Choose another organisation, or sign in another way."
    )


def _unfit() -> WrongIdentity:
    return WrongIdentity(
        "This organisation does not let this account of its issuer in.",
        next_step="Sign in there with the account that it gave you, or ask it.",
    )
