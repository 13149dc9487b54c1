"""Shares: a learner lets somebody look at chosen credentials, for a purpose and a time, and can take that back.

The link carries 256 random bits and is seen once; only its hash is kept. A share that has expired, was withdrawn, is
locked, or never was answers in one and the same way, so that a link tells nothing once it is closed (threat 44). Every
share is a recorded consent: what, for whom, why, until when. Withdrawing closes the link; what somebody saw, saved or
printed before stays with them, and no page says otherwise.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from creditbank.canonical import Digest, sha256
from creditbank.errors import BadInput, NotFound, Refused
from creditbank.services.consenting import require_consent
from creditbank.services.issuing import RequestReused
from creditbank.services.listing_ports import Listed, Page
from creditbank.services.noticing import Noticing, to_organisation
from creditbank.services.passwords import Passwords
from creditbank.services.ports import Clock, Entropy, Store, Transaction, UnknownRecord
from creditbank.services.records import IssuedCredential
from creditbank.services.share_records import Consent, ConsentBasis, Share, ShareState, ShareView
from creditbank.services.sharing import NotInThisAccount

USUAL: Final = timedelta(days=30)
LONGEST: Final = timedelta(days=366)
MOST: Final = 50
MOST_WRONG: Final = 10
"""After so many wrong PINs, whoever typed them, a share stays closed; the learner makes another one. A right one takes
none of them back: else whoever has the link, and waits for its reader each time, could guess on for ever."""
LONGEST_TEXT: Final = 400
SHORTEST_PIN: Final = 4
LONGEST_PIN: Final = 64
TOKEN_BYTES: Final = 32


class UnusableShare(BadInput):
    """A share names credentials, somebody it is for, a purpose, and an end within a year."""

    slug = "unusable-share"


class NoSuchShare(NotFound):
    """There is no such share, or not any more: both look the same."""

    slug = "no-such-share"

    def __init__(self) -> None:
        super().__init__(
            "There is nothing to see under this link: it has ended, was taken back, or never was.",
            next_step="Ask who gave it to you for another one.",
        )


class PinNeeded(Refused):
    """The share opens with a PIN that the learner gives by another way than the link."""

    slug = "pin-needed"


class PinWrong(Refused):
    """This is not the PIN of the share."""

    slug = "pin-wrong"


@dataclass(frozen=True, slots=True)
class Shared:
    """A share that was made, with the token of its link; empty where it was made before."""

    share: Share
    token: str


@dataclass(frozen=True, slots=True)
class Opened:
    """What somebody sees who opens a share: by whom, and the credentials as they are now."""

    share: Share
    learner: str
    credentials: tuple[IssuedCredential, ...]


class Shares:
    """Makes shares, opens them, and takes them back; keeps consents."""

    def __init__(self, store: Store, noticing: Noticing, passwords: Passwords, clock: Clock, entropy: Entropy) -> None:
        self._store, self._noticing, self._passwords = store, noticing, passwords
        self._clock, self._entropy = clock, entropy

    # -- the learner's side

    def share(
        self,
        request: str,
        *,
        learner: str,
        credentials: Sequence[str],
        purpose: str,
        audience: str = "",
        organisation: str = "",
        until: datetime | None = None,
        pin: str = "",
    ) -> Shared:
        """Let somebody look at credentials of this account, once for the request.

        `organisation` is a body of this bank, of which only a signed-in member then opens it. Raises `UnusableShare`,
        `NotInThisAccount`, `UnknownRecord` and `RequestReused`.
        """
        now = self._clock.now()
        ends = until or now + USUAL
        _check(now, ends, credentials, audience or organisation, purpose, pin)
        kept, token = self._passwords.hash(pin) if pin else "", _token(self._entropy)
        with self._store.transaction() as tx:
            if (standing := tx.find_share(request)) is not None:
                return _again(standing, learner, credentials, audience, organisation, purpose)
            held = {one.id for one in tx.credentials_of(learner)}
            for name in credentials:
                if name not in held:
                    raise NotInThisAccount(f"The account does not hold {name[:120]}.")
            body = tx.get_organisation(organisation).name if organisation else ""
            share = Share(
                self._entropy.urn(),
                request,
                learner,
                _hash(token),
                tuple(dict.fromkeys(credentials)),
                audience or body,
                organisation,
                purpose,
                now,
                ends,
                kept,
            )
            tx.add_share(share)
            tx.add_consent(_consent_of(share, self._entropy.urn()))
            if organisation:
                self._noticing.tell(tx, to_organisation(organisation), "share-received", {"share": share.id})
        return Shared(share, token)

    def get(self, share: str, *, learner: str) -> tuple[Share, list[ShareView]]:
        """A share of this learner's and who looked at it; raises `UnknownRecord`, also for another's."""
        with self._store.transaction() as tx:
            found = _own(tx.get_share(share), learner)
            return found, tx.views_of(share)

    def of(self, learner: str, page: Page) -> Listed[Share]:
        """A learner's shares, newest first."""
        with self._store.transaction() as tx:
            return tx.list_shares(page, learner=learner)

    def state_of(self, share: Share) -> ShareState:
        """Whether a share can be opened now."""
        if share.withdrawn is not None:
            return ShareState.WITHDRAWN
        if self._clock.now() >= share.expires:
            return ShareState.EXPIRED
        return ShareState.LOCKED if share.wrong >= MOST_WRONG else ShareState.OPEN

    def require_open(self, token: str, *, learner: str) -> Share:
        """The share that a link opens now, if it is this learner's; raises `NoSuchShare` otherwise."""
        with self._store.transaction() as tx:
            found = tx.find_share_by_link(_hash(token))
        if found is None or found.learner != learner or self.state_of(found) is not ShareState.OPEN:
            raise NoSuchShare
        return found

    def preview(self, share: str, *, learner: str) -> Opened:
        """What they will see; nobody counts it as a view. Raises `UnknownRecord`."""
        with self._store.transaction() as tx:
            return _shown(tx, _own(tx.get_share(share), learner))

    def withdraw(self, share: str, *, learner: str) -> Share:
        """Close a share and take back the consent that came with it; again, the first answer. Raises `UnknownRecord`.

        What was seen or saved before stays with those who saw it.
        """
        now = self._clock.now()
        with self._store.transaction() as tx:
            _own(tx.get_share(share), learner)
            tx.withdraw_share(share, now)
            tx.withdraw_consents_of(share, now)
            return tx.get_share(share)

    # -- the reader's side

    def open(self, token: str, *, pin: str = "", reader: str = "") -> Opened:
        """What a link shows to a reader, who may be signed in for a body; the view is noted.

        Raises `NoSuchShare` for a link that shows nothing, whatever the reason, `PinNeeded` and `PinWrong`.
        """
        with self._store.transaction() as tx:
            share = tx.find_share_by_link(_hash(token))
        return self._open(share, pin, reader)

    def open_received(self, share: str, *, pin: str = "", reader: str) -> Opened:
        """The same for a body that a share is for, which needs no link."""
        try:
            with self._store.transaction() as tx:
                found = tx.get_share(share)
        except UnknownRecord:
            raise NoSuchShare from None
        if found.organisation != reader:
            raise NoSuchShare
        return self._open(found, pin, reader)

    def received(self, organisation: str, page: Page) -> Listed[Share]:
        """The shares for a body, newest first."""
        with self._store.transaction() as tx:
            return tx.list_shares(page, organisation=organisation)

    def _open(self, share: Share | None, pin: str, reader: str) -> Opened:
        if share is None or self.state_of(share) is not ShareState.OPEN:
            raise NoSuchShare
        if share.organisation and share.organisation != reader:
            raise NoSuchShare
        if share.pin:
            self._require_pin(share, pin)
        now = self._clock.now()
        with self._store.transaction() as tx:
            standing = tx.get_share(share.id)
            if standing.withdrawn is not None:
                raise NoSuchShare
            tx.add_view(ShareView(share.id, now.replace(second=0, microsecond=0), reader))
            return _shown(tx, standing)

    def _require_pin(self, share: Share, pin: str) -> None:
        """Each try is counted before the PIN is looked at, so that tries at once are counted each (threat 54); the
        right one takes back its own count, and nobody else's.
        """
        if not pin:
            raise PinNeeded(
                "This share opens with a PIN.", next_step="Ask who gave you the link; they have the PIN by another way."
            )
        with self._store.transaction() as tx:
            if not tx.count_wrong_pin(share.id, MOST_WRONG):
                raise NoSuchShare
        right, _ = self._passwords.check(pin[:LONGEST_PIN], share.pin)
        if not right:
            raise PinWrong("This is not the PIN of the share.", next_step="Type it as it was given to you.")
        with self._store.transaction() as tx:
            tx.uncount_pin(share.id)

    # -- consents

    def consent(
        self, request: str, *, learner: str, organisation: str, purpose: str, until: datetime | None = None
    ) -> Consent:
        """The learner agrees that a body looks into the account; once for the request.

        Raises `UnusableShare`, `UnknownRecord` and `RequestReused`.
        """
        now = self._clock.now()
        ends = until or now + USUAL
        _check(now, ends, ["the account"], organisation, purpose, "")
        with self._store.transaction() as tx:
            if (standing := tx.find_consent(request)) is not None:
                if (standing.learner, standing.organisation, standing.purpose) != (learner, organisation, purpose):
                    raise _reused(request)
                return standing
            tx.get_learner(learner)
            body = tx.get_organisation(organisation)
            made = Consent(
                self._entropy.urn(),
                request,
                learner,
                ConsentBasis.GIVEN,
                (),
                body.name,
                organisation,
                purpose,
                now,
                ends,
            )
            tx.add_consent(made)
        return made

    def consents(self, learner: str, page: Page) -> Listed[Consent]:
        """What a learner agreed to, newest first."""
        with self._store.transaction() as tx:
            return tx.list_consents(page, learner)

    def take_back(self, consent: str, *, learner: str) -> Consent:
        """Take a consent back, from now on; again, the first answer. Raises `UnknownRecord`, also for another's."""
        with self._store.transaction() as tx:
            found = tx.get_consent(consent)
            if found.learner != learner:
                raise UnknownRecord(f"There is no consent {consent}.")
            tx.withdraw_consent(consent, self._clock.now())
            if found.source:
                tx.withdraw_share(found.source, self._clock.now())
            return tx.get_consent(consent)

    def require_consent(self, learner: str, organisation: str) -> None:
        """Raise `ConsentNeeded` unless a body may look into an account that a person signs in to.

        An account nobody signs in to is kept by the operator, as samples are: it has nobody who could be asked.
        """
        with self._store.transaction() as tx:
            require_consent(tx, learner, organisation, self._clock.now())


