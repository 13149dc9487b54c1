"""Keys of programs: tokens that are sent with each request (threats 53 and 54).

A key is shown once and kept as its hash, does only what its scopes say, expires, and is revoked at once. Only a member
who manages keys makes one, and never with more scope than they hold; when they lose the right, their keys go. What a
key may do is narrowed again at each use to what its organisation is.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from creditbank.errors import BadInput, NotFound
from creditbank.services.membership import KEY, BeyondOwnRights, Giver, made_by, maker_of, standing_of
from creditbank.services.membership_records import AccessKey, KeyKind
from creditbank.services.ports import Clock, Entropy, Store, Transaction
from creditbank.services.records import Organisation
from creditbank.services.rights import CallerRole, Scope, callers_of, within
from creditbank.services.secret_texts import Prefix, hint_of, is_secret, kept, new_secret
from creditbank.services.trail import Trail

DAYS: Final = 90
MOST_DAYS: Final = 365
LONGEST_LABEL: Final = 100
MOST_KEYS: Final = 200
PREFIXES: Final = MappingProxyType({KeyKind.TOKEN: Prefix.TOKEN, KeyKind.CLIENT: Prefix.CLIENT})


class NoSuchKey(NotFound):
    """The organisation has no such token or client."""

    slug = "no-such-key"


class UnusableKeyRequest(BadInput):
    """A key cannot be made like this."""

    slug = "unusable-key-request"


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a key speaks for, and what it may do now."""

    key: str
    subject: str
    roles: frozenset[CallerRole]
    scopes: frozenset[Scope]
    label: str
    person: str = ""


