"""OAuth 2.0 for clients, as the Open Badges 3.0 API asks for (Open Badges 3.0, 8; RFC 6749, 7636, 7591, 7009).

A client of an organisation exchanges its secret for access tokens of an hour (client credentials). A client that
registered itself speaks for nobody until a person lets it, by an authorisation code with PKCE; then it reads and adds
that learner's badges. Anybody may register a client, so registrations are paced by network address, and what nobody
was ever asked for makes room for newer ones. Tokens are opaque, kept as hashes, and die with their grant, their client,
or the right of whoever made the client. A code or refresh token that is shown a second time was stolen by somebody, so
its grant ends.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NoReturn
from urllib.parse import parse_qs, urlsplit

from creditbank.errors import BadInput, Refused
from creditbank.services.access import Access, Holder
from creditbank.services.grant_records import Grant, GrantToken, TokenUse
from creditbank.services.membership import Giver
from creditbank.services.membership_records import AccessKey, KeyKind
from creditbank.services.ports import Clock, Entropy, Store, Transaction, UnknownRecord
from creditbank.services.rights import BADGES, LEARNERS, CallerRole, Scope, callers_of, within
from creditbank.services.secret_texts import Prefix, hint_of, is_secret, kept, new_secret
from creditbank.services.signing_in import network_of
from creditbank.services.throttling import Pace, Throttling, TooManyTries, Try
from creditbank.services.trail import Trail

ACCESS_LIFE: Final = timedelta(hours=1)
REFRESH_LIFE: Final = timedelta(days=30)
CODE_LIFE: Final = timedelta(minutes=5)
CLIENT_LIFE: Final = timedelta(days=365)
VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
MOST_REDIRECTS: Final = 8
REGISTRATIONS: Final = Pace(10, timedelta(minutes=6))
"""Registrations from one network address: ten, and one more each six minutes."""
MOST_UNUSED: Final = 1_000
"""So many clients are kept that registered themselves and that nobody has let do anything."""
UNUSED_FOR: Final = timedelta(hours=1)
"""For so long a registration waits for a person before it makes room for others."""
OURS: Final = frozenset({"code", "state", "iss", "error", "error_description"})
"""What the answer adds to an address (RFC 6749, 4.1.2; RFC 9207, 2): no client may have written it there before."""
SCHEME: Final = "urn:uuid:"
HOST: Final = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[^@:\[\]]+)(?::[0-9]{1,5})?")
LOOPBACK: Final = frozenset({"127.0.0.1", "[::1]"})
NATIVE: Final = re.compile(r"(?P<host>http://(?:127\.0\.0\.1|\[::1\]))(?::(?P<port>[1-9][0-9]{0,4}))?(?P<rest>[/?].*|)")
"""An address of a program on the person's own machine, whose port the machine chooses (RFC 8252, 7.3)."""
HIGHEST_PORT: Final = 65_535


class GrantRefused(Refused):
    """A client is not given what it asks for; `error` is the word of RFC 6749, 5.2."""

    slug = "grant-refused"

    def __init__(self, error: str, sentence: str) -> None:
        self.error = error
        super().__init__(sentence)


class UnknownClient(GrantRefused):
    """Nobody is sent back: neither client nor address are known, so the answer stays on a page of ours.

    RFC 6749, 4.1.2.1: an address that was not checked is not followed, not even with an error.
    """

    slug = "unknown-client"

    def __init__(self, sentence: str) -> None:
        super().__init__("invalid_request", sentence)