def _check(now: datetime, ends: datetime, credentials: Sequence[str], audience: str, purpose: str, pin: str) -> None:
    wrong = ""
    if not 0 < len(credentials) <= MOST:
        wrong = f"A share has 1 to {MOST} credentials."
    elif not _is_line(audience):
        wrong = f"A share is for somebody: one line of at most {LONGEST_TEXT} characters says who."
    elif not _is_line(purpose):
        wrong = f"A share has a purpose: one line of at most {LONGEST_TEXT} characters says why."
    elif not now < ends <= now + LONGEST:
        wrong = "A share ends within a year, and not before it begins."
    elif pin and not (SHORTEST_PIN <= len(pin) <= LONGEST_PIN and pin.isprintable()):
        wrong = f"A PIN has {SHORTEST_PIN} to {LONGEST_PIN} characters."
    if wrong:
        raise UnusableShare(wrong)


def _is_line(text: str) -> bool:
    return bool(text.strip()) and len(text) <= LONGEST_TEXT and text.isprintable()


def _again(
    standing: Share, learner: str, credentials: Sequence[str], audience: str, organisation: str, purpose: str
) -> Shared:
    same = (standing.learner, standing.credentials, standing.organisation, standing.purpose) == (
        learner,
        tuple(dict.fromkeys(credentials)),
        organisation,
        purpose,
    )
    if not same or (audience and standing.audience != audience):
        raise _reused(standing.request)
    return Shared(standing, "")


def _reused(request: str) -> RequestReused:
    return RequestReused(
        f"The request id {request} was used before for another one.", next_step="Use a new id for a new request."
    )


def _consent_of(share: Share, id: str) -> Consent:
    return Consent(
        id,
        f"share:{share.id}",
        share.learner,
        ConsentBasis.SHARE,
        share.credentials,
        share.audience,
        share.organisation,
        share.purpose,
        share.created,
        share.expires,
        share.id,
    )


def _own(share: Share, learner: str) -> Share:
    if share.learner != learner:
        raise UnknownRecord(f"There is no share {share.id}.")
    return share


def _shown(tx: Transaction, share: Share) -> Opened:
    found = [one for name in share.credentials if (one := tx.find_credential(name)) is not None]
    return Opened(share, tx.get_learner(share.learner).name, tuple(found))


def _token(entropy: Entropy) -> str:
    return base64.urlsafe_b64encode(entropy.bytes(TOKEN_BYTES)).decode().rstrip("=")


def _hash(token: str) -> Digest:
    """256 random bits need no slow hash."""
    return sha256(b"creditbank/share/v1\n" + token.encode())