class Access:
    """Makes, lists, revokes and recognises the keys of programs."""

    def __init__(self, store: Store, trail: Trail, clock: Clock, entropy: Entropy) -> None:
        self._store, self._trail, self._clock, self._entropy = store, trail, clock, entropy

    def make_token(
        self,
        request: str,
        *,
        organisation: str,
        label: str,
        scopes: Iterable[Scope],
        by: Giver,
        days: int = DAYS,
    ) -> tuple[AccessKey, str | None]:
        """Make a token, once: see `make`."""
        return self.make(
            request,
            kind=KeyKind.TOKEN,
            organisation=organisation,
            label=label,
            scopes=scopes,
            by=by,
            days=days,
        )

    def make(
        self,
        request: str,
        *,
        kind: KeyKind,
        organisation: str,
        label: str,
        scopes: Iterable[Scope],
        by: Giver,
        days: int,
    ) -> tuple[AccessKey, str | None]:
        """Make a key, once: asked again with the same `request`, it has no secret to show.

        Raises `BeyondOwnRights` for scopes that the maker does not hold, and `UnusableKeyRequest`.
        """
        wanted = frozenset(scopes)
        _require_usable(label, wanted, days)
        with self._store.transaction() as tx:
            body = tx.get_organisation(organisation)
            self._trail.hold(tx, organisation)
            if (standing := tx.find_access_key_by_request(request)) is not None:
                return standing, None
            _require_rights(standing_of(tx, body, by), wanted, body)
            if len([key for key in tx.access_keys_of(organisation) if self._good(key)]) >= MOST_KEYS:
                raise UnusableKeyRequest(
                    f"An organisation has at most {MOST_KEYS} keys.", next_step="Revoke those that nobody uses."
                )
            secret = new_secret(PREFIXES[kind], self._entropy)
            made = self._key(request, kind, secret, organisation, wanted, label, by, days)
            if (maker := maker_of(tx, by)) is not None:
                made = replace(made, expires=min(made.expires, maker.expires))
            tx.add_access_key(made)
            self._trail.tell(tx, by.actor, f"{kind}.made", made.id, " ".join(sorted(wanted)), organisation=organisation)
        return made, secret

    def keys(self, organisation: str, kind: KeyKind = KeyKind.TOKEN) -> list[AccessKey]:
        """The keys of an organisation that are good, oldest first; raises `UnknownRecord`."""
        with self._store.transaction() as tx:
            tx.get_organisation(organisation)
            return [key for key in tx.access_keys_of(organisation) if key.kind is kind and self._good(key)]

    def revoke(self, organisation: str, id: str, *, by: Giver) -> None:
        """Revoke a key for good, with every key that it made and that those made.

        Whoever stole a key that makes others has made some. Raises `NoSuchKey` for one that is not good, and
        `BeyondOwnRights`.
        """
        with self._store.transaction() as tx:
            body = tx.get_organisation(organisation)
            self._trail.hold(tx, organisation)
            if Scope.TOKENS_MANAGE not in standing_of(tx, body, by).scopes:
                raise _not_a_manager()
            known = any(key.id == id and self._good(key) for key in tx.access_keys_of(organisation))
            if not known or not tx.revoke_access_key(id, self._clock.now()):
                raise NoSuchKey("The organisation has no such token.", next_step="Read the list of its tokens.")
            self._trail.tell(tx, by.actor, "token.revoked", id, organisation=organisation)
            for key in made_by(tx.access_keys_of(organisation), f"{KEY}{id}"):
                if tx.revoke_access_key(key.id, self._clock.now()):
                    why = "the key that made it was revoked"
                    self._trail.tell(tx, by.actor, "key.revoked", key.id, why, organisation=organisation)

    def holder(self, secret: str) -> Holder | None:
        """Whom a token speaks for; None for one that is unknown, expired or revoked. Notes the hour of its use."""
        if not is_secret(Prefix.TOKEN, secret):
            return None
        with self._store.glancing() as tx:
            key = tx.find_access_key(kept(secret))
            if key is None or key.kind is not KeyKind.TOKEN or not self._good(key) or key.organisation is None:
                return None
            holder = _holder(key, tx.get_organisation(key.organisation))
        if self._is_news(key):
            with self._store.transaction() as tx:
                self.note(tx, key)
        return holder

    def _is_news(self, key: AccessKey) -> bool:
        """Whether the hour that has begun is the first in which this key is used since the one noted."""
        return key.used is None or key.used < self._hour()

    def _hour(self) -> datetime:
        return self._clock.now().replace(minute=0, second=0, microsecond=0)

    def note(self, tx: Transaction, key: AccessKey) -> None:
        """Write down in which hour a key was used last."""
        if self._is_news(key):
            tx.use_access_key(key.id, self._hour())

    def _good(self, key: AccessKey) -> bool:
        return key.revoked is None and key.expires > self._clock.now()

    def _key(
        self,
        request: str,
        kind: KeyKind,
        secret: str,
        organisation: str | None,
        scopes: frozenset[Scope],
        label: str,
        by: Giver,
        days: int,
    ) -> AccessKey:
        now: datetime = self._clock.now()
        return AccessKey(
            id=self._entropy.urn(),
            request=request,
            kind=kind,
            hash=kept(secret),
            hint=hint_of(secret),
            organisation=organisation,
            scopes=scopes,
            label=label,
            by=by.actor,
            created=now,
            expires=now + timedelta(days=days),
        )


def _holder(key: AccessKey, body: Organisation) -> Holder:
    return Holder(key.id, body.id, callers_of(body.roles), key.scopes & within(body.roles), key.label)


def _require_usable(label: str, scopes: frozenset[Scope], days: int) -> None:
    if not label.strip() or len(label) > LONGEST_LABEL or not label.isprintable():
        raise UnusableKeyRequest(
            f"A key has a name of 1 to {LONGEST_LABEL} readable characters.", next_step="Say what uses the key."
        )
    if not scopes:
        raise UnusableKeyRequest("A key has at least one scope.", next_step="Name what it shall do.")
    if not 1 <= days <= MOST_DAYS:
        raise UnusableKeyRequest(
            f"A key is good for 1 to {MOST_DAYS} days.", next_step="Make a new one before this one expires."
        )


def _require_rights(giver: Giver, scopes: frozenset[Scope], body: Organisation) -> None:
    if Scope.TOKENS_MANAGE not in giver.scopes:
        raise _not_a_manager()
    beyond = scopes - (giver.scopes & within(body.roles))
    if beyond:
        raise BeyondOwnRights(
            f"These scopes are not yours to give here: {', '.join(sorted(beyond))}.",
            next_step="Leave them out, or ask somebody who holds them.",
        )


def _not_a_manager() -> BeyondOwnRights:
    return BeyondOwnRights(
        "Only who manages the keys of the organisation does this.", next_step="Ask an owner or administrator."
    )