class ClientRefused(BadInput):
    """A client cannot be registered like this; `error` is the word of RFC 7591, 3.2.2."""

    slug = "client-refused"

    def __init__(self, error: str, sentence: str) -> None:
        self.error = error
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class Granted:
    """What a client is given, shown once: tokens, their scopes, and for how many seconds the access token is good."""

    access: str
    scopes: frozenset[Scope]
    seconds: int
    refresh: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client asks a person for: an authorisation request (RFC 6749, 4.1.1 with RFC 7636, 4.3), checked."""

    client: AccessKey
    redirect: str
    scopes: frozenset[Scope]
    challenge: str


class Granting:
    """Registers clients, asks people for them, and gives tokens out."""

    def __init__(self, store: Store, access: Access, trail: Trail, clock: Clock, entropy: Entropy) -> None:
        self._store, self._access, self._trail = store, access, trail
        self._clock, self._entropy, self._throttling = clock, entropy, Throttling(store, clock)

    def make_client(
        self, request: str, *, organisation: str, label: str, scopes: Iterable[Scope], by: Giver, days: int
    ) -> tuple[AccessKey, str | None]:
        """A client of an organisation, once, under the rules of a token: see `Access.make`."""
        return self._access.make(
            request,
            kind=KeyKind.CLIENT,
            organisation=organisation,
            label=label,
            scopes=scopes,
            by=by,
            days=days,
        )

    def register(
        self, *, label: str, redirects: tuple[str, ...], scopes: frozenset[Scope], address: str = ""
    ) -> tuple[AccessKey, str]:
        """A client that registers itself (RFC 7591) and speaks for nobody yet; counted against its network address.

        Raises `ClientRefused`, and `TooManyTries` also while too many wait that nobody has let do anything.
        """
        if not label.strip() or len(label) > 100 or not label.isprintable():
            raise ClientRefused("invalid_client_metadata", "A client has a name of 1 to 100 readable characters.")
        if not 0 < len(redirects) <= MOST_REDIRECTS or not all(map(_is_redirect, redirects)):
            raise ClientRefused(
                "invalid_redirect_uri", "A client names 1 to 8 https addresses, or loopback ones, without a fragment."
            )
        if not scopes or not scopes <= BADGES:
            raise ClientRefused("invalid_client_metadata", "The scopes are those of the Open Badges 3.0 API.")
        self._throttling.count(Try("registration from", network_of(address), REGISTRATIONS))
        secret, now, id = new_secret(Prefix.CLIENT, self._entropy), self._clock.now(), self._entropy.urn()
        made = AccessKey(
            id=id,
            request=f"registered:{id}",
            kind=KeyKind.CLIENT,
            hash=kept(secret),
            hint=hint_of(secret),
            organisation=None,
            scopes=scopes,
            label=label,
            by="itself",
            created=now,
            expires=now + CLIENT_LIFE,
            redirects=redirects,
        )
        with self._store.transaction() as tx:  # no word in the trail, which strangers would fill: `client.allowed` is
            if tx.count_unused_clients() >= MOST_UNUSED:
                tx.forget_unused_clients(now - UNUSED_FOR)
                if tx.count_unused_clients() >= MOST_UNUSED:
                    raise TooManyTries(int(UNUSED_FOR.total_seconds()))
            tx.add_access_key(made)
        return made, secret

    def client(self, id: str, secret: str) -> AccessKey:
        """The client that authenticates itself; raises `GrantRefused`, alike for an unknown one and a wrong secret."""
        with self._store.transaction() as tx:
            key = tx.find_access_key(kept(secret)) if is_secret(Prefix.CLIENT, secret) else None
            if key is None or key.kind is not KeyKind.CLIENT or not self._good(key):
                _refuse("invalid_client", "The client is not known, or this is not its secret.")
            if not hmac.compare_digest(client_id(key).encode(), id.encode()):
                _refuse("invalid_client", "The client is not known, or this is not its secret.")
            self._access.note(tx, key)
        return key

    def for_itself(self, client: AccessKey, scopes: frozenset[Scope]) -> Granted:
        """An access token for a client of an organisation (RFC 6749, 4.4); raises `GrantRefused`."""
        if client.organisation is None:
            _refuse("unauthorized_client", "This client speaks for nobody until a person lets it.")
        wanted = _narrowed(scopes, client)
        with self._store.transaction() as tx:
            standing = (one for one in tx.grants_of(client.organisation) if one.key == client.id)
            grant = next((one for one in standing if one.scopes == wanted), None)
            if grant is None:
                grant = Grant(self._entropy.urn(), client.id, client.organisation, None, wanted, self._clock.now())
                tx.add_grant(grant)
            return self._give(tx, grant, refresh=False)

    def require_redirect(self, *, client: str, redirect: str) -> AccessKey:
        """The client that registered itself and this very address, to the letter (RFC 9700, 2.1).

        Of a loopback address the port is the program's own choice at each time (RFC 8252, 7.3), and nothing else is.
        Raises `UnknownClient`.
        """
        with self._store.transaction() as tx:
            key = self._find(tx, client)
        if key is None or not _registered(redirect, key):
            raise UnknownClient("This client is not known here, or not under this address.")
        return key

    def asked(self, *, client: str, redirect: str, scopes: frozenset[Scope], challenge: str) -> Asked:
        """Check what a client asks a person for, before anybody is sent anywhere.

        Raises `UnknownClient`, and `GrantRefused`.
        """
        key = self.require_redirect(client=client, redirect=redirect)
        if CHALLENGE.fullmatch(challenge) is None:
            _refuse("invalid_request", "A client asks with a challenge of S256 (RFC 7636).")
        return Asked(key, redirect, _narrowed(scopes, key) & BADGES, challenge)

    def allow(self, asked: Asked, *, person: str, learner: str) -> str:
        """The code by which a client gets what a person allows it for their own account; shown once.

        Raises `GrantRefused` where it is somebody else's account, and `UnknownClient` where the client ended meanwhile.
        """
        code, now = new_secret(Prefix.CODE, self._entropy), self._clock.now()
        with self._store.transaction() as tx:
            key = tx.get_access_key(asked.client.id)  # the person may have looked at the question for a while
            if not self._good(key) or not _registered(asked.redirect, key) or not asked.scopes <= key.scopes & BADGES:
                raise UnknownClient("This client is not known here any more, or not under this address.")
            if all(one.id != learner for one in tx.learners_of(person)):
                _refuse("access_denied", "Only the person whose account it is allows this.")
            grant = Grant(
                id=self._entropy.urn(),
                key=asked.client.id,
                subject=learner,
                person=person,
                scopes=asked.scopes,
                created=now,
                code=kept(code),
                challenge=asked.challenge,
                redirect=asked.redirect,
                expires=now + CODE_LIFE,
            )
            tx.add_grant(grant)
            self._trail.tell(tx, f"person:{person}", "client.allowed", asked.client.id, " ".join(sorted(asked.scopes)))
        return code

    def let_in(self, person: str) -> list[tuple[Grant, AccessKey]]:
        """What a person let programs do for their own accounts and has not ended, oldest first."""
        with self._store.transaction() as tx:
            standing = [one for learner in tx.learners_of(person) for one in tx.grants_of(learner.id)]
            mine = [one for one in standing if one.person == person and one.used is not None]
            return [(one, tx.get_access_key(one.key)) for one in mine]

    def end(self, grant: str, *, person: str) -> None:
        """End what a person let a program do, at once and with every token; raises `UnknownRecord` for another's."""
        with self._store.transaction() as tx:
            found = tx.get_grant(grant)
            if found.person != person:
                raise UnknownRecord(f"There is no grant {grant}.")
            tx.end_grant(grant, self._clock.now())
            self._trail.tell(tx, f"person:{person}", "client.ended", found.key)

    def exchange(self, client: AccessKey, *, code: str, redirect: str, verifier: str) -> Granted:
        """Tokens for a code (RFC 6749, 4.1.3; RFC 7636, 4.6); one that is shown again ends the grant."""
        with self._store.transaction() as tx:
            grant = tx.find_grant_by_code(kept(code)) if is_secret(Prefix.CODE, code) else None
            now, granted = self._clock.now(), None
            if grant is None or not _proves(grant, client, redirect, verifier) or grant.expires is None:
                pass
            elif grant.used is not None or (grant.expires > now and not tx.use_code(grant.id, now)):
                tx.end_grant(grant.id, now)  # also long after: a code does not become less stolen
            elif grant.expires > now:
                granted = self._give(tx, grant, refresh=True)
        return granted or _refuse("invalid_grant", "The code is not good: unknown, used, too old, or another's.")

    def refresh(self, client: AccessKey, token: str) -> Granted:
        """The next pair for a refresh token (RFC 6749, 6); one that is shown again ends the grant."""
        with self._store.transaction() as tx:
            known = tx.find_grant_token(kept(token)) if is_secret(Prefix.ACCESS, token) else None
            grant = None if known is None else tx.get_grant(known.grant)
            good = known is not None and known.use is TokenUse.REFRESH and known.expires > self._clock.now()
            if known is None or grant is None or not good or grant.key != client.id or grant.revoked is not None:
                granted = None
            elif tx.spend_grant_token(known.hash, self._clock.now()):
                granted = self._give(tx, grant, refresh=True)
            else:
                tx.end_grant(grant.id, self._clock.now())
                granted = None
        return granted or _refuse(
            "invalid_grant", "The refresh token is not good: unknown, used, too old, or another's."
        )

    def revoke(self, client: AccessKey, token: str) -> None:
        """End what a person allowed, or one token of a client for itself (RFC 7009); no such token is no error."""
        with self._store.transaction() as tx:
            known = tx.find_grant_token(kept(token)) if is_secret(Prefix.ACCESS, token) else None
            grant = None if known is None else tx.get_grant(known.grant)
            if known is None or grant is None or grant.key != client.id:
                return
            if grant.code is None:
                tx.spend_grant_token(known.hash, self._clock.now())
            else:
                tx.end_grant(grant.id, self._clock.now())

    def holder(self, token: str) -> Holder | None:
        """Whom an access token speaks for; None for one that is unknown, expired, or whose grant or client ended."""
        if not is_secret(Prefix.ACCESS, token):
            return None
        with self._store.transaction() as tx:
            known = tx.find_grant_token(kept(token))
            if known is None or known.use is not TokenUse.ACCESS or known.spent is not None:
                return None
            if known.expires <= self._clock.now():
                return None
            grant = tx.get_grant(known.grant)
            key = tx.get_access_key(grant.key)
            if grant.revoked is not None or not self._good(key):
                return None
            if key.organisation is None:
                return self._for_learner(tx, grant, key)
            body = tx.get_organisation(key.organisation)
        scopes = grant.scopes & key.scopes & within(body.roles)
        return Holder(key.id, body.id, callers_of(body.roles), scopes, key.label)

    def _for_learner(self, tx: Transaction, grant: Grant, key: AccessKey) -> Holder | None:
        """The learner, as long as the account is still the person's who allowed it."""
        person = grant.person or ""
        if all(one.id != grant.subject for one in tx.learners_of(person)):
            return None
        scopes = grant.scopes & key.scopes & LEARNERS
        return Holder(key.id, grant.subject, frozenset({CallerRole.LEARNER}), scopes, key.label, person)

    def _find(self, tx: Transaction, client: str) -> AccessKey | None:
        keys = [tx.find_access_key_by_request(f"registered:{SCHEME}{client}")]
        return next((key for key in keys if key is not None and self._good(key)), None)

    def _give(self, tx: Transaction, grant: Grant, *, refresh: bool) -> Granted:
        tx.forget_grant_tokens(self._clock.now())
        access = self._token(tx, grant, TokenUse.ACCESS, ACCESS_LIFE)
        again = self._token(tx, grant, TokenUse.REFRESH, REFRESH_LIFE) if refresh else None
        return Granted(access, grant.scopes, int(ACCESS_LIFE.total_seconds()), again)

    def _token(self, tx: Transaction, grant: Grant, use: TokenUse, life: timedelta) -> str:
        secret, now = new_secret(Prefix.ACCESS, self._entropy), self._clock.now()
        tx.add_grant_token(GrantToken(kept(secret), grant.id, use, now, now + life))
        return secret

    def _good(self, key: AccessKey) -> bool:
        return key.revoked is None and key.expires > self._clock.now()


def client_id(key: AccessKey) -> str:
    """What a client calls itself: its id without a colon, which would end a name in Basic authentication (RFC 7617)."""
    return key.id.removeprefix(SCHEME)


def scopes_in(text: str) -> frozenset[Scope]:
    """The scopes of a request (RFC 6749, 3.3); raises `GrantRefused` for one that there is not."""
    known = set(Scope)
    words = text.split()
    if not set(words) <= known:
        _refuse("invalid_scope", "A scope that is asked for does not exist here.")
    return frozenset(Scope(word) for word in words)


def _narrowed(scopes: frozenset[Scope], client: AccessKey) -> frozenset[Scope]:
    """What is asked for where the client may have it all, and all that it may have where it asks for nothing."""
    if not scopes <= client.scopes:
        _refuse("invalid_scope", "The client was made without a scope that it asks for.")
    return scopes or client.scopes


def _proves(grant: Grant, client: AccessKey, redirect: str, verifier: str) -> bool:
    """Whether the code was given to this client, for this address, and whoever asks knows the verifier."""
    if grant.key != client.id or grant.redirect != redirect or VERIFIER.fullmatch(verifier) is None:
        return False
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    return hmac.compare_digest(made.encode(), (grant.challenge or "").encode())


def _registered(address: str, client: AccessKey) -> bool:
    """Whether a client named this address, or the same of this machine with another port (RFC 9700, 2.1)."""
    return address in client.redirects or (
        (native := _without_port(address)) is not None and native in map(_without_port, client.redirects)
    )


def _without_port(address: str) -> str | None:
    """An address of this machine as it is under any port; None for every other."""
    parts = NATIVE.fullmatch(address) if _is_redirect(address) else None
    if parts is None or int(parts["port"] or 80) > HIGHEST_PORT:
        return None
    return parts["host"] + parts["rest"]


def _is_redirect(address: str) -> bool:
    """An https address, or one of this very machine for a program on it (RFC 8252, 7.3), without a fragment."""
    odd = any(
        each in address for each in "# \\"
    )  # what follows a backslash browsers and parsers read as different hosts
    if len(address) > 300 or not address.isascii() or not address.isprintable() or odd:
        return False
    try:
        parts = urlsplit(address)
        asked = parse_qs(parts.query, keep_blank_values=True, max_num_fields=20)
    except ValueError:
        return False
    host = HOST.fullmatch(parts.netloc)
    if host is None or not OURS.isdisjoint(asked):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host["name"] in LOOPBACK)


def _refuse(error: str, sentence: str) -> NoReturn:
    raise GrantRefused(error, sentence)
